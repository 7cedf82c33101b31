//! How often which call is judged as what.

use crate::random::Dice;
use crate::scene::{Course, Scene, Stage};
use detect::{Answer, AnswerClassifier, AnswerHeard};

/// Milliseconds within which half of the answers must be recognised, and nineteen of twenty: a machine is known by its long speech.
pub const HALF_WITHIN: u32 = 3_500;
pub const MOST_WITHIN: u32 = 8_000;

/// What the classifier made of a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Its opinion at the end.
    Opinion(Answer),
    /// It took the call for answered before it was.
    TooSoon,
    Nothing,
}

/// Columns of the matrix.
pub const COLUMNS: [(Verdict, &str); 10] = [
    (Verdict::Opinion(Answer::Ringback), "ringback"),
    (Verdict::Opinion(Answer::ColourRingback), "彩铃"),
    (Verdict::Opinion(Answer::Announcement), "announcement"),
    (Verdict::Opinion(Answer::Refused), "refused"),
    (Verdict::Opinion(Answer::Human), "person"),
    (Verdict::Opinion(Answer::Machine), "machine"),
    (Verdict::Opinion(Answer::Fax), "fax"),
    (Verdict::Opinion(Answer::Silent), "silent"),
    (Verdict::TooSoon, "answered too soon"),
    (Verdict::Nothing, "nothing"),
];

/// All that is told of a call, with the milliseconds.
pub fn told(scene: &Scene) -> Vec<(AnswerHeard, u32)> {
    let mut classifier = AnswerClassifier::default();
    let (mut told, mut now) = (Vec::new(), 0);
    for block in scene.octets.chunks(160) {
        now += 20;
        classifier.hear_alaw(block, |heard| told.push((heard, now)));
    }
    told
}

/// The verdict on a call, and for one that was answered the milliseconds it took to say so.
pub fn judge(scene: &Scene) -> (Verdict, Option<u32>) {
    let opinion = |(heard, at): (AnswerHeard, u32)| match heard {
        AnswerHeard::Answer(answer) => Some((answer, at)),
        AnswerHeard::Progress(_) => None,
    };
    let told: Vec<(Answer, u32)> = told(scene).into_iter().filter_map(opinion).collect();
    let answered = told.iter().find(|(answer, _)| answer.is_answered()).map(|(_, at)| *at);
    let too_soon = match (answered, scene.answered) {
        (Some(told), Some(truly)) => told < truly,
        (Some(_), None) | (None, _) => false,
    };
    let verdict = match told.last() {
        _ if too_soon => Verdict::TooSoon,
        Some((answer, _)) => Verdict::Opinion(*answer),
        None => Verdict::Nothing,
    };
    (verdict, answered.zip(scene.answered).and_then(|(told, truly)| told.checked_sub(truly)))
}

/// How many of a row had a verdict.
pub fn count(row: &[u32; COLUMNS.len()], verdict: Verdict) -> u32 {
    COLUMNS.iter().zip(row).filter(|((known, _), _)| *known == verdict).map(|(_, count)| *count).sum()
}

/// Verdicts on calls of each course.
pub struct Matrix {
    pub rows: Vec<(Course, [u32; COLUMNS.len()])>,
    /// Milliseconds from answers to verdicts, sorted.
    pub delays: Vec<u32>,
}

/// The call of a matrix.
pub fn call(stage: &Stage, course: Course, call: usize, seed: u64) -> std::io::Result<Scene> {
    let mut dice = Dice::new(seed.wrapping_mul(1_000_003) + (course as u64) * 10_007 + call as u64);
    stage.scene(course, &mut dice)
}

impl Matrix {
    /// So many calls of each course on a stage.
    pub fn of(stage: &Stage, calls: usize, seed: u64) -> std::io::Result<Matrix> {
        let (mut rows, mut delays) = (Vec::new(), Vec::new());
        for course in Course::ALL {
            let mut counts = [0; COLUMNS.len()];
            for number in 0..calls {
                let (verdict, delay) = judge(&call(stage, course, number, seed)?);
                let column = COLUMNS.iter().position(|(known, _)| *known == verdict).unwrap_or(COLUMNS.len() - 1);
                counts[column] += 1;
                // Silence is nothing to recognise soon.
                delays.extend(delay.filter(|_| course != Course::Silent));
            }
            rows.push((course, counts));
        }
        delays.sort_unstable();
        Ok(Matrix { rows, delays })
    }

    /// Share of a course's calls that were judged right.
    pub fn right(&self, course: Course) -> f64 {
        let (mut right, mut all) = (0, 0);
        for (_, counts) in self.rows.iter().filter(|(known, _)| *known == course) {
            all += counts.iter().sum::<u32>();
            for ((verdict, _), count) in COLUMNS.iter().zip(counts) {
                right += if *verdict == Verdict::Opinion(course.truth()) { *count } else { 0 };
            }
        }
        f64::from(right) / f64::from(all.max(1))
    }

    /// Calls that were taken for answered though they were not, or not yet; and all that were judged.
    pub fn wrongly_answered(&self) -> (u32, u32) {
        let (mut wrong, mut all) = (0, 0);
        for (course, counts) in &self.rows {
            for ((verdict, _), count) in COLUMNS.iter().zip(counts) {
                let answered = match verdict {
                    Verdict::TooSoon => true,
                    Verdict::Opinion(answer) => answer.is_answered() && !course.truth().is_answered(),
                    Verdict::Nothing => false,
                };
                wrong += if answered { *count } else { 0 };
                all += count;
            }
        }
        (wrong, all)
    }

    /// The delay that this share of answers does not exceed.
    pub fn delay(&self, share: f64) -> u32 {
        let place = ((self.delays.len() as f64 * share).ceil() as usize).clamp(1, self.delays.len().max(1)) - 1;
        self.delays.get(place).copied().unwrap_or(0)
    }

    /// A table for the documents.
    pub fn markdown(&self) -> String {
        let mut text = String::from("| call |");
        COLUMNS.iter().for_each(|(_, name)| text += &format!(" {name} |"));
        text += " right |\n|---|";
        text += &"--:|".repeat(COLUMNS.len() + 1);
        text.push('\n');
        for (course, counts) in &self.rows {
            text += &format!("| {} |", course.name());
            for ((verdict, _), count) in COLUMNS.iter().zip(counts) {
                let truth = *verdict == Verdict::Opinion(course.truth());
                text += &match (count, truth) {
                    (0, _) => " |".to_owned(),
                    (count, true) => format!(" **{count}** |"),
                    (count, false) => format!(" {count} |"),
                };
            }
            text += &format!(" {:.1} % |\n", 100.0 * self.right(*course));
        }
        text
    }
}
