//! The pseudo-random sequence of 2^11 - 1 bits: the modulo-two sum of the ninth and eleventh stage (O.152 2.1).

const STAGES: u32 = 11;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Sequence {
    register: u16,
}

impl Default for Sequence {
    fn default() -> Sequence {
        Sequence { register: (1 << STAGES) - 1 }
    }
}

impl Sequence {
    fn bit(&mut self) -> bool {
        let bit = (self.register >> 8 ^ self.register >> 10) & 1;
        self.register = (self.register << 1 | bit) & ((1 << STAGES) - 1);
        bit == 1
    }

    /// The next eight bits, the first of them sent first.
    pub(crate) fn octet(&mut self) -> u8 {
        (0..8).fold(0, |octet, _| octet << 1 | u8::from(self.bit()))
    }
}

/// Bits that must be right before the sequence counts as found: by chance one in four billion is.
const FOUND: u32 = 32;

/// Errors in [`WINDOW`] bits from which the sequence counts as lost: a fifth is what O.151 takes for it.
const LOST: u32 = 200;
const WINDOW: u32 = 1000;

/// Compares what comes with the sequence.
#[derive(Debug)]
pub(crate) struct Checker {
    register: u16,
    state: State,
    pub bits: u64,
    pub errors: u64,
    /// Times that the sequence was lost: a slip, a break.
    pub losses: u64,
}

#[derive(Debug)]
enum State {
    /// The register takes what comes; so many bits have followed from it.
    Searching { right: u32 },
    /// The register runs by itself.
    InStep { seen: u32, wrong: u32 },
}

impl Default for Checker {
    fn default() -> Checker {
        Checker { register: 0, state: State::Searching { right: 0 }, bits: 0, errors: 0, losses: 0 }
    }
}

impl Checker {
    pub(crate) fn in_step(&self) -> bool {
        matches!(self.state, State::InStep { .. })
    }

    pub(crate) fn take(&mut self, octet: u8) {
        (0..8).rev().for_each(|place| self.bit(octet >> place & 1));
    }

    fn bit(&mut self, bit: u8) {
        let expected = ((self.register >> 8 ^ self.register >> 10) & 1) as u8;
        let next = |kept: u8| (self.register << 1 | u16::from(kept)) & ((1 << STAGES) - 1);
        match &mut self.state {
            State::Searching { right } => {
                // All zeros follow from all zeros: a dead line is no sequence.
                *right = if bit == expected && self.register != 0 { *right + 1 } else { 0 };
                let found = *right >= FOUND;
                self.register = next(bit);
                if found {
                    self.state = State::InStep { seen: 0, wrong: 0 };
                }
            }
            State::InStep { seen, wrong } => {
                let error = u32::from(bit != expected);
                (*seen, *wrong) = (*seen + 1, *wrong + error);
                self.bits += 1;
                self.errors += u64::from(error);
                let lost = *wrong >= LOST;
                if *seen >= WINDOW {
                    (*seen, *wrong) = (0, 0);
                }
                self.register = next(expected);
                if lost {
                    // What a slip made look like errors were none.
                    self.bits -= u64::from(WINDOW.min(self.bits as u32));
                    self.errors -= u64::from(LOST);
                    self.losses += 1;
                    self.state = State::Searching { right: 0 };
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// O.152 2.1: the sequence repeats after 2047 bits and has no more than 11 ones and 10 zeros in a row.
    #[test]
    fn the_sequence_is_the_standards() {
        let mut sequence = Sequence::default();
        let bits: Vec<bool> = (0..2047 * 2).map(|_| sequence.bit()).collect();
        assert_eq!(bits[..2047], bits[2047..]);
        assert_eq!(bits[..2047].iter().filter(|bit| **bit).count(), 1024);
        let longest = |of: bool| bits.split(|bit| *bit != of).map(<[bool]>::len).max();
        assert_eq!((longest(true), longest(false)), (Some(11), Some(10)));
    }

    /// Each error counts once, and a slip is a loss of the sequence, not a burst of errors.
    #[test]
    fn errors_and_slips_are_told_apart() {
        let (mut sequence, mut checker) = (Sequence::default(), Checker::default());
        for at in 0..8000 {
            let octet = sequence.octet();
            let spoilt = if at > 100 && at % 1000 == 0 { octet ^ 0x10 } else { octet };
            checker.take(spoilt);
        }
        assert_eq!((checker.errors, checker.losses, checker.in_step()), (7, 0, true));
        sequence.octet();
        (0..8000).for_each(|_| checker.take(sequence.octet()));
        assert_eq!((checker.losses, checker.in_step()), (1, true));
        assert!(checker.errors < 200, "{} errors", checker.errors);
    }

    /// A dead line, idle codes and somebody's speech are no sequence.
    #[test]
    fn what_is_no_sequence_is_not_found() {
        for octets in
            [vec![0u8; 4000], vec![0xff; 4000], vec![0xd5; 4000], (0..4000).map(|n| (n * n / 7) as u8).collect()]
        {
            let mut checker = Checker::default();
            octets.iter().for_each(|octet| checker.take(*octet));
            assert_eq!((checker.in_step(), checker.bits), (false, 0));
        }
    }
}
