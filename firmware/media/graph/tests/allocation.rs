//! The tick and all that feeds it never touch the heap: an allocator that counts stands in for the system's.

use graph::{AudioFound, Engine, Limits, Moment, connect};
use identity::{CircuitId, LegId, PlayId, RecordingId, RoomId, SpanId};
use pcm::alaw;
use plan::{Codec, G729Terms, Hears, Law, MediaRequest, OpusTerms, Plan, Port, PromptRef, RtpSession, Tone};
use rtp::Header;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::net::SocketAddr;

struct Counting;

thread_local! {
    /// Of this thread alone: tests run side by side.
    static WATCHING: Cell<bool> = const { Cell::new(false) };
    static TOUCHED: Cell<u64> = const { Cell::new(0) };
}

fn note() {
    if WATCHING.get() {
        TOUCHED.set(TOUCHED.get() + 1);
    }
}

// SAFETY: everything is passed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note();
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        note();
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note();
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Heap operations of `work`.
fn touched(work: impl FnOnce()) -> u64 {
    TOUCHED.set(0);
    WATCHING.set(true);
    work();
    WATCHING.set(false);
    TOUCHED.get()
}

const LINES: u64 = 12;
const PHONES: u64 = 6;

fn circuit(line: u64) -> CircuitId {
    CircuitId { span: SpanId(1), slot: line as u8 }
}

fn phone(n: u64) -> (LegId, u16, SocketAddr) {
    let number = n as u16;
    (LegId(100 + n), 20_000 + number * 2, SocketAddr::from(([192, 0, 2, 9], 4000 + number * 2)))
}

/// Every kind of hearing, detection, recording, keys being sent, and phones of both laws and several packet times.
fn busy_floor(engine: &mut Engine) {
    for line in 1..=LINES {
        engine.request(MediaRequest::Open { leg: LegId(line), port: Port::Circuit(circuit(line)) });
    }
    for n in 0..PHONES {
        let (leg, local_port, remote) = phone(n);
        engine.request(MediaRequest::Open { leg, port: Port::Rtp { local_port } });
        let rtp = RtpSession {
            remote,
            codec: Codec::G711(if n % 2 == 0 { Law::A } else { Law::Mu }),
            payload_type: if n % 2 == 0 { 8 } else { 0 },
            event_payload_type: (n % 3 == 0).then_some(101),
            event_khz: 8,
            packet_millis: [10, 20, 30, 40, 50, 60][n as usize % 6],
            send: true,
            receive: true,
        };
        engine.request(MediaRequest::Negotiated { leg, rtp });
        engine.request(MediaRequest::SendKeys { leg, keys: "0123456789*#".parse().expect("keys") });
    }
    let prompt = |name: &str| PromptRef { name: name.into(), language: "zh".into() };
    let play =
        |id, repeat| Hears::Play { play: PlayId(id), prompts: vec![prompt("a"), prompt("gone"), prompt("b")], repeat };
    let hears = |line: u64| match line % 8 {
        0 => Hears::Leg(phone(line % PHONES).0),
        1 => Hears::Mix(vec![LegId(2), LegId(3), phone(1).0]),
        2 => Hears::Tone(Tone::Ringback),
        3 => play(line, true),
        4 => play(line, false),
        5 => Hears::Music("spring".into()),
        6 => Hears::Room(RoomId(line as u32 % 2)),
        _ => Hears::Silence,
    };
    for line in 1..=LINES {
        let speaks = Some(RoomId(line as u32 % 2));
        let plan = Plan { hears: hears(line), speaks, detect_keys: true, record: Some(RecordingId(line)) };
        engine.request(MediaRequest::Plan { leg: LegId(line), plan });
    }
    for n in 0..PHONES {
        let plan = Plan {
            hears: Hears::Leg(LegId(n + 1)),
            detect_keys: true,
            record: Some(RecordingId(50 + n)),
            ..Plan::default()
        };
        engine.request(MediaRequest::Plan { leg: phone(n).0, plan });
    }
}

/// Sixty seconds of a busy floor, with losses, strangers, a recorder that hangs now and then, and prompts that come late or never.
#[test]
fn no_allocation_in_the_tick() {
    let limits = Limits { recorded_blocks: 100, ..Limits::default() };
    let (ends, mut loader, mut recorder) = connect(&limits);
    let mut engine = Engine::new(limits, ends);
    busy_floor(&mut engine);
    let mut sender = tones::Sender::default();
    let mut indications = 0;
    let mut total = 0;
    for tick in 1..=3000u64 {
        let now = tick * 20_000;
        if sender.is_idle() {
            sender.send(&"159D".parse().expect("keys")).expect("room");
        }
        let mut keys = [0; 160];
        sender.fill(&mut keys);
        let said = alaw::encode_block(&keys);
        total += touched(|| {
            feed(&mut engine, tick, now, &said);
            engine.tick(Moment { micros: now, unix_micros: now });
            engine.packets_sent();
            let mut line = [0; 160];
            (1..=LINES).for_each(|n| engine.circuit_transmit(circuit(n), &mut line));
            if tick % 700 > 300 {
                while recorder.blocks.pop().is_ok() {}
            }
        });
        while engine.indication().is_some() {
            indications += 1;
        }
        if tick % 10 == 0 {
            while let Ok(wanted) = loader.wanted.pop() {
                let gone = matches!(&*wanted.name, graph::AudioName::Prompt(prompt) if prompt.name == "gone");
                let audio = if gone { Err((*wanted.name).clone()) } else { Ok(vec![0x33; 1234].into()) };
                loader.found.push(AudioFound { ticket: wanted.ticket, audio }).expect("room");
            }
            while loader.discarded.pop().is_ok() {}
        }
    }
    assert_eq!(total, 0);
    assert!(indications > 100, "the floor was busy: {indications}");
    assert!(engine.counters().recorded_lost > 0 && engine.counters().rtp_strangers > 0, "{:?}", engine.counters());
}

/// Every line says `said`; every phone sends a packet (one in fifty is lost), a stranger and rubbish knock.
fn feed(engine: &mut Engine, tick: u64, now: u64, said: &[u8; 160]) {
    for line in 1..=LINES {
        engine.circuit_received(circuit(line), said);
    }
    for n in 0..PHONES {
        let (_, local_port, remote) = phone(n);
        let payload_type = if n % 2 == 0 { 8 } else { 0 };
        let header =
            Header { marker: false, payload_type, sequence: tick as u16, timestamp: tick as u32 * 160, ssrc: n as u32 };
        let mut datagram = [0x44; 172];
        datagram[..12].copy_from_slice(&header.octets());
        if !(tick + n).is_multiple_of(50) {
            engine.rtp_received(local_port, remote, &mut datagram.clone(), now - 4_000);
        }
        let stranger = SocketAddr::from(([198, 51, 100, 1], 9));
        engine.rtp_received(local_port, stranger, &mut datagram.clone(), now);
        engine.rtcp_received(local_port + 1, remote, &datagram[..30], now);
    }
}

/// Telephones of every codec, each hearing the next, with losses, keys, and one recorded: coding and decoding take no memory either; what a
/// leg had goes to the loader's thread when it ends.
#[test]
fn no_allocation_of_codecs() {
    let limits = Limits::default();
    let (ends, mut loader, mut recorder) = connect(&limits);
    let mut engine = Engine::new(limits, ends);
    let opus = OpusTerms { fec: true, ..OpusTerms::default() };
    let g729 = Codec::G729(G729Terms { annex_b: true });
    let mut codecs = vec![
        Codec::G722,
        Codec::Opus(opus),
        Codec::L16 { wide: true },
        Codec::L16 { wide: false },
        Codec::G711(Law::A),
    ];
    codecs.extend(codec::is_available(g729).then_some(g729));
    let count = codecs.len() as u64;
    for n in 0..count {
        let (leg, local_port, remote) = phone(n);
        engine.request(MediaRequest::Open { leg, port: Port::Rtp { local_port } });
        let codec = codecs[n as usize];
        let event_khz = codec.clock_khz() as u8;
        let (event_payload_type, packet_millis) = (Some(101), [20, 10, 20, 60][n as usize % 4]);
        let rtp = RtpSession {
            remote,
            codec,
            payload_type: 96,
            event_payload_type,
            event_khz,
            packet_millis,
            send: true,
            receive: true,
        };
        engine.request(MediaRequest::Negotiated { leg, rtp });
        let record = (n == 1).then_some(RecordingId(1));
        let plan = Plan { hears: Hears::Leg(phone((n + 1) % count).0), detect_keys: true, record, ..Plan::default() };
        engine.request(MediaRequest::Plan { leg, plan });
        engine.request(MediaRequest::SendKeys { leg, keys: "12".parse().expect("keys") });
    }
    let mut encoders: Vec<_> = codecs.iter().map(|codec| codec::Encoder::new(*codec).expect("an encoder")).collect();
    let speech: Vec<i16> = (0..320i32).map(|n| ((n * 997) % 8000 - 4000) as i16).collect();
    let (mut total, mut sent) = (0, 0);
    for tick in 1..=1000u64 {
        let now = tick * 20_000;
        for n in (0..count).filter(|n| (tick + n) % 10 != 0) {
            let (_, local_port, remote) = phone(n);
            let timestamp = tick as u32 * 20 * codecs[n as usize].clock_khz();
            let header = Header { marker: false, payload_type: 96, sequence: tick as u16, timestamp, ssrc: n as u32 };
            let encoder = &mut encoders[n as usize];
            let mut datagram = header.octets().to_vec();
            encoder.encode(&speech[..20 * encoder.khz()], |_, payload| datagram.extend_from_slice(payload));
            total += touched(|| {
                engine.rtp_received(local_port, remote, &mut datagram, now - 4_000);
            });
        }
        total += touched(|| engine.tick(Moment { micros: now, unix_micros: now }));
        sent += engine.packets().len();
        engine.packets_sent();
        while recorder.blocks.pop().is_ok() {}
        while engine.indication().is_some() {}
    }
    assert_eq!(total, 0);
    assert!(sent > 4000, "{sent} packets");
    while loader.discarded.pop().is_ok() {}
    (0..count).for_each(|n| engine.request(MediaRequest::Close { leg: phone(n).0 }));
    let coders = std::iter::from_fn(|| loader.discarded.pop().ok()).count() as u64;
    assert_eq!(coders, count - 1, "all but G.711");
}

/// A plan that ends, a leg that closes: their memory is freed by the loader's thread, not here.
#[test]
fn memory_of_ended_plays_goes_to_the_loader() {
    let limits = Limits::default();
    let (ends, mut loader, _recorder) = connect(&limits);
    let mut engine = Engine::new(limits, ends);
    busy_floor(&mut engine);
    while let Ok(wanted) = loader.wanted.pop() {
        let audio = Ok(vec![0x33; 160_000].into());
        loader.found.push(AudioFound { ticket: wanted.ticket, audio }).expect("room");
    }
    engine.tick(Moment::default());
    while loader.discarded.pop().is_ok() {}
    for line in 1..=LINES {
        engine.request(MediaRequest::Close { leg: LegId(line) });
    }
    let freed = std::iter::from_fn(|| loader.discarded.pop().ok()).count();
    assert!(freed >= 4, "{freed}");
    assert_eq!(engine.counters().freed_here, 0);
}
