//! The spectrum of the last 32 ms: a Hann window and a transform of 256 real samples.

use std::f32::consts::PI;
use std::sync::LazyLock;

/// Samples of a window.
pub(crate) const SPAN: usize = 256;
/// Lines of the spectrum, 31.25 Hz apart.
pub(crate) const LINES: usize = SPAN / 2;
/// Hertz between two lines.
pub(crate) const SPACING: f32 = 8000.0 / SPAN as f32;

pub(crate) struct Tables {
    window: [f32; SPAN],
    /// A turn back by k of 256.
    turns: [(f32, f32); LINES],
    /// Where bit reversal puts each of 128.
    reversed: [u8; LINES],
}

pub(crate) static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let window: [f32; SPAN] = std::array::from_fn(|n| 0.5 - 0.5 * (2.0 * PI * (n as f32 + 0.5) / SPAN as f32).cos());
    Tables {
        window,
        turns: std::array::from_fn(|k| {
            let angle = -2.0 * PI * k as f32 / SPAN as f32;
            (angle.cos(), angle.sin())
        }),
        reversed: std::array::from_fn(|n| (n as u8).reverse_bits() >> 1),
    }
});

impl Tables {
    /// Powers of the lines, from 0 Hz on.
    pub(crate) fn powers(&self, samples: &[f32; SPAN]) -> [f32; LINES] {
        let mut z = [(0f32, 0f32); LINES];
        for (n, place) in self.reversed.iter().enumerate() {
            let (even, odd) = (2 * n, 2 * n + 1);
            z[*place as usize] = (samples[even] * self.window[even], samples[odd] * self.window[odd]);
        }
        let mut half = 1;
        while half < LINES {
            let step = LINES / half;
            for start in (0..LINES).step_by(2 * half) {
                for k in 0..half {
                    let (turn_re, turn_im) = self.turns[k * step];
                    let (a, b) = (z[start + k], z[start + k + half]);
                    let (re, im) = (b.0 * turn_re - b.1 * turn_im, b.0 * turn_im + b.1 * turn_re);
                    z[start + k] = (a.0 + re, a.1 + im);
                    z[start + k + half] = (a.0 - re, a.1 - im);
                }
            }
            half *= 2;
        }
        std::array::from_fn(|k| self.untangled(&z, k))
    }

    /// Even and odd samples went in as one complex row: line `k` of the whole.
    fn untangled(&self, z: &[(f32, f32); LINES], k: usize) -> f32 {
        let (a, b) = (z[k], z[(LINES - k) % LINES]);
        let even = ((a.0 + b.0) / 2.0, (a.1 - b.1) / 2.0);
        let odd = ((a.1 + b.1) / 2.0, (b.0 - a.0) / 2.0);
        let (turn_re, turn_im) = self.turns[k];
        let re = even.0 + odd.0 * turn_re - odd.1 * turn_im;
        let im = even.1 + odd.0 * turn_im + odd.1 * turn_re;
        re * re + im * im
    }
}

/// Hertz of the tone whose strongest line is `k`: what two lines of a Hann window tell.
pub(crate) fn frequency(powers: &[f32; LINES], k: usize) -> f32 {
    let below = if k > 0 { powers[k - 1] } else { 0.0 };
    let above = powers.get(k + 1).copied().unwrap_or(0.0);
    let (beside, side) = if above >= below { (above, 1.0) } else { (below, -1.0) };
    let ratio = (beside / powers[k].max(1e-9)).sqrt();
    (k as f32 + side * ((2.0 * ratio - 1.0) / (1.0 + ratio)).clamp(-0.5, 1.0)) * SPACING
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(hertz: f32) -> [f32; SPAN] {
        std::array::from_fn(|n| 1000.0 * (2.0 * PI * hertz * n as f32 / 8000.0 + 0.7).sin())
    }

    /// A tone between two lines is found within half a hertz, with its level.
    #[test]
    fn one_sine_is_measured() {
        for hertz in [300.0, 425.0, 450.0, 475.0, 1100.0, 1411.0, 2100.0, 3000.0] {
            let powers = TABLES.powers(&sine(hertz));
            let strongest = (0..LINES).max_by(|a, b| powers[*a].total_cmp(&powers[*b])).unwrap();
            let found = frequency(&powers, strongest);
            assert!((found - hertz).abs() < 0.5, "{hertz}: {found}");
            let lobe: f32 = powers[strongest - 2..=strongest + 2].iter().sum();
            // Parseval: 3/8 of the samples' energy passes the window.
            let energy = 1e6 / 4.0 * 0.375 * (SPAN * SPAN) as f32;
            assert!((lobe / energy - 1.0).abs() < 0.02, "{hertz}: {lobe}");
        }
    }
}
