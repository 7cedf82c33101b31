//! The non-linear processor: what the filter left is replaced by the line's own noise.

use crate::canceller::SILENCE;
use crate::{BLOCK, ZERO_DBM0};

/// Of the far side's power that may be left when nothing is known yet: 6 dB of echo return loss.
const UNKNOWN: f32 = 0.25;

/// Left so many times over what is usually left, it is speech.
const SPEECH: f32 = 16.0;

/// Never less is taken for the usual rest: speech 20 dB below the far side's does not break in.
const LEAST: f32 = 6e-4;

/// How fast the usual rest is believed to be worse, a block: 3 dB a second.
const WORSE: f32 = 1.0035;

/// Louder than -40 dBm0 is no noise of a line.
const NOISE_MOST: f32 = ZERO_DBM0 * 1e-4;

/// Suppressed and let through in 2.5 ms.
const RAMP: f32 = 1.0 / 20.0;

/// Blocks that speech holds the way open: 50 ms.
const HANG: u32 = 10;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Residue {
    /// What is usually left, of the power from afar.
    usual: f32,
    noise: Noise,
    gain: f32,
    hang: u32,
}

/// The line's noise: its power, and how much of a sample is in the next.
#[derive(Clone, Copy, Debug)]
struct Noise {
    power: f32,
    colour: f32,
    last: f32,
    seed: u32,
    /// Of the current and the last stretch: the least, so that words between do not count.
    least: [f32; 2],
    blocks: u32,
}

/// Blocks of a stretch: 1 s.
const STRETCH: u32 = 200;

impl Residue {
    pub(crate) fn new() -> Residue {
        let noise = Noise { power: 0.0, colour: 0.0, last: 0.0, seed: 0x2545_f491, least: [f32::MAX; 2], blocks: 0 };
        Residue { usual: UNKNOWN, noise, gain: 1.0, hang: 0 }
    }

    /// The path is another one.
    pub(crate) fn unknown(&mut self) {
        (self.usual, self.hang) = (UNKNOWN, 0);
    }

    /// A block's rest: `far` is the loudest power of the tail. `both` talk, for all that levels tell.
    pub(crate) fn treat(&mut self, errors: &mut [f32], far: f32, both: bool, comfort: bool) {
        let power = errors.iter().map(|error| error * error).sum::<f32>() / errors.len() as f32;
        if far < SILENCE {
            self.noise.learn(errors, power);
        }
        let suppress = far >= SILENCE && !self.is_speech(power, far, both);
        let target = if suppress { 0.0 } else { 1.0 };
        for error in errors {
            self.gain += (target - self.gain).clamp(-RAMP, RAMP);
            if self.gain < 1.0 {
                let comfort = if comfort { self.noise.sample() } else { 0.0 };
                *error = *error * self.gain + comfort * (1.0 - self.gain);
            }
        }
    }

    fn is_speech(&mut self, power: f32, far: f32, both: bool) -> bool {
        let left = (power - self.noise.power).max(0.0) / far;
        let speech = both || left > (SPEECH * self.usual).min(UNKNOWN);
        if !both {
            // Down at once to what was left, up slowly.
            self.usual = if left < self.usual { self.usual + 0.05 * (left - self.usual) } else { self.usual * WORSE };
            self.usual = self.usual.clamp(LEAST, UNKNOWN);
        }
        self.hang = if speech { HANG } else { self.hang.saturating_sub(1) };
        self.hang > 0
    }
}

impl Noise {
    fn learn(&mut self, errors: &[f32], power: f32) {
        if power > NOISE_MOST {
            return;
        }
        self.least[0] = self.least[0].min(power);
        self.blocks += 1;
        // A stretch's least is some way below its mean.
        let floor = self.least[0].min(self.least[1]) * 4.0;
        if power <= floor {
            self.power += 0.02 * (power - self.power);
            let next: f32 = errors.windows(2).map(|pair| pair[0] * pair[1]).sum();
            let own: f32 = errors.iter().map(|error| error * error).sum();
            if own > 0.0 {
                self.colour += 0.02 * ((next / own).clamp(-0.95, 0.95) - self.colour);
            }
        }
        if self.blocks >= STRETCH {
            (self.blocks, self.least) = (0, [f32::MAX, self.least[0]]);
        }
    }

    fn sample(&mut self) -> f32 {
        // Four even numbers make one that is nearly normal, of power 1/3.
        let mut sum = 0f32;
        for _ in 0..4 {
            self.seed ^= self.seed << 13;
            self.seed ^= self.seed >> 17;
            self.seed ^= self.seed << 5;
            sum += self.seed as i32 as f32 / 2f32.powi(31);
        }
        let fresh = sum * (0.75 * self.power * (1.0 - self.colour * self.colour)).sqrt();
        self.last = self.colour * self.last + fresh;
        self.last
    }
}

const _: () = assert!(BLOCK > 1);
