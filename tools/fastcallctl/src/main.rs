//! The exchange from a shell: what the console does, over the same HTTP API.
//!
//! It decides nothing and keeps nothing but the session's token. Answers are tables for people, or with `--json` what the box said,
//! unchanged, for programs.
//!
//! | exit code | meaning |
//! |---|---|
//! | 0 | done |
//! | 1 | the box refused; its words are on standard error |
//! | 2 | wrong command line, or a file here that cannot be read or written |
//! | 3 | the box cannot be reached |
//! | 4 | not logged in, or not allowed |

mod arguments;
mod commands;
mod evidence;
mod failure;
mod faxes;
mod lines;
mod link;
mod rooms;
mod seat;
mod secret;
mod settings;
mod tables;
mod watch;

use arguments::{Arguments, HELP};
use failure::Failure;
use std::process::ExitCode;

fn main() -> ExitCode {
    let result = Arguments::parse(std::env::args().skip(1)).and_then(|arguments| run(&arguments));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        // Who reads our output has had enough: `fastcallctl calls | head`.
        Err(Failure::OutputClosed) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("fastcallctl: {failure}");
            failure.exit_code()
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Failure> {
    if arguments.help {
        return tables::say(HELP.trim_end());
    }
    let words: Vec<&str> = arguments.words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["verify-recordings", rest @ ..] => evidence::verify_recordings(rest, arguments.json),
        ["open-recording", rest @ ..] => evidence::open_recording(rest),
        _ => commands::run(arguments),
    }
}
