//! The process is killed while it writes.

use crate::house::{House, call, closed, entries, ledger};
use identity::CallId;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use store::{CallFilter, Store};

/// Set in the child: where the database is.
const CHILD: &str = "STORE_TEST_DATABASE";
const ROUNDS: u64 = 6;
/// Calls that each round may write.
const ROUND: u64 = 1_000_000;

/// RED-10: `kill -9` amidst writing loses no call record whose `flush` had returned, the database opens as it is, and a call
/// whose record did not get through is found cut off instead.
#[test]
fn killed_amidst_writing() {
    if let Ok(path) = std::env::var(CHILD) {
        return write_until_killed(Path::new(&path));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fastcall.db");
    let mut safe_of = Vec::new();
    for round in 0..ROUNDS {
        let safe = kill_a_writer(&path, round);
        safe_of.push(safe);
        let store = Store::open(&path).unwrap();
        for id in round * ROUND..=safe {
            assert!(store.call(CallId(id)).unwrap().is_some(), "round {round}: call {id} of {safe} is lost");
            assert_eq!(store.ledger(CallId(id)).unwrap().len(), 3, "round {round}: ledger of call {id}");
        }
        let filter = CallFilter { page: 1, per_page: 1, ..CallFilter::default() };
        let open = store.open_ledgers().unwrap();
        let newest = store.calls(&filter).unwrap().rows[0].call;
        // A call of an earlier round may have been cut off just so: behind what was safe then.
        let cut_off = |call: CallId| call > CallId(safe_of[(call.0 / ROUND) as usize]);
        assert!(open.iter().all(|records| cut_off(records[0].call)), "{open:?}, newest {newest}");
    }
}

/// Starts a writer, lets it flush some times, kills it; returns the last call that it said was safe.
fn kill_a_writer(path: &Path, round: u64) -> u64 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "died::killed_amidst_writing", "--nocapture", "--test-threads=1"])
        .env(CHILD, path)
        .env("STORE_TEST_FIRST", (round * ROUND).to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut safe = None;
    let mut heard = 0;
    while let Some(Ok(line)) = lines.next() {
        let Some((_, id)) = line.split_once("safe ") else { continue };
        safe = Some(id.parse().unwrap());
        heard += 1;
        // Not always at the same place of its work.
        if heard == 5 + round * 3 {
            child.kill().unwrap();
        }
    }
    let ended = child.wait().unwrap();
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&ended), Some(9), "the writer ended by itself: {ended}");
    safe.expect("the writer flushed at least once")
}

fn write_until_killed(path: &Path) {
    let first: u64 = std::env::var("STORE_TEST_FIRST").unwrap().parse().unwrap();
    let store = Store::open(path).unwrap();
    for id in first..first + ROUND {
        entries(&ledger(id, 3)).chain([closed(&call(id))]).for_each(|entry| store.record(entry).unwrap());
        if id % 7 == 0 {
            store.flush().unwrap();
            println!("safe {id}");
        }
    }
}

/// PER-02: the writer panics in the middle of its work: what waits is written after all, the next job is done, and it is counted.
#[test]
fn the_writer_begins_anew() {
    let house = House::new();
    let bad = house.store.write::<(), _>(|_| panic!("a fault in a library"));
    assert!(matches!(bad, Err(store::StoreError::Busy)), "who asked is told that it was not done");
    house.record(entries(&ledger(7, 3)).chain([closed(&call(7))]));
    assert_eq!(house.store.ledger(CallId(7)).unwrap().len(), 3);
    house.store.set_fact("mark".into(), Some("kept".into())).unwrap();
    assert_eq!(house.store.fact("mark").unwrap().as_deref(), Some("kept"));
    let health = house.store.health();
    assert_eq!((health.restarts, health.dropped, health.queued), (1, 0, 0));
}
