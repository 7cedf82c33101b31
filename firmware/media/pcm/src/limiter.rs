use crate::{BLOCK, Linear};

/// One, in 15 bits of fraction.
const UNITY: i32 = 1 << 15;

/// Samples over which the gain falls: 2 ms, faster than speech rises, slower than a click.
const FALL: i32 = 16;

/// Blocks in which the gain comes back by a half: about 160 ms.
const RELEASE: i32 = 8;

/// Brings a sum of voices into 16 bits: turned down while it is too loud, else passed bit for bit.
///
/// Cutting off the peaks of two loud voices makes them harsh; a lower gain for a moment does not.
#[derive(Clone, Copy, Debug)]
pub struct Limiter {
    gain: i32,
}

impl Default for Limiter {
    fn default() -> Self {
        Limiter { gain: UNITY }
    }
}

impl Limiter {
    pub fn apply(&mut self, total: &[i32; BLOCK]) -> Linear {
        let peak = total.iter().fold(0, |peak, sample| sample.saturating_abs().max(peak));
        let fits = match peak {
            0..=32_767 => UNITY,
            _ => ((i64::from(i16::MAX) << 15) / i64::from(peak)) as i32,
        };
        if fits == UNITY && self.gain == UNITY {
            return total.map(|sample| sample as i16);
        }
        let before = self.gain;
        let recovered = before + ((UNITY - before) / RELEASE).max(1);
        self.gain = fits.min(recovered.min(UNITY));
        let after = self.gain;
        let over = if after < before { FALL } else { BLOCK as i32 };
        let mut out = [0; BLOCK];
        for (place, (out, sample)) in out.iter_mut().zip(total).enumerate() {
            let gain = before + (after - before) * (place as i32 + 1).min(over) / over;
            let turned = (i64::from(*sample) * i64::from(gain)) >> 15;
            *out = turned.clamp(i64::from(i16::MIN), i64::from(i16::MAX)) as i16;
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(amplitude: f64, block: usize) -> [i32; BLOCK] {
        std::array::from_fn(|i| {
            let t = (block * BLOCK + i) as f64 / 8000.0;
            (amplitude * (t * 440.0 * std::f64::consts::TAU).sin()) as i32
        })
    }

    /// What fits passes bit for bit, before a loud moment and once it is over.
    #[test]
    fn what_fits_is_not_touched() {
        let mut limiter = Limiter::default();
        let quiet = tone(9000.0, 0);
        assert_eq!(limiter.apply(&quiet).map(i32::from), quiet);
        limiter.apply(&tone(60_000.0, 0));
        for _ in 0..200 {
            limiter.apply(&quiet);
        }
        assert_eq!(limiter.apply(&quiet).map(i32::from), quiet);
    }

    /// Two voices at full scale: the sum keeps its shape, instead of having its peaks cut off.
    #[test]
    fn a_loud_sum_keeps_its_shape() {
        let mut limiter = Limiter::default();
        for block in 0..50 {
            let total = tone(64_000.0, block);
            let out = limiter.apply(&total);
            if block > 0 {
                let gain = 32_767.0 / 64_000.0;
                let worst =
                    out.iter().zip(total).map(|(o, t)| (f64::from(*o) - f64::from(t) * gain).abs()).fold(0.0, f64::max);
                assert!(worst < 700.0, "block {block}: {worst}");
            }
        }
    }

    /// A thousand voices at full scale come out at full scale; the largest sum there can be is no trap.
    #[test]
    fn the_loudest_sum_there_is() {
        let mut limiter = Limiter::default();
        let out = limiter.apply(&[32_767_000; BLOCK]);
        assert!(out[FALL as usize..].iter().all(|sample| *sample >= 31_000));
        limiter.apply(&[i32::MIN; BLOCK]);
    }
}
