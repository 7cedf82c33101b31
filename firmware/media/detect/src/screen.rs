//! Whether 20 ms may hold a key at all: what speech and silence cost, so in whole numbers and as wide as the processor is.

use crate::spectrum::FREQUENCIES;
use multiversion::multiversion;
use pcm::{BLOCK, Linear};
use std::f64::consts::TAU;
use std::sync::LazyLock;

/// The block is folded in its middle: cosines see sums, sines differences.
const HALF: usize = BLOCK / 2;
/// One of a factor: products of 16-bit samples and sums of 80 of them stay within 31 bits.
const ONE: f64 = 1024.0;
/// Samples times window are taken down by so many bits more before they are squared.
const DOWN: i32 = 13;
/// -30 dBm0 of two tones together, as the energy of a windowed block: 3 dB below the least that the close look accepts.
const LEAST_PEAK: f64 = 22_827.0 * 0.0316;
/// Of the energy the strongest of each group account for, at least: keys off by 2 %, or 12 dB above noise, have more.
const PURITY: f32 = 0.62;
/// A tone that pauses within the block, or changes, has less than this.
const PURE: f32 = 0.85;
/// Power of the low group over the high one, and of the high one over the low one, at most: a decibel more than a close look lets pass.
const LOW_OVER_HIGH: f32 = 11.0;
const HIGH_OVER_LOW: f32 = 7.5;

pub(crate) struct Screen {
    /// For each frequency the right half of its windowed cosine and sine.
    cosines: [[i16; HALF]; 8],
    sines: [[i16; HALF]; 8],
    window: [i16; BLOCK],
    /// Power in a correlation, over energy, of a pure tone.
    gain: f32,
    least_energy: i32,
}

pub(crate) static SCREEN: LazyLock<Screen> = LazyLock::new(|| {
    let hann = |n: f64| 0.5 - 0.5 * (TAU * (n + 0.5) / BLOCK as f64).cos();
    let factor = |f: usize, k: usize, of: fn(f64) -> f64| {
        let angle = TAU * FREQUENCIES[f] / f64::from(pcm::RATE) * (k as f64 + 0.5);
        (ONE * hann((HALF + k) as f64) * of(angle)).round() as i16
    };
    let sum: f64 = (0..BLOCK).map(|n| hann(n as f64)).sum();
    let squares: f64 = (0..BLOCK).map(|n| hann(n as f64).powi(2)).sum();
    let scale = (ONE / 2f64.powi(DOWN)).powi(2);
    Screen {
        cosines: std::array::from_fn(|f| std::array::from_fn(|k| factor(f, k, f64::cos))),
        sines: std::array::from_fn(|f| std::array::from_fn(|k| factor(f, k, f64::sin))),
        window: std::array::from_fn(|n| (ONE * hann(n as f64)).round() as i16),
        // A tone of peak p: its correlation is p / 2 times the window's sum (halved by the fold), its energy p squared / 2 times its squares.
        gain: ((sum * ONE / 4.0).powi(2) / (squares * scale / 2.0)) as f32,
        least_energy: (LEAST_PEAK * LEAST_PEAK * squares * scale / 2.0) as i32,
    }
});

/// What a block may hold.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Glance {
    Quiet,
    /// Sound that is no key.
    Other,
    /// The places of the strongest frequency of each group; `pure`: they are nearly all there is, all the time.
    MayBe {
        low: u8,
        high: u8,
        pure: bool,
    },
}

/// What can sound in all of the block.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl+avx512dq", "x86_64+avx2+fma", "aarch64+neon"))]
pub(crate) fn glance(screen: &Screen, block: &Linear) -> Glance {
    let mut energy = 0i32;
    for (sample, window) in block.iter().zip(&screen.window) {
        let windowed = (i32::from(*sample) * i32::from(*window)) >> DOWN;
        energy += windowed * windowed;
    }
    if energy < screen.least_energy {
        return Glance::Quiet;
    }
    let (mut sums, mut differences) = ([0i16; HALF], [0i16; HALF]);
    for k in 0..HALF {
        // Halved first, so that nothing overflows.
        let (after, before) = (block[HALF + k] >> 1, block[HALF - 1 - k] >> 1);
        sums[k] = after.wrapping_add(before);
        differences[k] = after.wrapping_sub(before);
    }
    let mut powers = [0f32; 8];
    for ((power, cosines), sines) in powers.iter_mut().zip(&screen.cosines).zip(&screen.sines) {
        let (mut re, mut im) = (0i32, 0i32);
        for k in 0..HALF {
            re += i32::from(sums[k]) * i32::from(cosines[k]);
            im += i32::from(differences[k]) * i32::from(sines[k]);
        }
        *power = re as f32 * re as f32 + im as f32 * im as f32;
    }
    let low = powers[0].max(powers[1]).max(powers[2].max(powers[3]));
    let high = powers[4].max(powers[5]).max(powers[6].max(powers[7]));
    let all = screen.gain * energy as f32;
    let key = low + high >= PURITY * all && low <= high * LOW_OVER_HIGH && high <= low * HIGH_OVER_LOW;
    if !key {
        return Glance::Other;
    }
    let place = |power: f32, from: usize| (from..from + 3).find(|f| powers[*f] >= power).unwrap_or(from + 3) as u8;
    Glance::MayBe { low: place(low, 0), high: place(high, 4), pure: low + high >= PURE * all }
}
