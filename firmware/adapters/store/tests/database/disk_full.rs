//! The disk is full: records wait, nothing is lost, nobody hangs.

use crate::house::{House, call, closed};
use clock::WallTime;
use std::time::{Duration, Instant};
use store::{AuditRow, CallFilter, StoreError};

/// Waits for what another thread has to notice.
fn wait_for(what: &str, done: impl Fn() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < Duration::from_secs(20), "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn row(detail: String) -> AuditRow {
    let (actor, source, action) = ("wang".into(), "-".into(), "test".into());
    AuditRow { at: WallTime(1), actor, source, action, detail }
}

/// SEC-10, RED-10: while the disk is full, call records queue up, health says so, and the API is refused at once instead of hanging;
/// when there is room again everything is written, in order.
#[test]
fn records_wait_for_a_full_disk() {
    let house = House::new();
    let store = &house.store;
    for _ in 0..20 {
        store.audit(row("x".repeat(100_000))).unwrap();
    }
    // SQLite refuses to grow the file: what it answers is what it answers when the volume is full.
    store
        .write(|transaction| {
            let pages: i64 = transaction.pragma_query_value(None, "page_count", |row| row.get(0))?;
            transaction.pragma_query_value(None, "max_page_count", |row| row.get::<_, i64>(0))?;
            Ok(transaction.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))?)
        })
        .unwrap();

    (1..=500).for_each(|id| store.record(closed(&call(id))).unwrap());
    wait_for("health to say so", || store.health().failing);
    (501..=1000).for_each(|id| store.record(closed(&call(id))).unwrap());
    wait_for("another try", || store.health().failures > 1);
    // What is in the writer's hand at that moment is in no queue.
    wait_for("all to be queued", || store.health().queued == 1000);
    assert_eq!(store.health().refused, 0);

    let began = Instant::now();
    assert!(matches!(store.audit(row(String::new())), Err(StoreError::Busy)));
    assert!(began.elapsed() < Duration::from_secs(1), "the API hung for {:?}", began.elapsed());
    let filter = CallFilter { page: 1, per_page: 1000, ..CallFilter::default() };
    assert_eq!(store.calls(&filter).unwrap().total, 0, "reading goes on");

    let cleaner = rusqlite::Connection::open(house.folder.path().join("fastcall.db")).unwrap();
    cleaner.busy_timeout(Duration::from_secs(5)).unwrap();
    cleaner.execute("DELETE FROM audit", []).unwrap();
    wait_for("recovery", || !store.health().failing && store.health().queued == 0);
    let page = store.calls(&filter).unwrap();
    assert_eq!(page.rows.iter().map(|cdr| cdr.call.0).collect::<Vec<_>>(), (1..=1000).rev().collect::<Vec<u64>>());
    store.audit(row(String::new())).unwrap();
}

/// SEC-10: the same while another process holds the database: records wait, and are written when it lets go.
#[test]
fn records_wait_for_a_held_database() {
    let house = House::new();
    let other = rusqlite::Connection::open(house.folder.path().join("fastcall.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    (1..=500).for_each(|id| house.store.record(closed(&call(id))).unwrap());
    wait_for("health to say so", || house.store.health().failing);
    assert_eq!((house.store.health().queued, house.store.health().refused), (500, 0));
    other.execute_batch("COMMIT").unwrap();
    house.store.flush().unwrap();
    assert!(!house.store.health().failing);
    assert_eq!(house.store.calls(&CallFilter::default()).unwrap().total, 500);
}

/// A full disk is an error that says so to who writes, not a crash, and what was there can still be read.
#[test]
fn a_full_disk_is_told() {
    let house = House::new();
    house.record([closed(&call(1))]);
    let full = house.store.write(|transaction| {
        transaction.query_row("PRAGMA max_page_count = 1", [], |_| Ok(()))?;
        transaction.execute("INSERT INTO facts (name, value) VALUES ('a', zeroblob(1000000))", [])?;
        Ok(())
    });
    assert!(matches!(full, Err(StoreError::Database(_))), "{full:?}");
    assert_eq!(house.store.calls(&CallFilter::default()).unwrap().total, 1);
}
