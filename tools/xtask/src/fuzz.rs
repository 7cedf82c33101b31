//! Coverage-guided fuzzing of every parser; needs the nightly toolchain and builds cargo-fuzz once.

use crate::setup;
use crate::shell::{self, Failure, step};

pub fn fuzz(words: &[&str]) -> Result<(), Failure> {
    let mut seconds = "60";
    let mut wanted = None;
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        match *word {
            "--seconds" => seconds = rest.next().ok_or_else(|| Failure::new("--seconds needs a number"))?,
            target => wanted = Some(target),
        }
    }
    setup::cargo_fuzz()?;
    let listing = shell::output("cargo", &["+nightly", "fuzz", "list"])
        .ok_or_else(|| Failure::new("`cargo +nightly fuzz list` failed: is the nightly toolchain installed?"))?;
    let targets: Vec<&str> = listing.lines().filter(|name| wanted.is_none_or(|wanted| wanted == *name)).collect();
    if targets.is_empty() {
        return Err(Failure::new(format!("no such fuzz target; there are: {}", listing.replace('\n', " "))));
    }
    for target in &targets {
        step(&format!("fuzz {target} for {seconds} s"), || {
            let limit = format!("-max_total_time={seconds}");
            shell::cargo(&["+nightly", "fuzz", "run", target, "--", &limit, "-print_final_stats=1"])
        })?;
    }
    println!("{} targets, no crash", targets.len());
    Ok(())
}
