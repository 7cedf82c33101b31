//! The receive side's framer: alignment, alarms of the signal, CRC-4.

use crate::crc4;
use crate::event::Counters;
use crate::frame::Frame;
use crate::transmitter::{A_BIT, FAS, FIRST_BIT, MULTIFRAME};

/// Wrong alignment words in a row that lose alignment (G.706 4.1.1).
const LOST_AFTER: u8 = 3;

/// A-bits in a row that begin or end RAI (G.775 5.3: two to five).
const RAI_AFTER: u8 = 3;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Alignment {
    /// No alignment word seen yet.
    Hunting,
    /// An alignment word came; its frame must be followed by one without (bit 2 set).
    ExpectNfas,
    /// ... and then by another alignment word (G.706 4.1.2).
    ExpectFas,
    Aligned {
        fas_next: bool,
        bad_fas: u8,
        bad_nfas: u8,
    },
}

/// What the framer knows of the signal. LOS is not its business: it sees frames only.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Signal {
    pub lfa: bool,
    pub ais: bool,
    pub rai: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Framer {
    alignment: Alignment,
    ais: AisDetector,
    rai: RaiDetector,
    multiframe: Multiframe,
}

impl Default for Framer {
    fn default() -> Framer {
        Framer {
            alignment: Alignment::Hunting,
            ais: AisDetector::default(),
            rai: RaiDetector::default(),
            multiframe: Multiframe::Hunting { bits: 0, seen: 0 },
        }
    }
}

impl Framer {
    /// Takes a frame. True: a sub-multiframe with a wrong CRC ended.
    pub(crate) fn take(&mut self, frame: &Frame, counters: &mut Counters) -> bool {
        self.ais.take(frame);
        let first = frame[0];
        match self.alignment {
            Alignment::Hunting => {
                if is_fas(first) {
                    self.alignment = Alignment::ExpectNfas;
                }
            }
            Alignment::ExpectNfas => {
                self.alignment = if is_nfas(first) { Alignment::ExpectFas } else { Alignment::Hunting };
            }
            Alignment::ExpectFas => {
                self.alignment = if is_fas(first) {
                    Alignment::Aligned { fas_next: false, bad_fas: 0, bad_nfas: 0 }
                } else {
                    Alignment::Hunting
                };
            }
            Alignment::Aligned { fas_next, bad_fas, bad_nfas } => {
                return self.aligned(frame, (fas_next, bad_fas, bad_nfas), counters);
            }
        }
        false
    }

    fn aligned(
        &mut self,
        frame: &Frame,
        (fas, mut bad_fas, mut bad_nfas): (bool, u8, u8),
        counters: &mut Counters,
    ) -> bool {
        let first = frame[0];
        if fas {
            bad_fas = if is_fas(first) { 0 } else { bad_fas + 1 };
            counters.fas_errors += u64::from(bad_fas > 0);
        } else {
            bad_nfas = if is_nfas(first) { 0 } else { bad_nfas + 1 };
            if bad_nfas == 0 {
                self.rai.take(first & A_BIT != 0);
            }
        }
        if bad_fas >= LOST_AFTER || bad_nfas >= LOST_AFTER {
            self.lose();
            return false;
        }
        self.alignment = Alignment::Aligned { fas_next: !fas, bad_fas, bad_nfas };
        self.multiframe.take(frame, fas, counters)
    }

    /// The signal went away, or alignment did.
    pub(crate) fn lose(&mut self) {
        self.alignment = Alignment::Hunting;
        self.rai = RaiDetector::default();
        self.multiframe = Multiframe::Hunting { bits: 0, seen: 0 };
    }

    pub(crate) fn signal(&self) -> Signal {
        let aligned = matches!(self.alignment, Alignment::Aligned { .. });
        // All ones holds no alignment word either: AIS alone is told.
        Signal { lfa: !aligned && !self.ais.stands, ais: self.ais.stands, rai: aligned && self.rai.stands }
    }
}

fn is_fas(first: u8) -> bool {
    first & !FIRST_BIT == FAS
}

fn is_nfas(first: u8) -> bool {
    first & 0x40 != 0
}

/// Zeros in a double frame that is still all ones (G.775 5.2).
const MOST_ZEROS: u32 = 2;

/// G.775 5.2: at most two zeros in each of two double frames in a row begin AIS; three or more in each of two end it.
#[derive(Clone, Debug, Default)]
struct AisDetector {
    stands: bool,
    odd: bool,
    zeros: u32,
    contrary: u8,
}

impl AisDetector {
    fn take(&mut self, frame: &Frame) {
        // Counted no further than it matters: speech is no AIS after an octet or two.
        for octet in frame {
            if self.zeros > MOST_ZEROS {
                break;
            }
            self.zeros += octet.count_zeros();
        }
        self.odd = !self.odd;
        if self.odd {
            return;
        }
        let all_ones = std::mem::take(&mut self.zeros) <= MOST_ZEROS;
        self.contrary = if all_ones != self.stands { self.contrary + 1 } else { 0 };
        if self.contrary == 2 {
            self.stands = all_ones;
            self.contrary = 0;
        }
    }
}

#[derive(Clone, Debug, Default)]
struct RaiDetector {
    stands: bool,
    contrary: u8,
}

impl RaiDetector {
    fn take(&mut self, a_bit: bool) {
        self.contrary = if a_bit != self.stands { self.contrary + 1 } else { 0 };
        if self.contrary == RAI_AFTER {
            self.stands = a_bit;
            self.contrary = 0;
        }
    }
}

/// The CRC-4 multiframe. A far end that sends none leaves it hunting, and no CRC error is counted.
#[derive(Clone, Debug)]
enum Multiframe {
    /// The last first-bits of frames without alignment word, newest lowest.
    Hunting {
        bits: u8,
        seen: u8,
    },
    Aligned(Crc),
}

#[derive(Clone, Debug, Default)]
struct Crc {
    position: u8,
    running: u8,
    /// Remainder of the sub-multiframe before; none until a whole one was seen.
    previous: Option<u8>,
    told: u8,
    /// Wrong multiframe alignment bits in a row.
    misaligned: u8,
}

impl Multiframe {
    fn take(&mut self, frame: &Frame, fas: bool, counters: &mut Counters) -> bool {
        let first_bit = frame[0] & FIRST_BIT != 0;
        match self {
            Multiframe::Hunting { bits, seen } => {
                if fas {
                    return false;
                }
                *bits = *bits << 1 | u8::from(first_bit);
                *seen = seen.saturating_add(1);
                // 001011 followed by the two E-bits: this was frame 15.
                if *seen >= 8 && *bits >> 2 == 0b001011 {
                    *self = Multiframe::Aligned(Crc::default());
                }
                false
            }
            Multiframe::Aligned(crc) => {
                let errored = crc.take(frame, first_bit, counters);
                if crc.misaligned > 4 {
                    *self = Multiframe::Hunting { bits: 0, seen: 0 };
                }
                errored
            }
        }
    }
}

impl Crc {
    fn take(&mut self, frame: &Frame, first_bit: bool, counters: &mut Counters) -> bool {
        let mut frame = *frame;
        if self.position.is_multiple_of(2) {
            self.told = self.told << 1 | u8::from(first_bit);
            frame[0] &= !FIRST_BIT;
        } else if self.position < 12 {
            let expected = MULTIFRAME[usize::from(self.position / 2)];
            self.misaligned = if first_bit == expected { 0 } else { self.misaligned + 1 };
        } else if !first_bit {
            counters.far_crc_errors += 1;
        }
        self.running = crc4::update(self.running, &frame);
        self.position = (self.position + 1) % 16;
        if !self.position.is_multiple_of(8) {
            return false;
        }
        let errored = self.previous.is_some_and(|previous| previous != self.told & 0x0f);
        counters.crc_errors += u64::from(errored);
        self.previous = Some(std::mem::take(&mut self.running));
        self.told = 0;
        errored
    }
}
