//! What differs from network to network, as data.

use crate::ladder::Series;
use crate::signals::Signal;
use clock::Millis;
use numbering::Cause;

/// What a backward signal asks of the register that calls.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Asks {
    /// The digit after the one sent last.
    Next,
    /// A digit sent before: 1 for the one before the last.
    Back(u8),
    /// The whole number again.
    FromFirst,
    /// The caller's category; asked again, the digits of the caller's number one by one.
    Category,
    /// The caller's category, after which backward signals are of the caller's group.
    CategoryAndNumber,
    /// In the caller's group: the next digit of the caller's number, and behind its end the next one of the called number.
    NextOfCaller,
    /// The number is complete: the called party's line will be told by group B.
    ChangeToB,
    /// The number is complete, speech: nothing more will be told.
    Accept(Charge),
    /// The call ends here.
    Refuse(Cause),
}

/// What a signal of group B says of the called party's line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Says {
    Free(Charge),
    Refused(Cause),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Charge {
    Charged,
    Free,
}

/// The meaning of each signal of a group. Rows in order of preference: what is to be said is the first that says it.
pub type Table<T> = &'static [(u8, T)];

/// One network's R2.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Variant {
    pub name: &'static str,
    /// The bits c and d that are sent, as the low two bits; received ones mean nothing.
    pub cd: u8,
    /// A change of the bits a and b counts once it has stood so long (the recognition time of Q.422: 20 ms nominally).
    pub persistence: Millis,
    /// Backward signals: before the change to group B, and while the caller's number is asked for.
    pub group_a: Table<Asks>,
    pub group_c: Table<Asks>,
    pub group_b: Table<Says>,
    /// Behind the last digit of the called number, if the network wants to be told.
    pub end_of_called: Option<Signal>,
    /// Behind the last digit of the caller's number, and instead of a number that may not be told.
    pub end_of_caller: Signal,
    pub no_caller: Signal,
    /// What a caller is by default: the answer to a question for the category, and the answer to the change to group B.
    pub category: Signal,
    pub kind: Signal,
    pub timers: Timers,
    pub series: AllSeries,
}

/// What this network calls its series of signals, besides I and A.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AllSeries {
    pub category: Series,
    pub kind: Series,
    pub group_b: Series,
    pub group_c: Series,
}

const ITU_SERIES: AllSeries =
    AllSeries { category: Series::GroupII, kind: Series::GroupII, group_b: Series::B, group_c: Series::A };

/// Times of Q.476 and Q.422.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Timers {
    /// T1: a forward signal sounds no longer than this (Q.476: 15 s, give or take 3).
    pub forward_on: Millis,
    /// T2: the register that calls sends nothing no longer than this (Q.476: 24 s at least).
    pub forward_off: Millis,
    /// T3: from one forward signal to the next at the register that is called (Q.476: 8 to 24 s).
    pub next_forward: Millis,
    /// A pulse of a backward signal that no forward signal asks for (Q.442: 150 +- 50 ms).
    pub pulse: Millis,
    /// At least so long after the last signal before a pulse (Q.442: 100 ms).
    pub before_pulse: Millis,
    /// Without a digit for so long a number is taken for complete where its length is not known.
    pub last_digit: Millis,
    /// Seizing must be acknowledged within this (Q.422 allows 100 to 200 ms on land, 1 to 2 s by satellite).
    pub seizure_acknowledged: Millis,
    /// The exchange must say what the called line is; then it is told to be free, as the caller would give up.
    pub decide: Millis,
}

const TIMERS: Timers = Timers {
    forward_on: Millis(15_000),
    forward_off: Millis(24_000),
    next_forward: Millis(15_000),
    pulse: Millis(150),
    before_pulse: Millis(100),
    last_digit: Millis(4_000),
    seizure_acknowledged: Millis(2_000),
    decide: Millis(10_000),
};

use Asks::{Accept, Back, Category, CategoryAndNumber, ChangeToB, FromFirst, Next, NextOfCaller, Refuse};
use Charge::{Charged, Free};

/// China No. 1 (GF 002-9002): groups A and B of six signals, categories KA and KD.
const CHINA_A: Table<Asks> = &[
    (1, Next),
    (2, FromFirst),
    (3, ChangeToB),
    (4, Refuse(Cause::SwitchingCongestion)),
    (5, Refuse(Cause::UnallocatedNumber)),
    (6, CategoryAndNumber),
];
const CHINA_C: Table<Asks> = &[
    (1, NextOfCaller),
    (3, ChangeToB),
    (4, Refuse(Cause::SwitchingCongestion)),
    (5, Refuse(Cause::UnallocatedNumber)),
];
const CHINA_B: Table<Says> = &[
    (1, Says::Free(Charged)),
    (6, Says::Free(Charged)),
    (2, Says::Refused(Cause::UserBusy)),
    (3, Says::Refused(Cause::UserBusy)),
    (4, Says::Refused(Cause::SwitchingCongestion)),
    (5, Says::Refused(Cause::UnallocatedNumber)),
];

/// Q.441 tables 8 and 9.
const ITU_A: Table<Asks> = &[
    (1, Next),
    (2, Back(1)),
    (3, ChangeToB),
    (4, Refuse(Cause::SwitchingCongestion)),
    (5, Category),
    (6, Accept(Charged)),
    (7, Back(2)),
    (8, Back(3)),
    (15, Refuse(Cause::SwitchingCongestion)),
];
const ITU_B: Table<Says> = &[
    (6, Says::Free(Charged)),
    (7, Says::Free(Free)),
    (3, Says::Refused(Cause::UserBusy)),
    (4, Says::Refused(Cause::SwitchingCongestion)),
    (5, Says::Refused(Cause::UnallocatedNumber)),
    (8, Says::Refused(Cause::DestinationOutOfOrder)),
    (2, Says::Refused(Cause::NormalUnspecified)),
];

/// Brazil: group B says busy by 2 and unallocated by 7; free by 1 with and 5 without charge.
const BRAZIL_A: Table<Asks> = &[
    (1, Next),
    (2, FromFirst),
    (3, ChangeToB),
    (4, Refuse(Cause::SwitchingCongestion)),
    (5, Category),
    (9, Back(1)),
    (7, Back(2)),
    (8, Back(3)),
];
const BRAZIL_B: Table<Says> = &[
    (1, Says::Free(Charged)),
    (5, Says::Free(Free)),
    (2, Says::Refused(Cause::UserBusy)),
    (3, Says::Refused(Cause::NumberChanged)),
    (4, Says::Refused(Cause::SwitchingCongestion)),
    (7, Says::Refused(Cause::UnallocatedNumber)),
    (8, Says::Refused(Cause::DestinationOutOfOrder)),
];

/// Mexico: like China a group of its own (C) for the caller's number.
const MEXICO_A: Table<Asks> =
    &[(1, Next), (2, FromFirst), (3, ChangeToB), (4, Refuse(Cause::SwitchingCongestion)), (6, CategoryAndNumber)];
const MEXICO_C: Table<Asks> = &[(1, NextOfCaller), (3, ChangeToB), (4, Refuse(Cause::SwitchingCongestion)), (5, Next)];
const MEXICO_B: Table<Says> = &[
    (1, Says::Free(Charged)),
    (5, Says::Free(Free)),
    (2, Says::Refused(Cause::UserBusy)),
    (4, Says::Refused(Cause::SwitchingCongestion)),
];

impl Variant {
    pub const CHINA: Variant = Variant {
        name: "cn",
        cd: 0b11,
        persistence: Millis(20),
        group_a: CHINA_A,
        group_c: CHINA_C,
        group_b: CHINA_B,
        end_of_called: None,
        end_of_caller: Signal::of(15),
        no_caller: Signal::of(15),
        category: Signal::of(1),
        kind: Signal::of(3),
        timers: TIMERS,
        series: AllSeries { category: Series::Ka, kind: Series::Kd, group_b: Series::Kb, group_c: Series::A },
    };

    pub const ITU: Variant = Variant {
        name: "itu",
        cd: 0b01,
        persistence: Millis(20),
        group_a: ITU_A,
        group_c: ITU_A,
        group_b: ITU_B,
        end_of_called: Some(Signal::of(15)),
        end_of_caller: Signal::of(15),
        no_caller: Signal::of(12),
        category: Signal::of(1),
        kind: Signal::of(1),
        timers: TIMERS,
        series: ITU_SERIES,
    };

    pub const BRAZIL: Variant = Variant {
        name: "br",
        group_a: BRAZIL_A,
        group_c: BRAZIL_A,
        group_b: BRAZIL_B,
        end_of_called: None,
        ..Variant::ITU
    };

    pub const MEXICO: Variant = Variant {
        name: "mx",
        group_a: MEXICO_A,
        group_c: MEXICO_C,
        group_b: MEXICO_B,
        end_of_called: None,
        kind: Signal::of(2),
        series: AllSeries { group_c: Series::C, ..ITU_SERIES },
        ..Variant::ITU
    };

    /// Argentina: ITU's groups, but 12 ends the caller's number and 15 withholds it.
    pub const ARGENTINA: Variant = Variant {
        name: "ar",
        end_of_called: None,
        end_of_caller: Signal::of(12),
        no_caller: Signal::of(15),
        ..Variant::ITU
    };

    pub const ALL: [Variant; 5] = [Variant::CHINA, Variant::ITU, Variant::BRAZIL, Variant::MEXICO, Variant::ARGENTINA];

    pub fn of_name(name: &str) -> Option<Variant> {
        Variant::ALL.into_iter().find(|variant| variant.name == name)
    }

    /// The signal that asks for this.
    pub(crate) fn ask(table: Table<Asks>, wanted: Asks) -> Option<Signal> {
        table.iter().find(|(_, asks)| *asks == wanted).map(|(number, _)| Signal::of(*number))
    }

    /// The signal of group B that says this, or the nearest to it.
    pub(crate) fn say(&self, wanted: Says) -> Signal {
        let row = |found: &dyn Fn(&Says) -> bool| self.group_b.iter().find(|(_, says)| found(says));
        let exact = row(&|says| *says == wanted);
        let nearest = exact.or_else(|| match wanted {
            Says::Free(_) => row(&|says| matches!(says, Says::Free(_))),
            Says::Refused(_) => row(&|says| *says == Says::Refused(Cause::SwitchingCongestion)),
        });
        nearest.map_or(Signal::of(4), |(number, _)| Signal::of(*number))
    }

    pub(crate) fn asked<T: Copy>(table: Table<T>, signal: Signal) -> Option<T> {
        table.iter().find(|(number, _)| *number == signal.number()).map(|(_, meaning)| *meaning)
    }
}
