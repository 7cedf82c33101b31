//! What was wrong with lines, from when to when.

use crate::house::House;
use clock::WallTime;
use desk::{AlarmKind, AlarmView};
use identity::{AlarmId, SpanId};
use store::{AlarmFilter, Entry, Store};

fn alarm(id: u64, kind: AlarmKind, (span, slot): (u16, Option<u8>), began: i64, ended: Option<i64>) -> AlarmView {
    AlarmView { id: AlarmId(id), kind, span: SpanId(span), slot, began: WallTime(began), ended: ended.map(WallTime) }
}

fn ids(store: &Store, filter: &AlarmFilter) -> Vec<u64> {
    store.alarms(filter, 1, 50).unwrap().1.iter().map(|row| row.alarm.id.0).collect()
}

/// An alarm's end joins its beginning; those that stand come first, then the newest.
#[test]
fn alarms_are_found_by_what_is_asked() {
    let house = House::new();
    house.record([
        Entry::Alarm(alarm(1, AlarmKind::Los, (1, None), 1000, None)),
        Entry::Alarm(alarm(2, AlarmKind::SignallingDown, (2, None), 2000, None)),
        Entry::Alarm(alarm(2, AlarmKind::SignallingDown, (2, None), 2000, Some(2500))),
        Entry::Alarm(alarm(3, AlarmKind::CircuitHealed, (1, Some(4)), 3000, Some(3000))),
    ]);
    let store = &house.store;
    let all = AlarmFilter::default();
    assert_eq!(ids(store, &all), [1, 3, 2]);
    assert_eq!(ids(store, &AlarmFilter { standing: true, ..all.clone() }), [1]);
    assert_eq!(ids(store, &AlarmFilter { span: Some(SpanId(1)), slot: Some(4), ..all.clone() }), [3]);
    assert_eq!(ids(store, &AlarmFilter { kind: Some(AlarmKind::SignallingDown), ..all.clone() }), [2]);
    // Those that stood at some time of the span asked for.
    let span = |from, to| AlarmFilter { from: Some(WallTime(from)), to: Some(WallTime(to)), ..all.clone() };
    assert_eq!(ids(store, &span(2400, 2900)), [1, 2]);
    assert_eq!(ids(store, &span(2501, 2900)), [1]);
    let (total, second) = store.alarms(&all, 2, 2).unwrap();
    assert_eq!((total, second.len(), second[0].alarm.id.0), (3, 1, 2));
}

/// What stood when the box stopped ends with its next start, and says that this is why.
#[test]
fn a_start_ends_what_stood() {
    let house = House::new();
    house.record([Entry::Alarm(alarm(1, AlarmKind::Ais, (1, None), 1000, None))]);
    let again = Store::open(&house.folder.path().join("fastcall.db")).unwrap();
    assert_eq!(again.cut_alarms(WallTime(9000)).unwrap(), 1);
    let row = again.alarms(&AlarmFilter::default(), 1, 50).unwrap().1.remove(0);
    assert_eq!((row.alarm.ended, row.cut), (Some(WallTime(9000)), true));
}
