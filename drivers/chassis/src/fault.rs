//! The line model: what happens to frames on their way.

use crate::frame::Frame;
use clock::{Millis, Monotonic};
use std::collections::VecDeque;

/// Frames delayed at most: half a second.
const DELAYED: usize = 4096;

/// Which way of a span a fault strikes, seen from the card.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    Transmit,
    Receive,
}

/// A fault of the line. Each kind stands until set again; rates are per million.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// The pair is cut (or mended): nothing arrives.
    Cut(bool),
    /// All ones, as a repeater sends when it hears nothing itself.
    Ais(bool),
    /// The alignment word is damaged.
    Misframed(bool),
    /// Bits inverted, of a million.
    BitErrors(u32),
    /// Bits of timeslot 16 inverted, of a million of them.
    SignallingErrors(u32),
    /// Frames lost, of a million.
    Loss(u32),
    Delay(Millis),
    /// One frame repeated or dropped, now.
    Slip(crate::Slip),
    /// The clocks differ: a slip each so many frames, repeated (positive) or dropped (negative); 0: none.
    Drift(i32),
    /// The line is as it was made.
    Mended,
}

#[derive(Clone, Copy, Debug, Default)]
struct Standing {
    cut: bool,
    ais: bool,
    misframed: bool,
    bit_errors: u32,
    signalling_errors: u32,
    loss: u32,
    delay: Millis,
    drift: i32,
}

/// One direction of a line with its faults. The same seed and frames give the same errors.
#[derive(Clone, Debug)]
pub(crate) struct LineModel {
    standing: Standing,
    slip: Option<crate::Slip>,
    until_drift: u32,
    random: Random,
    delayed: VecDeque<(Monotonic, Frame)>,
}

impl LineModel {
    pub(crate) fn new(seed: u64) -> LineModel {
        LineModel {
            standing: Standing::default(),
            slip: None,
            until_drift: 0,
            random: Random(seed),
            delayed: VecDeque::new(),
        }
    }

    pub(crate) fn inject(&mut self, fault: Fault) {
        let standing = &mut self.standing;
        match fault {
            Fault::Cut(cut) => standing.cut = cut,
            Fault::Ais(ais) => standing.ais = ais,
            Fault::Misframed(misframed) => standing.misframed = misframed,
            Fault::BitErrors(rate) => standing.bit_errors = rate,
            Fault::SignallingErrors(rate) => standing.signalling_errors = rate,
            Fault::Loss(rate) => standing.loss = rate,
            Fault::Delay(delay) => standing.delay = delay,
            Fault::Slip(slip) => self.slip = Some(slip),
            Fault::Drift(frames) => {
                standing.drift = frames;
                self.until_drift = frames.unsigned_abs();
            }
            Fault::Mended => {
                *standing = Standing::default();
                self.slip = None;
            }
        }
    }

    /// The slip that is due with this frame, if any. Asked once a frame, behind the framer.
    pub(crate) fn slip(&mut self) -> Option<crate::Slip> {
        if let Some(slip) = self.slip.take() {
            return Some(slip);
        }
        if self.standing.drift == 0 {
            return None;
        }
        self.until_drift = self.until_drift.saturating_sub(1);
        if self.until_drift > 0 {
            return None;
        }
        self.until_drift = self.standing.drift.unsigned_abs();
        Some(if self.standing.drift > 0 { crate::Slip::Repeated } else { crate::Slip::Dropped })
    }

    /// Puts a frame on the line; `arrive` gets it, damaged and late as the faults want.
    pub(crate) fn carry(&mut self, now: Monotonic, frame: &Frame, arrive: &mut impl FnMut(&Frame)) {
        self.due(now, arrive);
        if self.standing.cut || self.strikes(self.standing.loss) {
            return;
        }
        let mut frame = *frame;
        if self.standing.ais {
            frame = [0xff; 32];
        } else if self.standing.misframed {
            frame[0] = !frame[0];
        }
        self.invert_bits(&mut frame);
        if self.standing.delay == Millis::ZERO && self.delayed.is_empty() {
            return arrive(&frame);
        }
        if self.delayed.len() < DELAYED {
            self.delayed.push_back((now + self.standing.delay, frame));
        }
    }

    /// Hands on delayed frames whose time has come.
    pub(crate) fn due(&mut self, now: Monotonic, arrive: &mut impl FnMut(&Frame)) {
        while let Some((_, frame)) = self.delayed.pop_front_if(|(at, _)| *at <= now) {
            arrive(&frame);
        }
    }

    fn strikes(&mut self, rate: u32) -> bool {
        rate > 0 && self.random.below(1_000_000) < rate
    }

    fn invert_bits(&mut self, frame: &mut Frame) {
        let Standing { bit_errors, signalling_errors, .. } = self.standing;
        if signalling_errors > 0 {
            self.spoil(&mut frame[16], signalling_errors);
        }
        if bit_errors > 0 {
            frame.iter_mut().for_each(|octet| self.spoil(octet, bit_errors));
        }
    }

    fn spoil(&mut self, octet: &mut u8, rate: u32) {
        for bit in 0..8 {
            if self.strikes(rate) {
                *octet ^= 1 << bit;
            }
        }
    }
}

/// SplitMix64: small, seeded, good enough for line noise.
#[derive(Clone, Debug)]
struct Random(u64);

impl Random {
    fn below(&mut self, end: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ mixed >> 31) % u64::from(end)) as u32
    }
}
