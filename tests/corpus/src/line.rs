//! What a line does to what is sent over it.

use crate::random::Dice;
use std::f64::consts::TAU;

/// Impairments of one line.
#[derive(Clone, Copy, Debug)]
pub struct Impairments {
    pub loss_db: f64,
    pub noise_dbm0: f64,
    /// Of an old carrier system.
    pub offset_hertz: f64,
    /// Samples above this are cut off; none if it is above full scale.
    pub clip: f64,
    /// An echo so much below, so many milliseconds later.
    pub echo_db: f64,
    pub echo_millis: f64,
    /// 300 to 3400 Hz only.
    pub band_limited: bool,
}

impl Impairments {
    pub fn random(dice: &mut Dice) -> Impairments {
        Impairments {
            loss_db: dice.between(0.0, 15.0),
            noise_dbm0: dice.between(-65.0, -48.0),
            offset_hertz: if dice.below(4) == 0 { dice.between(-5.0, 5.0) } else { 0.0 },
            clip: if dice.below(5) == 0 { dice.between(5000.0, 12_000.0) } else { 40_000.0 },
            echo_db: dice.between(15.0, 40.0),
            echo_millis: dice.between(5.0, 60.0),
            band_limited: dice.below(2) == 0,
        }
    }

    /// A line that is only quiet: what comes of the talker is set by who asks, and the noise leaves him understood.
    pub(crate) fn quiet(dice: &mut Dice) -> Impairments {
        Impairments { loss_db: 0.0, noise_dbm0: dice.between(-65.0, -55.0), ..Impairments::random(dice) }
    }

    /// What comes out, companded by A-law.
    pub fn apply(&self, sent: &[f64], dice: &mut Dice) -> Vec<u8> {
        let mut line: Vec<f64> = sent.iter().map(|sample| sample.clamp(-self.clip, self.clip)).collect();
        if self.offset_hertz != 0.0 {
            line = shifted(&line, self.offset_hertz);
        }
        if self.band_limited {
            line = filtered(&line);
        }
        let gain = 10f64.powf(-self.loss_db / 20.0);
        let (echo, delay) = (10f64.powf(-self.echo_db / 20.0), (self.echo_millis * 8.0) as usize);
        let deviation = pcm::peak_of_dbm0(self.noise_dbm0) / 2f64.sqrt();
        (0..line.len())
            .map(|n| {
                let before = if n >= delay { line[n - delay] * echo } else { 0.0 };
                let sample = gain * (line[n] + before) + deviation * dice.normal();
                pcm::alaw::encode(sample.clamp(-32_768.0, 32_767.0) as i16)
            })
            .collect()
    }
}

/// All frequencies moved: the analytic signal (a Hilbert transformer of 65 taps) turned.
fn shifted(line: &[f64], hertz: f64) -> Vec<f64> {
    const HALF: usize = 32;
    let tap = |k: usize| if k % 2 == 1 { 2.0 / (std::f64::consts::PI * k as f64) } else { 0.0 };
    let window = |k: usize| 0.54 + 0.46 * (std::f64::consts::PI * k as f64 / (HALF as f64 + 1.0)).cos();
    let taps: Vec<f64> = (0..=HALF).map(|k| tap(k) * window(k)).collect();
    let at = |n: isize| if n >= 0 { line.get(n as usize).copied().unwrap_or(0.0) } else { 0.0 };
    (0..line.len())
        .map(|n| {
            let quadrature: f64 = (1..=HALF)
                .step_by(2)
                .map(|k| taps[k] * (at(n as isize - k as isize) - at(n as isize + k as isize)))
                .sum();
            let angle = TAU * hertz * n as f64 / 8000.0;
            line[n] * angle.cos() - quadrature * angle.sin()
        })
        .collect()
}

/// Second-order high pass at 300 Hz and low pass at 3400 Hz.
fn filtered(line: &[f64]) -> Vec<f64> {
    let high = biquad(line, 300.0, true);
    biquad(&high, 3400.0, false)
}

fn biquad(line: &[f64], hertz: f64, high: bool) -> Vec<f64> {
    let (sin, cos) = (TAU * hertz / 8000.0).sin_cos();
    let alpha = sin / 2f64.sqrt();
    let a0 = 1.0 + alpha;
    let (b0, b1) = if high { ((1.0 + cos) / 2.0, -(1.0 + cos)) } else { ((1.0 - cos) / 2.0, 1.0 - cos) };
    let (mut x, mut y) = ([0.0; 2], [0.0; 2]);
    line.iter()
        .map(|now| {
            let out = (b0 * now + b1 * x[0] + b0 * x[1] + 2.0 * cos * y[0] - (1.0 - alpha) * y[1]) / a0;
            x = [*now, x[0]];
            y = [out, y[0]];
            out
        })
        .collect()
}
