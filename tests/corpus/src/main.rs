//! `progress-matrix [--calls N] [--tune] [--wrong] [--write] [--speech FOLDER]`: how calls of the corpus are judged. See `cargo xtask`.

use corpus::condition::Condition;
use corpus::matrix::{self, Matrix, Verdict};
use corpus::scene::{Course, Stage};
use corpus::{Part, Speaker, tuning};
use std::path::PathBuf;
use std::process::ExitCode;

/// Speech is kept here between runs.
const SPEECH: &str = "target/corpus";
const DOCUMENT: &str = "docs/call-progress.md";
/// What is between these lines of the document is written anew.
const BEGIN: &str = "<!-- matrix: written by cargo xtask progress-matrix -->";
const END: &str = "<!-- end of the matrix -->";
const CALLS: usize = 100;
const HELD_OUT_SEED: u64 = 7;
const TUNING_SEED: u64 = 3;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("progress-matrix: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[String]) -> Result<(), Box<dyn std::error::Error>> {
    let (mut calls, mut tune, mut write, mut wrong) = (CALLS, false, false, false);
    let mut folder = PathBuf::from(SPEECH);
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        match word.as_str() {
            "--calls" => calls = rest.next().ok_or("--calls needs a number")?.parse()?,
            "--speech" => folder = rest.next().ok_or("--speech needs a folder")?.into(),
            "--tune" => tune = true,
            "--write" => write = true,
            "--wrong" => wrong = true,
            other => return Err(format!("no option `{other}`").into()),
        }
    }
    let speaker = Speaker::new(&folder)?;
    if tune {
        return Ok(print_weights(&speaker)?);
    }
    if wrong {
        // Looking at what was held out would tune on it.
        for condition in Condition::ALL {
            println!("== {}", condition.name());
            print_wrong(&Stage { speaker: &speaker, part: Part::Tuning, condition }, calls)?;
        }
        return Ok(());
    }
    let text = report(&tables(&speaker, calls)?, calls);
    println!("{text}");
    if write {
        replace(&text)?;
    }
    Ok(())
}

/// A matrix, and of what.
type Table = (Part, Condition, Matrix);

/// Both halves on every condition, a thread for each half. What is judged does not depend on what is judged beside it.
fn tables(speaker: &Speaker, calls: usize) -> std::io::Result<Vec<Table>> {
    let half = |part: Part, seed: u64| -> std::io::Result<Vec<Table>> {
        let one =
            |condition: Condition| Ok((part, condition, Matrix::of(&Stage { speaker, part, condition }, calls, seed)?));
        Condition::ALL.into_iter().map(one).collect()
    };
    let (held_out, tuning) = std::thread::scope(|scope| {
        let tuning = scope.spawn(|| half(Part::Tuning, TUNING_SEED));
        (half(Part::HeldOut, HELD_OUT_SEED), tuning.join())
    });
    let tuning = tuning.map_err(|_| std::io::Error::other("a thread of the corpus ended"))?;
    Ok(held_out?.into_iter().chain(tuning?).collect())
}

fn report(tables: &[Table], calls: usize) -> String {
    let mut text = String::from(
        "| lines | voices | courses judged right | wrongly taken for answered | answer to verdict: median, 95 %, most |\n",
    );
    text += "|---|---|--:|--:|--:|\n";
    for (part, condition, matrix) in tables {
        let right = Course::ALL.iter().map(|course| matrix.right(*course)).sum::<f64>() / Course::ALL.len() as f64;
        let (wrong, all) = matrix.wrongly_answered();
        let at = |share: f64| f64::from(matrix.delay(share)) / 1000.0;
        text += &format!(
            "| {} | {} | {:.1} % | {wrong} of {all} | {:.1}, {:.1}, {:.1} s |\n",
            condition.name(),
            voices(*part),
            100.0 * right,
            at(0.5),
            at(0.95),
            at(1.0)
        );
    }
    for (part, condition, matrix) in tables.iter().filter(|(part, condition, _)| is_shown(*part, *condition)) {
        text += &format!(
            "\n{}, voices and instruments that {}, {calls} calls of each course:\n\n{}",
            in_words(*condition),
            match part {
                Part::HeldOut => "nothing was tuned on",
                Part::Tuning => "the weights were fitted on",
            },
            matrix.markdown()
        );
    }
    text
}

fn voices(part: Part) -> &'static str {
    match part {
        Part::HeldOut => "held out",
        Part::Tuning => "of the tuning",
    }
}

/// The tuning half is shown whole on plain lines only.
fn is_shown(part: Part, condition: Condition) -> bool {
    part == Part::HeldOut || condition == Condition::Line
}

fn in_words(condition: Condition) -> &'static str {
    match condition {
        Condition::Line => "Lines with loss, noise, echo",
        Condition::Lossy => {
            "The same with 1 to 5 % of the packets lost in bursts, concealed by the box's jitter buffer"
        }
        Condition::Coded => "All coded by GSM 06.10 before the line",
        Condition::Low => "At -30 dBm0",
    }
}

fn replace(text: &str) -> Result<(), Box<dyn std::error::Error>> {
    let document = std::fs::read_to_string(DOCUMENT)?;
    let (before, rest) = document.split_once(BEGIN).ok_or("the document has no place for the matrix")?;
    let (_, after) = rest.split_once(END).ok_or("the document's place for the matrix has no end")?;
    std::fs::write(DOCUMENT, format!("{before}{BEGIN}\n\n{text}\n{END}{after}"))?;
    Ok(())
}

/// Calls of the tuning half that are judged wrong, with all that was told of them.
fn print_wrong(stage: &Stage, calls: usize) -> std::io::Result<()> {
    for course in Course::ALL {
        for number in 0..calls {
            let scene = matrix::call(stage, course, number, TUNING_SEED)?;
            let (verdict, _) = matrix::judge(&scene);
            if verdict == Verdict::Opinion(course.truth()) {
                continue;
            }
            println!(
                "{} {number}: {verdict:?}, answered {:?}, {} ms",
                course.name(),
                scene.answered,
                scene.octets.len() / 8
            );
            matrix::told(&scene).iter().for_each(|(heard, at)| println!("  {at:>6} {heard:?}"));
        }
    }
    Ok(())
}

fn print_weights(speaker: &Speaker) -> std::io::Result<()> {
    let fitted = tuning::fit(speaker, 2400, Part::Tuning)?;
    println!("{:<20} {:>10} {:>10} {:>10}", "measure", "speech", "music", "weight");
    for (n, name) in detect::MEASURE_NAMES.iter().enumerate() {
        println!("{name:<20} {:>10.3} {:>10.3} {:>10.2}", fitted.means[0][n], fitted.means[1][n], fitted.weights[n]);
    }
    println!("bias {:.2}; {:.2} % of the tuning passages right", fitted.bias, 100.0 * fitted.right);
    Ok(())
}
