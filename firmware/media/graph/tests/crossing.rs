//! Circuits that are left to a card while they need nothing but each other.

use graph::{CrossOrder, Engine, Limits, Moment, connect};
use identity::{CircuitId, LegId, RecordingId, SpanId};
use pcm::alaw;
use plan::{Hears, MediaRequest, Plan, Port, Tone};

const NONE: [[CircuitId; 2]; 0] = [];

/// A card with an engine behind it, which connects what it is told to.
struct Box1 {
    engine: Engine,
    connected: Vec<[CircuitId; 2]>,
    able: bool,
    ticks: u64,
}

fn circuit(slot: u8) -> CircuitId {
    CircuitId { span: SpanId(2), slot }
}

fn pair(one: u8, other: u8) -> [CircuitId; 2] {
    [circuit(one), circuit(other)]
}

impl Box1 {
    /// Three lines; the first two are in talk.
    fn bridged() -> Box1 {
        let limits = Limits::default();
        let (ends, _, _) = connect(&limits);
        let mut this = Box1 { engine: Engine::new(limits, ends), connected: Vec::new(), able: true, ticks: 0 };
        for line in 1..=3 {
            let port = Port::Circuit(circuit(line));
            this.engine.request(MediaRequest::Open { leg: LegId(line.into()), port });
        }
        this.talk();
        this
    }

    fn talk(&mut self) {
        self.hears(1, Hears::Leg(LegId(2)));
        self.hears(2, Hears::Leg(LegId(1)));
    }

    fn hears(&mut self, leg: u64, hears: Hears) {
        self.plan(leg, Plan { hears, ..Plan::default() });
    }

    fn plan(&mut self, leg: u64, plan: Plan) {
        self.engine.request(MediaRequest::Plan { leg: LegId(leg), plan });
    }

    /// Obeys the engine; what the card connects now.
    fn obey(&mut self) -> Vec<[CircuitId; 2]> {
        while let Some(order) = self.engine.cross_order() {
            match order {
                CrossOrder::Connect(pair) => {
                    if self.able {
                        self.connected.push(pair);
                    }
                    self.engine.crossed(pair, self.able);
                }
                CrossOrder::Disconnect(pair) => {
                    assert!(self.connected.contains(&pair), "{pair:?} was not connected");
                    self.connected.retain(|known| *known != pair);
                }
            }
        }
        self.connected.clone()
    }

    /// A tick in which each line says its octet; what each hears.
    fn tick(&mut self, said: [u8; 3]) -> [u8; 3] {
        self.ticks += 1;
        for (line, said) in (1..).zip(said) {
            self.engine.circuit_received(circuit(line), &[said; 160]);
        }
        self.engine.tick(Moment { micros: self.ticks * 20_000, unix_micros: 0 });
        [1, 2, 3].map(|line| {
            let mut heard = [0; 160];
            self.engine.circuit_transmit(circuit(line), &mut heard);
            heard[80]
        })
    }
}

/// A call between two lines is a card's from its plans to its end; the next call on these lines is again.
#[test]
fn a_call_of_two_lines_is_the_cards() {
    let mut card = Box1::bridged();
    assert_eq!(card.obey(), [pair(1, 2)]);
    assert_eq!(card.engine.counters().crossings, 1);
    assert_eq!(
        card.tick([0x11, 0x22, 0x33]),
        [alaw::SILENCE; 3],
        "the engine has nothing for lines that it was relieved of"
    );
    card.engine.request(MediaRequest::Close { leg: LegId(1) });
    assert_eq!(card.obey(), NONE);
    card.engine.request(MediaRequest::Open { leg: LegId(1), port: Port::Circuit(circuit(1)) });
    card.hears(1, Hears::Leg(LegId(2)));
    assert_eq!(card.obey(), [pair(1, 2)]);
}

/// Whatever else is to be heard or said ends it at once, and what is heard then is of now; once it is over, the card has the lines again.
#[test]
fn whatever_else_is_wanted_ends_it() {
    let hears = Hears::Leg(LegId(2));
    let recorded = Plan { hears: hears.clone(), record: Some(RecordingId(1)), ..Plan::default() };
    let keys = Plan { hears: hears.clone(), detect_keys: true, ..Plan::default() };
    let tone = Plan { hears: Hears::Tone(Tone::Busy), ..Plan::default() };
    let mix = Plan { hears: Hears::Mix(vec![LegId(2), LegId(3)]), ..Plan::default() };
    for plan in [recorded, keys, tone, mix] {
        let mut card = Box1::bridged();
        card.tick([0x11, 0x22, 0x33]);
        assert_eq!(card.obey().len(), 1);
        card.plan(1, plan.clone());
        assert_eq!(card.obey(), NONE, "{plan:?}");
        assert_eq!(card.tick([0x44, 0x55, 0x66])[1], 0x44, "{plan:?}");
        card.talk();
        assert_eq!(card.obey().len(), 1, "{plan:?}");
    }
    // A third party who listens, and is gone again.
    let mut card = Box1::bridged();
    assert_eq!(card.obey().len(), 1);
    card.hears(3, Hears::Leg(LegId(1)));
    assert_eq!(card.obey(), NONE);
    assert_eq!(card.tick([0x44, 0x55, 0x66]), [0x55, 0x44, 0x44]);
    card.hears(3, Hears::Silence);
    assert_eq!(card.obey().len(), 1);
}

/// Keys are sent to a line by us, and only as long as they sound.
#[test]
fn keys_are_sent_in_between() {
    let mut card = Box1::bridged();
    card.obey();
    let keys = "5".parse().expect("a key");
    card.engine.request(MediaRequest::SendKeys { leg: LegId(1), keys });
    assert_eq!(card.obey(), NONE);
    let back = (0..50).find(|_| {
        card.tick([0x11, 0x22, 0x33]);
        !card.obey().is_empty()
    });
    assert!(back.is_some_and(|ticks| ticks > 2), "{back:?}");
}

/// A card that cannot is asked again, and meanwhile the engine carries the call; so it does when a card could, and cannot any more.
#[test]
fn a_card_that_cannot_is_asked_again() {
    let mut card = Box1::bridged();
    card.able = false;
    assert_eq!(card.obey(), NONE);
    assert_eq!(card.tick([0x11, 0x22, 0x33])[..2], [0x22, 0x11]);
    card.able = true;
    assert_eq!(card.obey(), NONE, "not at once");
    (0..50).for_each(|_| {
        card.tick([0x11, 0x22, 0x33]);
    });
    assert_eq!(card.obey().len(), 1);
    card.connected.clear();
    card.engine.crossed(pair(1, 2), false);
    assert_eq!(card.tick([0x44, 0x55, 0x66])[..2], [0x55, 0x44]);
    assert_eq!(card.obey(), NONE);
}

/// The other party changes: the line is connected to the new one.
#[test]
fn a_transfer_connects_the_other_line() {
    let mut card = Box1::bridged();
    card.obey();
    card.hears(1, Hears::Leg(LegId(3)));
    card.hears(3, Hears::Leg(LegId(1)));
    card.hears(2, Hears::Silence);
    assert_eq!(card.obey(), [pair(1, 3)]);
}
