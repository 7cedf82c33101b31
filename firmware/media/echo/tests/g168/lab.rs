//! The laboratory: signals, hybrids and meters.

use echo::{Canceller, Settings};
use std::f64::consts::TAU;

const RATE: f64 = 8000.0;
/// Root mean square of 0 dBm0.
const ZERO: f64 = 15_824.0;

pub fn rms_of_dbm0(level: f64) -> f64 {
    ZERO * 10f64.powf(level / 20.0)
}

pub fn dbm0(rms: f64) -> f64 {
    20.0 * (rms.max(1e-3) / ZERO).log10()
}

/// Even numbers from -1 to 1: xorshift, so that a seed replays.
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

/// A composite source signal in the manner of annex C: 48.62 ms of a vowel, 200 ms of noise over the telephone's band, 101.38 ms of nothing,
/// the next time with its sign turned. The vowel is made of a glottis and three formants, not of the standard's table. The level is that of
/// the sounding parts.
pub fn css(level: f64, millis: usize, seed: u64) -> Vec<i16> {
    composite(level, millis, seed, [389, 1989, 2800], 64)
}

/// The same of the near end in double talk: 72.69 ms, 200 ms and 127.31 ms, of another voice.
pub fn near_css(level: f64, millis: usize, seed: u64) -> Vec<i16> {
    composite(level, millis, seed, [582, 2182, 3200], 45)
}

fn composite(level: f64, millis: usize, seed: u64, [voiced, whole, period]: [usize; 3], pitch: usize) -> Vec<i16> {
    let mut noise = Noise(seed);
    let mut band = [Resonator::high_pass(200.0), Resonator::low_pass(3400.0)];
    let mut vowel =
        [Resonator::formant(500.0, 80.0), Resonator::formant(1400.0, 120.0), Resonator::formant(2400.0, 160.0)];
    let mut raw = Vec::with_capacity(millis * 8);
    for n in 0..millis * 8 {
        let (round, at) = (n / period, n % period);
        let sign = if round % 2 == 0 { 1.0 } else { -1.0 };
        let pulse = if at < voiced && at % pitch == 0 { 1.0 } else { 0.0 };
        let sung = vowel.iter_mut().fold(pulse, |sound, formant| formant.step(sound)) * 40.0;
        let hissed = if (voiced..whole).contains(&at) { noise.normal() } else { 0.0 };
        let hissed = band.iter_mut().fold(hissed, |sound, filter| filter.step(sound));
        raw.push(sign * if at < voiced { sung } else { hissed });
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
#[derive(Clone, Copy)]
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

    fn formant(hz: f64, width: f64) -> Resonator {
        let r = (-std::f64::consts::PI * width / RATE).exp();
        let a = [1.0, -2.0 * r * (TAU * hz / RATE).cos(), r * r];
        Resonator::of([a.iter().sum(), 0.0, 0.0], a)
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

/// An echo path: a pure delay, and reflections that ring for some milliseconds within the band of a line.
#[derive(Clone)]
pub struct Hybrid {
    response: Vec<f64>,
    past: Vec<f64>,
}

/// Paths of our own making in the range of annex D's models: 5 to 12 ms of dispersion, one or two reflections. Each: delay, and for each
/// reflection its time, size, ringing frequency and decay in milliseconds.
pub const MODELS: [&[(f64, f64, f64, f64)]; 8] = [
    &[(0.0, 1.0, 450.0, 1.2)],
    &[(0.5, 1.0, 900.0, 1.5), (2.0, -0.5, 350.0, 2.0)],
    &[(0.0, 1.0, 1500.0, 0.8), (1.0, -0.8, 600.0, 2.0)],
    &[(1.0, -1.0, 2100.0, 1.0), (3.5, 0.6, 700.0, 2.2)],
    &[(0.25, 1.0, 300.0, 2.5)],
    &[(0.0, 1.0, 1100.0, 1.2), (4.0, 0.9, 1300.0, 1.8)],
    &[(0.75, -1.0, 800.0, 2.0), (5.0, -0.4, 500.0, 2.5)],
    &[(0.0, 0.7, 1800.0, 1.0), (20.0, 1.0, 600.0, 2.0)],
];

impl Hybrid {
    /// Of an echo return loss, dB, over white noise.
    pub fn new(model: usize, loss: f64, delay_millis: f64) -> Hybrid {
        let mut response = vec![0.0; 1000];
        for (at, size, hz, decay) in MODELS[model] {
            let begin = ((at + delay_millis) * 8.0) as usize;
            for (n, tap) in response.iter_mut().skip(begin).enumerate() {
                let t = n as f64 / RATE;
                *tap += size * (-t * 1000.0 / decay).exp() * (TAU * hz * t + 0.3).cos();
            }
        }
        let mut band = [Resonator::high_pass(250.0), Resonator::low_pass(3300.0)];
        for tap in &mut response {
            *tap = band.iter_mut().fold(*tap, |it, filter| filter.step(it));
        }
        let energy: f64 = response.iter().map(|tap| tap * tap).sum();
        let scale = 10f64.powf(-loss / 20.0) / energy.sqrt();
        response.iter_mut().for_each(|tap| *tap *= scale);
        let past = vec![0.0; response.len()];
        Hybrid { response, past }
    }

    /// No echo at all.
    pub fn open() -> Hybrid {
        Hybrid { response: vec![0.0], past: vec![0.0] }
    }

    fn step(&mut self, x: f64) -> f64 {
        self.past.rotate_right(1);
        self.past[0] = x;
        self.past.iter().zip(&self.response).map(|(x, h)| x * h).sum()
    }
}

/// A canceller at a hybrid, with A-law on both sides.
pub struct Bench {
    pub canceller: Canceller,
    pub hybrid: Hybrid,
}

impl Bench {
    pub fn new(settings: Settings, hybrid: Hybrid) -> Bench {
        Bench { canceller: Canceller::new(settings), hybrid }
    }

    /// What the far end hears when it says `far` and the near end `near`, or nothing where that is shorter.
    pub fn run(&mut self, far: &[i16], near: &[i16]) -> Vec<i16> {
        let mut out = Vec::with_capacity(far.len());
        for (at, far) in far.chunks(40).enumerate() {
            let coded = |sample: i16| pcm::alaw::decode(pcm::alaw::encode(sample));
            let far: Vec<i16> = far.iter().map(|it| coded(*it)).collect();
            let mut line = Vec::with_capacity(far.len());
            for (n, far) in far.iter().enumerate() {
                let own = near.get(at * 40 + n).copied().unwrap_or(0);
                let both = self.hybrid.step(f64::from(*far)) + f64::from(own);
                line.push(coded(both.clamp(-32768.0, 32767.0) as i16));
            }
            self.canceller.process(&far, &mut line);
            out.extend(line);
        }
        out
    }

    /// Freezes what was learned.
    pub fn freeze(&mut self, settings: Settings) {
        self.canceller.set(Settings { learn: false, ..settings });
    }
}

/// The loudest 35 ms, dBm0 (the meter of 6.4).
pub fn loudest(samples: &[i16]) -> f64 {
    let rms =
        |window: &[i16]| (window.iter().map(|it| f64::from(*it).powi(2)).sum::<f64>() / window.len() as f64).sqrt();
    dbm0(samples.chunks(280).map(rms).fold(0.0, f64::max))
}

/// The mean level, dBm0.
pub fn mean(samples: &[i16]) -> f64 {
    dbm0((samples.iter().map(|it| f64::from(*it).powi(2)).sum::<f64>() / samples.len().max(1) as f64).sqrt())
}
