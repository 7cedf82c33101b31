//! What the database keeps, finds again, and survives.

use cdr::Cdr;
use clock::WallTime;
use identity::{AgentId, CallId, LegId, QueueId, RecordingId};
use ledger::{Direction, Event, Outcome, Place, Record};
use numbering::{Cause, Digits};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;
use store::{CallFilter, Entry, SettingsVersion, SortBy, Store, StoreError};

fn digits(text: &str) -> Digits {
    text.parse().unwrap()
}

/// Call number `n`: begun at second `n`, agent 1 to 3 and queue 1 or 2 in turn.
fn call(n: u64) -> Cdr {
    Cdr {
        call: CallId(n),
        direction: Direction::Inbound,
        began: WallTime(n as i64 * 1000),
        answered: Some(WallTime(n as i64 * 1000 + 500)),
        ended: WallTime(n as i64 * 1000 + 900),
        calling: Some(digits(&format!("138{n:08}"))),
        called: digits("4006668888"),
        circuit: None,
        extension: None,
        flow: None,
        keyed: Digits::default(),
        queue: Some(QueueId((n % 2) as u32 + 1)),
        queued: None,
        left_queue: None,
        agent: Some(AgentId((n % 3) as u32 + 1)),
        agents: vec![AgentId((n % 3) as u32 + 1)],
        ring_millis: 0,
        talk_millis: n * 10,
        hold_millis: 0,
        transfers: 0,
        outcome: if n.is_multiple_of(5) { Outcome::AbandonedInQueue } else { Outcome::Answered },
        cause: Cause::NormalUnspecified,
        wrap_up_code: None,
        recordings: if n.is_multiple_of(4) { vec![RecordingId(n)] } else { Vec::new() },
    }
}

fn began(n: u64) -> Record {
    let event = Event::Began {
        leg: LegId(1),
        place: Place::Extension(digits("8001")),
        calling: None,
        called: digits("4006668888"),
        direction: Direction::Inbound,
    };
    Record { call: CallId(n), seq: 0, at: WallTime(n as i64 * 1000), event }
}

fn filled(folder: &tempfile::TempDir, calls: u64) -> Store {
    let store = Store::open(&folder.path().join("box.db")).unwrap();
    for n in 1..=calls {
        store.record(Entry::Ledger(began(n))).unwrap();
        store.record(Entry::Cdr(Box::new(call(n)))).unwrap();
    }
    store.flush().unwrap();
    store
}

fn page(page: u32) -> CallFilter {
    CallFilter { page, per_page: 10, ..CallFilter::default() }
}

/// SEC-08: calls are found by what an administrator remembers of them, page by page, each once.
#[test]
fn calls_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(&folder, 25);
    let total = |filter: CallFilter| store.calls(&filter).unwrap().total;
    assert_eq!(total(page(1)), 25);
    assert_eq!(total(CallFilter { from: Some(WallTime(5000)), to: Some(WallTime(8000)), ..page(1) }), 3);
    assert_eq!(total(CallFilter { agent: Some(AgentId(1)), ..page(1) }), 8);
    assert_eq!(total(CallFilter { queue: Some(QueueId(1)), ..page(1) }), 12);
    assert_eq!(total(CallFilter { outcome: Some(Outcome::AbandonedInQueue), ..page(1) }), 5);
    assert_eq!(total(CallFilter { number: Some("138-0000 0007".into()), ..page(1) }), 1);
    assert_eq!(total(CallFilter { recorded: Some(true), min_talk_millis: Some(200), ..page(1) }), 2);

    let mut seen: Vec<u64> = Vec::new();
    for number in 1..=4 {
        seen.extend(store.calls(&page(number)).unwrap().rows.iter().map(|cdr| cdr.call.0));
    }
    assert_eq!(seen, (1..=25).rev().collect::<Vec<_>>());
    let longest = store.calls(&CallFilter { sort: SortBy::LongestTalk, ..page(1) }).unwrap();
    assert_eq!(longest.rows[0], call(25));
}

/// An export reads as far as it is wanted and no further.
#[test]
fn export_stops_when_nobody_reads_on() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(&folder, 25);
    let mut taken = 0;
    store
        .each_call(&page(1), |_| {
            taken += 1;
            taken < 3
        })
        .unwrap();
    assert_eq!(taken, 3);
}

/// Writing the same thing twice is as writing it once: a batch whose commit was in doubt is tried again.
#[test]
fn entries_may_come_twice() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(&folder, 3);
    store.record(Entry::Ledger(began(2))).unwrap();
    store.record(Entry::Cdr(Box::new(call(2)))).unwrap();
    store.flush().unwrap();
    assert_eq!(store.calls(&page(1)).unwrap().total, 3);
    assert_eq!(store.ledger(CallId(2)).unwrap(), [began(2)]);
    assert!(store.open_ledgers().unwrap().is_empty());
}

/// A call without its record is open: the next start closes it.
#[test]
fn open_calls_are_known() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(&folder, 2);
    store.record(Entry::Ledger(began(9))).unwrap();
    store.flush().unwrap();
    assert_eq!(store.open_ledgers().unwrap(), [vec![began(9)]]);
}

/// Two administrators who change the same version: the second is told, and nothing is overwritten.
#[test]
fn settings_are_based_on_the_newest() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(&folder, 0);
    let version = SettingsVersion {
        version: 0,
        at: WallTime(1),
        author: "wang".into(),
        note: String::new(),
        settings: settings::Settings::default(),
        changes: Vec::new(),
    };
    assert_eq!(store.save_settings(0, version.clone()).unwrap(), 1);
    assert!(matches!(store.save_settings(0, version.clone()), Err(StoreError::Conflict { newest: 1 })));
    assert_eq!(store.save_settings(1, version).unwrap(), 2);
    assert_eq!(store.settings_history(1, 10).unwrap().0, 2);
}

/// SEC-10: while the database refuses, records wait in memory and the alarm stands; then all of them are written.
#[test]
fn records_wait_for_a_database_that_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(&folder, 1);
    let other = rusqlite::Connection::open(folder.path().join("box.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    for n in 2..=500 {
        store.record(Entry::Cdr(Box::new(call(n)))).unwrap();
    }
    wait_for(|| store.health().failing);
    let health = store.health();
    assert!(health.queued == 499 && health.failures > 0 && health.refused == 0, "{health:?}");
    assert_eq!(count(&other), 1);
    other.execute_batch("COMMIT").unwrap();
    store.flush().unwrap();
    assert_eq!(count(&other), 500);
    assert!(!store.health().failing);
}

/// A full disk is an error that says so, not a crash, and what was there can still be read.
#[test]
fn full_disk_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(&folder, 3);
    let full = store.write(|transaction| {
        transaction.pragma_update(None, "max_page_count", 1)?;
        transaction.execute("INSERT INTO facts (name, value) VALUES ('a', zeroblob(1000000))", [])?;
        Ok(())
    });
    assert!(matches!(full, Err(StoreError::Database(_))), "{full:?}");
    assert_eq!(store.calls(&page(1)).unwrap().total, 3);
}

fn count(connection: &rusqlite::Connection) -> i64 {
    connection.query_row("SELECT count(*) FROM calls", [], |row| row.get(0)).unwrap()
}

fn wait_for(condition: impl Fn() -> bool) {
    for _ in 0..200 {
        if condition() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("waited ten seconds in vain");
}

const CHILD: &str = "STORE_TEST_CHILD";

/// The child of the next test: writes calls and says each number once it is on disk. In a normal run it has nothing to do.
#[test]
fn child_that_writes_until_killed() {
    let Ok(path) = std::env::var(CHILD) else { return };
    let store = Store::open(std::path::Path::new(&path)).unwrap();
    for n in 1.. {
        store.record(Entry::Ledger(began(n))).unwrap();
        store.record(Entry::Cdr(Box::new(call(n)))).unwrap();
        if n % 7 == 0 {
            store.flush().unwrap();
            println!("\nkept {n}");
        }
    }
}

/// SEC-10: a call record that was on disk is there after `kill -9` at any moment.
#[test]
fn killed_process_loses_no_kept_record() {
    for round in 0..5u64 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("box.db");
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["child_that_writes_until_killed", "--exact", "--nocapture"])
            .env(CHILD, &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut kept = 0;
        while kept < 20 + round * 31 {
            let line = lines.next().expect("the child goes on writing");
            kept = line.strip_prefix("kept ").map_or(kept, |n| n.parse().unwrap());
        }
        std::thread::sleep(Duration::from_micros(round * 1700));
        child.kill().unwrap();
        child.wait().unwrap();
        kept = lines.filter_map(|line| line.strip_prefix("kept ")?.parse().ok()).last().unwrap_or(kept);
        let store = Store::open(&path).unwrap();
        for n in 1..=kept {
            assert_eq!(store.call(CallId(n)).unwrap(), Some(call(n)), "round {round}, kept {kept}");
        }
    }
}
