//! The tone disabler of G.168 clause 7: 2,100 Hz with phase reversals, as modems and fax machines send it to be left alone.

use crate::{BLOCK, ZERO_DBM0};
use std::f64::consts::TAU;

const TONE_HZ: f64 = 2100.0;
const RATE: f64 = 8000.0;

/// -31 dBm0 (7.2).
const LEAST: f32 = ZERO_DBM0 * 7.94e-4;

/// The tone's share in all that is heard (guard band, 7.3).
const PURITY: f32 = 0.8;

/// Blocks of unbroken tone before a reversal counts: 200 ms of 425 to 475.
const BEFORE: u32 = 40;
/// And after it.
const AFTER: u32 = 10;
/// A reversal spoils so many blocks at most.
const GAP: u32 = 3;

/// 180 degrees within 45; a tone that goes on is within 45 of where it should be.
const REVERSED: f64 = 2.35;
const SAME: f64 = 0.8;

/// Looks for the tone in one direction.
#[derive(Clone, Copy, Debug, Default)]
struct Watch {
    /// The tone's phase in the last block that had it, and how far it turns a block: 21 Hz off is 38 degrees.
    phase: f64,
    drift: f64,
    steady: u32,
    gap: u32,
    /// Since a reversal.
    since: Option<u32>,
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Disabler {
    watches: [Watch; 2],
    /// Samples since the beginning, over a whole number of the tone's periods.
    time: u32,
    disabled: bool,
    /// Blocks of silence since.
    silent: u32,
}

/// 2,100 Hz and 8,000 samples: 21 periods in 80.
const ROUND: u32 = 80;
/// 250 ms (release time, 7.8).
const RELEASE: u32 = 50;
/// -36 dBm0 in either direction holds (holding band, 7.4).
const HOLDS: f32 = ZERO_DBM0 * 2.5e-4;

impl Disabler {
    pub(crate) fn is_disabled(&self) -> bool {
        self.disabled
    }

    /// Hears a block of either direction. True: nothing is to be touched.
    pub(crate) fn hear(&mut self, far: &[i16], near: &[i16]) -> bool {
        let mut loud = false;
        for (watch, samples) in self.watches.iter_mut().zip([far, near]) {
            let (re, im, energy) = turned(self.time, samples);
            let count = samples.len() as f32;
            loud |= energy >= HOLDS * count;
            // A sine's share: the square of its correlation, twice over the count.
            let tone = 2.0 * ((re * re + im * im) as f32) / count;
            let there = energy >= LEAST * count && tone >= PURITY * energy;
            self.disabled |= watch.step(there.then(|| im.atan2(re)));
        }
        self.time = (self.time + far.len() as u32) % ROUND;
        if self.disabled {
            self.silent = if loud { 0 } else { self.silent + 1 };
            if self.silent >= RELEASE {
                *self = Disabler { time: self.time, ..Disabler::default() };
            }
        }
        self.disabled
    }
}

fn turned(time: u32, samples: &[i16]) -> (f64, f64, f32) {
    let (mut re, mut im, mut energy) = (0f64, 0f64, 0f32);
    let (sine, cosine) = (TAU * TONE_HZ / RATE).sin_cos();
    let (mut s, mut c) = (TAU * TONE_HZ * f64::from(time) / RATE).sin_cos();
    for sample in samples {
        let value = f64::from(*sample);
        re += value * c;
        im -= value * s;
        energy += (value * value) as f32;
        (s, c) = (s * cosine + c * sine, c * cosine - s * sine);
    }
    (re, im, energy)
}

/// An angle within half a turn of nothing.
fn wrapped(angle: f64) -> f64 {
    angle - TAU * (angle / TAU).round()
}

impl Watch {
    /// The phase of a block that is the tone. True when it has been reversed.
    fn step(&mut self, phase: Option<f64>) -> bool {
        let Some(phase) = phase else {
            self.gap += 1;
            if self.gap > GAP {
                *self = Watch::default();
            }
            return false;
        };
        if self.steady == 0 {
            *self = Watch { phase, steady: 1, ..Watch::default() };
            return false;
        }
        let turn = wrapped(phase - self.phase - self.drift * f64::from(self.gap + 1));
        let (gap, before) = (std::mem::take(&mut self.gap), self.phase);
        self.phase = phase;
        if turn.abs() <= SAME {
            if gap == 0 {
                self.drift += 0.1 * wrapped(phase - before - self.drift);
            }
            self.steady += 1;
            self.since = self.since.map(|blocks| blocks + 1);
        } else if turn.abs() >= REVERSED && self.steady >= BEFORE {
            (self.steady, self.since) = (1, Some(0));
        } else {
            *self = Watch { phase, steady: 1, ..Watch::default() };
        }
        self.since.is_some_and(|blocks| blocks >= AFTER)
    }
}

/// A block is a whole number of half periods, so that an exact tone stands still every second one.
const _: () = assert!(BLOCK as u32 * 2 == ROUND);
