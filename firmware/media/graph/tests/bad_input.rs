//! Telephones and networks that do not behave: the call goes on, and what was lost is counted and shown.

use graph::{Counters, Engine, Limits, Moment, RecorderEnd, connect};
use identity::{LegId, RecordingId};
use pcm::alaw;
use plan::{Codec, Hears, Law, MediaIndication, MediaRequest, Plan, Port, Quality, RtpSession};
use rtp::Header;
use std::net::SocketAddr;

const ANNA: u16 = 0;
const BEN: u16 = 1;
const TICK: u64 = 20_000;

fn address(phone: u16) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 7], 4000 + 2 * phone))
}

fn port(phone: u16) -> u16 {
    20_000 + 2 * phone
}

fn leg(phone: u16) -> LegId {
    LegId(u64::from(phone) + 1)
}

/// Anna and Ben talk, and what Anna says is recorded left.
struct Call {
    engine: Engine,
    recorder: RecorderEnd,
    now: u64,
}

impl Call {
    fn new() -> Call {
        let limits = Limits::default();
        let (ends, _loader, recorder) = connect(&limits);
        let mut engine = Engine::new(limits, ends);
        for phone in [ANNA, BEN] {
            engine.request(MediaRequest::Open { leg: leg(phone), port: Port::Rtp { local_port: port(phone) } });
            let rtp = RtpSession {
                remote: address(phone),
                codec: Codec::G711(Law::A),
                payload_type: 8,
                event_payload_type: Some(101),
                event_khz: 8,
                packet_millis: 20,
                send: true,
                receive: true,
            };
            engine.request(MediaRequest::Negotiated { leg: leg(phone), rtp });
            let record = (phone == ANNA).then_some(RecordingId(1));
            let plan = Plan { hears: Hears::Leg(leg(1 - phone)), record, ..Plan::default() };
            engine.request(MediaRequest::Plan { leg: leg(phone), plan });
        }
        Call { engine, recorder, now: TICK }
    }

    /// A packet of Anna's at `at`; true if it leaves for Ben at once.
    fn arrives(&mut self, header: Header, speech: &[u8], at: u64) -> bool {
        let mut packet = [&header.octets()[..], speech].concat();
        let pass = self.engine.rtp_received(port(ANNA), address(ANNA), &mut packet, at).pass;
        pass.is_some_and(|passed| passed.remote == address(BEN))
    }

    /// The block of Anna's that is recorded at the next tick.
    fn tick(&mut self) -> [u8; 160] {
        self.engine.tick(Moment { micros: self.now, unix_micros: self.now });
        self.now += TICK;
        self.engine.packets_sent();
        let block = self.recorder.blocks.pop().expect("a block at each tick");
        block.left
    }

    fn ends(mut self) -> (Quality, Counters) {
        while self.engine.indication().is_some() {}
        self.engine.request(MediaRequest::Close { leg: leg(ANNA) });
        let told = std::iter::from_fn(|| self.engine.indication()).find_map(|told| match told {
            MediaIndication::Quality { quality, .. } => Some(quality),
            _ => None,
        });
        (told.expect("a last account"), self.engine.counters())
    }
}

fn header(n: u32) -> Header {
    Header { marker: n == 0, payload_type: 8, sequence: n as u16, timestamp: n.wrapping_mul(160), ssrc: 7 }
}

/// A telephone whose clock is 500 millionths fast or slow, for half an hour: no packet is lost, and the recording neither runs away from the
/// call nor falls silent; what must be left out or filled in is below two blocks a minute.
#[test]
fn a_clock_that_is_wrong_by_500_ppm() {
    for ppm in [500i64, -500] {
        let mut call = Call::new();
        let period = (20_000_000 - 20 * 500 * ppm / 500) as u64;
        let (mut n, mut filled, mut passed) = (0u32, 0, 0);
        for tick in 1..=90_000u64 {
            while u64::from(n) * period / 1000 <= tick * TICK {
                let at = u64::from(n) * period / 1000;
                passed += u64::from(call.arrives(header(n), &[(n % 100) as u8 + 1; 160], at));
                n += 1;
            }
            call.now = tick * TICK + 3_000;
            let block = call.tick();
            let known = block.iter().all(|octet| (1..=100).contains(octet));
            filled += u64::from(!known && tick > 10);
        }
        assert_eq!(passed, u64::from(n), "packets to the other telephone");
        assert!(filled < 60, "{filled} blocks filled in or left out in half an hour at {ppm} ppm");
        let (quality, _) = call.ends();
        assert_eq!((quality.lost, quality.received), (0, u64::from(n)));
    }
}

/// Numbers and timestamps that jump (a telephone that was restarted, a transfer behind a gateway) cost a packet, and speech is heard again
/// within a quarter of a second.
#[test]
fn numbers_that_jump() {
    for (sequence, timestamp) in [(20_000u16, 0u32), (0, 1 << 30), (40_000, 0x9000_0000)] {
        let mut call = Call::new();
        let (mut heard, mut passed) = (0, 0);
        for n in 0..400u32 {
            let mut jumped = header(n);
            if n >= 200 {
                jumped.sequence = jumped.sequence.wrapping_add(sequence);
                jumped.timestamp = jumped.timestamp.wrapping_add(timestamp);
            }
            let at = call.now - 4_000;
            passed += u32::from(call.arrives(jumped, &[0x33; 160], at));
            heard += u32::from(call.tick() == [0x33; 160] && n >= 200);
        }
        assert!(passed >= 398, "{passed} of 400 passed");
        assert!(heard >= 200 - 13, "{heard} of 200 blocks recorded after a jump of {sequence} and {timestamp}");
    }
}

/// Packets of a payload type that nobody agreed on are counted and not heard; speech between them is.
#[test]
fn payload_types_that_were_not_agreed_on() {
    let mut call = Call::new();
    let mut heard = 0;
    for n in 0..300u32 {
        let at = call.now - 4_000;
        for payload_type in [0, 3, 18, 96, 127] {
            assert!(!call.arrives(Header { payload_type, ..header(n) }, &[0x99; 160], at));
        }
        call.arrives(header(n), &[0x33; 160], at);
        let block = call.tick();
        assert!(!block.contains(&0x99));
        heard += u32::from(block == [0x33; 160]);
    }
    assert!(heard >= 297, "{heard} of 300");
    let (quality, counters) = call.ends();
    assert_eq!((quality.lost, counters.rtp_wrong_type), (0, 1500));
}

/// RFC 3389: a telephone that does not send its silence says how loud it is; the recording has noise of that loudness instead of dead silence, and
/// the next word is heard as before.
#[test]
fn silence_that_is_not_sent_is_comfortable() {
    let mut call = Call::new();
    let (mut quiet, mut heard) = (Vec::new(), 0);
    for n in 0..300u32 {
        let at = call.now - 4_000;
        match n {
            100 => assert!(!call.arrives(Header { payload_type: 13, ..header(n) }, &[50], at)),
            101..200 => {}
            _ => {
                // The numbers go on where they were, the timestamps ran through the silence.
                let sequence = if n < 200 { n } else { n - 99 } as u16;
                call.arrives(Header { sequence, ..header(n) }, &[0x33; 160], at);
            }
        }
        let block = call.tick();
        match n {
            110..200 => quiet.extend(block.map(alaw::decode)),
            200.. => heard += u32::from(block == [0x33; 160]),
            _ => {}
        }
    }
    let power = quiet.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / quiet.len() as f64;
    let level = 10.0 * power.log10() - 20.0 * 32_767f64.log10();
    assert!((level + 50.0).abs() < 1.5, "{level} dBov instead of -50");
    assert!(heard >= 96, "{heard} of 100 blocks after the silence");
    let (quality, counters) = call.ends();
    assert_eq!((quality.lost, counters.rtp_wrong_type), (0, 0));
}
