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

pub mod analog;
pub mod arguments;
pub mod control;
pub mod party;
pub mod phones;
pub mod preparation;
pub mod random;
pub mod staff;
pub mod town;
pub mod voice;
pub mod web;

use analog::AnalogTown;
use arguments::Arguments;
use clock::Monotonic;
use control::Control;
use party::Speech;
use phones::{PhoneCounts, Phones};
use staff::Staff;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use town::{Kinds, PACE, Town};

/// What the other threads tell the status line.
#[derive(Clone, Debug, Default)]
struct News {
    phones: PhoneCounts,
    answered: u64,
    trouble: Option<String>,
}

/// Runs until `--seconds` are over, or for ever.
pub fn run(arguments: &Arguments) -> std::io::Result<()> {
    let speech =
        arguments.customers.speech.as_ref().map(std::fs::read).transpose()?.filter(|octets| !octets.is_empty());
    let start = Instant::now();
    let customers = arguments.customers.clone();
    let speech = Speech(speech.map(Arc::from));
    let kinds = Kinds { basic: &arguments.basic, r2: &arguments.r2 };
    let mut town = Town::new(&arguments.wires, kinds, customers, speech, arguments.seed, Monotonic(0))?;
    let mut analog = AnalogTown::open(&arguments.analog, Monotonic(0))?;
    let mut control = arguments.control.map(Control::open).transpose()?;
    let news = Arc::new(Mutex::new(News::default()));
    if !(arguments.seats.agents.is_empty() && arguments.seats.phones.is_empty()) {
        start_phones(arguments, start, news.clone())?;
    }
    if !arguments.seats.agents.is_empty() {
        start_staff(arguments, start, news.clone())?;
    }
    // The wire is punctual where that is permitted; threads started before stay ordinary. Elsewhere it slips when the machine is busy.
    if !media_io::ask_for_realtime() && !arguments.quiet {
        eprintln!("far-exchange: no real-time priority here; speech slips when the machine is busy");
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
            control.obey(now, &mut town, analog.as_mut());
        }
        town.live(now);
        if let Some(analog) = &mut analog {
            analog.live(now);
        }
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

fn start_phones(arguments: &Arguments, start: Instant, news: Arc<Mutex<News>>) -> std::io::Result<()> {
    let mut phones = Phones::start(&arguments.seats, arguments.seed, now_since(start))?;
    std::thread::Builder::new().name("phones".into()).spawn(move || {
        loop {
            phones.live(now_since(start));
            if let Ok(mut news) = news.lock() {
                news.phones = phones.counts();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    })?;
    Ok(())
}

fn start_staff(arguments: &Arguments, start: Instant, news: Arc<Mutex<News>>) -> std::io::Result<()> {
    let (seats, preparation) = (arguments.seats.clone(), arguments.preparation.clone());
    let mut staff = Staff::new(seats.web, &seats.agents, seats.talk, arguments.seed);
    std::thread::Builder::new().name("staff".into()).spawn(move || {
        while let Err(problem) = preparation::prepare(&seats, &preparation) {
            if let Ok(mut news) = news.lock() {
                news.trouble = Some(format!("accounts: {problem}"));
            }
            std::thread::sleep(Duration::from_secs(1));
        }
        loop {
            staff.work(now_since(start));
            if let Ok(mut news) = news.lock() {
                news.answered = staff.answered;
                news.trouble = staff.trouble.take();
            }
            std::thread::sleep(Duration::from_millis(300));
        }
    })?;
    Ok(())
}

fn status(now: Monotonic, town: &Town, news: &Mutex<News>) {
    let counts = town.counts();
    let news = news.lock().map(|news| news.clone()).unwrap_or_default();
    println!(
        "{:>5} s  spans up {}  calls up {:>2}  dialled {}  answered {}  served {}  gave up {}  refused {}  called {}  |  \
         phones {}  talking {}  |  agents answered {}{}",
        now.0 / 1000,
        town.spans_up(),
        town.calls_up(),
        counts.dialled,
        counts.answered,
        counts.served,
        counts.gave_up,
        counts.refused,
        counts.called,
        news.phones.registered,
        news.phones.talking,
        news.answered,
        news.trouble.map(|trouble| format!("  ({trouble})")).unwrap_or_default(),
    );
}
