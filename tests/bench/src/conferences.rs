//! What listening to a call and meeting in a room cost the media engine: the engine alone, fed with packets as they come, without sockets.
//!
//! A listened call is held against the same call with a third telephone that hears silence, a room against the same number of telephones
//! bridged in pairs, all in one run.

use crate::report::{Row, Trouble, percentile};
use graph::{Engine, Limits, Moment, connect};
use identity::{LegId, RoomId};
use plan::{Codec, Hears, Law, MediaRequest, Plan, Port, RtpSession};
use rtp::Header;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Instant;

/// Calls at once, of three telephones each.
const CALLS: usize = 200;
/// Members of the large room and of the small one.
const CROWD: usize = 100;
const FEW: usize = 4;
/// A tick of 20 ms may spend this share of a core on a room of a hundred: 1 ms.
const ROOM_MICROS: f64 = 1000.0;

const TICK: u64 = 20_000;

/// Telephones of one engine.
struct Bench {
    engine: Engine,
    phones: usize,
    part: u64,
    speech: [u8; 160],
}

fn leg(phone: usize) -> LegId {
    LegId(phone as u64 + 1)
}

fn port(phone: usize) -> u16 {
    10_000 + 2 * phone as u16
}

fn address(phone: usize) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 30_000 + phone as u16))
}

impl Bench {
    fn new(phones: usize) -> Bench {
        let limits = Limits { rtp: phones, circuits: 0, ..Limits::default() };
        let (ends, ..) = connect(&limits);
        let mut engine = Engine::new(limits, ends);
        for phone in 0..phones {
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
        let speech = std::array::from_fn(|i| pcm::alaw::encode(((i * i * 7919) % 12_000) as i16 - 6000));
        Bench { engine, phones, part: 0, speech }
    }

    fn plan(&mut self, phone: usize, hears: Hears, speaks: Option<RoomId>) {
        self.engine.request(MediaRequest::Plan { leg: leg(phone), plan: Plan { hears, speaks, ..Plan::default() } });
    }

    /// Microseconds of one tick with the packets that come before it.
    fn tick(&mut self) -> f64 {
        self.part += 1;
        let now = TICK * self.part;
        let mut packets = Vec::with_capacity(self.phones);
        for phone in 0..self.phones {
            let (sequence, timestamp) = (self.part as u16, self.part as u32 * 160);
            let header = Header { marker: false, payload_type: 8, sequence, timestamp, ssrc: phone as u32 };
            let mut datagram = [0; 256];
            datagram[..12].copy_from_slice(&header.octets());
            datagram[12..172].copy_from_slice(&self.speech);
            packets.push(datagram);
        }
        let began = Instant::now();
        for (phone, datagram) in packets.iter_mut().enumerate() {
            self.engine.rtp_received(port(phone), address(phone), &mut datagram[..172], now - 7_000);
        }
        self.engine.tick(Moment { micros: now, unix_micros: now });
        self.engine.packets_sent();
        let micros = began.elapsed().as_secs_f64() * 1e6;
        while self.engine.indication().is_some() {}
        micros
    }

    /// The middle one of many ticks.
    fn median(mut self, ticks: usize) -> f64 {
        for _ in 0..50 {
            self.tick();
        }
        let mut spent: Vec<f64> = (0..ticks).map(|_| self.tick()).collect();
        percentile(&mut spent, 0.5)
    }
}

/// `CALLS` calls; the third telephone of each hears what `third` says.
fn calls(ticks: usize, third: impl Fn(usize) -> Hears) -> f64 {
    let mut bench = Bench::new(3 * CALLS);
    for call in 0..CALLS {
        let (a, b, c) = (3 * call, 3 * call + 1, 3 * call + 2);
        bench.plan(a, Hears::Leg(leg(b)), None);
        bench.plan(b, Hears::Leg(leg(a)), None);
        bench.plan(c, third(call), None);
    }
    bench.median(ticks) / CALLS as f64
}

fn room(members: usize, ticks: usize) -> f64 {
    let mut bench = Bench::new(members);
    (0..members).for_each(|member| bench.plan(member, Hears::Room(RoomId(1)), Some(RoomId(1))));
    bench.median(ticks)
}

fn pairs(phones: usize, ticks: usize) -> f64 {
    let mut bench = Bench::new(phones);
    // Not straight on: each hears the next, by blocks, as a room's members hear the room.
    (0..phones).for_each(|phone| bench.plan(phone, Hears::Mix(vec![leg((phone + 1) % phones)]), None));
    bench.median(ticks)
}

pub fn run(quick: bool) -> Result<Vec<Row>, Trouble> {
    let ticks = if quick { 200 } else { 2000 };
    let alone = calls(ticks, |_| Hears::Silence);
    let listened = calls(ticks, |call| Hears::Mix(vec![leg(3 * call), leg(3 * call + 1)]));
    let barged = {
        let mut bench = Bench::new(3 * CALLS);
        for call in 0..CALLS {
            let all = [3 * call, 3 * call + 1, 3 * call + 2];
            for own in all {
                bench.plan(own, Hears::Mix(all.into_iter().filter(|other| *other != own).map(leg).collect()), None);
            }
        }
        bench.median(ticks) / CALLS as f64
    };
    let (few, crowd) = (room(FEW, ticks), room(CROWD, ticks));
    let each_other = pairs(CROWD, ticks);
    Ok(vec![
        Row::figure("a call of two beside a silent third, a tick", alone, "us", ("listened", listened)),
        Row::figure("a listened call, a tick", listened, "us", ("not listened", alone)),
        Row::figure("a call barged into, a tick", barged, "us", ("not listened", alone)),
        Row::figure(format!("a room of {FEW}, a tick"), few, "us", ("limit", ROOM_MICROS)),
        Row::at_most(format!("a room of {CROWD}, a tick"), crowd, "us", ("limit", ROOM_MICROS), 1.0),
        Row::figure(format!("{CROWD} who hear one another, a tick"), each_other, "us", ("a room of as many", crowd)),
    ])
}
