//! The index of recordings: where each is, which must not be deleted, which may be.

use crate::audit::AuditRow;
use crate::error::StoreError;
use crate::writer::Store;
use clock::WallTime;
use identity::{CallId, RecordingId};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;

/// Why a recording must not be deleted, whatever its age.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Hold {
    pub since: WallTime,
    /// Who set it.
    pub by: String,
    pub why: String,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RecordingRow {
    pub id: RecordingId,
    pub call: CallId,
    /// Within the folder of recordings; on another volume from the root.
    #[serde(skip)]
    pub path: String,
    /// None while it is being recorded.
    pub millis: Option<u64>,
    pub bytes: Option<u64>,
    pub hold: Option<Hold>,
    pub deleted: Option<WallTime>,
}

const COLUMNS: &str = "recording, call, path, millis, bytes, held, held_by, held_why, deleted";

fn read(row: &Row<'_>) -> rusqlite::Result<RecordingRow> {
    let held: Option<i64> = row.get(5)?;
    let hold = match held {
        Some(since) => {
            let (by, why): (Option<String>, Option<String>) = (row.get(6)?, row.get(7)?);
            Some(Hold { since: WallTime(since), by: by.unwrap_or_default(), why: why.unwrap_or_default() })
        }
        None => None,
    };
    Ok(RecordingRow {
        id: RecordingId(row.get::<_, i64>(0)? as u64),
        call: CallId(row.get::<_, i64>(1)? as u64),
        path: row.get(2)?,
        millis: row.get::<_, Option<i64>>(3)?.map(|n| n as u64),
        bytes: row.get::<_, Option<i64>>(4)?.map(|n| n as u64),
        hold,
        deleted: row.get::<_, Option<i64>>(8)?.map(WallTime),
    })
}

fn recordings_where(connection: &Connection, column: &str, id: u64) -> Result<Vec<RecordingRow>, StoreError> {
    let text = format!("SELECT {COLUMNS} FROM recordings WHERE {column} = ?1 ORDER BY recording");
    let mut statement = connection.prepare_cached(&text)?;
    let rows = statement.query_map([id as i64], read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A volume's recordings have paths that begin so; those of the first have paths that do not begin with a slash.
fn of_volume(volume: &str) -> &'static str {
    if volume.is_empty() { "substr(path, 1, 1) <> '/' AND ?1 = ''" } else { "substr(path, 1, length(?1)) = ?1" }
}

impl Store {
    pub fn recordings(&self, call: CallId) -> Result<Vec<RecordingRow>, StoreError> {
        self.read(|connection| recordings_where(connection, "call", call.0))
    }

    pub fn recording(&self, recording: RecordingId) -> Result<Option<RecordingRow>, StoreError> {
        self.read(|connection| Ok(recordings_where(connection, "recording", recording.0)?.pop()))
    }

    /// The oldest recordings on a volume that nothing forbids to delete, below an id if one is given: ids sort by time of birth. The first
    /// volume is called "", the others by their folders.
    pub fn deletable_recordings(
        &self,
        volume: &str,
        below: Option<RecordingId>,
        count: u32,
    ) -> Result<Vec<RecordingRow>, StoreError> {
        let below = below.map_or(i64::MAX, |id| i64::try_from(id.0).unwrap_or(i64::MAX));
        self.read(|connection| {
            let text = format!(
                "SELECT {COLUMNS} FROM recordings WHERE deleted IS NULL AND millis IS NOT NULL AND held IS NULL
                 AND recording < ?2 AND {} ORDER BY recording LIMIT ?3",
                of_volume(volume)
            );
            let mut statement = connection.prepare_cached(&text)?;
            let rows = statement.query_map(params![volume, below, count], read)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Octets of the recordings on a volume.
    pub fn recorded_octets(&self, volume: &str) -> Result<u64, StoreError> {
        self.read(|connection| {
            let text = format!(
                "SELECT coalesce(sum(bytes), 0) FROM recordings WHERE deleted IS NULL AND {}",
                of_volume(volume)
            );
            let octets: i64 = connection.prepare_cached(&text)?.query_row([volume], |row| row.get(0))?;
            Ok(octets.max(0) as u64)
        })
    }

    /// A recording's file is about to be deleted. False: it is held, was deleted before, or is none.
    pub fn recording_deleted(&self, recording: RecordingId, at: WallTime, why: &str) -> Result<bool, StoreError> {
        let why = why.to_owned();
        self.write(move |transaction| {
            let text = "UPDATE recordings SET deleted = ?2, deleted_why = ?3 WHERE recording = ?1
                        AND deleted IS NULL AND held IS NULL AND millis IS NOT NULL";
            Ok(transaction.execute(text, params![recording.0 as i64, at.0, why])? > 0)
        })
    }

    /// Its file could not be deleted.
    pub fn recording_kept(&self, recording: RecordingId) -> Result<(), StoreError> {
        self.write(move |transaction| {
            let text = "UPDATE recordings SET deleted = NULL, deleted_why = NULL WHERE recording = ?1";
            transaction.execute(text, [recording.0 as i64])?;
            Ok(())
        })
    }

    /// Sets a hold, or takes it away, with its line in the audit log. False: no such recording, or it is deleted.
    pub fn hold_recording(
        &self,
        recording: RecordingId,
        hold: Option<Hold>,
        audit: AuditRow,
    ) -> Result<bool, StoreError> {
        self.write(move |transaction| {
            let (since, by, why) = hold.map_or((None, None, None), |h| (Some(h.since.0), Some(h.by), Some(h.why)));
            let changed = transaction
                .query_row(
                    "UPDATE recordings SET held = ?2, held_by = ?3, held_why = ?4
                     WHERE recording = ?1 AND deleted IS NULL RETURNING recording",
                    params![recording.0 as i64, since, by, why],
                    |row| row.get::<_, i64>(0),
                )
                .optional()?;
            if changed.is_some() {
                crate::audit::write(transaction, &audit)?;
            }
            Ok(changed.is_some())
        })
    }
}
