//! One fax call. Orders come on the standard input, reports go to the standard output; see the crate `fax-terminal`.

use std::process::ExitCode;

fn main() -> ExitCode {
    match fax_terminal::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            eprintln!("fastcall-fax: {trouble}");
            ExitCode::FAILURE
        }
    }
}
