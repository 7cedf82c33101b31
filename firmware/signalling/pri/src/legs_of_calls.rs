use identity::LegId;
use q931::CallHandle;
use std::collections::BTreeMap;

/// What this layer knows of one leg.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leg {
    pub(crate) call: CallHandle,
    /// None: lost to the network's call by glare, and no other named yet.
    pub(crate) slot: Option<u8>,
    pub(crate) stage: Stage,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stage {
    /// We sent SETUP and have no answer: the channel is not ours for sure.
    Negotiating,
    Settled,
    /// We refused the channel that the peer chose: the exchange hears nothing more but the release.
    Refused,
}

/// Legs and calls of a span, each found by the other.
#[derive(Debug, Default)]
pub(crate) struct LegTable {
    legs: BTreeMap<LegId, Leg>,
    by_call: BTreeMap<CallHandle, LegId>,
}

impl LegTable {
    pub(crate) fn insert(&mut self, id: LegId, leg: Leg) {
        self.by_call.insert(leg.call, id);
        self.legs.insert(id, leg);
    }

    pub(crate) fn contains(&self, id: LegId) -> bool {
        self.legs.contains_key(&id)
    }

    pub(crate) fn call_of(&self, id: LegId) -> Option<CallHandle> {
        self.legs.get(&id).map(|leg| leg.call)
    }

    pub(crate) fn leg_of(&self, call: CallHandle) -> Option<LegId> {
        self.by_call.get(&call).copied()
    }

    pub(crate) fn get_mut(&mut self, id: LegId) -> Option<&mut Leg> {
        self.legs.get_mut(&id)
    }

    /// The call goes on under another handle (suspended, resumed).
    pub(crate) fn rebind(&mut self, leg: LegId, call: CallHandle) {
        if let Some(known) = self.legs.get_mut(&leg) {
            self.by_call.remove(&known.call);
            known.call = call;
            self.by_call.insert(call, leg);
        }
    }

    pub(crate) fn remove(&mut self, id: LegId) -> Option<Leg> {
        let leg = self.legs.remove(&id)?;
        self.by_call.remove(&leg.call);
        Some(leg)
    }

    pub(crate) fn each(&self) -> impl Iterator<Item = (LegId, Option<u8>)> + '_ {
        self.legs.iter().map(|(id, leg)| (*id, leg.slot))
    }

    pub(crate) fn slots(&self) -> impl Iterator<Item = (LegId, u8)> + '_ {
        self.legs.iter().filter_map(|(id, leg)| leg.slot.map(|slot| (*id, slot)))
    }

    pub(crate) fn len(&self) -> usize {
        self.legs.len()
    }
}
