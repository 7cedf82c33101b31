use identity::LegId;
use q931::CallHandle;
use std::collections::BTreeMap;

/// Whose data link: the TEI at a network with terminals, else [`SOLE`].
pub(crate) type Terminal = u8;

/// The only one there is: the line point to point, or the network seen from a terminal.
pub(crate) const SOLE: Terminal = 0;

/// What a leg is on this interface.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Party {
    Call {
        terminal: Terminal,
        call: CallHandle,
    },
    /// A call to all terminals that none has answered yet, by its call reference.
    Broadcast(u16),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stage {
    /// We sent SETUP and have no answer: the channel is not ours for sure.
    Negotiating,
    Settled,
    /// We refused the channel that the peer chose: the exchange hears nothing more but the release.
    Refused,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Leg {
    pub(crate) party: Party,
    /// None: lost to the network's call by glare, and no other named yet.
    pub(crate) slot: Option<u8>,
    pub(crate) stage: Stage,
}

/// Legs and calls, each found by the other.
#[derive(Debug, Default)]
pub(crate) struct LegTable {
    legs: BTreeMap<LegId, Leg>,
    by_call: BTreeMap<(Terminal, CallHandle), LegId>,
}

impl LegTable {
    pub(crate) fn insert(&mut self, id: LegId, leg: Leg) {
        if let Party::Call { terminal, call } = leg.party {
            self.by_call.insert((terminal, call), id);
        }
        self.legs.insert(id, leg);
    }

    pub(crate) fn get(&self, id: LegId) -> Option<&Leg> {
        self.legs.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: LegId) -> Option<&mut Leg> {
        self.legs.get_mut(&id)
    }

    pub(crate) fn leg_of(&self, terminal: Terminal, call: CallHandle) -> Option<LegId> {
        self.by_call.get(&(terminal, call)).copied()
    }

    /// The call that went to all is this terminal's now, or goes on under another reference.
    pub(crate) fn rebind(&mut self, id: LegId, terminal: Terminal, call: CallHandle) {
        if let Some(leg) = self.legs.get_mut(&id) {
            if let Party::Call { terminal, call } = leg.party {
                self.by_call.remove(&(terminal, call));
            }
            leg.party = Party::Call { terminal, call };
            self.by_call.insert((terminal, call), id);
        }
    }

    pub(crate) fn remove(&mut self, id: LegId) -> Option<Leg> {
        let leg = self.legs.remove(&id)?;
        if let Party::Call { terminal, call } = leg.party {
            self.by_call.remove(&(terminal, call));
        }
        Some(leg)
    }

    pub(crate) fn each(&self) -> impl Iterator<Item = (LegId, Option<u8>)> + '_ {
        self.legs.iter().map(|(id, leg)| (*id, leg.slot))
    }

    pub(crate) fn len(&self) -> usize {
        self.legs.len()
    }
}
