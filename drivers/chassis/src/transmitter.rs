//! Framing of the transmit side: timeslot 0 of each frame.

use crate::crc4;
use crate::frame::Frame;

/// The alignment word 0011011 with its first bit clear (G.704 table 5A).
pub(crate) const FAS: u8 = 0x1b;

/// A frame without alignment word: second bit 1, spare bits 1.
const NFAS: u8 = 0x5f;

/// The A-bit: remote alarm indication.
pub(crate) const A_BIT: u8 = 0x20;

pub(crate) const FIRST_BIT: u8 = 0x80;

/// First bits of the frames without alignment word, frames 1 to 11 of the multiframe: its own alignment 001011 (G.704 2.3.3.4).
pub(crate) const MULTIFRAME: [bool; 6] = [false, false, true, false, true, true];

#[derive(Clone, Debug, Default)]
pub(crate) struct Transmitter {
    /// Position in the multiframe of 16.
    position: u8,
    /// CRC of the sub-multiframe under way and of the one before.
    running: u8,
    previous: u8,
    /// Sub-multiframes received with a wrong CRC and not yet told to the far end.
    errors_to_tell: u8,
}

impl Transmitter {
    /// A received sub-multiframe had a wrong CRC: the next E-bit says so.
    pub(crate) fn tell_crc_error(&mut self) {
        self.errors_to_tell = self.errors_to_tell.saturating_add(1).min(2);
    }

    /// Writes timeslot 0 of the next frame; the other timeslots are there already.
    pub(crate) fn frame(&mut self, frame: &mut Frame, rai: bool) {
        let even = self.position.is_multiple_of(2);
        frame[0] = if even {
            FAS
        } else if rai {
            NFAS | A_BIT
        } else {
            NFAS
        };
        if self.first_bit_of_nfas() {
            frame[0] |= FIRST_BIT;
        }
        // The C-bits count as zero in their own sub-multiframe's CRC (G.704 2.3.3.5.3).
        self.running = crc4::update(self.running, frame);
        if even && self.crc_bit() {
            frame[0] |= FIRST_BIT;
        }
        self.advance();
    }

    fn first_bit_of_nfas(&mut self) -> bool {
        match self.position {
            1 | 3 | 5 | 7 | 9 | 11 => MULTIFRAME[usize::from(self.position / 2)],
            // E-bits: 0 tells an errored sub-multiframe.
            13 | 15 => {
                let good = self.errors_to_tell == 0;
                self.errors_to_tell = self.errors_to_tell.saturating_sub(1);
                good
            }
            _ => false,
        }
    }

    /// C1 to C4 of the sub-multiframe before, in frames 0, 2, 4, 6 of this one.
    fn crc_bit(&self) -> bool {
        self.previous >> (3 - self.position % 8 / 2) & 1 == 1
    }

    fn advance(&mut self) {
        self.position = (self.position + 1) % 16;
        if self.position.is_multiple_of(8) {
            self.previous = std::mem::take(&mut self.running);
        }
    }
}
