//! Two boxes and their wire.

use crate::path::{Path, Relay};
use chassis::{Direction, Fault, Span, SpanConfig, Timeslot16, Wire};
use clock::Monotonic;
use identity::{CircuitId, LegId, LegIds, SpanId};
use legs::{Incoming, LegIndication, LegRequest, Outgoing, Setup, SpanIndication, Target};
use lines::{Cards, Framing, LineSet, Output};
use numbering::{Cause, ClearCause, Digits, PartyNumber};
use r2::{Config, Length, Variant, Wants};

pub const SPAN: SpanId = SpanId(1);

/// Milliseconds of each turn of the cards.
pub const PACE: u64 = 5;

pub fn circuit(slot: u8) -> CircuitId {
    CircuitId { span: SPAN, slot }
}

pub fn cleared() -> LegRequest {
    LegRequest::Release { cause: ClearCause::ours(Cause::NormalClearing) }
}

pub fn digits(text: &str) -> Digits {
    text.parse().expect("digits")
}

/// What the far end is asked for: so many digits, and the caller's number or not.
pub fn china(called: u8, caller: bool) -> Config {
    let wants = Wants { called: Length::Fixed(called), caller, caller_after: 0 };
    Config { wants, ..Config::new(SPAN, Variant::CHINA) }
}

/// One box with one span.
pub struct End {
    pub cards: Cards,
    pub lines: LineSet,
    pub legs: Vec<(LegId, LegIndication)>,
    pub told: Vec<SpanIndication>,
}

impl End {
    fn new(config: Config, wire: Wire, seed: u64) -> End {
        let span = Span::new(SpanConfig { timeslot16: Timeslot16::Cas, seed }, wire, Monotonic(0));
        let mut cards = Cards::new(PACE as usize);
        let mut lines = LineSet::default();
        lines.add(SPAN, cards.add(SPAN, span, Framing::Cas));
        lines.configure(Monotonic(0), SPAN, Some(config.into()));
        End { cards, lines, legs: Vec::new(), told: Vec::new() }
    }

    fn pace(&mut self, now: Monotonic) {
        self.cards.exchange(now);
        self.lines.receive(now);
        self.lines.expire(now);
        while let Some(output) = self.lines.poll() {
            match output {
                Output::Leg { leg, indication, .. } => self.legs.push((leg, indication)),
                Output::Span { indication, .. } => self.told.push(indication),
                Output::Message { .. } => {}
            }
        }
    }

    /// Legs that its signalling has.
    pub fn up(&self) -> usize {
        self.lines.legs(SPAN).map_or(0, |legs| legs.len())
    }
}

pub struct Town {
    pub ends: [End; 2],
    relay: Option<Relay>,
    pub now: Monotonic,
    ids: LegIds,
}

impl Town {
    pub fn new(config: &Config, seed: u64) -> Town {
        Town::over(config, seed, None)
    }

    /// With a bad speech path, if one is given.
    pub fn over(config: &Config, seed: u64, path: Option<Path>) -> Town {
        let ((one, mut other), mut relay) = (Wire::pair(), None);
        if let Some(path) = path {
            let (far, beyond) = Wire::pair();
            relay = Some(Relay::new(path, [std::mem::replace(&mut other, beyond), far], PACE as usize, seed));
        }
        let ends = [(one, 0), (other, 1)].map(|(wire, end)| End::new(config.clone(), wire, seed * 2 + end));
        let mut town = Town { ends, relay, now: Monotonic(0), ids: LegIds::of(LegIds::EXCHANGE) };
        // A span that comes up counts as up once it has stood for a second.
        town.after(1500);
        town
    }

    /// One turn of both ends.
    pub fn turn(&mut self) {
        self.now.0 += PACE;
        for end in &mut self.ends {
            end.pace(self.now);
        }
        if let Some(relay) = &mut self.relay {
            relay.pace(self.now);
        }
    }

    pub fn after(&mut self, millis: u64) {
        for _ in 0..millis / PACE {
            self.turn();
        }
    }

    pub fn request(&mut self, end: usize, leg: LegId, request: LegRequest) {
        self.ends[end].lines.request(self.now, SPAN, leg, request);
    }

    pub fn dial(&mut self, end: usize, slot: u8, called: &str, calling: Option<&str>) -> LegId {
        let leg = self.ids.allocate();
        let number = |text: &str| PartyNumber::plain(digits(text));
        let setup = Setup { called: number(called), complete: true, calling: calling.map(number), ..Setup::default() };
        let outgoing = Outgoing { setup, target: Target::Circuit(circuit(slot)), answer_at_once: false };
        self.request(end, leg, LegRequest::Setup(Box::new(outgoing)));
        leg
    }

    /// Every call that comes in at an end is answered at once; returns what came.
    pub fn answer_all(&mut self, end: usize) -> Vec<(LegId, Incoming)> {
        let legs = std::mem::take(&mut self.ends[end].legs);
        let mut came = Vec::new();
        for (leg, indication) in legs {
            match indication {
                LegIndication::Setup(incoming) => {
                    self.request(end, leg, LegRequest::Answer { connected: None });
                    came.push((leg, *incoming));
                }
                other => self.ends[end].legs.push((leg, other)),
            }
        }
        came
    }

    /// Whether a leg of an end heard this.
    pub fn heard(&self, end: usize, leg: LegId, what: impl Fn(&LegIndication) -> bool) -> bool {
        self.ends[end].legs.iter().any(|(heard, indication)| *heard == leg && what(indication))
    }

    pub fn answered(&self, end: usize, leg: LegId) -> bool {
        self.heard(end, leg, |indication| matches!(indication, LegIndication::Answered { .. }))
    }

    pub fn up(&self) -> [usize; 2] {
        [self.ends[0].up(), self.ends[1].up()]
    }

    pub fn fault(&mut self, end: usize, fault: Fault) {
        self.ends[end].lines.inject(SPAN, Direction::Receive, fault);
    }

    /// A call that is answered: the numbers that came through.
    pub fn call_through(&mut self, slot: u8) -> [String; 2] {
        let caller = self.dial(0, slot, "62345678", Some("02112345678"));
        let mut numbers = [String::new(), String::new()];
        for _ in 0..10_000 / PACE {
            self.turn();
            for (_, incoming) in self.answer_all(1) {
                let Setup { called, calling, .. } = incoming.setup;
                numbers = [called.digits, calling.map(|it| it.digits).unwrap_or_default()].map(|it| it.to_string());
            }
            if self.answered(0, caller) {
                return numbers;
            }
        }
        panic!("{slot} is not answered: {:?} {:?}", self.ends[0].legs, self.ends[1].legs);
    }

    /// A call that is answered: both legs.
    pub fn talk(&mut self, slot: u8) -> [LegId; 2] {
        let caller = self.dial(0, slot, "62345678", Some("02112345678"));
        let mut called = None;
        for _ in 0..6000 / PACE {
            self.turn();
            called = called.or_else(|| self.answer_all(1).first().map(|(leg, _)| *leg));
            if let (true, Some(called)) = (self.answered(0, caller), called) {
                return [caller, called];
            }
        }
        panic!("not answered: {:?} {:?}", self.ends[0].legs, self.ends[1].legs);
    }
}
