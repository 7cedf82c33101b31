use crate::{FCS, FLAG, MAX_FRAME};
use std::collections::VecDeque;

/// Frames waiting at most: at 64 kbit/s this is over four seconds of line.
const QUEUE: usize = 128;

/// The line takes frames more slowly than they come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct QueueFull;

/// Turns frames into timeslot octets. Sends flags between frames.
#[derive(Clone, Debug, Default)]
pub struct Encoder {
    waiting: VecDeque<Vec<u8>>,
    sending: Option<Sending>,
    /// Bits of the line not yet part of a whole octet, first bit highest.
    bits: u32,
    count: u32,
    /// Ones sent in a row inside the frame.
    ones: u32,
}

#[derive(Clone, Debug)]
struct Sending {
    /// Frame and FCS.
    octets: Vec<u8>,
    next: usize,
}

impl Encoder {
    /// Queues a frame (without FCS). A frame that is too long for the receiver is refused like a full queue.
    pub fn send(&mut self, frame: &[u8]) -> Result<(), QueueFull> {
        if self.waiting.len() >= QUEUE || frame.len() + 2 > MAX_FRAME {
            return Err(QueueFull);
        }
        let mut octets = Vec::with_capacity(frame.len() + 2);
        octets.extend_from_slice(frame);
        octets.extend_from_slice(&FCS.checksum(frame).to_le_bytes());
        self.waiting.push_back(octets);
        Ok(())
    }

    /// Nothing is queued or under way: the line carries flags.
    pub fn is_idle(&self) -> bool {
        self.sending.is_none() && self.waiting.is_empty()
    }

    /// Writes the next `line.len()` timeslot octets.
    pub fn fill(&mut self, line: &mut [u8]) {
        for octet in line {
            while self.count < 8 {
                self.advance();
            }
            self.count -= 8;
            *octet = (self.bits >> self.count) as u8;
            self.bits &= (1 << self.count) - 1;
        }
    }

    /// Puts the next flag or frame octet on the line.
    fn advance(&mut self) {
        if self.sending.is_none() {
            self.push_flag();
            self.sending = self.waiting.pop_front().map(|octets| Sending { octets, next: 0 });
            self.ones = 0;
            return;
        }
        let Some(sending) = &mut self.sending else { return };
        let octet = sending.octets[sending.next];
        sending.next += 1;
        if sending.next == sending.octets.len() {
            self.sending = None;
        }
        self.push_stuffed(octet);
    }

    fn push_flag(&mut self) {
        self.bits = self.bits << 8 | u32::from(FLAG);
        self.count += 8;
    }

    fn push_stuffed(&mut self, octet: u8) {
        for place in 0..8 {
            let one = octet >> place & 1 == 1;
            self.push_bit(one);
            self.ones = if one { self.ones + 1 } else { 0 };
            if self.ones == 5 {
                self.push_bit(false);
                self.ones = 0;
            }
        }
    }

    fn push_bit(&mut self, one: bool) {
        self.bits = self.bits << 1 | u32::from(one);
        self.count += 1;
    }
}
