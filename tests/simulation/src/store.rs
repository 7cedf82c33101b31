//! The store as the exchange's effects meet it: a queue in memory, a disk behind it that is slow, fails, or loses the queue in a crash.

use cdr::Cdr;
use clock::{Millis, WallTime};
use identity::CallId;
use ledger::Record;
use std::collections::{BTreeMap, VecDeque};

#[derive(Debug, Default)]
pub struct Store {
    pub mood: Mood,
    pending: VecDeque<Entry>,
    /// On disk.
    pub ledgers: BTreeMap<CallId, Vec<Record>>,
    pub cdrs: BTreeMap<CallId, Cdr>,
    /// Writes that failed and were tried again.
    pub failures: u64,
    pub writing: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Mood {
    #[default]
    Fine,
    /// Each batch takes seconds.
    Slow,
    Failing,
}

#[derive(Debug)]
enum Entry {
    Ledger(Record),
    Cdr(Box<Cdr>),
}

/// Entries waiting at most; a store that is away for longer loses the newest, which the exchange's own bound must prevent.
pub const PENDING_AT_MOST: usize = 1 << 16;

impl Store {
    pub fn ledger(&mut self, record: Record) {
        self.pending.push_back(Entry::Ledger(record));
    }

    pub fn cdr(&mut self, cdr: Box<Cdr>) {
        self.pending.push_back(Entry::Cdr(cdr));
    }

    pub fn pending(&self) -> usize {
        self.pending.len()
    }

    /// How long the next batch takes.
    pub fn batch_time(&self) -> Millis {
        match self.mood {
            Mood::Fine => Millis(10),
            Mood::Slow => Millis::secs(3),
            Mood::Failing => Millis::secs(1),
        }
    }

    /// One transaction: all that waits, or nothing.
    pub fn write(&mut self) {
        if self.mood == Mood::Failing {
            self.failures += 1;
            return;
        }
        for entry in self.pending.drain(..) {
            match entry {
                Entry::Ledger(record) => self.ledgers.entry(record.call).or_default().push(record),
                Entry::Cdr(cdr) => {
                    self.cdrs.insert(cdr.call, *cdr);
                }
            }
        }
    }

    /// The daemon died: what was not written is lost.
    pub fn die(&mut self) {
        self.pending.clear();
        self.writing = false;
    }

    /// The daemon starts: calls that were up when it died are closed as interrupted, each with a record of its own.
    pub fn recover(&mut self, at: WallTime) -> Vec<String> {
        let mut faults = Vec::new();
        for (call, records) in &mut self.ledgers {
            if self.cdrs.contains_key(call) {
                continue;
            }
            records.extend(cdr::interrupted(records, at));
            match cdr::fold(records) {
                Ok(cdr) => {
                    self.cdrs.insert(*call, cdr);
                }
                Err(bad) => faults.push(bad.to_string()),
            }
        }
        faults
    }
}
