use super::End;
use clock::{Millis, Monotonic};
use std::collections::{BTreeSet, VecDeque};

/// The D-channel: what the network sends all terminals hear, what a terminal sends only the network does.
pub struct Wire {
    frames: VecDeque<(Monotonic, End, Vec<u8>)>,
    pub delay: Millis,
    /// Frames lost at each receiver, of a thousand.
    pub loss: u64,
    /// These ends are unplugged: nothing reaches them nor leaves them.
    pub unplugged: BTreeSet<End>,
    seed: u64,
    pub carried: u64,
}

impl Wire {
    pub fn new(seed: u64) -> Wire {
        Wire {
            frames: VecDeque::new(),
            delay: Millis(10),
            loss: 0,
            unplugged: BTreeSet::new(),
            seed: seed.max(1),
            carried: 0,
        }
    }

    /// A number below `bound`: xorshift, so that a seed replays.
    pub fn random(&mut self, bound: u64) -> u64 {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        self.seed % bound
    }

    pub fn reseed(&mut self, seed: u64) {
        self.seed = seed.max(1);
    }

    pub fn send(&mut self, now: Monotonic, from: End, to: End, frame: &[u8]) {
        let apart = self.unplugged.contains(&from) || self.unplugged.contains(&to);
        if !apart && self.random(1000) >= self.loss {
            self.carried += 1;
            self.frames.push_back((now + self.delay, to, frame.to_vec()));
        }
    }

    pub fn next(&self) -> Option<Monotonic> {
        self.frames.front().map(|(at, _, _)| *at)
    }

    pub fn arrive(&mut self, now: Monotonic) -> Option<(End, Vec<u8>)> {
        let (at, ..) = self.frames.front()?;
        if *at > now {
            return None;
        }
        self.frames.pop_front().map(|(_, to, frame)| (to, frame))
    }
}
