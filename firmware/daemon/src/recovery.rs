//! What a crash or a power cut left: calls that were up, and recordings in the making.

use crate::trouble::Trouble;
use clock::WallTime;
use std::path::{Path, PathBuf};
use store::{Entry, Store};

/// Closes the ledgers that are open as interrupted, and finishes recordings. Returns how many of each.
pub fn recover(
    store: &Store,
    (volumes, keys): (&[(String, PathBuf)], &files::Keys),
    now: WallTime,
) -> Result<(usize, usize), Trouble> {
    let calls = close_ledgers(store, now)?;
    let mut recordings = 0;
    for (name, directory) in volumes {
        match files::recover(directory, Some(keys)) {
            Ok(recovered) => recordings += finish(store, (name, directory), recovered),
            Err(problem) if name.is_empty() => return Err(Trouble::file(directory, problem)),
            // A disk that is not there: its recordings wait for it.
            Err(problem) => {
                tracing::error!(path = %directory.display(), %problem, "a volume of recordings cannot be read");
            }
        }
    }
    store.flush()?;
    Ok((calls, recordings))
}

fn finish(store: &Store, (volume, directory): (&str, &Path), recovered: files::Recovered) -> usize {
    if recovered.damaged_octets > 0 {
        tracing::error!(octets = recovered.damaged_octets, "part of the recordings' journal cannot be read");
    }
    for (recording, problem) in &recovered.failed {
        tracing::error!(%recording, %problem, "a recording stays in the journal: its file cannot be written");
    }
    for (recording, millis) in &recovered.recordings {
        let path = files::find_recording(directory, *recording);
        let bytes = path.as_ref().and_then(|path| std::fs::metadata(path).ok()).map_or(0, |about| about.len());
        if let Some(path) = path {
            let within = if volume.is_empty() { path.strip_prefix(directory).unwrap_or(&path) } else { &path };
            let path = within.to_string_lossy().into_owned();
            store.record(Entry::RecordingPlaced { recording: *recording, path }).ok();
        }
        store.record(Entry::RecordingEnded { recording: *recording, millis: *millis, bytes }).ok();
    }
    recovered.recordings.len()
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
