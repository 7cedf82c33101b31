use std::fmt;

/// Why the database did not do what was asked. The environment's fault, unless it says [`StoreError::Conflict`].
#[derive(Debug)]
pub enum StoreError {
    /// SQLite says so: disk full, file unreadable, database damaged.
    Database(rusqlite::Error),
    /// A stored value cannot be read back: another version wrote it, or the file is damaged.
    Unreadable(String),
    /// Based on another version than the newest.
    Conflict { newest: u32 },
    /// The writer thread is gone or its queue is full.
    Busy,
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::Database(problem) => write!(f, "database: {problem}"),
            StoreError::Unreadable(what) => write!(f, "stored value cannot be read: {what}"),
            StoreError::Conflict { newest } => write!(f, "somebody else changed it: version {newest} is newer"),
            StoreError::Busy => f.write_str("the database's queue is full"),
        }
    }
}

impl std::error::Error for StoreError {}

impl From<rusqlite::Error> for StoreError {
    fn from(problem: rusqlite::Error) -> StoreError {
        StoreError::Database(problem)
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(problem: serde_json::Error) -> StoreError {
        StoreError::Unreadable(problem.to_string())
    }
}
