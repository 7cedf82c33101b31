//! The media thread's side: the cards themselves.

use crate::analog_cards::AnalogSlotCard;
use crate::analog_ports;
use crate::card::{Below, Card, Framing};
use crate::crossings::Crossings;
use crate::echoes::SlotEchoes;
use crate::kernel_ports::KernelPorts;
use crate::kernel_span::KernelSpan;
use crate::registers::Registers;
use crate::rings::{CardEnd, FromCard, LineEnd, ToCard, link};
use crate::slot_ears::SlotEars;
use crate::slot_tests::SlotTests;
use chassis::{AnalogCard, Direction, Event, Span, Timeslots};
use clock::{Millis, Monotonic};
use identity::{CircuitId, SpanId};

/// How often a span's counters are told.
const TELL_COUNTERS: Millis = Millis::secs(1);

/// The spans of the box, paced by whoever calls [`Cards::transmit`] and [`Cards::receive`].
#[derive(Debug)]
pub struct Cards {
    millis: usize,
    pub(crate) ports: Vec<Port>,
    analog: Vec<AnalogSlotCard>,
    /// By a span's number, where its card is.
    places: Vec<Place>,
}

#[derive(Clone, Copy, Debug)]
enum Place {
    Nowhere,
    Port(usize),
    Analog(usize),
}

#[derive(Debug)]
pub(crate) struct Port {
    pub(crate) id: SpanId,
    pub(crate) card: Card,
    end: CardEnd,
    /// Only where the span has CAS.
    registers: Option<Registers>,
    /// Only where calls are answered by sound.
    ears: Option<SlotEars>,
    /// Only where the line leads to two-wire lines.
    echoes: Option<Box<SlotEchoes>>,
    pub(crate) spoken: Timeslots,
    pub(crate) heard: Timeslots,
    tests: SlotTests,
    /// Timeslots whose octets pass us by.
    pub(crate) crossings: Crossings,
    tell_counters: Monotonic,
    lost_to_ring: u64,
}

impl Cards {
    /// No cards yet. Each call moves `millis` of every timeslot.
    pub fn new(millis: usize) -> Cards {
        Cards { millis, ports: Vec::new(), analog: Vec::new(), places: Vec::new() }
    }

    /// Puts a span in. The other end of its D-channel goes to [`crate::LineSet::add`]. The span's timeslot 16 is
    /// set as `framing` needs it.
    pub fn add(&mut self, id: SpanId, span: Span, framing: Framing) -> LineEnd {
        self.put(id, span.into(), framing)
    }

    /// Puts a span of the kernel's driver in: [`Cards::add`] for real cards.
    pub fn add_kernel(&mut self, id: SpanId, span: KernelSpan, framing: Framing) -> LineEnd {
        self.put(id, span.into(), framing)
    }

    fn put(&mut self, id: SpanId, span: Below, framing: Framing) -> LineEnd {
        let (end, line) = link();
        self.note(id, Place::Port(self.ports.len()));
        self.ports.push(Port {
            id,
            card: Card::new(span, framing),
            end,
            registers: registers(framing),
            ears: None,
            echoes: None,
            spoken: Timeslots::millis(self.millis),
            heard: Timeslots::millis(self.millis),
            tests: SlotTests::default(),
            crossings: Crossings::default(),
            tell_counters: Monotonic(0),
            lost_to_ring: 0,
        });
        line
    }

    /// Puts an analog card in. The other end goes to [`crate::LineSet::add`].
    pub fn add_analog(&mut self, id: SpanId, card: AnalogCard) -> LineEnd {
        self.put_analog(id, analog_ports::Below::Chassis(Box::new(card)))
    }

    /// Puts analog ports of the kernel's driver in: [`Cards::add_analog`] for real cards.
    pub fn add_kernel_analog(&mut self, id: SpanId, ports: KernelPorts) -> LineEnd {
        self.put_analog(id, analog_ports::Below::Kernel(Box::new(ports)))
    }

    fn put_analog(&mut self, id: SpanId, below: analog_ports::Below) -> LineEnd {
        let (card, line) = AnalogSlotCard::new(id, below, self.millis);
        self.note(id, Place::Analog(self.analog.len()));
        self.analog.push(card);
        line
    }

    fn note(&mut self, id: SpanId, place: Place) {
        let number = usize::from(id.0);
        if self.places.len() <= number {
            self.places.resize(number + 1, Place::Nowhere);
        }
        self.places[number] = place;
    }

    fn place_of(&self, span: SpanId) -> Place {
        self.places.get(usize::from(span.0)).copied().unwrap_or(Place::Nowhere)
    }

    /// The digital span of a circuit.
    pub(crate) fn place(&self, circuit: CircuitId) -> Option<usize> {
        match self.place_of(circuit.span) {
            Place::Port(place) => Some(place),
            Place::Analog(_) | Place::Nowhere => None,
        }
    }

    pub fn spans(&self) -> impl Iterator<Item = SpanId> + '_ {
        self.ports.iter().map(|port| port.id).chain(self.analog.iter().map(|card| card.id))
    }

    /// Waits for the next block of a span that the kernel's driver has, at most so long; false if it does not come. None: there is no such
    /// span, and something else must pace the cards.
    pub fn wait(&self, millis: u16) -> Option<bool> {
        let spans = self.ports.iter().find_map(|port| port.card.wait(millis));
        spans.or_else(|| self.analog.iter().find_map(|card| card.wait(millis)))
    }

    /// Milliseconds that one call moves.
    pub fn millis(&self) -> usize {
        self.millis
    }

    /// Transmits and then receives: for who has nothing to do in between.
    pub fn exchange(&mut self, now: Monotonic) -> bool {
        self.transmit(now);
        self.receive(now)
    }

    /// Obeys the orders that came over the rings and sends what was spoken.
    pub fn transmit(&mut self, now: Monotonic) {
        self.carry_simulated();
        self.ports.iter_mut().for_each(|port| port.transmit(now));
        self.analog.iter_mut().for_each(|card| card.transmit(now));
    }

    /// Receives what is to be heard, and hands D-channel frames and alarms to the rings. True if there is something for the line's
    /// side to fetch.
    pub fn receive(&mut self, now: Monotonic) -> bool {
        let mut news = false;
        for port in &mut self.ports {
            news |= port.receive(now);
        }
        for card in &mut self.analog {
            news |= card.receive(now);
        }
        news
    }

    /// What each speech timeslot's line said last, but for those that cards connect.
    pub fn each_heard(&self) -> impl Iterator<Item = (CircuitId, &[u8])> {
        let spans = self.ports.iter().flat_map(|port| {
            speech_slots()
                .filter(|slot| port.crossings.with(*slot).is_none())
                .map(move |slot| (port.id, slot, &port.heard))
        });
        let analog = self.analog.iter().flat_map(|card| card.slots().map(move |slot| (card.id, slot, &card.heard)));
        spans.chain(analog).map(|(span, slot, heard)| (CircuitId { span, slot }, heard.slot(slot)))
    }

    /// Has what each speech timeslot's line is to hear next written.
    pub fn each_spoken(&mut self, mut fill: impl FnMut(CircuitId, &mut [u8])) {
        for Port { id, spoken, crossings, .. } in &mut self.ports {
            for slot in speech_slots().filter(|slot| crossings.with(*slot).is_none()) {
                fill(CircuitId { span: *id, slot }, spoken.slot_mut(slot));
            }
        }
        for card in &mut self.analog {
            card.each_spoken(&mut fill);
        }
    }

    /// What a circuit's line said last; empty for a span that is not here.
    pub fn heard(&self, circuit: CircuitId) -> &[u8] {
        match self.place_of(circuit.span) {
            Place::Port(place) => self.ports[place].heard.slot(circuit.slot),
            Place::Analog(place) => self.analog[place].heard.slot(circuit.slot),
            Place::Nowhere => &[],
        }
    }

    /// Where to write what a circuit's line is to hear next.
    pub fn spoken(&mut self, circuit: CircuitId) -> &mut [u8] {
        match self.place_of(circuit.span) {
            Place::Port(place) => self.ports[place].spoken.slot_mut(circuit.slot),
            Place::Analog(place) => self.analog[place].spoken.slot_mut(circuit.slot),
            Place::Nowhere => &mut [],
        }
    }
}

/// Timeslots of an E1 that carry speech: not the one of the D-channel or the CAS bits.
fn speech_slots() -> impl Iterator<Item = u8> {
    (1..=31).filter(|slot| *slot != 16)
}

fn registers(framing: Framing) -> Option<Registers> {
    (framing == Framing::Cas).then(Registers::default)
}

impl Port {
    /// Nothing but the other end of a call needs a timeslot's octets.
    pub(crate) fn needs_nothing_of(&self, slot: u8) -> bool {
        let listened = self.registers.as_ref().is_some_and(|registers| registers.works(slot))
            || self.ears.as_ref().is_some_and(|ears| ears.is_open(slot));
        !listened && !self.tests.runs_on(slot) && self.echoes.is_none()
    }

    fn transmit(&mut self, now: Monotonic) {
        while let Ok(order) = self.end.orders.pop() {
            self.obey(order);
        }
        if let Some(registers) = &mut self.registers {
            registers.speak(&mut self.spoken);
        }
        self.tests.transmit(&mut self.spoken);
        self.card.transmit(now, &mut self.spoken);
        if let Some(echoes) = &mut self.echoes {
            echoes.send(&self.spoken);
        }
        if let Some(registers) = &self.registers {
            registers.silence(&mut self.spoken);
        }
    }

    fn receive(&mut self, now: Monotonic) -> bool {
        self.card.receive(now, &mut self.heard);
        self.tests.receive(&self.heard);
        // Signalling and tests hear the line as it is.
        let mut news = self.work_registers() | self.work_ears();
        if let Some(echoes) = self.echoes.as_mut().filter(|_| !self.card.cancels_echo()) {
            echoes.cancel(&mut self.heard);
        }
        while let Some(frame) = self.card.receive_frame() {
            news = true;
            self.tell(FromCard::Frame(frame));
        }
        let mut alarms_changed = false;
        while let Some(event) = self.card.poll() {
            match event {
                Event::AlarmBegan(_) | Event::AlarmEnded(_) => alarms_changed = true,
                // Counted by the card; the bits are read as they stand.
                Event::Slipped(_) | Event::Cas { .. } => {}
            }
        }
        if alarms_changed {
            news = true;
            self.tell(FromCard::Alarms(self.card.alarms()));
        }
        if now >= self.tell_counters {
            self.tell_counters = now + TELL_COUNTERS;
            self.tell(FromCard::Counters { card: self.card.counters(), lost_to_ring: self.lost_to_ring });
            self.tell_tests();
        }
        news
    }

    /// CAS bits and register signals. What finds the ring full is told at the next turn.
    fn work_registers(&mut self) -> bool {
        let Port { registers: Some(registers), card, end, heard, .. } = self else { return false };
        let mut news = false;
        let mut tell = |told: FromCard| {
            let took = end.news.push(told).is_ok();
            news |= took;
            took
        };
        registers.see(card, &mut tell);
        registers.listen(heard, &mut tell);
        news
    }

    fn work_ears(&mut self) -> bool {
        let Port { ears: Some(ears), end, heard, .. } = self else { return false };
        let mut news = false;
        ears.listen(heard, &mut |told| {
            let took = end.news.push(told).is_ok();
            news |= took;
            took
        });
        news
    }

    fn obey(&mut self, order: ToCard) {
        match order {
            ToCard::Frame(frame) => {
                if self.card.send_frame(frame.octets()).is_err() {
                    self.lost_to_ring += 1;
                }
            }
            ToCard::Framing(framing) => {
                self.card.set_framing(framing);
                self.registers = registers(framing);
            }
            ToCard::Line(line) => self.card.set_line(line),
            ToCard::Cas { slot, abcd } => self.lost_to_ring += u64::from(!self.card.set_cas(slot, abcd)),
            ToCard::CasBegins | ToCard::Sound { .. } | ToCard::Listen { .. } => {
                if let Some(registers) = &mut self.registers {
                    registers.obey(order);
                }
            }
            ToCard::Ears(wanted) => self.ears = wanted.then(SlotEars::new),
            ToCard::Ear { slot, open } => {
                if let Some(ears) = &mut self.ears {
                    ears.set(slot, open);
                }
            }
            ToCard::CancelEcho(wanted) => {
                self.card.set_cancel_echo(wanted);
                let millis = self.spoken.frames() / 8;
                self.echoes = wanted.then(|| Box::new(SlotEchoes::new(millis)));
            }
            ToCard::SendAis(ais) => self.card.send_ais(ais),
            ToCard::Inject(direction, fault) => self.inject(direction, fault),
            ToCard::Test { slot, test } => self.tests.set(slot, test),
            // Words for analog cards.
            ToCard::PortsBegin { .. } | ToCard::Port { .. } => {}
        }
    }

    fn tell_tests(&mut self) {
        let Port { tests, end, lost_to_ring, .. } = self;
        for (slot, report) in tests.reports() {
            *lost_to_ring += u64::from(end.news.push(FromCard::Tested { slot, report }).is_err());
        }
    }

    fn inject(&mut self, direction: Direction, fault: chassis::Fault) {
        self.card.inject(direction, fault);
    }

    /// A line's side that does not fetch loses frames; the data link asks for them again.
    fn tell(&mut self, news: FromCard) {
        if self.end.news.push(news).is_err() {
            self.lost_to_ring += 1;
        }
    }
}
