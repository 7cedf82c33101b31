//! Other words for a call that has its record: the ledger gets one more record, and the call record is folded anew.

use crate::calls::{call_record, ledger_of};
use crate::error::StoreError;
use crate::writer::{Store, write_cdr, write_ledger};
use cdr::Cdr;
use clock::WallTime;
use identity::{AgentId, CallId};
use ledger::{Event, Record};
use rusqlite::{OptionalExtension, Transaction, params};

/// Code and note that take the place of those that an agent left with its last call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Amendment {
    pub call: CallId,
    pub agent: AgentId,
    pub at: WallTime,
    pub code: Option<String>,
    pub note: Option<String>,
}

/// What became of it.
#[derive(Clone, PartialEq, Debug)]
pub enum Amended {
    /// The record as it is now.
    Done(Box<Cdr>),
    NoSuchCall,
    /// It was not this agent's call, or the agent has had another since.
    NotTheLast,
    /// The call's queue does not take this code.
    CodeRefused,
}

impl Store {
    /// Amends an agent's last call. `takes` says whether its queue takes the code.
    pub fn amend_wrap_up(
        &self,
        amendment: Amendment,
        takes: impl FnOnce(&Cdr) -> bool + Send + 'static,
    ) -> Result<Amended, StoreError> {
        self.write(move |transaction| amend(transaction, amendment, takes))
    }

    /// The last call with a record in which an agent spoke.
    pub fn last_call_of(&self, agent: AgentId) -> Result<Option<CallId>, StoreError> {
        self.read(|connection| {
            let text = "SELECT max(call) FROM call_agents WHERE agent = ?1";
            let last: Option<i64> = connection.query_row(text, [agent.0], |row| row.get(0))?;
            Ok(last.map(|call| CallId(call as u64)))
        })
    }
}

fn amend(
    transaction: &Transaction<'_>,
    amendment: Amendment,
    takes: impl FnOnce(&Cdr) -> bool,
) -> Result<Amended, StoreError> {
    let Amendment { call, agent, at, code, note } = amendment;
    let Some(before) = call_record(transaction, call)? else { return Ok(Amended::NoSuchCall) };
    let last: Option<i64> = transaction
        .query_row("SELECT max(call) FROM call_agents WHERE agent = ?1", params![agent.0], |row| row.get(0))
        .optional()?
        .flatten();
    if last != Some(call.0 as i64) {
        return Ok(Amended::NotTheLast);
    }
    if !takes(&before) {
        return Ok(Amended::CodeRefused);
    }
    let mut records = ledger_of(transaction, call)?;
    let seq = records.last().map_or(0, |record| record.seq + 1);
    let record = Record { call, seq, at, event: Event::WrapUpAmended { agent, code, note } };
    write_ledger(transaction, &record)?;
    records.push(record);
    let cdr = cdr::fold(&records).map_err(|problem| StoreError::Unreadable(problem.to_string()))?;
    write_cdr(transaction, &cdr)?;
    Ok(Amended::Done(Box::new(cdr)))
}
