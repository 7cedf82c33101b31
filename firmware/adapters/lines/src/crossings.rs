//! Timeslots that their cards connect: what the one's line says is what the other's hears, and the media engine has neither.

use crate::card::Crossable;
use crate::cards::{Cards, Port};
use chassis::SLOTS;
use identity::CircuitId;

/// Whom each timeslot of a span is connected to.
#[derive(Debug, Default)]
pub(crate) struct Crossings {
    with: [Option<CircuitId>; SLOTS],
    count: usize,
}

impl Crossings {
    pub(crate) fn with(&self, slot: u8) -> Option<CircuitId> {
        *self.with.get(usize::from(slot))?
    }

    fn set(&mut self, slot: u8, with: Option<CircuitId>) {
        if let Some(place) = self.with.get_mut(usize::from(slot)) {
            *place = with;
            self.count = self.with.iter().flatten().count();
        }
    }

    fn slots(&self) -> impl Iterator<Item = (u8, CircuitId)> + '_ {
        let some = if self.count > 0 { SLOTS } else { 0 };
        (0..).zip(&self.with).take(some).filter_map(|(slot, with)| Some((slot, (*with)?)))
    }
}

impl Cards {
    /// Connects the circuits of two lines of the kernel's driver in the kernel, or of two simulated ones. False: something of ours is to hear
    /// or to say something there, echo is taken off, or they are of two kinds.
    pub fn connect(&mut self, pair: [CircuitId; 2]) -> bool {
        let [Some(one), Some(other)] = pair.map(|circuit| self.place(circuit)) else { return false };
        let free = |place: usize, slot: u8| {
            let port = &self.ports[place];
            port.crossings.with(slot).is_none() && port.needs_nothing_of(slot)
        };
        if pair[0] == pair[1] || !free(one, pair[0].slot) || !free(other, pair[1].slot) {
            return false;
        }
        let ends = (self.ports[one].card.crossable(pair[0].slot), self.ports[other].card.crossable(pair[1].slot));
        let done = match ends {
            (Some(Crossable::Simulated), Some(Crossable::Simulated)) => true,
            (Some(Crossable::Kernel(one)), Some(Crossable::Kernel(other))) => one.connect(other).is_ok(),
            _ => false,
        };
        if done {
            for (place, circuit, with) in [(one, pair[0], pair[1]), (other, pair[1], pair[0])] {
                let Port { crossings, card, .. } = &mut self.ports[place];
                crossings.set(circuit.slot, Some(with));
                card.set_away(circuit.slot, true);
            }
        }
        done
    }

    /// Undoes [`Cards::connect`]. Both lines hear silence until something is spoken.
    pub fn disconnect(&mut self, pair: [CircuitId; 2]) {
        for (circuit, with) in [(pair[0], pair[1]), (pair[1], pair[0])] {
            let Some(place) = self.place(circuit) else { continue };
            let Port { crossings, card, spoken, .. } = &mut self.ports[place];
            if crossings.with(circuit.slot) == Some(with) {
                crossings.set(circuit.slot, None);
                spoken.slot_mut(circuit.slot).fill(chassis::SILENCE);
                card.set_away(circuit.slot, false);
            }
        }
    }

    /// Two circuits that cannot stay connected, and are not any more: a test, an ear, a register or an echo canceller began to work on one, or
    /// a card is gone.
    pub fn parted(&mut self) -> Option<[CircuitId; 2]> {
        let mut crossed = self.ports.iter().filter(|port| port.crossings.count > 0);
        let pair = crossed.find_map(|port| {
            let stays = |slot| port.needs_nothing_of(slot) && port.card.is_away(slot);
            let (slot, with) = port.crossings.slots().find(|(slot, _)| !stays(*slot))?;
            Some([CircuitId { span: port.id, slot }, with])
        })?;
        self.disconnect(pair);
        Some(pair)
    }

    /// What simulated lines said goes to those that they are connected to.
    pub(crate) fn carry_simulated(&mut self) {
        for one in 0..self.ports.len() {
            let port = &self.ports[one];
            if port.crossings.count == 0 || !port.card.is_simulated() {
                continue;
            }
            for slot in 0..SLOTS as u8 {
                let Some(with) = self.ports[one].crossings.with(slot) else { continue };
                let Some(other) = self.place(with) else { continue };
                if one == other {
                    let Port { heard, spoken, .. } = &mut self.ports[one];
                    spoken.slot_mut(with.slot).copy_from_slice(heard.slot(slot));
                } else if let Ok([from, to]) = self.ports.get_disjoint_mut([one, other]) {
                    to.spoken.slot_mut(with.slot).copy_from_slice(from.heard.slot(slot));
                }
            }
        }
    }
}
