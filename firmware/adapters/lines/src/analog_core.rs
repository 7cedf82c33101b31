use crate::core::Said;
use crate::port_orders::{PortNews, PortOrder};
use crate::rings::{FromCard, ToCard};
use analog::{AnalogOutput, AnalogSpan};
use clock::Monotonic;

/// Analog lines over the card's hooks, ringing, sounds and ears.
#[derive(Debug)]
pub(crate) struct AnalogCore {
    pub(crate) span: AnalogSpan,
    /// The whole card begins, or ports of it.
    begins: bool,
    ports_begin: Vec<u8>,
}

impl AnalogCore {
    pub(crate) fn new(config: analog::Config) -> AnalogCore {
        AnalogCore { span: AnalogSpan::new(config), begins: true, ports_begin: Vec::new() }
    }

    /// Calls go on, but those of ports that are no more. Given back: the card must begin anew.
    pub(crate) fn reconfigure(&mut self, now: Monotonic, config: analog::Config) -> Result<(), Box<analog::Config>> {
        self.ports_begin.extend(self.span.reconfigure(now, config)?);
        Ok(())
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
            self.ports_begin.clear();
            return Some(Said::Order(ToCard::PortsBegin { only: None }));
        }
        if let Some(slot) = self.ports_begin.pop() {
            return Some(Said::Order(ToCard::PortsBegin { only: Some(slot) }));
        }
        Some(match self.span.poll()? {
            AnalogOutput::Port { slot, order } => Said::Order(ToCard::Port { slot, order: PortOrder::from(&order) }),
            AnalogOutput::Leg { leg, indication } => Said::Leg { leg, indication },
            AnalogOutput::Span(indication) => Said::Span(indication),
        })
    }
}
