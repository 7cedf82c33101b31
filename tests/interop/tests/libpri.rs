//! libpri on the far end of a span, as network and as user.

use identity::LegId;
use interop::capture::{Capture, LINKTYPE_LAPD};
use interop::libpri::{Access, PeerEvent};
use interop::our_side::Line;
use legs::{LegIndication, LegRequest, SpanIndication, SpanRequest};
use numbering::{Cause, Digits};
use pri::Side;
use std::collections::BTreeMap;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(20);

/// Calls in each direction.
const CALLS: usize = 500;

fn connected(ours: Side, capture: Option<Capture>) -> Line {
    let mut line = Line::connect(ours, Access::Primary, capture).expect("libpri starts");
    line.until(SOON, "data link", |line| line.span.is_up() && line.events.contains(&PeerEvent::Up));
    line
}

/// What a call is to show, by its number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Expected {
    Answered,
    Busy,
    NoAnswer,
    Unallocated,
    AnsweredThenCleared,
}

/// The number of call `n` and what it is to show; every fifth is sent digit by digit.
fn plan(n: usize) -> (String, bool, Expected) {
    let (last, expected) = match n % 10 {
        3 => ('1', Expected::Busy),
        5 => ('2', Expected::NoAnswer),
        7 => ('3', Expected::Unallocated),
        9 => ('4', Expected::AnsweredThenCleared),
        _ => ('0', Expected::Answered),
    };
    (format!("800{last}"), n % 5 == 4, expected)
}

/// What our side knows of a call of ours.
#[derive(Default)]
struct Progress {
    alerted: bool,
    answered: bool,
    released: Option<Cause>,
}

fn judge(expected: Expected, progress: &Progress) -> bool {
    match expected {
        Expected::Answered => progress.answered && progress.released == Some(Cause::NormalClearing),
        Expected::Busy => !progress.answered && progress.released == Some(Cause::UserBusy),
        Expected::NoAnswer => progress.alerted && !progress.answered && progress.released.is_some(),
        Expected::Unallocated => progress.released == Some(Cause::UnallocatedNumber),
        Expected::AnsweredThenCleared => progress.released == Some(Cause::NormalClearing),
    }
}

/// Our calls to libpri, fifteen at a time on channels 1 to 15.
fn call_out(line: &mut Line) {
    let mut free: Vec<u8> = (1..=15).collect();
    let mut up: BTreeMap<LegId, (usize, u8, Progress)> = BTreeMap::new();
    let (mut next, mut good) = (0, 0);
    line.until(Duration::from_secs(120), "calls out", |line| {
        while next < CALLS
            && let Some(slot) = free.pop()
        {
            let (number, overlap, _) = plan(next);
            let leg = if overlap { line.call(slot, "", false) } else { line.call(slot, &number, true) };
            up.insert(leg, (next, slot, Progress::default()));
            next += 1;
        }
        for (leg, indication) in std::mem::take(&mut line.indications) {
            let Some((n, slot, progress)) = up.get_mut(&leg) else { continue };
            let (number, _, expected) = plan(*n);
            follow(line, leg, &number, expected, &indication, progress);
            if let LegIndication::Released { cause } = indication {
                progress.released = Some(cause.cause);
                assert!(judge(expected, progress), "call {n} to {number}: {cause:?}, expected {expected:?}");
                good += 1;
                free.push(*slot);
                up.remove(&leg);
            }
        }
        good == CALLS
    });
}

fn follow(
    line: &mut Line,
    leg: LegId,
    number: &str,
    expected: Expected,
    indication: &LegIndication,
    progress: &mut Progress,
) {
    let clear = LegRequest::Release { cause: Cause::NormalClearing.into() };
    match indication {
        LegIndication::MoreDigits => {
            for digit in number.chars() {
                let digits: Digits = digit.to_string().parse().expect("a digit");
                line.request(leg, LegRequest::Digits { digits, complete: false });
            }
        }
        LegIndication::Alerting { .. } => {
            progress.alerted = true;
            if expected == Expected::NoAnswer {
                line.request(leg, clear);
            }
        }
        LegIndication::Answered { .. } => {
            progress.answered = true;
            if expected == Expected::Answered {
                line.request(leg, clear);
            }
        }
        _ => {}
    }
}

/// libpri's calls to us, fifteen at a time on channels 17 to 31.
fn call_in(line: &mut Line) {
    let mut free: Vec<u8> = (17..=31).collect();
    let mut up: BTreeMap<i32, u8> = BTreeMap::new();
    let (mut next, mut gone) = (0i32, 0);
    let (mut answered, mut busy) = (0, 0);
    line.until(Duration::from_secs(120), "calls in", |line| {
        while (next as usize) < CALLS
            && let Some(slot) = free.pop()
        {
            let (number, overlap, _) = plan(next as usize);
            let number = number.replace(['3', '4'], "0");
            line.peer.call(next, slot, (!overlap).then_some(number.as_str()), "13812345678").expect("libpri listens");
            up.insert(next, slot);
            next += 1;
        }
        for event in std::mem::take(&mut line.events) {
            match event {
                PeerEvent::MoreDigits { id } => {
                    for digit in "8000".chars() {
                        line.peer.digit(id, digit).expect("libpri listens");
                    }
                }
                PeerEvent::Answered { id } => {
                    answered += 1;
                    line.peer.hang_up(id, 16).expect("libpri listens");
                }
                PeerEvent::Ringing { id } if plan(id as usize).2 == Expected::NoAnswer && !plan(id as usize).1 => {
                    line.peer.hang_up(id, 16).expect("libpri listens");
                }
                PeerEvent::Gone { id, cause } => {
                    if let Some(slot) = up.remove(&id) {
                        busy += i32::from(cause == 17);
                        free.push(slot);
                        gone += 1;
                    }
                }
                _ => {}
            }
        }
        gone == CALLS
    });
    // Of ten calls one is busy and one is not answered.
    assert_eq!((answered, busy), (CALLS as i32 / 10 * 8, CALLS as i32 / 10));
}

fn a_thousand_calls(ours: Side, name: &str) {
    let path = std::env::temp_dir().join(format!("fastcall-{name}-{}.pcap", std::process::id()));
    let capture = Capture::create(&path, LINKTYPE_LAPD).expect("a capture can be written");
    let mut line = connected(ours, Some(capture));
    call_out(&mut line);
    call_in(&mut line);
    line.until(SOON, "rest", |line| line.span.legs() == 0 && line.span.seized() == 0);
    let read = line.take_capture().expect("a capture").finish().expect("the capture is complete");
    assert_eq!(
        read.lines("_ws.malformed || _ws.expert.severity == error").expect("tshark reads"),
        Vec::<String>::new()
    );
    let setups = read.count("q931.message_type == 0x05").expect("tshark reads");
    assert!(setups >= 2 * CALLS, "tshark sees {setups} SETUPs");
    std::fs::remove_file(path).expect("the capture goes");
}

/// LIN-03, LIN-06: a thousand calls with the carrier's side played by libpri: en bloc and overlap, busy, not answered, unallocated; tshark
/// reads every message.
#[test]
fn user_side_against_libpri_network() {
    a_thousand_calls(Side::User, "user");
}

/// LIN-03: the same with us as the network, as towards the office PBX (SW-08).
#[test]
fn network_side_against_libpri_user() {
    a_thousand_calls(Side::Network, "network");
}

/// Q.931 5.5: either end restarts a channel and the other agrees.
#[test]
fn restart_of_a_channel_both_ways() {
    let mut line = connected(Side::User, None);
    line.span_request(SpanRequest::RestartCircuit { slot: 7 });
    line.until(SOON, "our restart", |line| {
        line.span_indications.contains(&SpanIndication::Restarted { slot: 7 })
            && line.events.contains(&PeerEvent::Restarted { channel: 7 })
    });
    line.peer.restart(9).expect("libpri listens");
    line.until(SOON, "their restart", |line| {
        line.span_indications.contains(&SpanIndication::Restarted { slot: 9 })
            && line.events.contains(&PeerEvent::RestartAcknowledged { channel: 9 })
    });
}

/// Q.931 5.8.8, 5.8.9: an answered call survives the loss of the data link, and is cleared by its parties afterwards.
#[test]
fn answered_call_survives_the_loss_of_the_link() {
    let mut line = connected(Side::User, None);
    let leg = line.call(3, "8000", true);
    let answered = |line: &mut Line| line.indications.iter().any(|(_, i)| matches!(i, LegIndication::Answered { .. }));
    line.until(SOON, "answer", answered);
    line.events.clear();
    line.cut(true);
    line.until(Duration::from_secs(40), "link lost", |line| !line.span.is_up());
    line.cut(false);
    line.until(SOON, "link restored", |line| line.span.is_up());
    let released = |line: &Line| line.indications.iter().any(|(_, i)| matches!(i, LegIndication::Released { .. }));
    assert!(!released(&line), "the call was dropped with the link: {:?}", line.indications);
    line.request(leg, LegRequest::Release { cause: Cause::NormalClearing.into() });
    line.until(SOON, "clearing", released_normally);
    assert_eq!(line.span.legs(), 0);
}

fn released_normally(line: &mut Line) -> bool {
    line.indications.iter().any(|(_, indication)| matches!(indication, LegIndication::Released { .. }))
}
