//! Benchmarks: each measures the box as shipped against a goal, and prints every figure with what it is held against.
//!
//! `cargo xtask bench NAME` builds the daemon and the far exchange for release and runs one; without a name it lists them. The exit code
//! is 1 if a goal is missed. All figures of one benchmark come from one run on one machine, so that their ratios mean something on
//! any machine. `docs/performance.md` holds the last table and how it was made.

mod attempts;
mod box_under_test;
mod bridge_delay;
mod calls_up;
mod codecs;
mod conferences;
mod correlation;
mod detectors;
mod echoes;
mod exchange_calls;
mod far_end;
mod floor;
mod machine;
mod media;
mod media_engine;
mod plays;
mod plot;
mod r2_calls;
mod recording;
mod report;
mod rival;
mod signals;
mod tap;
mod tdm;
mod telephone;

use report::{Row, Trouble};
use std::process::ExitCode;

type Benchmark = fn(quick: bool) -> Result<Vec<Row>, Trouble>;

const BENCHMARKS: [(&str, &str, Benchmark); 14] = [
    ("exchange", "one million simulated calls through the exchange machine", exchange_calls::run),
    ("calls-up", "processor time of the daemon with 60 calls up, bridged to telephones and recorded", calls_up::run),
    (
        "conferences",
        "a call that is listened to, and rooms of four and a hundred, in the media engine alone",
        conferences::run,
    ),
    ("attempts", "60 call attempts a second on the D-channels, for a minute", attempts::run),
    ("detect", "keys and register signals heard, against spandsp: channels a core, errors, talk-off", detectors::run),
    ("echo", "echo of speech over G.168's hybrids, against spandsp and speexdsp: channels a core, dB", echoes::run),
    (
        "media",
        "the media engine as a whole: packets, tdm, detect and recording; writes docs/media.md",
        media_engine::run,
    ),
    (
        "packets",
        "calls between SIP telephones in the media engine, bridged and recorded, beside a bare relay",
        media::run,
    ),
    ("r2", "China No. 1 from seizure to answer, and thirty calls at once, in the line's own time", r2_calls::run),
    (
        "recording",
        "960 calls recorded at once, cut into files, beside others who write and read the disk",
        recording::run,
    ),
    ("codecs", "calls between telephones of different codecs, against the bare libraries", codecs::run),
    ("plays", "3,840 callers at once hear sequences of prompts out of one bank, against bare copies", plays::run),
    ("tdm", "3,840 timeslots with keys listened for, 960 of their calls recorded, in one core", tdm::run),
    ("bridge-delay", "what the box adds between an E1 and a telephone, both ways", bridge_delay::run),
];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let has = |option: &str| words.iter().any(|word| word == option);
    let unknown = words.iter().find(|word| word.starts_with("--") && *word != "--json" && *word != "--quick");
    let name = words.iter().find(|word| !word.starts_with("--"));
    let benchmark = name.and_then(|name| BENCHMARKS.iter().find(|(known, ..)| known == name));
    let (Some((_, _, benchmark)), None) = (benchmark, unknown) else {
        list();
        return if words.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(2) };
    };
    let before = machine::load();
    let result = benchmark(has("--quick")).and_then(|rows| {
        if !has("--json") {
            println!("{}; load {before} before, {} after", machine::name(), machine::load());
        }
        report::print(&rows, has("--json"))?;
        Ok(rows.iter().all(|row| row.met))
    });
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(trouble) => {
            eprintln!("bench: {trouble}");
            ExitCode::FAILURE
        }
    }
}

fn list() {
    println!("cargo xtask bench NAME [--json] [--quick]\n");
    for (name, what, _) in BENCHMARKS {
        println!("  {name:<14} {what}");
    }
}
