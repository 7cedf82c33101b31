//! The cards as the media thread runs them.

use crate::cards::Cards;
use clock::Monotonic;
use graph::Engine;
use identity::{CircuitId, SpanId};
use media_io::CardIo;
use std::time::Duration;

/// Speech timeslots of an E1 whose timeslot 16 carries the D-channel.
const SLOTS: std::ops::RangeInclusive<u8> = 1..=31;
const DCHANNEL: u8 = 16;

/// Moves every speech timeslot between the cards and the media engine.
pub struct OnEngine {
    cards: Cards,
    spans: Vec<SpanId>,
    notify: Box<dyn Fn() + Send>,
}

impl OnEngine {
    /// The cards must move as many milliseconds as the media thread's wakes are apart. `notify` is called when there is something for
    /// the lines' side to fetch.
    pub fn new(cards: Cards, notify: Box<dyn Fn() + Send>) -> OnEngine {
        let spans = cards.spans().collect();
        OnEngine { cards, spans, notify }
    }
}

fn circuits(span: SpanId) -> impl Iterator<Item = CircuitId> {
    SLOTS.filter(|slot| *slot != DCHANNEL).map(move |slot| CircuitId { span, slot })
}

impl CardIo for OnEngine {
    fn receive(&mut self, now_micros: u64, engine: &mut Engine) {
        let news = self.cards.receive(Monotonic(now_micros / 1000));
        for circuit in self.spans.iter().copied().flat_map(circuits) {
            engine.circuit_received(circuit, self.cards.heard(circuit));
        }
        if news {
            (self.notify)();
        }
    }

    fn wait(&mut self, at_most: Duration) -> Option<bool> {
        // Rounded up: a wait of less than a millisecond is one.
        let millis = at_most.as_micros().div_ceil(1000).min(100);
        self.cards.wait(u16::try_from(millis).unwrap_or(100))
    }

    fn transmit(&mut self, now_micros: u64, engine: &mut Engine) {
        for circuit in self.spans.iter().copied().flat_map(circuits) {
            engine.circuit_transmit(circuit, self.cards.spoken(circuit));
        }
        self.cards.transmit(Monotonic(now_micros / 1000));
    }
}
