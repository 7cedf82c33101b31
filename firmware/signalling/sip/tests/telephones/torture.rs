//! The messages of RFC 4475, as a network would bring them.

use clock::Monotonic;
use sip::{SipCore, SipOutput, Source, Transport};
use std::path::PathBuf;

fn vectors() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../tests/vectors/sip")
}

/// What a core that knows nobody makes of a datagram: the status it answers with, or silence.
fn verdict(bytes: &[u8]) -> String {
    let mut core = SipCore::new(crate::town::config());
    let from = "192.0.2.66:5060".parse().unwrap();
    let source = Source { transport: Transport::Udp, from, local: crate::town::server() };
    core.receive(Monotonic(0), source, bytes);
    core.expire(Monotonic(400));
    let mut answer = None;
    while let Some(output) = core.poll() {
        match output {
            SipOutput::Transmit(message) => {
                let text = String::from_utf8_lossy(&message.bytes).into_owned();
                answer = answer.or_else(|| text.strip_prefix("SIP/2.0 ").map(|t| t[..3].to_owned()));
            }
            SipOutput::Leg { .. } => return "leg".to_owned(),
            SipOutput::Registration { .. } | SipOutput::Media(_) | SipOutput::Trace(_) => {}
        }
    }
    let counters = core.counters();
    answer.unwrap_or_else(|| if counters.unreadable > 0 { "unreadable" } else { "silent" }.to_owned())
}

/// Each message of RFC 4475 meets the verdict written beside it; none brings the core down, none becomes a call.
#[test]
fn rfc_4475() {
    let table = std::fs::read_to_string(vectors().join("rfc4475.txt")).expect("the table of verdicts");
    let mut wrong = Vec::new();
    let mut count = 0;
    for line in table.lines().filter(|l| !l.starts_with('#') && !l.is_empty()) {
        let mut words = line.split_whitespace();
        let (section, name, expected) = (words.next().unwrap(), words.next().unwrap(), words.next().unwrap());
        let bytes = std::fs::read(vectors().join("rfc4475").join(format!("{name}.dat"))).expect(name);
        let found = verdict(&bytes);
        count += 1;
        if found != expected {
            wrong.push(format!("{section} {name}: expected {expected}, found {found}"));
        }
    }
    assert_eq!(count, std::fs::read_dir(vectors().join("rfc4475")).unwrap().count());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
