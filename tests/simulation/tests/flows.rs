//! Callers in the voice menu.

use ledger::{Event, Outcome};
use numbering::Cause;
use settings::{DayTimes, NodeKind, Target, TimeRange};
use simulation::*;

fn shop() -> World {
    let town = World::seeded(6).span("E1-1", pri_user()).queue("orders").queue("service");
    town.menu(&[('1', 1), ('2', 2)]).agent("anna", Presence::Ready)
}

/// IVR-05, SEA-13: greeting, menu, key, agent; the record has what was keyed.
#[test]
fn a_key_leads_to_the_queue() {
    let mut town = shop();
    let customer = town.dial("4951234567");
    town.after(millis(300)).expect(caller(customer).answered().hears(Sound::Prompt("welcome")));
    town.after(secs(1)).expect(caller(customer).hears(Sound::Prompt("menu")));
    town.press(customer, "2").after(secs(5)).expect(caller(customer).hears(Sound::Phone("anna")));
    town.hang_up(customer).settle();
    town.expect(queue("service").answered(1)).expect(queue("orders").answered(0));
    town.expect(cdr(customer).answered_by("anna").keyed("2"));
}

/// IVR-06: who knows the menu need not hear it.
#[test]
fn a_key_during_the_greeting() {
    let mut town = shop();
    let customer = town.dial("4951234567");
    town.after(millis(200)).press(customer, "1").after(secs(3));
    town.expect(caller(customer).hears(Sound::Phone("anna")));
    town.hang_up(customer).settle().expect(cdr(customer).keyed("1"));
}

/// A wrong key is explained and the menu repeated; it counts among the keys pressed.
#[test]
fn a_wrong_key() {
    let mut town = shop();
    let customer = town.dial("4951234567");
    town.after(secs(2)).press(customer, "7").expect(caller(customer).hears(Sound::Prompt("invalid-key")));
    town.after(secs(3)).press(customer, "1").after(secs(4)).hang_up(customer).settle();
    town.expect(cdr(customer).answered_by("anna").keyed("71"));
}

/// A caller without a keypad hears the menu three times, then goodbye, and is not charged for ever.
#[test]
fn a_silent_caller() {
    let mut town = shop();
    let customer = town.dial("4951234567");
    town.after(secs(40)).settle();
    town.expect(caller(customer).gone(Cause::NormalClearing));
    town.expect(cdr(customer).outcome(Outcome::ServedByFlow).keyed("")).expect(span("E1-1").all_idle());
}

/// OUT-03: who hangs up in the menu counts there, not in the queue.
#[test]
fn a_caller_hangs_up_in_the_menu() {
    let mut town = shop();
    let customer = town.dial("4951234567");
    town.after(secs(3)).hang_up(customer).settle();
    town.expect(cdr(customer).outcome(Outcome::AbandonedInFlow)).expect(queue("orders").abandoned(0));
}

/// A prompt that cannot be read costs the caller that prompt, not the call; the ledger names it.
#[test]
fn a_prompt_is_missing() {
    let mut town = shop();
    town.spoil_prompt("welcome");
    let customer = town.dial("4951234567");
    town.after(millis(400)).expect(caller(customer).hears(Sound::Prompt("menu")));
    town.press(customer, "1").after(secs(4)).hang_up(customer).settle();
    town.expect(
        cdr(customer).answered_by("anna").ledger(
            "the missing prompt",
            |event| matches!(event, Event::PromptMissing { name, .. } if name == "welcome"),
        ),
    );
}

/// ACD-14: out of hours the flow says so; at noon on a Thursday the call goes through.
#[test]
fn opening_hours() {
    let hours = |day: u8| NodeKind::Time {
        open: vec![DayTimes { days: vec![day], times: vec![TimeRange { from: 540, to: 1260 }] }],
        holidays: vec![],
        when_open: "agents".into(),
        when_closed: "closed".into(),
    };
    let nodes = |day: u8| {
        let closed = NodeKind::HangUp { prompts: vec!["closed".into()] };
        let agents = NodeKind::Queue { queue: identity::QueueId(1), priority: None };
        vec![node("hours", hours(day)), node("agents", agents), node("closed", closed)]
    };
    let town = World::seeded(6).span("E1-1", pri_user()).queue("orders").agent("anna", Presence::Ready);
    let town = town.flow(nodes(4)).flow(nodes(5));
    let mut town = town.service("4005", Target::Flow(identity::FlowId(2)));
    let open = town.dial("4951234567");
    let closed = town.dial("4005");
    town.after(millis(300)).expect(caller(closed).hears(Sound::Prompt("closed")));
    town.after(secs(5)).expect(caller(open).hears(Sound::Phone("anna")));
    town.hang_up(open).settle().expect(cdr(closed).outcome(Outcome::ServedByFlow));
}

/// A flow sends the caller to an extension; that nobody answers there ends the call with its cause.
#[test]
fn a_flow_transfers() {
    let transfer = NodeKind::Transfer { to: Target::Extension(digits("8101")) };
    let greet = NodeKind::Play { prompts: vec!["transfer".into()], interruptible: false, next: "desk".into() };
    let town = World::seeded(6).span("E1-1", pri_user()).queue("orders");
    let mut town = town.flow(vec![node("greet", greet), node("desk", transfer)]).phone(PhoneManner::Answers(secs(3)));
    let reached = town.dial("4951234567");
    town.after(secs(6)).expect(caller(reached).hears(Sound::Phone("8101")));
    town.hang_up(reached).settle().manner("8101", PhoneManner::NoAnswer);
    let missed = town.dial("4951234567");
    town.after(secs(90)).settle();
    town.expect(cdr(reached).outcome(Outcome::Answered)).expect(cdr(missed).outcome(Outcome::NoAnswer));
}
