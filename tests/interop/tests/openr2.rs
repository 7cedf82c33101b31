//! libopenr2 on the far end of a span with R2: China No. 1 without the caller's number (it cannot send one there), ITU-T with it.

use identity::LegId;
use interop::openr2::{Line, SPAN};
use legs::{Incoming, LegIndication, LegRequest, Origin};
use numbering::Cause;
use r2::{Config, Length, Variant, Wants};
use std::collections::BTreeMap;

/// Calls in each direction.
const CALLS: usize = 300;
const CALLER: &str = "02112345678";

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Expected {
    Answered,
    Busy,
    Unallocated,
    AnsweredThenCleared,
}

/// The number of call `n` and what it is to show.
fn plan(n: usize) -> (&'static str, Expected) {
    match n % 10 {
        3 => ("8001", Expected::Busy),
        7 => ("8003", Expected::Unallocated),
        9 => ("8004", Expected::AnsweredThenCleared),
        _ => ("8750", Expected::Answered),
    }
}

#[derive(Default)]
struct Progress {
    alerted: bool,
    answered: bool,
    far_cleared: bool,
}

fn judge(expected: Expected, progress: &Progress, cause: Cause) -> bool {
    let Progress { alerted, answered, far_cleared } = *progress;
    match expected {
        Expected::Answered => alerted && answered && !far_cleared,
        Expected::Busy => !answered && cause == Cause::UserBusy,
        Expected::Unallocated => !answered && cause == Cause::UnallocatedNumber,
        Expected::AnsweredThenCleared => alerted && answered && far_cleared,
    }
}

/// Our calls to libopenr2, fifteen at a time on timeslots 1 to 15.
fn call_out(line: &mut Line, caller: bool) {
    let mut free: Vec<u8> = (1..=15).collect();
    let mut up: BTreeMap<LegId, (usize, u8, Progress)> = BTreeMap::new();
    let (mut next, mut good, mut offered) = (0, 0, 0);
    line.until(600, "calls out", |line| {
        while next < CALLS
            && let Some(slot) = free.pop()
        {
            up.insert(line.call(slot, plan(next).0, CALLER), (next, slot, Progress::default()));
            next += 1;
        }
        for event in std::mem::take(&mut line.events) {
            let words: Vec<&str> = event.split(' ').collect();
            assert!(!matches!(words[0], "error" | "oserror" | "alarm"), "{event}");
            if let ["offered", _, _, calling] = words[..] {
                assert_eq!(calling, if caller { CALLER } else { "-" });
                offered += 1;
            }
        }
        for (leg, indication) in std::mem::take(&mut line.indications) {
            let Some((n, slot, progress)) = up.get_mut(&leg) else { continue };
            let (number, expected) = plan(*n);
            match indication {
                LegIndication::Alerting { .. } => progress.alerted = true,
                LegIndication::Answered { .. } => {
                    progress.answered = true;
                    if expected == Expected::Answered {
                        line.clear(leg);
                    }
                }
                LegIndication::Disconnecting { .. } => {
                    progress.far_cleared = true;
                    line.clear(leg);
                }
                LegIndication::Released { cause } => {
                    assert!(
                        judge(expected, progress, cause.cause),
                        "call {n} to {number}: {cause:?}, not {expected:?}"
                    );
                    good += 1;
                    free.insert(0, *slot);
                    up.remove(&leg);
                }
                _ => {}
            }
        }
        good == CALLS
    });
    assert_eq!(offered, CALLS);
}

/// What our side does with a call that comes in: true if it is answered.
fn treat(line: &mut Line, leg: LegId, incoming: &Incoming, caller: bool) -> bool {
    let calling = incoming.setup.calling.as_ref().map(|calling| calling.digits.as_str());
    assert_eq!(calling, caller.then_some(CALLER));
    assert!(matches!(incoming.origin, Origin::Circuit(circuit) if circuit.span == SPAN && circuit.slot > 16));
    let refuse = |cause: Cause| LegRequest::Release { cause: cause.into() };
    match incoming.setup.called.digits.as_str() {
        "8001" => line.request(leg, refuse(Cause::UserBusy)),
        "8003" => line.request(leg, refuse(Cause::UnallocatedNumber)),
        _ => {
            line.request(leg, LegRequest::Alerting { inband: false });
            line.request(leg, LegRequest::Answer { connected: None });
            return true;
        }
    }
    false
}

/// libopenr2's calls to us, fifteen at a time on timeslots 17 to 31.
fn call_in(line: &mut Line, caller: bool) {
    let mut free: Vec<u8> = (17..=31).collect();
    let mut up: BTreeMap<u8, usize> = BTreeMap::new();
    let (mut next, mut gone) = (0, 0);
    let (mut answered, mut busy, mut unallocated, mut came) = (0, 0, 0, 0);
    line.until(600, "calls in", |line| {
        while next < CALLS
            && let Some(slot) = free.pop()
        {
            line.peer_calls(slot, plan(next).0, if caller { CALLER } else { "-" });
            up.insert(slot, next);
            next += 1;
        }
        for (leg, indication) in std::mem::take(&mut line.indications) {
            if let LegIndication::Setup(incoming) = indication {
                came += 1;
                treat(line, leg, &incoming, caller);
            }
        }
        for event in std::mem::take(&mut line.events) {
            let words: Vec<&str> = event.split(' ').collect();
            let slot = words.get(1).and_then(|slot| slot.parse::<u8>().ok()).unwrap_or_default();
            match words[0] {
                "answered" => {
                    answered += 1;
                    line.peer_clears(slot);
                }
                // OR2_CAUSE_BUSY_NUMBER, OR2_CAUSE_UNALLOCATED_NUMBER.
                "disconnect" => {
                    busy += usize::from(words[2] == "0");
                    unallocated += usize::from(words[2] == "2");
                }
                "end" => {
                    up.remove(&slot);
                    free.insert(0, slot);
                    gone += 1;
                }
                "error" | "oserror" | "alarm" | "refused" => panic!("{event}"),
                _ => {}
            }
        }
        gone == CALLS
    });
    // Of ten calls one is busy and one's number is not allocated.
    assert_eq!((came, answered, busy, unallocated), (CALLS, CALLS / 10 * 8, CALLS / 10, CALLS / 10));
}

fn three_hundred_calls_both_ways(variant: Variant, caller: bool) {
    let wants = Wants { called: Length::Fixed(4), caller, caller_after: 0 };
    let config = Config { wants, ..Config::new(SPAN, variant) };
    let max_ani = if caller { CALLER.len() as u8 } else { 0 };
    let mut line = Line::connect(config, max_ani, 4).expect("libopenr2 starts");
    call_out(&mut line, caller);
    call_in(&mut line, caller);
    line.until(20, "rest", |line| line.seized() == 0);
}

/// LIN-01: China No. 1 with libopenr2 at the far end, 300 calls each way: answered, busy, unallocated, cleared by either.
#[test]
fn china_without_the_callers_number() {
    three_hundred_calls_both_ways(Variant::CHINA, false);
}

/// LIN-01, LIN-08: R2 of ITU-T with the caller's number, 300 calls each way.
#[test]
fn itu_with_the_callers_number() {
    three_hundred_calls_both_ways(Variant::ITU, true);
}
