//! Known speech, and whether something heard is that speech.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Samples a second on every line here.
pub const RATE: usize = 8000;

/// What is compared at a time: three seconds.
pub const WINDOW: usize = 3 * RATE;

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

/// How much the loudest three seconds of what was heard resemble what was said there: the greatest normalised cross-correlation over
/// all places, from -1 to 1.
pub fn resemblance(heard: &[i16], said: &[i16]) -> f64 {
    let from = loudest(heard);
    let Some(heard) = heard.get(from..from + WINDOW) else { return 0.0 };
    let (short, long) = (smoothed(heard), smoothed(said));
    let places = 0..long.len().saturating_sub(short.len());
    let best = places
        .map(|place| (place, correlation(&short, &long[place..place + short.len()])))
        .max_by(|one, other| one.1.total_cmp(&other.1));
    let Some((place, _)) = best else { return 0.0 };
    let (heard, said): (Vec<f32>, Vec<f32>) = (floats(heard), floats(said));
    let around = (place * COARSE).saturating_sub(2 * COARSE)..=place * COARSE + 2 * COARSE;
    let fits = around.filter_map(|place| Some(correlation(&heard, said.get(place..place + WINDOW)?)));
    fits.fold(-1.0, f64::max)
}

/// Where the loudest window begins.
fn loudest(heard: &[i16]) -> usize {
    let power = |from: &usize| heard[*from..*from + WINDOW].iter().map(|s| i64::from(*s) * i64::from(*s)).sum::<i64>();
    (0..heard.len().saturating_sub(WINDOW)).step_by(RATE / 4).max_by_key(power).unwrap_or(0)
}

fn floats(samples: &[i16]) -> Vec<f32> {
    samples.iter().map(|sample| f32::from(*sample)).collect()
}

fn smoothed(samples: &[i16]) -> Vec<f32> {
    floats(samples).chunks_exact(COARSE).map(|four| four.iter().sum()).collect()
}

fn correlation(one: &[f32], other: &[f32]) -> f64 {
    let (mut both, mut first, mut second) = (0.0f32, 1e-3f32, 1e-3f32);
    for (a, b) in one.iter().zip(other) {
        both += a * b;
        first += a * a;
        second += b * b;
    }
    f64::from(both) / (f64::from(first) * f64::from(second)).sqrt()
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

    /// A piece from the midst, at any place, is known again; another voice is not.
    #[test]
    fn a_piece_is_known_again() {
        let said = noise(1, 10 * RATE);
        assert!(resemblance(&said[12_345..12_345 + 4 * RATE], &said) > 0.999);
        assert!(resemblance(&noise(2, 4 * RATE), &said) < 0.2);
        assert!(resemblance(&[], &said) < 0.2);
    }
}
