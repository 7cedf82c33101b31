//! What crosses the line, by its name in the standard: for the ladder of the call.

use crate::circuit::{Circuit, Register, State};
use crate::line::Bits;
use crate::signals::Signal;
use crate::span::{Desk, R2Output};
use trace::Way;

/// A series of multifrequency signals, by its name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Series {
    /// Forward: digits, and what stands between them (Q.441 table 6).
    GroupI,
    /// Forward: what the caller is (Q.441 table 7).
    GroupII,
    /// Forward, China: the caller's category, and the kind of call.
    Ka,
    Kd,
    /// Backward: what the register asks for (Q.441 table 8), and what the called line is (table 9).
    A,
    B,
    /// Backward, Mexico: while the caller's number is asked for.
    C,
    /// Backward, China: what the called line is.
    Kb,
}

macro_rules! fifteen {
    ($prefix:literal) => {
        [
            concat!($prefix, "-1"),
            concat!($prefix, "-2"),
            concat!($prefix, "-3"),
            concat!($prefix, "-4"),
            concat!($prefix, "-5"),
            concat!($prefix, "-6"),
            concat!($prefix, "-7"),
            concat!($prefix, "-8"),
            concat!($prefix, "-9"),
            concat!($prefix, "-10"),
            concat!($prefix, "-11"),
            concat!($prefix, "-12"),
            concat!($prefix, "-13"),
            concat!($prefix, "-14"),
            concat!($prefix, "-15"),
        ]
    };
}

impl Series {
    const fn names(self) -> &'static [&'static str; 15] {
        match self {
            Series::GroupI => &fifteen!("I"),
            Series::GroupII => &fifteen!("II"),
            Series::Ka => &fifteen!("KA"),
            Series::Kd => &fifteen!("KD"),
            Series::A => &fifteen!("A"),
            Series::B => &fifteen!("B"),
            Series::C => &fifteen!("C"),
            Series::Kb => &fifteen!("KB"),
        }
    }

    /// The digits of a number are told as such by nobody: group I is one name for all of them.
    fn name(self, signal: Signal) -> &'static str {
        match (self, signal.digit()) {
            (Series::GroupI, Some(_)) => "I digit",
            _ => self.names()[usize::from(signal.number()) - 1],
        }
    }
}

/// Line signals by their names (Q.421 table 1).
impl Bits {
    fn of_the_calling_end(self) -> &'static str {
        match self {
            Bits::SEIZED => "seizing 00",
            Bits::IDLE => "clear-forward 10",
            Bits::ANSWERED => "fault 01",
            _ => "fault 11",
        }
    }

    /// `answered`: the call was.
    fn of_the_called_end(self, answered: bool) -> &'static str {
        match self {
            Bits::ANSWERED => "answer 01",
            Bits::IDLE => "idle 10",
            Bits::SEIZED => "fault 00",
            _ if answered => "clear-back 11",
            _ => "seizing acknowledged 11",
        }
    }
}

impl Circuit {
    fn note(&self, desk: &mut Desk, way: Way, name: &'static str) {
        if desk.config.trace && self.leg.is_some() {
            desk.out.push_back(R2Output::Message { leg: self.leg, way, name });
        }
    }

    pub(crate) fn note_sent(&self, desk: &mut Desk, bits: Bits) {
        // Seizing is sent by who is idle still.
        let calling = self.calls() || bits == Bits::SEIZED;
        let answered = matches!(self.state, State::Answered);
        let name = if calling { bits.of_the_calling_end() } else { bits.of_the_called_end(answered) };
        self.note(desk, Way::Out, name);
    }

    pub(crate) fn note_received(&self, desk: &mut Desk, bits: Bits) {
        let answered = matches!(self.state, State::Talking | State::ClearedBack { .. });
        let name = if self.calls() { bits.of_the_called_end(answered) } else { bits.of_the_calling_end() };
        self.note(desk, Way::In, name);
    }

    pub(crate) fn note_sounded(&self, desk: &mut Desk, signal: Signal) {
        let variant = &desk.config.variant;
        let series = match &self.register {
            Register::Outgoing(register) => register.sounds(variant),
            Register::Incoming(register) => register.sounds(variant),
            Register::None => return,
        };
        self.note(desk, Way::Out, series.name(signal));
    }

    pub(crate) fn note_heard(&self, desk: &mut Desk, signal: Signal) {
        let variant = &desk.config.variant;
        let series = match &self.register {
            Register::Outgoing(register) => register.hears(variant),
            Register::Incoming(register) => register.hears(variant),
            Register::None => return,
        };
        self.note(desk, Way::In, series.name(signal));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ladder says which signal it was, but not which number was dialled.
    #[test]
    fn signals_have_names_and_digits_have_none() {
        let signal = |number| Signal::new(number).expect("a signal");
        assert_eq!(Series::GroupI.name(signal(7)), "I digit");
        assert_eq!(Series::GroupI.name(signal(15)), "I-15");
        assert_eq!((Series::A.name(signal(3)), Series::Kb.name(signal(10))), ("A-3", "KB-10"));
    }
}
