use numbering::{Digits, Key};
use std::fmt;

/// Frequencies of the forward group, Hz (Q.441 table 5).
pub const FORWARD_HZ: [u16; 6] = [1380, 1500, 1620, 1740, 1860, 1980];

/// Frequencies of the backward group, Hz. China uses the first four.
pub const BACKWARD_HZ: [u16; 6] = [1140, 1020, 900, 780, 660, 540];

/// Weights of the six frequencies: the two that sound add up to the signal's number, but for the last five (Q.441 table 5).
const PAIRS: [(u8, u8); 15] = [
    (0, 1),
    (0, 2),
    (1, 2),
    (0, 3),
    (1, 3),
    (2, 3),
    (0, 4),
    (1, 4),
    (2, 4),
    (3, 4),
    (0, 5),
    (1, 5),
    (2, 5),
    (3, 5),
    (4, 5),
];

/// Which way a multifrequency signal goes: the two groups of frequencies do not overlap, so that both sound at once.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Direction {
    /// From the register that calls.
    Forward,
    /// From the register that is called.
    Backward,
}

impl Direction {
    pub const fn frequencies(self) -> [u16; 6] {
        match self {
            Direction::Forward => FORWARD_HZ,
            Direction::Backward => BACKWARD_HZ,
        }
    }

    pub const fn opposite(self) -> Direction {
        match self {
            Direction::Forward => Direction::Backward,
            Direction::Backward => Direction::Forward,
        }
    }
}

/// A multifrequency signal, 1 to 15: two frequencies of six.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signal(u8);

impl Signal {
    pub const fn new(number: u8) -> Option<Signal> {
        if number == 0 || number > 15 { None } else { Some(Signal(number)) }
    }

    /// For tables: a number that is no signal becomes 15.
    pub(crate) const fn of(number: u8) -> Signal {
        if number == 0 || number > 15 { Signal(15) } else { Signal(number) }
    }

    pub const fn number(self) -> u8 {
        self.0
    }

    /// The places of its two frequencies in their group.
    pub const fn pair(self) -> (u8, u8) {
        PAIRS[self.0 as usize - 1]
    }

    /// The signal of two places in a group, in either order.
    pub fn of_pair(one: u8, other: u8) -> Option<Signal> {
        let pair = (one.min(other), one.max(other));
        PAIRS.iter().position(|known| *known == pair).map(|place| Signal(place as u8 + 1))
    }

    /// Its two frequencies, Hz.
    pub const fn frequencies(self, direction: Direction) -> (u16, u16) {
        let (one, other) = self.pair();
        let group = direction.frequencies();
        (group[one as usize], group[other as usize])
    }

    /// Signals 1 to 10 are the digits, 10 being nought. Keys that are no digits have no signal.
    pub fn of_digit(key: Key) -> Option<Signal> {
        match key.as_char() {
            '0' => Some(Signal(10)),
            digit @ '1'..='9' => Some(Signal(digit as u8 - b'0')),
            _ => None,
        }
    }

    pub fn digit(self) -> Option<Key> {
        match self.0 {
            10 => Key::new('0'),
            number @ 1..=9 => Key::new((b'0' + number) as char),
            _ => None,
        }
    }
}

impl fmt::Debug for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// The signals of a number; what has none is left out.
pub(crate) fn of_digits(digits: &Digits) -> Vec<Signal> {
    digits.keys().filter_map(Signal::of_digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Q.441 table 5: signal 1 is f0 and f1, signal 10 (digit 0) f3 and f4, signal 15 f4 and f5.
    #[test]
    fn signals_are_two_of_six() {
        let forward = |n| Signal::of(n).frequencies(Direction::Forward);
        assert_eq!((forward(1), forward(10), forward(15)), ((1380, 1500), (1740, 1860), (1860, 1980)));
        assert_eq!(Signal::of(6).frequencies(Direction::Backward), (900, 780));
        for number in 1..=15 {
            let (one, other) = Signal::of(number).pair();
            assert_eq!(Signal::of_pair(other, one), Signal::new(number));
        }
        assert_eq!((Signal::of_pair(2, 2), Signal::new(0), Signal::new(16)), (None, None, None));
    }

    #[test]
    fn nought_is_signal_ten() {
        let digits: Digits = "1900*".parse().expect("keys");
        assert_eq!(of_digits(&digits), [1, 9, 10, 10].map(Signal::of));
        assert_eq!(Signal::of(10).digit(), Key::new('0'));
        assert_eq!(Signal::of(11).digit(), None);
    }
}
