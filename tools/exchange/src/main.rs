//! The far exchange's command line: see the library's page.

use far_exchange::arguments::{Arguments, BadArguments, USAGE};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(BadArguments::Help) => {
            print!("{}", USAGE);
            return ExitCode::SUCCESS;
        }
        Err(problem) => {
            eprintln!("far-exchange: {problem}");
            return ExitCode::from(2);
        }
    };
    match far_exchange::run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("far-exchange: {problem}");
            ExitCode::FAILURE
        }
    }
}
