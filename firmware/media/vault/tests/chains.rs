//! Whatever is done to the manifests of a volume, the audit finds it.

use identity::RecordingId;
use vault::*;

fn chain() -> Chain {
    let keys = KeyRing::new(Key::new(5, [7; 32]), [9; 32]);
    Chain::new(keys.signing(), Head::default())
}

fn closed(n: u64) -> Event {
    Event::Closed { recording: RecordingId(n), place: format!("{n}.fcr"), octets: n, sha256: to_hex(&[n as u8; 32]) }
}

/// Two days and their head.
fn days() -> (Chain, Vec<String>, String) {
    let mut chain = chain();
    let mut days = Vec::new();
    for day in 0..2 {
        let after = to_hex(&chain.head().hash);
        let begin = Event::Day { day: format!("2026-11-2{day}"), key: to_hex(chain.public().as_bytes()), after };
        let mut text = chain.line(1, begin).expect("a line");
        for n in 1..6 {
            text += &chain.line(2, closed(day * 10 + n)).expect("a line");
        }
        days.push(text);
    }
    let deleted = Event::Deleted { recording: RecordingId(1), place: "1.fcr".into(), why: "expired".into() };
    days[1] += &chain.line(3, deleted).expect("a line");
    let head = chain.head_text();
    (chain, days, head)
}

fn audit(days: &[String], head: Option<&str>) -> Audit {
    let mut audit = Audit::new(vec![chain().public()]);
    for (place, day) in days.iter().enumerate() {
        audit.read(&format!("day {place}"), day);
    }
    audit.finish(head);
    audit
}

#[test]
fn an_honest_chain_has_no_fault() {
    let (chain, days, head) = days();
    let audit = audit(&days, Some(&head));
    assert_eq!(audit.faults, []);
    assert_eq!((audit.entries, audit.deleted, audit.expected.len(), audit.first), (13, 1, 9, Some(1)));
    assert_eq!(audit.newest(), Some((13, to_hex(&chain.head().hash))));
}

/// The oldest day may have been taken away with its recordings: the audit tells from where it knows.
#[test]
fn a_chain_may_begin_later() {
    let (_, days, head) = days();
    let audit = audit(&days[1..], Some(&head));
    assert_eq!((audit.faults.len(), audit.first), (0, Some(7)));
}

/// Every octet of every line changed, one at a time; a line removed, doubled, moved; the end cut off.
#[test]
fn every_change_is_found() {
    let (_, days, head) = days();
    for (day, text) in days.iter().enumerate() {
        for at in 0..text.len() {
            let mut octets = text.clone().into_bytes();
            octets[at] = if octets[at] == b'0' { b'1' } else { b'0' };
            let mut changed = days.clone();
            changed[day] = String::from_utf8(octets).expect("ASCII");
            assert!(!audit(&changed, Some(&head)).faults.is_empty(), "day {day}, octet {at}");
        }
        let lines: Vec<&str> = text.lines().collect();
        for place in 0..lines.len() {
            let mut without = lines.clone();
            without.remove(place);
            let mut twice = lines.clone();
            twice.insert(place, lines[place]);
            let mut moved = lines.clone();
            moved.swap(place, (place + 1) % lines.len());
            for other in [without, twice, moved] {
                let mut changed = days.clone();
                changed[day] = other.join("\n") + "\n";
                assert!(!audit(&changed, Some(&head)).faults.is_empty(), "day {day}, line {place}");
            }
        }
    }
    let swapped = [days[1].clone(), days[0].clone()];
    assert!(!audit(&swapped, Some(&head)).faults.is_empty());
    assert_eq!(audit(&days[..1], Some(&head)).faults, [Fault::CutOff { found: 6, promised: 13 }]);
    assert_eq!(audit(&[], Some(&head)).faults, [Fault::CutOff { found: 0, promised: 13 }]);
    assert_eq!(audit(&days, None).faults, [Fault::NoHead]);
}

/// Another key's chain is not believed, however well it hangs together.
#[test]
fn a_forged_chain_is_found() {
    let other = KeyRing::new(Key::new(5, [7; 32]), [10; 32]);
    let mut forged = Chain::new(other.signing(), Head::default());
    let line = forged.line(1, closed(1)).expect("a line");
    let found = audit(&[line], Some(&forged.head_text()));
    assert!(found.faults.contains(&Fault::Forged { manifest: "day 0".into(), line: 1 }));
    assert!(found.faults.contains(&Fault::NoHead) && found.expected.is_empty());
}
