//! Which recordings may be deleted, and which must not be.

use crate::house::House;
use clock::WallTime;
use identity::{CallId, RecordingId};
use store::{AuditRow, Entry, Hold};

fn audit(action: &str) -> AuditRow {
    let words = ["anna", "-", action, ""].map(str::to_owned);
    let [actor, source, action, detail] = words;
    AuditRow { at: WallTime(5), actor, source, action, detail }
}

fn house() -> House {
    let house = House::new();
    for id in 1..=5 {
        let path = if id == 5 { "/mnt/b/5.fcr".to_owned() } else { format!("{id}.fcr") };
        house.record([Entry::RecordingStarted { recording: RecordingId(id), call: CallId(id), path }]);
        if id != 4 {
            house.record([Entry::RecordingEnded { recording: RecordingId(id), millis: 1000, bytes: id * 100 }]);
        }
    }
    house
}

/// The oldest first; none that is held, deleted, still recorded, or on another volume.
#[test]
fn the_oldest_that_may_go() {
    let house = house();
    let store = &house.store;
    let ids = |volume: &str, below: Option<u64>| -> Vec<u64> {
        let rows = store.deletable_recordings(volume, below.map(RecordingId), 10).unwrap();
        rows.iter().map(|row| row.id.0).collect()
    };
    assert_eq!((ids("", None), ids("", Some(3)), ids("/mnt/b", None)), (vec![1, 2, 3], vec![1, 2], vec![5]));
    assert_eq!((store.recorded_octets("").unwrap(), store.recorded_octets("/mnt/b").unwrap()), (600, 500));
    assert!(store.recording_deleted(RecordingId(1), WallTime(9), "expired").unwrap());
    assert!(!store.recording_deleted(RecordingId(1), WallTime(9), "expired").unwrap(), "once");
    assert!(!store.recording_deleted(RecordingId(4), WallTime(9), "expired").unwrap(), "in progress");
    assert_eq!((ids("", None), store.recorded_octets("").unwrap()), (vec![2, 3], 500));
    store.recording_kept(RecordingId(1)).unwrap();
    assert_eq!(ids("", None), [1, 2, 3]);
    house.record([Entry::RecordingPlaced { recording: RecordingId(3), path: "/mnt/b/3.fcr".into() }]);
    assert_eq!((ids("", None), ids("/mnt/b", None)), (vec![1, 2], vec![3, 5]));
}

/// A legal hold keeps a recording whatever is asked; setting and ending it stand in the audit log, and what was refused does not.
#[test]
fn a_held_recording_stays() {
    let house = house();
    let store = &house.store;
    let hold = || Some(Hold { since: WallTime(7), by: "anna".into(), why: "court order 12".into() });
    assert!(store.hold_recording(RecordingId(2), hold(), audit("hold_recording")).unwrap());
    assert!(!store.hold_recording(RecordingId(9), hold(), audit("hold_recording")).unwrap());
    assert_eq!(store.recording(RecordingId(2)).unwrap().unwrap().hold, hold());
    assert!(!store.recording_deleted(RecordingId(2), WallTime(9), "expired").unwrap());
    let deletable = store.deletable_recordings("", None, 10).unwrap();
    assert!(deletable.iter().all(|row| row.id != RecordingId(2)));
    assert!(store.hold_recording(RecordingId(2), None, audit("release_recording")).unwrap());
    assert!(store.recording_deleted(RecordingId(2), WallTime(9), "expired").unwrap());
    assert!(!store.hold_recording(RecordingId(2), hold(), audit("hold_recording")).unwrap(), "gone");
    let (total, rows) = store.audit_page(1, 10).unwrap();
    assert_eq!((total, rows[0].action.as_str(), rows[1].action.as_str()), (2, "release_recording", "hold_recording"));
}
