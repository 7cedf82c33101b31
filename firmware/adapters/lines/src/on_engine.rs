//! The cards as the media thread runs them.

use crate::cards::Cards;
use clock::Monotonic;
use graph::Engine;
use identity::CircuitId;
use media_io::CardIo;
use std::time::Duration;

/// Moves every speech timeslot between the cards and the media engine, but for those that the cards connect.
pub struct OnEngine {
    cards: Cards,
    notify: Box<dyn Fn() + Send>,
}

impl OnEngine {
    /// The cards must move as many milliseconds as the media thread's wakes are apart. `notify` is called when there is something for
    /// the lines' side to fetch.
    pub fn new(cards: Cards, notify: Box<dyn Fn() + Send>) -> OnEngine {
        OnEngine { cards, notify }
    }
}

impl CardIo for OnEngine {
    fn receive(&mut self, now_micros: u64, engine: &mut Engine) {
        let news = self.cards.receive(Monotonic(now_micros / 1000));
        while let Some(pair) = self.cards.parted() {
            engine.crossed(pair, false);
        }
        for (circuit, heard) in self.cards.each_heard() {
            engine.circuit_received(circuit, heard);
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
        self.cards.each_spoken(|circuit, spoken| engine.circuit_transmit(circuit, spoken));
        self.cards.transmit(Monotonic(now_micros / 1000));
    }

    fn connect(&mut self, pair: [CircuitId; 2]) -> bool {
        self.cards.connect(pair)
    }

    fn disconnect(&mut self, pair: [CircuitId; 2]) {
        self.cards.disconnect(pair);
    }
}
