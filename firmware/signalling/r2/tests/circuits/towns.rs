//! What goes wrong between two exchanges: nothing may stay seized.

use crate::line::{Line, digits};
use clock::Monotonic;
use legs::{Alarms, LegIndication, LegRequest, SpanIndication, SpanRequest};
use numbering::{Cause, ClearCause};
use r2::{Config, Length, R2Output, Signal, Variant, Wants};

fn china() -> Line {
    let wants = Wants { called: Length::Fixed(4), caller: true, caller_after: 0 };
    Line::new(|span| Config { wants, ..Config::new(span, Variant::CHINA) })
}

fn released(line: &mut Line, end: usize) -> Cause {
    loop {
        if let (_, LegIndication::Released { cause }) = line.next(end) {
            return cause.cause;
        }
    }
}

/// A talk: returns both legs, answered.
fn talk(line: &mut Line, slot: u8) -> [identity::LegId; 2] {
    let caller = line.call(0, slot, "8001", Some("02112345"));
    let (called, setup) = line.next(1);
    assert!(matches!(setup, LegIndication::Setup(_)), "{setup:?}");
    line.request(1, called, LegRequest::Answer { connected: None });
    while line.next(0) != (caller, LegIndication::Answered { connected: None }) {}
    [caller, called]
}

/// The caller hangs up: clear-forward, release guard, idle; nobody can seize in between.
#[test]
fn the_caller_hangs_up() {
    let mut line = china();
    let [caller, _] = talk(&mut line, 1);
    line.request(0, caller, LegRequest::Release { cause: ClearCause::ours(Cause::NormalClearing) });
    let early = line.call(0, 1, "8002", None);
    assert_eq!(released(&mut line, 0), Cause::RequestedCircuitNotAvailable);
    assert_ne!(early, caller);
    assert_eq!((released(&mut line, 1), released(&mut line, 0)), (Cause::NormalClearing, Cause::NormalClearing));
    assert_eq!(line.seized(), [0, 0]);
    line.run(100);
    talk(&mut line, 1);
}

/// The called party hangs up: clear-back tells the caller's end, who clears.
#[test]
fn the_called_party_hangs_up() {
    let mut line = china();
    let [caller, called] = talk(&mut line, 1);
    line.request(1, called, LegRequest::Release { cause: ClearCause::ours(Cause::NormalClearing) });
    let (leg, heard) = line.next(0);
    assert!(leg == caller && matches!(heard, LegIndication::Disconnecting { inband: true, .. }), "{heard:?}");
    assert_eq!(line.seized(), [1, 1]);
    line.request(0, caller, LegRequest::Release { cause: ClearCause::ours(Cause::NormalClearing) });
    assert_eq!((released(&mut line, 0), released(&mut line, 1)), (Cause::NormalClearing, Cause::NormalClearing));
    assert_eq!(line.seized(), [0, 0]);
}

/// The caller gives up amidst the digits, at every moment: whatever sounded falls silent, and both ends are idle.
#[test]
fn the_caller_gives_up_at_any_moment() {
    for moment in (0..2500).step_by(7) {
        let mut line = china();
        let caller = line.call(0, 1, "8001", Some("0211234"));
        line.run(moment);
        line.request(0, caller, LegRequest::Release { cause: ClearCause::ours(Cause::NormalClearing) });
        released(&mut line, 0);
        line.run(200);
        assert_eq!(line.seized(), [0, 0], "after {moment} ms: {:?}", line.trace);
        let mut sounding = [false; 2];
        for step in line.trace.iter() {
            let end = usize::from(step.starts_with('1'));
            match &step[2..3] {
                "+" => sounding[end] = true,
                "-" => sounding[end] = false,
                _ => {}
            }
        }
        assert_eq!(sounding, [false; 2], "after {moment} ms: {:?}", line.trace);
        line.ends.iter_mut().for_each(|end| end.heard.clear());
        talk(&mut line, 1);
    }
}

/// The called end does not want the call, at every moment: it ends, and nothing stays seized.
#[test]
fn the_called_end_refuses_at_any_moment() {
    for moment in (0..400).step_by(3) {
        let mut line = china();
        line.call(0, 1, "8001", None);
        let (called, _) = line.next(1);
        line.request(1, called, LegRequest::Alerting { inband: true });
        line.run(moment);
        line.request(1, called, LegRequest::Release { cause: ClearCause::ours(Cause::UserBusy) });
        line.run(1000);
        // Behind the register no signal of the line says it: the caller hears a tone and hangs up.
        if line.seized() != [0, 0] {
            let caller = line.ends[0].heard[0].0;
            line.request(0, caller, LegRequest::Release { cause: ClearCause::ours(Cause::NormalClearing) });
            line.run(200);
        }
        assert_eq!(line.seized(), [0, 0], "after {moment} ms: {:?}", line.trace);
    }
}

/// Both ends seize at once: neither call goes on here, both are told to look for another circuit, and the circuit is idle again.
#[test]
fn both_ends_seize_at_once() {
    for apart in 0..40 {
        let mut line = china();
        line.call(0, 1, "8001", None);
        line.run(apart);
        line.call(1, 1, "9001", None);
        line.run(1500);
        let causes = [0, 1].map(|end| {
            let heard = &line.ends[end].heard;
            heard.iter().find_map(|(_, heard)| match heard {
                LegIndication::Released { cause } => Some(cause.cause),
                _ => None,
            })
        });
        let refused = Some(Cause::RequestedCircuitNotAvailable);
        // Far enough apart the later one finds the circuit taken.
        assert_eq!(causes[1], refused, "{apart} ms apart: {:?}", line.trace);
        if causes[0] == refused {
            assert_eq!(line.seized(), [0, 0], "{apart} ms apart: {:?}", line.trace);
        }
    }
}

/// Nobody acknowledges the seizure: the call goes elsewhere, the circuit is kept away from calls for a minute and then tried again.
#[test]
fn a_seizure_that_nobody_acknowledges() {
    let mut line = china();
    line.deaf = Some(1);
    line.call(0, 1, "8001", None);
    assert_eq!(released(&mut line, 0), Cause::RequestedCircuitNotAvailable);
    assert!(line.ends[0].told.contains(&SpanIndication::BlockedByPeer { slot: 1, blocked: true }));
    line.call(0, 1, "8001", None);
    assert_eq!(released(&mut line, 0), Cause::RequestedCircuitNotAvailable);
    line.deaf = None;
    line.run(61_000);
    assert!(line.ends[0].told.ends_with(&[SpanIndication::BlockedByPeer { slot: 1, blocked: false }]));
    talk(&mut line, 1);
}

/// The far end falls silent amidst the registers' signals: both give up in their time (Q.476), and say so.
#[test]
fn the_far_end_falls_silent() {
    for deaf in [0, 1] {
        let mut line = china();
        line.call(0, 1, "8001", Some("021"));
        line.run(300);
        line.deaf = Some(deaf);
        line.run(26_000);
        line.deaf = None;
        // What was lost is said again: the far end's state comes with the next multiframe.
        for end in [0, 1] {
            let bits = line.trace.iter().rev().find(|step| step.starts_with(&format!("{end}:")) && step.len() == 6);
            let abcd = bits.map_or(0b1011, |step| u8::from_str_radix(&step[2..], 2).expect("bits"));
            let now = Monotonic(line.now);
            line.ends[1 - end].span.bits(now, 1, abcd);
        }
        line.run(61_000);
        assert_eq!(line.seized(), [0, 0], "deaf {deaf}: {:?}", line.trace);
        line.ends.iter_mut().for_each(|end| end.heard.clear());
        talk(&mut line, 1);
    }
}

/// The span dies with calls up and comes back: every leg gets its last word, and circuits serve again once the far end says idle.
#[test]
fn the_span_dies_and_comes_back() {
    let mut line = china();
    for slot in [1, 2, 17] {
        talk(&mut line, slot);
    }
    let los = Alarms { los: true, ..Alarms::default() };
    let now = Monotonic(line.now);
    line.ends.iter_mut().for_each(|end| end.span.alarm(now, los));
    line.run(10);
    for end in [0, 1] {
        for _ in 0..3 {
            assert_eq!(released(&mut line, end), Cause::DestinationOutOfOrder);
        }
    }
    assert_eq!(line.seized(), [0, 0]);
    line.call(0, 3, "8001", None);
    assert_eq!(released(&mut line, 0), Cause::RequestedCircuitNotAvailable);
    let now = Monotonic(line.now);
    line.ends.iter_mut().for_each(|end| end.span.alarm(now, Alarms::default()));
    for slot in [1, 2, 3, 17] {
        line.ends.iter_mut().for_each(|end| end.span.bits(now, slot, 0b1011));
    }
    line.run(100);
    for slot in [1, 2, 3, 17] {
        talk(&mut line, slot);
    }
}

/// A circuit that we block sends 1 1: the far end does not seize it, and does again when we serve.
#[test]
fn a_blocked_circuit_is_left_alone() {
    let mut line = china();
    let now = Monotonic(line.now);
    line.ends[1].span.span_request(now, SpanRequest::Serve { slot: 1, serve: false });
    line.run(100);
    assert_eq!(line.ends[0].told.last(), Some(&SpanIndication::BlockedByPeer { slot: 1, blocked: true }));
    line.call(0, 1, "8001", None);
    assert_eq!(released(&mut line, 0), Cause::RequestedCircuitNotAvailable);
    let now = Monotonic(line.now);
    line.ends[1].span.span_request(now, SpanRequest::Serve { slot: 1, serve: true });
    line.run(100);
    assert_eq!(line.ends[0].told.last(), Some(&SpanIndication::BlockedByPeer { slot: 1, blocked: false }));
    talk(&mut line, 1);
}

/// The exchange decides when a number is complete: digits are handed over one by one, the caller known from the first.
#[test]
fn the_exchange_counts_the_digits() {
    let wants = Wants { called: Length::Asked, caller: true, caller_after: 0 };
    let mut line = Line::new(|span| Config { wants, ..Config::new(span, Variant::CHINA) });
    line.call(0, 1, "8001", Some("021"));
    let (leg, setup) = line.next(1);
    let LegIndication::Setup(incoming) = setup else { panic!("{setup:?}") };
    let setup = incoming.setup;
    assert_eq!((setup.called.digits, setup.complete), (digits("8"), false));
    assert_eq!(setup.calling.map(|number| number.digits), Some(digits("021")));
    for digit in ["0", "0", "1"] {
        line.request(1, leg, LegRequest::MoreDigits);
        assert_eq!(line.next(1), (leg, LegIndication::Digits { digits: digits(digit), complete: false }));
    }
    line.request(1, leg, LegRequest::Proceeding);
    line.run(300);
    line.request(1, leg, LegRequest::Answer { connected: None });
    while !matches!(line.next(0), (_, LegIndication::Answered { .. })) {}
}

/// The number ends and nobody says so: after 4 s the called end takes it for complete, by a pulse of A-3.
#[test]
fn a_number_without_an_end() {
    let wants = Wants { called: Length::Asked, caller: false, caller_after: 0 };
    let mut line = Line::new(|span| Config { wants, ..Config::new(span, Variant::CHINA) });
    let caller = line.call(0, 1, "80", None);
    let (leg, _) = line.next(1);
    line.request(1, leg, LegRequest::MoreDigits);
    line.next(1);
    line.request(1, leg, LegRequest::MoreDigits);
    line.run(5000);
    assert!(line.trace.join(" ").contains("0:- 1:- 1:+3 1:- 0:+3"), "{:?}", line.trace);
    line.request(1, leg, LegRequest::Alerting { inband: true });
    assert_eq!(line.next(0), (caller, LegIndication::Alerting { inband: true }));
}

/// A line that brings anything at any time: no panic, bounded, and once the line is idle the circuits are as well.
#[test]
fn rubbish_on_the_line() {
    for seed in 1..300u64 {
        let mut dice = seed;
        let mut roll = |sides: u64| {
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            dice % sides
        };
        let mut line = china();
        for _ in 0..200 {
            let (end, slot, now) = (roll(2) as usize, 1 + roll(2) as u8, Monotonic(line.now));
            match roll(5) {
                0 => line.ends[end].span.bits(now, slot, roll(16) as u8),
                1 => line.ends[end].span.signal(now, slot, Signal::new(roll(16) as u8)),
                2 => drop(line.call(end, slot, "8001", Some("021"))),
                _ => {
                    if let Some((leg, _)) = line.ends[end].heard.pop() {
                        let cause = ClearCause::ours(Cause::NormalClearing);
                        let request = match roll(4) {
                            0 => LegRequest::Answer { connected: None },
                            1 => LegRequest::Alerting { inband: false },
                            2 => LegRequest::Proceeding,
                            _ => LegRequest::Release { cause },
                        };
                        line.request(end, leg, request);
                    }
                }
            }
            line.run(roll(400));
        }
        calm(&mut line);
        assert_eq!(line.seized(), [0, 0], "seed {seed}");
    }
}

/// Everybody hangs up, and the line says what each end sends.
fn calm(line: &mut Line) {
    for _ in 0..6 {
        for end in [0, 1] {
            let legs: Vec<_> = line.ends[end].heard.drain(..).map(|(leg, _)| leg).collect();
            for leg in legs {
                line.request(end, leg, LegRequest::Release { cause: ClearCause::ours(Cause::NormalClearing) });
            }
            let now = Monotonic(line.now);
            line.ends[end].span.span_request(now, SpanRequest::RestartSpan);
        }
        for slot in [1, 2] {
            for end in [0, 1] {
                let now = Monotonic(line.now);
                line.ends[end].span.bits(now, slot, 0b1011);
            }
        }
        line.run(20_000);
    }
    assert!(!matches!(line.ends[0].span.poll(), Some(R2Output::Leg { .. })), "all was drained");
}
