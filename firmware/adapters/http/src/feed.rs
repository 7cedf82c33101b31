//! The live view as consoles see it: a snapshot, and the changes after it.

use desk::{EntityId, EntityView, LiveView, ViewChange};
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// Changes kept for consoles that come back after a broken connection.
const KEPT: usize = 20_000;

/// Changes on their way from the exchange's thread at most.
const QUEUE: usize = 65_536;

/// What a console gets that asks for changes after a sequence number.
#[derive(Clone, Debug)]
pub enum Since {
    Changes(Vec<Arc<ViewChange>>),
    /// Too old or from another run: start anew.
    Gone,
}

/// Takes changes from the exchange without making it wait, and keeps them for the consoles.
#[derive(Clone)]
pub struct LiveFeed {
    inlet: SyncSender<ViewChange>,
    shared: Arc<Mutex<Shared>>,
    newest: watch::Receiver<u64>,
    lost: Arc<AtomicU64>,
}

#[derive(Default)]
struct Shared {
    seq: u64,
    entities: BTreeMap<EntityId, EntityView>,
    changes: VecDeque<Arc<ViewChange>>,
}

impl LiveFeed {
    /// Starts with what the exchange shows now.
    ///
    /// Sequence numbers go on from the time of the start in microseconds: those of an earlier run are all lower, so that no console
    /// takes this run's changes for the rest of that one's. They stay below 2^53, JavaScript's whole numbers.
    pub fn start(mut view: LiveView) -> std::io::Result<LiveFeed> {
        let base = wallclock::wall().0.max(0) as u64 * 1000;
        view.seq += base;
        let (inlet, changes) = sync_channel(QUEUE);
        let (announce, newest) = watch::channel(view.seq);
        let shared = Arc::new(Mutex::new(Shared::of(view)));
        let kept = shared.clone();
        std::thread::Builder::new().name("live".to_owned()).spawn(move || keep(base, &changes, &kept, &announce))?;
        Ok(LiveFeed { inlet, shared, newest, lost: Arc::default() })
    }

    /// Called by the exchange's thread: never waits. A change that finds the queue full is lost and counted; the entity's next
    /// change carries its whole state again.
    pub fn publish(&self, change: ViewChange) {
        if self.inlet.try_send(change).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    pub fn snapshot(&self) -> LiveView {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner).view()
    }

    pub(crate) fn since(&self, seq: u64) -> Since {
        let shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        if seq > shared.seq {
            return Since::Gone;
        }
        match shared.changes.front() {
            Some(oldest) if oldest.seq <= seq + 1 => {
                let skip = shared.changes.partition_point(|change| change.seq <= seq);
                Since::Changes(shared.changes.iter().skip(skip).cloned().collect())
            }
            _ if seq == shared.seq => Since::Changes(Vec::new()),
            _ => Since::Gone,
        }
    }

    /// Tells when there is something newer.
    pub(crate) fn newest(&self) -> watch::Receiver<u64> {
        self.newest.clone()
    }
}

fn keep(base: u64, changes: &Receiver<ViewChange>, shared: &Mutex<Shared>, announce: &watch::Sender<u64>) {
    while let Ok(mut change) = changes.recv() {
        change.seq += base;
        let seq = change.seq;
        shared.lock().unwrap_or_else(PoisonError::into_inner).apply(change);
        announce.send_replace(seq);
    }
}

impl Shared {
    fn of(view: LiveView) -> Shared {
        let mut entities = BTreeMap::new();
        for span in view.spans {
            entities.insert(EntityId::Span(span.id), EntityView::Span(span));
        }
        for queue in view.queues {
            entities.insert(EntityId::Queue(queue.id), EntityView::Queue(queue));
        }
        for agent in view.agents {
            entities.insert(EntityId::Agent(agent.id), EntityView::Agent(agent));
        }
        for call in view.calls {
            entities.insert(EntityId::Call(call.id), EntityView::Call(call));
        }
        for extension in view.extensions {
            entities.insert(EntityId::Extension(extension.number.clone()), EntityView::Extension(extension));
        }
        for room in view.rooms {
            entities.insert(EntityId::Room(room.id), EntityView::Room(room));
        }
        for alarm in view.alarms {
            entities.insert(EntityId::Alarm(alarm.id), EntityView::Alarm(alarm));
        }
        Shared { seq: view.seq, entities, changes: VecDeque::new() }
    }

    fn apply(&mut self, change: ViewChange) {
        self.seq = change.seq;
        match &change.view {
            Some(view) => self.entities.insert(change.id.clone(), view.clone()),
            None => self.entities.remove(&change.id),
        };
        if self.changes.len() == KEPT {
            self.changes.pop_front();
        }
        self.changes.push_back(Arc::new(change));
    }

    fn view(&self) -> LiveView {
        let mut view = LiveView { seq: self.seq, ..LiveView::default() };
        for entity in self.entities.values() {
            match entity.clone() {
                EntityView::Span(span) => view.spans.push(span),
                EntityView::Queue(queue) => view.queues.push(queue),
                EntityView::Agent(agent) => view.agents.push(agent),
                EntityView::Call(call) => view.calls.push(call),
                EntityView::Extension(extension) => view.extensions.push(extension),
                EntityView::Alarm(alarm) => view.alarms.push(alarm),
                EntityView::Room(room) => view.rooms.push(room),
            }
        }
        view
    }
}
