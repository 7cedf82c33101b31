//! Telephones with SRTP: what passes between them and others, what the box itself says, and who tries to break in.

use graph::{Engine, Limits, Moment, connect};
use identity::LegId;
use plan::{
    Codec, Hears, Law, MediaIndication, MediaRequest, Plan, Port, RtpSession, SrtpKey, SrtpKeys, SrtpSuite, SrtpTold,
    Tone,
};
use rtp::{Header, Packet};
use srtp::{Opener, Sealer};
use std::net::SocketAddr;

const ANNA: u16 = 0;
const BEN: u16 = 1;

fn address(phone: u16) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 7], 4000 + 2 * phone))
}

fn port(phone: u16) -> u16 {
    20_000 + 2 * phone
}

fn leg(phone: u16) -> LegId {
    LegId(u64::from(phone) + 1)
}

fn key(suite: SrtpSuite, seed: u8) -> SrtpKey {
    let material: Vec<u8> = (0..suite.key_octets() as u8).map(|n| n.wrapping_mul(29) ^ seed).collect();
    SrtpKey::new(suite, &material).expect("as long as the suite's key")
}

/// A telephone's own side of SRTP.
struct Phone {
    number: u16,
    keys: SrtpKeys,
    sealer: Sealer,
    opener: Opener,
    sequence: u16,
}

impl Phone {
    fn new(number: u16, suite: SrtpSuite) -> Phone {
        // What the box sends is what the telephone opens.
        let (send, receive) = (key(suite, number as u8), key(suite, 0x80 | number as u8));
        let keys = SrtpKeys { send, receive };
        Phone { number, keys, sealer: Sealer::new(&receive), opener: Opener::new(&send), sequence: 65_500 }
    }

    fn packet(&mut self, speech: &[u8; 160]) -> Vec<u8> {
        let header = Header {
            marker: false,
            payload_type: 8,
            sequence: self.sequence,
            timestamp: u32::from(self.sequence) * 160,
            ssrc: 70 + u32::from(self.number),
        };
        self.sequence = self.sequence.wrapping_add(1);
        [&header.octets()[..], speech].concat()
    }

    fn sealed(&mut self, speech: &[u8; 160]) -> Vec<u8> {
        let mut packet = self.packet(speech);
        let length = packet.len();
        packet.resize(length + srtp::MOST_ADDED, 0);
        let sealed = self.sealer.seal_rtp(&mut packet, length).expect("a new number");
        packet.truncate(sealed);
        packet
    }

    fn hears(&mut self, packet: &[u8]) -> Option<Vec<u8>> {
        let mut packet = packet.to_vec();
        let length = self.opener.open_rtp(&mut packet).ok()?;
        Some(Packet::parse(&packet[..length]).ok()?.payload.to_vec())
    }
}

fn session(phone: u16) -> RtpSession {
    RtpSession {
        remote: address(phone),
        codec: Codec::G711(Law::A),
        payload_type: 8,
        event_payload_type: None,
        event_khz: 8,
        packet_millis: 20,
        send: true,
        receive: true,
    }
}

fn desk() -> Engine {
    let limits = Limits::default();
    let (ends, _loader, _recorder) = connect(&limits);
    let mut engine = Engine::new(limits, ends);
    for phone in [ANNA, BEN] {
        engine.request(MediaRequest::Open { leg: leg(phone), port: Port::Rtp { local_port: port(phone) } });
        engine.request(MediaRequest::Negotiated { leg: leg(phone), rtp: session(phone) });
        let plan = Plan { hears: Hears::Leg(leg(1 - phone)), ..Plan::default() };
        engine.request(MediaRequest::Plan { leg: leg(phone), plan });
    }
    engine
}

fn secure(engine: &mut Engine, phone: &Phone) {
    engine.request(MediaRequest::Secure { leg: leg(phone.number), keys: Some(phone.keys) });
}

/// What of a telephone's packet leaves for the other at once.
fn passed(engine: &mut Engine, phone: u16, packet: &[u8]) -> Option<Vec<u8>> {
    let mut room = packet.to_vec();
    let passed = engine.rtp_received(port(phone), address(phone), &mut room, 1_000_000).pass?;
    assert_eq!(passed.remote, address(1 - phone));
    Some(if passed.sealed { engine.sealed(passed.length).to_vec() } else { room[..passed.length].to_vec() })
}

/// Both telephones speak SRTP, each with keys of its own, of each suite with each: every packet is opened and sealed anew, while the numbers
/// run around.
#[test]
fn two_telephones_with_srtp_talk() {
    for suites in SrtpSuite::ALL.iter().flat_map(|one| SrtpSuite::ALL.map(|other| [*one, other])) {
        let mut engine = desk();
        let [mut anna, mut ben] = [Phone::new(ANNA, suites[0]), Phone::new(BEN, suites[1])];
        secure(&mut engine, &anna);
        secure(&mut engine, &ben);
        for n in 0..100u8 {
            let sent = anna.sealed(&[n; 160]);
            let arrived = passed(&mut engine, ANNA, &sent).expect("it passes");
            assert_ne!(arrived[12..172], [n; 160], "readable on the way");
            assert_eq!(ben.hears(&arrived), Some(vec![n; 160]));
            let answer = ben.sealed(&[!n; 160]);
            let arrived = passed(&mut engine, BEN, &answer).expect("it passes");
            assert_eq!(anna.hears(&arrived), Some(vec![!n; 160]));
        }
        let counters = engine.counters();
        assert_eq!((counters.rtp_forged, counters.rtp_replayed, counters.rtp_unsealed), (0, 0, 0));
    }
}

/// One telephone has SRTP, the other has not: each gets what it can read.
#[test]
fn srtp_on_one_side_only() {
    let mut engine = desk();
    let (mut anna, mut ben) = (Phone::new(ANNA, SrtpSuite::AesCm128HmacSha1_80), Phone::new(BEN, SrtpSuite::ALL[0]));
    secure(&mut engine, &anna);
    let sent = anna.sealed(&[1; 160]);
    let arrived = passed(&mut engine, ANNA, &sent).expect("it passes");
    assert_eq!(Packet::parse(&arrived).expect("plain RTP").payload, [1; 160]);
    let plain = ben.packet(&[2; 160]);
    let arrived = passed(&mut engine, BEN, &plain).expect("it passes");
    assert_eq!(anna.hears(&arrived), Some(vec![2; 160]));
}

/// Forged, changed, repeated and plain packets to a telephone with SRTP are dropped and counted, and the call goes on.
#[test]
fn what_is_not_the_far_ends_is_dropped() {
    let mut engine = desk();
    let [mut anna, mut ben] = [ANNA, BEN].map(|phone| Phone::new(phone, SrtpSuite::AesCm128HmacSha1_80));
    secure(&mut engine, &anna);
    secure(&mut engine, &ben);
    for n in 0..50u8 {
        let good = anna.sealed(&[n; 160]);
        let mut changed = good.clone();
        changed[100] ^= 4;
        assert_eq!(passed(&mut engine, ANNA, &changed), None);
        let plain = Phone::new(ANNA, SrtpSuite::AesCm128HmacSha1_80).packet(&[9; 160]);
        assert_eq!(passed(&mut engine, ANNA, &plain), None);
        let arrived = passed(&mut engine, ANNA, &good).expect("the true one passes");
        assert_eq!(ben.hears(&arrived), Some(vec![n; 160]));
        assert_eq!(passed(&mut engine, ANNA, &good), None, "a repetition");
    }
    let counters = engine.counters();
    // A plain packet whose number was there already counts as a repetition.
    assert_eq!(counters.rtp_forged + counters.rtp_replayed, 150);
    assert!(counters.rtp_forged >= 50 && counters.rtp_replayed >= 50, "{counters:?}");
}

/// What the box itself says to a telephone with SRTP is sealed, its reports too, and so is its farewell.
#[test]
fn what_the_box_says_is_sealed() {
    for suite in SrtpSuite::ALL {
        let mut engine = desk();
        let mut anna = Phone::new(ANNA, suite);
        secure(&mut engine, &anna);
        let plan = Plan { hears: Hears::Tone(Tone::Dial), ..Plan::default() };
        engine.request(MediaRequest::Plan { leg: leg(ANNA), plan });
        let (mut heard, mut reports) = (0, 0);
        for tick in 1..1000u64 {
            engine.tick(Moment { micros: tick * 20_000, unix_micros: tick * 20_000 });
            for packet in engine.packets() {
                if packet.local_port == port(ANNA) {
                    assert_eq!(anna.hears(packet.octets()).map(|speech| speech.len()), Some(160));
                    heard += 1;
                } else if packet.local_port == port(ANNA) + 1 {
                    assert!(anna.opener.open_rtcp(&mut packet.octets().to_vec()).is_ok(), "a sealed report");
                    reports += 1;
                }
            }
            engine.packets_sent();
        }
        assert!(heard == 999 && reports >= 2, "{heard} packets, {reports} reports");
        engine.request(MediaRequest::Close { leg: leg(ANNA) });
        let farewell = engine.packets()[0].octets().to_vec();
        let mut open = farewell.clone();
        let length = anna.opener.open_rtcp(&mut open).expect("a sealed farewell");
        assert!(rtp::compound(&open[..length]).any(|packet| matches!(packet, Ok(rtp::Rtcp::Bye { .. }))));
        assert_ne!(farewell[8..length], open[8..length], "readable on the way");
    }
}

/// A negotiation that repeats the keys goes on with their counts: an old packet is still known, and no number is sealed twice. New keys begin
/// anew.
#[test]
fn keys_that_stay_keep_their_counts() {
    let mut engine = desk();
    let [mut anna, ben] = [ANNA, BEN].map(|phone| Phone::new(phone, SrtpSuite::AesCm128HmacSha1_80));
    secure(&mut engine, &anna);
    secure(&mut engine, &ben);
    let old = anna.sealed(&[1; 160]);
    assert!(passed(&mut engine, ANNA, &old).is_some());
    secure(&mut engine, &anna);
    secure(&mut engine, &ben);
    assert_eq!(passed(&mut engine, ANNA, &old), None);
    let mut renewed = Phone::new(ANNA, SrtpSuite::AeadAes128Gcm);
    renewed.sequence = anna.sequence + 1;
    secure(&mut engine, &renewed);
    let next = anna.sealed(&[2; 160]);
    assert_eq!(passed(&mut engine, ANNA, &next), None, "the old key is gone");
    let fresh = renewed.sealed(&[3; 160]);
    assert!(passed(&mut engine, ANNA, &fresh).is_some());
}

/// The call's record says of each leg whether it was encrypted, and not that it was when only a part of it was.
#[test]
fn the_last_account_tells_whether_it_was_encrypted() {
    let told = |engine: &mut Engine, phone: u16| {
        while engine.indication().is_some() {}
        engine.request(MediaRequest::Close { leg: leg(phone) });
        std::iter::from_fn(|| engine.indication()).find_map(|told| match told {
            MediaIndication::Quality { quality, .. } => quality.srtp,
            _ => None,
        })
    };
    let suite = SrtpSuite::AeadAes128Gcm;
    let anna = Phone::new(ANNA, suite);
    let keys = Some(anna.keys);
    let rtp = session(ANNA);

    let mut engine = desk();
    assert_eq!(told(&mut engine, BEN), Some(SrtpTold::Never));
    // Keys come before the terms, as SIP gives them.
    engine.request(MediaRequest::Open { leg: leg(BEN), port: Port::Rtp { local_port: port(BEN) } });
    engine.request(MediaRequest::Secure { leg: leg(BEN), keys });
    engine.request(MediaRequest::Negotiated { leg: leg(BEN), rtp });
    engine.request(MediaRequest::Secure { leg: leg(BEN), keys });
    assert_eq!(told(&mut engine, BEN), Some(SrtpTold::Always(suite)));

    secure(&mut engine, &anna);
    assert_eq!(told(&mut engine, ANNA), Some(SrtpTold::AtTimes), "it began in plain words");
    let mut engine = desk();
    engine.request(MediaRequest::Secure { leg: leg(ANNA), keys });
    engine.request(MediaRequest::Secure { leg: leg(ANNA), keys: None });
    assert_eq!(told(&mut engine, ANNA), Some(SrtpTold::AtTimes), "it ended so");
}
