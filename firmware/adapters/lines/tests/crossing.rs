//! LIN-06: a call between two lines of cards, connected below the media engine: what each line hears, through the cards, their wires and the
//! engine as the media thread runs them.

use chassis::{Span, SpanConfig, Timeslot16, Timeslots, Wire};
use clock::Monotonic;
use graph::{CrossOrder, Engine, Limits, Moment, connect};
use identity::{CircuitId, LegId, SpanId};
use legs::LineTest;
use lines::{Cards, Framing, LineSet, OnEngine};
use media_io::CardIo;
use plan::{Hears, MediaRequest, Plan, Port};
use std::collections::VecDeque;

const ONE: CircuitId = CircuitId { span: SpanId(1), slot: 7 };
const OTHER: CircuitId = CircuitId { span: SpanId(2), slot: 20 };

/// A box with two spans, and what is at their far ends.
struct Town {
    lines: LineSet,
    cards: OnEngine,
    engine: Engine,
    far: [Span; 2],
    wakes: u64,
    /// Octets that each far end has still to hear.
    said: [VecDeque<u8>; 2],
    state: u32,
}

fn span(wire: Wire) -> Span {
    Span::new(SpanConfig { timeslot16: Timeslot16::Hdlc, seed: 28 }, wire, Monotonic(0))
}

impl Town {
    fn new() -> Town {
        let (mut cards, mut lines) = (Cards::new(5), LineSet::default());
        let far = [SpanId(1), SpanId(2)].map(|id| {
            let (near, far) = Wire::pair();
            lines.add(id, cards.add(id, span(near), Framing::Card));
            span(far)
        });
        let limits = Limits::default();
        let (ends, _, _) = connect(&limits);
        let cards = OnEngine::new(cards, Box::new(|| {}));
        let mut town =
            Town { lines, cards, engine: Engine::new(limits, ends), far, wakes: 0, said: Default::default(), state: 1 };
        for (leg, with, circuit) in [(1, 2, ONE), (2, 1, OTHER)] {
            town.engine.request(MediaRequest::Open { leg: LegId(leg), port: Port::Circuit(circuit) });
            town.plan(leg, Plan { hears: Hears::Leg(LegId(with)), ..Plan::default() });
        }
        town
    }

    fn plan(&mut self, leg: u64, plan: Plan) {
        self.engine.request(MediaRequest::Plan { leg: LegId(leg), plan });
    }

    /// Every timeslot's octet is another; what the far ends of the call heard in these wakes.
    fn after(&mut self, wakes: u64) -> [Vec<u8>; 2] {
        let mut all = [Vec::new(), Vec::new()];
        for _ in 0..wakes {
            self.wakes += 1;
            let now = Monotonic(self.wakes * 5);
            for (side, slot) in [(0, ONE.slot), (1, OTHER.slot)] {
                let (mut spoken, mut heard) = (Timeslots::millis(5), Timeslots::millis(5));
                for octet in spoken.slot_mut(slot) {
                    self.state = self.state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    *octet = (self.state >> 24) as u8;
                }
                self.said[side].extend(spoken.slot(slot));
                self.far[side].exchange(now, &spoken, &mut heard);
                all[side].extend(heard.slot(slot));
            }
            self.wake(now);
            self.lines.receive(now);
        }
        all
    }

    /// As the media thread does.
    fn wake(&mut self, now: Monotonic) {
        while let Some(order) = self.engine.cross_order() {
            match order {
                CrossOrder::Connect(pair) => {
                    let done = self.cards.connect(pair);
                    self.engine.crossed(pair, done);
                }
                CrossOrder::Disconnect(pair) => self.cards.disconnect(pair),
            }
        }
        let micros = now.0 * 1000;
        self.cards.receive(micros, &mut self.engine);
        if self.wakes.is_multiple_of(4) {
            self.engine.tick(Moment { micros, unix_micros: 0 });
        }
        self.cards.transmit(micros, &mut self.engine);
    }

    /// How many octets late each far end hears, whole and in order, what the other says.
    fn delay(&mut self) -> [Option<usize>; 2] {
        self.said.iter_mut().for_each(VecDeque::clear);
        let heard = self.after(40);
        [(0, 1), (1, 0)].map(|(ear, mouth)| {
            let said: Vec<u8> = self.said[mouth].iter().copied().collect();
            (0..800).find(|late| heard[ear][*late..] == said[..said.len() - late])
        })
    }
}

/// The call is bit-exact both ways and later by no more than the cards' blocks; the engine has no part in it.
#[test]
fn a_call_of_two_lines_passes_the_engine_by() {
    let mut town = Town::new();
    town.after(100);
    let crossed = town.delay();
    assert!(crossed.iter().all(|late| late.is_some_and(|late| late <= 160)), "{crossed:?}");
    assert_eq!(town.engine.counters().crossings, 1);
    // A third leg listens: the engine has the call, and its blocks take their time.
    let third = CircuitId { span: SpanId(1), slot: 8 };
    town.engine.request(MediaRequest::Open { leg: LegId(3), port: Port::Circuit(third) });
    town.plan(3, Plan { hears: Hears::Leg(LegId(1)), ..Plan::default() });
    town.after(100);
    let carried = town.delay();
    assert!(carried.iter().zip(crossed).all(|(carried, crossed)| *carried > crossed), "{carried:?}");
    town.engine.request(MediaRequest::Close { leg: LegId(3) });
    town.after(20);
    assert_eq!(town.delay(), crossed);
}

/// The call ends: nothing of the one line is heard on the other, from the next wake on.
#[test]
fn nothing_is_heard_after_the_end() {
    let mut town = Town::new();
    town.after(100);
    town.engine.request(MediaRequest::Close { leg: LegId(1) });
    town.engine.request(MediaRequest::Close { leg: LegId(2) });
    town.after(8);
    assert!(town.after(20).iter().flatten().all(|octet| *octet == chassis::SILENCE));
}

/// A test of the timeslot comes first: the card parts the two by itself, and connects them again when it is over.
#[test]
fn a_test_of_the_timeslot_parts_them() {
    let mut town = Town::new();
    town.after(100);
    town.lines.test(OTHER, Some(LineTest::Loopback));
    town.after(20);
    assert_eq!(town.engine.counters().crossings, 1);
    let said: Vec<u8> = town.said[1].iter().rev().take(800).copied().collect();
    let heard: Vec<u8> = town.after(1)[1].iter().rev().copied().collect();
    assert!(said.windows(40).any(|said| said == heard), "it hears itself");
    town.lines.test(OTHER, None);
    town.after(220);
    assert_eq!(town.engine.counters().crossings, 2);
    assert!(town.delay().iter().all(|late| late.is_some_and(|late| late <= 160)));
}
