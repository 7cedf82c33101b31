//! Two telephones with the same law: packets go from one to the other as they come.

use graph::{Engine, Limits, Moment, RecorderEnd, connect};
use identity::{LegId, RecordingId};
use pcm::alaw;
use plan::{Codec, Hears, Law, MediaRequest, Plan, Port, RtpSession, Tone};
use rtp::{Header, Packet};
use std::net::SocketAddr;

const TICK: u64 = 20_000;
const A: usize = 0;
const B: usize = 1;
const C: usize = 2;

fn address(phone: usize) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 7], 4000 + 2 * phone as u16))
}

fn port(phone: usize) -> u16 {
    20_000 + 2 * phone as u16
}

fn leg(phone: usize) -> LegId {
    LegId(phone as u64 + 1)
}

fn session(phone: usize, law: Law) -> RtpSession {
    RtpSession {
        remote: address(phone),
        codec: Codec::G711(law),
        payload_type: if law == Law::A { 8 } else { 0 },
        event_payload_type: Some(101),
        event_khz: 8,
        packet_millis: 20,
        send: true,
        receive: true,
    }
}

#[derive(Clone, PartialEq, Debug)]
struct Heard {
    header: Header,
    payload: Vec<u8>,
}

struct Desk {
    engine: Engine,
    recorder: RecorderEnd,
    now: u64,
    spoken: [Header; 3],
}

impl Desk {
    fn new() -> Desk {
        let limits = Limits::default();
        let (ends, _, recorder) = connect(&limits);
        let spoken = [0u32, 1, 2].map(|phone| Header {
            marker: false,
            payload_type: 8,
            sequence: 60_000 + phone as u16,
            timestamp: u32::MAX - 1000 * phone,
            ssrc: 0xa0 + phone,
        });
        let mut desk = Desk { engine: Engine::new(limits, ends), recorder, now: TICK, spoken };
        for phone in [A, B, C] {
            desk.engine.request(MediaRequest::Open { leg: leg(phone), port: Port::Rtp { local_port: port(phone) } });
            desk.engine.request(MediaRequest::Negotiated { leg: leg(phone), rtp: session(phone, Law::A) });
        }
        desk
    }

    fn bridged() -> Desk {
        let mut desk = Desk::new();
        desk.plan(A, Hears::Leg(leg(B)));
        desk.plan(B, Hears::Leg(leg(A)));
        desk
    }

    fn plan(&mut self, phone: usize, hears: Hears) {
        self.plan_all(phone, Plan { hears, ..Plan::default() });
    }

    fn plan_all(&mut self, phone: usize, plan: Plan) {
        self.engine.request(MediaRequest::Plan { leg: leg(phone), plan });
    }

    /// The next packet of a telephone; what became of it at once: the port it leaves from, and the packet.
    fn says(&mut self, phone: usize, payload: &[u8]) -> Option<(u16, Heard)> {
        let header = self.spoken[phone];
        self.spoken[phone].sequence = header.sequence.wrapping_add(1);
        self.spoken[phone].timestamp = header.timestamp.wrapping_add(payload.len() as u32);
        let mut datagram = [&header.octets()[..], payload].concat();
        self.passed(phone, &mut datagram)
    }

    fn passed(&mut self, phone: usize, datagram: &mut [u8]) -> Option<(u16, Heard)> {
        let arrived = self.engine.rtp_received(port(phone), address(phone), datagram, self.now - 5_000);
        let passed = arrived.pass?;
        let Packet { header, payload } = Packet::parse(&datagram[..passed.length]).expect("a packet");
        let to = (passed.local_port - port(0)) as usize / 2;
        assert_eq!(passed.remote, address(to));
        Some((passed.local_port, Heard { header, payload: payload.to_vec() }))
    }

    /// A tick; the audio packets that it makes for a telephone.
    fn tick(&mut self, phone: usize) -> Vec<Heard> {
        self.engine.tick(Moment { micros: self.now, unix_micros: self.now });
        self.now += TICK;
        let own = |packet: &&graph::OutgoingPacket| packet.local_port == port(phone);
        let heard = |packet: &graph::OutgoingPacket| {
            let Packet { header, payload } = Packet::parse(packet.octets()).expect("a packet");
            Heard { header, payload: payload.to_vec() }
        };
        let packets = self.engine.packets().iter().filter(own).map(heard).collect();
        self.engine.packets_sent();
        packets
    }
}

/// A packet leaves before the next tick, octet for octet, and the tick makes none beside it.
#[test]
fn what_one_says_the_other_gets_at_once() {
    let mut desk = Desk::bridged();
    for n in 0..100u8 {
        let (from, heard) = desk.says(A, &[n; 160]).expect("passed");
        assert_eq!((from, heard.payload), (port(B), vec![n; 160]));
        assert_eq!(desk.says(B, &[!n; 160]).expect("passed").1.payload, [!n; 160]);
        assert_eq!((desk.tick(A).len(), desk.tick(B).len()), (0, 0));
    }
}

/// One stream for the far end, whatever it hears: numbers follow one another from a tone to a talk and back, times never run backwards.
#[test]
fn one_stream_from_tone_to_talk_and_back() {
    let mut desk = Desk::new();
    let mut got = Vec::new();
    for round in 0..6 {
        desk.plan(A, Hears::Leg(leg(B)));
        desk.plan(B, if round % 2 == 0 { Hears::Tone(Tone::Dial) } else { Hears::Leg(leg(A)) });
        for _ in 0..10 {
            got.extend(desk.says(A, &[3; 160]).map(|(_, heard)| heard));
            got.extend(desk.tick(B));
        }
    }
    assert!((57..=60).contains(&got.len()), "{}", got.len());
    for pair in got.windows(2) {
        let (before, after) = (pair[0].header, pair[1].header);
        assert_eq!(after.sequence, before.sequence.wrapping_add(1));
        let step = after.timestamp.wrapping_sub(before.timestamp);
        assert!((160..=480).contains(&step), "{step}");
        assert_eq!(after.ssrc, before.ssrc);
    }
    let marked = got.iter().filter(|heard| heard.header.marker).count();
    assert_eq!(marked, 6, "a mark at each change of what is heard");
}

/// What the network lost or turned around is for the far end's own buffer: numbers keep their gaps and order.
#[test]
fn loss_and_order_pass() {
    let mut desk = Desk::bridged();
    let first = desk.says(A, &[0; 160]).expect("passed").1.header;
    let mut spoken = desk.spoken[A];
    for ahead in [3u16, 1, 2, 5] {
        let header = Header {
            sequence: spoken.sequence.wrapping_add(ahead),
            timestamp: spoken.timestamp.wrapping_add(160 * ahead as u32),
            ..spoken
        };
        let (_, heard) = desk.passed(A, &mut [&header.octets()[..], &[1; 160]].concat()).expect("passed");
        assert_eq!(heard.header.sequence, first.sequence.wrapping_add(1 + ahead));
        assert_eq!(heard.header.timestamp, first.timestamp.wrapping_add(160 * (1 + ahead as u32)));
    }
    spoken.sequence = spoken.sequence.wrapping_add(6);
    desk.spoken[A] = Header { timestamp: spoken.timestamp.wrapping_add(6 * 160), ..spoken };
    assert_eq!(desk.says(A, &[1; 160]).expect("passed").1.header.sequence, first.sequence.wrapping_add(7));
}

/// A telephone that begins a new stream goes on in ours, with a mark.
#[test]
fn a_new_source_goes_on_in_the_same_stream() {
    let mut desk = Desk::bridged();
    let before = desk.says(A, &[1; 160]).expect("passed").1.header;
    desk.now += 50 * TICK;
    desk.spoken[A] = Header { ssrc: 0xbeef, sequence: 7, timestamp: 99, ..desk.spoken[A] };
    let after = desk.says(A, &[1; 160]).expect("passed").1.header;
    assert_eq!((after.ssrc, after.sequence, after.marker), (before.ssrc, before.sequence.wrapping_add(1), true));
    assert_eq!(after.timestamp.wrapping_sub(before.timestamp), 160 + 50 * 160);
    assert!(!desk.says(A, &[1; 160]).expect("passed").1.header.marker);
}

/// An extension of the header, contributing sources and padding stay behind: the far end negotiated none.
#[test]
fn odd_headers_are_made_plain() {
    let mut desk = Desk::bridged();
    let mut datagram = desk.spoken[A].octets().to_vec();
    datagram[0] = 0x80 | 0x20 | 0x10 | 2;
    datagram.extend([1; 8]);
    datagram.extend([0xbe, 0xde, 0, 1, 9, 9, 9, 9]);
    datagram.extend([0x66; 160]);
    datagram.extend([0, 0, 3]);
    let (_, heard) = desk.passed(A, &mut datagram).expect("passed");
    assert_eq!(heard.payload, [0x66; 160]);
}

/// A key that the exchange sends takes the place of speech, as events of the stream that the far end hears.
#[test]
fn keys_go_between_the_packets() {
    let mut desk = Desk::bridged();
    let before = desk.says(A, &[1; 160]).expect("passed").1.header;
    desk.engine.request(MediaRequest::SendKeys { leg: leg(B), keys: "5".parse().expect("a key") });
    let mut events = 0;
    for n in 1..=20u16 {
        let heard = desk.says(A, &[1; 160]).expect("passed").1;
        assert_eq!(heard.header.sequence, before.sequence.wrapping_add(n));
        if heard.header.payload_type == 101 {
            assert_eq!((heard.payload[0], heard.payload.len()), (5, 4));
            events += 1;
        }
        desk.tick(B);
    }
    assert_eq!(events, 7);
}

/// REC-01: a recording has both directions while packets pass.
#[test]
fn a_recorded_talk_passes_too() {
    let mut desk = Desk::bridged();
    desk.plan_all(
        A,
        Plan { hears: Hears::Leg(leg(B)), detect_keys: false, record: Some(RecordingId(1)), ..Plan::default() },
    );
    for _ in 0..20 {
        assert!(desk.says(A, &[0x11; 160]).is_some() && desk.says(B, &[0x22; 160]).is_some());
        assert_eq!(desk.tick(A), []);
    }
    let blocks: Vec<_> = std::iter::from_fn(|| desk.recorder.blocks.pop().ok()).collect();
    assert_eq!(blocks.len(), 20);
    let last = blocks.last().expect("a block");
    assert_eq!((last.left, last.right), ([0x11; 160], [0x22; 160]));
}

/// A third who listens hears by blocks and changes nothing for the two.
#[test]
fn a_listener_adds_no_delay() {
    let mut desk = Desk::bridged();
    desk.plan(C, Hears::Mix(vec![leg(A), leg(B)]));
    let mut listened = Vec::new();
    for _ in 0..20 {
        assert!(desk.says(A, &[0x11; 160]).is_some() && desk.says(B, &[alaw::SILENCE; 160]).is_some());
        listened.extend(desk.tick(C));
    }
    assert_eq!(listened.len(), 20);
    assert_eq!(listened[19].payload, [0x11; 160]);
}

/// Laws that differ, a telephone on hold, a packet time of its own: by blocks, as they must be made anew.
#[test]
fn what_differs_goes_by_blocks() {
    let held = RtpSession { send: false, ..session(B, Law::A) };
    let longer = RtpSession { packet_millis: 30, ..session(B, Law::A) };
    for (negotiated, packets) in [(session(B, Law::Mu), 20), (longer, 13), (held, 0)] {
        let mut desk = Desk::bridged();
        desk.engine.request(MediaRequest::Negotiated { leg: leg(B), rtp: negotiated });
        let mut heard = 0;
        for _ in 0..20 {
            assert_eq!(desk.says(A, &[0x11; 160]), None);
            heard += desk.tick(B).len();
        }
        assert_eq!(heard, packets, "{negotiated:?}");
    }
}

/// A telephone that is gone is not sent to, nor is who gets its place: not even until the next tick.
#[test]
fn who_takes_the_place_hears_nothing_of_the_talk_before() {
    let mut desk = Desk::bridged();
    assert!(desk.says(A, &[1; 160]).is_some());
    desk.engine.request(MediaRequest::Close { leg: leg(B) });
    desk.engine.request(MediaRequest::Open { leg: leg(B), port: Port::Rtp { local_port: port(B) } });
    desk.engine.request(MediaRequest::Negotiated { leg: leg(B), rtp: session(B, Law::A) });
    assert_eq!(desk.says(A, &[1; 160]), None);
    desk.tick(A);
    assert_eq!(desk.says(A, &[1; 160]), None);
}

/// A stranger's packets do not pass; the far end where it said it is settles the port.
#[test]
fn strangers_do_not_pass() {
    let mut desk = Desk::bridged();
    let datagram = [&desk.spoken[A].octets()[..], &[1; 160]].concat();
    let first = desk.engine.rtp_received(port(A), address(A), &mut datagram.clone(), desk.now);
    assert!(first.settled && first.pass.is_some());
    let stranger = SocketAddr::from(([198, 51, 100, 1], 9));
    assert_eq!(desk.engine.rtp_received(port(A), stranger, &mut datagram.clone(), desk.now), graph::Arrived::default());
    assert_eq!(desk.engine.counters().rtp_strangers, 1);
}
