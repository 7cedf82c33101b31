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
    /// What is more than [`MOST_OFFSET`] off has less.
    least_cosine: [f32; 8],
    /// Square of two over what a correlation with a tone of peak 1 at its frequency comes to.
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
        least_cosine: std::array::from_fn(|f| cosine_of(f64::from(MOST_OFFSET) * FREQUENCIES[f]) as f32),
        scale: (2.0 / (sum * ONE)).powi(2) as f32,
        half_power: (squares * ENERGY_SCALE / 2.0) as f32,
    }
});

/// What a Hann window takes of the power of a tone off its middle, to be made good: from the cosine of the angle that the tone turns more in a hop than
/// its frequency does, down to 0.26. The window leaves sin(pi b) / (pi b (1 - b^2)) of the peak, b = 2 angle / pi; this is a polynomial through its square's
/// inverse, right to a thousandth of a decibel. No arc of a circle need be known, and nothing is divided.
#[inline(always)]
fn made_good(cosine: f32) -> f32 {
    let square = cosine * cosine;
    (3.924_42 - 6.812_24 * cosine) + square * ((6.927_32 - 4.085_92 * cosine) + 1.046_68 * square)
}

/// The cosine of the angle that a tone turns more in a hop if it is so many hertz off.
fn cosine_of(hertz: f64) -> f64 {
    (TAU * hertz * HOP as f64 / f64::from(pcm::RATE)).cos()
}

/// Real and imaginary parts of the lower tone and of the higher one, and the energy, in one window.
pub(crate) type Window = [i32; 5];

/// The same in the windows at whose ends one looks.
type Windows = [[i32; LOOKS]; 5];

/// The window of the last look at a block: the next block's first look begins with it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kept {
    pair: (u8, u8),
    window: Window,
}

/// What is known of the window that fills the block before.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Before {
    /// It was seen there that it holds no key.
    Nothing,
    /// It may hold one, and was looked at closely, or not.
    MayBe(Option<Kept>),
}

/// Whether the two frequencies are a key beyond doubt, at the end of each 5 ms of the newer of two blocks; and what the next block's looks can use
/// of it.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl+avx512dq+avx512vnni", "x86_64+avx2+fma", "aarch64+neon"))]
pub(crate) fn looks(
    tables: &Tables,
    blocks: &Blocks,
    (low, high): (usize, usize),
    before: Before,
) -> ([bool; LOOKS], Kept) {
    let samples = blocks.0.as_flattened().first_chunk::<{ 2 * BLOCK }>().unwrap_or(&[0; 2 * BLOCK]);
    let pair = (low as u8, high as u8);
    let before = match before {
        // No power: the first look sees that it changed.
        Before::Nothing => Some([0; 5]),
        Before::MayBe(kept) => kept.filter(|kept| kept.pair == pair).map(|kept| kept.window),
    };
    #[cfg(target_arch = "x86_64")]
    let (first, windows) = match_target! {
        "x86_64+avx512f+avx512bw+avx512vl+avx512dq+avx512vnni" => {
            let [[a, b], [c, d]] = [&tables.close[low], &tables.close[high]];
            let factors = [a, b, c, d];
            let first = match before {
                Some(window) => window,
                None => vnni::first_window(samples, factors, &tables.window),
            };
            (first, vnni::windows(samples, factors, &tables.window))
        },
        _ => tables.sums(samples, low, high, before),
    };
    #[cfg(not(target_arch = "x86_64"))]
    let (first, windows) = tables.sums(samples, low, high, before);
    let kept = Kept { pair, window: windows.map(|row| row[LOOKS - 1]) };
    (tables.verdicts(&first, &windows, low, high), kept)
}

impl Tables {
    /// On any processor.
    #[inline(always)]
    fn sums(&self, samples: &[i16; 2 * BLOCK], low: usize, high: usize, kept: Option<Window>) -> (Window, Windows) {
        let first = kept.unwrap_or_else(|| self.window(samples, 0, low, high));
        let mut windows = [[0; LOOKS]; 5];
        for look in 0..LOOKS {
            let window = self.window(samples, (look + 1) * HOP, low, high);
            windows.iter_mut().zip(window).for_each(|(row, sum)| row[look] = sum);
        }
        (first, windows)
    }

    #[inline(always)]
    fn window(&self, samples: &[i16; 2 * BLOCK], from: usize, low: usize, high: usize) -> Window {
        let samples = samples[from..].first_chunk::<CLOSE>().unwrap_or(&[0; CLOSE]);
        let part = |factors: &[i16; CLOSE]| {
            let products = samples.iter().zip(factors).map(|(sample, factor)| i32::from(*sample) * i32::from(*factor));
            products.sum::<i32>()
        };
        let [[a, b], [c, d]] = [&self.close[low], &self.close[high]];
        [part(a), part(b), part(c), part(d), windowed_energy(samples, &self.window)]
    }

    /// Level, frequency, twist, steadiness and purity of the pair, in all looks at once.
    #[inline(always)]
    fn verdicts(&self, first: &Window, windows: &Windows, low: usize, high: usize) -> [bool; LOOKS] {
        let now = windows.map(|row| row.map(|sum| sum as f32));
        let before: [[f32; LOOKS]; 5] = std::array::from_fn(|row| {
            let [a, b, c, _] = now[row];
            [first[row] as f32, a, b, c]
        });
        let both = self.tones(&before, &now, low, high);
        let mut seen = [false; LOOKS];
        for (look, seen) in seen.iter_mut().enumerate() {
            let (low_then, high_then) = (both.before[look], both.before[LOOKS + look]);
            let (low_now, high_now) = (both.now[look], both.now[LOOKS + look]);
            *seen = both.good[look]
                & both.good[LOOKS + look]
                & (high_now >= low_now * LEAST_TWIST)
                & (high_now <= low_now * MOST_TWIST)
                & ((low_then + high_then) * self.half_power >= LEAST_PURITY * before[4][look])
                & ((low_now + high_now) * self.half_power >= LEAST_PURITY * now[4][look]);
        }
        seen
    }

    /// The two tones in the windows of all looks, from their real and imaginary parts.
    #[inline(always)]
    fn tones(&self, before: &[[f32; LOOKS]; 5], now: &[[f32; LOOKS]; 5], low: usize, high: usize) -> Tones {
        const LEAST: f32 = LEAST_PEAK * LEAST_PEAK;
        let of =
            |low: f32, high: f32| std::array::from_fn::<f32, BOTH, _>(|lane| if lane < LOOKS { low } else { high });
        let joined = |low: [f32; LOOKS], high: [f32; LOOKS]| -> [f32; BOTH] {
            std::array::from_fn(|lane| if lane < LOOKS { low[lane] } else { high[lane - LOOKS] })
        };
        let (turn_re, turn_im) = (of(self.turn[low].0, self.turn[high].0), of(self.turn[low].1, self.turn[high].1));
        let least_cosine = of(self.least_cosine[low], self.least_cosine[high]);
        let (then_re, then_im) = (joined(before[0], before[2]), joined(before[1], before[3]));
        let (now_re, now_im) = (joined(now[0], now[2]), joined(now[1], now[3]));
        let mut tones = Tones { good: [false; BOTH], before: [0.0; BOTH], now: [0.0; BOTH] };
        for lane in 0..BOTH {
            let ((a_re, a_im), (b_re, b_im)) = ((then_re[lane], then_im[lane]), (now_re[lane], now_im[lane]));
            let (before, now) = (a_re * a_re + a_im * a_im, b_re * b_re + b_im * b_im);
            // The second times the first one's conjugate, turned back by the frequency: its real part over its length is the cosine of what the tone turned
            // more or less, unambiguous to +-100 Hz.
            let (re, im) = (b_re * a_re + b_im * a_im, b_im * a_re - b_re * a_im);
            let cosine = (re * turn_re[lane] - im * turn_im[lane]) / (before * now).sqrt();
            let scale = self.scale * made_good(cosine);
            tones.good[lane] = (cosine >= least_cosine[lane])
                & (before < now * STEADY)
                & (now < before * STEADY)
                & (now * scale >= LEAST);
            let (before, now) = (before * scale, now * scale);
            tones.before[lane] = before;
            tones.now[lane] = now;
        }
        tones
    }
}

/// Lanes of the looks at two tones.
const BOTH: usize = 2 * LOOKS;

/// The low tone in all looks, then the high one: squares of the peak in the window before and in the one now.
struct Tones {
    good: [bool; BOTH],
    before: [f32; BOTH],
    now: [f32; BOTH],
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The short form is the function that it stands for.
    #[test]
    fn the_short_form_is_close() {
        for hertz in 1..=41 {
            let hertz = f64::from(hertz);
            let bins = hertz * CLOSE as f64 / f64::from(pcm::RATE);
            let angle = std::f64::consts::PI * bins;
            let left = angle.sin() / angle / (1.0 - bins * bins);
            let found = f64::from(made_good(cosine_of(hertz) as f32));
            assert!((found * left * left - 1.0).abs() < 5e-4, "{hertz} Hz: {found}");
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
            let (first, windows) = TABLES.sums(&samples, 0, 4, None);
            let plain = TABLES.verdicts(&first, &windows, 0, 4);
            let (seen, kept) = looks(&TABLES, &blocks, (0, 4), Before::MayBe(None));
            assert_eq!(seen, plain, "{length}");
            // The next block's first window is this one's last.
            let moved = Blocks([blocks.0[1], blocks.0[0]]);
            let again = |before| looks(&TABLES, &moved, (0, 4), before).0;
            assert_eq!(again(Before::MayBe(Some(kept))), again(Before::MayBe(None)), "{length}");
            assert_eq!(again(Before::Nothing)[1..], again(Before::MayBe(None))[1..], "{length}");
            seen_any |= plain.contains(&true);
        }
        assert!(seen_any);
    }
}
