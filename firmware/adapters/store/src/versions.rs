//! Versions of the settings: each change is a new one, and any old one can be brought back.

use crate::error::StoreError;
use crate::writer::Store;
use clock::WallTime;
use rusqlite::{Connection, OptionalExtension, Row, params};
use settings::{Change, Settings};

#[derive(Clone, PartialEq, Debug)]
pub struct SettingsVersion {
    pub version: u32,
    pub at: WallTime,
    pub author: String,
    pub note: String,
    pub settings: Settings,
    pub changes: Vec<Change>,
}

const COLUMNS: &str = "version, at, author, note, settings, changes";

impl Store {
    /// Makes a new version; refused if `based_on` is not the newest (0: there is none yet).
    pub fn save_settings(&self, based_on: u32, version: SettingsVersion) -> Result<u32, StoreError> {
        let settings = serde_json::to_string(&version.settings)?;
        let changes = serde_json::to_string(&version.changes)?;
        self.write(move |transaction| {
            let newest: u32 =
                transaction.query_row("SELECT coalesce(max(version), 0) FROM settings", [], |row| row.get(0))?;
            if newest != based_on {
                return Err(StoreError::Conflict { newest });
            }
            transaction.execute(
                "INSERT INTO settings (version, at, author, note, settings, changes) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![newest + 1, version.at.0, version.author, version.note, settings, changes],
            )?;
            Ok(newest + 1)
        })
    }

    pub fn newest_settings(&self) -> Result<Option<SettingsVersion>, StoreError> {
        self.read(|connection| one(connection, "ORDER BY version DESC LIMIT 1", 0))
    }

    pub fn settings_version(&self, version: u32) -> Result<Option<SettingsVersion>, StoreError> {
        self.read(|connection| one(connection, "WHERE version = ?1", version))
    }

    /// Newest first, with how many there are.
    pub fn settings_history(&self, page: u32, per_page: u32) -> Result<(u32, Vec<SettingsVersion>), StoreError> {
        self.read(|connection| {
            let total = connection.query_row("SELECT count(*) FROM settings", [], |row| row.get(0))?;
            let text = format!("SELECT {COLUMNS} FROM settings ORDER BY version DESC LIMIT ?1 OFFSET ?2");
            let mut statement = connection.prepare_cached(&text)?;
            let offset = i64::from(page.saturating_sub(1)) * i64::from(per_page);
            let mut rows = statement.query([i64::from(per_page), offset])?;
            let mut versions = Vec::new();
            while let Some(row) = rows.next()? {
                versions.push(read(row)?);
            }
            Ok((total, versions))
        })
    }
}

fn one(connection: &Connection, which: &str, version: u32) -> Result<Option<SettingsVersion>, StoreError> {
    let text = format!("SELECT {COLUMNS} FROM settings {which}");
    let mut statement = connection.prepare_cached(&text)?;
    let found = if which.contains("?1") {
        statement.query_row([version], |row| Ok(read(row))).optional()?
    } else {
        statement.query_row([], |row| Ok(read(row))).optional()?
    };
    found.transpose()
}

fn read(row: &Row<'_>) -> Result<SettingsVersion, StoreError> {
    let settings: String = row.get(4)?;
    let changes: String = row.get(5)?;
    Ok(SettingsVersion {
        version: row.get(0)?,
        at: WallTime(row.get(1)?),
        author: row.get(2)?,
        note: row.get(3)?,
        settings: serde_json::from_str(&settings)?,
        changes: serde_json::from_str(&changes)?,
    })
}
