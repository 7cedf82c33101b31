//! A smaller matrix than the published one, with bounds: what is published must not get worse unseen.

use corpus::condition::Condition;
use corpus::matrix::{HALF_WITHIN, MOST_WITHIN, Matrix, Verdict, count};
use corpus::scene::{Course, Stage};
use corpus::{Part, Speaker};
use detect::Answer;

/// LIN-11: on lines that do not say so, colour ring-back is told apart from a person who answers.
#[test]
fn calls_of_held_out_voices_are_judged_right() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("speech");
    let matrix = Matrix::of(
        &Stage { speaker: &Speaker::new(&folder).unwrap(), part: Part::HeldOut, condition: Condition::Line },
        12,
        11,
    )
    .unwrap();
    println!("{}", matrix.markdown());
    let at_least = |course: Course, share: f64| {
        let right = matrix.right(course);
        assert!(right >= share, "{}: {right:.2} right, {share} wanted", course.name());
    };
    for course in [Course::Ringback, Course::Busy, Course::Congestion, Course::Unobtainable, Course::ColourRingback] {
        at_least(course, 0.9);
    }
    for course in [Course::HumanAfterRingback, Course::HumanAfterColour, Course::MachineAfterRingback, Course::Fax] {
        at_least(course, 0.8);
    }
    for course in [Course::MachineAfterColour, Course::Silent] {
        at_least(course, 0.7);
    }
    // The hardest two, and each other's price: a short last sentence, and a person behind a recording.
    at_least(Course::Announcement, 0.5);
    at_least(Course::HumanAfterSpokenColour, 0.5);
    let unanswered = matrix.rows.iter().filter(|(course, _)| !course.truth().is_answered());
    let answered = [Answer::Human, Answer::Machine, Answer::Fax, Answer::Silent];
    let believed: u32 =
        unanswered.flat_map(|(_, row)| answered.map(|answer| count(row, Verdict::Opinion(answer)))).sum();
    assert!(believed <= 6, "{believed} of 84 calls that nobody answered are taken for answered");
    for (share, within) in [(0.5, HALF_WITHIN), (0.95, MOST_WITHIN)] {
        let delay = matrix.delay(share);
        assert!(delay <= within, "{share} of the answers are known within {delay} ms, {within} wanted");
    }
}
