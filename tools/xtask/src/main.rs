//! One command for each chore; `cargo xtask` lists them.
//!
//! No dependencies of its own, so that the first `cargo xtask` of a fresh clone starts in a second.

mod appliance;
mod build;
mod checks;
mod fuzz;
mod requirements;
mod run;
mod setup;
mod shell;
mod test;

use shell::Failure;
use std::process::ExitCode;

const HELP: &str = "\
cargo xtask COMMAND

  run [--minutes N] [--address IP]
                         set up, build and start the box with a simulated chassis, callers and agents
  test [--fast]          everything that must hold before a commit lands; --fast leaves out interop, browser and seeds
  browser                an agent's shift in a real browser, part of test
  check                  formatting, lints, style, licences
  setup                  install what run and test need (Debian packages, npm packages, cargo tools)
  prompts                synthesise the prompt library into target/prompts
  web                    build the console into web/dist
  sim [--seed N] [--seeds COUNT]
                         run the simulated town: one seed with its trace, or many with their verdicts
  bench NAME [--json]    measure; without a name, list the benchmarks
  appliance-test lines [CHECK...]
                         our code on the real kernel driver, in an emulated machine (some minutes; not part of test)
  progress-matrix [--calls N] [--write] [--wrong] [--tune]
                         how outgoing calls of the corpus are judged; --write puts the matrix into docs/call-progress.md
  vectors                play the vectors of the lines (Q.921, Q.931, R2, caller ID, tones) and print which pass
  fuzz [TARGET] [--seconds N]
                         fuzz every parser (a minute each)
  requirements [--write] rows that no test shows; --write refreshes the table in docs/requirements.md
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match dispatch(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(words: &[&str]) -> Result<(), Failure> {
    shell::enter_root()?;
    match words {
        ["run", rest @ ..] => run::run(rest),
        ["test"] => test::test(test::Extent::Whole),
        ["test", "--fast"] => test::test(test::Extent::Fast),
        ["check"] => checks::check(),
        ["browser"] => test::browser(),
        ["setup"] => setup::everything(),
        ["prompts"] => build::prompts(),
        ["web"] => build::web(),
        ["sim", rest @ ..] => {
            let command = ["run", "--quiet", "--release", "--package", "simulation", "--bin", "sim", "--"];
            shell::cargo(&[&command, rest].concat())
        }
        ["bench", rest @ ..] => bench(rest),
        ["appliance-test", rest @ ..] => appliance::test(rest),
        ["progress-matrix", rest @ ..] => {
            let command = ["run", "--quiet", "--release", "--package", "corpus", "--bin", "progress-matrix", "--"];
            shell::cargo(&[&command, rest].concat())
        }
        ["vectors"] => test::vectors(),
        ["fuzz", rest @ ..] => fuzz::fuzz(rest),
        ["requirements"] => requirements::print_unshown(),
        ["requirements", "--write"] => requirements::write(),
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            Ok(())
        }
        [unknown, ..] => Err(Failure::new(format!("no command `{unknown}`; `cargo xtask` lists them"))),
    }
}

/// Benchmarks measure the daemon as shipped, so both are built for release.
fn bench(rest: &[&str]) -> Result<(), Failure> {
    shell::cargo(&["build", "--quiet", "--release", "--package", "fastcalld", "--package", "far-exchange"])?;
    let command = ["run", "--quiet", "--release", "--package", "bench", "--features", "bench/g729", "--"];
    shell::cargo(&[&command, rest].concat())
}
