//! What is sent.

use crate::annexes::{DOUBLE_TALK, SINGLE_TALK};
use crate::meters::rms_of_dbm0;
use std::f64::consts::TAU;

const RATE: f64 = 8000.0;
/// Even numbers from -1 to 1: xorshift, so that a seed replays.
#[derive(Clone, Copy, Debug)]
pub struct Noise(pub u64);

impl Noise {
    pub fn even(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }

    /// Nearly normal, of power one.
    pub fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.even()).sum::<f64>() / 2.0
    }
}

/// White noise.
pub fn noise(level: f64, millis: usize, seed: u64) -> Vec<i16> {
    let (mut noise, rms) = (Noise(seed), rms_of_dbm0(level));
    (0..millis * 8).map(|_| (noise.normal() * rms) as i16).collect()
}

pub fn silence(millis: usize) -> Vec<i16> {
    vec![0; millis * 8]
}

/// Sines of so many hertz, each at that level.
pub fn tones(frequencies: &[f64], level: f64, millis: usize) -> Vec<i16> {
    let peak = rms_of_dbm0(level) * 2f64.sqrt();
    let at = |n: usize| frequencies.iter().map(|hz| (TAU * hz * n as f64 / RATE).sin() * peak).sum::<f64>();
    (0..millis * 8).map(|n| at(n) as i16).collect()
}

/// The composite source signal of C.1: 48.62 ms of its vowel, 200 ms of noise over the telephone's band, 101.38 ms of nothing, the next
/// time with its sign turned. The level is that of the sounding parts.
pub fn css(level: f64, millis: usize, seed: u64) -> Vec<i16> {
    composite(level, millis, seed, [389, 1989, 2800], &SINGLE_TALK)
}

/// That of C.3, for the near end in double talk: 72.69 ms, 200 ms and 127.31 ms, of another voice.
pub fn near_css(level: f64, millis: usize, seed: u64) -> Vec<i16> {
    composite(level, millis, seed, [582, 2182, 3200], &DOUBLE_TALK)
}

/// The voice of a period at 44.1 kHz, at ours: its harmonics up to 3.6 kHz.
fn voice(period: &[i32], samples: usize) -> Vec<f64> {
    let length = period.len() as f64;
    let hz = 44_100.0 / length;
    let mut voice = vec![0.0; samples];
    for harmonic in (1..).map(f64::from).take_while(|harmonic| harmonic * hz < 3600.0) {
        let part = |of: fn(f64) -> f64| {
            let at = |(n, value): (usize, &i32)| f64::from(*value) * of(TAU * harmonic * n as f64 / length);
            2.0 / length * period.iter().enumerate().map(at).sum::<f64>()
        };
        let (cosine, sine) = (part(f64::cos), part(f64::sin));
        for (n, sample) in voice.iter_mut().enumerate() {
            let angle = TAU * harmonic * hz * n as f64 / RATE;
            *sample += cosine * angle.cos() + sine * angle.sin();
        }
    }
    voice
}

fn composite(level: f64, millis: usize, seed: u64, [voiced, whole, period]: [usize; 3], vowel: &[i32]) -> Vec<i16> {
    let mut noise = Noise(seed);
    let mut band = [Resonator::high_pass(200.0), Resonator::low_pass(3400.0)];
    let voice = voice(vowel, voiced);
    let mut raw = Vec::with_capacity(millis * 8);
    for n in 0..millis * 8 {
        let (round, at) = (n / period, n % period);
        let sign = if round % 2 == 0 { 1.0 } else { -1.0 };
        let hissed = if (voiced..whole).contains(&at) { noise.normal() } else { 0.0 };
        let hissed = band.iter_mut().fold(hissed, |sound, filter| filter.step(sound));
        raw.push(sign * voice.get(at).copied().unwrap_or(hissed));
    }
    let power = |range: &dyn Fn(usize) -> bool| {
        let part: Vec<f64> = raw.iter().enumerate().filter(|(n, _)| range(n % period)).map(|(_, it)| it * it).collect();
        (part.iter().sum::<f64>() / part.len() as f64).sqrt()
    };
    let (sung, hissed) = (power(&|at| at < voiced), power(&|at| (voiced..whole).contains(&at)));
    let rms = rms_of_dbm0(level);
    let scaled = raw.iter().enumerate().map(|(n, it)| it * rms / if n % period < voiced { sung } else { hissed });
    scaled.map(|it| it.clamp(-32000.0, 32000.0) as i16).collect()
}

/// A second order section.
#[derive(Clone, Copy, Debug)]
pub struct Resonator {
    b: [f64; 3],
    a: [f64; 2],
    x: [f64; 2],
    y: [f64; 2],
}

impl Resonator {
    fn of(b: [f64; 3], a: [f64; 3]) -> Resonator {
        let scale = |it: f64| it / a[0];
        Resonator { b: b.map(scale), a: [scale(a[1]), scale(a[2])], x: [0.0; 2], y: [0.0; 2] }
    }

    pub fn high_pass(hz: f64) -> Resonator {
        let (sine, cosine) = (TAU * hz / RATE).sin_cos();
        let alpha = sine / 2f64.sqrt();
        Resonator::of(
            [(1.0 + cosine) / 2.0, -1.0 - cosine, (1.0 + cosine) / 2.0],
            [1.0 + alpha, -2.0 * cosine, 1.0 - alpha],
        )
    }

    pub fn low_pass(hz: f64) -> Resonator {
        let (sine, cosine) = (TAU * hz / RATE).sin_cos();
        let alpha = sine / 2f64.sqrt();
        Resonator::of(
            [(1.0 - cosine) / 2.0, 1.0 - cosine, (1.0 - cosine) / 2.0],
            [1.0 + alpha, -2.0 * cosine, 1.0 - alpha],
        )
    }

    pub fn step(&mut self, x: f64) -> f64 {
        let y = self.b[0] * x + self.b[1] * self.x[0] + self.b[2] * self.x[1]
            - self.a[0] * self.y[0]
            - self.a[1] * self.y[1];
        (self.x, self.y) = ([x, self.x[0]], [y, self.y[0]]);
        y
    }
}
