use crate::core::Said;
use crate::rings::{FromCard, ToCard};
use chassis::Abcd;
use clock::Monotonic;
use r2::{R2Output, R2Span};

/// R2 signalling over the card's bits and registers.
#[derive(Debug)]
pub(crate) struct R2Core {
    pub(crate) span: R2Span,
    begins: bool,
}

impl R2Core {
    pub(crate) fn new(config: r2::Config) -> R2Core {
        R2Core { span: R2Span::new(r2::Config { trace: true, ..config }), begins: true }
    }

    pub(crate) fn take(&mut self, now: Monotonic, news: FromCard) {
        match news {
            FromCard::Cas { slot, abcd } => self.span.bits(now, slot, abcd.bits()),
            FromCard::Heard { slot, signal } => self.span.signal(now, slot, signal),
            FromCard::Frame(_)
            | FromCard::Port { .. }
            | FromCard::Sounds { .. }
            | FromCard::Tested { .. }
            | FromCard::Alarms(_)
            | FromCard::Counters { .. } => {}
        }
    }

    pub(crate) fn poll(&mut self) -> Option<Said> {
        if std::mem::take(&mut self.begins) {
            return Some(Said::Order(ToCard::CasBegins));
        }
        Some(match self.span.poll()? {
            R2Output::Bits { slot, abcd } => match Abcd::new(abcd) {
                Some(abcd) => Said::Order(ToCard::Cas { slot, abcd }),
                // 0000 would imitate the multiframe's alignment: no variant sends it.
                None => Said::Unsendable,
            },
            R2Output::Sound { slot, direction, signal } => Said::Order(ToCard::Sound { slot, direction, signal }),
            R2Output::Listen { slot, direction } => Said::Order(ToCard::Listen { slot, direction }),
            R2Output::Leg { leg, indication } => Said::Leg { leg, indication },
            R2Output::Span(indication) => Said::Span(indication),
            R2Output::Message { leg, way, name } => Said::Message { leg, way, name },
        })
    }
}
