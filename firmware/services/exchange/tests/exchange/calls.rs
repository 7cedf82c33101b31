//! Plain calls: in, out, inside, and how they fail.

use crate::town::{Town, digits};
use identity::{CircuitId, SpanId};
use ledger::{Direction, Event, Outcome};
use legs::{LegIndication, LegRequest};
use numbering::{Cause, ClearCause, Key};
use plan::{Hears, Tone};

/// LIN-08: a caller from outside reaches the extension that his number leads to; the circuit is idle afterwards.
#[test]
fn from_outside_to_an_extension() {
    let mut town = Town::new();
    let caller = town.dial_in("4003");
    let circuit = town.circuit(caller);
    let desk = town.rung("8003");
    assert_eq!(town.legs[&desk].setup.as_ref().unwrap().setup.calling.as_ref().unwrap().digits, digits("13800138000"));
    town.ring(desk);
    assert!(town.asked(caller, |r| *r == LegRequest::Alerting { inband: true }));
    assert_eq!(town.hears(caller), Hears::Tone(Tone::Ringback));
    assert!(!town.answered(caller));
    town.after(4);
    town.answer(desk);
    assert!(town.answered(caller) && town.talk(caller, desk));
    town.after(60);
    town.hang_up(caller);
    assert!(town.gone(desk));
    let cdr = town.cdr();
    assert_eq!((cdr.outcome, cdr.direction, cdr.circuit), (Outcome::Answered, Direction::Inbound, Some(circuit)));
    assert_eq!((cdr.talk_millis, cdr.ring_millis, cdr.called.as_str()), (60_000, 4_000, "4003"));
    town.all_quiet();
}

/// A far end that lets its own ringback be heard is cut through; ours does not cover it.
#[test]
fn ringback_of_the_far_end() {
    let mut town = Town::new();
    let desk = town.dial_from("8003", "02161234567");
    let trunk = town.trunk();
    town.say(trunk, LegIndication::Progress { inband: true, cause: None });
    assert_eq!(town.hears(desk), Hears::Leg(trunk));
    town.ring(trunk);
    assert_eq!(town.hears(desk), Hears::Leg(trunk));
    town.answer(trunk);
    assert!(town.talk(desk, trunk));
    town.hang_up(desk);
    assert_eq!(town.cdr().direction, Direction::Outbound);
    town.all_quiet();
}

/// SW-10: a call inside uses no trunk.
#[test]
fn inside() {
    let mut town = Town::new();
    let one = town.dial_from("8003", "8004");
    let two = town.rung("8004");
    town.ring(two);
    assert!(town.asked(one, |r| *r == LegRequest::Alerting { inband: false }), "a telephone makes its own ringback");
    town.answer(two);
    town.hang_up(two);
    assert_eq!((town.cdr().direction, town.cdr().circuit), (Direction::Internal, None));
    town.all_quiet();
}

/// A busy extension: the outside caller hears busy tone for a while, then is released; a telephone just gets the cause.
#[test]
fn busy() {
    let mut town = Town::new();
    let caller = town.dial_in("4003");
    town.refuse(town.rung("8003"), Cause::UserBusy);
    assert_eq!(town.hears(caller), Hears::Tone(Tone::Busy));
    let busy = ClearCause::ours(Cause::UserBusy);
    assert!(town.asked(caller, |r| *r == LegRequest::Disconnect { cause: busy, inband: true }));
    assert!(!town.gone(caller));
    town.after(21);
    assert!(town.gone(caller));
    assert_eq!((town.cdr().outcome, town.cdr().cause), (Outcome::Busy, Cause::NormalClearing));
    let colleague = town.dial_from("8004", "8003");
    town.refuse(town.rung("8003"), Cause::UserBusy);
    assert!(town.asked(colleague, |r| *r == LegRequest::Release { cause: busy }));
    town.all_quiet();
}

/// Nobody answers: ringing ends after the ring time.
#[test]
fn no_answer() {
    let mut town = Town::new();
    let caller = town.dial_in("4003");
    let desk = town.rung("8003");
    town.ring(desk);
    town.after(29);
    assert!(!town.gone(desk));
    town.after(2);
    assert!(town.gone(desk));
    town.hang_up(caller);
    assert_eq!(town.cdr().outcome, Outcome::NoAnswer);
    town.all_quiet();
}

/// The caller gives up while the telephone rings.
#[test]
fn caller_gives_up() {
    let mut town = Town::new();
    let caller = town.dial_in("4003");
    let desk = town.rung("8003");
    town.ring(desk);
    town.hang_up(caller);
    assert!(town.gone(desk));
    assert_eq!(town.cdr().outcome, Outcome::AbandonedRinging);
    town.all_quiet();
}

/// An extension without a registered telephone cannot be called; the caller hears special information tone.
#[test]
fn nobody_registered() {
    let mut town = Town::new();
    town.register("8003", false);
    let caller = town.dial_in("4003");
    assert_eq!(town.hears(caller), Hears::Tone(Tone::SpecialInformation));
    town.hang_up(caller);
    assert_eq!(town.cdr().outcome, Outcome::Failed);
    town.all_quiet();
}

/// A number that leads nowhere.
#[test]
fn unknown_number() {
    let mut town = Town::new();
    let caller = town.dial_in("4999");
    assert_eq!(town.hears(caller), Hears::Tone(Tone::SpecialInformation));
    town.hang_up(caller);
    assert_eq!(town.cdr().called, digits("4999"));
    town.all_quiet();
}

/// Overlap receiving: the exchange asks for digits until the number is complete.
#[test]
fn digits_one_by_one() {
    let mut town = Town::new();
    let caller = town.dial_in_on(2, 5, "4", false);
    assert!(town.asked(caller, |r| *r == LegRequest::MoreDigits));
    for digit in ["0", "0"] {
        town.say(caller, LegIndication::Digits { digits: digits(digit), complete: false });
        assert!(town.try_rung("8003").is_none());
    }
    town.say(caller, LegIndication::Digits { digits: digits("3"), complete: false });
    let desk = town.rung("8003");
    town.answer(desk);
    town.hang_up(caller);
    assert_eq!(town.cdr().called, digits("4003"));
    assert_eq!(town.legs[&caller].requests.iter().filter(|r| **r == LegRequest::MoreDigits).count(), 1);
    town.all_quiet();
}

/// PER-09: a caller who stops dialling is not waited for longer than the inter-digit time.
#[test]
fn dialling_stops() {
    let mut town = Town::new();
    let caller = town.dial_in_on(2, 5, "40", false);
    town.after(6);
    assert_eq!(town.hears(caller), Hears::Tone(Tone::SpecialInformation));
    town.hang_up(caller);
    assert_eq!(town.cdr().called, digits("40"));
    town.all_quiet();
}

/// An outside call goes over the first group; its circuits full, over the next.
#[test]
fn overflow_to_the_next_group() {
    let mut town = Town::new();
    let callers: Vec<_> = (0..31).map(|_| town.dial_from("8003", "02161234567")).collect();
    let circuit = town.circuit(town.trunk());
    assert_eq!(circuit, CircuitId { span: SpanId(2), slot: 1 });
    callers.into_iter().for_each(|caller| town.hang_up(caller));
    assert_eq!(town.cdrs.len(), 31);
    town.all_quiet();
}

/// A network that is congested is not the last word: the next group is tried, the caller hears nothing of it.
#[test]
fn rerouted_by_cause() {
    let mut town = Town::new();
    let caller = town.dial_from("8003", "02161234567");
    let first = town.trunk();
    assert_eq!(town.circuit(first).span, SpanId(1));
    town.refuse(first, Cause::NoCircuitAvailable);
    let second = town.trunk();
    assert_eq!(town.circuit(second).span, SpanId(2));
    assert_eq!(town.wrote(|e| matches!(e, Event::Rerouted { .. })), 1);
    town.answer(second);
    assert!(town.talk(caller, second));
    town.hang_up(second);
    town.all_quiet();
}

/// A busy subscriber is busy over every route.
#[test]
fn busy_is_not_rerouted() {
    let mut town = Town::new();
    let caller = town.dial_from("8003", "02161234567");
    town.refuse(town.trunk(), Cause::UserBusy);
    assert!(town.gone(caller));
    assert_eq!(town.wrote(|e| matches!(e, Event::Rerouted { .. })), 0);
    assert_eq!(town.cdr().outcome, Outcome::Busy);
    town.all_quiet();
}

/// Emergency numbers work from a telephone that may not dial out, and only they do.
#[test]
fn emergency_from_a_barred_telephone() {
    let mut town = Town::new();
    let barred = town.dial_from("8004", "02161234567");
    assert!(town.gone(barred));
    assert_eq!(town.cdr().outcome, Outcome::Refused);
    let caller = town.dial_from("8004", "119");
    let trunk = town.trunk();
    assert_eq!(town.legs[&trunk].setup.as_ref().unwrap().setup.called.digits, digits("119"));
    town.answer(trunk);
    assert!(town.talk(caller, trunk));
    town.hang_up(caller);
    town.all_quiet();
}

/// A carrier that does not know the emergency number is no reason to give up: the next one is tried. A busy office is.
#[test]
fn emergency_over_every_carrier() {
    let mut town = Town::new();
    let caller = town.dial_from("8004", "110");
    town.refuse(town.trunk(), Cause::UnallocatedNumber);
    assert!(!town.gone(caller));
    assert_eq!(town.circuit(town.trunk()).span, SpanId(2));
    town.refuse(town.trunk(), Cause::UserBusy);
    assert!(town.gone(caller));
    town.all_quiet();
}

/// A stranger cannot dial through the box to the outside: no toll fraud.
#[test]
fn no_dialling_through() {
    let mut town = Town::new();
    let caller = town.dial_in("013800138000");
    assert_eq!(town.hears(caller), Hears::Tone(Tone::SpecialInformation));
    town.hang_up(caller);
    assert_eq!(town.legs.len(), 1);
    town.all_quiet();
}

/// The network says why it fails in words: the caller is let hear them, then released.
#[test]
fn announcement_of_the_network() {
    let mut town = Town::new();
    let caller = town.dial_from("8003", "02161234567");
    let trunk = town.trunk();
    let cause = ClearCause::ours(Cause::UnallocatedNumber);
    town.say(trunk, LegIndication::Disconnecting { cause, inband: true });
    assert_eq!(town.hears(caller), Hears::Leg(trunk));
    town.after(21);
    assert!(town.gone(caller) && town.gone(trunk));
    assert_eq!(town.cdr().outcome, Outcome::Failed);
    town.all_quiet();
}

/// A telephone's key in talk reaches the far end as a tone, whether told by signalling or as an event; a trunk's key is in its
/// audio and is not sent twice.
#[test]
fn keys_in_talk() {
    let mut town = Town::new();
    let caller = town.dial_from("8003", "02161234567");
    let trunk = town.trunk();
    town.answer(trunk);
    assert!(town.legs[&caller].plan.detect_keys && !town.legs[&trunk].plan.detect_keys);
    town.say(caller, LegIndication::Key { key: Key::new('5').unwrap(), millis: 100 });
    town.press(caller, '6');
    town.press(trunk, '7');
    assert_eq!(town.keys_sent, vec![(trunk, digits("5")), (trunk, digits("6"))]);
    town.hang_up(caller);
    town.all_quiet();
}
