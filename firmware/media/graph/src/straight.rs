//! Packets that go from one telephone to another as they come: no jitter buffer, no block, no tick.
//!
//! A leg that hears nothing but one other leg, both on RTP with the same law and packet time, gets its packets with another header. What
//! the network did to them (loss, order, jitter) the far end's own buffer sees and mends, once. The blocks of the tick are made only
//! for who wants them: a recording, a key detector, a third party.

use crate::engine::{Engine, Leg, PortSlot};
use crate::hearing::{Hearing, Party};

/// What the plans of all legs together ask of each leg: made anew when a leg or a plan changes.
#[derive(Debug)]
pub(crate) struct Wiring {
    /// Somebody wants what the leg says by blocks.
    wanted: Vec<bool>,
    /// The leg that gets this one's packets.
    straight: Vec<Option<u16>>,
    /// The leg whose packets this one gets.
    fed: Vec<Option<u16>>,
    /// Legs whose speech is taken at each tick, and legs for which a block is made.
    pub(crate) speaking: Vec<u16>,
    pub(crate) hearing: Vec<u16>,
}

impl Wiring {
    pub(crate) fn new(room: usize) -> Wiring {
        Wiring {
            wanted: vec![false; room],
            straight: vec![None; room],
            fed: vec![None; room],
            speaking: Vec::with_capacity(room),
            hearing: Vec::with_capacity(room),
        }
    }

    fn clear(&mut self) {
        self.wanted.fill(false);
        self.straight.fill(None);
        self.fed.fill(None);
        self.speaking.clear();
        self.hearing.clear();
    }

    /// Somebody wants what the leg says by blocks.
    pub(crate) fn is_wanted(&self, slot: usize) -> bool {
        self.wanted[slot]
    }

    /// The leg's block is made for the recorder only: its far end has the packets already.
    pub(crate) fn is_fed(&self, slot: usize) -> bool {
        self.fed[slot].is_some()
    }
}

impl Engine {
    /// Finds out who hears whom, after legs came, went or changed.
    pub(crate) fn wire(&mut self) {
        if !std::mem::take(&mut self.legs_changed) {
            return;
        }
        self.find_parties();
        self.find_rooms();
        self.wiring.clear();
        for slot in 0..self.legs.len() {
            self.wire_leg(slot);
        }
        self.wish_crossings();
        let now = self.now.micros;
        for (slot, leg) in self.legs.iter().enumerate() {
            let Some(leg) = leg else { continue };
            let wanted = match leg.port {
                PortSlot::Circuit { id, .. } if self.is_crossed(id) => continue,
                // A card's octets must be taken whether somebody listens or not.
                PortSlot::Circuit { .. } => true,
                PortSlot::Rtp { place } => {
                    let place_of = |slot: u16| rtp_place(self.legs[slot as usize].as_ref());
                    let (to, from) = (self.wiring.straight[slot], self.wiring.fed[slot]);
                    let wanted = self.wiring.wanted[slot];
                    self.streams.pool[place as usize].wire(to.and_then(place_of), from.and_then(place_of), wanted, now);
                    wanted
                }
            };
            if wanted {
                self.wiring.speaking.push(slot as u16);
            }
            if self.wiring.fed[slot].is_none() || leg.record.is_some() {
                self.wiring.hearing.push(slot as u16);
            }
        }
    }

    fn wire_leg(&mut self, slot: usize) {
        let Some(leg) = &self.legs[slot] else { return };
        let by_voice = match leg.port {
            PortSlot::Rtp { place } => !self.streams.pool[place as usize].has_events(),
            PortSlot::Circuit { .. } => true,
        };
        let recorded = leg.record.is_some();
        self.wiring.wanted[slot] |= recorded || leg.detect_keys && by_voice || leg.speaks.is_some();
        match &leg.hearing {
            Hearing::Leg(Party { slot: Some(other), .. }) => {
                let other = *other as usize;
                let free = self.wiring.straight[other].is_none() && self.pledged(other).is_none_or(|own| own == slot);
                let straight = free && other != slot && self.may_pass(other, leg);
                if straight {
                    self.wiring.straight[other] = Some(slot as u16);
                    self.wiring.fed[slot] = Some(other as u16);
                }
                self.wiring.wanted[other] |= recorded || !straight && !self.are_circuits(slot, other);
            }
            Hearing::Mix(parties) => {
                for other in parties.iter().filter_map(|party| party.slot) {
                    self.wiring.wanted[other as usize] = true;
                }
            }
            Hearing::Leg(_)
            | Hearing::Silence
            | Hearing::Room { .. }
            | Hearing::Tone { .. }
            | Hearing::Play(_)
            | Hearing::Music { .. } => {}
        }
    }

    /// Two circuits that hear each other and nobody else.
    fn are_circuits(&self, slot: usize, other: usize) -> bool {
        let on_circuit = |slot: usize| matches!(&self.legs[slot], Some(Leg { port: PortSlot::Circuit { .. }, .. }));
        on_circuit(slot) && on_circuit(other) && other != slot && self.pledged(other) == Some(slot)
    }

    /// Two who hear each other and nobody else. Who listens to one of them gets a copy, never the packets.
    pub(crate) fn pledged(&self, slot: usize) -> Option<usize> {
        let heard_by = |slot: usize| match self.legs[slot].as_ref()?.hearing {
            Hearing::Leg(Party { slot: Some(other), .. }) => Some(other as usize),
            _ => None,
        };
        let other = heard_by(slot)?;
        (heard_by(other) == Some(slot)).then_some(other)
    }

    /// Packets of the leg in `from` can go to `to` as they are.
    fn may_pass(&self, from: usize, to: &Leg) -> bool {
        let places = rtp_place(self.legs[from].as_ref()).zip(rtp_place(Some(to)));
        let Some((from, hearer)) = places else { return false };
        let (from, hearer) = (&self.streams.pool[from as usize], &self.streams.pool[hearer as usize]);
        to.sender.is_idle() && from.may_pass_to(hearer)
    }

    /// Where the parties of bridges and conferences are.
    fn find_parties(&mut self) {
        for leg in self.legs.iter_mut().flatten() {
            let find = |party: &mut Party| party.slot = self.slots.get(&party.leg).copied();
            match &mut leg.hearing {
                Hearing::Leg(party) => find(party),
                Hearing::Mix(parties) => parties.iter_mut().for_each(find),
                Hearing::Silence
                | Hearing::Room { .. }
                | Hearing::Tone { .. }
                | Hearing::Play(_)
                | Hearing::Music { .. } => {}
            }
        }
    }
}

fn rtp_place(leg: Option<&Leg>) -> Option<u16> {
    match leg?.port {
        PortSlot::Rtp { place } => Some(place),
        PortSlot::Circuit { .. } => None,
    }
}
