//! What is to be heard in a recording.

use std::f64::consts::TAU;

/// A-law octets of a tone of 800 Hz.
pub fn tone(millis: usize) -> Vec<u8> {
    (0..millis * 8).map(|n| pcm::alaw::encode(((TAU * 800.0 * n as f64 / 8000.0).sin() * 6000.0) as i16)).collect()
}

/// Left and right of a two-channel A-law WAV file.
pub fn channels(wav: &[u8]) -> (Vec<u8>, Vec<u8>) {
    assert_eq!((&wav[..4], &wav[8..12]), (&b"RIFF"[..], &b"WAVE"[..]), "a WAV file");
    let mut rest = &wav[12..];
    while rest.len() >= 8 {
        let length = u32::from_le_bytes([rest[4], rest[5], rest[6], rest[7]]) as usize;
        let body = &rest[8..(8 + length).min(rest.len())];
        match &rest[..4] {
            b"fmt " => assert_eq!((body[0], body[2]), (6, 2), "A-law, two channels"),
            b"data" => {
                let frames = body.as_chunks::<2>().0;
                return (frames.iter().map(|two| two[0]).collect(), frames.iter().map(|two| two[1]).collect());
            }
            _ => {}
        }
        rest = &rest[(8 + length + length % 2).min(rest.len())..];
    }
    panic!("no data in the WAV file");
}

/// The loudest pitch of a voice between 100 and 300 Hz.
pub fn pitch(speech: &[u8]) -> f64 {
    let power = |hertz: f64| {
        let mut sum = (0.0, 0.0);
        for (n, octet) in speech.iter().enumerate() {
            let sample = f64::from(pcm::alaw::decode(*octet));
            let angle = TAU * hertz * n as f64 / 8000.0;
            sum = (sum.0 + sample * angle.cos(), sum.1 + sample * angle.sin());
        }
        sum.0 * sum.0 + sum.1 * sum.1
    };
    let pitches = (100..=300).map(f64::from);
    pitches.max_by(|a, b| power(*a).total_cmp(&power(*b))).expect("pitches")
}

/// Milliseconds with something to hear.
pub fn sounding(speech: &[u8]) -> usize {
    let loud = |block: &&[u8]| block.iter().any(|octet| pcm::alaw::decode(*octet).unsigned_abs() > 330);
    speech.chunks(80).filter(loud).count() * 10
}
