//! The far exchange: its callers, and the subscribers whom the house calls.

use crate::names::CallerId;
use identity::{CircuitId, LegId, LegIds, SpanId};
use legs::{Compatibility, Notice};
use numbering::{Cause, ClearCause, Digits};
use std::collections::BTreeMap;

#[derive(Debug)]
pub struct Town {
    pub callers: BTreeMap<CallerId, Caller>,
    /// Callers by their leg at the far exchange.
    pub legs: BTreeMap<LegId, CallerId>,
    /// Numbers that the house may call, and how they behave; any other rings and answers.
    pub subscribers: BTreeMap<Digits, Habit>,
    /// Calls from the house, by leg at the far exchange.
    pub called: BTreeMap<LegId, Called>,
    pub ids: LegIds,
    /// In so many of a thousand calls the far exchange hunts from the lowest channel, as the house does.
    pub hunts_from_below: u32,
}

/// One call of the town.
#[derive(Clone, Debug)]
pub struct Caller {
    pub number: Digits,
    pub called: Digits,
    pub span: SpanId,
    pub circuit: Option<CircuitId>,
    /// Digits not dialled yet.
    pub to_dial: Digits,
    pub state: CallerState,
    pub manner: Option<crate::habits::Manner>,
    /// The far exchange's own count: a leg ends once.
    pub releases: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CallerState {
    /// SETUP is on its way.
    Dialling {
        leg: LegId,
    },
    Ringing {
        leg: LegId,
    },
    Answered {
        leg: LegId,
    },
    /// The far end clears; a tone may be heard.
    Clearing {
        leg: LegId,
    },
    Gone {
        cause: ClearCause,
    },
}

impl CallerState {
    pub fn leg(self) -> Option<LegId> {
        match self {
            CallerState::Dialling { leg }
            | CallerState::Ringing { leg }
            | CallerState::Answered { leg }
            | CallerState::Clearing { leg } => Some(leg),
            CallerState::Gone { .. } => None,
        }
    }
}

/// A subscriber that the house called.
#[derive(Clone, Debug)]
pub struct Called {
    pub number: Digits,
    pub calling: Option<Digits>,
    /// What the caller's terminal said, as it came out of the house.
    pub compatibility: Compatibility,
    pub notices: Vec<Notice>,
    pub circuit: Option<CircuitId>,
    pub answered: bool,
    pub habit: Habit,
}

/// How a subscriber takes a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Habit {
    /// Rings, then answers.
    Answers,
    /// Answers, and hangs up after so many seconds.
    HangsUpAfter(u64),
    /// Rings for ever.
    NoAnswer,
    /// Refused by its exchange with this cause.
    Refused(Cause),
    /// The far exchange takes the call and then says nothing more.
    Silent,
}

impl Town {
    /// The far exchange numbers its legs apart from the box's.
    const LEGS: u16 = 0x7000;

    pub fn new() -> Town {
        Town {
            callers: BTreeMap::new(),
            legs: BTreeMap::new(),
            subscribers: BTreeMap::new(),
            called: BTreeMap::new(),
            ids: LegIds::of(Town::LEGS),
            hunts_from_below: 0,
        }
    }

    pub fn habit_of(&self, number: &Digits) -> Habit {
        self.subscribers.get(number).copied().unwrap_or(Habit::Answers)
    }

    /// Everybody hung up.
    pub fn quiet(&self) -> bool {
        self.called.is_empty() && self.legs.is_empty()
    }
}

impl Default for Town {
    fn default() -> Town {
        Town::new()
    }
}
