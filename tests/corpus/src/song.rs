//! Songs as colour ring-back mostly is: a voice that sings a melody over instruments.
//!
//! The voice is a row of harmonics through the formants of vowels, with vibrato, glides from note to note, breath, and consonants of noise between
//! them: what a recorded voice has that a melody of instruments has not, and that makes it look like speech.

use crate::music::{self, Tune};
use crate::random::Dice;
use crate::speech::Part;
use std::f64::consts::TAU;

/// Formants of vowels, hertz: a, o, e, i, u, ü of Mandarin, and a nasal.
const VOWELS: [[f64; 3]; 7] = [
    [850.0, 1250.0, 2700.0],
    [550.0, 850.0, 2600.0],
    [480.0, 1350.0, 2600.0],
    [300.0, 2300.0, 3000.0],
    [340.0, 700.0, 2400.0],
    [300.0, 1950.0, 2400.0],
    [280.0, 1100.0, 2300.0],
];
const WIDTHS: [f64; 3] = [90.0, 110.0, 170.0];

/// One who sings: formants against a man's, octave, depth and speed of the vibrato, breath, how harmonics fall.
#[derive(Clone, Copy)]
struct Singer {
    formants: f64,
    octave: i32,
    vibrato: f64,
    vibrato_hertz: f64,
    breath: f64,
    fall: f64,
}

/// The first three tune, the others are held out.
const SINGERS: [Singer; 6] = [
    Singer { formants: 1.0, octave: -1, vibrato: 0.012, vibrato_hertz: 5.2, breath: 0.03, fall: 0.9 },
    Singer { formants: 1.16, octave: 0, vibrato: 0.016, vibrato_hertz: 5.8, breath: 0.05, fall: 1.0 },
    Singer { formants: 1.1, octave: 0, vibrato: 0.004, vibrato_hertz: 5.0, breath: 0.08, fall: 1.2 },
    Singer { formants: 1.04, octave: -1, vibrato: 0.008, vibrato_hertz: 5.5, breath: 0.06, fall: 1.1 },
    Singer { formants: 1.2, octave: 0, vibrato: 0.02, vibrato_hertz: 6.1, breath: 0.04, fall: 0.9 },
    Singer { formants: 0.96, octave: -1, vibrato: 0.014, vibrato_hertz: 4.8, breath: 0.03, fall: 0.8 },
];

/// Milliseconds of 8 samples over which a voice's harmonics keep their strength.
const STEP: usize = 40;
const HARMONICS: usize = 24;

/// A song, peak near -9 dB of full scale: in half of them instruments alone begin.
pub fn song(millis: f64, part: Part, dice: &mut Dice) -> Vec<f64> {
    let wanted = (millis * 8.0) as usize;
    let tune = Tune::new(dice);
    let mut line = vec![0.0; wanted];
    let half = SINGERS.len() / 2;
    let singer = SINGERS[if part == Part::Tuning { 0 } else { half } + dice.below(half)];
    let intro = if dice.below(2) == 0 { dice.between(500.0, 4000.0) * 8.0 } else { 0.0 };
    sing(&mut line, intro, &tune, singer, dice);
    let level = dice.between(0.25, 0.8);
    let mut band = vec![0.0; wanted];
    tune.backing(&mut band, part, dice);
    // The instruments against the voice, by their power.
    let power = |line: &[f64]| line.iter().map(|sample| sample * sample).sum::<f64>().max(1e-9);
    let share = level * (power(&line) / power(&band)).sqrt();
    line.iter_mut().zip(&band).for_each(|(sample, band)| *sample += share * band);
    music::to_level(&mut line);
    line
}

fn sing(line: &mut [f64], from: f64, tune: &Tune, singer: Singer, dice: &mut Dice) {
    let mut voice = Voice { singer, phase: 0.0, hertz: 0.0, vowel: VOWELS[0] };
    let mut at = from;
    let mut degree = dice.below(tune.degrees()) as i32;
    let mut left_of_phrase = 4 + dice.below(6);
    while at < line.len() as f64 {
        let beats = *dice.pick(&[0.5, 0.5, 0.5, 1.0, 1.0, 2.0]);
        degree = (degree + dice.below(5) as i32 - 2).clamp(-2, tune.degrees() as i32 + 3);
        let hertz = tune.hertz(degree) * 2f64.powi(singer.octave);
        // A singer breathes between two phrases.
        let length = beats * tune.beat * if left_of_phrase == 0 { 0.75 } else { 1.0 };
        voice.syllable(line, at as usize, length as usize, hertz, dice);
        at += beats * tune.beat;
        left_of_phrase = left_of_phrase.checked_sub(1).unwrap_or_else(|| {
            at += tune.beat * *dice.pick(&[0.0, 0.5, 1.0, 2.0]);
            4 + dice.below(6)
        });
    }
}

struct Voice {
    singer: Singer,
    phase: f64,
    hertz: f64,
    vowel: [f64; 3],
}

impl Voice {
    /// A consonant or none, and a vowel that glides from the one before.
    fn syllable(&mut self, line: &mut [f64], at: usize, length: usize, hertz: f64, dice: &mut Dice) {
        let (old_vowel, old_hertz) = (self.vowel, if self.hertz > 0.0 { self.hertz } else { hertz });
        let new_vowel = dice.pick(&VOWELS).map(|formant| formant * self.singer.formants);
        let consonant = match dice.below(3) {
            0 => 0,
            1 => (8.0 * dice.between(25.0, 60.0)) as usize,
            _ => (8.0 * dice.between(50.0, 110.0)) as usize,
        };
        let hiss = dice.between(0.05, 0.35);
        let mut before = 0.0;
        let mut strengths = [0.0; HARMONICS];
        for n in 0..length {
            let Some(sample) = line.get_mut(at + n) else { return };
            let seconds = n as f64 / 8000.0;
            let glide = (seconds / 0.07).min(1.0);
            let shake = (seconds - 0.15).clamp(0.0, 0.2) * 5.0 * self.singer.vibrato;
            self.hertz = old_hertz + (hertz - old_hertz) * glide;
            let now = self.hertz * (1.0 + shake * (TAU * self.singer.vibrato_hertz * seconds).sin());
            if n % STEP == 0 {
                self.vowel = std::array::from_fn(|f| old_vowel[f] + (new_vowel[f] - old_vowel[f]) * glide);
                strengths = self.strengths(now);
            }
            self.phase = (self.phase + now / 8000.0).fract();
            let voiced: f64 = strengths
                .iter()
                .zip(1..)
                .take_while(|(_, harmonic)| now * f64::from(*harmonic) < 3600.0)
                .map(|(strength, harmonic)| strength * (TAU * self.phase * f64::from(harmonic)).sin())
                .sum();
            let noise = dice.normal();
            let edge = (n as f64 / 160.0).min(1.0) * ((length - n) as f64 / 240.0).min(1.0);
            *sample += if n < consonant {
                // Noise with treble, as of s, sh, t.
                0.15 * edge * voiced + hiss * (noise - before)
            } else {
                edge * (voiced + self.singer.breath * noise)
            };
            before = noise;
        }
    }

    fn strengths(&self, hertz: f64) -> [f64; HARMONICS] {
        std::array::from_fn(|n| {
            let at = hertz * (n + 1) as f64;
            let resonance = |(formant, width): (&f64, &f64)| 1.0 / (1.0 + ((at - formant) / width).powi(2));
            let open: f64 = self.vowel.iter().zip(&WIDTHS).map(resonance).sum();
            (0.04 + open) / ((n + 1) as f64).powf(self.singer.fall)
        })
    }
}
