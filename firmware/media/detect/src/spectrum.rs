//! Correlation with the eight frequencies of Q.23.

use std::f64::consts::TAU;
use std::sync::LazyLock;

/// Samples between two looks: 5 ms.
pub(crate) const HOP: usize = 40;
/// Samples of one close look.
pub(crate) const CLOSE: usize = 160;

/// Q.23: the low group, then the high group, hertz.
pub(crate) const FREQUENCIES: [f64; 8] = [697.0, 770.0, 852.0, 941.0, 1209.0, 1336.0, 1477.0, 1633.0];

#[derive(Clone, Copy, Debug, PartialEq)]
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

    pub(crate) fn conjugate(self) -> Complex {
        Complex { re: self.re, im: -self.im }
    }

    pub(crate) fn power(self) -> f32 {
        self.re * self.re + self.im * self.im
    }
}

pub(crate) struct Tables {
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

impl Tables {
    /// Two frequencies in one close window, and its energy, weighted as its tones are.
    #[inline(always)]
    pub(crate) fn close(&self, samples: &[f32; CLOSE], low: usize, high: usize) -> ([Complex; 2], f32) {
        let [factors, others] = [&self.close[low], &self.close[high]];
        let mut sums = [[0f32; WIDE]; 5];
        let [re, im, other_re, other_im, energy] = &mut sums;
        for chunk in 0..CLOSE / WIDE {
            for lane in 0..WIDE {
                let n = chunk * WIDE + lane;
                let windowed = samples[n] * self.window[n];
                re[lane] += samples[n] * factors[0][n];
                im[lane] += samples[n] * factors[1][n];
                other_re[lane] += samples[n] * others[0][n];
                other_im[lane] += samples[n] * others[1][n];
                energy[lane] += windowed * windowed;
            }
        }
        let [re, im, other_re, other_im, energy] = sums.map(total);
        ([Complex { re, im }, Complex { re: other_re, im: other_im }], energy)
    }

    /// How far off frequency `f` the tone is, hertz, from two windows one hop apart. Unambiguous to +-100 Hz.
    pub(crate) fn offset(&self, f: usize, first: Complex, second: Complex) -> f32 {
        let turned = second.times(first.conjugate()).times(self.turn[f]);
        arc(turned) / (std::f32::consts::TAU * HOP as f32 / pcm::RATE as f32)
    }
}

/// In sixteen parts, so that the compiler may add them side by side.
const WIDE: usize = 16;

#[inline(always)]
fn total(sums: [f32; WIDE]) -> f32 {
    let eight: [f32; 8] = std::array::from_fn(|lane| sums[lane] + sums[lane + 8]);
    let four: [f32; 4] = std::array::from_fn(|lane| eight[lane] + eight[lane + 4]);
    (four[0] + four[2]) + (four[1] + four[3])
}

/// The angle of a number, right to a ten thousandth of a radian in the right half plane, which is all that a tone near its frequency needs; a
/// right angle in the left one.
#[inline(always)]
fn arc(number: Complex) -> f32 {
    use std::f32::consts::FRAC_PI_2;
    if number.re <= 0.0 {
        return FRAC_PI_2.copysign(number.im);
    }
    let steep = number.im.abs() > number.re;
    let x = if steep { number.re / number.im.abs() } else { number.im.abs() / number.re };
    let y = x * x;
    // Abramowitz and Stegun 4.4.49, shortened.
    let flat = x * (0.999_866 + y * (-0.330_299_5 + y * (0.180_141 + y * (-0.085_133 + y * 0.020_835_1))));
    (if steep { FRAC_PI_2 - flat } else { flat }).copysign(number.im)
}

/// What a Hann window of [`CLOSE`] samples leaves of a tone `hertz` off its middle, up to 50 Hz: sin(pi b) / (pi b (1 - b^2)), as a series.
#[inline(always)]
pub(crate) fn hann_response(hertz: f32) -> f32 {
    let bins = hertz * CLOSE as f32 / pcm::RATE as f32;
    let y = bins * bins;
    1.0 + y * (-0.644_934 + y * (0.166_808 + y * (-0.023_943 + y * 0.002_205)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The short forms are the functions that they stand for.
    #[test]
    fn short_forms_are_close() {
        for step in -70..=70 {
            let angle = step as f32 / 50.0;
            let found = arc(Complex { re: 3.0 * angle.cos(), im: 3.0 * angle.sin() });
            assert!((found - angle).abs() < 1e-4, "{angle}: {found}");
        }
        for hertz in 1..=45u8 {
            let bins = std::f32::consts::PI * f32::from(hertz) / 50.0;
            let exact = bins.sin() / bins / (1.0 - (f32::from(hertz) / 50.0).powi(2));
            assert!((hann_response(f32::from(hertz)) - exact).abs() < 1e-3, "{hertz} Hz");
        }
    }
}
