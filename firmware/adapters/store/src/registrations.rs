//! Where telephones are reached, kept over a restart. Left to the writer like the ledger: a slow disk delays no call.

use crate::error::StoreError;
use crate::writer::Store;
use clock::WallTime;
use rusqlite::{Row, Transaction, params};
use std::net::SocketAddr;

/// A contact that a telephone registered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Registration {
    /// The URI as the telephone wrote it.
    pub contact: String,
    /// Where its REGISTER came from, and at which address of the box it arrived.
    pub remote: SocketAddr,
    pub local: SocketAddr,
    pub expires: WallTime,
    /// Of its last REGISTER.
    pub call_id: String,
    pub cseq: u32,
}

/// All contacts of an extension, the oldest first; none: nobody is registered there any more.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Registrations {
    pub extension: String,
    pub contacts: Vec<Registration>,
}

pub(crate) fn write(transaction: &Transaction<'_>, registrations: &Registrations) -> Result<(), StoreError> {
    let Registrations { extension, contacts } = registrations;
    transaction.prepare_cached("DELETE FROM registrations WHERE extension = ?1")?.execute([extension])?;
    let mut insert = transaction.prepare_cached(
        "INSERT INTO registrations (extension, place, contact, remote, local, expires, call_id, cseq)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    for (one, place) in contacts.iter().zip(0i64..) {
        let (remote, local) = (one.remote.to_string(), one.local.to_string());
        insert.execute(params![extension, place, one.contact, remote, local, one.expires.0, one.call_id, one.cseq])?;
    }
    Ok(())
}

impl Store {
    /// What was registered when the box stopped, those that have run out since left out.
    pub fn registrations(&self, now: WallTime) -> Result<Vec<Registrations>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT extension, contact, remote, local, expires, call_id, cseq FROM registrations
                 WHERE expires > ?1 ORDER BY extension, place",
            )?;
            let mut rows = statement.query([now.0])?;
            let mut all: Vec<Registrations> = Vec::new();
            while let Some(row) = rows.next()? {
                let extension: String = row.get(0)?;
                if all.last().is_none_or(|last| last.extension != extension) {
                    all.push(Registrations { extension, contacts: Vec::new() });
                }
                if let Some(last) = all.last_mut() {
                    last.contacts.push(read(row)?);
                }
            }
            Ok(all)
        })
    }
}

fn read(row: &Row<'_>) -> Result<Registration, StoreError> {
    let address = |column: usize| {
        let text: String = row.get(column)?;
        text.parse().map_err(|_| StoreError::Unreadable(format!("{text} is no address")))
    };
    Ok(Registration {
        contact: row.get(1)?,
        remote: address(2)?,
        local: address(3)?,
        expires: WallTime(row.get(4)?),
        call_id: row.get(5)?,
        cseq: row.get(6)?,
    })
}
