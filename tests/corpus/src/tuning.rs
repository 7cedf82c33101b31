//! Fits the weights by which music is told from speech, on the tuning half alone.

use crate::condition::Condition;
use crate::music;
use crate::random::Dice;
use crate::song;
use crate::speech::{ANNOUNCEMENTS, MACHINES, Part, Speaker};
use detect::{AnswerClassifier, MEASURES};

/// Milliseconds of sound at which passages are measured: as early as the classifier judges, and later.
const MOMENTS: [u32; 3] = [1500, 2200, 3000];
const STEPS: usize = 4000;
const RATE: f64 = 0.3;
/// Keeps weights small that bring nothing.
const SHRINK: f64 = 1e-3;

pub struct Weights {
    pub weights: [f64; MEASURES],
    pub bias: f64,
    /// Share of the passages that they judge right.
    pub right: f64,
    /// Means of each measure: speech, music.
    pub means: [[f64; MEASURES]; 2],
}

/// A passage's measures, and whether it is music.
type Sample = ([f64; MEASURES], bool);

pub fn fit(speaker: &Speaker, passages: usize, part: Part) -> std::io::Result<Weights> {
    let mut dice = Dice::new(20);
    let mut samples = Vec::new();
    for n in 0..passages {
        let is_music = n % 2 == 0;
        let sent = if is_music {
            match n % 4 {
                0 => music::piece(5000.0, part, &mut dice),
                _ => song::song(5000.0, part, &mut dice),
            }
        } else {
            speaker.say(if n % 4 == 1 { &ANNOUNCEMENTS } else { &MACHINES }, part, &mut dice)?
        };
        // Of the lines, too: half are plain.
        let condition = Condition::ALL[(n / 4 % 8).saturating_sub(4)];
        let octets = condition.carry(&sent, speaker.folder(), &mut dice)?;
        samples.extend(measured(&octets).into_iter().map(|measures| (measures, is_music)));
    }
    Ok(regression(&samples))
}

fn measured(octets: &[u8]) -> Vec<[f64; MEASURES]> {
    let mut classifier = AnswerClassifier::default();
    let (mut moments, mut all) = (MOMENTS.iter().peekable(), Vec::new());
    for block in octets.chunks(80) {
        classifier.hear_alaw(block, |_| {});
        let due = moments.next_if(|moment| classifier.character().loud_millis() >= **moment);
        if let (Some(_), Some(measures)) = (due, classifier.character().measures()) {
            all.push(measures.map(f64::from));
        }
    }
    all
}

fn regression(samples: &[Sample]) -> Weights {
    let (mut weights, mut bias) = ([0.0; MEASURES], 0.0);
    let count = samples.len().max(1) as f64;
    let score = |weights: &[f64; MEASURES], bias: f64, measures: &[f64; MEASURES]| {
        weights.iter().zip(measures).fold(bias, |sum, (weight, measure)| sum + weight * measure)
    };
    for _ in 0..STEPS {
        let (mut slopes, mut slope) = ([0.0; MEASURES], 0.0);
        for (measures, is_music) in samples {
            let wrong = 1.0 / (1.0 + (-score(&weights, bias, measures)).exp()) - f64::from(u8::from(*is_music));
            slopes.iter_mut().zip(measures).for_each(|(slope, measure)| *slope += wrong * measure);
            slope += wrong;
        }
        weights
            .iter_mut()
            .zip(slopes)
            .for_each(|(weight, slope)| *weight -= 10.0 * RATE * (slope / count + SHRINK * *weight));
        bias -= RATE * 10.0 * slope / count;
    }
    let right =
        samples.iter().filter(|(measures, is_music)| (score(&weights, bias, measures) > 0.0) == *is_music).count();
    let mean = |music: bool| {
        let of: Vec<_> = samples.iter().filter(|(_, is_music)| *is_music == music).collect();
        std::array::from_fn(|i| of.iter().map(|(measures, _)| measures[i]).sum::<f64>() / of.len().max(1) as f64)
    };
    Weights { weights, bias, right: right as f64 / count, means: [mean(false), mean(true)] }
}
