//! LIN-03: calls over a primary rate span, in a subscriber's words.

mod pair;

use clock::Millis;
use legs::{Audio, Compatibility, LegIndication, LegRequest, Notice, Origin, Setup, SpanRequest};
use numbering::{
    Cause, ClearCause, NumberPlan, NumberType, PartyNumber, Presentation, RedirectReason, Redirection, Screening,
};
use pair::{End, Pair, config, digits, plain_setup};

/// LIN-03: a call goes through ringing and answer to release, and both ends are idle again.
#[test]
fn a_call_is_answered_and_hung_up() {
    for from in [End::User, End::Network] {
        let mut pair = Pair::new();
        let (caller, callee) = pair.talk(from, 5);
        assert_eq!((pair.span(End::User).seized(), pair.span(End::Network).seized()), (1, 1));
        pair.release(from, caller, Cause::NormalClearing);
        pair.moment();
        assert_eq!(pair.released(from, caller), [Cause::NormalClearing]);
        assert_eq!(pair.released(from.other(), callee), [Cause::NormalClearing]);
        pair.expect_quiet();
    }
}

/// LIN-07, LIN-08: calling and called number arrive with type, plan, presentation and screening; so do redirecting number and name.
#[test]
fn numbers_and_name_arrive_as_they_were_sent() {
    let mut pair = Pair::new();
    let number = |text: &str| PartyNumber {
        digits: digits(text),
        kind: NumberType::National,
        plan: NumberPlan::Isdn,
        presentation: Presentation::Restricted,
        screening: Screening::Network,
    };
    let setup = Setup {
        complete: true,
        calling: Some(number("1380013800")),
        redirecting: Some(Redirection { from: number("95500"), reason: RedirectReason::NoReply }),
        display: Some("Anna".to_owned()),
        ..plain_setup("8001")
    };
    pair.dial_with(End::Network, 31, setup.clone());
    pair.moment();
    let leg = pair.incoming(End::User);
    let LegIndication::Setup(incoming) = pair.heard_by(End::User, leg)[0] else { panic!("a SETUP comes first") };
    assert_eq!(incoming.setup, setup);
    let Origin::Circuit(circuit) = &incoming.origin else { panic!("it came in on a circuit") };
    assert_eq!(circuit.slot, 31);
}

/// A busy extension: the caller hears the cause, and no channel stays seized.
#[test]
fn busy_is_told_to_the_caller() {
    let mut pair = Pair::new();
    let caller = pair.dial(End::Network, 1, "8001");
    pair.moment();
    let callee = pair.incoming(End::User);
    pair.release(End::User, callee, Cause::UserBusy);
    pair.moment();
    assert_eq!(pair.released(End::Network, caller), [Cause::UserBusy]);
    pair.expect_quiet();
}

/// A busy tone in-band: the caller hears it until it hangs up.
#[test]
fn a_tone_is_heard_until_the_caller_hangs_up() {
    let mut pair = Pair::new();
    let caller = pair.dial(End::User, 1, "10086");
    pair.moment();
    let callee = pair.incoming(End::Network);
    let cause = ClearCause::ours(Cause::UserBusy);
    pair.request(End::Network, callee, LegRequest::Disconnect { cause, inband: true });
    pair.moment();
    assert!(pair.heard_by(End::User, caller).contains(&&LegIndication::Disconnecting { cause, inband: true }));
    assert_eq!(pair.released(End::User, caller), []);
    pair.release(End::User, caller, Cause::NormalClearing);
    pair.moment();
    assert_eq!(pair.released(End::User, caller), [Cause::UserBusy]);
    pair.expect_quiet();
}

/// Digit by digit: the called end asks for more until the number is whole.
#[test]
fn overlap_dialling_brings_each_digit() {
    let (mut user, mut network) = (config(End::User), config(End::Network));
    user.overlap_receiving = true;
    network.overlap_sending = true;
    let mut pair = Pair::with(user, network);
    let caller = pair.dial_with(End::Network, 1, plain_setup("80"));
    pair.moment();
    let callee = pair.incoming(End::User);
    pair.request(End::User, callee, LegRequest::MoreDigits);
    pair.moment();
    assert!(pair.heard_by(End::Network, caller).contains(&&LegIndication::MoreDigits));
    pair.request(End::Network, caller, LegRequest::Digits { digits: digits("0"), complete: false });
    pair.request(End::Network, caller, LegRequest::Digits { digits: digits("1"), complete: true });
    pair.moment();
    let said = pair.heard_by(End::User, callee);
    assert_eq!(
        said[1..],
        [
            &LegIndication::Digits { digits: digits("0"), complete: false },
            &LegIndication::Digits { digits: digits("1"), complete: true },
        ]
    );
    pair.request(End::User, callee, LegRequest::Proceeding);
    pair.moment();
    assert!(pair.heard_by(End::Network, caller).contains(&&LegIndication::Proceeding));
}

/// Glare: both ends take the same channel at the same moment. The network's call has it, the user's is moved, both are answered.
#[test]
fn glare_moves_the_users_call() {
    let mut pair = Pair::new();
    let out = pair.dial(End::User, 1, "10086");
    let inward = pair.dial(End::Network, 1, "8001");
    pair.moment();
    let (at_network, at_user) = (pair.incoming(End::Network), pair.incoming(End::User));
    for (end, leg) in [(End::Network, at_network), (End::User, at_user)] {
        pair.request(end, leg, LegRequest::Answer { connected: None });
    }
    pair.moment();
    assert!(pair.answered(End::User, out) && pair.answered(End::Network, inward));
    let moved = pair.heard_by(End::User, out).into_iter().find_map(|it| match it {
        LegIndication::CircuitChanged { circuit } => Some(circuit.slot),
        _ => None,
    });
    assert_eq!(moved, Some(2));
    assert!(pair.heard_by(End::Network, inward).iter().all(|it| !matches!(it, LegIndication::CircuitChanged { .. })));
    assert_eq!((pair.span(End::User).seized(), pair.span(End::Network).seized()), (2, 2));
    pair.hang_up_all();
    pair.moment();
    pair.expect_quiet();
}

/// A circuit taken out of service by us gets no calls: the caller is moved to another.
#[test]
fn a_blocked_circuit_is_replaced_by_another() {
    let mut pair = Pair::new();
    pair.ask_span(End::User, SpanRequest::Serve { slot: 1, serve: false });
    let caller = pair.dial(End::Network, 1, "8001");
    pair.moment();
    let callee = pair.incoming(End::User);
    pair.request(End::User, callee, LegRequest::Alerting { inband: true });
    pair.moment();
    let circuit = identity::CircuitId { span: identity::SpanId(2), slot: 2 };
    assert_eq!(
        pair.heard_by(End::Network, caller),
        [&LegIndication::CircuitChanged { circuit }, &LegIndication::Alerting { inband: true },]
    );
}

/// All circuits blocked at the far end: the caller is refused with cause 34; on a circuit busy at home, with 44.
#[test]
fn no_circuit_is_told_with_its_cause() {
    let mut pair = Pair::new();
    for slot in 1..=31 {
        pair.ask_span(End::User, SpanRequest::Serve { slot, serve: false });
    }
    let caller = pair.dial(End::Network, 1, "8001");
    pair.moment();
    assert_eq!(pair.released(End::Network, caller), [Cause::NoCircuitAvailable]);
    assert_eq!(pair.incoming_all(End::User), []);
    let refused = pair.dial(End::User, 3, "10086");
    assert_eq!(pair.released(End::User, refused), [Cause::RequestedCircuitNotAvailable]);
    pair.expect_quiet();
}

/// Thirty callers at once, sixty call attempts a second for ten seconds: every one is answered, none stays.
#[test]
fn a_rush_of_calls_is_answered() {
    let mut pair = Pair::new();
    let mut answered = 0;
    for round in 0..600u32 {
        let slot = [1, 9, 17, 25][round as usize % 4];
        let caller = pair.dial(End::Network, slot, "95500");
        pair.after(Millis(12));
        let callee = pair.incoming(End::User);
        pair.request(End::User, callee, LegRequest::Answer { connected: None });
        pair.after(Millis(12));
        answered += u32::from(pair.answered(End::Network, caller));
        pair.release(End::Network, caller, Cause::NormalClearing);
    }
    pair.moment();
    assert_eq!(answered, 600);
    pair.expect_quiet();
}

/// LIN-07: a facsimile machine's call says so from end to end: 3.1 kHz audio, and what it told of itself octet by octet.
#[test]
fn what_a_terminal_says_of_itself_arrives() {
    let mut pair = Pair::new();
    let compatibility = Compatibility {
        audio: Audio::Audio3k1,
        low_layer: Some(vec![0x90, 0x90, 0xa3]),
        high_layer: Some(vec![0x91, 0x84]),
    };
    let setup = Setup { compatibility: compatibility.clone(), complete: true, ..plain_setup("8001") };
    pair.dial_with(End::Network, 3, setup);
    pair.moment();
    let callee = pair.incoming(End::User);
    let [LegIndication::Setup(incoming)] = pair.heard_by(End::User, callee)[..] else { panic!("one set-up") };
    assert_eq!(incoming.setup.compatibility, compatibility);
}

/// 5.9: a notification reaches the other end in the talk and changes nothing.
#[test]
fn a_notification_is_passed_on() {
    let mut pair = Pair::new();
    let (caller, callee) = pair.talk(End::User, 4);
    for notice in [Notice::UserSuspended, Notice::UserResumed, Notice::Other(0x79)] {
        pair.request(End::User, caller, LegRequest::Notify { notice });
        pair.moment();
        assert_eq!(pair.heard_by(End::Network, callee).last(), Some(&&LegIndication::Notified { notice }));
    }
    pair.release(End::User, caller, Cause::NormalClearing);
    pair.moment();
    pair.expect_quiet();
}

/// 5.1.3: the exchange gives one digit after another; the peer asks for more, and has the number whole when the last one came.
#[test]
fn digits_given_one_after_another() {
    let overlap = |end| pri::Config { overlap_receiving: true, overlap_sending: true, ..config(end) };
    for from in [End::User, End::Network] {
        let mut pair = Pair::with(overlap(End::User), overlap(End::Network));
        let caller = pair.dial_with(from, 6, Setup { complete: false, ..plain_setup("") });
        // Two digits are dialled before the far end has answered the SETUP.
        for digit in ["8", "0"] {
            pair.request(from, caller, LegRequest::Digits { digits: digits(digit), complete: false });
        }
        pair.moment();
        let callee = pair.incoming(from.other());
        pair.request(from.other(), callee, LegRequest::MoreDigits);
        pair.moment();
        for (digit, complete) in [("0", false), ("1", true)] {
            pair.request(from, caller, LegRequest::Digits { digits: digits(digit), complete });
            pair.after(Millis::secs(3));
        }
        let mut number = String::new();
        let mut whole = false;
        for heard in pair.heard_by(from.other(), callee) {
            if let LegIndication::Digits { digits, complete } = heard {
                number += digits.as_str();
                whole |= complete;
            }
        }
        assert_eq!((number.as_str(), whole), ("8001", true));
        assert!(pair.heard_by(from, caller).iter().any(|it| matches!(it, LegIndication::MoreDigits)));
        pair.request(from.other(), callee, LegRequest::Answer { connected: None });
        pair.moment();
        assert!(pair.answered(from, caller));
        pair.release(from, caller, Cause::NormalClearing);
        pair.moment();
        pair.expect_quiet();
    }
}
