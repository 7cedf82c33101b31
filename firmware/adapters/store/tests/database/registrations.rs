//! Where telephones are reached, over a restart.

use crate::house::House;
use clock::WallTime;
use store::{Entry, Registration, Registrations, Store};

fn contact(name: &str, expires: i64) -> Registration {
    Registration {
        contact: format!("sip:{name}@192.0.2.77:5060"),
        remote: "[2001:db8::7]:5060".parse().unwrap(),
        local: "192.0.2.1:5060".parse().unwrap(),
        expires: WallTime(expires),
        call_id: "one@192.0.2.77".into(),
        cseq: u32::MAX,
    }
}

fn registered(extension: &str, contacts: Vec<Registration>) -> Entry {
    Entry::Registrations(Registrations { extension: extension.into(), contacts })
}

/// LIN-10: the last word of each telephone is what a restart finds: in the order of its contacts, without those that have run out.
#[test]
fn registrations_are_found_after_a_restart() {
    let house = House::new();
    house.record([
        registered("8001", vec![contact("a", 1000)]),
        registered("8002", vec![contact("x", 2000)]),
        registered("8003", vec![contact("y", 2000)]),
        registered("8001", vec![contact("b", 3000), contact("a", 2000)]),
        registered("8003", vec![]),
    ]);
    let again = Store::open(&house.folder.path().join("fastcall.db")).unwrap();
    let of = |extension: &str, contacts| Registrations { extension: extension.into(), contacts };
    assert_eq!(
        again.registrations(WallTime(1999)).unwrap(),
        [of("8001", vec![contact("b", 3000), contact("a", 2000)]), of("8002", vec![contact("x", 2000)])]
    );
    assert_eq!(again.registrations(WallTime(2000)).unwrap(), [of("8001", vec![contact("b", 3000)])]);
}
