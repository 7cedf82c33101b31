//! What transcoding costs: calls between telephones of different codecs in the media engine, against the bare calls of the libraries that
//! decode the one and code the other, on the same speech.

use crate::machine::own_thread_seconds;
use crate::report::{Row, Trouble};
use codec::{Decoder, Encoder};
use graph::{Engine, Limits, Moment, connect};
use identity::LegId;
use plan::{Codec, CodecName, Hears, MediaRequest, Plan, Port, RtpSession};
use rtp::Header;
use std::f64::consts::TAU;
use std::net::SocketAddr;

/// Calls at once in the engine, two legs each.
const CALLS: usize = 20;
/// Ticks in a second.
const TICKS: usize = 50;
/// The engine moves packets, keeps a jitter buffer, resamples and makes A-law of everything besides; this much more is allowed.
const GOAL: f64 = 1.5;

pub fn run(quick: bool) -> Result<Vec<Row>, Trouble> {
    let seconds = if quick { 4 } else { 20 };
    use CodecName::{G722, G729, L16Wide, Opus, Pcma};
    let mut rows = Vec::new();
    for (one, other) in [(G722, Pcma), (Opus, Pcma), (Opus, G722), (G729, Pcma), (G729, Opus), (L16Wide, Pcma)] {
        if ![one, other].into_iter().all(|name| codec::is_available(name.codec())) {
            continue;
        }
        let bare = bare(one.codec(), seconds)? + bare(other.codec(), seconds)?;
        let engine = in_engine([one.codec(), other.codec()], seconds)?;
        let name = format!("{one:?} with {other:?}, a call for a second");
        // Linear and logarithmic samples cost next to nothing by themselves: there the engine's own work is what is seen.
        let mut row = Row::at_most(name, engine * 1e3, "ms", ("bare libraries", bare * 1e3), GOAL);
        if !matches!(one, G722 | Opus | G729) {
            row = Row { goal: String::new(), met: true, ..row };
        }
        rows.push(row);
    }
    let passing = in_engine([Codec::G722; 2], seconds)?;
    rows.push(Row::figure("G722 with G722, passed as it comes", passing * 1e3, "ms", ("real time", 1e3)));
    Ok(rows)
}

/// Something with a voice's spectrum and pauses, 20 ms at a time.
fn speech(khz: usize, from: usize) -> Vec<i16> {
    let rate = khz as f64 * 1000.0;
    let sample = |n: usize| {
        let t = n as f64 / rate;
        let syllable = (TAU * 2.5 * t).sin().max(0.0);
        let voice: f64 = (1..=20).map(|k| (TAU * 130.0 * f64::from(k) * t).sin() / f64::from(k)).sum();
        (5000.0 * syllable * voice) as i16
    };
    (from..from + 20 * khz).map(sample).collect()
}

/// A second of speech both ways by the library alone: processor seconds of one decoder and one encoder.
fn bare(codec: Codec, seconds: usize) -> Result<f64, Trouble> {
    let khz = codec::samples_khz(codec);
    let packets: Vec<Vec<i16>> = (0..TICKS * seconds).map(|n| speech(khz, n * 20 * khz)).collect();
    let (mut coded, mut out) = ([0; 640], [0; 320]);
    let before = own_thread_seconds();
    match codec {
        Codec::Opus(_) => {
            let mut encoder = opus::Encoder::new(16_000, opus::Channels::Mono, opus::Application::Voip)?;
            encoder.set_bitrate(opus::Bitrate::Bits(24_000))?;
            encoder.set_complexity(codec::OPUS_COMPLEXITY)?;
            let mut decoder = opus::Decoder::new(16_000, opus::Channels::Mono)?;
            for packet in &packets {
                let length = encoder.encode(packet, &mut coded)?;
                decoder.decode(&coded[..length], &mut out, false)?;
            }
        }
        // Behind our own crate there is nothing but the library's calls, or a table's.
        Codec::G722 | Codec::G729(_) | Codec::G711(_) | Codec::L16 { .. } => {
            let (mut encoder, mut decoder) = (Encoder::new(codec)?, Decoder::new(codec)?);
            for packet in &packets {
                encoder.encode(packet, |_, payload| {
                    decoder.decode(payload, &mut out);
                });
            }
        }
    }
    Ok((own_thread_seconds() - before) / seconds as f64)
}

/// The same in the engine: processor seconds of a call, both ways, for each second of it. What the telephones do is not counted.
fn in_engine(codecs: [Codec; 2], seconds: usize) -> Result<f64, Trouble> {
    let limits = Limits { rtp: CALLS * 2, ..Limits::default() };
    let (ends, mut loader, _recorder) = connect(&limits);
    let mut engine = Engine::new(limits, ends);
    let address = |n: usize| SocketAddr::from(([192, 0, 2, 7], 4000 + 2 * n as u16));
    let port = |n: usize| 20_000 + 2 * n as u16;
    for n in 0..CALLS * 2 {
        let (leg, codec) = (LegId(n as u64 + 1), codecs[n % 2]);
        engine.request(MediaRequest::Open { leg, port: Port::Rtp { local_port: port(n) } });
        let rtp = RtpSession {
            remote: address(n),
            codec,
            payload_type: 96,
            event_payload_type: Some(101),
            event_khz: codec.clock_khz() as u8,
            packet_millis: 20,
            send: true,
            receive: true,
        };
        engine.request(MediaRequest::Negotiated { leg, rtp });
        let hears = Hears::Leg(LegId((n ^ 1) as u64 + 1));
        engine.request(MediaRequest::Plan { leg, plan: Plan { hears, ..Plan::default() } });
    }
    let mut encoders = [Encoder::new(codecs[0])?, Encoder::new(codecs[1])?];
    let mut used = 0.0;
    for tick in 0..seconds * TICKS {
        let now = (tick as u64 + 1) * 20_000;
        let mut said: [Vec<u8>; 2] = Default::default();
        for (place, encoder) in encoders.iter_mut().enumerate() {
            let timestamp = tick as u32 * 20 * codecs[place].clock_khz();
            let header = Header { marker: false, payload_type: 96, sequence: tick as u16, timestamp, ssrc: 7 };
            said[place].extend_from_slice(&header.octets());
            let khz = encoder.khz();
            encoder.encode(&speech(khz, tick * 20 * khz), |_, payload| said[place].extend_from_slice(payload));
        }
        let mut datagrams: Vec<Vec<u8>> = (0..CALLS * 2).map(|n| said[n % 2].clone()).collect();
        let before = own_thread_seconds();
        for (n, datagram) in datagrams.iter_mut().enumerate() {
            engine.rtp_received(port(n), address(n), datagram, now - 4_000);
        }
        engine.tick(Moment { micros: now, unix_micros: now });
        engine.packets_sent();
        used += own_thread_seconds() - before;
        while loader.discarded.pop().is_ok() {}
        while engine.indication().is_some() {}
    }
    Ok(used / (seconds * CALLS) as f64)
}
