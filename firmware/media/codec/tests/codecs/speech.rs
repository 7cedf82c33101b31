//! Something like speech: syllables of a voice whose pitch glides, with pauses. Made, so that every run hears the same.

use std::f64::consts::TAU;

/// `count` samples at `khz`.
pub fn speech(khz: usize, count: usize) -> Vec<i16> {
    let rate = khz as f64 * 1000.0;
    let mut phase = 0.0;
    let sample = |n: usize| {
        let t = n as f64 / rate;
        phase += (120.0 + 25.0 * (TAU * 0.7 * t).sin()) / rate;
        let syllable = (TAU * 2.5 * t).sin().max(0.0).sqrt();
        let vowel = (TAU * 0.4 * t).sin();
        let formants = [700.0 + 200.0 * vowel, 1300.0 - 300.0 * vowel, 2600.0];
        let voice: f64 = (1..=28)
            .map(|k| {
                let hertz = f64::from(k) * 120.0;
                let gain: f64 = formants.iter().map(|f| (-((hertz - f) / 180.0).powi(2)).exp()).sum::<f64>() + 0.02;
                gain * (TAU * f64::from(k) * phase).sin()
            })
            .sum();
        (4500.0 * syllable * voice).clamp(-30_000.0, 30_000.0) as i16
    };
    (0..count).map(sample).collect()
}

pub fn tone(khz: usize, hertz: f64, level: f64, count: usize) -> Vec<i16> {
    let rate = khz as f64 * 1000.0;
    (0..count).map(|n| (level * (TAU * hertz * n as f64 / rate).sin()).round() as i16).collect()
}

fn power(samples: impl Iterator<Item = f64>) -> f64 {
    samples.map(|s| s * s).sum::<f64>().max(1e-9)
}

/// Signal to noise, dB, at the delay that fits best.
pub fn signal_to_noise(spoken: &[i16], heard: &[i16], longest_delay: usize) -> f64 {
    let count = spoken.len().min(heard.len()) - longest_delay;
    let at = |delay: usize| {
        let pairs = spoken[..count].iter().zip(&heard[delay..delay + count]);
        let noise = power(pairs.map(|(a, b)| f64::from(*a) - f64::from(*b)));
        10.0 * (power(spoken[..count].iter().map(|s| f64::from(*s))) / noise).log10()
    };
    (0..longest_delay).map(at).fold(f64::MIN, f64::max)
}

/// Level of what is heard of a tone against what was said, dB; and the part of its power that is at the tone's frequency.
pub fn tone_heard(khz: usize, hertz: f64, level: f64, heard: &[i16]) -> (f64, f64) {
    let rate = khz as f64 * 1000.0;
    let (mut cosine, mut sine) = (0.0, 0.0);
    for (n, sample) in heard.iter().enumerate() {
        let angle = TAU * hertz * n as f64 / rate;
        cosine += f64::from(*sample) * angle.cos();
        sine += f64::from(*sample) * angle.sin();
    }
    let amplitude = 2.0 * (cosine * cosine + sine * sine).sqrt() / heard.len() as f64;
    let all = power(heard.iter().map(|s| f64::from(*s))) / heard.len() as f64;
    (20.0 * (amplitude / level).max(1e-6).log10(), amplitude * amplitude / 2.0 / all)
}
