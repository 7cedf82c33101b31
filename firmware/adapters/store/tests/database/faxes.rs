//! The list of faxes.

use crate::house::{House, digits};
use clock::WallTime;
use desk::{FaxDirection, FaxState, FaxView};
use identity::FaxId;
use store::{Entry, FaxFilter};

fn fax(id: u64, direction: FaxDirection, state: FaxState) -> Box<FaxView> {
    Box::new(FaxView {
        id: FaxId(id),
        direction,
        extension: digits("8900"),
        number: digits("02155550001"),
        station: String::new(),
        state,
        reason: String::new(),
        pages: 0,
        bits_a_second: 0,
        attempts: 1,
        began: WallTime(1_763_800_000_000 + id as i64),
        ended: None,
    })
}

/// SW-13: a fax's story is one row, however often it is told; it is found by number, station, box, way and state.
#[test]
fn a_fax_is_one_row_and_is_found() {
    let house = House::new();
    let mut received = fax(1, FaxDirection::Received, FaxState::Talking);
    house.record([
        Entry::Fax(received.clone()),
        Entry::Fax(fax(2, FaxDirection::Sent, FaxState::Waiting)),
        Entry::Fax(fax(3, FaxDirection::Sent, FaxState::Talking)),
    ]);
    received.state = FaxState::Complete;
    received.station = "+86 21 5555 0001".to_owned();
    (received.pages, received.ended) = (10, Some(WallTime(1_763_800_060_000)));
    house.record([Entry::Fax(received.clone())]);
    assert_eq!(house.store.fax(FaxId(1)).unwrap(), Some(*received));
    let found = |filter: FaxFilter| {
        let (total, rows) = house.store.faxes(&filter, 1, 2).unwrap();
        (total, rows.iter().map(|fax| fax.id.0).collect::<Vec<_>>())
    };
    assert_eq!(found(FaxFilter::default()), (3, vec![3, 2]));
    let filter = |text: &str| FaxFilter { text: Some(text.to_owned()), ..FaxFilter::default() };
    assert_eq!(found(filter("86 21")), (1, vec![1]));
    assert_eq!(found(filter("5555")), (3, vec![3, 2]));
    assert_eq!(found(filter("%")), (0, vec![]));
    let sent =
        FaxFilter { direction: Some(FaxDirection::Sent), state: Some(FaxState::Waiting), ..FaxFilter::default() };
    assert_eq!(found(sent), (1, vec![2]));
    assert_eq!(found(FaxFilter { extension: Some(digits("8901")), ..FaxFilter::default() }), (0, vec![]));
}

/// After a stop, what was under way is broken off and says why; what waited still waits.
#[test]
fn a_start_finds_what_waits() {
    let house = House::new();
    house.record([
        Entry::Fax(fax(1, FaxDirection::Sent, FaxState::Waiting)),
        Entry::Fax(fax(2, FaxDirection::Received, FaxState::Talking)),
        Entry::Fax(fax(3, FaxDirection::Sent, FaxState::NoFax)),
    ]);
    let waiting = house.store.resume_faxes(WallTime(1_763_800_100_000)).unwrap();
    assert_eq!(waiting.iter().map(|fax| fax.id.0).collect::<Vec<_>>(), [1]);
    let cut = house.store.fax(FaxId(2)).unwrap().unwrap();
    assert_eq!((cut.state, cut.reason.as_str()), (FaxState::Broken, "the box stopped"));
    assert_eq!(cut.ended, Some(WallTime(1_763_800_100_000)));
    assert!(house.store.remove_fax(FaxId(2)).unwrap());
    assert!(!house.store.remove_fax(FaxId(1)).unwrap(), "one that waits is cancelled, not struck off");
}
