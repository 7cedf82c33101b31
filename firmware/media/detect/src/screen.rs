//! Whether 20 ms may hold a key at all: what speech and silence cost, so in whole numbers and as wide as the processor is.

use crate::spectrum::{ENERGY_SCALE, FREQUENCIES, ONE, hann, window, windowed_energy};
#[cfg(target_arch = "x86_64")]
use crate::vnni;
use multiversion::multiversion;
#[cfg(target_arch = "x86_64")]
use multiversion::target::match_target;
use pcm::{BLOCK, Linear};
use std::f64::consts::TAU;
use std::sync::LazyLock;

/// The block is folded in its middle: cosines see sums, sines differences.
const HALF: usize = BLOCK / 2;
/// -30 dBm0 of two tones together, as the energy of a windowed block: 3 dB below the least that the close look accepts.
const LEAST_PEAK: f64 = 22_827.0 * 0.0316;
/// Of the energy the strongest of each group account for, at least: keys off by 2 %, or 12 dB above noise, have more.
const PURITY: f32 = 0.62;
/// A tone that pauses within the block, or changes, has less than this.
const PURE: f32 = 0.85;
/// Power of the low group over the high one, and of the high one over the low one, at most: a decibel more than a close look lets pass.
const LOW_OVER_HIGH: f32 = 11.0;
const HIGH_OVER_LOW: f32 = 7.5;

/// Registers are loaded from lines of the cache as a whole.
#[repr(C, align(64))]
pub(crate) struct Screen {
    /// For each frequency the right half of its windowed cosine and sine, as rows for [`vnni::correlate`].
    #[cfg(target_arch = "x86_64")]
    rows: [[i16; 32]; vnni::STEPS],
    window: [i16; BLOCK],
    /// The same for every processor.
    cosines: [[i16; HALF]; 8],
    sines: [[i16; HALF]; 8],
    /// Power in a correlation, over energy, of a pure tone.
    gain: f32,
    least_energy: i32,
}

pub(crate) static SCREEN: LazyLock<Screen> = LazyLock::new(|| {
    let factor = |f: usize, k: usize, of: fn(f64) -> f64| {
        let angle = TAU * FREQUENCIES[f] / f64::from(pcm::RATE) * (k as f64 + 0.5);
        (ONE * hann(HALF + k) * of(angle)).round() as i16
    };
    let cosines: [[i16; HALF]; 8] = std::array::from_fn(|f| std::array::from_fn(|k| factor(f, k, f64::cos)));
    let sines: [[i16; HALF]; 8] = std::array::from_fn(|f| std::array::from_fn(|k| factor(f, k, f64::sin)));
    let sum: f64 = (0..BLOCK).map(hann).sum();
    let squares: f64 = (0..BLOCK).map(|n| hann(n).powi(2)).sum();
    Screen {
        #[cfg(target_arch = "x86_64")]
        rows: std::array::from_fn(|step| {
            let first = 2 * vnni::pair_of_step(step);
            // Sixteen sums of two products each: of each frequency its cosine's and its sine's.
            std::array::from_fn(|place| {
                let (f, k) = (place / 4, first + place % 2);
                if place % 4 < 2 { cosines[f][k] } else { sines[f][k] }
            })
        }),
        cosines,
        sines,
        window: window(),
        // A tone of peak p: its correlation is p / 2 times the window's sum (halved by the fold), its energy p squared / 2 times its squares.
        gain: ((sum * ONE / 4.0).powi(2) / (squares * ENERGY_SCALE / 2.0)) as f32,
        least_energy: (LEAST_PEAK * LEAST_PEAK * squares * ENERGY_SCALE / 2.0) as i32,
    }
});

/// A block and the one before it.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub(crate) struct Blocks(pub(crate) [Linear; 2]);

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

/// Takes a block in beside the one before; what can sound in all of it.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl+avx512dq+avx512vnni", "x86_64+avx2+fma", "aarch64+neon"))]
pub(crate) fn glance(screen: &Screen, blocks: &mut Blocks, block: &Linear) -> Glance {
    let Blocks([before, newest]) = blocks;
    *before = *newest;
    *newest = *block;
    #[cfg(target_arch = "x86_64")]
    return match_target! {
        "x86_64+avx512f+avx512bw+avx512vl+avx512dq+avx512vnni" => {
            let energy = vnni::energy(block, &screen.window);
            if energy < screen.least_energy {
                return Glance::Quiet;
            }
            screen.verdict(energy, &vnni::correlate(block, &screen.rows))
        },
        _ => screen.plainly(block),
    };
    #[cfg(not(target_arch = "x86_64"))]
    screen.plainly(block)
}

impl Screen {
    /// On any processor.
    #[inline(always)]
    fn plainly(&self, block: &Linear) -> Glance {
        let energy = windowed_energy(block, &self.window);
        if energy < self.least_energy {
            return Glance::Quiet;
        }
        let (mut sums, mut differences) = ([0i16; HALF], [0i16; HALF]);
        for k in 0..HALF {
            // Halved first, so that nothing overflows.
            let (after, before) = (block[HALF + k] >> 1, block[HALF - 1 - k] >> 1);
            sums[k] = after.wrapping_add(before);
            differences[k] = after.wrapping_sub(before);
        }
        let mut correlations = [0i32; 16];
        for f in 0..8 {
            let (mut re, mut im) = (0i32, 0i32);
            for k in 0..HALF {
                re += i32::from(sums[k]) * i32::from(self.cosines[f][k]);
                im += i32::from(differences[k]) * i32::from(self.sines[f][k]);
            }
            correlations[2 * f] = re;
            correlations[2 * f + 1] = im;
        }
        self.verdict(energy, &correlations)
    }

    #[inline(always)]
    fn verdict(&self, energy: i32, correlations: &[i32; 16]) -> Glance {
        let mut powers = [0f32; 8];
        for (f, power) in powers.iter_mut().enumerate() {
            let (re, im) = (correlations[2 * f] as f32, correlations[2 * f + 1] as f32);
            *power = re * re + im * im;
        }
        let most = |a: f32, b: f32| if a > b { a } else { b };
        let low = most(most(powers[0], powers[1]), most(powers[2], powers[3]));
        let high = most(most(powers[4], powers[5]), most(powers[6], powers[7]));
        let all = self.gain * energy as f32;
        let key = low + high >= PURITY * all && low <= high * LOW_OVER_HIGH && high <= low * HIGH_OVER_LOW;
        if !key {
            return Glance::Other;
        }
        let place = |power: f32, from: usize| (from..from + 3).find(|f| powers[*f] >= power).unwrap_or(from + 3) as u8;
        Glance::MayBe { low: place(low, 0), high: place(high, 4), pure: low + high >= PURE * all }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is fast on one processor tells what every other tells: not a bit apart.
    #[test]
    fn the_fast_way_is_the_plain_way() {
        let (mut seed, mut blocks) = (7u64, Blocks([[0; BLOCK]; 2]));
        for loud in [30u64, 3000, 65_535] {
            for _ in 0..300 {
                let block: Linear = std::array::from_fn(|n| {
                    seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    let key = (n as f64 * 0.548).sin() + (n as f64 * 0.95).sin();
                    ((seed >> 33) % loud) as i16 / 8 + (key * loud as f64 / 5.0) as i16
                });
                assert_eq!(glance(&SCREEN, &mut blocks, &block), SCREEN.plainly(&block));
            }
        }
    }
}
