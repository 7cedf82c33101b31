use super::End;
use clock::{Millis, Monotonic};
use std::collections::VecDeque;

/// The D-channel between the two ends.
pub struct Wire {
    frames: VecDeque<(Monotonic, End, Vec<u8>)>,
    pub delay: Millis,
    /// Frames lost, of a thousand.
    pub loss: u64,
    pub cut: bool,
    /// Nothing reaches this end, and nobody is told.
    pub deaf: Option<End>,
    seed: u64,
    pub carried: u64,
}

impl Wire {
    pub fn new(seed: u64) -> Wire {
        Wire { frames: VecDeque::new(), delay: Millis(5), loss: 0, cut: false, deaf: None, seed, carried: 0 }
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

    pub fn send(&mut self, now: Monotonic, to: End, frame: Vec<u8>) {
        let lost = self.cut || self.deaf == Some(to) || self.random(1000) < self.loss;
        if !lost {
            self.carried += 1;
            self.frames.push_back((now + self.delay, to, frame));
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
