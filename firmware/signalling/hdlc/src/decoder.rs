use crate::{FCS, MAX_FRAME};

/// The FCS residue of a good frame with its FCS (CRC-16/X-25 before the final inversion is 0xf0b8; after it, 0x0f47).
const GOOD: u16 = 0x0f47;

/// What the line brought.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Received<'a> {
    /// A good frame, without its FCS.
    Frame(&'a [u8]),
    Bad(Fault),
}

/// Why a frame was dropped (Q.921 2.9).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    BadFcs,
    /// Seven or more ones inside a frame.
    Aborted,
    /// Over [`MAX_FRAME`] octets between flags.
    TooLong,
    /// Under two octets and FCS.
    TooShort,
    /// Not a whole number of octets between flags.
    Unaligned,
}

/// Counts since start, for the span's page.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counters {
    pub frames: u64,
    pub bad_fcs: u64,
    pub aborted: u64,
    pub too_long: u64,
    pub too_short: u64,
    pub unaligned: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Hunt {
    /// No flag seen yet, or the frame was given up: wait for a flag.
    #[default]
    Flag,
    /// Between flags.
    Frame,
}

/// Turns timeslot octets into frames.
#[derive(Clone, Debug)]
pub struct Decoder {
    hunt: Hunt,
    ones: u32,
    octet: u8,
    bits: u32,
    frame: Vec<u8>,
    counters: Counters,
}

impl Default for Decoder {
    fn default() -> Self {
        Decoder {
            hunt: Hunt::default(),
            ones: 0,
            octet: 0,
            bits: 0,
            frame: Vec::with_capacity(MAX_FRAME),
            counters: Counters::default(),
        }
    }
}

impl Decoder {
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Takes timeslot octets and hands on each frame or fault that ends in them.
    pub fn take(&mut self, line: &[u8], mut hand: impl FnMut(Received<'_>)) {
        for octet in line {
            for place in (0..8).rev() {
                self.take_bit(octet >> place & 1 == 1, &mut hand);
            }
        }
    }

    fn take_bit(&mut self, one: bool, hand: &mut impl FnMut(Received<'_>)) {
        if one {
            self.ones += 1;
            match self.ones {
                1..=6 => self.keep_bit(1, hand),
                7 => self.abort(hand),
                _ => {}
            }
            return;
        }
        match std::mem::take(&mut self.ones) {
            0..=4 => self.keep_bit(0, hand),
            5 => {}
            6 => self.flag(hand),
            _ => {}
        }
    }

    fn keep_bit(&mut self, bit: u8, hand: &mut impl FnMut(Received<'_>)) {
        if self.hunt == Hunt::Flag {
            return;
        }
        self.octet |= bit << self.bits;
        self.bits += 1;
        if self.bits < 8 {
            return;
        }
        if self.frame.len() == MAX_FRAME {
            self.hunt = Hunt::Flag;
            return self.fault(Fault::TooLong, hand);
        }
        self.frame.push(self.octet);
        self.octet = 0;
        self.bits = 0;
    }

    fn abort(&mut self, hand: &mut impl FnMut(Received<'_>)) {
        if self.hunt == Hunt::Frame && !self.frame.is_empty() {
            self.fault(Fault::Aborted, hand);
        }
        self.hunt = Hunt::Flag;
    }

    /// A flag ends one frame and begins the next. Its own first seven bits were kept as frame bits: a zero and six ones.
    fn flag(&mut self, hand: &mut impl FnMut(Received<'_>)) {
        if self.hunt == Hunt::Frame && (self.frame.len() > 1 || self.bits > 7) {
            self.end_frame(hand);
        }
        self.hunt = Hunt::Frame;
        self.frame.clear();
        self.octet = 0;
        self.bits = 0;
    }

    fn end_frame(&mut self, hand: &mut impl FnMut(Received<'_>)) {
        if self.bits != 7 {
            self.fault(Fault::Unaligned, hand);
        } else if self.frame.len() < 4 {
            self.fault(Fault::TooShort, hand);
        } else if FCS.checksum(&self.frame) != GOOD {
            self.fault(Fault::BadFcs, hand);
        } else {
            self.counters.frames += 1;
            hand(Received::Frame(&self.frame[..self.frame.len() - 2]));
        }
    }

    fn fault(&mut self, fault: Fault, hand: &mut impl FnMut(Received<'_>)) {
        let count = match fault {
            Fault::BadFcs => &mut self.counters.bad_fcs,
            Fault::Aborted => &mut self.counters.aborted,
            Fault::TooLong => &mut self.counters.too_long,
            Fault::TooShort => &mut self.counters.too_short,
            Fault::Unaligned => &mut self.counters.unaligned,
        };
        *count += 1;
        hand(Received::Bad(fault));
    }
}
