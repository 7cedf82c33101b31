//! Who did what: append-only.

use crate::error::StoreError;
use crate::writer::Store;
use clock::WallTime;
use rusqlite::params;
use serde::Serialize;

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct AuditRow {
    pub at: WallTime,
    /// Login, or `-` before log-in.
    pub actor: String,
    /// Where the request came from.
    pub source: String,
    /// `log_in`, `settings`, `play_recording`...
    pub action: String,
    pub detail: String,
}

impl Store {
    pub fn audit(&self, row: AuditRow) -> Result<(), StoreError> {
        self.write(move |transaction| {
            transaction.execute(
                "INSERT INTO audit (at, actor, source, action, detail) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![row.at.0, row.actor, row.source, row.action, row.detail],
            )?;
            Ok(())
        })
    }

    /// Newest first, with how many there are.
    pub fn audit_page(&self, page: u32, per_page: u32) -> Result<(u64, Vec<AuditRow>), StoreError> {
        self.read(|connection| {
            let total: i64 = connection.query_row("SELECT count(*) FROM audit", [], |row| row.get(0))?;
            let text = "SELECT at, actor, source, action, detail FROM audit ORDER BY id DESC LIMIT ?1 OFFSET ?2";
            let offset = i64::from(page.saturating_sub(1)) * i64::from(per_page);
            let mut statement = connection.prepare_cached(text)?;
            let rows = statement.query_map([i64::from(per_page), offset], |row| {
                Ok(AuditRow {
                    at: WallTime(row.get(0)?),
                    actor: row.get(1)?,
                    source: row.get(2)?,
                    action: row.get(3)?,
                    detail: row.get(4)?,
                })
            })?;
            Ok((total as u64, rows.collect::<Result<_, _>>()?))
        })
    }
}
