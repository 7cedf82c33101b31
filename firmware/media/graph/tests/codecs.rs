//! Telephones of different codecs: what one says is heard by the other, by a line and by the recorder, at its frequency and level.

use codec::{Decoder, Encoder};
use graph::{Arrived, Engine, Limits, Moment, RecorderEnd, connect};
use identity::{CircuitId, LegId, RecordingId, SpanId};
use pcm::alaw;
use plan::{Codec, G729Terms, Hears, Law, MediaIndication, MediaRequest, OpusTerms, Plan, Port, RtpSession};
use rtp::{Header, Packet};
use std::f64::consts::TAU;
use std::net::SocketAddr;

const TICK: u64 = 20_000;
const LEVEL: f64 = 8000.0;
const LINE: LegId = LegId(9);
const CIRCUIT: CircuitId = CircuitId { span: SpanId(1), slot: 1 };
const OPUS: Codec = Codec::Opus(OpusTerms { fec: false, dtx: false, wide: true, max_kilobits: None });

fn codecs() -> Vec<Codec> {
    let g729 = Codec::G729(G729Terms { annex_b: false });
    let mut all = vec![
        Codec::G711(Law::A),
        Codec::G711(Law::Mu),
        Codec::G722,
        OPUS,
        Codec::L16 { wide: false },
        Codec::L16 { wide: true },
    ];
    all.extend(codec::is_available(g729).then_some(g729));
    all
}

fn session(phone: usize, codec: Codec) -> RtpSession {
    RtpSession {
        remote: SocketAddr::from(([192, 0, 2, 7], 4000 + 2 * phone as u16)),
        codec,
        payload_type: 96 + phone as u8,
        event_payload_type: Some(110),
        event_khz: codec.clock_khz() as u8,
        packet_millis: 20,
        send: true,
        receive: true,
    }
}

/// A telephone: what it says, and what it hears.
struct Phone {
    session: RtpSession,
    encoder: Encoder,
    decoder: Decoder,
    next: Header,
    position: usize,
    heard: Vec<i16>,
    /// Timestamps and payloads of events that came.
    events: Vec<(u32, Vec<u8>)>,
    last_timestamp: Option<u32>,
}

impl Phone {
    fn new(phone: usize, codec: Codec) -> Phone {
        let session = session(phone, codec);
        let payload_type = session.payload_type;
        Phone {
            session,
            encoder: Encoder::new(codec).expect("an encoder"),
            decoder: Decoder::new(codec).expect("a decoder"),
            next: Header { marker: false, payload_type, sequence: 65_530, timestamp: u32::MAX - 999, ssrc: 5 },
            position: 0,
            heard: Vec::new(),
            events: Vec::new(),
            last_timestamp: None,
        }
    }

    fn port(phone: usize) -> u16 {
        20_000 + 2 * phone as u16
    }

    fn khz(&self) -> usize {
        self.encoder.khz()
    }

    /// The next packet of a tone.
    fn says(&mut self, hertz: f64) -> Vec<u8> {
        let count = 20 * self.khz();
        let angle = |n: usize| TAU * hertz * n as f64 / (self.khz() as f64 * 1000.0);
        let speech: Vec<i16> =
            (self.position..self.position + count).map(|n| (LEVEL * angle(n).sin()) as i16).collect();
        self.position += count;
        let mut datagram = self.next.octets().to_vec();
        self.encoder.encode(&speech, |_, payload| datagram.extend_from_slice(payload));
        self.next.sequence = self.next.sequence.wrapping_add(1);
        self.next.timestamp = self.next.timestamp.wrapping_add(20 * self.session.codec.clock_khz());
        datagram
    }

    fn hears(&mut self, datagram: &[u8]) {
        let Packet { header, payload } = Packet::parse(datagram).expect("a packet");
        if Some(header.payload_type) == self.session.event_payload_type {
            self.events.push((header.timestamp, payload.to_vec()));
            return;
        }
        assert_eq!(header.payload_type, self.session.payload_type);
        let step = 20 * self.session.codec.clock_khz();
        if let Some(last) = self.last_timestamp.replace(header.timestamp) {
            assert_eq!(header.timestamp.wrapping_sub(last) % step, 0, "packets follow by the codec's clock");
        }
        let mut out = [0; 1920];
        let count = self.decoder.decode(payload, &mut out);
        assert_eq!(count, 20 * self.khz());
        self.heard.extend_from_slice(&out[..count]);
    }
}

struct Desk {
    engine: Engine,
    recorder: RecorderEnd,
    now: u64,
    phones: Vec<Phone>,
    line: Vec<u8>,
    line_position: usize,
    straight: usize,
}

fn leg(phone: usize) -> LegId {
    LegId(phone as u64 + 1)
}

impl Desk {
    /// Telephones of these codecs, and a line.
    fn new(codecs: &[Codec]) -> Desk {
        let limits = Limits::default();
        let (ends, _, recorder) = connect(&limits);
        let mut engine = Engine::new(limits, ends);
        engine.request(MediaRequest::Open { leg: LINE, port: Port::Circuit(CIRCUIT) });
        let phones = codecs.iter().enumerate().map(|(n, codec)| Phone::new(n, *codec)).collect();
        for (n, codec) in codecs.iter().enumerate() {
            engine.request(MediaRequest::Open { leg: leg(n), port: Port::Rtp { local_port: Phone::port(n) } });
            engine.request(MediaRequest::Negotiated { leg: leg(n), rtp: session(n, *codec) });
        }
        Desk { engine, recorder, now: TICK, phones, line: Vec::new(), line_position: 0, straight: 0 }
    }

    fn plan(&mut self, leg: LegId, plan: Plan) {
        self.engine.request(MediaRequest::Plan { leg, plan });
    }

    fn bridge(&mut self, one: LegId, other: LegId) {
        self.plan(one, Plan { hears: Hears::Leg(other), ..Plan::default() });
        self.plan(other, Plan { hears: Hears::Leg(one), ..Plan::default() });
    }

    fn arrives(&mut self, phone: usize, mut datagram: Vec<u8>) -> Arrived {
        let from = self.phones[phone].session.remote;
        let arrived = self.engine.rtp_received(Phone::port(phone), from, &mut datagram, self.now - 5_000);
        if let Some(passed) = arrived.pass {
            self.straight += 1;
            let to = usize::from(passed.local_port - Phone::port(0)) / 2;
            self.phones[to].hears(&datagram[..passed.length]);
        }
        arrived
    }

    /// Everybody says a tone of its own for so many ticks; the line 700 Hz, the first telephone 1000, the next 1300.
    fn run(&mut self, ticks: usize) {
        for _ in 0..ticks {
            for phone in 0..self.phones.len() {
                let datagram = self.phones[phone].says(tone_of(phone));
                self.arrives(phone, datagram);
            }
            let said: [u8; 160] = std::array::from_fn(|n| {
                let angle = TAU * 700.0 * (self.line_position + n) as f64 / 8000.0;
                alaw::encode((LEVEL * angle.sin()) as i16)
            });
            self.line_position += 160;
            self.engine.circuit_received(CIRCUIT, &said);
            self.engine.tick(Moment { micros: self.now, unix_micros: self.now });
            self.now += TICK;
            for packet in self.engine.packets() {
                let Some(phone) =
                    self.phones.iter_mut().enumerate().find(|(n, _)| packet.local_port == Phone::port(*n))
                else {
                    continue;
                };
                phone.1.hears(packet.octets());
            }
            self.engine.packets_sent();
            let mut line = [0; 160];
            self.engine.circuit_transmit(CIRCUIT, &mut line);
            self.line.extend_from_slice(&line);
        }
    }

    fn keys(&mut self) -> String {
        let mut keys = String::new();
        while let Some(indication) = self.engine.indication() {
            if let MediaIndication::Key { key, .. } = indication {
                keys.push(key.as_char());
            }
        }
        keys
    }
}

fn tone_of(phone: usize) -> f64 {
    1000.0 + 300.0 * phone as f64
}

/// The second half of what was heard is that tone at the level that was said.
#[track_caller]
fn is_tone(khz: usize, hertz: f64, heard: &[i16], what: &str) {
    let heard = &heard[heard.len() / 2..];
    let (mut cosine, mut sine, mut power) = (0.0, 0.0, 0.0);
    for (n, sample) in heard.iter().enumerate() {
        let angle = TAU * hertz * n as f64 / (khz as f64 * 1000.0);
        cosine += f64::from(*sample) * angle.cos();
        sine += f64::from(*sample) * angle.sin();
        power += f64::from(*sample).powi(2);
    }
    let amplitude = 2.0 * (cosine * cosine + sine * sine).sqrt() / heard.len() as f64;
    let level = 20.0 * (amplitude / LEVEL).max(1e-6).log10();
    let purity = amplitude * amplitude / 2.0 / (power / heard.len() as f64).max(1e-9);
    assert!(level.abs() < 2.0 && purity > 0.85, "{what}: {hertz} Hz at {level:.1} dB, {purity:.2} of what is heard");
}

fn linear(octets: impl IntoIterator<Item = u8>) -> Vec<i16> {
    octets.into_iter().map(alaw::decode).collect()
}

/// LIN-10: every codec to every other, both directions at once. Those of the same codec pass as they come, the others through the tick.
#[test]
fn every_codec_hears_every_other() {
    for one in codecs() {
        for other in codecs() {
            let mut desk = Desk::new(&[one, other]);
            desk.bridge(leg(0), leg(1));
            desk.run(100);
            let what = format!("{one:?} with {other:?}");
            is_tone(desk.phones[0].khz(), tone_of(1), &desk.phones[0].heard, &what);
            is_tone(desk.phones[1].khz(), tone_of(0), &desk.phones[1].heard, &what);
            assert_eq!(desk.straight, if one == other { 200 } else { 0 }, "{what}");
        }
    }
}

/// LIN-10: every codec with a line.
#[test]
fn every_codec_hears_a_line() {
    for codec in codecs() {
        let mut desk = Desk::new(&[codec]);
        desk.bridge(leg(0), LINE);
        desk.run(100);
        is_tone(desk.phones[0].khz(), 700.0, &desk.phones[0].heard, &format!("{codec:?} hears the line"));
        is_tone(8, tone_of(0), &linear(desk.line.iter().copied()), &format!("the line hears {codec:?}"));
    }
}

/// Between two wideband telephones the band above the telephone's stays.
#[test]
fn a_wide_band_stays_wide() {
    let mut desk = Desk::new(&[Codec::G722, Codec::L16 { wide: true }]);
    desk.bridge(leg(0), leg(1));
    for _ in 0..100 {
        let datagram = desk.phones[1].says(5500.0);
        desk.arrives(1, datagram);
        desk.engine.tick(Moment { micros: desk.now, unix_micros: desk.now });
        desk.now += TICK;
        for packet in desk.engine.packets() {
            if packet.local_port == Phone::port(0) {
                desk.phones[0].hears(packet.octets());
            }
        }
        desk.engine.packets_sent();
    }
    is_tone(16, 5500.0, &desk.phones[0].heard, "wide to wide");
}

/// REC-01: a recorded call of two codecs: the recorder gets A-law of both, and packets of the same codec pass all the same.
#[test]
fn a_recording_hears_both() {
    for (one, other) in [(Codec::G722, OPUS), (OPUS, OPUS), (Codec::G711(Law::Mu), Codec::G722)] {
        let mut desk = Desk::new(&[one, other]);
        desk.bridge(leg(0), leg(1));
        let record = Some(RecordingId(1));
        desk.plan(leg(0), Plan { hears: Hears::Leg(leg(1)), record, ..Plan::default() });
        desk.run(100);
        let (mut left, mut right) = (Vec::new(), Vec::new());
        while let Ok(block) = desk.recorder.blocks.pop() {
            left.extend(linear(block.left));
            right.extend(linear(block.right));
        }
        assert_eq!(left.len(), 100 * 160);
        is_tone(8, tone_of(0), &left, &format!("{one:?} recorded"));
        is_tone(8, tone_of(1), &right, &format!("{other:?} recorded"));
        is_tone(desk.phones[1].khz(), tone_of(0), &desk.phones[1].heard, "heard while recorded");
        assert_eq!(desk.straight, if one == other { 200 } else { 0 });
    }
}

/// Three codecs in a conference of three.
#[test]
fn a_conference_of_codecs() {
    let mut desk = Desk::new(&[Codec::G722, OPUS]);
    let all = [leg(0), leg(1), LINE];
    for one in all {
        let others = all.iter().copied().filter(|other| *other != one).collect();
        desk.plan(one, Plan { hears: Hears::Mix(others), ..Plan::default() });
    }
    desk.run(100);
    let mixed = linear(desk.line.iter().copied());
    let power = |hertz: f64| {
        let half = &mixed[mixed.len() / 2..];
        let part = |f: fn(f64) -> f64| -> f64 {
            half.iter().enumerate().map(|(n, s)| f64::from(*s) * f(TAU * hertz * n as f64 / 8000.0)).sum()
        };
        2.0 * (part(f64::cos).powi(2) + part(f64::sin).powi(2)).sqrt() / half.len() as f64
    };
    assert!(power(1000.0) > 4000.0 && power(1300.0) > 4000.0 && power(700.0) < 200.0);
}

/// RFC 4733: keys from and to an Opus telephone count by 48 kHz, and by 8 where that is all the telephone offers.
#[test]
fn keys_count_by_the_clock_of_their_session() {
    for event_khz in [48, 8] {
        let mut desk = Desk::new(&[OPUS, Codec::G711(Law::A)]);
        desk.phones[0].session.event_khz = event_khz;
        let rtp = desk.phones[0].session;
        desk.engine.request(MediaRequest::Negotiated { leg: leg(0), rtp });
        desk.bridge(leg(0), leg(1));
        desk.plan(leg(0), Plan { hears: Hears::Leg(leg(1)), detect_keys: true, ..Plan::default() });
        desk.run(10);
        desk.engine.request(MediaRequest::SendKeys { leg: leg(0), keys: "7".parse().expect("a key") });
        desk.run(20);
        let events = &desk.phones[0].events;
        // 100 ms in packets of 20, and the end twice more.
        assert_eq!(events.len(), 7);
        assert!(events.iter().all(|(timestamp, payload)| *timestamp == events[0].0 && payload[0] == 7));
        let durations: Vec<u16> = events.iter().map(|(_, e)| u16::from_be_bytes([e[2], e[3]])).collect();
        assert_eq!((durations[0], durations[6]), (20 * u16::from(event_khz), 100 * u16::from(event_khz)));

        // Two keys, the second of the same digit 150 ms after the first began.
        for (key, at) in [(5u8, 0u32), (5, 150)] {
            for lasted in [20u16, 60, 100] {
                let timestamp = desk.phones[0].next.timestamp.wrapping_add(at * 48);
                let header = Header { payload_type: 110, timestamp, ..desk.phones[0].next };
                desk.phones[0].next.sequence = desk.phones[0].next.sequence.wrapping_add(1);
                let [high, low] = (lasted * u16::from(event_khz)).to_be_bytes();
                desk.arrives(0, [&header.octets()[..], &[key, 10, high, low]].concat());
            }
        }
        assert_eq!(desk.keys(), "55");
    }
}

/// A re-INVITE changes a telephone's codec in the middle of a call, there and back, and the other hears it go on.
#[test]
fn a_codec_changes_in_a_call() {
    let mut desk = Desk::new(&[Codec::G711(Law::A), Codec::G711(Law::A)]);
    desk.bridge(leg(0), leg(1));
    for codec in [OPUS, Codec::G722, Codec::G711(Law::Mu), Codec::G711(Law::A)] {
        desk.phones[0] = Phone { next: desk.phones[0].next, ..Phone::new(0, codec) };
        let rtp = desk.phones[0].session;
        desk.engine.request(MediaRequest::Negotiated { leg: leg(0), rtp });
        desk.phones[1].heard.clear();
        desk.phones[1].last_timestamp = None;
        desk.run(100);
        is_tone(desk.phones[0].khz(), tone_of(1), &desk.phones[0].heard, &format!("{codec:?}"));
        is_tone(8, tone_of(0), &desk.phones[1].heard, &format!("after {codec:?}"));
    }
    assert_eq!(desk.engine.counters().freed_here, 0);
}

/// A codec that was not agreed on comes in between: it is counted, and the call goes on with the other.
#[test]
fn a_codec_that_nobody_asked_for() {
    let mut desk = Desk::new(&[Codec::G722, OPUS]);
    desk.bridge(leg(0), leg(1));
    for _ in 0..100 {
        let stray = Header { payload_type: 18, ..desk.phones[0].next };
        desk.arrives(0, [&stray.octets()[..], &[0x18; 20]].concat());
        desk.run(1);
    }
    assert_eq!(desk.engine.counters().rtp_wrong_type, 100);
    is_tone(16, tone_of(0), &desk.phones[1].heard, "the call goes on");
}

/// Packets of the right type with rubbish inside: the call goes on as if they were lost.
#[test]
fn rubbish_of_the_right_type() {
    let mut desk = Desk::new(&[OPUS, Codec::G722]);
    desk.bridge(leg(0), leg(1));
    for n in 0..100u16 {
        desk.run(1);
        if n % 10 == 0 {
            let header = desk.phones[0].next;
            let says = desk.phones[0].says(1000.0);
            assert!(says.len() > 12);
            desk.arrives(0, [&header.octets()[..], &[0xff; 7]].concat());
        }
    }
    let heard = &desk.phones[1].heard;
    assert_eq!(heard.len(), 100 * 320);
}
