//! Who did what: append-only.

use crate::error::StoreError;
use crate::writer::Store;
use clock::WallTime;
use rusqlite::{Transaction, params};
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

pub(crate) fn write(transaction: &Transaction<'_>, row: &AuditRow) -> Result<(), StoreError> {
    transaction.execute(
        "INSERT INTO audit (at, actor, source, action, detail) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![row.at.0, row.actor, row.source, row.action, row.detail],
    )?;
    Ok(())
}

impl Store {
    pub fn audit(&self, row: AuditRow) -> Result<(), StoreError> {
        self.write(move |transaction| write(transaction, &row))
    }

    /// Newest first, with how many there are.
    pub fn audit_page(&self, page: u32, per_page: u32) -> Result<(u64, Vec<AuditRow>), StoreError> {
        self.audit_found("", page, per_page)
    }

    /// The rows in which `words` stand: as actor, address, action, or in the detail. Empty words stand in every row.
    pub fn audit_found(&self, words: &str, page: u32, per_page: u32) -> Result<(u64, Vec<AuditRow>), StoreError> {
        const FOUND: &str = "?1 = '' OR instr(actor || ' ' || source || ' ' || action || ' ' || detail, ?1) > 0";
        self.read(|connection| {
            let count = format!("SELECT count(*) FROM audit WHERE {FOUND}");
            let total: i64 = connection.query_row(&count, [words], |row| row.get(0))?;
            let text = format!(
                "SELECT at, actor, source, action, detail FROM audit WHERE {FOUND} ORDER BY id DESC LIMIT ?2 OFFSET ?3"
            );
            let offset = i64::from(page.saturating_sub(1)) * i64::from(per_page);
            let mut statement = connection.prepare_cached(&text)?;
            let rows = statement.query_map(params![words, per_page, offset], |row| {
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
