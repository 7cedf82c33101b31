//! Tones said at one end and heard at the other.

use std::f64::consts::TAU;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Amplitude of every tone here: about 9 dB below the loudest.
pub const AMPLITUDE: f64 = 8000.0;

/// Samples are looked at in pieces so long: a slip or a lost packet changes the phase.
const PIECES_A_SECOND: f64 = 5.0;

/// What of a tone is heard.
#[derive(Clone, Copy, Debug)]
pub struct Heard {
    /// How long anything is heard.
    pub seconds: f64,
    /// Of the middle piece of those with sound, against [`AMPLITUDE`], dB.
    pub level: f64,
    /// The part of all power that is at the tone's frequency, of the middle piece.
    pub purity: f64,
}

/// Looks for a tone in what was heard. Pieces in which little is heard are left out: before the other side is there, and after it.
pub fn heard(samples: &[i16], rate: f64, hertz: f64) -> Heard {
    let pieces = samples.chunks_exact((rate / PIECES_A_SECOND) as usize).map(|piece| {
        let (mut cosine, mut sine, mut power) = (0.0, 0.0, 0.0);
        for (n, sample) in piece.iter().enumerate() {
            let angle = TAU * hertz * n as f64 / rate;
            cosine += f64::from(*sample) * angle.cos();
            sine += f64::from(*sample) * angle.sin();
            power += f64::from(*sample).powi(2) / piece.len() as f64;
        }
        let tone = 4.0 * (cosine * cosine + sine * sine) / (piece.len() as f64).powi(2);
        (tone.sqrt(), tone / 2.0 / f64::max(power, 1e-9), power)
    });
    let sounding: Vec<_> = pieces.filter(|(.., power)| *power > AMPLITUDE * AMPLITUDE / 20.0).collect();
    let median = |of: fn(&(f64, f64, f64)) -> f64| {
        let mut all: Vec<f64> = sounding.iter().map(of).collect();
        all.sort_by(f64::total_cmp);
        all.get(all.len() / 2).copied().unwrap_or(0.0)
    };
    let level = 20.0 * (median(|piece| piece.0) / AMPLITUDE).max(1e-6).log10();
    Heard { seconds: sounding.len() as f64 / PIECES_A_SECOND, level, purity: median(|piece| piece.1) }
}

/// A minute of a tone as samples.
pub fn tone(rate: u32, hertz: f64, seconds: u32) -> Vec<i16> {
    let angle = |n: u32| TAU * hertz * f64::from(n) / f64::from(rate);
    (0..rate * seconds).map(|n| (AMPLITUDE * angle(n).sin()).round() as i16).collect()
}

/// A WAV file, 16 bits linear.
pub fn wav(path: &Path, rate: u32, channels: u16, samples: &[i16]) -> PathBuf {
    let data: Vec<u8> = samples.iter().flat_map(|s| s.to_le_bytes().repeat(usize::from(channels))).collect();
    let mut file = Vec::from(*b"RIFF");
    file.extend((36 + data.len() as u32).to_le_bytes());
    file.extend(*b"WAVEfmt \x10\0\0\0\x01\0");
    file.extend(channels.to_le_bytes());
    file.extend(rate.to_le_bytes());
    file.extend((rate * u32::from(channels) * 2).to_le_bytes());
    file.extend((channels * 2).to_le_bytes());
    file.extend(*b"\x10\0data");
    file.extend((data.len() as u32).to_le_bytes());
    file.extend(data);
    std::fs::write(path, file).expect("a WAV file");
    path.to_owned()
}

/// The first channel of a WAV file of 16 bits linear, and its rate.
pub fn read_wav(wav: &[u8]) -> (Vec<i16>, f64) {
    let channels = usize::from(u16::from_le_bytes([wav[22], wav[23]])).max(1);
    let rate = u32::from_le_bytes([wav[24], wav[25], wav[26], wav[27]]);
    let data = wav.windows(4).position(|four| four == b"data").expect("a WAV file") + 8;
    let samples = wav[data..].as_chunks::<2>().0.iter().map(|two| i16::from_le_bytes(*two));
    (samples.step_by(channels).collect(), f64::from(rate))
}

/// What ffmpeg makes of raw samples or octets.
pub fn ffmpeg(folder: &Path, from: &[&str], input: &[u8], to: &[&str]) -> Vec<u8> {
    let (before, after) = (folder.join("ffmpeg-in"), folder.join("ffmpeg-out"));
    std::fs::write(&before, input).expect("a file");
    let status = Command::new("ffmpeg")
        .args(["-y", "-loglevel", "error"])
        .args(from)
        .arg("-i")
        .arg(&before)
        .args(to)
        .arg(&after)
        .status()
        .expect("ffmpeg is needed: run `cargo xtask setup`");
    assert!(status.success(), "ffmpeg: {status}");
    std::fs::read(after).expect("what ffmpeg made")
}
