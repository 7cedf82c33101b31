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
    /// Of all volumes, the first first.
    pub directories: Vec<PathBuf>,
    pub utc_offset_minutes: i32,
    /// Recordings that begin from now on are sealed.
    pub sealed: bool,
}

/// A recording that ended.
struct Ended {
    recording: RecordingId,
    millis: u64,
    place: String,
}

pub struct Records {
    store: Store,
    feed: LiveFeed,
    /// Changes up to this one are in the view that the feed started with.
    shown: u64,
    orders: Producer<RecorderOrder>,
    reports: Consumer<MediaIndication>,
    place: RecordingPlace,
    /// Where they are expected to be, on whichever volume.
    under_way: BTreeMap<RecordingId, String>,
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
        let (kept, directories) = (store.clone(), place.directories.clone());
        std::thread::Builder::new().name("sizes".into()).spawn(move || look_up_sizes(&sizes, &kept, &directories))?;
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
                let RecordingPlace { utc_offset_minutes, sealed, .. } = &self.place;
                // The database keeps places within the folder of recordings, which may be moved.
                let within = files::recording_place(recording, at, *utc_offset_minutes, *sealed);
                self.leave(Entry::RecordingStarted { recording, call, path: within.clone() });
                self.under_way.insert(recording, within);
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
            && let Some(place) = self.under_way.remove(&recording)
            && self.ended.try_send(Ended { recording, millis, place }).is_err()
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
fn look_up_sizes(ended: &Receiver<Ended>, store: &Store, volumes: &[PathBuf]) {
    while let Ok(Ended { recording, millis, place }) = ended.recv() {
        let bytes = match find(volumes, &place) {
            Some((path, bytes)) => {
                if path != place && store.record(Entry::RecordingPlaced { recording, path }).is_err() {
                    tracing::error!(%recording, "the place of a recording is not in the database: its queue is full");
                }
                bytes
            }
            None => {
                tracing::error!(%recording, place, "an ended recording cannot be found");
                0
            }
        };
        if store.record(Entry::RecordingEnded { recording, millis, bytes }).is_err() {
            tracing::error!(%recording, "the end of a recording is not in the database: its queue is full");
        }
    }
}

/// Where a recording is, as the database keeps it (from the root if it is not on the first volume), and its size. A change of the settings while it
/// began may have made it a file of the other kind.
fn find(volumes: &[PathBuf], place: &str) -> Option<(String, u64)> {
    let places =
        [PathBuf::from(place), PathBuf::from(place).with_extension("wav"), PathBuf::from(place).with_extension("fcr")];
    for (number, volume) in volumes.iter().enumerate() {
        for place in &places {
            let path = volume.join(place);
            if let Ok(about) = std::fs::metadata(&path) {
                let told = if number == 0 { place } else { &path };
                return Some((told.to_string_lossy().into_owned(), about.len()));
            }
        }
    }
    None
}
