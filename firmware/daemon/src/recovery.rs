//! What a crash or a power cut left: calls that were up, and recordings in the making.

use crate::trouble::Trouble;
use clock::WallTime;
use std::path::Path;
use store::{Entry, Store};

/// Closes the ledgers that are open as interrupted, and finishes recordings. Returns how many of each.
pub fn recover(
    store: &Store,
    (recordings, keys): (&Path, &files::Keys),
    now: WallTime,
) -> Result<(usize, usize), Trouble> {
    let calls = close_ledgers(store, now)?;
    let recovered = files::recover(recordings, Some(keys)).map_err(|problem| Trouble::file(recordings, problem))?;
    if recovered.damaged_octets > 0 {
        tracing::error!(octets = recovered.damaged_octets, "part of the recordings' journal cannot be read");
    }
    for (recording, problem) in &recovered.failed {
        tracing::error!(%recording, %problem, "a recording stays in the journal: its file cannot be written");
    }
    for (recording, millis) in &recovered.recordings {
        let path = files::find_recording(recordings, *recording);
        let bytes = path.and_then(|path| std::fs::metadata(path).ok()).map_or(0, |about| about.len());
        store.record(Entry::RecordingEnded { recording: *recording, millis: *millis, bytes }).ok();
    }
    store.flush()?;
    Ok((calls, recovered.recordings.len()))
}

fn close_ledgers(store: &Store, now: WallTime) -> Result<usize, Trouble> {
    let ledgers = store.open_ledgers()?;
    let calls = ledgers.len();
    for mut records in ledgers {
        if let Some(last) = cdr::interrupted(&records, now) {
            store.record(Entry::Ledger(last.clone())).ok();
            records.push(last);
        }
        match cdr::fold(&records) {
            Ok(record) => {
                store.record(Entry::Cdr(Box::new(record))).ok();
            }
            Err(problem) => tracing::error!(?problem, "the ledger of an interrupted call cannot be read"),
        }
    }
    Ok(calls)
}
