//! Anything on a line: what is heard stays within bounds, in whatever lengths it comes, and a bank hears what its lanes do alone.

#![no_main]

use detect::{
    AnswerClassifier, BANK_BLOCK, FskEvent, FskReceiver, KeyDetector, LANES, PairBank, PairDetector, ProgressDetector,
};
use libfuzzer_sys::fuzz_target;

const FORWARD: [u16; 6] = [1380, 1500, 1620, 1740, 1860, 1980];

/// An octet of input lasts so long: cadences need seconds.
const REPEATED: usize = 24;

fuzz_target!(|octets: &[u8]| {
    let [how, sound @ ..] = octets else { return };
    let samples = heard(*how, sound);
    let length = 1 + usize::from(how >> 3);

    let (mut keys, mut told) = (KeyDetector::default(), 0);
    let blocks = samples.as_chunks().0;
    blocks.iter().for_each(|block| told += usize::from(keys.hear(block).is_some()));
    assert!(2 * told <= blocks.len() + 1, "a key in each block");

    let mut modem = FskReceiver::new(1200, 2200);
    let mut bits = 0;
    for part in samples.chunks(length) {
        modem.hear(part, |event| bits += usize::from(matches!(event, FskEvent::Octet(_) | FskEvent::Framing)));
    }
    assert!(bits <= samples.len() / 50 + 1, "octets faster than 1200 baud");

    let (mut progress, mut answer) = (ProgressDetector::default(), AnswerClassifier::default());
    let (mut signals, mut opinions) = (0, 0);
    for part in samples.chunks(length) {
        progress.hear(part, |_| signals += 1);
        answer.hear(part, |_| opinions += 1);
    }
    // An end and a beginning for each frame of 10 ms, and a verdict.
    assert!(signals <= samples.len() / 40 + 2 && opinions <= samples.len() / 25 + 3);

    pairs(&samples);
});

/// The input as noise, or as two tones that it changes.
fn heard(how: u8, sound: &[u8]) -> Vec<i16> {
    let mut samples = Vec::with_capacity(sound.len() * REPEATED);
    for octet in sound {
        let place = samples.len();
        samples.extend((place..place + REPEATED).map(|n| match how & 3 {
            0 => pcm(*octet, n),
            1 => tones(n, 697.0 + 81.0 * f64::from(octet & 3), 1209.0 + 140.0 * f64::from(octet >> 2 & 3), *octet),
            2 => tones(n, 300.0 + 10.0 * f64::from(*octet), 0.0, *octet),
            _ => {
                let [one, other] = [octet & 7, octet >> 3 & 7].map(|place| f64::from(FORWARD[usize::from(place % 6)]));
                tones(n, one, other, *octet)
            }
        }));
    }
    samples
}

fn pcm(octet: u8, n: usize) -> i16 {
    let sign = if n % 3 == 0 { -1 } else { 1 };
    (i16::from(octet) << 7) * sign
}

fn tones(n: usize, one: f64, other: f64, octet: u8) -> i16 {
    let t = std::f64::consts::TAU * n as f64 / 8000.0;
    let peak = if octet & 0xc0 == 0 { 0.0 } else { 60.0 * f64::from(octet) };
    (peak * ((one * t).sin() + (other * t).sin())) as i16
}

fn pairs(samples: &[i16]) {
    let mut bank = PairBank::new(FORWARD);
    let mut lanes = vec![0i32; LANES];
    let mut alone = PairDetector::new(FORWARD);
    let mut sounding = 0i32;
    for block in samples.as_chunks::<BANK_BLOCK>().0 {
        bank.hear(&[block; LANES], |lane, told| lanes[lane] += if told.is_some() { 1 } else { -1 });
        alone.hear(block, |told| sounding += if told.is_some() { 1 } else { -1 });
        // What began ends before another begins, in each lane alike.
        assert!((0..=1).contains(&sounding));
        assert!((0..=1).contains(&lanes[0]) && lanes.iter().all(|lane| *lane == lanes[0]));
    }
}
