//! Searching and reading calls.

use crate::error::StoreError;
use crate::writer::{Store, word};
use cdr::Cdr;
use clock::WallTime;
use identity::{AgentId, CallId, QueueId};
use ledger::{Direction, Outcome, Record};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params_from_iter};

/// Calls read at once for who reads all of them.
const PART: usize = 500;

/// What calls to show. Everything given must hold.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct CallFilter {
    pub from: Option<WallTime>,
    pub to: Option<WallTime>,
    pub direction: Option<Direction>,
    pub outcome: Option<Outcome>,
    /// Calls in which this agent spoke.
    pub agent: Option<AgentId>,
    pub queue: Option<QueueId>,
    /// Part of the calling or called number.
    pub number: Option<String>,
    pub min_talk_millis: Option<u64>,
    pub recorded: Option<bool>,
    /// A wrap-up code, or part of a note.
    pub wrap_up: Option<String>,
    pub sort: SortBy,
    /// From 1.
    pub page: u32,
    pub per_page: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum SortBy {
    #[default]
    Newest,
    Oldest,
    LongestTalk,
}

/// One page and how many there are in all.
#[derive(Clone, PartialEq, Debug)]
pub struct CallPage {
    pub total: u64,
    pub rows: Vec<Cdr>,
}

impl CallFilter {
    /// The WHERE clause with its parameters.
    fn clause(&self) -> Result<(String, Vec<Value>), StoreError> {
        let mut terms: Vec<String> = Vec::new();
        let mut values: Vec<Value> = Vec::new();
        let mut term = |text: &str, value: Value| {
            values.push(value);
            terms.push(text.replace('?', &format!("?{}", values.len())));
        };
        if let Some(from) = self.from {
            term("began >= ?", from.0.into());
        }
        if let Some(to) = self.to {
            term("began < ?", to.0.into());
        }
        if let Some(direction) = self.direction {
            term("direction = ?", word(&direction)?.into());
        }
        if let Some(outcome) = self.outcome {
            term("outcome = ?", word(&outcome)?.into());
        }
        if let Some(agent) = self.agent {
            term("call IN (SELECT call FROM call_agents WHERE agent = ?)", i64::from(agent.0).into());
        }
        if let Some(queue) = self.queue {
            term("queue = ?", i64::from(queue.0).into());
        }
        if let Some(number) = &self.number {
            let digits: String = number.chars().filter(char::is_ascii_digit).collect();
            // Without a digit it is no number: nobody has it.
            let pattern = if digits.is_empty() { String::new() } else { format!("%{digits}%") };
            term("(calling LIKE ? OR called LIKE ?)", pattern.into());
        }
        if let Some(least) = self.min_talk_millis {
            term("talk_millis >= ?", (least as i64).into());
        }
        if let Some(recorded) = self.recorded {
            term("recorded = ?", i64::from(recorded).into());
        }
        if let Some(words) = &self.wrap_up {
            term("(wrap_up_code = ? OR instr(wrap_up_note, ?) > 0)", words.clone().into());
        }
        let clause = if terms.is_empty() { String::new() } else { format!("WHERE {}", terms.join(" AND ")) };
        Ok((clause, values))
    }

    fn order(&self) -> &'static str {
        match self.sort {
            SortBy::Newest => "began DESC, call DESC",
            SortBy::Oldest => "began, call",
            SortBy::LongestTalk => "talk_millis DESC, call DESC",
        }
    }
}

impl CallFilter {
    /// Where a call stands in the order.
    fn key(&self, cdr: &Cdr) -> [Value; 2] {
        let first = match self.sort {
            SortBy::Newest | SortBy::Oldest => cdr.began.0,
            SortBy::LongestTalk => cdr.talk_millis as i64,
        };
        [first.into(), (cdr.call.0 as i64).into()]
    }

    /// The calls of the filter that come after `last`, as many as one part has.
    fn next_part(&self, clause: &str, values: &[Value], last: Option<[Value; 2]>) -> (String, Vec<Value>) {
        let mut values = values.to_vec();
        let mut clause = clause.to_owned();
        if let Some(last) = last {
            let (column, after) = match self.sort {
                SortBy::Newest => ("began", "<"),
                SortBy::Oldest => ("began", ">"),
                SortBy::LongestTalk => ("talk_millis", "<"),
            };
            let joint = if clause.is_empty() { "WHERE" } else { "AND" };
            let (first, second) = (values.len() + 1, values.len() + 2);
            clause.push_str(&format!(" {joint} ({column}, call) {after} (?{first}, ?{second})"));
            values.extend(last);
        }
        (format!("SELECT record FROM calls {clause} ORDER BY {} LIMIT {PART}", self.order()), values)
    }
}

impl Store {
    pub fn calls(&self, filter: &CallFilter) -> Result<CallPage, StoreError> {
        let (clause, values) = filter.clause()?;
        let per_page = filter.per_page.clamp(1, 1000);
        let offset = u64::from(filter.page.saturating_sub(1)) * u64::from(per_page);
        let order = filter.order();
        self.read(|connection| {
            let total = connection.query_row(
                &format!("SELECT count(*) FROM calls {clause}"),
                params_from_iter(&values),
                |row| row.get::<_, i64>(0),
            )?;
            // The page is found by ids first: whole records are read only for it.
            let page = format!("SELECT call FROM calls {clause} ORDER BY {order} LIMIT {per_page} OFFSET {offset}");
            let text = format!("SELECT record FROM calls WHERE call IN ({page}) ORDER BY {order}");
            let mut rows = Vec::new();
            each_call(connection, &text, &values, |cdr| {
                rows.push(cdr);
                true
            })?;
            Ok(CallPage { total: total as u64, rows })
        })
    }

    /// Hands on every call of the filter, unpaged, until `take` says that it is enough. It reads a few hundred at a time, each read over
    /// before `take` sees them: who takes his time holds up nothing.
    pub fn each_call(&self, filter: &CallFilter, mut take: impl FnMut(Cdr) -> bool) -> Result<(), StoreError> {
        let (clause, values) = filter.clause()?;
        let mut last: Option<[Value; 2]> = None;
        loop {
            let (text, values) = filter.next_part(&clause, &values, last.take());
            let mut part = Vec::new();
            self.read(|connection| {
                each_call(connection, &text, &values, |cdr| {
                    part.push(cdr);
                    true
                })
            })?;
            let more = part.len() == PART;
            last = part.last().map(|cdr| filter.key(cdr));
            for cdr in part {
                if !take(cdr) {
                    return Ok(());
                }
            }
            if !more {
                return Ok(());
            }
        }
    }

    pub fn call(&self, call: CallId) -> Result<Option<Cdr>, StoreError> {
        self.read(|connection| call_record(connection, call))
    }

    /// A call's ledger in order, closed or not.
    pub fn ledger(&self, call: CallId) -> Result<Vec<Record>, StoreError> {
        self.read(|connection| ledger_of(connection, call))
    }

    /// Ledgers of the calls that were up when the box last stopped without closing them.
    pub fn open_ledgers(&self) -> Result<Vec<Vec<Record>>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare("SELECT call FROM open_calls ORDER BY call")?;
            let calls: Vec<i64> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
            calls.into_iter().map(|call| ledger_of(connection, CallId(call as u64))).collect()
        })
    }
}

fn each_call(
    connection: &Connection,
    text: &str,
    values: &[Value],
    mut take: impl FnMut(Cdr) -> bool,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(text)?;
    let mut rows = statement.query(params_from_iter(values))?;
    while let Some(row) = rows.next()? {
        let record: String = row.get(0)?;
        if !take(serde_json::from_str(&record)?) {
            break;
        }
    }
    Ok(())
}

pub(crate) fn call_record(connection: &Connection, call: CallId) -> Result<Option<Cdr>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT record FROM calls WHERE call = ?1")?;
    let text: Option<String> = statement.query_row([call.0 as i64], |row| row.get(0)).optional()?;
    Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
}

pub(crate) fn ledger_of(connection: &Connection, call: CallId) -> Result<Vec<Record>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT seq, at, event FROM ledger WHERE call = ?1 ORDER BY seq")?;
    let mut rows = statement.query([call.0 as i64])?;
    let mut records = Vec::new();
    while let Some(row) = rows.next()? {
        let event: String = row.get(2)?;
        records.push(Record {
            call,
            seq: row.get(0)?,
            at: WallTime(row.get(1)?),
            event: serde_json::from_str(&event)?,
        });
    }
    Ok(records)
}
