//! Who is listened to notices nothing; and meetings of many.

use graph::{Engine, Limits, Moment, RecorderEnd, connect};
use identity::{CircuitId, LegId, RecordingId, RoomId, SpanId};
use numbering::Digits;
use pcm::{BLOCK, Speech, alaw};
use plan::{Codec, Hears, Law, MediaIndication, MediaRequest, Plan, Port, RtpSession, TALKERS};
use rtp::Header;
use std::net::SocketAddr;

const TICK: u64 = 20_000;
const ROOM: RoomId = RoomId(7);

fn circuit(member: usize) -> CircuitId {
    CircuitId { span: SpanId(1 + member as u16 / 30), slot: 1 + (member % 30) as u8 }
}

fn leg(member: usize) -> LegId {
    LegId(member as u64 + 1)
}

/// A tone of `hertz` with this peak: `part` is the block's number.
fn tone(hertz: f64, peak: f64, part: u64) -> Speech {
    let sample = |i: usize| {
        let t = (part * BLOCK as u64 + i as u64) as f64 / 8000.0;
        (peak * (t * hertz * std::f64::consts::TAU).sin()) as i16
    };
    alaw::encode_block(&std::array::from_fn(sample))
}

/// How much of `hertz` there is in `speech`, as a peak (a block holds whole periods of multiples of 50 Hz).
fn amount(speech: &[u8], hertz: f64) -> f64 {
    let (mut re, mut im) = (0.0, 0.0);
    for (i, octet) in speech.iter().enumerate() {
        let (sin, cos) = (i as f64 / 8000.0 * hertz * std::f64::consts::TAU).sin_cos();
        let sample = f64::from(alaw::decode(*octet));
        re += sample * cos;
        im += sample * sin;
    }
    2.0 * (re * re + im * im).sqrt() / speech.len() as f64
}

/// Members on lines: as many as there are.
struct Hall {
    engine: Engine,
    recorder: RecorderEnd,
    now: u64,
    talkers: Vec<[Option<LegId>; TALKERS]>,
}

impl Hall {
    fn new(members: usize) -> Hall {
        let limits = Limits { spans: 4, circuits: members, ..Limits::default() };
        let (ends, _, recorder) = connect(&limits);
        let mut hall = Hall { engine: Engine::new(limits, ends), recorder, now: TICK, talkers: vec![] };
        for member in 0..members {
            hall.engine.request(MediaRequest::Open { leg: leg(member), port: Port::Circuit(circuit(member)) });
        }
        hall
    }

    fn plan(&mut self, member: usize, plan: Plan) {
        self.engine.request(MediaRequest::Plan { leg: leg(member), plan });
    }

    fn hears(&mut self, member: usize, hears: Hears) {
        self.plan(member, Plan { hears, ..Plan::default() });
    }

    fn joins(&mut self, member: usize, speaks: bool) {
        self.plan(member, Plan { hears: Hears::Room(ROOM), speaks: speaks.then_some(ROOM), ..Plan::default() });
    }

    /// 20 ms: what each member's line gets when these members say this.
    fn tick(&mut self, say: &dyn Fn(usize) -> Speech, members: usize) -> Vec<Speech> {
        for member in 0..members {
            self.engine.circuit_received(circuit(member), &say(member));
        }
        self.engine.tick(Moment { micros: self.now, unix_micros: self.now });
        self.now += TICK;
        while let Some(indication) = self.engine.indication() {
            if let MediaIndication::Talkers { room: ROOM, legs } = indication {
                self.talkers.push(legs);
            }
        }
        let mut heard = vec![alaw::SILENT; members];
        for (member, heard) in heard.iter_mut().enumerate() {
            self.engine.circuit_transmit(circuit(member), heard);
        }
        heard
    }

    /// What they hear after half a second of it.
    fn after_a_while(&mut self, say: &dyn Fn(u64, usize) -> Speech, members: usize) -> Vec<Speech> {
        let mut heard = Vec::new();
        for part in 0..25 {
            heard = self.tick(&|member| say(part, member), members);
        }
        heard
    }

    fn talking(&self) -> Vec<LegId> {
        self.talkers.last().into_iter().flatten().flatten().copied().collect()
    }
}

/// SUP-03: two lines that are listened to get the same octets in the same tick as without the listener, who hears both.
#[test]
fn two_lines_do_not_notice_a_listener() {
    let day = |listened: bool| {
        let mut hall = Hall::new(3);
        hall.hears(0, Hears::Leg(leg(1)));
        hall.hears(1, Hears::Leg(leg(0)));
        let mut got = Vec::new();
        for part in 0..100u64 {
            if listened && part == 10 {
                hall.hears(2, Hears::Mix(vec![leg(0), leg(1)]));
            }
            if listened && part == 80 {
                hall.hears(2, Hears::Silence);
            }
            let say = |member: usize| {
                if member == 2 { [0x2a; 160] } else { tone(300.0 + 500.0 * member as f64, 6000.0, part) }
            };
            let heard = hall.tick(&say, 3);
            if listened && (12..80).contains(&part) {
                let (first, second) = (amount(&heard[2], 300.0), amount(&heard[2], 800.0));
                assert!((5500.0..6500.0).contains(&first) && (5500.0..6500.0).contains(&second), "{first} {second}");
            }
            got.push((heard[0], heard[1]));
        }
        got
    };
    assert!(day(true) == day(false));
}

/// SUP-03: packets of two telephones that are listened to leave at once and octet for octet as without the listener, header and all;
/// so they do while the listener comes and goes.
#[test]
fn two_telephones_do_not_notice_a_listener() {
    let day = |listened: bool| {
        let limits = Limits::default();
        let (ends, _, _recorder) = connect(&limits);
        let mut engine = Engine::new(limits, ends);
        let address = |phone: usize| SocketAddr::from(([192, 0, 2, 7], 4000 + 2 * phone as u16));
        let port = |phone: usize| 20_000 + 2 * phone as u16;
        for phone in 0..3 {
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
        }
        let plan = |engine: &mut Engine, phone, hears| {
            engine.request(MediaRequest::Plan { leg: leg(phone), plan: Plan { hears, ..Plan::default() } });
        };
        // The listener's leg is opened first or last: neither takes the packets from those who talk.
        plan(&mut engine, 1, Hears::Leg(leg(2)));
        plan(&mut engine, 2, Hears::Leg(leg(1)));
        let (mut sent, mut to_listener) = (Vec::new(), 0);
        for part in 0..200u64 {
            if listened {
                match part {
                    20 => plan(&mut engine, 0, Hears::Mix(vec![leg(1), leg(2)])),
                    90 => plan(&mut engine, 0, Hears::Leg(leg(1))),
                    150 => plan(&mut engine, 0, Hears::Silence),
                    _ => {}
                }
            }
            let now = TICK * (part + 1);
            for phone in 0..3usize {
                let (sequence, timestamp) = (part as u16, part as u32 * 160);
                let header = Header { marker: part == 0, payload_type: 8, sequence, timestamp, ssrc: phone as u32 };
                let mut datagram = [&header.octets()[..], &[part as u8 ^ phone as u8; 160]].concat();
                let arrived = engine.rtp_received(port(phone), address(phone), &mut datagram, now - 7_000);
                if phone > 0 {
                    let passed = arrived.pass.expect("sent on at once");
                    sent.push((passed.local_port, passed.remote, datagram[..passed.length].to_vec()));
                }
            }
            engine.tick(Moment { micros: now, unix_micros: now });
            for packet in engine.packets() {
                match packet.local_port {
                    own if own == port(0) => to_listener += u32::from(packet.octets()[12..].iter().any(|o| *o != 0xd5)),
                    own => assert!(own % 2 == 1, "the tick makes no packet for those who talk"),
                }
            }
            engine.packets_sent();
        }
        if listened {
            assert!(to_listener >= 125, "{to_listener} packets for the listener");
        }
        sent
    };
    assert!(day(true) == day(false));
}

/// OUT-07: three talk: each hears the two others, at the level at which they speak, and nothing of itself.
#[test]
fn each_of_three_hears_the_others() {
    let mut hall = Hall::new(3);
    for member in 0..3 {
        hall.hears(member, Hears::Mix((0..3).filter(|other| *other != member).map(leg).collect()));
    }
    let heard = hall.after_a_while(&|part, member| tone(400.0 + 400.0 * member as f64, 5000.0, part), 3);
    for (member, speech) in heard.iter().enumerate() {
        for other in 0..3 {
            let amount = amount(speech, 400.0 + 400.0 * other as f64);
            let expected = if other == member { 0.0..150.0 } else { 4700.0..5300.0 };
            assert!(expected.contains(&amount), "{member} hears {amount} of {other}");
        }
    }
}

/// Two who shout at once are turned down, not cut off: what is heard has no new tones in it.
#[test]
fn loud_voices_are_not_clipped() {
    let mut hall = Hall::new(3);
    hall.hears(2, Hears::Mix(vec![leg(0), leg(1)]));
    let heard = hall.after_a_while(&|part, member| tone(400.0 + 600.0 * member as f64, 30_000.0, part), 3);
    let (first, second) = (amount(&heard[2], 400.0), amount(&heard[2], 1000.0));
    assert!((first / second - 1.0).abs() < 0.05 && first > 14_000.0, "{first} {second}");
    let strange: f64 =
        [200.0, 1600.0, 1800.0, 2400.0, 2800.0, 3400.0].iter().map(|hertz| amount(&heard[2], *hertz)).sum();
    assert!(strange < 0.05 * first, "{strange} beside {first}");
}

/// Of a hundred in a room the loudest four are heard by all, themselves by themselves not, and it is told who talks.
#[test]
fn the_loudest_of_a_hundred() {
    let mut hall = Hall::new(100);
    (0..100).for_each(|member| hall.joins(member, true));
    let loudness = |member: usize| match member {
        3 | 40 | 77 | 99 => 8000.0,
        // Loud enough to talk, were the others not louder.
        12 => 2500.0,
        // The noise of a line.
        _ => 30.0,
    };
    let hertz = |member: usize| match member {
        3 => 350.0,
        40 => 700.0,
        77 => 1050.0,
        99 => 1400.0,
        12 => 1900.0,
        _ => 2500.0,
    };
    let heard = hall.after_a_while(&|part, member| tone(hertz(member), loudness(member), part), 100);
    for (member, speech) in heard.iter().enumerate() {
        for talker in [3, 40, 77, 99] {
            let amount = amount(speech, hertz(talker));
            let expected = if talker == member { 0.0..300.0 } else { 7000.0..9000.0 };
            // Four at once are near full scale: all are turned down by the same.
            assert!(
                expected.contains(&amount) || amount > 5500.0 && talker != member,
                "{member}: {amount} of {talker}"
            );
        }
        assert!(amount(speech, 1900.0) < 200.0 && amount(speech, 2500.0) < 200.0);
    }
    assert_eq!(hall.talking(), [3, 40, 77, 99].map(leg));
}

/// Two voices of the same loudness beside three louder ones: the one that is heard stays, instead of both being chopped up.
#[test]
fn voices_alike_do_not_chop_each_other_up() {
    let mut hall = Hall::new(6);
    (0..6).for_each(|member| hall.joins(member, true));
    let peak = |part: u64, member: usize| match member {
        0..=2 => 9000.0,
        // In turns a little louder than the other, from the second on.
        3 => {
            if part.is_multiple_of(2) {
                4300.0
            } else {
                3700.0
            }
        }
        4 => {
            if part == 0 {
                0.0
            } else {
                4000.0
            }
        }
        _ => 0.0,
    };
    let mut heard_of = [0u32; 2];
    for part in 0..200u64 {
        let heard = hall.tick(&|member| tone(400.0 + 300.0 * member as f64, peak(part, member), part), 6);
        if part > 5 {
            heard_of[0] += u32::from(amount(&heard[5], 1300.0) > 2000.0);
            heard_of[1] += u32::from(amount(&heard[5], 1600.0) > 2000.0);
        }
    }
    assert_eq!(heard_of, [194, 0]);
}

/// Who is muted listens and is not heard, and does not count as talking; who talks up again is heard from the next block on.
#[test]
fn who_is_muted_only_listens() {
    let mut hall = Hall::new(8);
    (0..8).for_each(|member| hall.joins(member, member != 1));
    let say = |part: u64, member: usize| {
        if member < 2 { tone(500.0 + 500.0 * member as f64, 6000.0, part) } else { alaw::SILENT }
    };
    let heard = hall.after_a_while(&say, 8);
    assert!(amount(&heard[0], 1000.0) < 50.0 && amount(&heard[1], 500.0) > 5000.0);
    assert_eq!(hall.talking(), [leg(0)]);
    hall.joins(1, true);
    hall.joins(0, false);
    let heard = hall.after_a_while(&say, 8);
    assert!(amount(&heard[0], 1000.0) > 5000.0 && amount(&heard[1], 500.0) < 50.0);
    assert_eq!(hall.talking(), [leg(1)]);
    // All quiet: nobody talks after the hangover.
    for _ in 0..2 {
        hall.after_a_while(&|_, _| alaw::SILENT, 8);
    }
    assert_eq!(hall.talking(), []);
}

/// SUP-06, REC-01: a recorded caller stands alone in its channel; whoever it hears, mixed, is in the other.
#[test]
fn a_recording_of_a_mixed_call() {
    let mut hall = Hall::new(3);
    let hears = Hears::Mix(vec![leg(1), leg(2)]);
    hall.plan(0, Plan { hears, record: Some(RecordingId(1)), ..Plan::default() });
    hall.hears(1, Hears::Mix(vec![leg(0), leg(2)]));
    hall.hears(2, Hears::Mix(vec![leg(0), leg(1)]));
    hall.after_a_while(&|part, member| tone(400.0 + 400.0 * member as f64, 5000.0, part), 3);
    let mut last = None;
    while let Ok(block) = hall.recorder.blocks.pop() {
        last = Some(block);
    }
    let block = last.expect("recorded");
    assert!(amount(&block.left, 400.0) > 4700.0 && amount(&block.left, 800.0) + amount(&block.left, 1200.0) < 200.0);
    assert!(amount(&block.right, 400.0) < 150.0);
    assert!(amount(&block.right, 800.0) > 4700.0 && amount(&block.right, 1200.0) > 4700.0);
}

/// Members come and go, rooms too: a room that all have left is another's, and keys are still heard in it.
#[test]
fn rooms_come_and_go() {
    let mut hall = Hall::new(4);
    for round in 0..300u32 {
        let room = RoomId(round);
        for member in 0..4 {
            hall.plan(member, Plan { hears: Hears::Room(room), speaks: Some(room), detect_keys: true, record: None });
        }
        let heard = hall.tick(&|member| tone(500.0 * (member + 1) as f64, 3000.0, 0), 4);
        assert!(amount(&heard[0], 1000.0) > 2500.0, "round {round}");
        (0..4).for_each(|member| hall.hears(member, Hears::Silence));
        hall.tick(&|_| alaw::SILENT, 4);
    }
    assert_eq!(hall.engine.counters().requests_refused, 0);
    hall.joins(0, true);
    let keys: Digits = "5".parse().expect("a key");
    hall.engine.request(MediaRequest::SendKeys { leg: leg(0), keys });
    let heard = hall.tick(&|_| alaw::SILENT, 4);
    assert!(amount(&heard[0], 1350.0) > 1000.0, "keys go to a member in the room's stead");
}
