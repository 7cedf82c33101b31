//! A database in a folder of its own, and calls to put into it.

use cdr::Cdr;
use clock::WallTime;
use identity::{AgentId, CallId, CircuitId, LegId, QueueId, RecordingId, SpanId};
use ledger::{Direction, Event, Outcome, Place, Record};
use numbering::{Cause, Digits, PartyNumber};
use store::{Entry, Store};

/// A store whose files go with it.
pub struct House {
    pub store: Store,
    pub folder: tempfile::TempDir,
}

impl House {
    pub fn new() -> House {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("fastcall.db")).unwrap();
        House { store, folder }
    }

    pub fn record(&self, entries: impl IntoIterator<Item = Entry>) {
        entries.into_iter().for_each(|entry| self.store.record(entry).unwrap());
        self.store.flush().unwrap();
    }
}

pub fn digits(text: &str) -> Digits {
    text.parse().unwrap()
}

/// An answered inbound call of number `id`, one minute after the one before, by agent 1 in queue 1.
pub fn call(id: u64) -> Cdr {
    let began = WallTime(1_763_800_000_000 + id as i64 * 60_000);
    let later = |seconds: i64| WallTime(began.0 + seconds * 1000);
    Cdr {
        call: CallId(id),
        direction: Direction::Inbound,
        began,
        answered: Some(later(10)),
        ended: later(70),
        calling: Some(digits("13800138000")),
        called: digits("4008001"),
        circuit: Some(CircuitId { span: SpanId(1), slot: 5 }),
        port: None,
        extension: Some(digits("8001")),
        flow: None,
        keyed: digits("1"),
        queue: Some(QueueId(1)),
        queued: Some(later(2)),
        left_queue: Some(later(10)),
        agent: Some(AgentId(1)),
        agents: vec![AgentId(1)],
        ring_millis: 3_000,
        talk_millis: 60_000,
        hold_millis: 0,
        transfers: 0,
        outcome: Outcome::Answered,
        cause: Cause::NormalClearing,
        wrap_up_code: None,
        wrap_up_note: None,
        wrap_ups: Vec::new(),
        recordings: vec![RecordingId(id)],
        far_party: None,
        silent_millis: 0,
        quality: Vec::new(),
    }
}

pub fn closed(cdr: &Cdr) -> Entry {
    Entry::Cdr(Box::new(cdr.clone()))
}

/// The first `count` records of a call's ledger: it begins, it is in the queue, it closes.
pub fn ledger(id: u64, count: usize) -> Vec<Record> {
    let events = [
        Event::Began {
            leg: LegId(id),
            place: Place::Circuit(CircuitId { span: SpanId(1), slot: 5 }),
            port: None,
            calling: Some(PartyNumber::plain(digits("13800138000"))),
            called: digits("4008001"),
            direction: Direction::Inbound,
        },
        Event::Queued { queue: QueueId(1) },
        Event::Closed { outcome: Outcome::AbandonedInQueue },
    ];
    let numbered = (0u32..).zip(events).take(count);
    numbered
        .map(|(seq, event)| Record { call: CallId(id), seq, at: WallTime(1_763_800_000_000 + i64::from(seq)), event })
        .collect()
}

pub fn entries(records: &[Record]) -> impl Iterator<Item = Entry> + '_ {
    records.iter().cloned().map(Entry::Ledger)
}
