//! Sixteen receivers in one are sixteen receivers.

use detect::{BANK_BLOCK, LANES, Pair, PairBank, PairDetector};
use std::f64::consts::TAU;

const FORWARD: [u16; 6] = [1380, 1500, 1620, 1740, 1860, 1980];

struct Dice(u64);

impl Dice {
    fn below(&mut self, count: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) % count
    }
}

/// Pairs, single tones, three tones and noise at random levels, lengths and places.
fn line(seed: u64) -> Vec<i16> {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut samples = Vec::new();
    while samples.len() < 80_000 {
        let tones: Vec<(f64, f64)> = (0..1 + dice.below(3))
            .map(|_| {
                let hertz = f64::from(FORWARD[dice.below(6) as usize]) + dice.below(25) as f64 - 12.0;
                (hertz, pcm::peak_of_dbm0(-5.0 - dice.below(40) as f64))
            })
            .collect();
        let length = 40 + dice.below(800) as usize;
        samples.extend((0..length).map(|n| {
            let tone: f64 = tones.iter().map(|(hertz, peak)| peak * (TAU * hertz * n as f64 / 8000.0).sin()).sum();
            tone.clamp(-30_000.0, 30_000.0) as i16 + dice.below(41) as i16 - 20
        }));
        samples.extend((0..dice.below(700)).map(|_| dice.below(41) as i16 - 20));
    }
    samples.truncate(80_000);
    samples
}

/// LIN-01: what a span's receivers tell does not depend on whether they work alone or together.
#[test]
fn a_bank_tells_what_sixteen_detectors_tell() {
    let lines: Vec<Vec<i16>> = (1..=LANES as u64).map(line).collect();
    let mut bank = PairBank::new(FORWARD);
    let mut together: Vec<Vec<(usize, Option<Pair>)>> = vec![Vec::new(); LANES];
    for at in (0..80_000).step_by(BANK_BLOCK) {
        let blocks = std::array::from_fn(|lane| lines[lane][at..].first_chunk().unwrap());
        bank.hear(&blocks, |lane, told| together[lane].push((at, told)));
    }
    let mut pairs = 0;
    for (lane, line) in lines.iter().enumerate() {
        let mut alone = Vec::new();
        let mut detector = PairDetector::new(FORWARD);
        for (n, block) in line.chunks(BANK_BLOCK).enumerate() {
            detector.hear(block, |told| alone.push((n * BANK_BLOCK, told)));
        }
        pairs += alone.len();
        assert_eq!(together[lane], alone, "lane {lane}");
    }
    assert!(pairs > 400, "{pairs}");
}

/// A lane that is given to another call forgets; the others do not.
#[test]
fn a_lane_is_reset_alone() {
    let tone = |n: usize| {
        let t = n as f64 / 8000.0;
        (3000.0 * (TAU * 1380.0 * t).sin() + 3000.0 * (TAU * 1620.0 * t).sin()) as i16
    };
    let mut bank = PairBank::new(FORWARD);
    let mut told = Vec::new();
    for block in 0..40 {
        if block == 20 {
            bank.reset(3);
        }
        let samples: [i16; BANK_BLOCK] = std::array::from_fn(|n| tone(block * BANK_BLOCK + n));
        let blocks = [&samples; LANES];
        bank.hear(&blocks, |lane, pair| told.push((block, lane, pair)));
    }
    assert_eq!(told.iter().filter(|(_, lane, _)| *lane == 3).count(), 2, "{told:?}");
    assert!(
        (0..LANES)
            .all(|lane| told.iter().filter(|(_, other, _)| *other == lane).count() == if lane == 3 { 2 } else { 1 })
    );
}
