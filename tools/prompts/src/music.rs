//! Music on hold: the first bars of Bach's prelude in C (BWV 846), plucked.

use crate::wav::RATE;
use std::f64::consts::TAU;

/// The eight notes of each half bar, as MIDI numbers; each half bar is played twice.
const BARS: [[u8; 5]; 12] = [
    [60, 64, 67, 72, 76],
    [60, 62, 69, 74, 77],
    [59, 62, 67, 74, 77],
    [60, 64, 67, 72, 76],
    [60, 64, 69, 76, 81],
    [60, 62, 66, 69, 74],
    [59, 62, 67, 74, 79],
    [59, 60, 64, 67, 72],
    [57, 60, 64, 67, 72],
    [50, 57, 62, 66, 72],
    [55, 59, 62, 67, 71],
    [60, 64, 67, 72, 76],
];

/// The order in which the notes of a half bar are plucked.
const FIGURE: [usize; 8] = [0, 1, 2, 3, 4, 2, 3, 4];

/// Length of a note's place and of its sound, samples.
const STEP: usize = RATE as usize * 21 / 100;
const RING: usize = RATE as usize * 9 / 10;

/// Peak of one note: three may sound together, and the whole stays near -16 dBm0.
const PEAK: f64 = 2600.0;

/// About forty seconds that loop without a seam.
pub fn prelude() -> Vec<i16> {
    let length = BARS.len() * 2 * FIGURE.len() * STEP;
    let mut mixed = vec![0.0f64; length];
    let notes = BARS.iter().flat_map(|bar| [bar, bar]).flat_map(|bar| FIGURE.map(|place| bar[place]));
    for (index, note) in notes.enumerate() {
        let hertz = 440.0 * 2f64.powf((f64::from(note) - 69.0) / 12.0);
        for sample in 0..RING {
            mixed[(index * STEP + sample) % length] += pluck(hertz, sample);
        }
    }
    mixed.iter().map(|sample| *sample as i16).collect()
}

/// A string: harmonics that die away, the higher the faster.
fn pluck(hertz: f64, sample: usize) -> f64 {
    let seconds = sample as f64 / f64::from(RATE);
    let attack = (seconds * 200.0).min(1.0);
    let tone: f64 = (1..=4)
        .map(|harmonic| {
            let n = f64::from(harmonic);
            (TAU * hertz * n * seconds).sin() / (n * n) * (-seconds * (3.0 + 2.5 * n)).exp()
        })
        .sum();
    PEAK * attack * tone
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn music_is_audible_and_does_not_clip() {
        let samples = prelude();
        let loudest = samples.iter().map(|s| s.unsigned_abs()).max().unwrap();
        assert!((2000..16_000).contains(&loudest), "{loudest}");
        assert!(samples.len() > 30 * RATE as usize);
    }
}
