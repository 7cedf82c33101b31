//! Callers whom nobody takes: they come back, and are never given up while they wait.

use crate::town::{ANNA, BOB, ORDERS, Town, digits};
use crate::transfers::{blind, music, talking};
use desk::{AgentState, CallPhase, SeatCommand};
use ledger::{Event, Outcome};
use numbering::Cause;
use plan::Hears;
use settings::Target;

fn recalls(town: &Town) -> usize {
    town.wrote(|e| matches!(e, Event::Recalled { .. }))
}

/// An agent sends a caller to somebody who does not answer, and does not answer the recall either: the caller is at the head of its
/// queue again, and the next agent has it.
#[test]
fn back_to_the_head_of_the_queue() {
    let (mut town, caller, _) = talking();
    town.seat(ANNA, blind("8003")).unwrap();
    town.seat(ANNA, SeatCommand::Busy { reason: "out".into() }).unwrap();
    town.ring(town.rung("8003"));
    town.after(26);
    town.ring(town.rung("8001"));
    town.after(31);
    assert_eq!((town.calls()[0].phase, town.calls()[0].queue), (CallPhase::Queued, Some(ORDERS)));
    assert_eq!(town.hears(caller), Hears::Music("music/orders".into()));
    assert_eq!((recalls(&town), town.agent(ANNA).state), (1, AgentState::Busy));
    town.sign_in(BOB, "8002");
    let bob = town.rung("8002");
    town.answer(bob);
    assert!(town.talk(caller, bob));
    assert_eq!(town.recordings.len(), 1);
    town.hang_up(caller);
    town.after(31);
    assert_eq!((town.cdr().agents.as_slice(), town.cdr().outcome), (&[ANNA, BOB][..], Outcome::Answered));
    town.all_quiet();
}

/// A caller of no queue, whose transfer nobody answers: the telephone that transferred is rung again and again, with music between.
#[test]
fn recalled_until_somebody_answers() {
    let mut town = Town::new();
    let caller = town.dial_in("4003");
    town.answer(town.rung("8003"));
    let shop = town.rung("8003");
    town.say(shop, legs::LegIndication::Transfer { to: digits("8004") });
    town.refuse(town.rung("8004"), Cause::UserBusy);
    for _ in 0..3 {
        town.refuse(town.rung("8003"), Cause::UserBusy);
        assert_eq!((town.hears(caller), town.calls()[0].phase), (music(), CallPhase::Held));
        town.after(11);
    }
    let back = town.rung("8003");
    town.answer(back);
    assert!(town.talk(caller, back));
    assert_eq!(recalls(&town), 4);
    town.hang_up(caller);
    assert_eq!((town.cdr().outcome, town.cdr().hold_millis), (Outcome::Answered, 0));
    town.all_quiet();
}

/// The telephone that transferred is unplugged: the operator takes the caller, if the site has one.
#[test]
fn the_operator_takes_who_is_left() {
    let mut town = Town::new();
    town.change(|settings| settings.calls.operator = Some(Target::Extension(digits("8001"))));
    let caller = town.dial_in("4003");
    town.answer(town.rung("8003"));
    town.say(town.rung("8003"), legs::LegIndication::Transfer { to: digits("8004") });
    town.register("8003", false);
    town.refuse(town.rung("8004"), Cause::UserBusy);
    assert_eq!(town.hears(caller), music());
    town.after(11);
    assert!(town.try_rung("8001").is_none(), "the telephone itself is tried twice");
    town.after(11);
    let operator = town.rung("8001");
    town.answer(operator);
    assert!(town.talk(caller, operator));
    town.hang_up(caller);
    town.all_quiet();
}

/// Nobody is there at all, for minutes: the caller hears at last that it cannot be helped. And one who hangs up first is gone.
#[test]
fn in_the_end_the_caller_is_told() {
    let mut town = Town::new();
    for patience in [700, 25] {
        let caller = town.dial_in("4003");
        town.answer(town.rung("8003"));
        town.say(town.rung("8003"), legs::LegIndication::Transfer { to: digits("8004") });
        town.register("8003", false);
        town.refuse(town.rung("8004"), Cause::UserBusy);
        town.after(patience);
        if !town.gone(caller) {
            town.hang_up(caller);
        }
        town.register("8003", true);
        town.all_quiet();
    }
    assert_eq!(town.cdrs.len(), 2);
}

/// A parked caller whom nobody takes back is not dropped either.
#[test]
fn parked_and_forgotten() {
    let (mut town, caller, _) = talking();
    town.seat(ANNA, SeatCommand::Park).unwrap();
    town.register("8001", false);
    town.after(121);
    assert_eq!((town.calls()[0].phase, town.hears(caller)), (CallPhase::Queued, Hears::Music("music/orders".into())));
    town.register("8001", true);
    town.after(31);
    let anna = town.rung("8001");
    town.answer(anna);
    assert!(town.talk(caller, anna));
    town.hang_up(caller);
    town.after(31);
    assert_eq!(town.cdr().hold_millis, 120_000);
    town.all_quiet();
}
