//! Whether a passage of sound is speech or music: how steady its lines are, how its level and its treble move.

use crate::frame::{Frame, PEAKS, Peak, dbm0};

/// Frames between two whose lines are compared: 30 ms, in which a voice's pitch moves and a note's does not.
const APART: usize = 3;
/// Hertz, and share of the frequency, that a steady line may move.
const STEADY_HERTZ: f32 = 2.5;
const STEADY_SHARE: f32 = 0.004;
/// Lines this far below the strongest do not count.
const WEAK: f32 = 0.01;

/// Hertz, and share of the frequency, within which a note stays from its beginning; frames that make one, and a long one. A voice that speaks does
/// not stay so long, one that sings has instruments behind it.
const NOTE_HERTZ: f32 = 4.0;
const NOTE_SHARE: f32 = 0.008;
const NOTE: u32 = 12;
const LONG_NOTE: u32 = 24;

/// What is measured on a passage, each about 0 to 1.
pub const MEASURES: usize = 8;
/// Names of the measures, for those who tune.
pub const MEASURE_NAMES: [&str; MEASURES] = [
    "steady lines",
    "steady frames",
    "movement of level",
    "weak frames",
    "treble",
    "movement of treble",
    "notes",
    "long notes",
];

/// Weights of the measures and what is added: above 0 it is music. Fitted on the corpus' tuning half by
/// `cargo xtask progress-matrix --tune`.
const WEIGHTS: [f32; MEASURES] = [2.58, 2.64, -2.55, -3.15, 1.80, 0.54, 4.49, 2.64];
const BIAS: f32 = -2.39;

/// What a passage is like so far.
#[derive(Clone, Debug, Default)]
pub struct Character {
    before: [[Peak; PEAKS]; APART],
    lines: [Line; PEAKS],
    notes: u32,
    long_notes: u32,
    frames: u32,
    loud: u32,
    steady: f32,
    steady_frames: u32,
    level: Spread,
    treble: Spread,
    weak: u32,
}

/// A line that sounds: where it began, and for how many frames it has stayed there.
#[derive(Clone, Copy, Debug, Default)]
struct Line {
    hertz: f32,
    frames: u32,
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
            let longest = self.follow_lines(&frame.peaks);
            self.notes += u32::from(longest >= NOTE);
            self.long_notes += u32::from(longest >= LONG_NOTE);
        } else {
            self.lines = [Line::default(); PEAKS];
            self.weak += 1;
        }
        self.before.rotate_right(1);
        self.before[0] = frame.peaks;
    }

    /// How long the line has stayed that has stayed longest.
    fn follow_lines(&mut self, peaks: &[Peak; PEAKS]) -> u32 {
        let old = std::mem::take(&mut self.lines);
        let least = peaks[0].power * WEAK;
        for (line, peak) in self.lines.iter_mut().zip(peaks).filter(|(_, peak)| peak.power > least) {
            let stays = |old: &&Line| (old.hertz - peak.hertz).abs() < NOTE_HERTZ + NOTE_SHARE * peak.hertz;
            let longest = old.iter().filter(|old| old.hertz > 0.0).filter(stays).max_by_key(|old| old.frames);
            *line = longest.map_or(Line { hertz: peak.hertz, frames: 0 }, |old| Line {
                frames: old.frames.saturating_add(1),
                ..*old
            });
        }
        self.lines.iter().fold(0, |most, line| most.max(line.frames))
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
                self.notes as f32 / loud,
                self.long_notes as f32 / loud,
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
