//! Correlation with the eight frequencies of Q.23.

use std::f64::consts::TAU;
use std::sync::LazyLock;

/// Samples between two looks: 5 ms.
pub(crate) const HOP: usize = 40;
/// Hops of the quick look.
pub(crate) const QUICK_HOPS: usize = 3;
/// Samples of one close look.
pub(crate) const CLOSE: usize = 160;

/// Q.23: the low group, then the high group, hertz.
pub(crate) const FREQUENCIES: [f64; 8] = [697.0, 770.0, 852.0, 941.0, 1209.0, 1336.0, 1477.0, 1633.0];

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Complex {
    pub(crate) re: f32,
    pub(crate) im: f32,
}

impl Complex {
    fn turned(angle: f64) -> Complex {
        Complex { re: angle.cos() as f32, im: angle.sin() as f32 }
    }

    pub(crate) fn times(self, other: Complex) -> Complex {
        Complex { re: self.re * other.re - self.im * other.im, im: self.re * other.im + self.im * other.re }
    }

    pub(crate) fn plus(self, other: Complex) -> Complex {
        Complex { re: self.re + other.re, im: self.im + other.im }
    }

    pub(crate) fn conjugate(self) -> Complex {
        Complex { re: self.re, im: -self.im }
    }

    pub(crate) fn power(self) -> f32 {
        self.re * self.re + self.im * self.im
    }
}

pub(crate) struct Tables {
    /// For each sample of a hop: cosines of the eight frequencies, then negative sines.
    hop: [[f32; 16]; HOP],
    /// How far each frequency turns back in one hop.
    turn: [Complex; 8],
    /// Hann window, times cosine and negative sine, for each frequency.
    close: [[[f32; CLOSE]; 2]; 8],
    window: [f32; CLOSE],
    /// Sums of the window and of its squares.
    pub(crate) window_sum: f32,
    pub(crate) window_power: f32,
}

pub(crate) static TABLES: LazyLock<Tables> = LazyLock::new(tables);

fn tables() -> Tables {
    let step = |f: usize| TAU * FREQUENCIES[f] / pcm::RATE as f64;
    let hann = |n: usize| 0.5 - 0.5 * (TAU * (n as f64 + 0.5) / CLOSE as f64).cos();
    let window: [f32; CLOSE] = std::array::from_fn(|n| hann(n) as f32);
    Tables {
        hop: std::array::from_fn(|n| {
            std::array::from_fn(|i| {
                let angle = step(i % 8) * n as f64;
                if i < 8 { angle.cos() as f32 } else { -angle.sin() as f32 }
            })
        }),
        turn: std::array::from_fn(|f| Complex::turned(-step(f) * HOP as f64)),
        close: std::array::from_fn(|f| {
            let turned = |n: usize| Complex::turned(-step(f) * n as f64);
            [std::array::from_fn(|n| turned(n).re * window[n]), std::array::from_fn(|n| turned(n).im * window[n])]
        }),
        window,
        window_sum: window.iter().sum(),
        window_power: window.iter().map(|w| w * w).sum(),
    }
}

/// One hop against the eight frequencies.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct HopSpectrum {
    tones: [Complex; 8],
    pub(crate) energy: f32,
}

impl Tables {
    #[inline(always)]
    pub(crate) fn hop(&self, samples: &[f32; HOP]) -> HopSpectrum {
        let mut sums = [0f32; 16];
        let mut energy = 0f32;
        let (eights, _) = samples.as_chunks::<8>();
        let mut squares = [0f32; 8];
        for eight in eights {
            for lane in 0..8 {
                squares[lane] += eight[lane] * eight[lane];
            }
        }
        energy += squares.iter().sum::<f32>();
        for (sample, row) in samples.iter().zip(&self.hop) {
            for (sum, factor) in sums.iter_mut().zip(row) {
                *sum += sample * factor;
            }
        }
        HopSpectrum { tones: std::array::from_fn(|f| Complex { re: sums[f], im: sums[f + 8] }), energy }
    }

    /// Powers of the eight frequencies over the hops, oldest first.
    #[inline(always)]
    pub(crate) fn quick(&self, hops: &[HopSpectrum; QUICK_HOPS]) -> [f32; 8] {
        std::array::from_fn(|f| {
            let turn = self.turn[f];
            let [first, second, third] = [hops[0].tones[f], hops[1].tones[f], hops[2].tones[f]];
            third.times(turn).plus(second).times(turn).plus(first).power()
        })
    }

    /// One frequency in one close window.
    #[inline(always)]
    pub(crate) fn close(&self, f: usize, samples: &[f32; CLOSE]) -> Complex {
        let [re, im] = &self.close[f];
        Complex { re: dot(samples, re), im: dot(samples, im) }
    }

    /// Energy of a close window, weighted as its tones are.
    #[inline(always)]
    pub(crate) fn close_energy(&self, samples: &[f32; CLOSE]) -> f32 {
        let mut sums = [0f32; WIDE];
        for (samples, window) in samples.as_chunks::<WIDE>().0.iter().zip(self.window.as_chunks::<WIDE>().0) {
            for lane in 0..WIDE {
                let windowed = samples[lane] * window[lane];
                sums[lane] += windowed * windowed;
            }
        }
        sums.iter().sum()
    }

    /// How far off frequency `f` the tone is, hertz, from two windows one hop apart. Unambiguous to +-100 Hz.
    pub(crate) fn offset(&self, f: usize, first: Complex, second: Complex) -> f32 {
        let turned = second.times(first.conjugate()).times(self.turn[f]);
        turned.im.atan2(turned.re) / (std::f32::consts::TAU * HOP as f32 / pcm::RATE as f32)
    }
}

/// In sixteen parts, so that the compiler may add them side by side.
const WIDE: usize = 16;

#[inline(always)]
fn dot(a: &[f32; CLOSE], b: &[f32; CLOSE]) -> f32 {
    let mut sums = [0f32; WIDE];
    for (a, b) in a.as_chunks::<WIDE>().0.iter().zip(b.as_chunks::<WIDE>().0) {
        for lane in 0..WIDE {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum()
}

/// What a Hann window of [`CLOSE`] samples leaves of a tone `hertz` off its middle.
pub(crate) fn hann_response(hertz: f32) -> f32 {
    let bins = hertz.abs() * CLOSE as f32 / pcm::RATE as f32;
    if bins < 1e-3 {
        return 1.0;
    }
    if (bins - 1.0).abs() < 1e-3 {
        return 0.5;
    }
    let x = std::f32::consts::PI * bins;
    x.sin() / x / (1.0 - bins * bins)
}
