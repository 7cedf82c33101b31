//! `progress-matrix [--calls N] [--tune] [--wrong] [--write]`: how calls of the corpus are judged. See `cargo xtask`.

use corpus::matrix::{self, Matrix, Verdict};
use corpus::scene::{Course, Stage};
use corpus::{Part, Speaker, tuning};
use std::path::Path;
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
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        match word.as_str() {
            "--calls" => calls = rest.next().ok_or("--calls needs a number")?.parse()?,
            "--tune" => tune = true,
            "--write" => write = true,
            "--wrong" => wrong = true,
            other => return Err(format!("no option `{other}`").into()),
        }
    }
    let speaker = Speaker::new(Path::new(SPEECH))?;
    if tune {
        return Ok(print_weights(&speaker)?);
    }
    if wrong {
        // Looking at what was held out would tune on it.
        return Ok(print_wrong(&Stage { speaker: &speaker, part: Part::Tuning }, calls)?);
    }
    let held_out = Matrix::of(&speaker, Part::HeldOut, calls, HELD_OUT_SEED)?;
    let tuning = Matrix::of(&speaker, Part::Tuning, calls, TUNING_SEED)?;
    let text = report(&held_out, &tuning, calls);
    println!("{text}");
    if write {
        replace(&text)?;
    }
    Ok(())
}

fn report(held_out: &Matrix, tuning: &Matrix, calls: usize) -> String {
    let delays = |matrix: &Matrix| {
        let at = |share: f64| f64::from(matrix.delay(share)) / 1000.0;
        format!(
            "From the answer to the verdict (persons, machines, fax): {:.1} s at the median, {:.1} s at the 95th percentile, {:.1} s at most.",
            at(0.5),
            at(0.95),
            at(1.0)
        )
    };
    format!(
        "Voices and instruments that nothing was tuned on, {calls} calls of each course:\n\n{}\n{}\n\nVoices and instruments that the weights were fitted on:\n\n{}\n{}\n",
        held_out.markdown(),
        delays(held_out),
        tuning.markdown(),
        delays(tuning)
    )
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
    let fitted = tuning::fit(speaker, 1200, Part::Tuning)?;
    println!("{:<20} {:>10} {:>10} {:>10}", "measure", "speech", "music", "weight");
    for (n, name) in detect::MEASURE_NAMES.iter().enumerate() {
        println!("{name:<20} {:>10.3} {:>10.3} {:>10.2}", fitted.means[0][n], fitted.means[1][n], fitted.weights[n]);
    }
    println!("bias {:.2}; {:.2} % of the tuning passages right", fitted.bias, 100.0 * fitted.right);
    Ok(())
}
