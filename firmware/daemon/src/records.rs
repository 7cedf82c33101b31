//! What the exchange leaves behind: ledger and call records for the database, changes for the consoles, orders for the recorder.

use clock::WallTime;
use desk::ViewChange;
use exchange::RecordingOrder;
use files::RecorderOrder;
use http_api::LiveFeed;
use identity::RecordingId;
use plan::MediaIndication;
use rtrb::{Consumer, Producer};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use store::{Entry, Store};

/// Recordings that ended and whose size is still to be looked up, at most.
const ENDED: usize = 4096;

/// Where recordings go.
#[derive(Clone, Debug)]
pub struct RecordingPlace {
    pub directory: PathBuf,
    pub utc_offset_minutes: i32,
    /// Recordings that begin from now on are sealed.
    pub sealed: bool,
}

/// A recording that ended.
struct Ended {
    recording: RecordingId,
    millis: u64,
    path: PathBuf,
}

pub struct Records {
    store: Store,
    feed: LiveFeed,
    /// Changes up to this one are in the view that the feed started with.
    shown: u64,
    orders: Producer<RecorderOrder>,
    reports: Consumer<MediaIndication>,
    place: RecordingPlace,
    under_way: BTreeMap<RecordingId, PathBuf>,
    ended: SyncSender<Ended>,
    lost: u64,
}

impl Records {
    /// Starts the thread that looks up the sizes of ended recordings.
    pub fn start(
        store: Store,
        (feed, shown): (LiveFeed, u64),
        (orders, reports): (Producer<RecorderOrder>, Consumer<MediaIndication>),
        place: RecordingPlace,
    ) -> std::io::Result<Records> {
        let (ended, sizes) = sync_channel(ENDED);
        let kept = store.clone();
        std::thread::Builder::new().name("sizes".into()).spawn(move || look_up_sizes(&sizes, &kept))?;
        Ok(Records { store, feed, shown, orders, reports, place, under_way: BTreeMap::new(), ended, lost: 0 })
    }

    pub fn leave(&mut self, entry: Entry) {
        // The store counts what it has no room for: its health says so.
        self.store.record(entry).ok();
    }

    pub fn show(&mut self, change: ViewChange) {
        if change.seq > self.shown {
            self.feed.publish(change);
        }
    }

    pub fn order(&mut self, at: WallTime, order: &RecordingOrder) {
        let order = match *order {
            RecordingOrder::Start { recording, call } => {
                let RecordingPlace { directory, utc_offset_minutes, sealed } = &self.place;
                // The database keeps places within the folder of recordings, which may be moved.
                let within = files::recording_place(recording, at, *utc_offset_minutes, *sealed);
                let path = directory.join(&within);
                self.leave(Entry::RecordingStarted { recording, call, path: within });
                self.under_way.insert(recording, path);
                RecorderOrder::Start { recording, at }
            }
            RecordingOrder::Stop { recording } => RecorderOrder::Stop { recording },
            RecordingOrder::Pause { recording } => RecorderOrder::Pause { recording },
            RecordingOrder::Resume { recording } => RecorderOrder::Resume { recording },
        };
        self.hand(order);
    }

    /// New settings for recordings that begin from now on.
    pub fn configure(&mut self, config: files::RecorderConfig) {
        self.place.utc_offset_minutes = config.utc_offset_minutes;
        self.place.sealed = config.seal;
        self.hand(RecorderOrder::Configure(config));
    }

    fn hand(&mut self, order: RecorderOrder) {
        if self.orders.push(order).is_err() {
            self.lost += 1;
        }
    }

    /// The recorder's next report.
    pub fn poll(&mut self) -> Option<MediaIndication> {
        let report = self.reports.pop().ok()?;
        if let MediaIndication::RecordingClosed { recording, millis } = report
            && let Some(path) = self.under_way.remove(&recording)
            && self.ended.try_send(Ended { recording, millis, path }).is_err()
        {
            self.lost += 1;
        }
        Some(report)
    }

    /// Orders and sizes that found a queue full.
    pub fn lost(&self) -> u64 {
        self.lost
    }
}

/// Off the exchange thread, for a disk may take its time to answer.
fn look_up_sizes(ended: &Receiver<Ended>, store: &Store) {
    while let Ok(Ended { recording, millis, path }) = ended.recv() {
        // A change of the settings while it began decides which of the two it is.
        let path = if path.is_file() { path } else { path.with_extension("wav") };
        let bytes = match std::fs::metadata(&path) {
            Ok(about) => about.len(),
            Err(problem) => {
                tracing::error!(%recording, path = %path.display(), %problem, "an ended recording cannot be found");
                0
            }
        };
        if store.record(Entry::RecordingEnded { recording, millis, bytes }).is_err() {
            tracing::error!(%recording, "the end of a recording is not in the database: its queue is full");
        }
    }
}
