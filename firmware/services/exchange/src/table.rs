//! The calls that are up, found by call or by leg, and what the exchange notes beside each.

use crate::flow::Walking;
use calls::{Call, Reason};
use clock::Now;
use identity::{AgentId, CallId, CallIds, GroupId, LegId, LegIds, PlayId, QueueId, RoomId};
use numbering::{ClearCause, Digits};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// More plays than any walk can have in its life.
const PLAYS_OF_A_WALK: u64 = 1 << 20;

/// Calls and legs by their ids.
#[derive(Debug)]
pub(crate) struct Table {
    calls: BTreeMap<CallId, Entry>,
    legs: BTreeMap<LegId, CallId>,
    call_ids: CallIds,
    leg_ids: LegIds,
    play_ids: u64,
}

/// A call and the exchange's notes on it.
#[derive(Debug)]
pub(crate) struct Entry {
    pub call: Call,
    pub visit: Visit,
}

/// What the exchange does for a call beside connecting it.
#[derive(Debug, Default)]
pub(crate) struct Visit {
    pub service: Service,
    /// Titles of the flow nodes passed, newest last.
    pub path: VecDeque<String>,
    /// Keys pressed in flows.
    pub keyed: Digits,
    /// The language that the caller chose in a flow.
    pub language: Option<settings::Language>,
    pub queue: Option<QueueId>,
    /// Since when the caller waits, if a transfer brings it back to a queue.
    pub waits_since: Option<Now>,
    /// Agents whose after-call work belongs to this call.
    pub wrap_ups: BTreeSet<AgentId>,
    /// The pair that talked when last looked at.
    pub joined: Option<(LegId, LegId)>,
    /// An agent has talked in it: it is recorded for its whole life, whoever talks later.
    pub agents_call: bool,
    /// The stage that the trace knows.
    pub stage: &'static str,
    /// The limit that runs on the call's stage.
    pub limit: Option<Limit>,
    /// Services that sent the call on: bounded against loops.
    pub hops: u8,
    /// Tries to bring the party back to somebody since it last talked.
    pub recalls: u8,
    /// The room that it was in when last looked at.
    pub room: Option<RoomId>,
    /// What a telephone at a port has dialled while it holds somebody.
    pub second_call: Digits,
    /// What is to be done once the house's own telephone answered.
    pub errand: Option<Errand>,
    /// The call is over and its last record but for after-call work is written.
    pub closed: bool,
}

/// Which service has the call.
#[derive(Debug, Default)]
pub(crate) enum Service {
    #[default]
    None,
    /// Digits are collected.
    Collecting {
        digits: Digits,
        complete: bool,
        asked: bool,
    },
    Flow(Box<Walking>),
    Queue {
        queue: QueueId,
        announcing: Option<PlayId>,
    },
    /// Who is to take the party back did not: it waits with music until that telephone is tried again.
    Returning {
        back: Digits,
    },
    /// The PIN of a room is being keyed.
    Entering {
        room: RoomId,
        keyed: Digits,
        tries: u8,
    },
    /// A last announcement; then the call is released.
    Farewell {
        play: PlayId,
        cause: ClearCause,
    },
}

/// What limits the time that a call stays in its stage.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Limit {
    /// This leg may ring so long.
    Answer(LegId),
    /// So long, then the caller goes back to who transferred it.
    Recall(LegId),
    Hold(LegId),
    Park,
    Inband(LegId),
    /// So long, then the party is brought back again: the number of the try.
    Return(u8),
    /// To key a PIN: the number of the try.
    Pin(u8),
}

/// Why the house rings one of its own telephones.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Errand {
    Dial(Digits),
    Unpark(CallId),
    Meet(RoomId),
}

/// An outgoing call over trunks, and what is left to try.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    pub groups: Arc<[GroupId]>,
    /// The group that is tried now.
    pub group: usize,
    pub number: Digits,
    /// An emergency call: every group is tried.
    pub emergency: bool,
    pub purpose: Purpose,
}

impl Attempt {
    /// Whether the next group is to be tried after this cause.
    pub fn goes_on(&self, cause: ClearCause) -> bool {
        if self.emergency { routing::must_try_next(cause) } else { routing::may_try_next(cause) }
    }
}

/// For whom an outgoing leg is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Purpose {
    Ring { from: LegId, why: Reason },
    Consult { by: LegId },
}

impl Table {
    pub fn new() -> Table {
        Table {
            calls: BTreeMap::new(),
            legs: BTreeMap::new(),
            call_ids: CallIds::default(),
            leg_ids: LegIds::of(LegIds::EXCHANGE),
            play_ids: 0,
        }
    }

    pub fn new_call(&mut self, now: Now) -> CallId {
        self.call_ids.allocate(now.wall.0)
    }

    pub fn new_leg(&mut self) -> LegId {
        self.leg_ids.allocate()
    }

    pub fn new_play(&mut self) -> PlayId {
        self.play_ids += 1;
        PlayId(self.play_ids)
    }

    /// Numbers for the plays of one walk, which counts on from the first.
    pub fn reserve_plays(&mut self) -> PlayId {
        let first = PlayId(self.play_ids + 1);
        self.play_ids += PLAYS_OF_A_WALK;
        first
    }

    pub fn insert(&mut self, call: Call) {
        for leg in call.legs() {
            self.legs.insert(leg.id, call.id);
        }
        self.calls.insert(call.id, Entry { call, visit: Visit::default() });
    }

    pub fn remove(&mut self, call: CallId) -> Option<Entry> {
        self.calls.remove(&call)
    }

    pub fn bind(&mut self, leg: LegId, call: CallId) {
        self.legs.insert(leg, call);
    }

    pub fn unbind(&mut self, leg: LegId) {
        self.legs.remove(&leg);
    }

    pub fn of_leg(&self, leg: LegId) -> Option<CallId> {
        self.legs.get(&leg).copied()
    }

    pub fn get(&self, call: CallId) -> Option<&Entry> {
        self.calls.get(&call)
    }

    pub fn get_mut(&mut self, call: CallId) -> Option<&mut Entry> {
        self.calls.get_mut(&call)
    }

    pub fn call(&self, call: CallId) -> Option<&Call> {
        self.calls.get(&call).map(|entry| &entry.call)
    }

    pub fn iter(&self) -> impl Iterator<Item = (CallId, &Entry)> {
        self.calls.iter().map(|(id, entry)| (*id, entry))
    }

    pub fn len(&self) -> usize {
        self.calls.len()
    }

    pub fn legs(&self) -> impl Iterator<Item = (LegId, CallId)> + '_ {
        self.legs.iter().map(|(leg, call)| (*leg, *call))
    }
}
