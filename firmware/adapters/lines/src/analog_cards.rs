//! An analog card among the cards of the media thread.

use crate::analog_ports::{AnalogPorts, Below};
use crate::port_orders::PortNews;
use crate::rings::{CardEnd, FromCard, LineEnd, ToCard, link};
use crate::slot_tests::SlotTests;
use chassis::Timeslots;
use clock::{Millis, Monotonic};
use identity::{CircuitId, SpanId};

/// How often the card's counters are told.
const TELL_COUNTERS: Millis = Millis::secs(1);

/// A card with its rings and what its ports say and hear.
#[derive(Debug)]
pub(crate) struct AnalogSlotCard {
    pub(crate) id: SpanId,
    ports: AnalogPorts,
    end: CardEnd,
    pub(crate) spoken: Timeslots,
    pub(crate) heard: Timeslots,
    tests: SlotTests,
    tell_counters: Monotonic,
    lost_to_ring: u64,
}

impl AnalogSlotCard {
    pub(crate) fn new(id: SpanId, card: Below, millis: usize) -> (AnalogSlotCard, LineEnd) {
        let (end, line) = link();
        let card = AnalogSlotCard {
            id,
            ports: AnalogPorts::new(card),
            end,
            spoken: Timeslots::millis(millis),
            heard: Timeslots::millis(millis),
            tests: SlotTests::default(),
            tell_counters: Monotonic(0),
            lost_to_ring: 0,
        };
        (card, line)
    }

    pub(crate) fn slots(&self) -> impl Iterator<Item = u8> + '_ {
        self.ports.slots()
    }

    pub(crate) fn each_spoken(&mut self, fill: &mut impl FnMut(CircuitId, &mut [u8])) {
        let AnalogSlotCard { id, ports, spoken, .. } = self;
        ports.slots().for_each(|slot| fill(CircuitId { span: *id, slot }, spoken.slot_mut(slot)));
    }

    pub(crate) fn wait(&self, millis: u16) -> Option<bool> {
        self.ports.wait(millis)
    }

    pub(crate) fn transmit(&mut self, now: Monotonic) {
        while let Ok(order) = self.end.orders.pop() {
            match order {
                ToCard::Port { slot, order } => self.ports.obey(slot, &order),
                ToCard::PortsBegin { only } => self.ports.begin(only),
                ToCard::Inject(direction, fault) => self.ports.inject(direction, fault),
                ToCard::CancelEcho(wanted) => self.ports.set_cancel_echo(wanted, self.spoken.frames()),
                ToCard::Test { slot, test } => self.tests.set(slot, test),
                // Words for cards with a D-channel or CAS.
                _ => {}
            }
        }
        self.tests.transmit(&mut self.spoken);
        self.ports.transmit(now, &mut self.spoken);
    }

    /// True if there is something for the line's side to fetch.
    pub(crate) fn receive(&mut self, now: Monotonic) -> bool {
        let AnalogSlotCard { ports, end, heard, lost_to_ring, .. } = self;
        let mut news = false;
        ports.receive(now, heard, |slot, told: PortNews| {
            news = true;
            *lost_to_ring += u64::from(end.news.push(FromCard::Port { slot, news: told }).is_err());
        });
        if let Some(alarms) = ports.new_alarms() {
            news = true;
            *lost_to_ring += u64::from(end.news.push(FromCard::Alarms(alarms)).is_err());
        }
        self.tests.receive(&self.heard);
        self.ports.cancel_echo(&mut self.heard);
        for (slot, report) in self.tests.reports() {
            news = true;
            self.lost_to_ring += u64::from(self.end.news.push(FromCard::Tested { slot, report }).is_err());
        }
        if now >= self.tell_counters {
            self.tell_counters = now + TELL_COUNTERS;
            let counters = FromCard::Counters { card: self.ports.counters(), lost_to_ring: self.lost_to_ring };
            self.lost_to_ring += u64::from(self.end.news.push(counters).is_err());
        }
        news
    }
}
