//! A far-end exchange with calling customers, and telephones with simulated agents: what the box's own tests and demo talk to.
//!
//! It is another program, plugged to the box as the world is: E1 wires over UDP (`chassis::udp`), SIP, and the HTTP API. On the
//! wires it is the network side of EuroISDN. It shares the box's protocol cores, so it finds no misreading of a standard: that is
//! what the interop tests with foreign peers are for.
//!
//! ```text
//! lines thread (5 ms)   customers -> far PriSpan, far cards -> wire -> the box
//! phones thread         SIP user agents with RTP            -> the box
//! staff thread          agents at those telephones          -> the box's HTTP API
//! ```
//!
//! See [`arguments::USAGE`] for the options and [`control`] for commands while it runs. The demo's line:
//!
//! ```text
//! far-exchange --wire 'udp:127.0.0.1:7101->127.0.0.1:7001' --wire 'udp:127.0.0.1:7102->127.0.0.1:7002' --calls-per-minute 20 \
//!     --called 4008001234 --keys 1,2 --sip 127.0.0.1:5060 --web 127.0.0.1:8080 --agents anna:PASSWORD:8001:SIP-PASSWORD,...
//! ```

mod arguments;
mod control;
mod party;
mod random;
mod staff;
mod town;
mod voice;
mod web;

use arguments::{Arguments, BadArguments};
use clock::Monotonic;
use control::Control;
use party::Speech;
use staff::Staff;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use town::{PACE, Town};

/// What the staff tells the status line.
#[derive(Clone, Debug, Default)]
struct StaffNews {
    answered: u64,
    trouble: Option<String>,
}

fn main() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(BadArguments::Help) => {
            print!("{}", arguments::USAGE);
            return ExitCode::SUCCESS;
        }
        Err(problem) => {
            eprintln!("far-exchange: {problem}");
            return ExitCode::from(2);
        }
    };
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("far-exchange: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> std::io::Result<()> {
    let speech =
        arguments.customers.speech.as_ref().map(std::fs::read).transpose()?.filter(|octets| !octets.is_empty());
    let start = Instant::now();
    let customers = arguments.customers.clone();
    let mut town = Town::new(&arguments.wires, customers, Speech(speech.map(Arc::from)), arguments.seed, Monotonic(0))?;
    let mut control = arguments.control.map(Control::open).transpose()?;
    let news = Arc::new(Mutex::new(StaffNews::default()));
    if !arguments.seats.agents.is_empty() {
        start_staff(arguments, start, news.clone())?;
    }
    let mut next_status = 1000;
    let mut next = 0;
    loop {
        let now = now_since(start);
        if arguments.seconds.is_some_and(|seconds| now.0 >= seconds * 1000) {
            town.hang_up_all(now);
            town.live(now);
            return Ok(());
        }
        // After a stall the wire is not flooded with all that was missed.
        next = if now.0 > next + 200 { now.0 } else { next + PACE };
        if let Some(control) = &mut control {
            control.obey(now, &mut town);
        }
        town.live(now);
        if now.0 >= next_status && !arguments.quiet {
            next_status += 1000;
            status(now, &town, &news);
        }
        let wait = next.saturating_sub(now_since(start).0);
        std::thread::sleep(Duration::from_millis(wait));
    }
}

fn now_since(start: Instant) -> Monotonic {
    Monotonic(start.elapsed().as_millis() as u64)
}

fn start_staff(arguments: &Arguments, start: Instant, news: Arc<Mutex<StaffNews>>) -> std::io::Result<()> {
    let seats = &arguments.seats;
    let mut staff = Staff::new(seats.web, &seats.agents, seats.talk, arguments.seed);
    std::thread::Builder::new().name("staff".into()).spawn(move || {
        loop {
            staff.work(now_since(start));
            if let Ok(mut news) = news.lock() {
                *news = StaffNews { answered: staff.answered, trouble: staff.trouble.take() };
            }
            std::thread::sleep(Duration::from_millis(300));
        }
    })?;
    Ok(())
}

fn status(now: Monotonic, town: &Town, news: &Mutex<StaffNews>) {
    let counts = town.counts();
    let news = news.lock().map(|news| news.clone()).unwrap_or_default();
    println!(
        "{:>5} s  spans up {}  calls up {:>2}  dialled {}  answered {}  served {}  gave up {}  refused {}  called by the box {}  agents answered {}{}",
        now.0 / 1000,
        town.spans_up(),
        town.calls_up(),
        counts.dialled,
        counts.answered,
        counts.served,
        counts.gave_up,
        counts.refused,
        counts.called,
        news.answered,
        news.trouble.map(|trouble| format!("  ({trouble})")).unwrap_or_default(),
    );
}
