//! Calls over digital lines that do not say whether they were answered: what is heard on the speech path says so, as it does on an analog line.
//!
//! | heard | told |
//! |---|---|
//! | who or what is there, each opinion | `Sounds` |
//! | a person, a machine, a facsimile machine, nobody who speaks | `Answered`, if the line has not said so by then |
//! | busy, congestion, special information, before an answer | `Disconnecting`, with the cause |
//! | busy, congestion, after it | `Disconnecting`, normal clearing: such a line does not say either that the far end hung up |

use crate::rings::ToCard;
use identity::LegId;
use legs::LegIndication;
use numbering::{Cause, CauseLocation, ClearCause, FarParty};
use std::collections::BTreeMap;

/// What the ear of a timeslot tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum SlotSounds {
    Party(FarParty),
    Busy,
    Congestion,
    SpecialInformation,
}

/// Outgoing calls of a span that is listened to.
#[derive(Debug, Default)]
pub(crate) struct BySound {
    calls: BTreeMap<LegId, Listened>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Listened {
    /// The timeslot whose ear is open.
    slot: Option<u8>,
    answered: bool,
    over: bool,
}

impl BySound {
    pub(crate) fn set_up(&mut self, leg: LegId) {
        self.calls.insert(leg, Listened::default());
    }

    /// What the line's signalling says of a leg. False: the exchange knows it already. `slot`: the one that the leg has now.
    pub(crate) fn indicated(&mut self, leg: LegId, said: &LegIndication, slot: Option<u8>) -> (bool, Option<ToCard>) {
        let Some(call) = self.calls.get_mut(&leg) else { return (true, None) };
        match said {
            LegIndication::Proceeding
            | LegIndication::Alerting { .. }
            | LegIndication::Progress { .. }
            | LegIndication::CircuitChanged { .. } => (true, call.open(slot)),
            LegIndication::Answered { .. } => (!std::mem::replace(&mut call.answered, true), call.open(slot)),
            LegIndication::Disconnecting { .. } => (!std::mem::replace(&mut call.over, true), None),
            LegIndication::Released { .. } => {
                let closed = self.calls.remove(&leg).and_then(|call| call.slot);
                (true, closed.map(|slot| ToCard::Ear { slot, open: false }))
            }
            _ => (true, None),
        }
    }

    /// What is heard on a timeslot, in the words of its leg; true: the line's signalling is to know that it was answered.
    pub(crate) fn heard(&mut self, slot: u8, sounds: SlotSounds) -> Option<(LegId, Vec<LegIndication>, bool)> {
        let (leg, call) = self.calls.iter_mut().find(|(_, call)| call.slot == Some(slot) && !call.over)?;
        let (mut told, mut answered) = (Vec::new(), false);
        let cause = match sounds {
            SlotSounds::Party(like) => {
                told.push(LegIndication::Sounds { like });
                if like.is_answered() && !call.answered {
                    call.answered = true;
                    answered = true;
                    told.push(LegIndication::Answered { connected: None });
                }
                None
            }
            SlotSounds::SpecialInformation if call.answered => None,
            SlotSounds::Busy | SlotSounds::Congestion if call.answered => Some(Cause::NormalClearing),
            SlotSounds::Busy => Some(Cause::UserBusy),
            SlotSounds::Congestion => Some(Cause::SwitchingCongestion),
            SlotSounds::SpecialInformation => Some(Cause::UnallocatedNumber),
        };
        if let Some(cause) = cause {
            call.over = true;
            let cause = ClearCause { cause, location: CauseLocation::PublicLocal };
            told.push(LegIndication::Disconnecting { cause, inband: true });
        }
        Some((*leg, told, answered))
    }
}

impl Listened {
    /// The ear of the slot, if it is another than was open.
    fn open(&mut self, slot: Option<u8>) -> Option<ToCard> {
        let slot = slot.filter(|slot| self.slot != Some(*slot))?;
        self.slot = Some(slot);
        Some(ToCard::Ear { slot, open: true })
    }
}
