use crate::alarms;
use crate::error::StoreError;
use crate::faxes;
use crate::messages;
use crate::queues::write_visit;
use crate::registrations::{self, Registrations};
use crate::schema;
use cdr::Cdr;
use desk::{AlarmView, FaxView};
use identity::{CallId, RecordingId};
use numbering::Digits;
use rusqlite::{Connection, Transaction, params};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Entries waiting for the disk at most: ten minutes of 60 calls a second with ten ledger events each would be 360,000.
const QUEUE: usize = 400_000;

/// Entries in one transaction at most.
const BATCH: usize = 2_000;

/// Read connections kept open.
const READERS: usize = 4;

/// First and longest wait before a failed batch is tried again.
const RETRY: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// How long somebody who waits for an answer is kept waiting by a disk that does not take what is before it.
const WRITE_WITHIN: Duration = Duration::from_secs(15);

/// What the exchange and the recorder leave behind. Never refused for being slow, only when the queue is full.
#[derive(Clone, Debug)]
pub enum Entry {
    Ledger(ledger::Record),
    Cdr(Box<Cdr>),
    RecordingStarted {
        recording: RecordingId,
        call: CallId,
        path: String,
    },
    /// Its file is elsewhere than was thought when it began.
    RecordingPlaced {
        recording: RecordingId,
        path: String,
    },
    RecordingEnded {
        recording: RecordingId,
        millis: u64,
        bytes: u64,
    },
    Registrations(Registrations),
    Alarm(AlarmView),
    MessageWaiting {
        extension: Digits,
        waiting: bool,
    },
    Fax(Box<FaxView>),
}

/// The queue is full: the entry comes back to who has to count it.
#[derive(Debug)]
pub struct Refused(pub Entry);

/// How the writer is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Health {
    /// Entries waiting.
    pub queued: usize,
    pub written: u64,
    pub refused: u64,
    /// Batches that failed and were tried again.
    pub failures: u64,
    /// The last batch failed: records wait for the disk.
    pub failing: bool,
    /// Times that the writer thread panicked and began anew.
    pub restarts: u64,
    /// Entries given up because writing them panicked.
    pub dropped: u64,
}

#[derive(Default)]
struct Counters {
    queued: AtomicUsize,
    written: AtomicU64,
    refused: AtomicU64,
    failures: AtomicU64,
    failing: AtomicBool,
    stopping: AtomicBool,
    restarts: AtomicU64,
    dropped: AtomicU64,
}

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

enum Order {
    Entry(Entry),
    Job(Job),
}

/// A handle on the database; clones share it.
#[derive(Clone)]
pub struct Store {
    path: Arc<PathBuf>,
    orders: SyncSender<Order>,
    counters: Arc<Counters>,
    readers: Arc<Mutex<Vec<Connection>>>,
}

impl Store {
    /// Opens the database, migrates it and starts the writer thread.
    pub fn open(path: &Path) -> Result<Store, StoreError> {
        let connection = schema::open(path)?;
        let (orders, inbox) = sync_channel(QUEUE);
        let counters = Arc::new(Counters::default());
        let (shared, place) = (counters.clone(), path.to_owned());
        let started = std::thread::Builder::new()
            .name("storage".to_owned())
            .spawn(move || Writer { connection, inbox, counters: shared, path: place, batch: Vec::new() }.supervised());
        started.map_err(|problem| StoreError::Unreadable(format!("cannot start the storage thread: {problem}")))?;
        Ok(Store { path: Arc::new(path.to_owned()), orders, counters, readers: Arc::default() })
    }

    /// Leaves an entry to the writer, without waiting.
    pub fn record(&self, entry: Entry) -> Result<(), Refused> {
        self.counters.queued.fetch_add(1, Ordering::Relaxed);
        self.orders.try_send(Order::Entry(entry)).map_err(|error| {
            self.counters.queued.fetch_sub(1, Ordering::Relaxed);
            self.counters.refused.fetch_add(1, Ordering::Relaxed);
            match error {
                TrySendError::Full(Order::Entry(entry)) | TrySendError::Disconnected(Order::Entry(entry)) => {
                    Refused(entry)
                }
                // Only an entry was sent.
                TrySendError::Full(Order::Job(_)) | TrySendError::Disconnected(Order::Job(_)) => unreachable!(),
            }
        })
    }

    /// Runs `job` in a transaction on the writer thread and waits for its end. Entries left before it are written first.
    /// [`StoreError::Busy`]: it was not done and will not be, because the disk refuses what is before it, or the writer died at it. A
    /// job that has begun is waited for, however long it takes, so that the answer is always what became of it.
    pub fn write<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        if self.counters.failing.load(Ordering::Relaxed) {
            return Err(StoreError::Busy);
        }
        let (answer, result) = sync_channel(1);
        // Whoever takes it first has it: the writer to do it, or the asker to give it up.
        let taken = Arc::new(AtomicBool::new(false));
        let mine = taken.clone();
        let job: Job = Box::new(move |connection| {
            if !mine.swap(true, Ordering::AcqRel) {
                // The asker waits, unless its own thread died.
                answer.send(in_transaction(connection, job)).ok();
            }
        });
        self.orders.try_send(Order::Job(job)).map_err(|_| StoreError::Busy)?;
        match result.recv_timeout(WRITE_WITHIN) {
            Ok(result) => result,
            Err(RecvTimeoutError::Timeout) if taken.swap(true, Ordering::AcqRel) => {
                result.recv().map_err(|_| StoreError::Busy)?
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Err(StoreError::Busy),
        }
    }

    /// Waits until everything left before is on disk, however long that takes.
    pub fn flush(&self) -> Result<(), StoreError> {
        let (answer, done) = sync_channel(1);
        let job: Job = Box::new(move |_| {
            answer.send(()).ok();
        });
        self.orders.send(Order::Job(job)).map_err(|_| StoreError::Busy)?;
        done.recv().map_err(|_| StoreError::Busy)
    }

    /// Reads on a connection of its own, beside the writer.
    pub fn read<T>(&self, job: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let kept = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match kept {
            Some(connection) => connection,
            None => schema::open_for_reading(&self.path)?,
        };
        let result = job(&connection);
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if readers.len() < READERS {
            readers.push(connection);
        }
        result
    }

    pub fn health(&self) -> Health {
        let counters = &self.counters;
        Health {
            queued: counters.queued.load(Ordering::Relaxed),
            written: counters.written.load(Ordering::Relaxed),
            refused: counters.refused.load(Ordering::Relaxed),
            failures: counters.failures.load(Ordering::Relaxed),
            failing: counters.failing.load(Ordering::Relaxed),
            restarts: counters.restarts.load(Ordering::Relaxed),
            dropped: counters.dropped.load(Ordering::Relaxed),
        }
    }

    /// The process is about to end: a batch that fails is no longer tried again.
    pub fn stop(&self) {
        self.counters.stopping.store(true, Ordering::Relaxed);
    }
}

fn in_transaction<T>(
    connection: &mut Connection,
    job: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let transaction = connection.transaction()?;
    let value = job(&transaction)?;
    transaction.commit()?;
    Ok(value)
}

struct Writer {
    connection: Connection,
    inbox: Receiver<Order>,
    counters: Arc<Counters>,
    path: PathBuf,
    /// Taken from the inbox and not written yet: kept here, so that a panic loses none.
    batch: Vec<Entry>,
}

impl Writer {
    /// Runs until everybody has let go of the store. A panic, ours or of a library, costs the job at which it came, or the one entry that
    /// cannot be written; what waits in the inbox goes on waiting.
    fn supervised(mut self) {
        while catch_unwind(AssertUnwindSafe(|| self.run())).is_err() {
            self.counters.restarts.fetch_add(1, Ordering::Relaxed);
            tracing::error!(waiting = self.batch.len(), "the database writer panicked; it begins anew");
            if !self.reopen() {
                return;
            }
            self.write_one_by_one();
        }
    }

    /// A connection that a panic went through is not trusted any more.
    fn reopen(&mut self) -> bool {
        let mut wait = RETRY.0;
        loop {
            match schema::open(&self.path) {
                Ok(connection) => {
                    self.connection = connection;
                    return true;
                }
                Err(problem) => tracing::error!(%problem, "the database cannot be opened again"),
            }
            if self.counters.stopping.load(Ordering::Relaxed) {
                return false;
            }
            std::thread::sleep(wait);
            wait = (wait * 2).min(RETRY.1);
        }
    }

    /// Finds the entry that cannot be written, if it was one.
    fn write_one_by_one(&mut self) {
        for entry in std::mem::take(&mut self.batch) {
            self.batch.push(entry);
            if catch_unwind(AssertUnwindSafe(|| self.write())).is_err() {
                self.counters.dropped.fetch_add(self.batch.len() as u64, Ordering::Relaxed);
                self.counters.queued.fetch_sub(self.batch.len(), Ordering::Relaxed);
                tracing::error!("an entry cannot be written and is given up");
                self.batch.clear();
            }
        }
    }

    fn run(&mut self) {
        loop {
            match self.inbox.recv_timeout(Duration::from_secs(60)) {
                Ok(order) => self.take(order),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            while self.batch.len() < BATCH {
                match self.inbox.try_recv() {
                    Ok(order) => self.take(order),
                    Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
                }
            }
            self.write();
        }
    }

    fn take(&mut self, order: Order) {
        match order {
            Order::Entry(entry) => self.batch.push(entry),
            Order::Job(job) => {
                self.write();
                job(&mut self.connection);
            }
        }
    }

    /// Writes the batch, however long the disk needs for it.
    fn write(&mut self) {
        if self.batch.is_empty() {
            return;
        }
        let mut wait = RETRY.0;
        while let Err(problem) = write_batch(&mut self.connection, &self.batch) {
            self.counters.failures.fetch_add(1, Ordering::Relaxed);
            if !self.counters.failing.swap(true, Ordering::Relaxed) {
                tracing::error!(%problem, waiting = self.batch.len(), "call records wait for the database");
            }
            if self.counters.stopping.load(Ordering::Relaxed) {
                return;
            }
            std::thread::sleep(wait);
            wait = (wait * 2).min(RETRY.1);
        }
        if self.counters.failing.swap(false, Ordering::Relaxed) {
            tracing::info!("the database takes call records again");
        }
        self.counters.written.fetch_add(self.batch.len() as u64, Ordering::Relaxed);
        self.counters.queued.fetch_sub(self.batch.len(), Ordering::Relaxed);
        self.batch.clear();
    }
}

fn write_batch(connection: &mut Connection, batch: &[Entry]) -> Result<(), StoreError> {
    in_transaction(connection, |transaction| batch.iter().try_for_each(|entry| write_entry(transaction, entry)))
}

/// Writing an entry twice is as writing it once: a batch whose commit was in doubt is tried again.
fn write_entry(transaction: &Transaction<'_>, entry: &Entry) -> Result<(), StoreError> {
    match entry {
        Entry::Registrations(registrations) => registrations::write(transaction, registrations),
        Entry::Alarm(alarm) => alarms::write(transaction, alarm),
        Entry::MessageWaiting { extension, waiting } => messages::write(transaction, extension, *waiting),
        Entry::Fax(fax) => faxes::write(transaction, fax),
        Entry::Ledger(record) => write_ledger(transaction, record),
        Entry::Cdr(cdr) => write_cdr(transaction, cdr),
        Entry::RecordingStarted { recording, call, path } => {
            transaction
                .prepare_cached(
                    "INSERT INTO recordings (recording, call, path) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                )?
                .execute(params![recording.0 as i64, call.0 as i64, path])?;
            Ok(())
        }
        Entry::RecordingPlaced { recording, path } => {
            transaction
                .prepare_cached("UPDATE recordings SET path = ?2 WHERE recording = ?1")?
                .execute(params![recording.0 as i64, path])?;
            Ok(())
        }
        Entry::RecordingEnded { recording, millis, bytes } => {
            transaction
                .prepare_cached("UPDATE recordings SET millis = ?2, bytes = ?3 WHERE recording = ?1")?
                .execute(params![recording.0 as i64, *millis as i64, *bytes as i64])?;
            Ok(())
        }
    }
}

pub(crate) fn write_ledger(transaction: &Transaction<'_>, record: &ledger::Record) -> Result<(), StoreError> {
    let call = record.call.0 as i64;
    if record.seq == 0 {
        transaction
            .prepare_cached("INSERT INTO open_calls (call) VALUES (?1) ON CONFLICT DO NOTHING")?
            .execute([call])?;
    }
    transaction
        .prepare_cached("INSERT INTO ledger (call, seq, at, event) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING")?
        .execute(params![call, record.seq, record.at.0, serde_json::to_string(&record.event)?])?;
    write_visit(transaction, record)
}

pub(crate) fn write_cdr(transaction: &Transaction<'_>, cdr: &Cdr) -> Result<(), StoreError> {
    let call = cdr.call.0 as i64;
    transaction.prepare_cached("DELETE FROM open_calls WHERE call = ?1")?.execute([call])?;
    transaction
        .prepare_cached(
            "INSERT INTO calls (call, began, ended, direction, outcome, calling, called, agent, queue, talk_millis, recorded, record,
             wrap_up_code, wrap_up_note)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
             ON CONFLICT (call) DO UPDATE SET ended = excluded.ended, outcome = excluded.outcome, agent = excluded.agent,
             queue = excluded.queue, talk_millis = excluded.talk_millis, recorded = excluded.recorded,
             record = excluded.record, wrap_up_code = excluded.wrap_up_code, wrap_up_note = excluded.wrap_up_note",
        )?
        .execute(params![
            call,
            cdr.began.0,
            cdr.ended.0,
            word(&cdr.direction)?,
            word(&cdr.outcome)?,
            cdr.calling.as_ref().map(|digits| digits.as_str()),
            cdr.called.as_str(),
            cdr.agent.map(|agent| agent.0),
            cdr.queue.map(|queue| queue.0),
            cdr.talk_millis as i64,
            !cdr.recordings.is_empty(),
            serde_json::to_string(cdr)?,
            cdr.wrap_up_code,
            cdr.wrap_up_note,
        ])?;
    for agent in &cdr.agents {
        transaction
            .prepare_cached("INSERT INTO call_agents (agent, call) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
            .execute(params![agent.0, call])?;
    }
    Ok(())
}

/// The JSON name of a plain enum value.
pub(crate) fn word(value: &impl serde::Serialize) -> Result<String, StoreError> {
    match serde_json::to_value(value)? {
        serde_json::Value::String(word) => Ok(word),
        other => Err(StoreError::Unreadable(format!("{other} is no word"))),
    }
}
