//! Coverage-guided fuzzing of every parser (`tests/fuzz`); needs the nightly toolchain and builds cargo-fuzz once.

use crate::setup;
use crate::shell::{self, Failure, step};
use std::path::Path;

/// The fuzz crate: outside the workspace, with flags of its own.
const CRATE: [&str; 2] = ["--fuzz-dir", "tests/fuzz"];

/// What is fuzzed has no unsafe code: an address sanitizer would find nothing and make each run several times as dear.
const SANITIZER: [&str; 2] = ["--sanitizer", "none"];

/// Inputs to start from that lie elsewhere; others are in the crate's `seeds/TARGET`.
const SEEDS: [(&str, &str); 2] = [("board", "board"), ("sip_datagrams", "tests/vectors/sip/rfc4475")];

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
    let listing = shell::output("cargo", &[&["+nightly", "fuzz", "list"][..], &CRATE].concat())
        .ok_or_else(|| Failure::new("`cargo +nightly fuzz list` failed: is the nightly toolchain installed?"))?;
    let targets: Vec<&str> = listing.lines().filter(|name| wanted.is_none_or(|wanted| wanted == *name)).collect();
    if targets.is_empty() {
        return Err(Failure::new(format!("no such fuzz target; there are: {}", listing.replace('\n', " "))));
    }
    for target in &targets {
        step(&format!("fuzz {target} for {seconds} s"), || run(target, seconds))?;
    }
    println!("{} targets, no crash", targets.len());
    Ok(())
}

/// What a run finds is kept in the crate's `corpus/TARGET` (not under version control), a crash in `artifacts/TARGET`.
fn run(target: &str, seconds: &str) -> Result<(), Failure> {
    let found = format!("tests/fuzz/corpus/{target}");
    std::fs::create_dir_all(&found)?;
    let own = format!("tests/fuzz/seeds/{target}");
    let elsewhere = SEEDS.iter().find(|(name, _)| *name == target).map(|(_, folder)| *folder);
    let seeds = elsewhere.or(Path::new(&own).is_dir().then_some(own.as_str()));
    let limit = format!("-max_total_time={seconds}");
    let mut words = vec!["+nightly", "fuzz", "run"];
    words.extend(CRATE);
    words.extend(SANITIZER);
    words.extend([target, found.as_str()]);
    words.extend(seeds);
    words.extend(["--", &limit, "-print_final_stats=1"]);
    shell::cargo(&words)
}
