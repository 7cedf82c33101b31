//! The SIP phones of the house, at the level of leg primitives: what a registered phone says to the box and hears from it.

use clock::Millis;
use identity::{LegId, LegIds};
use numbering::{Cause, ClearCause, Digits};
use std::collections::BTreeMap;

#[derive(Debug)]
pub struct Phones {
    pub phones: BTreeMap<Digits, Phone>,
    pub legs: BTreeMap<LegId, PhoneLeg>,
    ids: LegIds,
    /// What was asked of phones and legs, for facts: leg, name of the request.
    pub asked: Vec<(LegId, &'static str)>,
}

#[derive(Clone, Debug)]
pub struct Phone {
    pub registered: bool,
    pub manner: PhoneManner,
}

/// How the person at a phone takes calls.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PhoneManner {
    /// Picks up after so long.
    Answers(Millis),
    /// Lets it ring.
    NoAnswer,
    /// The phone refuses at once: in use, or do not disturb.
    Refuses(Cause),
    /// Picks up in so many of a thousand calls, within ten seconds.
    Sometimes(u32),
}

/// One leg of a phone. It is gone from the table once the box was told that it is released.
#[derive(Clone, Debug)]
pub struct PhoneLeg {
    pub extension: Digits,
    pub state: PhoneState,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PhoneState {
    /// The phone rings.
    Ringing,
    /// The phone dialled and hears ringback or silence.
    Calling,
    Talking,
    /// The box ended it; its last word is on the way, and the phone is free for the next call.
    Over,
    /// The other side is gone; its user has not put the handset back.
    Hearing(ClearCause),
}

impl Phones {
    pub fn new() -> Phones {
        Phones { phones: BTreeMap::new(), legs: BTreeMap::new(), ids: LegIds::of(LegIds::SIP), asked: Vec::new() }
    }

    pub fn new_leg(&mut self) -> LegId {
        self.ids.allocate()
    }

    pub fn in_use(&self, extension: &Digits) -> bool {
        self.legs.values().any(|leg| leg.extension == *extension && leg.state != PhoneState::Over)
    }

    /// The legs of a phone, the latest last.
    pub fn legs_of(&self, extension: &Digits) -> Vec<LegId> {
        self.legs.iter().filter(|(_, leg)| leg.extension == *extension).map(|(leg, _)| *leg).collect()
    }

    pub fn ring(&mut self, leg: LegId, extension: Digits) {
        self.legs.insert(leg, PhoneLeg { extension, state: PhoneState::Ringing });
    }

    pub fn set(&mut self, leg: LegId, state: PhoneState) {
        if let Some(known) = self.legs.get_mut(&leg) {
            known.state = state;
        }
    }
}

impl Default for Phones {
    fn default() -> Phones {
        Phones::new()
    }
}
