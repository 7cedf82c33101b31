//! To 8 kHz from anything, once a file, off the real-time thread.

use std::f64::consts::PI;

/// Zero crossings of the kernel on each side.
const LOBES: f64 = 12.0;
/// Cut-off: 3,600 Hz, so that nothing folds back into the telephone's band.
const CUT_OFF: f64 = 3600.0;

/// A windowed-sinc interpolator. `rate` is at least 8,000.
pub(crate) fn to_8k(samples: &[i16], rate: u32) -> Vec<i16> {
    if rate == pcm::RATE {
        return samples.to_vec();
    }
    let ratio = rate as f64 / pcm::RATE as f64;
    let length = (samples.len() as f64 / ratio).floor() as usize;
    // Half a kernel in input samples; the kernel's own frequency is twice the cut-off over the input rate.
    let density = 2.0 * CUT_OFF / rate as f64;
    let reach = LOBES / density;
    (0..length)
        .map(|n| {
            let middle = n as f64 * ratio;
            let first = (middle - reach).ceil().max(0.0) as usize;
            let last = ((middle + reach).floor() as usize).min(samples.len().saturating_sub(1));
            let (mut sum, mut weight) = (0.0, 0.0);
            for (i, sample) in samples.iter().enumerate().take(last + 1).skip(first) {
                let at = i as f64 - middle;
                let factor = sinc(at * density) * (0.5 + 0.5 * (PI * at / reach).cos());
                sum += factor * *sample as f64;
                weight += factor;
            }
            (sum / weight).round().clamp(i16::MIN as f64, i16::MAX as f64) as i16
        })
        .collect()
}

fn sinc(x: f64) -> f64 {
    if x.abs() < 1e-9 { 1.0 } else { (PI * x).sin() / (PI * x) }
}
