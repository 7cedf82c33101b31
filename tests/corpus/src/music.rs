//! Music as colour ring-back brings it: melodies with chords, a bass and drums, in several instruments.

use crate::random::Dice;
use crate::speech::Part;
use std::f64::consts::TAU;

/// Scales as semitones over the key: major, minor, and the pentatonic ones of Chinese tunes.
const SCALES: [&[i32]; 4] = [&[0, 2, 4, 5, 7, 9, 11], &[0, 2, 3, 5, 7, 8, 10], &[0, 2, 4, 7, 9], &[0, 3, 5, 7, 10]];

/// How an instrument sounds: harmonics, how they fall, how a note dies, how it trembles.
#[derive(Clone, Copy)]
struct Instrument {
    harmonics: usize,
    fall: f64,
    decay: f64,
    attack: f64,
    vibrato: f64,
}

/// The first three tune, the others are held out: plucked, blown, organ; struck, bowed, reed.
const INSTRUMENTS: [Instrument; 6] = [
    Instrument { harmonics: 6, fall: 1.6, decay: 3.0, attack: 0.005, vibrato: 0.0 },
    Instrument { harmonics: 3, fall: 2.0, decay: 0.3, attack: 0.04, vibrato: 0.004 },
    Instrument { harmonics: 5, fall: 1.0, decay: 0.0, attack: 0.01, vibrato: 0.0 },
    Instrument { harmonics: 8, fall: 1.3, decay: 2.0, attack: 0.003, vibrato: 0.0 },
    Instrument { harmonics: 9, fall: 1.0, decay: 0.1, attack: 0.08, vibrato: 0.005 },
    Instrument { harmonics: 7, fall: 0.7, decay: 0.2, attack: 0.03, vibrato: 0.002 },
];

/// What instruments and voices share: scale, key and samples of a beat.
pub(crate) struct Tune {
    scale: &'static [i32],
    key: i32,
    pub(crate) beat: f64,
}

impl Tune {
    pub(crate) fn new(dice: &mut Dice) -> Tune {
        Tune {
            scale: SCALES[dice.below(SCALES.len())],
            key: 57 + dice.below(12) as i32,
            beat: 8000.0 * 60.0 / dice.between(70.0, 150.0),
        }
    }

    /// Degrees of the scale.
    pub(crate) fn degrees(&self) -> usize {
        self.scale.len()
    }

    /// A degree in the octave of melodies.
    pub(crate) fn hertz(&self, degree: i32) -> f64 {
        pitch(self.scale, self.key + 12, degree)
    }

    /// Chords and drums, or one of them, under something else.
    pub(crate) fn backing(&self, line: &mut [f64], part: Part, dice: &mut Dice) {
        let how = instrument(part, dice);
        let drums = dice.below(2) > 0;
        self.bars(line, how, !drums || dice.below(4) > 0, drums, dice);
    }

    fn bars(&self, line: &mut [f64], how: Instrument, chords: bool, drums: bool, dice: &mut Dice) {
        let bars = (line.len() as f64 / (4.0 * self.beat)) as usize + 1;
        for bar in 0..bars {
            let start = bar as f64 * 4.0 * self.beat;
            let root = dice.below(self.scale.len()) as i32;
            if chords {
                for third in [0, 2, 4] {
                    note(line, start, 4.0 * self.beat, pitch(self.scale, self.key, root + third), 0.35, how);
                }
            }
            if drums {
                (0..8).for_each(|eighth| drum(line, start + eighth as f64 * self.beat / 2.0, eighth % 4 == 0, dice));
            }
        }
    }
}

fn instrument(part: Part, dice: &mut Dice) -> Instrument {
    let half = INSTRUMENTS.len() / 2;
    INSTRUMENTS[if part == Part::Tuning { 0 } else { half } + dice.below(half)]
}

/// A piece, peak near -9 dB of full scale.
pub fn piece(millis: f64, part: Part, dice: &mut Dice) -> Vec<f64> {
    let wanted = (millis * 8.0) as usize;
    let (lead, back) = (instrument(part, dice), instrument(part, dice));
    let tune = Tune::new(dice);
    let (chords, drums) = (dice.below(4) > 0, dice.below(2) > 0);
    let mut line = vec![0.0; wanted];
    let mut degree = dice.below(tune.degrees()) as i32;
    let mut at = 0.0;
    while at < wanted as f64 {
        let beats = *dice.pick(&[0.5, 0.5, 1.0, 1.0, 2.0]);
        degree = (degree + dice.below(5) as i32 - 2).clamp(-3, 2 * tune.degrees() as i32 - 1);
        if dice.below(12) > 0 {
            note(&mut line, at, beats * tune.beat * 0.95, tune.hertz(degree), 1.0, lead);
        }
        at += beats * tune.beat;
    }
    tune.bars(&mut line, back, chords, drums, dice);
    to_level(&mut line);
    line
}

/// To a peak near -9 dB of full scale.
pub(crate) fn to_level(line: &mut [f64]) {
    let peak = line.iter().fold(1e-9f64, |most, sample| most.max(sample.abs()));
    line.iter_mut().for_each(|sample| *sample *= 11_600.0 / peak);
}

fn pitch(scale: &[i32], key: i32, degree: i32) -> f64 {
    let length = scale.len() as i32;
    let note = key + 12 * degree.div_euclid(length) + scale[degree.rem_euclid(length) as usize];
    440.0 * 2f64.powf(f64::from(note - 69) / 12.0)
}

fn note(line: &mut [f64], at: f64, length: f64, hertz: f64, loud: f64, how: Instrument) {
    let start = at as usize;
    let mut phase = 0.0;
    for n in 0..length as usize {
        let Some(sample) = line.get_mut(start + n) else { return };
        let seconds = n as f64 / 8000.0;
        let left = (length - n as f64) / 8000.0;
        let shape = (seconds / how.attack).min(1.0) * (left / 0.02).min(1.0) * (-seconds * how.decay).exp();
        phase += TAU * hertz * (1.0 + how.vibrato * (TAU * 5.5 * seconds).sin()) / 8000.0;
        let tone: f64 = (1..=how.harmonics)
            .filter(|harmonic| hertz * (*harmonic as f64) < 3600.0)
            .map(|harmonic| (phase * harmonic as f64).sin() / (harmonic as f64).powf(how.fall))
            .sum();
        *sample += loud * shape * tone;
    }
}

/// A drum: a falling thump, or a hiss.
fn drum(line: &mut [f64], at: f64, low: bool, dice: &mut Dice) {
    let mut phase = 0.0;
    for n in 0..1200 {
        let Some(sample) = line.get_mut(at as usize + n) else { return };
        let seconds = n as f64 / 8000.0;
        if low {
            phase += TAU * (60.0 + 120.0 * (-seconds * 30.0).exp()) / 8000.0;
            *sample += 1.2 * f64::sin(phase) * (-seconds * 18.0).exp();
        } else {
            *sample += 0.25 * dice.normal() * (-seconds * 60.0).exp();
        }
    }
}
