//! The receive buffer between a wire and the card's own clock.

use crate::event::Counters;
use crate::frame::{Frame, SILENCE, SLOTS, Timeslots};
use std::collections::VecDeque;

/// Frames held at most: 64 ms.
const CAPACITY: usize = 512;

/// Frames repeated before silence, when the wire brings nothing.
const REPEATS: usize = 8;

#[derive(Clone, Debug)]
pub(crate) struct Playout {
    frames: VecDeque<Frame>,
    /// Frames to gather before playing (again).
    depth: usize,
    playing: bool,
}

impl Playout {
    pub(crate) fn new(depth: usize) -> Playout {
        Playout { frames: VecDeque::with_capacity(CAPACITY), depth: depth.min(CAPACITY / 4), playing: false }
    }

    pub(crate) fn push(&mut self, frame: Frame, counters: &mut Counters) {
        if self.frames.len() == CAPACITY {
            // Keep the newest: the delay goes back to the depth asked for.
            counters.overruns += 1;
            self.frames.drain(..CAPACITY - self.depth.max(1));
        }
        self.frames.push_back(frame);
    }

    pub(crate) fn clear(&mut self) {
        self.frames.clear();
        self.playing = false;
    }

    /// Fills `heard`, repeating the last frame for a millisecond and then with silence where the wire brought too little.
    pub(crate) fn take(&mut self, heard: &mut Timeslots, counters: &mut Counters) {
        self.playing |= self.frames.len() >= self.depth + heard.frames();
        if !self.playing {
            return heard.silence();
        }
        self.shorten(heard.frames(), counters);
        let mut last = [SILENCE; SLOTS];
        let mut missing = 0;
        for index in 0..heard.frames() {
            match self.frames.pop_front() {
                Some(frame) => last = frame,
                None => missing += 1,
            }
            heard.set_frame(index, if missing > REPEATS { &[SILENCE; SLOTS] } else { &last });
        }
        if missing > 0 {
            counters.underruns += 1;
            self.playing = false;
        }
    }

    /// A burst after a stall leaves the buffer long: come back to the depth, for a long delay would stay for ever.
    fn shorten(&mut self, wanted: usize, counters: &mut Counters) {
        let longest = wanted * 2 + self.depth * 3;
        if self.depth > 0 && self.frames.len() > longest {
            counters.overruns += 1;
            self.frames.drain(..self.frames.len() - wanted - self.depth);
        }
    }
}
