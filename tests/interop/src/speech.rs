//! Known speech, and whether something heard is that speech.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Samples a second on every line here.
pub const RATE: usize = 8000;

/// What is compared at a time: two seconds; and how far two such pieces are apart.
pub const WINDOW: usize = 2 * RATE;
const APART: usize = 3 * RATE;

/// A piece is speech when its samples are so loud on average: about -36 dBm0.
const SOUNDING: f64 = 350.0;

/// The search for the place looks at every fourth sample of smoothed speech; around the best place all are looked at.
const COARSE: usize = 4;

/// A sentence as 8 kHz samples, with the files that it was put into.
pub struct Speech {
    pub samples: Vec<i16>,
    /// 16 bits linear.
    pub wav: PathBuf,
    /// A-law octets without a header.
    pub alaw: PathBuf,
}

impl Speech {
    /// Has espeak-ng say a text.
    pub fn synthesise(folder: &Path, name: &str, voice: &str, text: &str) -> Speech {
        let file = |suffix: &str| folder.join(format!("{name}{suffix}"));
        let (spoken, wav, alaw) = (file("-spoken.wav"), file(".wav"), file(".al"));
        run(Command::new("espeak-ng").args(["-v", voice, "-w"]).arg(&spoken).arg(text));
        let sox = |to: &Path, kind: &[&str]| {
            run(Command::new("sox").arg("-R").arg(&spoken).args(["-r", "8000", "-c", "1"]).args(kind).arg(to));
        };
        sox(&wav, &["-b", "16", "-e", "signed-integer"]);
        sox(&alaw, &["-t", "al"]);
        let octets = std::fs::read(&alaw).expect("the speech");
        Speech { samples: octets.iter().map(|octet| pcm::alaw::decode(*octet)).collect(), wav, alaw }
    }
}

fn run(command: &mut Command) {
    let name = command.get_program().to_string_lossy().into_owned();
    let status =
        command.status().unwrap_or_else(|problem| panic!("{name} is needed ({problem}): run `cargo xtask setup`"));
    assert!(status.success(), "{name}: {status}");
}

/// Samples of a WAV file with 16 bits linear, mono.
pub fn linear_wav(wav: &[u8]) -> Vec<i16> {
    let data = wav.windows(4).position(|four| four == b"data").expect("a WAV file") + 8;
    wav[data..].as_chunks::<2>().0.iter().map(|two| i16::from_le_bytes(*two)).collect()
}

/// How much pieces of what was heard resemble what was said, each at its best place in it: normalised cross-correlations from -1 to 1,
/// the smallest first. Pauses are left out. A piece in which the line slipped resembles less: the middle one of several says more than
/// one alone.
pub fn resemblances(heard: &[i16], said: &[i16]) -> Vec<f64> {
    let said = Said::new(said);
    let pieces = (0..heard.len().saturating_sub(WINDOW)).step_by(APART).map(|from| &heard[from..from + WINDOW]);
    let sounding =
        pieces.filter(|piece| energy(piece.iter().map(|s| f32::from(*s))) > SOUNDING * SOUNDING * WINDOW as f64);
    let mut found: Vec<f64> = sounding.map(|piece| said.resemblance(piece)).collect();
    found.sort_by(f64::total_cmp);
    found
}

/// The middle one; 0 if there is none.
pub fn median(sorted: &[f64]) -> f64 {
    sorted.get(sorted.len() / 2).copied().unwrap_or(0.0)
}

/// What was said, for the search and for the comparison.
struct Said {
    smoothed: Vec<f32>,
    fine: Vec<f32>,
}

impl Said {
    fn new(samples: &[i16]) -> Said {
        let fine: Vec<f32> = samples.iter().map(|sample| f32::from(*sample)).collect();
        Said { smoothed: smoothed(&fine), fine }
    }

    fn resemblance(&self, piece: &[i16]) -> f64 {
        let piece: Vec<f32> = piece.iter().map(|sample| f32::from(*sample)).collect();
        let coarse = best(&smoothed(&piece), &self.smoothed, 0..usize::MAX);
        let around = (coarse.0 * COARSE).saturating_sub(2 * COARSE)..coarse.0 * COARSE + 2 * COARSE;
        best(&piece, &self.fine, around).1
    }
}

fn smoothed(samples: &[f32]) -> Vec<f32> {
    samples.chunks_exact(COARSE).map(|four| four.iter().sum()).collect()
}

/// The place within `places` where the long track resembles the piece most, and how much.
fn best(piece: &[f32], long: &[f32], places: Range<usize>) -> (usize, f64) {
    let own = energy(piece.iter().copied());
    let end = places.end.min((long.len() + 1).saturating_sub(piece.len()));
    let mut under = energy(long.iter().skip(places.start).take(piece.len()).copied());
    let mut found = (0, -1.0);
    for place in places.start..end {
        let alike = product(piece, &long[place..place + piece.len()]) / (own * under).max(1.0).sqrt();
        if alike > found.1 {
            found = (place, alike);
        }
        let next = long.get(place + piece.len()).copied().unwrap_or(0.0);
        under += f64::from(next) * f64::from(next) - f64::from(long[place]) * f64::from(long[place]);
    }
    found
}

fn energy(samples: impl Iterator<Item = f32>) -> f64 {
    samples.map(|sample| f64::from(sample) * f64::from(sample)).sum()
}

/// Eight sums side by side: additions do not wait for each other.
fn product(one: &[f32], other: &[f32]) -> f64 {
    let mut sums = [0.0f32; 8];
    let ((one, _), (other, _)) = (one.as_chunks::<8>(), other.as_chunks::<8>());
    for (a, b) in one.iter().zip(other) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += a * b;
        }
    }
    sums.iter().map(|sum| f64::from(*sum)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(seed: u32, count: usize) -> Vec<i16> {
        let mut state = seed;
        let step = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 18) as i16 - 8192
        };
        // Neighbours alike, as in speech.
        let rough: Vec<i16> = (0..count).map(step).collect();
        rough.windows(8).map(|eight| eight.iter().map(|s| s / 8).sum()).collect()
    }

    /// A stretch from the midst, at any place, is known again, and one slip of the line spoils one piece only; another voice is not.
    #[test]
    fn a_stretch_is_known_again() {
        let said = noise(1, 20 * RATE);
        let mut heard = said[12_345..12_345 + 12 * RATE].to_vec();
        heard.drain(RATE..RATE + 80);
        let found = resemblances(&heard, &said);
        assert!(found.len() == 4 && found[0] < 0.8 && found[1] > 0.999 && median(&found) > 0.999, "{found:?}");
        let other = resemblances(&noise(2, 12 * RATE), &said);
        assert!(other.len() == 4 && other[3] < 0.2, "{other:?}");
        assert!(resemblances(&[0; 5 * RATE], &said).is_empty());
        assert_eq!(median(&[]), 0.0);
    }
}
