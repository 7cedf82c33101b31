//! How loud it is.

/// Root mean square of 0 dBm0.
const ZERO: f64 = 15_824.0;

pub fn rms_of_dbm0(level: f64) -> f64 {
    ZERO * 10f64.powf(level / 20.0)
}

pub fn dbm0(rms: f64) -> f64 {
    20.0 * (rms.max(1e-3) / ZERO).log10()
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
