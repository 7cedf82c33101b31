//! Whether a passage of sound is speech or music: how steady its lines are, how its level and its treble move.

use crate::frame::{Frame, PEAKS, Peak, dbm0};

/// Frames between two whose lines are compared: 30 ms, in which a voice's pitch moves and a note's does not.
const APART: usize = 3;
/// Hertz, and share of the frequency, that a steady line may move.
const STEADY_HERTZ: f32 = 2.5;
const STEADY_SHARE: f32 = 0.004;
/// Lines this far below the strongest do not count.
const WEAK: f32 = 0.01;

/// What is measured on a passage, each about 0 to 1.
pub const MEASURES: usize = 6;
/// Names of the measures, for those who tune.
pub const MEASURE_NAMES: [&str; MEASURES] =
    ["steady lines", "steady frames", "movement of level", "weak frames", "treble", "movement of treble"];

/// Weights of the measures and what is added: above 0 it is music. Fitted on the corpus' tuning half by
/// `cargo xtask progress-matrix --tune`.
const WEIGHTS: [f32; MEASURES] = [4.61, 4.66, -2.47, -2.87, -0.15, -2.09];
const BIAS: f32 = -2.57;

/// What a passage is like so far.
#[derive(Clone, Debug, Default)]
pub struct Character {
    before: [[Peak; PEAKS]; APART],
    frames: u32,
    loud: u32,
    steady: f32,
    steady_frames: u32,
    level: Spread,
    treble: Spread,
    weak: u32,
}

/// A mean and how far its values lie from it.
#[derive(Clone, Copy, Debug, Default)]
struct Spread {
    sum: f32,
    squares: f32,
}

impl Spread {
    fn take(&mut self, value: f32) {
        self.sum += value;
        self.squares += value * value;
    }

    fn mean(&self, count: f32) -> f32 {
        self.sum / count
    }

    fn deviation(&self, count: f32) -> f32 {
        let mean = self.mean(count);
        (self.squares / count - mean * mean).max(0.0).sqrt()
    }
}

impl Character {
    /// Takes the next frame; quiet ones have no lines.
    pub(crate) fn take(&mut self, frame: &Frame) {
        self.frames += 1;
        if frame.band > 0.0 {
            self.loud += 1;
            let steady = steadiness(&frame.peaks, &self.before[APART - 1]);
            self.steady += steady;
            self.steady_frames += u32::from(steady > 0.7);
            let level = dbm0(frame.power);
            let mean = self.level.mean((self.loud - 1).max(1) as f32);
            self.weak += u32::from(level < mean - 10.0);
            self.level.take(level);
            self.treble.take(frame.high / frame.band);
        } else {
            self.weak += 1;
        }
        self.before.rotate_right(1);
        self.before[0] = frame.peaks;
    }

    /// Milliseconds of sound.
    pub fn loud_millis(&self) -> u32 {
        self.loud * 10
    }

    /// What was measured; none before there was any sound.
    pub fn measures(&self) -> Option<[f32; MEASURES]> {
        let (loud, frames) = (self.loud as f32, self.frames as f32);
        (self.loud > 0).then(|| {
            [
                self.steady / loud,
                self.steady_frames as f32 / loud,
                self.level.deviation(loud) / 10.0,
                self.weak as f32 / frames,
                self.treble.mean(loud),
                self.treble.deviation(loud) * 2.0,
            ]
        })
    }

    /// Above 0 it is music, below it is speech; the further the surer.
    pub(crate) fn music(&self) -> f32 {
        self.measures().map_or(0.0, |measures| music(&measures))
    }
}

/// The verdict on some measures.
pub fn music(measures: &[f32; MEASURES]) -> f32 {
    measures.iter().zip(WEIGHTS).fold(BIAS, |sum, (measure, weight)| sum + measure * weight)
}

/// Share of the power in lines that were there 30 ms before.
fn steadiness(now: &[Peak; PEAKS], before: &[Peak; PEAKS]) -> f32 {
    let least = now[0].power * WEAK;
    let (mut all, mut steady) = (0.0, 0.0);
    for peak in now.iter().filter(|peak| peak.power > least) {
        all += peak.power;
        let limit = STEADY_HERTZ + STEADY_SHARE * peak.hertz;
        let stays = before.iter().any(|old| old.power > 0.05 * peak.power && (old.hertz - peak.hertz).abs() < limit);
        steady += if stays { peak.power } else { 0.0 };
    }
    if all > 0.0 { steady / all } else { 0.0 }
}
