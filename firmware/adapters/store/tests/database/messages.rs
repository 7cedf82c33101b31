//! For whose owners messages wait.

use crate::house::House;
use store::{Entry, Store};

/// LIN-12: that messages wait outlives a restart, told once or twice; taken back, it is forgotten.
#[test]
fn waiting_messages_outlive_a_restart() {
    let house = House::new();
    let entry = |extension: &str, waiting| Entry::MessageWaiting { extension: extension.parse().unwrap(), waiting };
    house.record([entry("8003", true), entry("8005", true), entry("8003", true), entry("8005", false)]);
    let again = Store::open(&house.folder.path().join("fastcall.db")).unwrap();
    assert_eq!(again.messages_waiting().unwrap(), ["8003".parse().unwrap()]);
    house.record([entry("8003", false)]);
    assert_eq!(house.store.messages_waiting().unwrap(), []);
}
