//! R2 from the seizure to the answer, in the line's own time: two boxes' cards and signalling on an E1, no wall clock.

use crate::report::{Row, Trouble, percentile};
use chassis::{Span, SpanConfig, Timeslot16, Wire};
use clock::Monotonic;
use identity::{CircuitId, LegId, LegIds, SpanId};
use legs::{LegIndication, LegRequest, Outgoing, Setup, Target};
use lines::{Cards, Framing, LineSet, Output};
use numbering::{Cause, PartyNumber};
use r2::{Config, Length, Variant, Wants};
use std::collections::BTreeMap;

const SPAN: SpanId = SpanId(1);
/// As the daemon's media thread runs them.
const PACE: u64 = 5;
const CALLED: &str = "62345678";
const CALLER: &str = "13812345678";
/// A call that takes so long has failed.
const LIMIT: u64 = 20_000;

struct End {
    cards: Cards,
    lines: LineSet,
}

impl End {
    fn new(config: &Config, wire: Wire, seed: u64) -> End {
        let span = Span::new(SpanConfig { timeslot16: Timeslot16::Cas, seed }, wire, Monotonic(0));
        let (mut cards, mut lines) = (Cards::new(PACE as usize), LineSet::default());
        lines.add(SPAN, cards.add(SPAN, span, Framing::Cas));
        lines.configure(Monotonic(0), SPAN, Some(config.clone().into()));
        End { cards, lines }
    }

    fn turn(&mut self, now: Monotonic, mut heard: impl FnMut(&mut LineSet, LegId, LegIndication)) {
        self.cards.exchange(now);
        self.lines.receive(now);
        self.lines.expire(now);
        while let Some(output) = self.lines.poll() {
            if let Output::Leg { leg, indication, .. } = output {
                heard(&mut self.lines, leg, indication);
            }
        }
    }
}

/// Calls on these timeslots at once, round after round: milliseconds from seizure to answer of each that was answered.
fn calls(config: &Config, slots: &[u8], rounds: u64) -> Result<Vec<f64>, Trouble> {
    let (one, other) = Wire::pair();
    let (mut caller, mut called) = (End::new(config, one, 1), End::new(config, other, 2));
    let mut ids = LegIds::of(LegIds::EXCHANGE);
    let mut now = Monotonic(0);
    let mut took = Vec::new();
    for round in 0..rounds {
        // Idle for a while: rounds begin at every place in a turn's and a multiframe's time.
        let quiet = now.0 + 2000 + PACE * (round % 7);
        let mut up = BTreeMap::new();
        while now.0 < quiet + LIMIT {
            now.0 += PACE;
            if now.0 == quiet {
                for slot in slots {
                    let leg = ids.allocate();
                    caller.lines.request(now, SPAN, leg, LegRequest::Setup(Box::new(outgoing(*slot)?)));
                    up.insert(leg, now);
                }
            }
            caller.turn(now, |lines, leg, indication| match indication {
                LegIndication::Answered { .. } => {
                    took.extend(up.remove(&leg).map(|since| now.since(since).0 as f64));
                    lines.request(now, SPAN, leg, LegRequest::Release { cause: Cause::NormalClearing.into() });
                }
                LegIndication::Released { .. } => drop(up.remove(&leg)),
                _ => {}
            });
            called.turn(now, |lines, leg, indication| {
                if let LegIndication::Setup(_) = indication {
                    lines.request(now, SPAN, leg, LegRequest::Answer { connected: None });
                }
            });
            if now.0 > quiet && up.is_empty() {
                break;
            }
        }
    }
    Ok(took)
}

fn outgoing(slot: u8) -> Result<Outgoing, Trouble> {
    let number = |digits: &str| digits.parse().map(PartyNumber::plain).map_err(|_| Trouble::from("a number"));
    let setup = Setup { called: number(CALLED)?, complete: true, calling: Some(number(CALLER)?), ..Setup::default() };
    Ok(Outgoing { setup, target: Target::Circuit(CircuitId { span: SPAN, slot }), answer_at_once: false })
}

pub fn run(quick: bool) -> Result<Vec<Row>, Trouble> {
    let rounds = if quick { 3 } else { 30 };
    let config = |caller| {
        let wants = Wants { called: Length::Fixed(CALLED.len() as u8), caller, caller_after: 0 };
        Config { wants, ..Config::new(SPAN, Variant::CHINA) }
    };
    let mut without = calls(&config(false), &[3], rounds)?;
    let mut with = calls(&config(true), &[3], rounds)?;
    let all: Vec<u8> = (1..=15).chain(17..=31).collect();
    let mut together = calls(&config(true), &all, 10)?;
    let answered = together.len() as f64;
    let limit = |millis| ("goal, ms", millis);
    Ok(vec![
        Row::at_most(
            "China, 8 digits: seizure to answer, worst",
            percentile(&mut without, 1.0),
            "ms",
            limit(1200.0),
            1.0,
        ),
        Row::at_most(
            "and the caller's 11: seizure to answer, worst",
            percentile(&mut with, 1.0),
            "ms",
            limit(3000.0),
            1.0,
        ),
        Row::at_least("answered of 30 at once, ten times", answered, "calls", ("all", 300.0), 1.0),
        Row::at_most("the slowest of those", percentile(&mut together, 1.0), "ms", limit(3000.0), 1.0),
    ])
}
