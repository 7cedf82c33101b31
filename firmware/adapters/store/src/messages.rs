//! For whose owners messages wait, kept over a restart.

use crate::error::StoreError;
use crate::writer::Store;
use numbering::Digits;
use rusqlite::Transaction;

pub(crate) fn write(transaction: &Transaction<'_>, extension: &Digits, waiting: bool) -> Result<(), StoreError> {
    let text = match waiting {
        true => "INSERT INTO messages_waiting (extension) VALUES (?1) ON CONFLICT (extension) DO NOTHING",
        false => "DELETE FROM messages_waiting WHERE extension = ?1",
    };
    transaction.prepare_cached(text)?.execute([extension.as_str()])?;
    Ok(())
}

impl Store {
    /// The extensions for whose owners messages wait.
    pub fn messages_waiting(&self) -> Result<Vec<Digits>, StoreError> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT extension FROM messages_waiting ORDER BY extension")?;
            let mut rows = statement.query([])?;
            let mut all = Vec::new();
            while let Some(row) = rows.next()? {
                let text: String = row.get(0)?;
                all.push(text.parse().map_err(|_| StoreError::Unreadable(format!("{text} is no number")))?);
            }
            Ok(all)
        })
    }
}
