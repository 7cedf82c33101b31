//! Bad networks and bad messages.

use crate::town::{Town, Weather};
use clock::{Millis, Monotonic};
use legs::{LegIndication, LegRequest};
use numbering::Cause;
use proptest::prelude::*;
use sip::{SipCore, SipOutput, Source, Transport};

/// One storm: calls both ways with loss, doubles and reordering; some are answered, some given up, all end.
fn storm(seed: u64, weather: Weather) -> Town {
    let mut town = Town::with(3).registered().seeded(seed);
    town.weather = weather;
    for round in 0..6 {
        let phone = (round % 3) as usize;
        let leg = town.call(phone, "13800000000", round % 2 == 0);
        let now = town.now;
        let call = town.phones[phone].dial(now, "8009");
        let wait = town.draw(3000);
        town.run(Millis(wait));
        let came: Vec<_> =
            town.heard.iter().filter(|(_, w)| matches!(w, LegIndication::Setup(_))).map(|(l, _)| *l).collect();
        for leg in came {
            match town.draw(5) {
                0 => town.ask(leg, LegRequest::Alerting { inband: true }),
                1 => town.ask(leg, LegRequest::Hold),
                2 => town.release(leg, Cause::UserBusy),
                _ => town.ask(leg, LegRequest::Answer { connected: None }),
            }
        }
        if town.draw(2) == 0 {
            let now = town.now;
            town.phones[phone].hold(now, call);
        }
        town.ask(leg, LegRequest::AnswerNow);
        let wait = town.draw(5000);
        town.run(Millis(wait));
        let now = town.now;
        town.phones[phone].hang_up(now, call, Cause::NormalClearing.into());
        town.release(leg, Cause::NormalClearing);
    }
    let came: Vec<_> = town.heard.iter().map(|(l, _)| *l).collect();
    for leg in came {
        town.release(leg, Cause::NormalClearing);
    }
    // What the telephones still ring with is taken off the hook's way.
    let calls: Vec<_> = town
        .events
        .iter()
        .filter_map(|(i, e)| match e {
            sip::phone::PhoneEvent::Call { call, .. } => Some((*i, *call)),
            _ => None,
        })
        .collect();
    for (phone, call) in calls {
        let now = town.now;
        town.phones[phone].hang_up(now, call, Cause::NormalClearing.into());
    }
    town
}

/// In any weather each leg ends once, nothing is left behind, and the same seed says the same words.
#[test]
fn no_leg_is_left_behind() {
    for seed in 1..=40 {
        let weather = Weather { loss: seed % 30, doubling: seed % 20, jitter: (seed * 37) % 700 };
        let mut town = storm(seed, weather);
        town.expect_quiet();
        if seed % 10 == 0 {
            let mut again = storm(seed, weather);
            again.run(Millis::secs(120));
            assert!(town.wire == again.wire, "seed {seed} does not replay");
        }
    }
}

fn source() -> Source {
    Source {
        transport: Transport::Udp,
        from: "192.0.2.66:5060".parse().unwrap(),
        local: "192.0.2.1:5060".parse().unwrap(),
    }
}

fn fed(messages: &[Vec<u8>]) -> usize {
    let mut core = SipCore::new(crate::town::config());
    for (i, bytes) in messages.iter().enumerate() {
        core.receive(Monotonic(i as u64), source(), bytes);
    }
    core.expire(Monotonic(1000));
    std::iter::from_fn(|| core.poll()).filter(|o| matches!(o, SipOutput::Leg { .. })).count()
}

const SAMPLE: &str = "INVITE sip:8002@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.66;branch=z9hG4bKq;rport\r\nMax-Forwards: 70\r\n\
From: \"A\" <sip:8001@192.0.2.1>;tag=1\r\nTo: <sip:8002@192.0.2.1>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\nContact: <sip:8001@192.0.2.66>\r\n\
Authorization: Digest username=\"8001\", realm=\"town\", nonce=\"0.1.2\", uri=\"sip:8002@192.0.2.1\", response=\"0\", qop=auth, nc=00000001, cnonce=\"a\"\r\n\
Replaces: a;to-tag=b;from-tag=c\r\nRefer-To: <sip:1@h?Replaces=a%3Bto-tag%3Db>\r\nSession-Expires: 90\r\nContent-Type: application/sdp\r\n\r\n\
v=0\r\no=- 1 1 IN IP4 192.0.2.66\r\ns=-\r\nc=IN IP4 192.0.2.66\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=sendonly\r\n";

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Noise never makes a leg and never brings the core down.
    #[test]
    fn noise(messages in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..400), 1..8)) {
        prop_assert_eq!(fed(&messages), 0);
    }

    /// Nor does a message with octets changed, cut or put in: without a password nothing becomes a leg.
    #[test]
    fn mutations(edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_u8..4), 1..12)) {
        let mut bytes = SAMPLE.as_bytes().to_vec();
        for (at, value, kind) in edits {
            if bytes.is_empty() {
                break;
            }
            let i = at.index(bytes.len());
            match kind {
                0 => bytes[i] = value,
                1 => { bytes.remove(i); }
                2 => bytes.insert(i, value),
                _ => bytes.truncate(i.max(1)),
            }
        }
        let cut = bytes[..bytes.len() / 2].to_vec();
        prop_assert_eq!(fed(&[bytes, cut]), 0);
    }

    /// The same within a live call: whatever the telephone says, the exchange's bookkeeping holds.
    #[test]
    fn mutations_within_calls(seed in any::<u64>(), edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut town = Town::with(1).registered().seeded(seed);
        let now = town.now;
        let call = town.phones[0].dial(now, "8009");
        town.run(Millis::secs(1));
        let leg = town.came();
        town.ask(leg, LegRequest::Answer { connected: None });
        let now = town.now;
        town.phones[0].hold(now, call);
        town.run(Millis::secs(1));
        let said: Vec<Vec<u8>> = town.wire.iter().map(|m| m.bytes.clone()).collect();
        for mut bytes in said {
            for (at, value) in &edits {
                let i = at.index(bytes.len());
                bytes[i] = *value;
            }
            town.inject(crate::town::phone_address(0), &bytes);
        }
        town.release(leg, Cause::NormalClearing);
        town.run(Millis::secs(120));
        town.expect_one_last_word();
    }
}
