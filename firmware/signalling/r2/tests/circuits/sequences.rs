//! What goes over the line, signal by signal, as the standards have it. End 0 calls.

use crate::line::Line;
use legs::{LegIndication, LegRequest};
use numbering::{Cause, ClearCause, Presentation};
use r2::{Config, Length, Variant, Wants};
use trace::Way;

fn line(variant: Variant, wants: Wants) -> Line {
    Line::new(|span| Config { wants, ..Config::new(span, variant) })
}

fn fixed(digits: u8, caller: bool) -> Wants {
    Wants { called: Length::Fixed(digits), caller, caller_after: 0 }
}

/// The called end answers; returns what went over the line until then, and the caller's number it saw.
fn answered(mut line: Line, called: &str, calling: Option<&str>) -> (String, Option<String>) {
    let caller = line.call(0, 1, called, calling);
    let (leg, setup) = line.next(1);
    let LegIndication::Setup(incoming) = setup else { panic!("{setup:?}") };
    assert_eq!(incoming.setup.called.digits.as_str(), called);
    line.request(1, leg, LegRequest::Alerting { inband: true });
    assert_eq!(line.next(0), (caller, LegIndication::Alerting { inband: true }));
    line.run(1000);
    line.request(1, leg, LegRequest::Answer { connected: None });
    assert_eq!(line.next(0), (caller, LegIndication::Answered { connected: None }));
    let number = incoming.setup.calling.map(|number| match number.presentation {
        Presentation::Restricted => "withheld".to_owned(),
        _ => number.digits.as_str().to_owned(),
    });
    (line.trace.join(" "), number)
}

/// GF 002-9002, called number without the caller's: A-1 for each digit, A-3 behind the last, KD 3, KB 1, answer.
#[test]
fn china_without_the_callers_number() {
    let (trace, number) = answered(line(Variant::CHINA, fixed(4, false)), "8001", None);
    assert_eq!(number, None);
    assert_eq!(
        trace,
        "0:0011 1:1111 0:+8 1:+1 0:- 1:- 0:+10 1:+1 0:- 1:- 0:+10 1:+1 0:- 1:- 0:+1 1:+3 0:- 1:- 0:+3 1:+1 0:- 1:- 1:0111"
    );
}

/// GF 002-9002, the caller's number: A-6 asks for the category KA, A-1 for each digit, 15 ends it, A-3 goes on.
#[test]
fn china_with_the_callers_number() {
    let (trace, number) = answered(line(Variant::CHINA, fixed(3, true)), "110", Some("021"));
    assert_eq!(number.as_deref(), Some("021"));
    assert_eq!(
        trace,
        "0:0011 1:1111 0:+1 1:+1 0:- 1:- 0:+1 1:+1 0:- 1:- 0:+10 1:+6 0:- 1:- 0:+1 1:+1 0:- 1:- 0:+10 1:+1 0:- 1:- \
         0:+2 1:+1 0:- 1:- 0:+1 1:+1 0:- 1:- 0:+15 1:+3 0:- 1:- 0:+3 1:+1 0:- 1:- 1:0111"
    );
}

/// Asked for behind the first digit, as many exchanges do; then 15 and A-1 mean that the called number goes on.
#[test]
fn china_asks_for_the_caller_early() {
    let wants = Wants { called: Length::Fixed(3), caller: true, caller_after: 1 };
    let (trace, number) = answered(line(Variant::CHINA, wants), "114", Some("7"));
    assert_eq!(number.as_deref(), Some("7"));
    assert_eq!(
        trace,
        "0:0011 1:1111 0:+1 1:+6 0:- 1:- 0:+1 1:+1 0:- 1:- 0:+7 1:+1 0:- 1:- 0:+15 1:+1 0:- 1:- 0:+1 1:+1 0:- 1:- \
         0:+4 1:+3 0:- 1:- 0:+3 1:+1 0:- 1:- 1:0111"
    );
}

/// Q.441, the category and then the caller's number by A-5, its end I-15; group II and B-6.
#[test]
fn itu_with_the_callers_number() {
    let (trace, number) = answered(line(Variant::ITU, fixed(2, true)), "42", Some("9"));
    assert_eq!(number.as_deref(), Some("9"));
    assert_eq!(
        trace,
        "0:0001 1:1101 0:+4 1:+1 0:- 1:- 0:+2 1:+5 0:- 1:- 0:+1 1:+5 0:- 1:- 0:+9 1:+5 0:- 1:- 0:+15 1:+3 0:- 1:- \
         0:+1 1:+6 0:- 1:- 1:0101"
    );
}

/// A caller without a number, or who withholds it: I-12 instead of digits.
#[test]
fn itu_without_a_callers_number() {
    let (trace, number) = answered(line(Variant::ITU, fixed(1, true)), "4", None);
    assert_eq!(number.as_deref(), Some("withheld"));
    assert!(trace.contains("0:+1 1:+5 0:- 1:- 0:+12 1:+3"), "{trace}");
}

/// Each variant asks and says in its own signals; the number arrives in all of them.
#[test]
fn every_variant_completes_a_call() {
    for variant in Variant::ALL {
        for caller_after in [0, 1, 2] {
            let wants = Wants { called: Length::Fixed(5), caller: true, caller_after };
            let (_, number) = answered(line(variant, wants), "10086", Some("13800138000"));
            assert_eq!(number.as_deref(), Some("13800138000"), "{}, {caller_after}", variant.name);
        }
    }
}

/// The called party is not to be had: group B says why, the caller's end clears forward, and both are idle.
#[test]
fn refusals_are_told_by_group_b() {
    for (cause, signal) in
        [(Cause::UserBusy, 2), (Cause::SwitchingCongestion, 4), (Cause::UnallocatedNumber, 5), (Cause::NoAnswer, 4)]
    {
        let mut line = line(Variant::CHINA, fixed(4, false));
        let caller = line.call(0, 1, "8001", None);
        let (leg, _) = line.next(1);
        line.request(1, leg, LegRequest::Release { cause: ClearCause::ours(cause) });
        let (released, indication) = line.next(0);
        assert_eq!(released, caller);
        let told = if signal == 4 { Cause::SwitchingCongestion } else { cause };
        assert!(matches!(indication, LegIndication::Released { cause } if cause.cause == told), "{indication:?}");
        let released = line.next(1);
        assert_eq!(released, (leg, LegIndication::Released { cause: ClearCause::ours(cause) }));
        assert_eq!(line.seized(), [0, 0]);
        let trace = line.trace.join(" ");
        assert!(trace.ends_with(&format!("0:+3 1:+{signal} 0:- 1:- 0:1011 1:1011")), "{trace}");
    }
}

/// Seize to answer with 8 called digits, signals recognised in 35 ms each way: below 1.2 s with what the two registers add.
#[test]
fn eight_digits_are_quick() {
    let mut line = line(Variant::CHINA, fixed(8, false));
    let began = line.now;
    line.call(0, 1, "62770334", None);
    let (leg, _) = line.next(1);
    line.request(1, leg, LegRequest::Answer { connected: None });
    while !matches!(line.next(0), (_, LegIndication::Answered { .. })) {}
    // Ten signals of four recognitions each, two line signals, the pause before the answer.
    let signals = 9 * 4 * 35;
    assert!(line.now - began <= signals + 250, "{} ms", line.now - began);
}

/// LIN-01: the ladder of a call names every signal that crossed, at both ends alike, and no digit of either number.
#[test]
fn the_ladder_names_every_signal() {
    let mut line = line(Variant::CHINA, fixed(2, true));
    let caller = line.call(0, 1, "42", Some("9"));
    let (called, _) = line.next(1);
    line.request(1, called, LegRequest::Answer { connected: None });
    while line.next(0) != (caller, LegIndication::Answered { connected: None }) {}
    let cause = ClearCause::ours(Cause::NormalClearing);
    line.request(1, called, LegRequest::Release { cause });
    line.next(0);
    line.request(0, caller, LegRequest::Release { cause });
    line.run(100);
    let names = |end: usize, leg| {
        let of = line.ends[end].ladder.iter();
        of.map(|(whose, way, name)| {
            assert_eq!(*whose, Some(leg));
            format!("{} {name}", if *way == Way::Out { '>' } else { '<' })
        })
        .collect::<Vec<_>>()
        .join(" ")
    };
    let outgoing = "> seizing 00 < seizing acknowledged 11 > I digit < A-1 > I digit < A-6 > KA-1 < A-1 > I digit < A-1 > I-15 < A-3 > KD-3 < KB-1 \
                    < answer 01 < clear-back 11 > clear-forward 10 < idle 10";
    let incoming = "< seizing 00 > seizing acknowledged 11 < I digit > A-1 < I digit > A-6 < KA-1 > A-1 < I digit > A-1 < I-15 > A-3 < KD-3 > KB-1 \
                    > answer 01 > clear-back 11 < clear-forward 10 > idle 10";
    assert_eq!((names(0, caller), names(1, called)), (outgoing.to_owned(), incoming.to_owned()));
}
