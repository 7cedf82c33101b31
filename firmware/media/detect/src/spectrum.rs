//! A close look at a block: two of the eight frequencies of Q.23, in whole numbers.

use crate::screen::Blocks;
#[cfg(target_arch = "x86_64")]
use crate::vnni;
use multiversion::multiversion;
#[cfg(target_arch = "x86_64")]
use multiversion::target::match_target;
use pcm::BLOCK;
use std::f64::consts::TAU;
use std::sync::LazyLock;

/// Samples between two looks: 5 ms.
const HOP: usize = 40;
/// Samples of one close look.
const CLOSE: usize = BLOCK;
/// Looks in a block.
pub(crate) const LOOKS: usize = BLOCK / HOP;
/// Hertz off, from the angle that a tone turned more in a hop than its frequency does.
const HERTZ_OF_TURN: f32 = pcm::RATE as f32 / (std::f32::consts::TAU * HOP as f32);
/// -27 dBm0: between what must be accepted (-25) and what must not (-29). A sine of 0 dBm0 has the peak 22 827 on the 16-bit scale (see
/// `pcm::peak_of_dbm0`).
const LEAST_PEAK: f32 = 22_827.0 * 0.0447;
/// Between 1.5 and 3.5 %.
const MOST_OFFSET: f32 = 0.025;
/// High minus low, as power ratios: +7.5 dB, and -9.5 dB.
const MOST_TWIST: f32 = 5.62;
const LEAST_TWIST: f32 = 0.112;
/// Of the energy the two tones account for, at least.
const LEAST_PURITY: f32 = 0.90;
/// A tone's power may change between two close windows by no more than 2 dB.
const STEADY: f32 = 1.6;

/// Q.23: the low group, then the high group, hertz.
pub(crate) const FREQUENCIES: [f64; 8] = [697.0, 770.0, 852.0, 941.0, 1209.0, 1336.0, 1477.0, 1633.0];

/// One of a factor: products of 16-bit samples with a window's cosines, summed over a block, stay within 31 bits.
pub(crate) const ONE: f64 = 1024.0;
/// Samples times window are taken down by three bits before they are squared.
pub(crate) const ENERGY_SCALE: f64 = 1.0 / 64.0;

/// Hann's window of a block.
pub(crate) fn hann(n: usize) -> f64 {
    0.5 - 0.5 * (TAU * (n as f64 + 0.5) / CLOSE as f64).cos()
}

/// The window by which samples are multiplied before they are squared, so that `(sample * window + 2^14) >> 15` is an eighth of what it was.
pub(crate) fn window() -> [i16; CLOSE] {
    std::array::from_fn(|n| (4096.0 * hann(n)).round() as i16)
}

/// Energy of samples through a window, times [`ENERGY_SCALE`].
#[inline(always)]
pub(crate) fn windowed_energy(samples: &[i16; CLOSE], window: &[i16; CLOSE]) -> i32 {
    let mut energy = 0i32;
    for (sample, window) in samples.iter().zip(window) {
        let windowed = (i32::from(*sample) * i32::from(*window) + 0x4000) >> 15;
        energy += windowed * windowed;
    }
    energy
}

/// Registers are loaded from lines of the cache as a whole.
#[repr(C, align(64))]
pub(crate) struct Tables {
    /// Hann window, times cosine and negative sine, for each frequency.
    close: [[[i16; CLOSE]; 2]; 8],
    window: [i16; CLOSE],
    /// How far each frequency turns back in one hop: cosine, negative sine.
    turn: [(f32, f32); 8],
    /// Two over what a correlation with a tone of peak 1 at its frequency comes to.
    scale: f32,
    /// Half the energy of a tone of peak 1.
    half_power: f32,
}

pub(crate) static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let step = |f: usize| TAU * FREQUENCIES[f] / f64::from(pcm::RATE);
    let factor = |f: usize, n: usize, of: fn(f64) -> f64| (ONE * hann(n) * of(step(f) * n as f64)).round() as i16;
    let sum: f64 = (0..CLOSE).map(hann).sum();
    let squares: f64 = (0..CLOSE).map(|n| hann(n).powi(2)).sum();
    Tables {
        turn: std::array::from_fn(|f| {
            let angle = step(f) * HOP as f64;
            (angle.cos() as f32, -angle.sin() as f32)
        }),
        close: std::array::from_fn(|f| {
            [std::array::from_fn(|n| factor(f, n, f64::cos)), std::array::from_fn(|n| -factor(f, n, f64::sin))]
        }),
        window: window(),
        scale: (2.0 / (sum * ONE)) as f32,
        half_power: (squares * ENERGY_SCALE / 2.0) as f32,
    }
});

/// The angle of a number, right to a ten thousandth of a radian in the right half plane, which is all that a tone near its frequency needs; a
/// right angle in the left one.
#[inline(always)]
fn arc(re: f32, im: f32) -> f32 {
    use std::f32::consts::FRAC_PI_2;
    let (right, height) = (if re > 0.0 { re } else { 0.0 }, im.abs());
    let steep = height > right;
    let (small, great) = if steep { (right, height) } else { (height, right) };
    let x = small / (great + f32::MIN_POSITIVE);
    let y = x * x;
    // Abramowitz and Stegun 4.4.49, shortened.
    let flat = x * (0.999_866 + y * (-0.330_299_5 + y * (0.180_141 + y * (-0.085_133 + y * 0.020_835_1))));
    (if steep { FRAC_PI_2 - flat } else { flat }).copysign(im)
}

/// What a Hann window of [`CLOSE`] samples leaves of a tone `hertz` off its middle, up to 50 Hz: sin(pi b) / (pi b (1 - b^2)), as a series.
#[inline(always)]
fn hann_response(hertz: f32) -> f32 {
    let bins = hertz * CLOSE as f32 / pcm::RATE as f32;
    let y = bins * bins;
    1.0 + y * (-0.644_934 + y * (0.166_808 + y * (-0.023_943 + y * 0.002_205)))
}

/// Windows that the looks at a block need: each is compared with the one a hop before.
const WINDOWS: usize = LOOKS + 1;

/// Real and imaginary parts of the lower tone and of the higher one, and the energy, in each window.
type Sums = [[i32; WINDOWS]; 5];

/// Whether the two frequencies are a key beyond doubt, at the end of each 5 ms of the newer of two blocks.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl+avx512dq+avx512vnni", "x86_64+avx2+fma", "aarch64+neon"))]
pub(crate) fn looks(tables: &Tables, blocks: &Blocks, low: usize, high: usize) -> [bool; LOOKS] {
    let samples = blocks.0.as_flattened().first_chunk::<{ 2 * BLOCK }>().unwrap_or(&[0; 2 * BLOCK]);
    #[cfg(target_arch = "x86_64")]
    let sums = match_target! {
        "x86_64+avx512f+avx512bw+avx512vl+avx512dq+avx512vnni" => {
            let [[a, b], [c, d]] = [&tables.close[low], &tables.close[high]];
            vnni::windows(samples, [a, b, c, d], &tables.window)
        },
        _ => tables.sums(samples, low, high),
    };
    #[cfg(not(target_arch = "x86_64"))]
    let sums = tables.sums(samples, low, high);
    tables.verdicts(&sums, low, high)
}

impl Tables {
    /// On any processor.
    #[inline(always)]
    fn sums(&self, samples: &[i16; 2 * BLOCK], low: usize, high: usize) -> Sums {
        let mut sums = [[0; WINDOWS]; 5];
        for place in 0..WINDOWS {
            let samples = samples[place * HOP..].first_chunk::<CLOSE>().unwrap_or(&[0; CLOSE]);
            for (row, f) in [low, high].into_iter().enumerate() {
                let (mut re, mut im) = (0i32, 0i32);
                for ((sample, cosine), sine) in samples.iter().zip(&self.close[f][0]).zip(&self.close[f][1]) {
                    re += i32::from(*sample) * i32::from(*cosine);
                    im += i32::from(*sample) * i32::from(*sine);
                }
                sums[2 * row][place] = re;
                sums[2 * row + 1][place] = im;
            }
            sums[4][place] = windowed_energy(samples, &self.window);
        }
        sums
    }

    /// Level, frequency, twist, steadiness and purity of the pair, in all looks at once.
    #[inline(always)]
    fn verdicts(&self, sums: &Sums, low: usize, high: usize) -> [bool; LOOKS] {
        let mut parts = [[0f32; WINDOWS]; 5];
        for (part, sums) in parts.iter_mut().zip(sums) {
            for (part, sum) in part.iter_mut().zip(sums) {
                *part = *sum as f32;
            }
        }
        let [low_re, low_im, high_re, high_im, energy] = parts;
        let low = self.tones(&low_re, &low_im, low);
        let high = self.tones(&high_re, &high_im, high);
        let mut seen = [false; LOOKS];
        for (look, seen) in seen.iter_mut().enumerate() {
            let (low_then, high_then) = (low.before[look], high.before[look]);
            let (low_now, high_now) = (low.now[look], high.now[look]);
            *seen = low.good[look]
                & high.good[look]
                & (high_now >= low_now * LEAST_TWIST)
                & (high_now <= low_now * MOST_TWIST)
                & ((low_then + high_then) * self.half_power >= LEAST_PURITY * energy[look])
                & ((low_now + high_now) * self.half_power >= LEAST_PURITY * energy[look + 1]);
        }
        seen
    }

    /// One of the two tones in all windows, from its real and imaginary parts.
    #[inline(always)]
    fn tones(&self, re: &[f32; WINDOWS], im: &[f32; WINDOWS], f: usize) -> Tones {
        const LEAST: f32 = LEAST_PEAK * LEAST_PEAK;
        let (turn_re, turn_im) = self.turn[f];
        let mut tones = Tones { good: [false; LOOKS], before: [0.0; LOOKS], now: [0.0; LOOKS] };
        for look in 0..LOOKS {
            let ((a_re, a_im), (b_re, b_im)) = ((re[look], im[look]), (re[look + 1], im[look + 1]));
            // The second times the first one's conjugate: how far it turned, and from that how far off the tone is, unambiguous to +-100 Hz.
            let (re, im) = (b_re * a_re + b_im * a_im, b_im * a_re - b_re * a_im);
            let offset = arc(re * turn_re - im * turn_im, re * turn_im + im * turn_re) * HERTZ_OF_TURN;
            let scale = self.scale / hann_response(offset);
            let (before, now) =
                ((a_re * a_re + a_im * a_im) * scale * scale, (b_re * b_re + b_im * b_im) * scale * scale);
            tones.good[look] = (offset.abs() <= MOST_OFFSET * FREQUENCIES[f] as f32)
                & (before < now * STEADY)
                & (now < before * STEADY)
                & (now >= LEAST);
            tones.before[look] = before;
            tones.now[look] = now;
        }
        tones
    }
}

/// A tone in the two windows of each look: squares of its peak.
struct Tones {
    good: [bool; LOOKS],
    before: [f32; LOOKS],
    now: [f32; LOOKS],
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The short forms are the functions that they stand for.
    #[test]
    fn short_forms_are_close() {
        for step in -70..=70 {
            let angle = step as f32 / 50.0;
            let found = arc(3.0 * angle.cos(), 3.0 * angle.sin());
            assert!((found - angle).abs() < 1e-4, "{angle}: {found}");
        }
        for hertz in 1..=45u8 {
            let bins = std::f32::consts::PI * f32::from(hertz) / 50.0;
            let exact = bins.sin() / bins / (1.0 - (f32::from(hertz) / 50.0).powi(2));
            assert!((hann_response(f32::from(hertz)) - exact).abs() < 1e-3, "{hertz} Hz");
        }
    }

    /// What is fast on one processor tells what every other tells: not a bit apart.
    #[test]
    fn the_fast_way_is_the_plain_way() {
        let (mut seed, mut seen_any) = (7u64, false);
        for length in 0..80 {
            let samples: [i16; 2 * BLOCK] = std::array::from_fn(|n| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let key = (n as f64 * TAU * 697.0 / 8000.0).sin() + (n as f64 * TAU * 1209.0 / 8000.0).sin();
                ((seed >> 33) % 200) as i16 + if n >= 4 * length { (key * 5000.0) as i16 } else { 0 }
            });
            let blocks = Blocks([*samples.first_chunk().unwrap(), *samples.last_chunk().unwrap()]);
            let plain = TABLES.verdicts(&TABLES.sums(&samples, 0, 4), 0, 4);
            assert_eq!(looks(&TABLES, &blocks, 0, 4), plain, "{length}");
            seen_any |= plain.contains(&true);
        }
        assert!(seen_any);
    }
}
