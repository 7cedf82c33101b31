//! Circuits that hear each other without the engine: a card connects them by itself, and none of their octets comes here.
//!
//! Two circuits are left to a card while each hears the other and nobody else, and nobody else wants either: no recorder, no key detector, no
//! third party, no room, and no keys to be sent. A plan only makes the wish ([`Engine::cross_order`]); until the card says that it is done
//! ([`Engine::crossed`]), and from the moment when the wish is over, their blocks are made as any other's.

use crate::circuit::Circuit;
use crate::engine::{Engine, Leg, PortSlot};
use identity::{CircuitId, SpanId};

/// Ticks after which a card that could not connect two circuits is asked again: one second.
const ASK_AGAIN: u64 = 50;

/// What the cards are to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CrossOrder {
    /// To be answered with [`Engine::crossed`].
    Connect([CircuitId; 2]),
    Disconnect([CircuitId; 2]),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Made {
    No,
    With(u32),
    /// The card would not, for now.
    Refused(u32),
}

/// By circuits' numbers: what is wished, and what the cards have made.
#[derive(Debug)]
pub(crate) struct Crossing {
    wish: Vec<Option<u32>>,
    made: Vec<Made>,
    /// Where the search for the next order goes on: first through what is to end, then through what is to begin.
    next: usize,
    wishes: usize,
    crossed: usize,
    refused: usize,
}

impl Crossing {
    pub(crate) fn new(circuits: usize) -> Crossing {
        Crossing {
            wish: vec![None; circuits],
            made: vec![Made::No; circuits],
            next: 2 * circuits,
            wishes: 0,
            crossed: 0,
            refused: 0,
        }
    }

    fn clear_wishes(&mut self) {
        if std::mem::take(&mut self.wishes) > 0 {
            self.wish.fill(None);
        }
    }

    fn wish(&mut self, [one, other]: [usize; 2]) {
        self.wish[one] = Some(other as u32);
        self.wish[other] = Some(one as u32);
        self.wishes += 1;
    }

    fn set(&mut self, [one, other]: [usize; 2], made: impl Fn(u32) -> Made) {
        for (place, with) in [(one, other), (other, one)] {
            match std::mem::replace(&mut self.made[place], made(with as u32)) {
                Made::No => {}
                Made::With(_) => self.crossed -= 1,
                Made::Refused(_) => self.refused -= 1,
            }
            match self.made[place] {
                Made::No => {}
                Made::With(_) => self.crossed += 1,
                Made::Refused(_) => self.refused += 1,
            }
        }
    }

    fn search(&mut self) {
        self.next = if self.wishes + self.crossed > 0 { 0 } else { 2 * self.wish.len() };
    }

    /// Wished for and made.
    fn is_made(&self, place: usize) -> bool {
        self.wish[place].is_some_and(|with| self.made[place] == Made::With(with))
    }

    /// The pair at a place of the search, if there is something to do for it: true to connect it.
    fn due(&self, next: usize) -> Option<([usize; 2], bool)> {
        let circuits = self.wish.len();
        let place = next % circuits;
        let (with, begins) = match (self.made[place], self.wish[place]) {
            (Made::With(with), wish) if next < circuits && wish != Some(with) => (with, false),
            (Made::No | Made::Refused(_), Some(with))
                if next >= circuits && self.made[place] != Made::Refused(with) =>
            {
                (with, true)
            }
            _ => return None,
        };
        let pair = [place, with as usize];
        let free = !begins || !matches!(self.made[pair[1]], Made::With(_));
        (place < pair[1] && free).then_some((pair, begins))
    }
}

fn circuit(place: usize) -> CircuitId {
    CircuitId { span: SpanId((place / 32 + 1) as u16), slot: (place % 32) as u8 }
}

impl Engine {
    /// Which circuits may be left to the cards, now that it is known who wants whom by blocks.
    pub(crate) fn wish_crossings(&mut self) {
        self.crossing.clear_wishes();
        for slot in 0..self.legs.len() {
            if let Some(pair) = self.crossable(slot) {
                self.crossing.wish(pair);
            }
        }
        self.crossing.search();
    }

    fn crossable(&self, slot: usize) -> Option<[usize; 2]> {
        let one = self.legs[slot].as_ref()?;
        let at = self.pledged(slot).filter(|other| slot < *other)?;
        let other = self.legs[at].as_ref()?;
        let alone = |slot: usize, leg: &Leg| !self.wiring.is_wanted(slot) && leg.sender.is_idle();
        let free = alone(slot, one) && alone(at, other);
        let place = |leg: &Leg| match leg.port {
            PortSlot::Circuit { id, .. } => self.circuits.index(id),
            PortSlot::Rtp { .. } => None,
        };
        free.then_some([place(one)?, place(other)?])
    }

    /// A card carries the leg's circuit, both ways.
    pub(crate) fn is_crossed(&self, id: CircuitId) -> bool {
        self.circuits.index(id).is_some_and(|place| self.crossing.is_made(place))
    }

    /// What the cards are to do about circuits that need nothing of the engine: until `None`, before they are received from.
    pub fn cross_order(&mut self) -> Option<CrossOrder> {
        self.wire();
        while self.crossing.next < 2 * self.crossing.wish.len() {
            let due = self.crossing.due(self.crossing.next);
            self.crossing.next += 1;
            match due {
                Some((pair, true)) => return Some(CrossOrder::Connect(pair.map(circuit))),
                Some((pair, false)) => {
                    self.crossing.set(pair, |_| Made::No);
                    return Some(CrossOrder::Disconnect(pair.map(circuit)));
                }
                None => {}
            }
        }
        None
    }

    /// A card has connected two circuits; or it could not, or cannot any more: then the engine carries them, and asks again in a while.
    pub fn crossed(&mut self, pair: [CircuitId; 2], done: bool) {
        let [Some(one), Some(other)] = pair.map(|id| self.circuits.index(id)) else { return };
        self.crossing.set([one, other], |with| if done { Made::With(with) } else { Made::Refused(with) });
        self.legs_changed = true;
        if done {
            self.counters.crossings += 1;
            // What waits is of a time that is over when the engine has them again.
            for id in pair {
                if let Some(port) = self.circuits.at(id) {
                    *port = Circuit::new();
                }
            }
        }
    }

    pub(crate) fn ask_cards_again(&mut self) {
        if self.crossing.refused > 0 && self.counters.ticks.is_multiple_of(ASK_AGAIN) {
            for made in self.crossing.made.iter_mut().filter(|made| matches!(made, Made::Refused(_))) {
                *made = Made::No;
            }
            self.crossing.refused = 0;
            self.crossing.search();
        }
    }
}
