use crate::core::Said;
use crate::port_orders::{PortNews, PortOrder};
use crate::rings::{FromCard, ToCard};
use analog::{AnalogOutput, AnalogSpan};
use clock::Monotonic;

/// Analog lines over the card's hooks, ringing, sounds and ears.
#[derive(Debug)]
pub(crate) struct AnalogCore {
    pub(crate) span: AnalogSpan,
    begins: bool,
}

impl AnalogCore {
    pub(crate) fn new(config: analog::Config) -> AnalogCore {
        AnalogCore { span: AnalogSpan::new(config), begins: true }
    }

    pub(crate) fn take(&mut self, now: Monotonic, news: FromCard) {
        let FromCard::Port { slot, news } = news else { return };
        match news {
            PortNews::Seen(seen) => self.span.seen(now, slot, seen),
            PortNews::Heard(heard) => self.span.heard(now, slot, heard),
            PortNews::Sounded => self.span.sounded(now, slot),
        }
    }

    pub(crate) fn poll(&mut self) -> Option<Said> {
        if std::mem::take(&mut self.begins) {
            return Some(Said::Order(ToCard::PortsBegin));
        }
        Some(match self.span.poll()? {
            AnalogOutput::Port { slot, order } => Said::Order(ToCard::Port { slot, order: PortOrder::from(&order) }),
            AnalogOutput::Leg { leg, indication } => Said::Leg { leg, indication },
            AnalogOutput::Span(indication) => Said::Span(indication),
        })
    }
}
