//! What happened in queues: stays, written beside the ledger records that tell of them, and their sums by interval.

use crate::error::StoreError;
use crate::writer::{Store, word};
use clock::{Millis, WallTime};
use identity::{AgentId, QueueId};
use ledger::{Event, Outcome, QueueExit, Record};
use rusqlite::{Connection, Transaction, params};
use serde::Serialize;
use std::collections::BTreeMap;

/// What `exit` says of a stay that ended because the box did.
const INTERRUPTED: &str = "interrupted";

/// Intervals in one answer at most: a month of quarter hours.
const MOST_INTERVALS: u64 = 31 * 96;

/// One queue in one interval. Callers count as offered when they come, and as all else when they leave.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct QueueInterval {
    pub queue: QueueId,
    pub from: WallTime,
    pub offered: u32,
    pub answered: u32,
    /// Of those answered: within the queue's goal.
    pub answered_in_goal: u32,
    pub abandoned: u32,
    pub overflowed: u32,
    pub transferred: u32,
    /// The sum of the waits of those answered, and the longest wait of all who left.
    pub waited_millis: u64,
    pub longest_millis: u64,
}

/// Which intervals to sum up.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IntervalQuery {
    pub from: WallTime,
    /// Not included.
    pub to: WallTime,
    pub each: Millis,
    /// The queues wanted, each with the time within which it is to answer.
    pub goals: BTreeMap<QueueId, Millis>,
}

impl QueueInterval {
    fn empty(queue: QueueId, from: WallTime) -> QueueInterval {
        QueueInterval {
            queue,
            from,
            offered: 0,
            answered: 0,
            answered_in_goal: 0,
            abandoned: 0,
            overflowed: 0,
            transferred: 0,
            waited_millis: 0,
            longest_millis: 0,
        }
    }
}

impl Store {
    /// Every interval in which something happened, by queue, then by time. Intervals begin at `from` and each so much later; only the
    /// first month of them is looked at.
    pub fn queue_intervals(&self, query: &IntervalQuery) -> Result<Vec<QueueInterval>, StoreError> {
        let each = query.each.0.max(60_000);
        let most = WallTime(query.from.0.saturating_add((each * MOST_INTERVALS) as i64));
        let to = query.to.min(most);
        let begins = |at: i64| WallTime(at - (at - query.from.0).rem_euclid(each as i64));
        let mut found = Found::new();
        self.read(|connection| {
            for (queue, goal) in &query.goals {
                each_entry(connection, *queue, (query.from, to), |entered| {
                    interval(&mut found, *queue, begins(entered)).offered += 1;
                })?;
                each_exit(connection, *queue, (query.from, to), |ended, exit, waited| {
                    count(interval(&mut found, *queue, begins(ended)), exit, waited, goal.0);
                })?;
            }
            Ok(())
        })?;
        Ok(found.into_values().collect())
    }

    /// How many calls of queues each agent answered in a time.
    pub fn calls_of_agents(&self, from: WallTime, to: WallTime) -> Result<BTreeMap<AgentId, u32>, StoreError> {
        self.read(|connection| {
            let text = "SELECT agent, count(*) FROM queue_visits
                        WHERE ended >= ?1 AND ended < ?2 AND agent IS NOT NULL GROUP BY agent";
            let mut statement = connection.prepare_cached(text)?;
            let rows = statement.query_map([from.0, to.0], |row| Ok((AgentId(row.get(0)?), row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

type Found = BTreeMap<(QueueId, WallTime), QueueInterval>;

fn interval(found: &mut Found, queue: QueueId, from: WallTime) -> &mut QueueInterval {
    found.entry((queue, from)).or_insert_with(|| QueueInterval::empty(queue, from))
}

fn each_entry(
    connection: &Connection,
    queue: QueueId,
    (from, to): (WallTime, WallTime),
    mut take: impl FnMut(i64),
) -> Result<(), StoreError> {
    let text = "SELECT entered FROM queue_visits WHERE queue = ?1 AND entered >= ?2 AND entered < ?3";
    let mut statement = connection.prepare_cached(text)?;
    let mut rows = statement.query(params![queue.0, from.0, to.0])?;
    while let Some(row) = rows.next()? {
        take(row.get(0)?);
    }
    Ok(())
}

fn each_exit(
    connection: &Connection,
    queue: QueueId,
    (from, to): (WallTime, WallTime),
    mut take: impl FnMut(i64, &str, u64),
) -> Result<(), StoreError> {
    let text = "SELECT ended, exit, ended - entered FROM queue_visits
                WHERE queue = ?1 AND ended >= ?2 AND ended < ?3";
    let mut statement = connection.prepare_cached(text)?;
    let mut rows = statement.query(params![queue.0, from.0, to.0])?;
    while let Some(row) = rows.next()? {
        let exit: String = row.get(1)?;
        take(row.get(0)?, &exit, row.get::<_, i64>(2)?.max(0) as u64);
    }
    Ok(())
}

fn count(interval: &mut QueueInterval, exit: &str, waited: u64, goal: u64) {
    interval.longest_millis = interval.longest_millis.max(waited);
    match exit {
        "connected" => {
            interval.answered += 1;
            interval.waited_millis += waited;
            interval.answered_in_goal += u32::from(waited <= goal);
        }
        "abandoned" => interval.abandoned += 1,
        "overflowed" => interval.overflowed += 1,
        "transferred" => interval.transferred += 1,
        // Interrupted: nobody's doing.
        _ => {}
    }
}

/// What a ledger record tells of queues. Writing it twice is as writing it once.
pub(crate) fn write_visit(transaction: &Transaction<'_>, record: &Record) -> Result<(), StoreError> {
    let call = record.call.0 as i64;
    match &record.event {
        Event::Queued { queue } => {
            transaction
                .prepare_cached(
                    "INSERT INTO queue_visits (call, seq, queue, entered) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
                )?
                .execute(params![call, record.seq, queue.0, record.at.0])?;
        }
        Event::LeftQueue { queue, why } => {
            leave(transaction, (call, Some(*queue)), record.at, &word(why)?)?;
        }
        Event::Connected { queue: Some(queue), agent } => {
            let connected = word(&QueueExit::Connected)?;
            transaction
                .prepare_cached(
                    "UPDATE queue_visits SET agent = ?3
                     WHERE call = ?1 AND queue = ?2 AND agent IS NULL AND exit = ?4 AND ended = ?5",
                )?
                .execute(params![call, queue.0, agent.0, connected, record.at.0])?;
        }
        Event::Closed { outcome: Outcome::Interrupted } => leave(transaction, (call, None), record.at, INTERRUPTED)?,
        _ => {}
    }
    Ok(())
}

fn leave(
    transaction: &Transaction<'_>,
    (call, queue): (i64, Option<QueueId>),
    at: WallTime,
    exit: &str,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached(
            "UPDATE queue_visits SET ended = ?3, exit = ?4
             WHERE call = ?1 AND (?2 IS NULL OR queue = ?2) AND ended IS NULL",
        )?
        .execute(params![call, queue.map(|queue| queue.0), at.0, exit])?;
    Ok(())
}
