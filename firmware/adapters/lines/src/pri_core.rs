use crate::core::Said;
use crate::rings::{FromCard, ToCard};
use chassis::DchannelFrame;
use clock::Monotonic;
use identity::LegId;
use pri::{PriOutput, PriSpan};
use q931::{CallHandle, CallReference};
use std::collections::BTreeMap;
use trace::Way;

/// Calls of one span whose legs are remembered for their last messages.
const LADDER_CALLS: usize = 128;

/// PRI signalling, and whose each of its messages is.
#[derive(Debug)]
pub(crate) struct PriCore {
    pub(crate) span: PriSpan,
    ladder: Ladder<CallHandle>,
}

impl PriCore {
    pub(crate) fn new(config: pri::Config) -> PriCore {
        PriCore { span: PriSpan::new(pri::Config { trace: true, ..config }), ladder: Ladder::default() }
    }

    pub(crate) fn take(&mut self, now: Monotonic, news: FromCard) {
        match news {
            FromCard::Frame(frame) => self.span.receive_frame(now, frame.octets()),
            FromCard::Cas { .. }
            | FromCard::Heard { .. }
            | FromCard::Sounds { .. }
            | FromCard::Tested { .. }
            | FromCard::Port { .. }
            | FromCard::Alarms(_)
            | FromCard::Counters { .. } => {}
        }
    }

    pub(crate) fn poll(&mut self) -> Option<Said> {
        while let Some(output) = self.span.poll() {
            match output {
                PriOutput::Transmit(octets) => {
                    return Some(match DchannelFrame::new(&octets) {
                        Some(frame) => Said::Order(ToCard::Frame(frame)),
                        None => Said::Unsendable,
                    });
                }
                PriOutput::Leg { leg, indication } => return Some(Said::Leg { leg, indication }),
                PriOutput::Span(indication) => return Some(Said::Span(indication)),
                PriOutput::Trace(trace) => match self.ladder.message(trace, |call| call, |call| self.span.leg_of(call))
                {
                    Some(message) => return Some(message),
                    None => continue,
                },
            }
        }
        None
    }
}

/// Whose the calls of an interface are, or were: for what is said after the last word.
#[derive(Debug)]
pub(crate) struct Ladder<K>(BTreeMap<K, LegId>);

impl<K> Default for Ladder<K> {
    fn default() -> Self {
        Ladder(BTreeMap::new())
    }
}

impl<K: Ord + Copy> Ladder<K> {
    /// Which message crossed, and for which leg. `key` names the call among those of the interface.
    pub(crate) fn message(
        &mut self,
        trace: q931::Trace,
        key: impl Fn(CallHandle) -> K,
        up: impl Fn(CallHandle) -> Option<LegId>,
    ) -> Option<Said> {
        let (reference, kind, way) = match trace {
            q931::Trace::Sent { reference, kind } => (reference, kind, Way::Out),
            q931::Trace::Received { reference, kind } => (reference, kind, Way::In),
            q931::Trace::Ignored(_) | q931::Trace::StateChanged { .. } | q931::Trace::Expired { .. } => return None,
        };
        let leg = match reference {
            // 4.3: the flag is 0 in messages from the side that chose the value.
            CallReference::Call { value, flag } => {
                let call = CallHandle { value, ours: flag == (way == Way::In) };
                self.leg_of(key(call), up(call))
            }
            CallReference::Dummy | CallReference::Global { .. } => None,
        };
        Some(Said::Message { leg, way, name: kind.text() })
    }

    fn leg_of(&mut self, call: K, up: Option<LegId>) -> Option<LegId> {
        match up {
            Some(leg) => {
                if self.0.len() >= LADDER_CALLS && !self.0.contains_key(&call) {
                    self.0.pop_first();
                }
                self.0.insert(call, leg);
                Some(leg)
            }
            None => self.0.get(&call).copied(),
        }
    }
}
