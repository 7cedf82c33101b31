use crate::{Decoder, NoCodec, duration};
use plan::Codec;

/// Packets that fit.
const ROOM: usize = 32;
/// Octets of the longest packet taken.
const LONGEST: usize = 1280;
/// A tick, and the tick in which packets are played: 20 ms.
const TICK_MICROS: i64 = 20_000;
const STEP_MILLIS: u32 = 20;
/// Decoded speech that waits: the longest packet and a block, at 16 kHz.
const READY: usize = (120 + 2 * 20) * 16;
/// A packet must be here this long before the tick that needs it.
const LEAST_MARGIN: i64 = 2_000;
/// Speech held back longer than this is thrown away, milliseconds.
const MAX_HELD: u32 = 240;
/// Nothing for so long: the talkspurt is over, the next packet starts anew.
const STARVED: u32 = 200;
/// A timestamp further from the play-out point than this is another clock.
const MAX_JUMP: i32 = 800;
/// The least margin is taken over this and, at most, as much again: 3 s.
const WINDOW_TICKS: u16 = 150;
/// Between two blocks of delay given back: 200 ms.
const SHRINK_TICKS: u8 = 10;
/// Delay learnt, at most: 8 blocks.
const MAX_DEPTH: u32 = 8;

/// What became of packets.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct PlayoutCounters {
    /// Packets that came after their time.
    pub late: u32,
    pub duplicate: u32,
    /// Payloads that are none of the codec's.
    pub unreadable: u32,
    /// Blocks, whole or part, filled by concealment.
    pub concealed: u32,
    /// Times the delay grew or shrank by a block.
    pub grown: u32,
    pub shrunk: u32,
    /// Times play-out started anew.
    pub started: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Idle,
    /// Something is here; `wait` ticks until it is played.
    Starting {
        first_arrival: u64,
        needs: i64,
        wait: Option<u32>,
    },
    Running,
}

#[derive(Clone, Copy, Debug)]
struct Held {
    timestamp: u32,
    units: u32,
    length: u16,
}

/// Packets that wait to be decoded.
#[derive(Clone, Debug)]
struct Packets {
    slots: [Option<Held>; ROOM],
    octets: Box<[[u8; LONGEST]; ROOM]>,
    /// Timestamps of the packets decoded last.
    decoded: [Option<u32>; 8],
    next_decoded: usize,
}

impl Packets {
    fn new() -> Packets {
        let octets = vec![[0; LONGEST]; ROOM].into_boxed_slice().try_into();
        Packets {
            slots: [None; ROOM],
            octets: octets.unwrap_or_else(|_| Box::new([[0; LONGEST]; ROOM])),
            decoded: [None; 8],
            next_decoded: 0,
        }
    }

    fn clear(&mut self) {
        self.slots = [None; ROOM];
        self.decoded = [None; 8];
    }

    /// False: it is here already.
    fn store(&mut self, timestamp: u32, units: u32, payload: &[u8]) -> bool {
        if self.slots.iter().flatten().any(|held| held.timestamp == timestamp) {
            return false;
        }
        let free = self.slots.iter().position(Option::is_none);
        // More packets than fit: they last a few milliseconds each, or the clock is not what it should be. The oldest goes.
        let place = free.or_else(|| self.first(timestamp.wrapping_sub(1 << 30))).unwrap_or(0);
        self.octets[place][..payload.len()].copy_from_slice(payload);
        self.slots[place] = Some(Held { timestamp, units, length: payload.len() as u16 });
        true
    }

    /// The packet that has the sample at `next`, or the first one after it.
    fn first(&self, next: u32) -> Option<usize> {
        let places = self.slots.iter().enumerate().filter_map(|(place, held)| Some((place, (*held)?)));
        let ahead = |held: &Held| held.timestamp.wrapping_add(held.units).wrapping_sub(next) as i32;
        places.filter(|(_, held)| ahead(held) > 0).min_by_key(|(_, held)| ahead(held)).map(|(place, _)| place)
    }

    fn take(&mut self, place: usize) -> Option<Held> {
        let held = self.slots[place].take()?;
        self.decoded[self.next_decoded] = Some(held.timestamp);
        self.next_decoded = (self.next_decoded + 1) % self.decoded.len();
        Some(held)
    }

    fn drop_before(&mut self, next: u32) {
        for slot in &mut self.slots {
            let gone = |held: &mut Held| next.wrapping_sub(held.timestamp.wrapping_add(held.units)) as i32 >= 0;
            slot.take_if(gone);
        }
    }
}

/// Decoded speech that waits for its tick.
#[derive(Clone, Debug)]
struct Ready {
    samples: Box<[i16; READY]>,
    count: usize,
}

impl Ready {
    fn take(&mut self, out: &mut [i16]) {
        let count = out.len().min(self.count);
        out[..count].copy_from_slice(&self.samples[..count]);
        out[count..].fill(0);
        self.drop_first(count);
    }

    fn drop_first(&mut self, count: usize) {
        let count = count.min(self.count);
        self.samples.copy_within(count..self.count, 0);
        self.count -= count;
    }
}

/// How much delay the network needs.
#[derive(Clone, Copy, Debug)]
struct Pace {
    /// Blocks of delay that it turned out to need.
    depth: u32,
    /// Units concealed while nothing was here: late speech takes their place, lost speech is skipped by them.
    owed: u32,
    /// Somebody was late: one block is to be inserted.
    stretch: bool,
    last_tick: u64,
    /// Least margin in this half window and the one before.
    least: [i64; 2],
    window_age: u16,
    shrink_pause: u8,
}

/// A decoder behind a jitter buffer: packets go in as they come, 20 ms come out each tick.
///
/// The delay follows the network as that of `rtp::JitterBuffer` does, in steps of a block.
#[derive(Debug)]
pub struct Playout {
    decoder: Decoder,
    packets: Packets,
    ready: Ready,
    state: State,
    /// Timestamp of what is decoded next.
    next: u32,
    /// Timestamp after the newest sample here.
    newest: u32,
    pace: Pace,
    pub counters: PlayoutCounters,
}

impl Playout {
    /// Takes memory; nothing does afterwards.
    pub fn new(codec: Codec) -> Result<Playout, NoCodec> {
        Ok(Playout {
            decoder: Decoder::new(codec)?,
            packets: Packets::new(),
            ready: Ready { samples: Box::new([0; READY]), count: 0 },
            state: State::Idle,
            next: 0,
            newest: 0,
            pace: Pace {
                depth: 0,
                owed: 0,
                stretch: false,
                last_tick: 0,
                least: [i64::MAX; 2],
                window_age: 0,
                shrink_pause: 0,
            },
            counters: PlayoutCounters::default(),
        })
    }

    /// Samples of a block: 160 or 320.
    pub fn block(&self) -> usize {
        STEP_MILLIS as usize * self.decoder.khz()
    }

    /// RTP timestamp units a millisecond.
    fn clock(&self) -> u32 {
        self.decoder.codec().clock_khz()
    }

    fn step(&self) -> u32 {
        STEP_MILLIS * self.clock()
    }

    fn samples(&self, units: u32) -> usize {
        units as usize * self.decoder.khz() / self.clock() as usize
    }

    fn units(&self, samples: usize) -> u32 {
        (samples * self.clock() as usize / self.decoder.khz()) as u32
    }

    /// Another talkspurt, or another source of the same call.
    pub fn restart(&mut self) {
        self.packets.clear();
        self.ready.count = 0;
        self.state = State::Idle;
        self.pace = Pace { depth: self.pace.depth, ..Pace { owed: 0, stretch: false, ..self.pace } };
        self.pace.least = [i64::MAX; 2];
        self.pace.window_age = 0;
    }

    /// Speech waiting, in timestamp units.
    fn held(&self) -> u32 {
        match self.state {
            State::Idle => 0,
            State::Starting { .. } | State::Running => {
                let coming = (self.newest.wrapping_sub(self.next) as i32).max(0) as u32;
                coming + self.units(self.ready.count)
            }
        }
    }

    /// Stores a packet that arrived at `arrival`, microseconds of the clock that [`Playout::pull`] uses.
    pub fn insert(&mut self, timestamp: u32, payload: &[u8], arrival: u64) {
        let Some(units) = duration(self.decoder.codec(), payload).filter(|_| payload.len() <= LONGEST) else {
            self.counters.unreadable += 1;
            return;
        };
        let ahead = timestamp.wrapping_sub(self.next) as i32;
        let jump = MAX_JUMP * self.clock() as i32;
        match self.state {
            State::Idle => self.start(timestamp, units, arrival),
            State::Starting { .. } if (-jump..0).contains(&ahead) => self.next = timestamp,
            State::Starting { .. } | State::Running if !(-jump..jump).contains(&ahead) => {
                self.restart();
                self.start(timestamp, units, arrival);
            }
            State::Starting { .. } => {}
            State::Running => {
                if ahead + units as i32 <= 0 {
                    self.too_late(timestamp);
                    return;
                }
                self.note_margin(ahead, arrival);
            }
        }
        if !self.packets.store(timestamp, units, payload) {
            self.counters.duplicate += 1;
        }
        let end = timestamp.wrapping_add(units);
        if end.wrapping_sub(self.newest) as i32 > 0 {
            self.newest = end;
        }
    }

    /// Speech that was concealed comes after all: that wants more delay. Speech that was played is a duplicate.
    fn too_late(&mut self, timestamp: u32) {
        if self.packets.decoded.contains(&Some(timestamp)) {
            self.counters.duplicate += 1;
        } else {
            self.counters.late += 1;
            self.pace.stretch = self.pace.depth < MAX_DEPTH;
        }
    }

    fn start(&mut self, timestamp: u32, units: u32, arrival: u64) {
        self.ready.count = 0;
        // Packets that are no whole number of blocks come up to this much later than the tick that needs their first sample would like.
        let uneven = match (units / self.clock()) % STEP_MILLIS {
            0 => 0,
            rest => i64::from(STEP_MILLIS - rest.min(STEP_MILLIS - 10)) * 1000,
        };
        self.state = State::Starting { first_arrival: arrival, needs: LEAST_MARGIN + uneven, wait: None };
        self.next = timestamp;
        self.newest = timestamp;
        self.counters.started += 1;
    }

    /// Time to spare before the tick that needs the first sample of this packet.
    fn note_margin(&mut self, ahead: i32, arrival: u64) {
        let ahead = ahead + self.units(self.ready.count) as i32;
        let blocks = (ahead - self.pace.owed as i32).max(0) / self.step() as i32;
        let needed = self.pace.last_tick as i64 + TICK_MICROS * (1 + i64::from(blocks));
        self.pace.least[0] = self.pace.least[0].min(needed - arrival as i64);
    }

    /// The 20 ms that the tick at `now` plays: [`Playout::block`] samples. False: nothing is being said.
    pub fn pull(&mut self, now: u64, out: &mut [i16]) -> bool {
        self.pace.last_tick = now;
        if !self.may_play(now) {
            return self.quiet(out);
        }
        self.drop_excess();
        self.skip_owed();
        if std::mem::take(&mut self.pace.stretch) {
            self.grow(1);
            self.conceal(out);
        } else if self.held() >= self.step() {
            if self.pace.owed > 0 {
                self.grow(self.pace.owed / self.step());
                self.pace.owed = 0;
            }
            if self.may_shrink() { self.spliced(out) } else { self.played(out) }
        } else if self.decoder.is_silence() && self.held() == 0 {
            // Not lost: not sent.
            self.restart();
            return self.quiet(out);
        } else {
            // Too little is here: hold it back for the rest to come.
            self.pace.owed += self.step();
            self.conceal(out);
        }
        if self.pace.owed >= STARVED * self.clock() {
            self.restart();
        }
        true
    }

    fn quiet(&mut self, out: &mut [i16]) -> bool {
        let noise = self.decoder.is_silence();
        match noise {
            true => self.decoder.conceal(out),
            false => out.fill(0),
        }
        noise
    }

    fn may_play(&mut self, now: u64) -> bool {
        match self.state {
            State::Idle => false,
            State::Running => true,
            State::Starting { first_arrival, needs, wait } => {
                let early = (now.saturating_sub(first_arrival) as i64) < needs;
                let left = wait.unwrap_or(self.pace.depth + u32::from(early));
                if left == 0 {
                    self.state = State::Running;
                    return true;
                }
                self.state = State::Starting { first_arrival, needs, wait: Some(left - 1) };
                false
            }
        }
    }

    /// A burst after a stall of the network: what is older than can ever be caught up with goes.
    fn drop_excess(&mut self) {
        let held = self.held();
        if held > MAX_HELD * self.clock() {
            let kept = self.step() * (1 + self.pace.depth);
            let excess = held - kept.min(held);
            let of_ready = self.samples(excess).min(self.ready.count);
            self.ready.drop_first(of_ready);
            self.next = self.next.wrapping_add(excess - self.units(of_ready));
            self.packets.drop_before(self.next);
            self.pace.owed = 0;
        }
    }

    /// What was concealed already and is lost, as later speech is here, is not concealed again.
    fn skip_owed(&mut self) {
        if self.pace.owed > 0
            && let Some(hole) = self.hole()
        {
            let skipped = hole.min(self.pace.owed);
            self.next = self.next.wrapping_add(skipped);
            self.pace.owed -= skipped;
        }
    }

    /// Units missing before the next packet that is here.
    fn hole(&self) -> Option<u32> {
        let held = self.packets.slots[self.packets.first(self.next)?]?;
        u32::try_from(held.timestamp.wrapping_sub(self.next) as i32).ok()
    }

    fn grow(&mut self, blocks: u32) {
        self.pace.depth = (self.pace.depth + blocks).min(MAX_DEPTH);
        self.counters.grown += blocks;
        self.pace.least = [i64::MAX; 2];
        self.pace.window_age = 0;
    }

    /// True if even the latest packet of the last seconds would have been in time with a block less of delay.
    fn may_shrink(&mut self) -> bool {
        let pace = &mut self.pace;
        pace.window_age += 1;
        if pace.window_age == WINDOW_TICKS {
            pace.window_age = 0;
            pace.least = [i64::MAX, pace.least[0]];
        }
        pace.shrink_pause = pace.shrink_pause.saturating_sub(1);
        let [now, before] = pace.least;
        let spare = before != i64::MAX && now.min(before) >= TICK_MICROS + LEAST_MARGIN;
        spare && pace.shrink_pause == 0 && self.held() >= 2 * self.step()
    }

    fn conceal(&mut self, out: &mut [i16]) {
        self.counters.concealed += 1;
        self.decoder.conceal(out);
    }

    fn played(&mut self, out: &mut [i16]) {
        while self.ready.count < out.len() {
            self.decode_next();
        }
        self.ready.take(out);
    }

    /// Two blocks in the time of one: the first fades into the second.
    fn spliced(&mut self, out: &mut [i16]) {
        let count = out.len();
        while self.ready.count < 2 * count {
            self.decode_next();
        }
        for (at, sample) in out.iter_mut().enumerate() {
            let (first, second) = (self.ready.samples[at], self.ready.samples[at + count]);
            let mixed = i32::from(first) * (count - at) as i32 + i32::from(second) * at as i32;
            *sample = (mixed / count as i32) as i16;
        }
        self.ready.drop_first(2 * count);
        self.pace.depth = self.pace.depth.saturating_sub(1);
        self.counters.shrunk += 1;
        self.pace.shrink_pause = SHRINK_TICKS;
        for least in self.pace.least.iter_mut().filter(|least| **least != i64::MAX) {
            *least -= TICK_MICROS;
        }
    }

    /// Decodes the packet that is due, or fills the hole before the next one; at least one sample comes of it.
    fn decode_next(&mut self) {
        let place = self.packets.first(self.next);
        let hole = self.hole().unwrap_or(if place.is_some() { 0 } else { self.step() });
        let count = self.ready.count;
        if hole > 0 {
            let filled = hole.min(self.step());
            let samples = self.samples(filled).max(1);
            let gap = &mut self.ready.samples[count..count + samples];
            match place.and_then(|place| Some((place, self.packets.slots[place]?))).filter(|_| filled == hole) {
                Some((place, held)) => self.decoder.recover(&self.packets.octets[place][..held.length.into()], gap),
                None => self.decoder.conceal(gap),
            }
            self.counters.concealed += 1;
            self.ready.count += samples;
            self.next = self.next.wrapping_add(filled);
            return;
        }
        let Some((place, held)) = place.and_then(|place| Some((place, self.packets.take(place)?))) else { return };
        let lasts = self.samples(held.units);
        let speech = &mut self.ready.samples[count..];
        let decoded = self.decoder.decode(&self.packets.octets[place][..held.length.into()], speech);
        if decoded < lasts {
            self.counters.unreadable += 1;
            self.decoder.conceal(&mut self.ready.samples[count..count + lasts]);
        }
        // What was skipped or dropped of it already.
        let over = self.samples(self.next.wrapping_sub(held.timestamp)).min(lasts);
        self.ready.samples.copy_within(count + over..count + lasts, count);
        self.ready.count += lasts - over;
        self.next = held.timestamp.wrapping_add(held.units);
    }
}
