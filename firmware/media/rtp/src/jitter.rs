use crate::conceal::{Concealment, decode, encode};
use crate::marks::Marks;
use crate::nearby::bring_near;
use pcm::{BLOCK, Speech, alaw, mulaw};
use plan::Law;
use std::ops::Range;

/// Samples that fit: half a second, a jump and a packet either way of the point of play-out.
const ROOM: usize = 4096;
const _: () = assert!(ROOM > MAX_JUMP as usize + LONGEST + BLOCK);
/// Samples of a packet, at most: 60 ms is 480.
const LONGEST: usize = 640;
const STEP: u32 = BLOCK as u32;
const TICK_MICROS: i64 = 20_000;
/// A packet must be here this long before the tick that needs it: the least that the far end's and our own scheduling need.
const LEAST_MARGIN: i64 = 2_000;
/// Speech held back longer than this is thrown away.
const MAX_HELD: u32 = 1600;
/// Nothing for so long: the talkspurt is over, the next packet starts anew.
const STARVED: u32 = 1600;
/// A timestamp further from the play-out point than this is another clock: start anew.
const MAX_JUMP: i32 = 3200;
/// The least margin is taken over this and, at most, as much again: 3 s.
const WINDOW_TICKS: u16 = 150;
/// The most that the buffer delays speech.
pub const MOST_BUFFER_MILLIS: u16 = (MAX_HELD / 8) as u16;
/// Between two blocks of delay given back, so that it is not heard: 200 ms.
const SHRINK_TICKS: u8 = 10;
/// Delay learnt, at most: 8 blocks.
const MAX_DEPTH: u8 = 8;

/// What became of packets.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct JitterCounters {
    /// Packets that came after their time.
    pub late: u32,
    pub duplicate: u32,
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
        wait: Option<u8>,
    },
    Running,
}

/// Octets by timestamp, and the point of play-out.
#[derive(Clone, Debug)]
pub struct JitterBuffer {
    octets: Box<[u8; ROOM]>,
    marks: Box<Marks<{ ROOM / 64 }>>,
    state: State,
    /// Timestamp of the sample that the next tick plays first.
    next: u32,
    /// Timestamp after the newest sample here.
    newest: u32,
    /// Samples concealed while nothing was here: late speech takes their place, lost speech is skipped by them.
    owed: u32,
    /// Blocks of delay that the network turned out to need.
    depth: u8,
    /// Somebody was late: one block is to be inserted.
    stretch: bool,
    last_tick: u64,
    /// Least margin in this half window and the one before.
    least: [i64; 2],
    window_age: u16,
    /// Ticks until the delay may shrink again.
    shrink_pause: u8,
    conceal: Concealment,
    pub counters: JitterCounters,
}

impl Default for JitterBuffer {
    fn default() -> Self {
        JitterBuffer {
            octets: Box::new([0; ROOM]),
            marks: Box::new(Marks::new()),
            state: State::Idle,
            next: 0,
            newest: 0,
            owed: 0,
            depth: 0,
            stretch: false,
            last_tick: 0,
            least: [i64::MAX; 2],
            window_age: 0,
            shrink_pause: 0,
            conceal: Concealment::default(),
            counters: JitterCounters::default(),
        }
    }
}

fn place(timestamp: u32) -> usize {
    timestamp as usize % ROOM
}

/// The places of so many samples in a row: one run, or two where they wrap around.
fn runs(timestamp: u32, samples: usize) -> impl Iterator<Item = Range<usize>> {
    let from = place(timestamp);
    let until_end = samples.min(ROOM - from);
    [from..from + until_end, 0..samples - until_end].into_iter().filter(|run| !run.is_empty())
}

fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

impl JitterBuffer {
    /// Forgets everything, the learnt delay too: another call.
    pub fn reset(&mut self) {
        self.restart();
        self.depth = 0;
        self.conceal = Concealment::default();
        self.counters = JitterCounters::default();
    }

    /// Another talkspurt, or another source of the same call.
    pub fn restart(&mut self) {
        self.marks.clear();
        self.conceal.forget();
        self.state = State::Idle;
        self.owed = 0;
        self.stretch = false;
        self.least = [i64::MAX; 2];
        self.window_age = 0;
    }

    /// A packet is about to come: what it will touch is brought near.
    pub fn expect(&self) {
        bring_near(self, usize::MAX);
        bring_near(&self.octets[place(self.newest)..], 3);
        self.marks.expect(place(self.newest));
    }

    /// Speech waiting, in samples.
    pub fn held(&self) -> u32 {
        match self.state {
            State::Idle => 0,
            State::Starting { .. } | State::Running => self.newest.wrapping_sub(self.next).min(ROOM as u32),
        }
    }

    /// Stores the octets of one packet that arrived at `arrival`, microseconds of the clock that [`JitterBuffer::pull`] uses.
    pub fn insert(&mut self, timestamp: u32, octets: &[u8], arrival: u64) {
        let octets = &octets[..octets.len().min(LONGEST)];
        if octets.is_empty() {
            return;
        }
        let ahead = timestamp.wrapping_sub(self.next) as i32;
        match self.state {
            State::Idle => self.start(timestamp, octets.len(), arrival),
            State::Starting { .. } if (-MAX_JUMP..0).contains(&ahead) => self.next = timestamp,
            State::Starting { .. } | State::Running if !(-MAX_JUMP..MAX_JUMP).contains(&ahead) => {
                self.restart();
                self.start(timestamp, octets.len(), arrival);
            }
            State::Starting { .. } => {}
            State::Running => {
                if ahead + octets.len() as i32 <= 0 {
                    self.too_late(timestamp);
                    return;
                }
                self.note_margin(ahead, arrival);
            }
        }
        self.store(timestamp, octets);
    }

    /// Speech that was concealed comes after all: that wants more delay. Speech that was played is a duplicate.
    fn too_late(&mut self, timestamp: u32) {
        if self.marks.was_played(place(timestamp)) {
            self.counters.duplicate += 1;
        } else {
            self.counters.late += 1;
            self.stretch = self.depth < MAX_DEPTH;
        }
    }

    fn start(&mut self, timestamp: u32, samples: usize, arrival: u64) {
        // Packets that are no whole number of blocks come up to this much later than the tick that needs their first sample would like.
        let uneven = (BLOCK - greatest_common_divisor(samples, BLOCK)) as i64 * 125;
        self.state = State::Starting { first_arrival: arrival, needs: LEAST_MARGIN + uneven, wait: None };
        self.next = timestamp;
        self.newest = timestamp;
        self.counters.started += 1;
    }

    /// Time to spare before the tick that needs the first sample of this packet.
    fn note_margin(&mut self, ahead: i32, arrival: u64) {
        let blocks = (ahead - self.owed as i32).max(0) / STEP as i32;
        let needed = self.last_tick as i64 + TICK_MICROS * (1 + blocks as i64);
        self.least[0] = self.least[0].min(needed - arrival as i64);
    }

    fn store(&mut self, timestamp: u32, octets: &[u8]) {
        let end = timestamp.wrapping_add(octets.len() as u32);
        // What was to be played already is too late.
        let played = (self.next.wrapping_sub(timestamp) as i32).clamp(0, octets.len() as i32) as usize;
        let octets = &octets[played..];
        let mut stored = 0;
        let mut fresh = false;
        for run in runs(timestamp.wrapping_add(played as u32), octets.len()) {
            fresh |= !self.marks.all_here(run.clone());
            self.marks.put(run.clone());
            let length = run.len();
            self.octets[run].copy_from_slice(&octets[stored..stored + length]);
            stored += length;
        }
        if !fresh {
            self.counters.duplicate += 1;
        }
        if end.wrapping_sub(self.newest) as i32 > 0 {
            self.newest = end;
        }
    }

    /// The 20 ms that the tick at `now` plays, in the stream's law.
    pub fn pull(&mut self, now: u64, law: Law) -> Speech {
        let mut block = [0; BLOCK];
        self.pull_into(now, law, &mut block);
        block
    }

    /// The same, to where it is wanted. False: it is silence or concealment, for nothing is here.
    pub fn pull_into(&mut self, now: u64, law: Law, block: &mut Speech) -> bool {
        self.last_tick = now;
        if !self.may_play(now) {
            block.fill(match law {
                Law::A => alaw::SILENCE,
                Law::Mu => mulaw::SILENCE,
            });
            return false;
        }
        self.drop_excess();
        self.skip_owed();
        let spoken = self.newest.wrapping_sub(self.next) as i32 >= STEP as i32;
        if std::mem::take(&mut self.stretch) {
            self.grow(1);
            self.concealed_block(law, block);
        } else if spoken {
            self.grow_by_owed();
            if self.may_shrink() {
                self.spliced_block(law, block);
            } else {
                self.played_block(law, block);
            }
            self.conceal.remember(self.next.wrapping_sub(STEP), law);
        } else {
            // Too little is here: hold it back for the rest to come.
            self.owed += STEP;
            self.concealed_block(law, block);
        }
        if self.owed >= STARVED {
            self.restart();
        }
        spoken
    }

    fn may_play(&mut self, now: u64) -> bool {
        match self.state {
            State::Idle => false,
            State::Running => true,
            State::Starting { first_arrival, needs, wait } => {
                let early = (now.saturating_sub(first_arrival) as i64) < needs;
                let left = wait.unwrap_or(self.depth + early as u8);
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
        let held = self.newest.wrapping_sub(self.next);
        if held as i32 > MAX_HELD as i32 {
            let kept = STEP * (1 + self.depth as u32);
            self.advance(held - kept.min(held));
            self.owed = 0;
        }
    }

    fn advance(&mut self, samples: u32) {
        for run in runs(self.next, samples.min(ROOM as u32) as usize) {
            self.marks.pass(run);
        }
        self.next = self.next.wrapping_add(samples);
    }

    /// What was concealed already and is lost, as later speech is here, is not concealed again.
    fn skip_owed(&mut self) {
        let held = self.newest.wrapping_sub(self.next) as i32;
        if held <= 0 {
            return;
        }
        let mut skipped = 0;
        while skipped < self.owed && !self.marks.is_here(place(self.next.wrapping_add(skipped))) {
            skipped += 1;
        }
        self.advance(skipped);
        self.owed -= skipped;
    }

    /// Late speech is played after all: the delay is now what was concealed meanwhile.
    fn grow_by_owed(&mut self) {
        if self.owed > 0 {
            self.grow((self.owed / STEP) as u8);
            self.owed = 0;
        }
    }

    fn grow(&mut self, blocks: u8) {
        self.depth = (self.depth + blocks).min(MAX_DEPTH);
        self.counters.grown += blocks as u32;
        self.least = [i64::MAX; 2];
        self.window_age = 0;
    }

    /// True if even the latest packet of the last seconds would have been in time with a block less of delay.
    fn may_shrink(&mut self) -> bool {
        self.window_age += 1;
        if self.window_age == WINDOW_TICKS {
            self.window_age = 0;
            self.least = [i64::MAX, self.least[0]];
        }
        self.shrink_pause = self.shrink_pause.saturating_sub(1);
        let [now, before] = self.least;
        // Unmeasured (`MAX`): a window has not passed since the delay grew.
        let spare = before != i64::MAX && now.min(before) >= TICK_MICROS + LEAST_MARGIN;
        spare && self.shrink_pause == 0 && self.here(2 * BLOCK)
    }

    fn played_block(&mut self, law: Law, block: &mut Speech) {
        if self.here(BLOCK) {
            let mut filled = 0;
            for run in runs(self.next, BLOCK) {
                let length = run.len();
                block[filled..filled + length].copy_from_slice(&self.octets[run]);
                filled += length;
            }
            self.conceal.heard();
        } else {
            self.mended_block(law, block);
        }
        self.advance(STEP);
    }

    /// What is missing is concealed, in the buffer too: the block may have to be heard again.
    fn mended_block(&mut self, law: Law, block: &mut Speech) {
        self.counters.concealed += 1;
        for (i, octet) in block.iter_mut().enumerate() {
            let place = place(self.next.wrapping_add(i as u32));
            if self.marks.is_here(place) {
                self.conceal.heard();
            } else {
                self.octets[place] = self.concealed(i, law);
            }
            *octet = self.octets[place];
        }
    }

    /// The octet for position `at` of a block in the making.
    fn concealed(&mut self, at: usize, law: Law) -> u8 {
        let Self { conceal, octets, .. } = self;
        conceal.fill(law, |last| octets[place(last.wrapping_add(at as u32))])
    }

    /// Nothing of the next samples is missing.
    fn here(&self, samples: usize) -> bool {
        runs(self.next, samples).all(|run| self.marks.all_here(run))
    }

    fn concealed_block(&mut self, law: Law, block: &mut Speech) {
        self.counters.concealed += 1;
        for (i, octet) in block.iter_mut().enumerate() {
            *octet = self.concealed(i, law);
        }
    }

    /// Two blocks in the time of one: the first fades into the second.
    fn spliced_block(&mut self, law: Law, block: &mut Speech) {
        let at = |i: usize| self.octets[place(self.next.wrapping_add(i as u32))];
        for (i, octet) in block.iter_mut().enumerate() {
            let (first, second) = (decode(at(i), law) as i32, decode(at(i + BLOCK), law) as i32);
            let mixed = (first * (BLOCK - i) as i32 + second * i as i32) / BLOCK as i32;
            *octet = encode(mixed as i16, law);
        }
        self.conceal.heard();
        self.advance(2 * STEP);
        self.depth = self.depth.saturating_sub(1);
        self.counters.shrunk += 1;
        self.shrink_pause = SHRINK_TICKS;
        // Every packet of the last seconds would have had so much less to spare.
        for least in self.least.iter_mut().filter(|least| **least != i64::MAX) {
            *least -= TICK_MICROS;
        }
    }
}
