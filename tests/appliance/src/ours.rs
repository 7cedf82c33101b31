//! Our end of a span: the lines as the daemon runs them, on a span of the kernel's driver.

use crate::ground::{Failed, SILENCE, must};
use chassis::AnalogKind;
use clock::Monotonic;
use dahdi::SpanNumber;
use dahdi::discovery::Place;
use identity::{CircuitId, LegId, LegIds, SpanId};
use legs::{Incoming, LegIndication, LegRequest, Outgoing, Setup, SpanIndication, Target};
use lines::{Cards, Framing, KernelKind, KernelPorts, KernelSpan, LineFraming, LineSet, Output, Signalling};
use numbering::{Cause, ClearCause, Digits, PartyNumber};
use std::time::Instant;

pub const SPAN: SpanId = SpanId(1);

const BLOCK: u16 = 5;

pub fn circuit(slot: u8) -> CircuitId {
    CircuitId { span: SPAN, slot }
}

pub fn cleared() -> LegRequest {
    LegRequest::Release { cause: ClearCause::ours(Cause::NormalClearing) }
}

fn serves(trouble: Option<&str>) -> Result<(), Failed> {
    trouble.map_or(Ok(()), |trouble| Err(Failed(trouble.to_owned())))
}

pub struct Ours {
    pub cards: Cards,
    lines: LineSet,
    ids: LegIds,
    began: Instant,
    /// What was told and not yet taken.
    pub legs: Vec<(LegId, LegIndication)>,
    pub told: Vec<SpanIndication>,
}

impl Ours {
    /// Runs signalling on a span.
    pub fn start(span: SpanNumber, signalling: Signalling) -> Result<Ours, Failed> {
        let (framing, timeslot16) = match signalling {
            Signalling::R2(_) => (Framing::Cas, chassis::Timeslot16::Cas),
            _ => (Framing::Card, chassis::Timeslot16::Hdlc),
        };
        let line = LineFraming { crc4: timeslot16 == chassis::Timeslot16::Hdlc, clock_priority: 1 };
        let kernel = KernelSpan::new(Place::Number(span.0), KernelKind::E1, BLOCK, line, timeslot16);
        serves(kernel.trouble())?;
        let (mut cards, mut lines) = (Cards::new(usize::from(BLOCK)), LineSet::default());
        lines.add(SPAN, cards.add_kernel(SPAN, kernel, framing));
        lines.configure(Monotonic(0), SPAN, Some(signalling));
        let ids = LegIds::of(LegIds::EXCHANGE);
        Ok(Ours { cards, lines, ids, began: Instant::now(), legs: Vec::new(), told: Vec::new() })
    }

    /// Runs analog signalling on these ports of a span.
    pub fn start_ports(span: SpanNumber, ports: &[(u8, AnalogKind)], config: analog::Config) -> Result<Ours, Failed> {
        let kernel = KernelPorts::new(Place::Number(span.0), ports, BLOCK);
        serves(kernel.trouble())?;
        let (mut cards, mut lines) = (Cards::new(usize::from(BLOCK)), LineSet::default());
        lines.add(SPAN, cards.add_kernel_analog(SPAN, kernel));
        lines.configure(Monotonic(0), SPAN, Some(config.into()));
        let ids = LegIds::of(LegIds::EXCHANGE);
        Ok(Ours { cards, lines, ids, began: Instant::now(), legs: Vec::new(), told: Vec::new() })
    }

    pub fn now(&self) -> Monotonic {
        Monotonic(u64::try_from(self.began.elapsed().as_millis()).unwrap_or(0))
    }

    /// One block, when the card has it.
    pub fn turn(&mut self) -> Result<(), Failed> {
        must(self.cards.wait(500) == Some(true), || "no block within 500 ms".into())?;
        let now = self.now();
        // Received first: the card has just brought it, and what is sent next may answer.
        self.cards.receive(now);
        self.lines.receive(now);
        self.lines.expire(now);
        while let Some(output) = self.lines.poll() {
            match output {
                Output::Leg { leg, indication, .. } => self.legs.push((leg, indication)),
                Output::Span { indication, .. } => self.told.push(indication),
                _ => {}
            }
        }
        self.cards.transmit(now);
        Ok(())
    }

    /// Turns until it is so; fails after so many milliseconds. Gives the milliseconds it took.
    pub fn until(
        &mut self,
        millis: u64,
        what: &str,
        mut so: impl FnMut(&mut Ours) -> Result<bool, Failed>,
    ) -> Result<u64, Failed> {
        let began = self.now();
        while !so(self)? {
            let lasted = self.now().since(began);
            must(lasted.0 < millis, || {
                format!("{what}: not within {millis} ms; last {:?} {:?}", self.told, self.legs)
            })?;
            self.turn()?;
        }
        Ok(self.now().since(began).0)
    }

    pub fn request(&mut self, leg: LegId, request: LegRequest) {
        self.lines.request(self.now(), SPAN, leg, request);
    }

    pub fn dial(&mut self, slot: u8, called: &str, calling: Option<&str>) -> Result<LegId, Failed> {
        let number = |text: &str| {
            let digits: Result<Digits, _> = text.parse();
            digits.map(PartyNumber::plain).map_err(|_| Failed(format!("{text} is no number")))
        };
        let setup = Setup {
            called: number(called)?,
            complete: true,
            calling: calling.map(number).transpose()?,
            ..Setup::default()
        };
        let leg = self.ids.allocate();
        let outgoing = Outgoing { setup, target: Target::Circuit(circuit(slot)), answer_at_once: false };
        self.request(leg, LegRequest::Setup(Box::new(outgoing)));
        Ok(leg)
    }

    /// Calls that came in since last asked, each answered at once.
    pub fn answer_all(&mut self) -> Vec<(LegId, Incoming)> {
        let mut came = Vec::new();
        for (leg, indication) in std::mem::take(&mut self.legs) {
            match indication {
                LegIndication::Setup(incoming) => came.push((leg, *incoming)),
                other => self.legs.push((leg, other)),
            }
        }
        for (leg, _) in &came {
            self.request(*leg, LegRequest::Answer { connected: None });
        }
        came
    }

    /// Legs of which this was told.
    pub fn legs_told(&self, wanted: impl Fn(&LegIndication) -> bool) -> usize {
        self.legs.iter().filter(|(_, indication)| wanted(indication)).count()
    }

    pub fn speak(&mut self, slot: u8, octet: u8) {
        self.cards.spoken(circuit(slot)).fill(octet);
    }

    pub fn hears(&self, slot: u8, octet: u8) -> bool {
        let heard = self.cards.heard(circuit(slot));
        !heard.is_empty() && heard.iter().all(|heard| *heard == octet)
    }

    pub fn silence(&mut self, slot: u8) {
        self.speak(slot, SILENCE);
    }

    pub fn seized(&self) -> usize {
        self.lines.legs(SPAN).map_or(0, |legs| legs.len())
    }
}
