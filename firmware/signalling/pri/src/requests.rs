//! Leg and span requests of the exchange.

use crate::channels::Channel;
use crate::span::PriSpan;
use clock::Monotonic;
use identity::LegId;
use legs::{LegRequest, SpanRequest};
use q931::{CallRequest, Progress, RestartScope};

impl PriSpan {
    pub fn request(&mut self, now: Monotonic, leg: LegId, request: LegRequest) {
        match (request, self.legs.call_of(leg)) {
            (LegRequest::Setup(outgoing), _) => self.set_up(now, leg, *outgoing),
            (_, None) => self.counters.ignored_requests += 1,
            (request, Some(call)) => match self.call_request(request) {
                Some(request) => self.control.request(now, call, request),
                None => self.counters.ignored_requests += 1,
            },
        }
        self.settle(now);
    }

    /// None: the line has no use for it.
    fn call_request(&self, request: LegRequest) -> Option<CallRequest> {
        let tone = |in_band: bool| in_band.then_some(Progress::InBand);
        Some(match request {
            LegRequest::MoreDigits if self.config.overlap_receiving => CallRequest::MoreInfo { dial_tone: false },
            LegRequest::Proceeding => CallRequest::Proceeding { progress: None },
            LegRequest::Alerting { inband } => CallRequest::Alerting { progress: tone(inband) },
            LegRequest::Progress { inband, cause } => {
                // PROGRESS must say something: that the far party is not on ISDN opens no speech path.
                CallRequest::Progress { progress: tone(inband).unwrap_or(Progress::DestinationNotIsdn), cause }
            }
            LegRequest::Answer { connected } => CallRequest::Connect { connected, progress: None },
            LegRequest::Digits { digits, complete } if self.config.overlap_sending => {
                CallRequest::Information { digits, complete }
            }
            LegRequest::Notify { notice } => CallRequest::Notify { description: notice.value() },
            LegRequest::Disconnect { cause, inband } => CallRequest::Disconnect { cause, tone: inband },
            LegRequest::Release { cause } => CallRequest::Release { cause },
            LegRequest::Setup(_)
            | LegRequest::MoreDigits
            | LegRequest::Digits { .. }
            | LegRequest::Key(_)
            | LegRequest::AnswerNow
            | LegRequest::Hold
            | LegRequest::Retrieve
            | LegRequest::TransferAccepted
            | LegRequest::TransferDone
            | LegRequest::TransferFailed { .. } => return None,
        })
    }

    pub fn span_request(&mut self, now: Monotonic, request: SpanRequest) {
        match request {
            SpanRequest::Serve { slot, serve } => self.channels.block(slot, !serve),
            SpanRequest::RestartCircuit { slot } => self.restart_channel(now, slot),
            SpanRequest::RestartSpan => self.control.restart(now, RestartScope::Interface),
        }
        self.settle(now);
    }

    /// A peer that is back may answer the RESTART that it did not answer before.
    pub(crate) fn restart_maintenance(&mut self, now: Monotonic) {
        let slots: Vec<u8> =
            self.channels.slots().filter(|slot| self.channels.get(*slot) == Channel::Maintenance).collect();
        for slot in slots {
            self.restart_channel(now, slot);
        }
    }

    /// Clears the channel's call and restarts it (5.5.1).
    pub(crate) fn restart_channel(&mut self, now: Monotonic, slot: u8) {
        if self.channels.get(slot) == Channel::Absent {
            self.counters.ignored_requests += 1;
            return;
        }
        self.control.restart(now, RestartScope::Channel(slot));
        self.settle(now);
        self.channels.set(slot, Channel::Restarting);
    }
}
