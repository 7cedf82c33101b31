//! Runs random days and prints what each seed breaks: `cargo run -p simulation --example days -- <first seed> <count>`.
//! With a count of 1 the whole trace is printed.

use simulation::{check_seed, run_seed};

fn main() {
    let mut arguments = std::env::args().skip(1).filter_map(|argument| argument.parse::<u64>().ok());
    let first = arguments.next().unwrap_or(1);
    let count = arguments.next().unwrap_or(100);
    if count == 1 {
        let report = run_seed(first);
        report.trace.iter().chain(&report.violations).for_each(|line| println!("{line}"));
        return;
    }
    let (mut calls, mut failed) = (0, 0);
    for seed in first..first + count {
        let report = check_seed(seed);
        calls += report.calls;
        failed += u64::from(!report.violations.is_empty());
        for violation in report.violations.iter().take(2) {
            println!("seed {seed}: {violation}");
        }
    }
    println!("{count} days, {calls} calls, {failed} days with a broken rule");
}
