//! Who is not let in, and what they learn.

use crate::town::{Town, config, phone_address, phone_config};
use clock::Millis;
use sip::phone::{PhoneConfig, PhoneEvent};
use sip::{FramingFault, TcpFramer};
use std::net::SocketAddr;

fn request(method: &str, user: &str, extra: &str) -> Vec<u8> {
    format!(
        "{method} sip:192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bK{method}{user};rport\r\nMax-Forwards: 70\r\n\
         From: <sip:{user}@192.0.2.1>;tag=1\r\nTo: <sip:{user}@192.0.2.1>\r\nCall-ID: c{user}\r\nCSeq: 1 {method}\r\n\
         Contact: <sip:{user}@10.0.0.9>\r\n{extra}\r\n"
    )
    .into_bytes()
}

fn stranger() -> SocketAddr {
    "203.0.113.5:1024".parse().unwrap()
}

/// A user that exists and one that does not get the same answer, so that extensions cannot be listed; replies go where the request came
/// from, not to the private address it names (RFC 3581).
#[test]
fn nobody_learns_who_exists() {
    let mut town = Town::with(1);
    town.inject(stranger(), &request("REGISTER", "8001", ""));
    town.inject(stranger(), &request("REGISTER", "8999", ""));
    let shape = |i: usize| {
        let text = String::from_utf8_lossy(&town.wire[i].bytes).into_owned();
        let keep = |l: &&str| !l.contains("tag=") && !l.contains("nonce=") && !l.contains("800") && !l.contains("899");
        text.lines().filter(keep).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(town.wire.len(), 2);
    assert_eq!(shape(0), shape(1));
    assert!(town.wire.iter().all(|m| m.to == stranger()));
    assert_eq!(town.said("rport=1024;received=203.0.113.5"), 2);
}

/// A wrong password never registers, and a guesser is no longer answered after a few tries; the seat next door goes on.
#[test]
fn guessing_passwords() {
    let guesser = PhoneConfig { password: "wrong".to_owned(), ..phone_config(1) };
    let mut town = Town::built(config(), vec![phone_config(0), guesser]).registered();
    for _ in 0..8 {
        let now = town.now;
        town.phones[1].register(now);
        town.run(Millis::secs(1));
    }
    let failed = |e: &(usize, PhoneEvent)| e.0 == 1 && matches!(e.1, PhoneEvent::RegistrationFailed { .. });
    assert!(town.events.iter().any(failed));
    assert!(!town.events.iter().any(|e| e.0 == 1 && matches!(e.1, PhoneEvent::Registered { .. })));
    let counters = town.core.counters();
    assert!(counters.ignored > 0 && counters.wrong_credentials >= 5, "{counters:?}");
    let now = town.now;
    town.phones[0].register(now);
    town.run(Millis::secs(1));
    assert!(town.events.iter().rev().any(|e| e.0 == 0 && matches!(e.1, PhoneEvent::Registered { .. })));
}

/// A scanner is not answered at all.
#[test]
fn scanners() {
    let mut town = Town::with(1);
    town.inject(stranger(), &request("OPTIONS", "100", "User-Agent: friendly-scanner\r\n"));
    assert!(town.wire.is_empty());
    assert_eq!(town.core.counters().ignored, 1);
}

/// Credentials that were used once are not taken again from a listener on the wire: the count of a nonce is used up.
#[test]
fn credentials_are_used_once() {
    let mut town = Town::with(1).registered();
    let said = town.wire.iter().rev().find(|m| String::from_utf8_lossy(&m.bytes).contains("Authorization: Digest"));
    let text = String::from_utf8_lossy(&said.unwrap().bytes).into_owned();
    let replayed = text.replace("branch=z9hG4bK", "branch=z9hG4bKreplayed").replace("CSeq: 2", "CSeq: 3");
    let before = town.said("stale=true");
    town.inject(phone_address(0), replayed.as_bytes());
    assert_eq!(town.said("stale=true"), before + 1);
}

/// RFC 3261 10.3: too short an expiry is refused with the shortest there is; the asterisk removes all contacts.
#[test]
fn expiries_and_asterisks() {
    let brief = PhoneConfig { expires_seconds: 10, ..phone_config(0) };
    let mut town = Town::built(config(), vec![brief]);
    let now = town.now;
    town.phones[0].register(now);
    town.run(Millis::secs(1));
    assert!(town.said("SIP/2.0 423") > 0 && town.said("Min-Expires: 60") > 0);
    assert!(town.registrations.is_empty());
}

/// A stream is cut at its Content-Lengths however it arrives; one without is not followed.
#[test]
fn streams() {
    let message = b"OPTIONS sip:a SIP/2.0\r\nl: 4\r\n\r\nbody".to_vec();
    let twice = [message.clone(), message.clone()].concat();
    let mut framer = TcpFramer::default();
    let mut found = Vec::new();
    for byte in twice {
        framer.push(&[byte]).unwrap();
        found.extend(framer.next_message().unwrap());
    }
    assert_eq!(found, [message.clone(), message]);
    framer.push(b"OPTIONS sip:a SIP/2.0\r\n\r\n").unwrap();
    assert_eq!(framer.next_message(), Err(FramingFault::NoLength));
    let mut framer = TcpFramer::default();
    framer.push(&vec![b'a'; 20_000]).unwrap();
    assert_eq!(framer.next_message(), Err(FramingFault::HeadTooLong));
}
