//! Processor time of the daemon while sixty callers on two spans talk to sixty telephones and every call is recorded.

use crate::box_under_test::{
    BoxUnderTest, PASSWORD, PHONE_RTP, Running, SIP, box_wire, dialled, extension, far_wire, local, program,
    settings_with_telephones,
};
use crate::report::{Row, Trouble};
use crate::{floor, machine};
use std::net::UdpSocket;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const CALLS: usize = 60;

/// Between two calls: the far end's customers do not all dial at once.
const BETWEEN_CALLS: Duration = Duration::from_millis(120);

/// All calls must be up so long after the first was dialled.
const UP_WITHIN: Duration = Duration::from_secs(60);

const CONTROL: u16 = 28_081;

/// Octets a second of a two-channel recording in G.711.
const RECORDED: f64 = 16_000.0;

/// Share of one core that the calls may cost.
const GOAL: f64 = 0.06;

pub fn run(quick: bool) -> Result<Vec<Row>, Trouble> {
    let duration = Duration::from_secs(if quick { 10 } else { 30 });
    let tested = BoxUnderTest::start(&settings_with_telephones(CALLS))?;
    let town = start_town()?;
    let control = UdpSocket::bind(local(0))?;
    control.connect(local(CONTROL))?;
    control.set_read_timeout(Some(Duration::from_secs(1)))?;
    wait_for(&control, "spans 2", Duration::from_secs(30)).map_err(|t| format!("{t}\n{}", tested.log()))?;
    let idle = idle_share(tested.process());
    // Telephones register within this while the spans are up already.
    std::thread::sleep(Duration::from_secs(3));
    for n in 1..=CALLS {
        ask(&control, &format!("call {}", dialled(n)))?;
        std::thread::sleep(BETWEEN_CALLS);
    }
    wait_for(&control, &format!("answered: {CALLS}"), UP_WITHIN).map_err(|t| format!("{t}\n{}", tested.log()))?;
    std::thread::sleep(Duration::from_secs(2));
    let rows = measure(&tested, &control, duration, idle)?;
    drop(town);
    Ok(rows)
}

fn start_town() -> Result<Running, Trouble> {
    let mut command = Command::new(program("far-exchange")?);
    for span in [1, 2] {
        command.args(["--wire", &format!("udp:{}->{}", local(far_wire(span)), local(box_wire(span)))]);
    }
    let phones: Vec<String> = (1..=CALLS).map(|n| format!("{}:{PASSWORD}", extension(n))).collect();
    command.args(["--phones", &phones.join(","), "--rtp-base", &PHONE_RTP.to_string(), "--answer-after", "0-1"]);
    command.args(["--sip", &local(SIP).to_string(), "--keys", "", "--patience", "3600-3600", "--quiet"]);
    command.args(["--control", &local(CONTROL).to_string()]);
    Ok(Running(command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?))
}

/// What the daemon costs with both spans up and no call.
fn idle_share(process: u32) -> f64 {
    let (began, before) = (Instant::now(), machine::process_seconds(process));
    std::thread::sleep(Duration::from_secs(5));
    (machine::process_seconds(process) - before) / began.elapsed().as_secs_f64()
}

fn measure(tested: &BoxUnderTest, control: &UdpSocket, duration: Duration, idle: f64) -> Result<Vec<Row>, Trouble> {
    let process = tested.process();
    let recorded = written_again(tested);
    let threads_before = machine::thread_seconds(process);
    let (began, before) = (Instant::now(), machine::process_seconds(process));
    std::thread::sleep(duration);
    let seconds = began.elapsed().as_secs_f64();
    let share = (machine::process_seconds(process) - before) / seconds;
    let threads_after = machine::thread_seconds(process);
    let later = written_again(tested);
    let grown = (later.octets - recorded.octets) as f64 / later.at.duration_since(recorded.at).as_secs_f64();
    let status = ask(control, "status")?;
    if !status.contains(&format!("calls {CALLS} ")) {
        return Err(format!("calls were lost while measuring: {status}\n{}", tested.log()).into());
    }
    let bare = floor::relay(CALLS, Duration::from_secs(10))?;
    let calls = CALLS as f64;
    let mut rows = vec![
        Row::at_most("daemon, 60 calls up and recorded", share, "core", ("one core", 1.0), GOAL),
        Row::figure("a call", share * 1e3 / calls, "ms/s", ("bare relay", bare * 1e3 / calls)),
        Row::figure("daemon, no call, both spans up", idle, "core", ("60 calls", share)),
        Row::figure("bare relay of the same packets", bare, "core", ("60 calls", share)),
        Row::at_least("recordings grow", grown / 1e3, "kB/s", ("60 x 16 kB/s", calls * RECORDED / 1e3), 0.98),
        Row::at_least("recordings in the journal", tested.recordings() as f64, "calls", ("calls", calls), 1.0),
    ];
    for (name, after) in threads_after {
        let used = |(known, seconds): &(String, f64)| (*known == name).then_some(*seconds);
        let spent = (after - threads_before.iter().find_map(used).unwrap_or(0.0)) / seconds;
        if spent > 0.0005 {
            rows.push(Row::figure(format!("thread {name}"), spent, "core", ("60 calls", share)));
        }
    }
    Ok(rows)
}

/// The recordings' journal right after it was written, which happens for all of them together.
struct Written {
    at: Instant,
    octets: u64,
}

fn written_again(tested: &BoxUnderTest) -> Written {
    let before = tested.journal_octets();
    let mut last = (Instant::now(), before);
    loop {
        std::thread::sleep(Duration::from_millis(20));
        let octets = tested.journal_octets();
        let at = Instant::now();
        // Grown, and not in the midst of growing.
        if octets > before && octets == last.1 || last.0.elapsed() > Duration::from_secs(5) {
            return Written { at: last.0, octets };
        }
        if octets != last.1 {
            last = (at, octets);
        }
    }
}

fn ask(control: &UdpSocket, command: &str) -> Result<String, Trouble> {
    control.send(command.as_bytes())?;
    let mut answer = [0; 512];
    let length = control.recv(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer[..length]).into_owned();
    if answer.starts_with("no") { Err(format!("`{command}`: {answer}").into()) } else { Ok(answer) }
}

/// Asks for the status until it says `words`.
fn wait_for(control: &UdpSocket, words: &str, within: Duration) -> Result<(), Trouble> {
    let deadline = Instant::now() + within;
    let mut last = String::new();
    while Instant::now() < deadline {
        // A far end that has just started does not listen yet.
        if let Ok(status) = ask(control, "status") {
            if status.contains(words) {
                return Ok(());
            }
            last = status;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    Err(format!("the far end never said `{words}`; its last word: {last}").into())
}
