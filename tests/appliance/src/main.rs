//! What runs inside of the emulated machine: our code on the real kernel driver, check by check.
//!
//! `appliance-lines [CHECK...]` runs those checks, or all. Each prints one line `CHECK name passed|failed milliseconds words`; the last line is
//! `CHECKS passed failed`. It needs DAHDI, its dynamic spans, an echo canceller and our line card module, and to be root.
//! `cargo xtask appliance-test lines` makes such a machine and reads these lines; nothing here runs elsewhere.

mod analog;
mod calls;
mod daemon;
mod daemon_calls;
mod daemon_care;
mod daemon_lines;
mod daemon_transit;
mod digital;
mod ground;
mod kernel_io;
mod ours;
mod peers;
mod telephones;

use ground::{Failed, Ground};
use std::process::ExitCode;
use std::time::Instant;

/// A check, and what it found in words.
type Check = fn(&Ground) -> Result<String, Failed>;

/// In the order in which later ones build on earlier ones.
const CHECKS: [(&str, Check); 30] = [
    ("discovery", digital::discovery),
    ("audio", digital::audio),
    ("cross-connect", digital::cross_connect),
    ("frames", digital::frames),
    ("cas", digital::cas),
    ("alarms", digital::alarms),
    ("clock", digital::clock),
    ("counts", digital::counts),
    ("loopback", digital::loopback),
    ("echo-canceller", digital::echo_canceller),
    ("ringing", analog::ringing),
    ("hook", analog::hook_and_flash),
    ("polarity", analog::polarity_and_feed),
    ("between-rings", analog::audio_between_rings),
    ("kernel-io", kernel_io::batch_against_bare),
    ("telephones", telephones::calls_with_caller),
    ("pri", calls::pri_against_libpri),
    ("r2-china", calls::r2_china),
    ("r2-itu", calls::r2_itu),
    ("daemon-pri", daemon_calls::pri),
    ("daemon-r2", daemon_lines::r2),
    ("daemon-lines", daemon_lines::lines),
    ("daemon-telephones", daemon_lines::telephones),
    ("daemon-transit", daemon_transit::transit),
    ("daemon-found", daemon_care::found),
    ("daemon-alarms", daemon_care::alarms),
    ("daemon-tests", daemon_care::tests),
    ("daemon-missing", daemon_care::missing),
    ("daemon-basic", daemon_care::basic_access),
    ("daemon-pulled", daemon_care::pulled),
];

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let ground = match Ground::prepare() {
        Ok(ground) => ground,
        Err(failed) => {
            println!("CHECK ground failed 0 {failed}");
            println!("CHECKS 0 1");
            return ExitCode::FAILURE;
        }
    };
    let (mut passed, mut failed) = (0, 0);
    for (name, check) in CHECKS {
        if !wanted.is_empty() && !wanted.iter().any(|word| word == name) {
            continue;
        }
        let began = Instant::now();
        let outcome = check(&ground);
        let took = began.elapsed().as_millis();
        match outcome {
            Ok(found) => {
                passed += 1;
                println!("CHECK {name} passed {took} {found}");
            }
            Err(why) => {
                failed += 1;
                println!("CHECK {name} failed {took} {why}");
            }
        }
    }
    println!("CHECKS {passed} {failed}");
    if failed == 0 && passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
