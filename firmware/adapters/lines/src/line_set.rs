//! The exchange thread's side: what signals on each span.

use crate::by_sound::{BySound, SlotSounds};
use crate::card::Framing;
use crate::core::{Core, Said, Signalling};
use crate::debounce::Debounce;
use crate::kernel_span::LineFraming;
use crate::port_orders::PortOrder;
use crate::rings::{FromCard, LineEnd, ToCard};
use chassis::{Direction, Fault, PairFault};
use clock::Monotonic;
use identity::{CircuitId, LegId, SpanId};
use legs::{Alarms, LegIndication, LegRequest, LineTest, LineTestReport, SpanIndication, SpanRequest};
use numbering::{Cause, ClearCause};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use trace::Way;

/// Orders that wait for room in a card's ring at most.
const BACKLOG: usize = 1024;

/// What the lines have to say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Output {
    Leg {
        span: SpanId,
        leg: LegId,
        indication: LegIndication,
    },
    Span {
        span: SpanId,
        indication: SpanIndication,
    },
    /// A message crossed the D-channel: its name, and the leg that it is about, if it is about one.
    Message {
        span: SpanId,
        leg: Option<LegId>,
        way: Way,
        name: &'static str,
    },
}

/// What is known of a span besides its calls.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Health {
    pub card: chassis::Counters,
    /// The card's alarms as they are now, before they are debounced.
    pub alarms: Alarms,
    /// Frames and alarms that found a ring full, either way.
    pub lost_to_rings: u64,
}

/// Every span with its signalling.
#[derive(Debug, Default)]
pub struct LineSet {
    lines: BTreeMap<SpanId, Line>,
    out: VecDeque<Output>,
}

#[derive(Debug)]
struct Line {
    end: LineEnd,
    /// None: the administrator took the span out of service.
    core: Option<Core>,
    /// Legs that have not had their last word.
    legs: BTreeSet<LegId>,
    /// Orders that found the ring full.
    backlog: VecDeque<ToCard>,
    /// Only where calls are answered by sound.
    by_sound: Option<BySound>,
    debounce: Debounce,
    health: Health,
    /// What tests of timeslots have found.
    tested: BTreeMap<u8, LineTestReport>,
    refused_by_ring: u64,
    lost_by_card: u64,
}

impl LineSet {
    /// Puts a span in, without signalling yet.
    pub fn add(&mut self, span: SpanId, end: LineEnd) {
        let line = Line {
            end,
            core: None,
            legs: BTreeSet::new(),
            backlog: VecDeque::new(),
            by_sound: None,
            debounce: Debounce::default(),
            health: Health::default(),
            tested: BTreeMap::new(),
            refused_by_ring: 0,
            lost_by_card: 0,
        };
        self.lines.insert(span, line);
    }

    /// Starts signalling on a span, anew if it ran: calls that it carries are released. None stops it and sends AIS,
    /// so that the far end sees the span out of service. A span without a card is ignored.
    ///
    /// Analog ports have nothing in common but the card: where only some of them change, the others' calls go on.
    pub fn configure(&mut self, now: Monotonic, span: SpanId, config: Option<Signalling>) {
        let Some(line) = self.lines.get_mut(&span) else { return };
        let config = match (&mut line.core, config) {
            (Some(Core::Analog(analog)), Some(Signalling::Analog(config))) => {
                match analog.reconfigure(now, analog::Config { span, ..config }) {
                    Ok(()) => return line.drain(span, &mut self.out),
                    Err(config) => Some(Signalling::Analog(*config)),
                }
            }
            (_, config) => config,
        };
        line.stop(span, &mut self.out);
        line.order(ToCard::SendAis(config.is_none()));
        line.core = config.map(|config| Core::new(span, config));
        let told = line.debounce.told();
        if let Some(core) = &mut line.core {
            core.alarm(now, told);
            core.expire(now);
        }
        line.drain(span, &mut self.out);
    }

    /// Whether calls that go out over an E1 are answered by what is heard, from the next [`LineSet::configure`] on: for lines that do not
    /// signal the answer. One that is signalled counts all the same.
    pub fn answer_by_sound(&mut self, span: SpanId, wanted: bool) {
        if let Some(line) = self.lines.get_mut(&span) {
            line.by_sound = wanted.then(BySound::default);
            line.order(ToCard::Ears(wanted));
        }
    }

    /// Whether the echo of two-wire lines is taken off what a span brings: of an analog card's ports, or of an E1 that leads to a gateway
    /// with such lines. A card that has cancellers of its own uses them.
    pub fn cancel_echo(&mut self, span: SpanId, wanted: bool) {
        if let Some(line) = self.lines.get_mut(&span) {
            line.order(ToCard::CancelEcho(wanted));
        }
    }

    /// What a span's timeslot 16 is from now on. What was under way on it is lost.
    pub fn set_framing(&mut self, span: SpanId, framing: Framing) {
        if let Some(line) = self.lines.get_mut(&span) {
            line.order(ToCard::Framing(framing));
        }
    }

    /// How a real card's line is framed and clocked from now on; calls on it go on.
    pub fn set_line(&mut self, span: SpanId, line: LineFraming) {
        if let Some(known) = self.lines.get_mut(&span) {
            known.order(ToCard::Line(line));
        }
    }

    pub fn spans(&self) -> impl Iterator<Item = SpanId> + '_ {
        self.lines.keys().copied()
    }

    pub fn health(&self, span: SpanId) -> Option<Health> {
        self.lines
            .get(&span)
            .map(|line| Health { lost_to_rings: line.refused_by_ring + line.lost_by_card, ..line.health })
    }

    /// The legs that a span's signalling has, each with the timeslot it has, if it has one. None: it has no signalling.
    pub fn legs(&self, span: SpanId) -> Option<Vec<(LegId, Option<u8>)>> {
        self.lines.get(&span)?.core.as_ref().map(Core::legs)
    }

    /// A request for a leg of a span. An unknown leg or span is ignored: its last word crossed with the request.
    pub fn request(&mut self, now: Monotonic, span: SpanId, leg: LegId, request: LegRequest) {
        if let Some(line) = self.lines.get_mut(&span)
            && let LegRequest::Setup(_) = request
        {
            line.legs.insert(leg);
            if let Some(by_sound) = &mut line.by_sound {
                by_sound.set_up(leg);
            }
            if line.core.is_none() {
                // Nobody signals here: the leg's first word is its last.
                return line.release_all(span, &mut self.out);
            }
        }
        self.with(span, |core| core.request(now, leg, request));
    }

    pub fn span_request(&mut self, now: Monotonic, span: SpanId, request: SpanRequest) {
        self.with(span, |core| core.span_request(now, request));
    }

    /// Tests a timeslot that carries no call, or stops testing it.
    pub fn test(&mut self, circuit: CircuitId, test: Option<LineTest>) {
        if let Some(line) = self.lines.get_mut(&circuit.span) {
            match test {
                Some(test) => line.tested.insert(circuit.slot, LineTestReport::of(test)),
                None => line.tested.remove(&circuit.slot),
            };
            line.order(ToCard::Test { slot: circuit.slot, test });
        }
    }

    /// What the test of a timeslot has found so far; none if it is not tested.
    pub fn tested(&self, circuit: CircuitId) -> Option<LineTestReport> {
        self.lines.get(&circuit.span)?.tested.get(&circuit.slot).copied()
    }

    /// Makes a simulated line worse, or mends it.
    pub fn inject(&mut self, span: SpanId, direction: Direction, fault: Fault) {
        if let Some(line) = self.lines.get_mut(&span) {
            line.order(ToCard::Inject(direction, fault));
        }
    }

    /// What the clock on the wall says, for telephones that show the time of a call.
    pub fn set_clock(&mut self, clock: analog::ClockFace) {
        for line in self.lines.values_mut() {
            if let Some(Core::Analog(analog)) = &mut line.core {
                analog.span.set_clock(clock);
            }
        }
    }

    /// Messages wait for the owner of the telephone at a port, or none any more.
    pub fn set_message_waiting(&mut self, now: Monotonic, port: CircuitId, waiting: bool) {
        self.with(port.span, |core| {
            if let Core::Analog(analog) = core {
                analog.span.set_message_waiting(now, port.slot, waiting);
            }
        });
    }

    /// Makes the pair of a simulated analog port worse, or mends it.
    pub fn inject_pair(&mut self, circuit: CircuitId, fault: PairFault) {
        if let Some(line) = self.lines.get_mut(&circuit.span) {
            line.order(ToCard::Port { slot: circuit.slot, order: PortOrder::Inject(fault) });
        }
    }

    /// Takes what the cards brought.
    pub fn receive(&mut self, now: Monotonic) {
        for (span, line) in &mut self.lines {
            while let Ok(news) = line.end.news.pop() {
                line.take(now, news, *span, &mut self.out);
                line.drain(*span, &mut self.out);
            }
        }
    }

    /// Timers that are due.
    pub fn expire(&mut self, now: Monotonic) {
        for (span, line) in &mut self.lines {
            line.expire(now, *span, &mut self.out);
            line.drain(*span, &mut self.out);
        }
    }

    pub fn deadline(&self) -> Option<Monotonic> {
        self.lines.values().filter_map(Line::deadline).min()
    }

    pub fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    fn with(&mut self, span: SpanId, work: impl FnOnce(&mut Core)) {
        let Some(line) = self.lines.get_mut(&span) else { return };
        if let Some(core) = &mut line.core {
            work(core);
        }
        line.drain(span, &mut self.out);
    }
}

impl Line {
    fn take(&mut self, now: Monotonic, news: FromCard, span: SpanId, out: &mut VecDeque<Output>) {
        match news {
            FromCard::Frame(_) | FromCard::Cas { .. } | FromCard::Heard { .. } | FromCard::Port { .. } => {
                if let Some(core) = &mut self.core {
                    core.take(now, news);
                }
            }
            FromCard::Sounds { slot, sounds } => self.sounds(now, slot, sounds, span, out),
            FromCard::Alarms(alarms) => {
                self.health.alarms = alarms;
                self.debounce.take(now, alarms);
            }
            FromCard::Tested { slot, report } => {
                // One that was stopped meanwhile is not taken up again.
                if let Some(known) = self.tested.get_mut(&slot).filter(|known| known.test == report.test) {
                    *known = report;
                }
            }
            FromCard::Counters { card, lost_to_ring } => {
                self.health.card = card;
                self.lost_by_card = lost_to_ring;
            }
        }
    }

    fn sounds(&mut self, now: Monotonic, slot: u8, sounds: SlotSounds, span: SpanId, out: &mut VecDeque<Output>) {
        let heard = self.by_sound.as_mut().and_then(|by_sound| by_sound.heard(slot, sounds));
        let Some((leg, told, answered)) = heard else { return };
        if answered && let Some(core) = &mut self.core {
            core.answered_by_sound(now, leg);
        }
        out.extend(told.into_iter().map(|indication| Output::Leg { span, leg, indication }));
    }

    fn expire(&mut self, now: Monotonic, span: SpanId, out: &mut VecDeque<Output>) {
        self.catch_up();
        if let Some(alarms) = self.debounce.expire(now) {
            match &mut self.core {
                Some(core) => core.alarm(now, alarms),
                None => out.push_back(Output::Span { span, indication: SpanIndication::Alarms(alarms) }),
            }
        }
        if let Some(core) = &mut self.core {
            core.expire(now);
        }
    }

    fn deadline(&self) -> Option<Monotonic> {
        let core = self.core.as_ref().and_then(Core::deadline);
        [core, self.debounce.deadline()].into_iter().flatten().min()
    }

    /// Ends signalling: whatever calls there are have their last word, for their core will not give it.
    fn stop(&mut self, span: SpanId, out: &mut VecDeque<Output>) {
        if self.core.take().is_some() {
            self.release_all(span, out);
            out.push_back(Output::Span { span, indication: SpanIndication::Down });
        }
    }

    fn release_all(&mut self, span: SpanId, out: &mut VecDeque<Output>) {
        let cause = ClearCause::ours(Cause::DestinationOutOfOrder);
        for leg in std::mem::take(&mut self.legs) {
            out.push_back(Output::Leg { span, leg, indication: LegIndication::Released { cause } });
        }
    }

    fn drain(&mut self, span: SpanId, out: &mut VecDeque<Output>) {
        while let Some(said) = self.core.as_mut().and_then(Core::poll) {
            match said {
                Said::Order(order) => self.order(order),
                Said::Unsendable => self.refused_by_ring += 1,
                Said::Leg { leg, indication } => {
                    match indication {
                        LegIndication::Setup(_) => self.legs.insert(leg),
                        LegIndication::Released { .. } => self.legs.remove(&leg),
                        _ => false,
                    };
                    if !self.passes(leg, &indication) {
                        continue;
                    }
                    out.push_back(Output::Leg { span, leg, indication });
                }
                Said::Span(indication) => out.push_back(Output::Span { span, indication }),
                Said::Message { leg, way, name } => out.push_back(Output::Message { span, leg, way, name }),
            }
        }
    }

    /// What signalling says, where ears say it too: false if the exchange knows it.
    fn passes(&mut self, leg: LegId, said: &LegIndication) -> bool {
        let Some(by_sound) = &mut self.by_sound else { return true };
        let slot = self.core.as_ref().and_then(|core| core.slot_of(leg));
        let (passes, order) = by_sound.indicated(leg, said, slot);
        if let Some(order) = order {
            self.order(order);
        }
        passes
    }

    /// Orders wait where the ring is full, but for frames: the data link sends those again.
    fn order(&mut self, order: ToCard) {
        self.catch_up();
        if !self.backlog.is_empty() || self.end.orders.push(order).is_err() {
            let waits = !matches!(order, ToCard::Frame(_)) && self.backlog.len() < BACKLOG;
            if waits { self.backlog.push_back(order) } else { self.refused_by_ring += 1 }
        }
    }

    fn catch_up(&mut self) {
        while let Some(order) = self.backlog.front() {
            if self.end.orders.push(*order).is_err() {
                return;
            }
            self.backlog.pop_front();
        }
    }
}
