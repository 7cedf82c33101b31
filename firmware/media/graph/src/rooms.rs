//! Meeting rooms: the loudest voices are summed once a tick, whoever listens.
//!
//! A member who does not talk costs a measurement of its level and the sending of a block that is made once for all who do not talk. Each
//! who talks hears the others without itself, so a room of a hundred costs four decodings, five encodings and a hundred measurements.

use crate::engine::{Engine, PortSlot};
use crate::hearing::Hearing;
use crate::limits::Limits;
use identity::{LegId, RoomId};
use pcm::{Limiter, Mix, Speech, alaw, mulaw};
use plan::{Law, MediaIndication, TALKERS};

/// Mean of the samples' sizes above which somebody talks: about -45 dBm0 of a tone, above the noise of a quiet line and below
/// soft speech (P.56 puts active speech at -20 to -30).
const TALKS: u16 = 100;

/// Ticks that somebody still counts as talking after the last loud one: 400 ms, longer than the pause between two words.
const HANGOVER: u8 = 20;

/// Ticks between two reports of who talks: 200 ms.
const REPORT_TICKS: u64 = 10;

/// Who is heard already stays unless another is louder by this factor (6 dB): two voices alike do not chop each other up.
const KEPT: u32 = 2;

/// What a member of a room does.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Talk {
    /// Mean size of its samples, falling slowly.
    level: u16,
    /// Ticks until it no longer counts as talking.
    hangover: u8,
    /// Its voice is in the room's sum in this tick.
    pub(crate) mixed: bool,
}

impl Talk {
    fn hear(&mut self, loudness: u16) {
        self.level = loudness.max(self.level - self.level.div_ceil(8));
        self.hangover = if loudness >= TALKS { HANGOVER } else { self.hangover.saturating_sub(1) };
    }

    fn talks(&self) -> bool {
        self.hangover > 0
    }

    /// By what the loudest are chosen: who talks before who does not.
    fn rank(&self) -> u32 {
        let level = u32::from(self.level) + 1;
        match (self.talks(), self.mixed) {
            (true, true) => level * KEPT + 0x10_0000,
            (true, false) => level + 0x10_0000,
            (false, _) => level,
        }
    }
}

#[derive(Debug)]
pub(crate) struct Room {
    id: Option<RoomId>,
    /// Where its speakers are in [`Rooms::speakers`].
    first: usize,
    count: usize,
    /// Somebody hears it or speaks in it.
    used: bool,
    mix: Mix,
    limiter: Limiter,
    /// What those hear who do not talk, in either law.
    common: Speech,
    common_mu: Option<Speech>,
    told: [Option<LegId>; TALKERS],
    told_tick: u64,
}

#[derive(Debug)]
pub(crate) struct Rooms {
    rooms: Vec<Room>,
    /// Slots of who speaks, room by room.
    speakers: Vec<u16>,
    /// Mean sample size of an octet, by law.
    sizes: [[u16; 256]; 2],
}

impl Rooms {
    pub(crate) fn new(limits: &Limits) -> Rooms {
        let vacant = || Room {
            id: None,
            first: 0,
            count: 0,
            used: false,
            mix: Mix::default(),
            limiter: Limiter::default(),
            common: alaw::SILENT,
            common_mu: None,
            told: [None; TALKERS],
            told_tick: 0,
        };
        Rooms {
            rooms: (0..limits.rooms).map(|_| vacant()).collect(),
            speakers: Vec::with_capacity(limits.legs()),
            sizes: [
                std::array::from_fn(|octet| alaw::decode(octet as u8).unsigned_abs()),
                std::array::from_fn(|octet| mulaw::decode(octet as u8).unsigned_abs()),
            ],
        }
    }

    /// The place of a room, taken if it has none; `None`: there are too many.
    pub(crate) fn place(&mut self, id: RoomId) -> Option<u16> {
        let known = self.rooms.iter().position(|room| room.id == Some(id));
        let place = known.or_else(|| self.rooms.iter().position(|room| room.id.is_none()))?;
        let room = &mut self.rooms[place];
        if room.id.is_none() {
            room.id = Some(id);
            room.limiter = Limiter::default();
            room.told = [None; TALKERS];
            room.common = alaw::SILENT;
        }
        Some(place as u16)
    }

    fn loudness(&self, speech: &Speech, law: Law) -> u16 {
        let sizes = &self.sizes[(law == Law::Mu) as usize];
        let sum: u32 = speech.iter().map(|octet| u32::from(sizes[*octet as usize])).sum();
        (sum / pcm::BLOCK as u32) as u16
    }
}

impl Engine {
    /// Who speaks where, after legs came, went or changed. A room that nobody is in any more is free.
    pub(crate) fn find_rooms(&mut self) {
        let Rooms { rooms, speakers, .. } = &mut self.rooms;
        for room in rooms.iter_mut() {
            (room.count, room.used) = (0, false);
        }
        for leg in self.legs.iter().flatten() {
            if let Hearing::Room { place } = leg.hearing {
                rooms[place as usize].used = true;
            }
            if let Some(place) = leg.speaks {
                rooms[place as usize].used = true;
                rooms[place as usize].count += 1;
            }
        }
        let mut first = 0;
        for room in rooms.iter_mut() {
            room.id = room.id.filter(|_| room.used);
            room.first = first;
            first += std::mem::take(&mut room.count);
        }
        speakers.resize(first, 0);
        for (slot, leg) in self.legs.iter().enumerate() {
            if let Some(place) = leg.as_ref().and_then(|leg| leg.speaks) {
                let room = &mut rooms[place as usize];
                speakers[room.first + room.count] = slot as u16;
                room.count += 1;
            }
        }
    }

    /// Measures who speaks, and sums the loudest.
    pub(crate) fn mix_rooms(&mut self) {
        for place in 0..self.rooms.rooms.len() {
            let Room { first, count, used, .. } = self.rooms.rooms[place];
            if used {
                let loudest = self.measure(first, count);
                self.mix_room(place, &loudest);
                self.tell_talkers(place, &loudest);
            }
        }
    }

    /// The slots of those who are mixed, the best ranked first.
    fn measure(&mut self, first: usize, count: usize) -> [Option<u16>; TALKERS] {
        let mut best: [Option<(u32, u16)>; TALKERS] = [None; TALKERS];
        for place in first..first + count {
            let slot = self.rooms.speakers[place];
            let loudness = self.rooms.loudness(&self.voices.said[slot as usize], self.voices.law[slot as usize]);
            let Some(leg) = &mut self.legs[slot as usize] else { continue };
            leg.talk.hear(loudness);
            let rank = leg.talk.rank();
            leg.talk.mixed = false;
            // In a small room all are mixed; in a larger one who is silent is left out with its noise.
            if count > TALKERS && !leg.talk.talks() {
                continue;
            }
            if let Some(place) = best.iter().position(|other| other.is_none_or(|(other, _)| rank > other)) {
                best[place..].rotate_right(1);
                best[place] = Some((rank, slot));
            }
        }
        best.map(|one| one.map(|(_, slot)| slot))
    }

    fn mix_room(&mut self, place: usize, loudest: &[Option<u16>; TALKERS]) {
        let tick = self.counters.ticks;
        let room = &mut self.rooms.rooms[place];
        room.mix.clear();
        for slot in loudest.iter().flatten() {
            room.mix.add(self.voices.linear(*slot as usize, tick));
            if let Some(leg) = &mut self.legs[*slot as usize] {
                leg.talk.mixed = true;
            }
        }
        room.common = alaw::encode_block(&room.mix.limited(&mut room.limiter));
        room.common_mu = None;
    }

    fn tell_talkers(&mut self, place: usize, loudest: &[Option<u16>; TALKERS]) {
        let tick = self.counters.ticks;
        let room = &mut self.rooms.rooms[place];
        if tick < room.told_tick + REPORT_TICKS {
            return;
        }
        let legs = &self.legs;
        let talking = |slot: u16| legs[slot as usize].as_ref().filter(|leg| leg.talk.talks()).map(|leg| leg.id);
        let mut talkers = loudest.map(|slot| slot.and_then(talking));
        talkers.sort_unstable_by_key(|leg| (leg.is_none(), *leg));
        if let Some(id) = room.id.filter(|_| talkers != room.told) {
            room.told = talkers;
            room.told_tick = tick;
            self.indicate(MediaIndication::Talkers { room: id, legs: talkers });
        }
    }

    /// What the leg in `slot` hears of its room: the same block as all who do not talk, or the others' voices.
    pub(crate) fn room_heard(&mut self, place: u16, slot: usize, talks: bool) -> (Speech, Law) {
        let tick = self.counters.ticks;
        let Some(leg) = &mut self.legs[slot] else { return (alaw::SILENT, Law::A) };
        let room = &mut self.rooms.rooms[place as usize];
        // Who was in the sum of a room that it has left since hears this one as the others do.
        if talks && leg.speaks == Some(place) {
            let own = self.voices.linear(slot, tick);
            return (alaw::encode_block(&room.mix.limited_without(own, &mut leg.limiter)), Law::A);
        }
        let wants_mu = match leg.port {
            PortSlot::Rtp { place } => {
                let stream = &self.streams.pool[place as usize];
                stream.coded.is_none() && stream.law() == Law::Mu && leg.record.is_none()
            }
            PortSlot::Circuit { .. } => false,
        };
        if wants_mu {
            let common = &room.common;
            return (*room.common_mu.get_or_insert_with(|| common.map(mulaw::from_alaw)), Law::Mu);
        }
        (room.common, Law::A)
    }
}
