//! Legs on RTP: phones behind NATs, bridges to circuits, keys, silence, strangers.

use graph::{Engine, Limits, Moment, OutgoingPacket, RecorderEnd, connect};
use identity::{CircuitId, LegId, RecordingId, SpanId};
use numbering::Key;
use pcm::{Speech, alaw, mulaw};
use plan::{Codec, Hears, Law, MediaIndication, MediaRequest, Plan, Port, Quality, RtpSession, Tone};
use rtp::{Header, Packet};
use std::net::SocketAddr;

const PORT: u16 = 20_000;
const TICK: u64 = 20_000;

fn address(port: u16) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 7], port))
}

fn session() -> RtpSession {
    RtpSession {
        remote: address(4000),
        codec: Codec::G711(Law::A),
        payload_type: 8,
        event_payload_type: None,
        event_khz: 8,
        packet_millis: 20,
        send: true,
        receive: true,
    }
}

/// The box, a circuit and a phone.
struct Desk {
    engine: Engine,
    recorder: RecorderEnd,
    now: u64,
    sequence: u16,
    ssrc: u32,
}

const LINE: LegId = LegId(1);
const PHONE: LegId = LegId(2);
const CIRCUIT: CircuitId = CircuitId { span: SpanId(1), slot: 1 };

impl Desk {
    fn new(session: RtpSession) -> Desk {
        let limits = Limits::default();
        let (ends, _, recorder) = connect(&limits);
        let mut desk = Desk { engine: Engine::new(limits, ends), recorder, now: TICK, sequence: 0, ssrc: 0xfeed };
        desk.engine.request(MediaRequest::Open { leg: LINE, port: Port::Circuit(CIRCUIT) });
        desk.engine.request(MediaRequest::Open { leg: PHONE, port: Port::Rtp { local_port: PORT } });
        desk.engine.request(MediaRequest::Negotiated { leg: PHONE, rtp: session });
        desk.tick(&alaw::SILENT);
        desk
    }

    fn bridged(session: RtpSession) -> Desk {
        let mut desk = Desk::new(session);
        desk.plan(LINE, Plan { hears: Hears::Leg(PHONE), ..Plan::default() });
        desk.plan(PHONE, Plan { hears: Hears::Leg(LINE), ..Plan::default() });
        desk
    }

    fn plan(&mut self, leg: LegId, plan: Plan) {
        self.engine.request(MediaRequest::Plan { leg, plan });
    }

    /// The line says a block; returns what it hears and the packets that were sent.
    fn tick(&mut self, said: &Speech) -> (Speech, Vec<OutgoingPacket>) {
        self.engine.circuit_received(CIRCUIT, said);
        self.engine.tick(Moment { micros: self.now, unix_micros: self.now });
        self.now += TICK;
        let packets = self.engine.packets().to_vec();
        self.engine.packets_sent();
        let mut heard = [0; 160];
        self.engine.circuit_transmit(CIRCUIT, &mut heard);
        (heard, packets)
    }

    /// The phone sends a packet, so many microseconds before the next tick.
    fn phone_sends(&mut self, from: u16, payload_type: u8, timestamp: u32, payload: &[u8], before: u64) {
        let header = Header { marker: false, payload_type, sequence: self.sequence, timestamp, ssrc: self.ssrc };
        self.sequence = self.sequence.wrapping_add(1);
        let mut datagram = [&header.octets()[..], payload].concat();
        self.engine.rtp_received(PORT, address(from), &mut datagram, self.now - before);
    }

    /// All but how packets fare, which is told every few seconds.
    fn indications(&mut self) -> Vec<MediaIndication> {
        let quality = |told: &MediaIndication| matches!(told, MediaIndication::Quality { .. });
        std::iter::from_fn(|| self.engine.indication()).filter(|told| !quality(told)).collect()
    }

    fn quality(&mut self) -> Vec<Quality> {
        let quality = |told| match told {
            MediaIndication::Quality { leg: PHONE, quality } => Some(quality),
            _ => None,
        };
        std::iter::from_fn(|| self.engine.indication()).filter_map(quality).collect()
    }
}

fn audio(packets: &[OutgoingPacket]) -> Vec<&OutgoingPacket> {
    packets.iter().filter(|packet| packet.local_port == PORT).collect()
}

fn noise(n: u64) -> Speech {
    std::array::from_fn(|i| {
        let x = (n * 160 + i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (x >> 56) as u8
    })
}

/// How many samples `heard` is behind `said`, by correlation.
fn delay(said: &[u8], heard: &[u8], decode: fn(u8) -> i16) -> usize {
    let score = |lag: usize| -> f64 {
        said.iter().zip(&heard[lag..]).map(|(s, h)| alaw::decode(*s) as f64 * decode(*h) as f64).sum()
    };
    // 200 ms are more than any bridge may take.
    (0..1600.min(heard.len() - said.len())).max_by(|a, b| score(*a).total_cmp(&score(*b))).expect("lags")
}

/// The bound of the requirement: bridging adds at most 30 ms one way. From the line to the packet the first sample waits for its
/// packet to fill, 20 ms; here 20 ms are counted as passed when the tick happens.
#[test]
fn from_the_line_to_the_phone_in_20_ms() {
    let mut desk = Desk::bridged(session());
    let (mut said, mut sent) = (Vec::new(), Vec::new());
    for n in 0..50 {
        let (_, packets) = desk.tick(&noise(n));
        said.extend(noise(n));
        // A packet leaves at the tick's end: its first sample is heard 160 samples after it was said.
        for packet in audio(&packets) {
            sent.extend(Packet::parse(packet.octets()).expect("ours").payload);
        }
    }
    assert_eq!(sent.len(), said.len());
    let heard = [vec![alaw::SILENCE; 160], sent].concat();
    assert_eq!(delay(&said[..4000], &heard, alaw::decode), 160);
}

/// The other way: from a packet's arrival to its first sample on the line, at most 22 ms on a clean network, at any phase.
#[test]
fn from_the_phone_to_the_line_in_22_ms() {
    for before in (0..20_000).step_by(1000) {
        let mut desk = Desk::bridged(session());
        let (mut said, mut heard) = (Vec::new(), Vec::new());
        for n in 0..60u64 {
            desk.phone_sends(4000, 8, n as u32 * 160, &noise(n), before);
            said.extend(noise(n));
            heard.extend(desk.tick(&alaw::SILENT).0);
        }
        let blocks = delay(&said[..4000], &heard, alaw::decode);
        let added = blocks as u64 * 125 + before;
        assert!(added <= 22_000, "{added} us when packets come {before} us before the tick");
        assert_eq!(heard[blocks..blocks + 4000], said[..4000], "octet for octet");
    }
}

/// A mu-law phone on an A-law line: converted by table both ways.
#[test]
fn laws_are_converted() {
    let mut desk =
        Desk::bridged(RtpSession { codec: Codec::G711(Law::Mu), payload_type: 0, packet_millis: 10, ..session() });
    let mut last = alaw::SILENT;
    for n in 0..6u32 {
        desk.phone_sends(4000, 0, n * 160, &[mulaw::encode(5000); 160], 8_000);
        let (heard, packets) = desk.tick(&[alaw::encode(-3000); 160]);
        last = heard;
        let packets = audio(&packets);
        assert_eq!(packets.len(), 2, "two packets of 10 ms");
        let packet = Packet::parse(packets[0].octets()).expect("ours");
        assert_eq!((packet.header.payload_type, packet.payload.len()), (0, 80));
        assert_eq!(packet.payload[0], mulaw::from_alaw(alaw::encode(-3000)));
    }
    assert_eq!(last, [alaw::from_mulaw(mulaw::encode(5000)); 160]);
}

/// Sequence numbers and timestamps run on; only the first packet is marked.
#[test]
fn packets_follow_one_another() {
    let mut desk = Desk::bridged(RtpSession { packet_millis: 30, ..session() });
    let mut headers = Vec::new();
    for n in 0..30 {
        let (_, packets) = desk.tick(&noise(n));
        for packet in audio(&packets) {
            assert_eq!(packet.remote, address(4000));
            headers.push(Packet::parse(packet.octets()).expect("ours").header);
        }
    }
    assert_eq!(headers.len(), 20);
    assert!(!headers[1..].iter().any(|header| header.marker));
    for pair in headers.windows(2) {
        assert_eq!(pair[1].sequence, pair[0].sequence.wrapping_add(1));
        assert_eq!(pair[1].timestamp, pair[0].timestamp.wrapping_add(240));
    }
}

/// SIP phones behind NAT: audio goes where the phone's packets come from; a stranger is neither heard nor answered.
#[test]
fn symmetric_rtp_and_strangers() {
    let mut desk = Desk::bridged(session());
    for n in 0..10u32 {
        desk.phone_sends(61_000, 8, n * 160, &[0x11; 160], 8_000);
        desk.phone_sends(62_000, 8, n * 160 + 8, &[0x22; 160], 7_000);
        let (heard, packets) = desk.tick(&alaw::SILENT);
        assert_eq!(heard, [0x11; 160]);
        assert_eq!(audio(&packets)[0].remote, address(61_000));
    }
    assert_eq!(desk.engine.counters().rtp_strangers, 10);
}

/// Wrong payload types, rubbish and packets to no leg are counted and change nothing.
#[test]
fn hostile_packets_are_counted() {
    let mut desk = Desk::bridged(session());
    desk.phone_sends(4000, 18, 0, &[1; 20], 0);
    desk.engine.rtp_received(PORT, address(4000), &mut b"GET / HTTP/1.0".to_owned(), 0);
    desk.engine.rtp_received(PORT + 2, address(4000), &mut [0x80; 20], 0);
    desk.engine.rtcp_received(PORT, address(4000), &[0x80, 200, 0, 200], 0);
    assert_eq!(desk.tick(&alaw::SILENT).0, alaw::SILENT);
    let counters = desk.engine.counters();
    assert_eq!((counters.rtp_wrong_type, counters.rtp_malformed, counters.no_such_port), (1, 2, 1));
}

/// IVR: a phone without events keys in its voice; a phone with events is heard by them, each key once.
#[test]
fn keys_from_phones() {
    let mut desk = Desk::new(session());
    desk.plan(PHONE, Plan { detect_keys: true, ..Plan::default() });
    let mut sender = tones::Sender::default();
    sender.send(&"4#".parse().expect("keys")).expect("room");
    for n in 0..25u32 {
        let mut block = [0; 160];
        sender.fill(&mut block);
        desk.phone_sends(4000, 8, n * 160, &alaw::encode_block(&block), 5_000);
        desk.tick(&alaw::SILENT);
    }
    let keys = |indications: Vec<MediaIndication>| -> Vec<char> {
        let key = |indication: &MediaIndication| match indication {
            MediaIndication::Key { leg: PHONE, key, .. } => Some(key.as_char()),
            _ => None,
        };
        indications.iter().filter_map(key).collect()
    };
    assert_eq!(keys(desk.indications()), ['4', '#']);

    let mut desk = Desk::new(RtpSession { event_payload_type: Some(101), ..session() });
    desk.plan(PHONE, Plan { detect_keys: true, ..Plan::default() });
    for press in 0..3u32 {
        for repeat in 0..7u16 {
            let [high, low] = (repeat * 160).to_be_bytes();
            desk.phone_sends(4000, 101, press * 3200, &[7, 10, high, low], 5_000);
            desk.tick(&alaw::SILENT);
        }
    }
    assert_eq!(keys(desk.indications()), ['7', '7', '7']);
}

/// A key on the circuit is told with its leg.
#[test]
fn keys_from_the_line() {
    let mut desk = Desk::new(session());
    desk.plan(LINE, Plan { detect_keys: true, hears: Hears::Tone(Tone::Dial), ..Plan::default() });
    let mut sender = tones::Sender::default();
    sender.send(&"2".parse().expect("keys")).expect("room");
    for _ in 0..10 {
        let mut block = [0; 160];
        sender.fill(&mut block);
        desk.tick(&alaw::encode_block(&block));
    }
    let told = desk.indications();
    let key = Key::new('2').expect("a key");
    assert!(matches!(told[..], [MediaIndication::Key { leg: LINE, key: k, .. }] if k == key), "{told:?}");
}

/// Keys for a phone: events if it takes them, tones if not.
#[test]
fn keys_to_phones() {
    let mut desk = Desk::bridged(RtpSession { event_payload_type: Some(96), ..session() });
    desk.engine.request(MediaRequest::SendKeys { leg: PHONE, keys: "12".parse().expect("keys") });
    let mut events = Vec::new();
    for n in 0..30 {
        let (_, packets) = desk.tick(&noise(n));
        let packet = Packet::parse(audio(&packets)[0].octets()).expect("ours");
        if packet.header.payload_type == 96 {
            events.push(packet.payload[0]);
        }
    }
    assert_eq!(events, [1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2]);

    let mut desk = Desk::bridged(session());
    desk.engine.request(MediaRequest::SendKeys { leg: PHONE, keys: "12".parse().expect("keys") });
    let mut detector = detect::KeyDetector::default();
    let mut heard = String::new();
    for _ in 0..30 {
        let (_, packets) = desk.tick(&alaw::SILENT);
        let packet = Packet::parse(audio(&packets)[0].octets()).expect("ours");
        let block: Speech = packet.payload.try_into().expect("20 ms");
        heard.extend(detector.hear(&alaw::decode_block(&block)).map(|heard| heard.key.as_char()));
    }
    assert_eq!(heard, "12");
}

/// A phone that is unplugged is told after ten seconds, once; and that it is heard again.
#[test]
fn a_silent_far_end_is_told() {
    let mut desk = Desk::bridged(session());
    for n in 0..100u32 {
        desk.phone_sends(4000, 8, n * 160, &[1; 160], 5_000);
        desk.tick(&alaw::SILENT);
    }
    let silent = (0..700).find(|_| {
        desk.tick(&alaw::SILENT);
        !desk.indications().is_empty()
    });
    assert!((498..=502).contains(&silent.expect("told")), "{silent:?}");
    (0..100).for_each(|_| drop(desk.tick(&alaw::SILENT)));
    assert_eq!(desk.indications(), []);
    desk.phone_sends(4000, 8, 9_000_000, &[1; 160], 5_000);
    (0..10).for_each(|_| drop(desk.tick(&alaw::SILENT)));
    assert_eq!(desk.indications(), [MediaIndication::FarEndHeard { leg: PHONE }]);
}

/// On hold (we only send) nobody expects packets: no alarm.
#[test]
fn a_held_phone_may_be_silent() {
    let mut desk = Desk::bridged(RtpSession { receive: false, ..session() });
    (0..1000).for_each(|_| drop(desk.tick(&alaw::SILENT)));
    assert_eq!(desk.indications(), []);
}

/// RTCP: reports go out from the next port every few seconds, and a BYE when the leg ends.
#[test]
fn reports_and_farewell() {
    let mut desk = Desk::bridged(session());
    let mut reports = 0;
    for n in 0..1500u32 {
        desk.phone_sends(4000, 8, n * 160, &[1; 160], 5_000);
        let (_, packets) = desk.tick(&alaw::SILENT);
        for packet in packets.iter().filter(|packet| packet.local_port == PORT + 1) {
            assert_eq!(packet.remote, address(4001));
            let Some(Ok(rtp::Rtcp::SenderReport { reports: mut blocks, .. })) = rtp::compound(packet.octets()).next()
            else {
                panic!("a sender report first")
            };
            let block = blocks.next().expect("a block on the phone's stream");
            assert_eq!((block.ssrc, block.lost, block.jitter), (0xfeed, 0, 0));
            reports += 1;
        }
    }
    assert!((4..=12).contains(&reports), "{reports} in 30 s");
    desk.engine.request(MediaRequest::Close { leg: PHONE });
    let farewell = desk.engine.packets();
    assert_eq!(farewell.len(), 1);
    assert!(matches!(rtp::compound(farewell[0].octets()).last(), Some(Ok(rtp::Rtcp::Bye { .. }))));
}

/// What of a call's packets was lost is told while it lasts and at its end, the phone's own account of what it got beside it; a phone that
/// begins a new stream keeps its figures.
#[test]
fn quality_is_told() {
    let mut desk = Desk::bridged(session());
    for n in 0..500u32 {
        if n == 250 {
            (desk.sequence, desk.ssrc) = (40_000, 0xbeef);
        }
        match n % 50 {
            7 => desk.sequence += 1,
            _ => desk.phone_sends(4000, 8, n * 160, &[1; 160], 5_000),
        }
        desk.tick(&alaw::SILENT);
    }
    let told = desk.quality();
    assert!((1..=4).contains(&told.len()), "{} times in 10 s", told.len());
    let ssrc = {
        let (_, packets) = desk.tick(&alaw::SILENT);
        rtp::Packet::parse(audio(&packets)[0].octets()).expect("RTP").header.ssrc
    };
    let block = rtp::ReportBlock {
        ssrc,
        fraction_lost: 3,
        lost: 12,
        highest: 500,
        jitter: 16,
        last_sr: 0,
        delay_since_last_sr: 0,
    };
    let mut report = [0; rtp::MAX_REPORT];
    let length = rtp::write_report(&mut report, 0xfeed, None, Some(&block));
    desk.engine.rtcp_received(PORT + 1, address(4001), &report[..length], desk.now);
    desk.engine.request(MediaRequest::Close { leg: PHONE });
    let last = desk.quality();
    assert_eq!(
        last,
        [Quality {
            received: 490,
            lost: 10,
            jitter_micros: 0,
            far_lost: Some(12),
            far_jitter_micros: Some(2000),
            mos_hundredths: last[0].mos_hundredths,
            far_mos_hundredths: last[0].far_mos_hundredths,
            round_trip_micros: None,
            srtp: Some(plan::SrtpTold::Never),
        }]
    );
    // 2 % lost of G.711: 95 x 2 / 27.1 off a rating of 93, and a packet's time from mouth to ear.
    let opinions = [last[0].mos_hundredths, last[0].far_mos_hundredths].map(|opinion| opinion.expect("G.711"));
    assert!(opinions[0].abs_diff(423) < 4 && opinions[1] < opinions[0], "{opinions:?}");
}

/// REC-01: a recorded mu-law phone is A-law on disk, both directions.
#[test]
fn a_phone_is_recorded() {
    let mut desk = Desk::bridged(RtpSession { codec: Codec::G711(Law::Mu), payload_type: 0, ..session() });
    desk.plan(PHONE, Plan { hears: Hears::Leg(LINE), record: Some(RecordingId(8)), ..Plan::default() });
    desk.phone_sends(4000, 0, 0, &[mulaw::encode(9000); 160], 5_000);
    desk.tick(&[0x33; 160]);
    let block = desk.recorder.blocks.pop().expect("recorded");
    assert_eq!(block.left, [alaw::from_mulaw(mulaw::encode(9000)); 160]);
    assert_eq!(block.right, [0x33; 160]);
}
