//! Runs the simulated town from a command line: `cargo xtask sim --seed N` or `--seeds COUNT [--from N]`.
//!
//! One seed is run twice: its trace is printed, and the second run must be the same line by line. Many seeds print which rules each
//! broke. The exit code is 0 if no rule was broken.

use simulation::{check_seed, run_seed};
use std::io::Write;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

const USAGE: &str = "sim --seed N | sim --seeds COUNT [--from N]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let after = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1)?.parse::<u64>().ok()
    };
    let result = match (after("--seed"), after("--seeds")) {
        (Some(seed), None) => one(seed),
        (None, Some(count)) => many(after("--from").unwrap_or_else(fresh), count),
        (None, None) if arguments.is_empty() => many(fresh(), 200),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        // The reader of the trace has seen enough.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn fresh() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |since| since.as_millis() as u64 * 1_000_003)
}

fn one(seed: u64) -> std::io::Result<bool> {
    let mut out = std::io::stdout().lock();
    let (once, again) = (run_seed(seed), run_seed(seed));
    for line in once.trace.iter().chain(&once.violations) {
        writeln!(out, "{line}")?;
    }
    let lines = once.trace.len();
    if once == again {
        writeln!(out, "seed {seed}: {lines} lines, the same in a second run; {} calls", once.calls)?;
    } else {
        writeln!(out, "seed {seed}: the second run differs")?;
    }
    Ok(once == again && once.violations.is_empty())
}

fn many(first: u64, count: u64) -> std::io::Result<bool> {
    let mut out = std::io::stdout().lock();
    let (mut calls, mut failed) = (0, 0);
    for seed in (0..count).map(|index| first.wrapping_add(index)) {
        let report = check_seed(seed);
        calls += report.calls;
        failed += u64::from(!report.violations.is_empty());
        for violation in report.violations.iter().take(3) {
            writeln!(out, "seed {seed}: {violation}")?;
        }
    }
    writeln!(out, "{count} seeds from {first}: {calls} calls, {failed} seeds with a broken rule")?;
    Ok(failed == 0)
}
