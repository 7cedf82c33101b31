//! The customers of the town and the exchange they hang on: the network side of the spans, primary rate, basic or R2.

use crate::arguments::CustomerHabits;
use crate::party::{Party, Speech, Stage, Wish};
use crate::random::Random;
use chassis::{Direction, Fault, Span, SpanConfig, Wire, WireAddress};
use clock::{Millis, Monotonic};
use identity::{CircuitId, LegId, LegIds, SpanId};
use legs::{Incoming, LegIndication, LegRequest, Origin, Outgoing, Setup, SpanIndication, Target};
use lines::{Cards, Framing, LineSet, Output, Signalling};
use numbering::{Cause, CauseLocation, ClearCause, Digits, NumberType, PartyNumber, Screening};
use std::collections::{BTreeMap, BTreeSet};
use std::io;

/// Milliseconds between two exchanges with the cards.
pub const PACE: u64 = 5;

/// What happened in the town so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    pub dialled: u64,
    pub answered: u64,
    /// Ended without an answer, by the box or for want of a circuit.
    pub refused: u64,
    /// Ended by the box after an answer.
    pub served: u64,
    /// Ended by the customer's patience.
    pub gave_up: u64,
    /// Calls from the box.
    pub called: u64,
}

#[derive(Debug)]
pub struct Town {
    cards: Cards,
    lines: LineSet,
    up: BTreeSet<SpanId>,
    /// Two channels each, the others have thirty.
    basic: BTreeSet<SpanId>,
    parties: BTreeMap<LegId, Party>,
    /// Which span carries a leg.
    spans: BTreeMap<LegId, SpanId>,
    ids: LegIds,
    random: Random,
    habits: CustomerHabits,
    speech: Speech,
    next_arrival: Option<Monotonic>,
    counts: Counts,
}

/// Which wires, from 1, are something else than primary rate spans.
#[derive(Clone, Copy, Debug, Default)]
pub struct Kinds<'a> {
    pub basic: &'a [u16],
    pub r2: &'a [u16],
}

/// Subscribers of the town have numbers of so many digits, where the line must know.
const SUBSCRIBER_DIGITS: u8 = 11;

fn signalling(id: SpanId, kinds: Kinds) -> Signalling {
    if kinds.r2.contains(&id.0) {
        let wants = r2::Wants { called: r2::Length::Fixed(SUBSCRIBER_DIGITS), caller: true, caller_after: 0 };
        return r2::Config { wants, ..r2::Config::new(id, r2::Variant::CHINA) }.into();
    }
    if kinds.basic.contains(&id.0) {
        let config = bri::Config::new(id, bri::Side::Network, bri::Mode::PointToMultipoint);
        return bri::Config { overlap_receiving: true, ..config }.into();
    }
    pri::Config { overlap_receiving: true, ..pri::Config::new(id, pri::Side::Network) }.into()
}

impl Town {
    pub fn new(
        wires: &[WireAddress],
        kinds: Kinds,
        habits: CustomerHabits,
        speech: Speech,
        seed: u64,
        now: Monotonic,
    ) -> io::Result<Town> {
        let mut cards = Cards::new(PACE as usize);
        let mut lines = LineSet::default();
        for (wire, number) in wires.iter().zip(1..) {
            let id = SpanId(number);
            let config = SpanConfig { seed: seed + u64::from(number), ..SpanConfig::default() };
            let span = Span::new(config, Wire::open(*wire)?, now);
            let framing = if kinds.r2.contains(&number) { Framing::Cas } else { Framing::Card };
            lines.add(id, cards.add(id, span, framing));
            lines.configure(now, id, Some(signalling(id, kinds)));
        }
        let mut town = Town {
            cards,
            lines,
            up: BTreeSet::new(),
            basic: kinds.basic.iter().copied().map(SpanId).collect(),
            parties: BTreeMap::new(),
            spans: BTreeMap::new(),
            ids: LegIds::of(LegIds::EXCHANGE),
            random: Random::new(seed),
            habits,
            speech,
            next_arrival: None,
            counts: Counts::default(),
        };
        town.set_rate(now, town.habits.calls_per_minute);
        Ok(town)
    }

    pub fn counts(&self) -> Counts {
        self.counts
    }

    pub fn calls_up(&self) -> usize {
        self.parties.len()
    }

    pub fn spans_up(&self) -> usize {
        self.up.len()
    }

    /// Calls a minute from now on; 0: none.
    pub fn set_rate(&mut self, now: Monotonic, calls_per_minute: f64) {
        self.habits.calls_per_minute = calls_per_minute;
        self.next_arrival = (calls_per_minute > 0.0).then(|| now + Millis(self.random.arrival(calls_per_minute)));
    }

    pub fn inject(&mut self, span: SpanId, direction: Direction, fault: Fault) {
        self.lines.inject(span, direction, fault);
    }

    /// To be called each [`PACE`] milliseconds.
    pub fn live(&mut self, now: Monotonic) {
        self.speak();
        self.cards.exchange(now);
        self.listen();
        self.lines.receive(now);
        self.lines.expire(now);
        self.hear_lines(now);
        self.arrivals(now);
        self.wishes(now);
        self.hear_lines(now);
    }

    fn speak(&mut self) {
        for party in self.parties.values_mut() {
            party.mouth.fill(self.cards.spoken(party.circuit));
        }
    }

    fn listen(&mut self) {
        for party in self.parties.values_mut() {
            party.ear.hear(self.cards.heard(party.circuit));
        }
    }

    fn arrivals(&mut self, now: Monotonic) {
        while self.next_arrival.is_some_and(|at| at <= now) {
            let wait = Millis(self.random.arrival(self.habits.calls_per_minute));
            self.next_arrival = Some(now + wait);
            let called = self.random.pick(&self.habits.called).cloned().unwrap_or_default();
            let calling = self.random.subscriber();
            let keys = self.random.pick(&self.habits.keys).cloned();
            self.dial(now, called, calling, keys);
        }
    }

    /// A customer calls. False: no circuit.
    pub fn dial(&mut self, now: Monotonic, called: Digits, calling: Digits, keys: Option<Digits>) -> bool {
        self.counts.dialled += 1;
        let Some(circuit) = self.free_circuit() else {
            self.counts.refused += 1;
            return false;
        };
        let patience = Millis::secs(self.random.between(self.habits.patience.0, self.habits.patience.1));
        let party = Party::caller(circuit, keys, patience, self.speech.clone(), &mut self.random);
        let leg = self.ids.allocate();
        self.parties.insert(leg, party);
        self.spans.insert(leg, circuit.span);
        let calling =
            PartyNumber { kind: NumberType::National, screening: Screening::Network, ..PartyNumber::plain(calling) };
        let setup =
            Setup { called: PartyNumber::plain(called), complete: true, calling: Some(calling), ..Setup::default() };
        let outgoing = Outgoing { setup, target: Target::Circuit(circuit), answer_at_once: false };
        self.lines.request(now, circuit.span, leg, LegRequest::Setup(Box::new(outgoing)));
        true
    }

    /// From the highest timeslot down, the box's own selection being upwards: the two meet late.
    fn free_circuit(&self) -> Option<CircuitId> {
        let taken: BTreeSet<CircuitId> = self.parties.values().map(|party| party.circuit).collect();
        let load = |span: &SpanId| taken.iter().filter(|circuit| circuit.span == *span).count();
        let mut spans: Vec<SpanId> = self.up.iter().copied().collect();
        spans.sort_by_key(load);
        let slots = |span| (1..=if self.basic.contains(&span) { 2 } else { 31 }).rev().filter(|slot| *slot != 16);
        let mut circuits = spans.into_iter().flat_map(|span| slots(span).map(move |slot| CircuitId { span, slot }));
        circuits.find(|circuit| !taken.contains(circuit))
    }

    fn wishes(&mut self, now: Monotonic) {
        let wishes: Vec<(LegId, Wish)> = self
            .parties
            .iter_mut()
            .map(|(leg, party)| (*leg, party.live(now)))
            .filter(|(_, wish)| *wish != Wish::Nothing)
            .collect();
        for (leg, wish) in wishes {
            match wish {
                Wish::Nothing => {}
                Wish::Answer => self.request(now, leg, LegRequest::Answer { connected: None }),
                Wish::HangUp => {
                    self.counts.gave_up += 1;
                    self.release(now, leg, Cause::NormalClearing);
                    if let Some(party) = self.parties.get_mut(&leg) {
                        party.stage = Stage::Absent;
                    }
                }
            }
        }
    }

    /// Every customer hangs up.
    pub fn hang_up_all(&mut self, now: Monotonic) {
        let legs: Vec<LegId> = self.parties.keys().copied().collect();
        for leg in legs {
            self.release(now, leg, Cause::NormalClearing);
        }
    }

    fn release(&mut self, now: Monotonic, leg: LegId, cause: Cause) {
        let cause = ClearCause { cause, location: CauseLocation::PublicLocal };
        self.request(now, leg, LegRequest::Release { cause });
    }

    fn request(&mut self, now: Monotonic, leg: LegId, request: LegRequest) {
        if let Some(span) = self.spans.get(&leg) {
            self.lines.request(now, *span, leg, request);
        }
    }

    fn hear_lines(&mut self, now: Monotonic) {
        while let Some(output) = self.lines.poll() {
            match output {
                Output::Leg { span, leg, indication } => self.leg_says(now, span, leg, indication),
                Output::Span { span, indication: SpanIndication::Up } => {
                    self.up.insert(span);
                }
                Output::Span { span, indication: SpanIndication::Down } => {
                    self.up.remove(&span);
                }
                Output::Span { .. } | Output::Message { .. } => {}
            }
        }
    }

    fn leg_says(&mut self, now: Monotonic, span: SpanId, leg: LegId, indication: LegIndication) {
        match indication {
            LegIndication::Setup(incoming) => self.called(now, span, leg, &incoming),
            LegIndication::Answered { .. } => {
                self.counts.answered += 1;
                if let Some(party) = self.parties.get_mut(&leg) {
                    party.answered(now);
                }
            }
            LegIndication::CircuitChanged { circuit } => {
                if let Some(party) = self.parties.get_mut(&leg) {
                    party.circuit = circuit;
                }
            }
            LegIndication::Disconnecting { cause, .. } => self.request(now, leg, LegRequest::Release { cause }),
            LegIndication::Released { .. } => self.released(leg),
            // Customers dial whole numbers and listen to whatever they hear.
            LegIndication::Digits { .. }
            | LegIndication::MoreDigits
            | LegIndication::Proceeding
            | LegIndication::Alerting { .. }
            | LegIndication::Progress { .. }
            | LegIndication::Sounds { .. }
            | LegIndication::Key { .. }
            | LegIndication::Held
            | LegIndication::Retrieved
            | LegIndication::Transfer { .. }
            | LegIndication::ImageOffered { .. }
            | LegIndication::ImageAnswered { .. }
            | LegIndication::TurnedAway { .. }
            | LegIndication::Notified { .. }
            | LegIndication::TransferTo { .. } => {}
        }
    }

    fn released(&mut self, leg: LegId) {
        self.spans.remove(&leg);
        match self.parties.remove(&leg).map(|party| party.stage) {
            Some(Stage::Calling) => self.counts.refused += 1,
            Some(Stage::Listening { .. } | Stage::Staying { .. }) => self.counts.served += 1,
            Some(Stage::Ringing { .. } | Stage::Absent) | None => {}
        }
    }

    /// The box calls one of the town. Numbers that end in 98 never answer, those in 99 are busy.
    fn called(&mut self, now: Monotonic, span: SpanId, leg: LegId, incoming: &Incoming) {
        self.counts.called += 1;
        self.spans.insert(leg, span);
        let Origin::Circuit(circuit) = incoming.origin else { return };
        let number = incoming.setup.called.digits.as_str();
        self.request(now, leg, LegRequest::Proceeding);
        if number.ends_with("99") {
            self.release(now, leg, Cause::UserBusy);
            return;
        }
        let stage = if number.ends_with("98") {
            Stage::Absent
        } else {
            Stage::Ringing { answer: now + Millis(self.random.between(2000, 6000)) }
        };
        self.parties.insert(leg, Party::callee(circuit, stage, &mut self.random));
        self.request(now, leg, LegRequest::Alerting { inband: true });
    }
}
