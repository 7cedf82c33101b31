//! Our codecs' octets and samples beside those of ffmpeg, which has implementations of its own.

use codec::{Decoder, Encoder};
use interop::tone::ffmpeg;
use plan::{Codec, G729Terms};
use std::f64::consts::TAU;
use std::path::PathBuf;

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("fastcall-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// A voice that glides, noise, clicks and silence; up to the loudest.
fn sound(rate: u32, seconds: u32) -> Vec<i16> {
    let mut seed = 17u32;
    let sample = |n: u32| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let t = f64::from(n) / f64::from(rate);
        let noise = f64::from(seed >> 16) / 65_536.0 - 0.5;
        let voice: f64 =
            (1..=24).map(|k| (TAU * f64::from(k) * (140.0 * t + 8.0 * (0.9 * t).sin())).sin() / f64::from(k)).sum();
        let value = match n / (rate / 2) % 5 {
            0 => 0.0,
            1 => 12_000.0 * voice * (TAU * 3.0 * t).sin().abs(),
            2 => 6000.0 * voice + 2000.0 * noise,
            3 => 60_000.0 * noise,
            _ => 28_000.0 * (TAU * (200.0 + 900.0 * t) * t).sin(),
        };
        value.clamp(-32_768.0, 32_767.0) as i16
    };
    (0..rate * seconds).map(sample).collect()
}

fn octets(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

fn samples(octets: &[u8]) -> Vec<i16> {
    octets.as_chunks::<2>().0.iter().map(|two| i16::from_le_bytes(*two)).collect()
}

fn coded(codec: Codec, sound: &[i16], packet: usize) -> Vec<u8> {
    let mut encoder = Encoder::new(codec).expect("an encoder");
    let mut all = Vec::new();
    sound.chunks_exact(packet).for_each(|speech| encoder.encode(speech, |_, payload| all.extend_from_slice(payload)));
    all
}

fn decoded(codec: Codec, octets: &[u8], packet: usize) -> Vec<i16> {
    let mut decoder = Decoder::new(codec).expect("a decoder");
    let mut out = [0; 1920];
    let mut all = Vec::new();
    for payload in octets.chunks_exact(packet) {
        let count = decoder.decode(payload, &mut out);
        all.extend_from_slice(&out[..count]);
    }
    all
}

/// LIN-10: G.722: the octets are those of ffmpeg's encoder, and the samples those of its decoder, bit for bit.
#[test]
fn g722_bit_for_bit() {
    let folder = folder("g722");
    let sound = sound(16_000, 10);
    let raw = ["-f", "s16le", "-ar", "16000", "-ac", "1"];
    let theirs = ffmpeg(&folder, &raw, &octets(&sound), &["-c:a", "g722", "-f", "g722"]);
    let ours = coded(Codec::G722, &sound, 320);
    assert_eq!(ours.len(), 80_000);
    let common = ours.len().min(theirs.len());
    let differ = ours.iter().zip(&theirs).position(|(a, b)| a != b);
    assert_eq!((differ, common > 79_000), (None, true), "encoders differ at octet");

    let theirs = samples(&ffmpeg(&folder, &["-f", "g722"], &ours, &raw));
    let ours = decoded(Codec::G722, &ours, 160);
    let differ = ours.iter().zip(&theirs).position(|(a, b)| a != b);
    assert_eq!((differ, theirs.len() > 150_000), (None, true), "decoders differ at sample");
}

/// LIN-10: G.729: what our encoder makes, ffmpeg's decoder understands as ours does: the same speech but for the post-filter's details.
#[test]
fn g729_is_understood() {
    let codec = Codec::G729(G729Terms { annex_b: false });
    if !codec::is_available(codec) {
        eprintln!("no libbcg729 or built without it: nothing to compare");
        return;
    }
    let folder = folder("g729");
    let sound = sound(8000, 10);
    let coded = coded(codec, &sound, 160);
    assert_eq!(coded.len(), 10_000);
    let theirs = samples(&ffmpeg(&folder, &["-f", "g729"], &coded, &["-f", "s16le", "-ar", "8000", "-ac", "1"]));
    let ours = decoded(codec, &coded, 20);
    let count = ours.len().min(theirs.len());
    assert!(count > 79_000, "{count}");
    let pairs = || ours.iter().zip(&theirs).map(|(a, b)| (f64::from(*a), f64::from(*b)));
    let noise: f64 = pairs().map(|(a, b)| (a - b).powi(2)).sum();
    let power: f64 = pairs().map(|(a, _)| a.powi(2)).sum();
    let ratio = 10.0 * (power / noise.max(1.0)).log10();
    println!("our decoder and ffmpeg's: {ratio:.1} dB apart");
    assert!(ratio > 15.0, "{ratio:.1} dB");
}
