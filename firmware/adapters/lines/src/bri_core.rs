use crate::core::Said;
use crate::pri_core::Ladder;
use crate::rings::{FromCard, ToCard};
use bri::{BriOutput, BriSpan};
use chassis::DchannelFrame;
use clock::Monotonic;

/// A basic access, and whose each of its messages is.
#[derive(Debug)]
pub(crate) struct BriCore {
    pub(crate) span: BriSpan,
    ladder: Ladder<(u8, q931::CallHandle)>,
}

impl BriCore {
    pub(crate) fn new(config: bri::Config) -> BriCore {
        BriCore { span: BriSpan::new(bri::Config { trace: true, ..config }), ladder: Ladder::default() }
    }

    pub(crate) fn take(&mut self, now: Monotonic, news: FromCard) {
        if let FromCard::Frame(frame) = news {
            self.span.receive_frame(now, frame.octets());
        }
    }

    pub(crate) fn poll(&mut self) -> Option<Said> {
        while let Some(output) = self.span.poll() {
            match output {
                BriOutput::Transmit(octets) => {
                    return Some(match DchannelFrame::new(&octets) {
                        Some(frame) => Said::Order(ToCard::Frame(frame)),
                        None => Said::Unsendable,
                    });
                }
                BriOutput::Leg { leg, indication } => return Some(Said::Leg { leg, indication }),
                BriOutput::Span(indication) => return Some(Said::Span(indication)),
                // Our cards keep their line awake: `power_save` is off.
                BriOutput::Activate => continue,
                BriOutput::Trace { terminal, trace } => {
                    let of = |call| self.span.leg_of(terminal, call);
                    match self.ladder.message(trace, |call| (terminal, call), of) {
                        Some(message) => return Some(message),
                        None => continue,
                    }
                }
            }
        }
        None
    }
}
