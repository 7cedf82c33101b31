//! What consoles were shown last, what has changed since, and what went wrong.

use circuits::Misuse;
use clock::Monotonic;
use desk::{EntityId, EntityView, LiveView, ViewChange};
use identity::{AgentId, CallId, QueueId, RecordingId, RoomId, SpanId};
use numbering::Digits;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

#[derive(Debug, Default)]
pub(crate) struct Board {
    pub touched: Touched,
    seq: u64,
    shown: BTreeMap<EntityId, EntityView>,
    pub recording_since: BTreeMap<RecordingId, Monotonic>,
    /// Legs and messages that were refused: full, or naming what is not there.
    pub refused: u64,
    /// Recordings that are shorter or longer than the talk they cover.
    pub short_recordings: u64,
    faults: VecDeque<String>,
}

/// What changed within the input that is being handled.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    pub calls: BTreeSet<CallId>,
    pub views: BTreeSet<CallId>,
    pub agents: BTreeSet<AgentId>,
    pub queues: BTreeSet<QueueId>,
    pub rooms: BTreeSet<RoomId>,
    pub spans: BTreeSet<SpanId>,
    pub extensions: BTreeSet<Digits>,
}

/// Faults kept for the support dump.
const MOST_FAULTS: usize = 64;

impl Board {
    /// A fault of ours: kept, counted by the audit, never fatal.
    pub fn fault(&mut self, what: String) {
        if self.faults.len() == MOST_FAULTS {
            self.faults.pop_front();
        }
        self.faults.push_back(what);
    }

    /// A request to the circuits that they refused: a fault of ours, as they only refuse what was not so.
    pub fn misuse(&mut self, misuse: Option<Misuse>) {
        if let Some(misuse) = misuse {
            self.fault(format!("circuits: {misuse:?}"));
        }
    }

    pub fn faults(&self) -> impl Iterator<Item = &str> {
        self.faults.iter().map(String::as_str)
    }

    pub fn shown(&self, id: &EntityId) -> Option<&EntityView> {
        self.shown.get(id)
    }

    /// Rooms that are shown.
    pub fn rooms(&self) -> impl Iterator<Item = RoomId> + '_ {
        self.shown.keys().filter_map(|id| if let EntityId::Room(room) = id { Some(*room) } else { None })
    }

    /// Shows the new view of an entity, if it differs.
    pub fn show(&mut self, id: EntityId, view: Option<EntityView>) -> Option<ViewChange> {
        if self.shown.get(&id) == view.as_ref() {
            return None;
        }
        match &view {
            Some(view) => self.shown.insert(id.clone(), view.clone()),
            None => self.shown.remove(&id),
        };
        self.seq += 1;
        Some(ViewChange { seq: self.seq, id, view })
    }

    pub fn snapshot(&self) -> LiveView {
        let mut live = LiveView { seq: self.seq, ..LiveView::default() };
        for view in self.shown.values() {
            match view.clone() {
                EntityView::Span(view) => live.spans.push(view),
                EntityView::Queue(view) => live.queues.push(view),
                EntityView::Agent(view) => live.agents.push(view),
                EntityView::Call(view) => live.calls.push(view),
                EntityView::Extension(view) => live.extensions.push(view),
                EntityView::Alarm(view) => live.alarms.push(view),
                EntityView::Room(view) => live.rooms.push(view),
            }
        }
        live
    }
}
