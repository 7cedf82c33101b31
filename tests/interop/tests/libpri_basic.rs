//! libpri on the far end of a basic access: as network and as terminal, point to point and on a bus.

use identity::LegId;
use interop::capture::{Capture, LINKTYPE_LAPD};
use interop::libpri::{Access, PeerEvent};
use interop::our_side::Line;
use legs::{LegIndication, LegRequest};
use numbering::{Cause, Digits};
use pri::Side;
use std::collections::BTreeMap;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(20);

/// Calls in each direction.
const CALLS: usize = 300;

fn connected(ours: Side, access: Access, capture: Option<Capture>) -> Line {
    let mut line = Line::connect(ours, access, capture).expect("libpri starts");
    line.until(SOON, "line", |line| line.span.is_up());
    // A terminal of the network's bus has no link of its own before it has its TEI, which the network does not hear of.
    if (ours, access) == (Side::Network, Access::BasicMultipoint) {
        line.until(SOON, "TEI", |line| line.terminals() == 1);
    }
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
        Expected::AnsweredThenCleared => progress.answered && progress.released == Some(Cause::NormalClearing),
    }
}

/// Our calls to libpri, one on each channel at a time.
fn call_out(line: &mut Line) {
    let mut free: Vec<u8> = vec![1, 2];
    let mut up: BTreeMap<LegId, (usize, u8, Progress)> = BTreeMap::new();
    let (mut next, mut good) = (0, 0);
    line.until(Duration::from_secs(240), "calls out", |line| {
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

/// libpri's calls to us, one on each channel at a time; `overlap`: every fifth digit by digit.
fn call_in(line: &mut Line, overlap: bool) {
    let mut free: Vec<u8> = vec![1, 2];
    let mut up: BTreeMap<i32, u8> = BTreeMap::new();
    let (mut next, mut gone) = (0i32, 0);
    let (mut answered, mut busy) = (0, 0);
    line.until(Duration::from_secs(240), "calls in", |line| {
        // Libpri's broadcast SETUP overtakes the RELEASE COMPLETE of the call before, which waits for an acknowledgement (k = 1).
        while (next as usize) < CALLS
            && let Some(slot) = free.pop()
        {
            let (number, by_digit, _) = plan(next as usize);
            let number = number.replace(['3', '4'], "0");
            line.peer
                .call(next, slot, (!(overlap && by_digit)).then_some(number.as_str()), "13812345678")
                .expect("libpri listens");
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

/// Both channels talk; a third call is refused by whoever is asked for a channel.
fn both_channels_and_no_third(line: &mut Line) {
    line.indications.clear();
    line.events.clear();
    let talking = line.call(1, "8000", true);
    let answered = move |line: &mut Line| {
        line.indications.iter().any(|(leg, it)| *leg == talking && matches!(it, LegIndication::Answered { .. }))
    };
    line.until(SOON, "the first talks", answered);
    line.peer.call(1000, 2, Some("8000"), "13812345678").expect("libpri listens");
    line.until(SOON, "the second talks", |line| line.events.contains(&PeerEvent::Answered { id: 1000 }));
    assert_eq!(line.span.seized(), 2);
    let third = line.call(1, "8000", true);
    let refused = |line: &mut Line| {
        line.indications.iter().any(|(leg, it)| {
            *leg == third
                && matches!(it, LegIndication::Released { cause } if cause.cause == Cause::RequestedCircuitNotAvailable)
        })
    };
    line.until(SOON, "no third call out", refused);
    line.peer.call(1001, 1, Some("8000"), "13812345678").expect("libpri listens");
    line.until(SOON, "no third call in", |line| {
        line.events.iter().any(|event| matches!(event, PeerEvent::Gone { id: 1001, .. }))
    });
    assert!(line.events.iter().all(|event| *event != PeerEvent::Answered { id: 1001 }));
    assert_eq!(line.span.seized(), 2, "the two go on");
    line.peer.hang_up(1000, 16).expect("libpri listens");
    line.request(talking, LegRequest::Release { cause: Cause::NormalClearing.into() });
}

fn six_hundred_calls(ours: Side, access: Access, name: &str) {
    let path = std::env::temp_dir().join(format!("fastcall-{name}-{}.pcap", std::process::id()));
    let capture = Capture::create(&path, LINKTYPE_LAPD).expect("a capture can be written");
    let mut line = connected(ours, access, Some(capture));
    call_out(&mut line);
    // libpri as the network of a bus sends a terminal no digits: see below.
    call_in(&mut line, (ours, access) != (Side::User, Access::BasicMultipoint));
    both_channels_and_no_third(&mut line);
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

/// LIN-04: our terminal on libpri's bus: it gets its TEI, hears calls by the broadcast link and makes its own.
#[test]
fn terminal_on_a_bus_of_libpri() {
    six_hundred_calls(Side::User, Access::BasicMultipoint, "basic-terminal");
}

/// LIN-04: libpri as the network of a bus does not tell its user of a terminal's SETUP ACKNOWLEDGE, and refuses to send INFORMATION
/// ("Attempting to use master call record"): T302 of our terminal ends the wait (Q.931 5.2.4), and the call goes on with the number it has.
#[test]
fn digits_that_libpri_does_not_send_to_a_terminal() {
    let mut line = connected(Side::User, Access::BasicMultipoint, None);
    line.peer.call(1, 1, None, "13812345678").expect("libpri listens");
    line.until(SOON, "a call without a number", |line| line.span.legs() == 1);
    line.peer.digit(1, '8').expect("libpri listens");
    line.until(SOON, "an answer", |line| line.events.contains(&PeerEvent::Answered { id: 1 }));
    let ended = |(_, it): &(LegId, LegIndication)| matches!(it, LegIndication::Digits { digits, complete: true } if digits.is_empty());
    assert!(line.indications.iter().any(ended));
    line.peer.hang_up(1, 16).expect("libpri listens");
    line.until(SOON, "rest", |line| line.span.legs() == 0 && line.span.seized() == 0);
}

/// LIN-04: libpri as a terminal on our bus.
#[test]
fn libpri_as_a_terminal_on_our_bus() {
    six_hundred_calls(Side::Network, Access::BasicMultipoint, "basic-bus");
}

/// LIN-04: point to point, libpri as the network.
#[test]
fn user_point_to_point() {
    six_hundred_calls(Side::User, Access::BasicPointToPoint, "basic-user");
}

/// LIN-04: point to point, libpri as the PBX.
#[test]
fn network_point_to_point() {
    six_hundred_calls(Side::Network, Access::BasicPointToPoint, "basic-network");
}
