//! Callers sent into queues, flows and park slots by who first tells them so.

use crate::town::{ANNA, BOB, ORDERS, Town};
use crate::transfers::{attended, blind, done, music, talking};
use desk::{AgentState, CallPhase, Refusal, SeatCommand};
use ledger::{Event, Outcome, QueueExit};
use legs::{LegIndication, LegRequest};
use plan::{Hears, Tone};

/// SEA-17, ACD-02: an agent chooses a queue for the caller, tells the caller so, and lets it go there: it keeps the time that it has waited
/// before, one recording covers all, and the record names both agents.
#[test]
fn attended_into_a_queue() {
    let (mut town, caller, anna) = talking();
    town.sign_in(BOB, "8002");
    town.after(10);
    town.seat(ANNA, attended("4002")).unwrap();
    assert_eq!((town.hears(caller), town.hears(anna)), (music(), Hears::Tone(Tone::SpecialDial)));
    assert_eq!((town.agent(ANNA).state, town.calls()[0].phase), (AgentState::Consulting, CallPhase::Held));
    town.after(5);
    town.seat(ANNA, SeatCommand::CancelTransfer).unwrap();
    assert!(town.talk(caller, anna));
    town.seat(ANNA, attended("4002")).unwrap();
    town.after(5);
    town.seat(ANNA, SeatCommand::CompleteTransfer).unwrap();
    assert!(town.gone(anna));
    assert_eq!((town.agent(ANNA).state, town.calls()[0].queue), (AgentState::WrapUp, Some(ORDERS)));
    let bob = town.rung("8002");
    town.after(4);
    town.answer(bob);
    assert!(town.talk(caller, bob));
    assert_eq!((town.recording_now(), town.recordings.len()), (1, 1));
    town.after(20);
    town.hang_up(caller);
    town.after(31);
    let cdr = town.cdr();
    assert_eq!((cdr.agents.as_slice(), cdr.transfers, cdr.outcome), (&[ANNA, BOB][..], 1, Outcome::Answered));
    assert_eq!((cdr.talk_millis, cdr.hold_millis), (30_000, 10_000));
    town.all_quiet();
}

/// SEA-17: a queue needs no number of its own to be given a caller; one that does not exist is refused, and the agent keeps the caller.
#[test]
fn given_to_a_queue_by_its_name() {
    let (mut town, caller, anna) = talking();
    town.sign_in(BOB, "8002");
    let nowhere = SeatCommand::TransferToQueue { queue: identity::QueueId(99) };
    assert_eq!(town.seat(ANNA, nowhere), Err(Refusal::BadNumber));
    assert!(town.talk(caller, anna));
    town.seat(ANNA, SeatCommand::TransferToQueue { queue: ORDERS }).unwrap();
    assert!(town.gone(anna));
    let bob = town.rung("8002");
    town.answer(bob);
    assert!(town.talk(caller, bob));
    town.hang_up(caller);
    town.after(31);
    assert_eq!((town.cdr().agents.as_slice(), town.cdr().transfers), (&[ANNA, BOB][..], 1));
    town.all_quiet();
}

/// IVR-12: into a flow by hanging up, which completes; the caller hears it from its beginning.
#[test]
fn attended_into_a_flow_by_hanging_up() {
    let (mut town, caller, anna) = talking();
    town.seat(ANNA, attended("4001")).unwrap();
    town.hang_up(anna);
    assert_eq!(town.prompts(caller), ["menu/main"]);
    town.hang_up(caller);
    done(&mut town);
}

/// Into a park slot that the agent names, by either kind of transfer; a slot that is taken is refused, and the agent keeps the caller.
#[test]
fn into_a_park_slot() {
    let (mut town, caller, anna) = talking();
    town.seat(ANNA, attended("705")).unwrap();
    town.seat(ANNA, SeatCommand::CompleteTransfer).unwrap();
    assert!(town.gone(anna));
    assert_eq!((town.hears(caller), town.calls()[0].phase), (music(), CallPhase::Parked));
    town.sign_in(BOB, "8002");
    let second = town.dial_in("4002");
    let bob = town.rung("8002");
    town.answer(bob);
    assert_eq!(town.seat(BOB, attended("705")), Err(Refusal::NoParkSlot));
    assert_eq!(town.seat(BOB, blind("705")), Err(Refusal::NoParkSlot));
    assert!(town.talk(second, bob));
    town.seat(BOB, blind("706")).unwrap();
    assert_eq!((town.hears(second), town.wrote(|e| matches!(e, Event::Parked { .. }))), (music(), 2));
    let colleague = town.dial_from("8003", "705");
    assert!(town.talk(caller, colleague));
    town.hang_up(caller);
    town.hang_up(second);
    done(&mut town);
}

/// The slot is taken, or the queue deleted, while the agent makes up her mind: completing is refused; if she just hangs up, the caller
/// comes back to her.
#[test]
fn the_place_is_gone_meanwhile() {
    let (mut town, caller, anna) = talking();
    town.seat(ANNA, attended("700")).unwrap();
    town.sign_in(BOB, "8002");
    let second = town.dial_in("4002");
    town.answer(town.rung("8002"));
    town.seat(BOB, SeatCommand::Park).unwrap();
    assert_eq!(town.seat(ANNA, SeatCommand::CompleteTransfer), Err(Refusal::NoParkSlot));
    assert_eq!(town.agent(ANNA).state, AgentState::Consulting);
    town.hang_up(anna);
    assert_eq!(town.wrote(|e| matches!(e, Event::TransferFailed { .. })), 1);
    let back = town.rung("8001");
    town.answer(back);
    assert!(town.talk(caller, back));
    town.hang_up(caller);
    town.hang_up(second);
    done(&mut town);
}

/// The caller gives up while the agent makes up her mind; the hold limit brings the two together again.
#[test]
fn chosen_but_not_let_go() {
    let (mut town, caller, anna) = talking();
    town.seat(ANNA, attended("4001")).unwrap();
    town.after(181);
    assert!(town.talk(caller, anna));
    town.seat(ANNA, attended("4001")).unwrap();
    town.seat(ANNA, attended("4002")).unwrap();
    town.hang_up(caller);
    assert!(town.gone(anna));
    done(&mut town);
}

/// SEA-17: a telephone without a console calls the queue first, then joins its two calls (RFC 5589 7): its other peer waits in its place, with
/// the time that it has waited, and the queue counts nobody as lost.
#[test]
fn telephone_joins_a_queue() {
    let (mut town, caller, anna) = talking();
    town.after(3);
    town.say(anna, LegIndication::Held);
    let second = town.dial_from("8001", "4002");
    assert_eq!(town.hears(second), Hears::Music("music/orders".into()));
    town.after(6);
    town.say(anna, LegIndication::TransferTo { other: second });
    assert!(town.asked(anna, |r| *r == LegRequest::TransferDone) && town.gone(anna) && town.gone(second));
    assert_eq!((town.hears(caller), town.recording_now()), (Hears::Music("music/orders".into()), 1));
    let left = |why: QueueExit| move |e: &Event| matches!(e, Event::LeftQueue { why: w, .. } if *w == why);
    assert_eq!((town.wrote(left(QueueExit::Transferred)), town.wrote(left(QueueExit::Abandoned))), (1, 0));
    assert_eq!((town.live().queues[0].abandoned, town.live().queues[0].waiting), (0, 1));
    town.sign_in(BOB, "8002");
    let bob = town.rung("8002");
    town.answer(bob);
    assert!(town.talk(caller, bob));
    town.hang_up(caller);
    done(&mut town);
}

/// The same with a flow: the peer hears it from its beginning.
#[test]
fn telephone_joins_a_flow() {
    let mut town = Town::new();
    let first = town.dial_in("4003");
    let shop = town.rung("8003");
    town.answer(shop);
    let second = town.dial_from("8003", "4001");
    assert_eq!(town.prompts(second), ["menu/main"]);
    town.say(shop, LegIndication::TransferTo { other: second });
    assert!(town.gone(shop) && town.gone(second));
    assert_eq!(town.prompts(first), ["menu/main"]);
    town.press(first, '2');
    let again = town.rung("8003");
    town.answer(again);
    assert!(town.talk(first, again));
    town.hang_up(first);
    town.all_quiet();
}
