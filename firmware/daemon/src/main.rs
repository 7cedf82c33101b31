//! fastcalld: the daemon of the box. Wiring, threads, supervision; no rules.
//!
//! ```text
//!               rings                       inbox                       channel
//! media  <----------------->  exchange  <-----------  http        exchange ------> storage, live view
//! cards, RTP, engine          PRI, SIP, the machine   console, API
//!    |  rings
//!    +--------> prompts, recorder
//! ```
//!
//! | thread | module |
//! |---|---|
//! | media (SCHED_FIFO where allowed), prompts, recorder | started by [`service`], written in `media-io` and `files` |
//! | exchange | [`exchange_thread`] |
//! | sip | inside `udp` |
//! | storage | inside `store` |
//! | http | [`supervision`], which restarts it |
//!
//! See [`configuration::USAGE`] for how it is started. Exit code 0: stopped by order; 1: cannot start; 2: wrong command line; 3: a part
//! died, start again.

mod analog_lines;
mod card_plan;
mod clock_choice;
mod configuration;
mod day;
mod exchange_thread;
mod fax_side;
mod first_boot;
mod gauges;
mod inbox;
mod keeping;
mod line_answers;
mod media_side;
mod memory;
mod plugging;
mod proposal;
mod real_cards;
mod records;
mod recovery;
mod service;
mod sip_sockets;
mod span_lines;
mod supervision;
mod telephones;
mod trouble;

use configuration::{BadConfiguration, Configuration, USAGE};
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;
use trouble::Trouble;
use wallclock::Wallclock;

fn main() -> ExitCode {
    let configuration = match Configuration::read(std::env::args().skip(1)) {
        Ok(configuration) => configuration,
        Err(BadConfiguration::Help) => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(problem) => {
            eprintln!("fastcalld: {problem}");
            return ExitCode::from(2);
        }
    };
    match EnvFilter::try_new(&configuration.log) {
        Ok(filter) => tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init(),
        Err(problem) => {
            eprintln!("fastcalld: --log: {problem}");
            return ExitCode::from(2);
        }
    }
    match run(&configuration) {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            tracing::error!(%trouble, "the box cannot run");
            ExitCode::from(trouble.exit_code())
        }
    }
}

fn run(configuration: &Configuration) -> Result<(), Trouble> {
    let signals = supervision::catch_signals()?;
    let service = service::start(configuration, Wallclock::start())?;
    supervision::run(configuration, service, &signals)
}
