//! Callers reach agents, or do not.

use desk::{AgentState, CallPhase, SeatCommand};
use ledger::{Direction, Event, OfferEnd, Outcome};
use numbering::Cause;
use simulation::*;

fn shop() -> World {
    World::seeded(11).span("E1-1", pri_user()).queue("orders").agent("anna", Presence::Ready)
}

/// ACD-10, REC-01: the plain good call: rung, answered, talked, hung up; one record, one whole recording, all circuits idle.
#[test]
fn a_caller_talks_to_an_agent() {
    let mut town = shop();
    let customer = town.dial("4951234567");
    town.after(secs(4)).expect(caller(customer).answered().hears(Sound::Phone("anna")));
    town.expect(phone_hears("anna", Sound::Trunk)).expect(agent("anna").is(AgentState::Talking));
    town.expect(span("E1-1").talking(1));
    town.after(secs(60)).hang_up(customer).settle();
    town.expect(cdr(customer).answered_by("anna").talked(secs(62)).recorded(secs(62)).cause(Cause::NormalClearing));
    town.expect(span("E1-1").all_idle()).expect(queue("orders").empty().answered(1)).expect(records(1));
}

/// The agent may be first to hang up; the caller's line is cleared, not left with silence.
#[test]
fn the_agent_hangs_up_first() {
    let mut town = shop();
    let customer = town.dial("4951234567");
    town.after(secs(30)).put_down("anna").settle();
    town.expect(caller(customer).gone(Cause::NormalClearing)).expect(cdr(customer).answered_by("anna"));
    town.expect(span("E1-1").all_idle());
}

/// ACD-02: with every agent talking the caller hears music until one is free.
#[test]
fn a_caller_waits_with_music() {
    let mut town = shop();
    let first = town.dial("4951234567");
    town.after(secs(5));
    let second = town.dial("4951234567");
    town.after(secs(20)).expect(caller(second).answered().hears(Sound::Music)).expect(queue("orders").waiting(1));
    town.hang_up(first).after(secs(15)).expect(caller(second).hears(Sound::Phone("anna")));
    town.hang_up(second).settle();
    town.expect(cdr(second).answered_by("anna").waited(secs(33)));
}

/// OUT-02: an abandoned caller frees the queue place and the B-channel, and counts as lost.
#[test]
fn a_caller_hangs_up_while_waiting() {
    let mut town = World::seeded(28).span("E1-1", pri_user()).queue("orders").agent("anna", Presence::Busy);
    let customer = town.dial("4951234567");
    town.after(secs(40)).hang_up(customer).settle();
    town.expect(queue("orders").empty().abandoned(1)).expect(span("E1-1").all_idle());
    town.expect(cdr(customer).abandoned().waited(secs(40)).not_recorded());
}

/// A caller who gives up while the agent's phone rings: the phone stops at once and the agent is free.
#[test]
fn a_caller_hangs_up_while_ringing() {
    let mut town = shop();
    town.manner("anna", PhoneManner::NoAnswer);
    let customer = town.dial("4951234567");
    town.after(secs(5)).expect(agent("anna").is(AgentState::Ringing));
    town.hang_up(customer).after(secs(1)).expect(agent("anna").is(AgentState::Ready));
    town.expect(queue("orders").abandoned(1));
    town.settle().expect(
        cdr(customer)
            .outcome(Outcome::AbandonedRinging)
            .ledger("the caller left", |event| matches!(event, Event::OfferEnded { why: OfferEnd::CallerLeft, .. })),
    );
}

/// ACD-07, ACD-08: who does not answer within the ring time is passed over.
#[test]
fn no_answer_rings_the_next() {
    let town = World::seeded(3).span("E1-1", pri_user()).queue("orders");
    let mut town = town.agent_with("anna", Presence::Ready, PhoneManner::NoAnswer).agent("bo", Presence::Ready);
    let customer = town.dial("4951234567");
    town.after(secs(30)).expect(caller(customer).hears(Sound::Phone("bo")));
    town.hang_up(customer).settle();
    town.expect(cdr(customer).answered_by("bo").waited(secs(22)));
}

/// ACD-07: an agent whose phone is engaged costs the caller no ring time.
#[test]
fn an_engaged_phone_is_passed_over_at_once() {
    let town = World::seeded(3).span("E1-1", pri_user()).queue("orders");
    let engaged = PhoneManner::Refuses(Cause::UserBusy);
    let mut town = town.agent_with("anna", Presence::Ready, engaged).agent("bo", Presence::Ready);
    let customer = town.dial("4951234567");
    town.after(secs(4)).expect(caller(customer).hears(Sound::Phone("bo")));
    town.hang_up(customer).settle().expect(cdr(customer).answered_by("bo"));
}

/// OUT-05: who lets two calls ring in a row is made busy and does not cost a third caller the ring time.
#[test]
fn who_never_answers_is_made_busy() {
    let strict = |queue: &mut settings::QueueSettings| queue.busy_after_no_answers = 2;
    let town = World::seeded(3).span("E1-1", pri_user()).queue_with("orders", strict);
    let mut town = town.agent_with("anna", Presence::Ready, PhoneManner::NoAnswer);
    let customer = town.dial("4951234567");
    town.after(secs(45)).expect(agent("anna").is(AgentState::Busy)).expect(queue("orders").waiting(1));
    town.manner("anna", PhoneManner::Answers(secs(1))).seat("anna", SeatCommand::Ready).after(secs(3));
    town.expect(caller(customer).hears(Sound::Phone("anna")));
    town.hang_up(customer).settle();
}

/// SEA-09: the agent answers by the console: the phone is asked to go off-hook.
#[test]
fn the_console_answers() {
    let mut town = shop();
    town.manner("anna", PhoneManner::NoAnswer);
    let customer = town.dial("4951234567");
    town.after(secs(3)).seat("anna", SeatCommand::Answer).after(secs(1));
    town.expect(agent("anna").is(AgentState::Talking)).expect(caller(customer).hears(Sound::Phone("anna")));
    town.hang_up(customer).settle().expect(cdr(customer).answered_by("anna"));
}

/// A number that leads nowhere is refused with its cause, before answer, so that the caller is not charged.
#[test]
fn a_number_of_nobody() {
    let mut town = shop().settings(|settings| settings.services.clear());
    let customer = town.dial("5550000");
    town.after(secs(30)).settle();
    town.expect(caller(customer).gone(Cause::UnallocatedNumber)).expect(span("E1-1").all_idle());
    town.expect(cdr(customer).and(|_, cdr| if cdr.answered.is_none() { Ok(()) } else { Err("answered".into()) }));
}

/// LIN-08: a direct number rings its extension; the caller hears ringback, then the person.
#[test]
fn a_direct_number() {
    let town = shop().phone(PhoneManner::Answers(secs(6)));
    let mut town = town.service("4008", settings::Target::Extension(digits("8101")));
    let customer = town.dial("4008");
    town.after(secs(3)).expect(caller(customer).ringing()).expect(calls_in(CallPhase::Ringing, 1));
    town.after(secs(5)).expect(caller(customer).answered().hears(Sound::Phone("8101")));
    town.hang_up(customer).settle();
    town.expect(cdr(customer).outcome(Outcome::Answered).not_recorded());
}

/// The extension is engaged: the caller learns it from the cause.
#[test]
fn a_direct_number_is_busy() {
    let town = shop().phone(PhoneManner::Refuses(Cause::UserBusy));
    let mut town = town.service("4008", settings::Target::Extension(digits("8101")));
    let customer = town.dial("4008");
    town.after(secs(40)).settle();
    town.expect(caller(customer).gone(Cause::UserBusy)).expect(cdr(customer).outcome(Outcome::Busy));
}

/// Nobody picks up: the ring time ends the attempt.
#[test]
fn a_direct_number_does_not_answer() {
    let town = shop().phone(PhoneManner::NoAnswer);
    let mut town = town.service("4008", settings::Target::Extension(digits("8101")));
    let customer = town.dial("4008");
    town.after(secs(70)).settle();
    town.expect(cdr(customer).outcome(Outcome::NoAnswer)).expect(span("E1-1").all_idle());
}

/// A caller who hangs up while a direct number rings is told apart from one who left a queue.
#[test]
fn a_direct_number_abandoned() {
    let town = shop().phone(PhoneManner::NoAnswer);
    let mut town = town.service("4008", settings::Target::Extension(digits("8101")));
    let customer = town.dial("4008");
    town.after(secs(8)).hang_up(customer).settle();
    town.expect(cdr(customer).outcome(Outcome::AbandonedRinging));
}

/// LIN-03: numbers come digit by digit; a complete one is routed at once, without waiting for more.
#[test]
fn a_number_comes_digit_by_digit() {
    let town = World::seeded(5).overlap_span("E1-1").queue("orders").agent("anna", Presence::Ready);
    let town = town.settings(|settings| settings.services.clear());
    let mut town = town.service("4001", settings::Target::Queue(identity::QueueId(1)));
    let customer = town.dial("4001");
    town.after(millis(1500)).expect(calls_in(CallPhase::Dialling, 1));
    town.after(secs(4)).expect(caller(customer).hears(Sound::Phone("anna")));
    town.hang_up(customer).settle().expect(cdr(customer).answered_by("anna"));
}

/// PER-09: a caller who stops dialling does not hold the channel for ever.
#[test]
fn a_number_is_never_finished() {
    let town = World::seeded(5).overlap_span("E1-1").queue("orders").agent("anna", Presence::Ready);
    let town = town.settings(|settings| settings.services.clear());
    let mut town = town.service("40012", settings::Target::Queue(identity::QueueId(1)));
    let customer = town.dial("4001");
    town.after(secs(40)).settle();
    town.expect(caller(customer).gone(Cause::InvalidNumberFormat)).expect(span("E1-1").all_idle());
}

/// SW-10: two phones of the house talk without any trunk.
#[test]
fn an_internal_call() {
    let mut town = shop().phone(PhoneManner::Answers(secs(2))).phone(PhoneManner::NoAnswer);
    let call = town.lift("8102", "8101");
    town.after(secs(10)).expect(phone_hears("8102", Sound::Phone("8101"))).expect(span("E1-1").all_idle());
    town.put_down("8101").settle();
    town.expect(cdr(call).outcome(Outcome::Answered).talked(secs(8)).and(|_, cdr| match cdr.direction {
        Direction::Internal => Ok(()),
        other => Err(format!("{other:?}")),
    }));
}

/// All thirty channels at once: the thirty-first caller is refused by the far exchange, and everything comes back.
#[test]
fn thirty_callers_at_once() {
    let mut town = World::seeded(9).span("E1-1", pri_user()).queue("orders").agent("anna", Presence::Busy);
    let callers: Vec<CallerId> = (0..31).map(|_| town.dial("4951234567")).collect();
    town.after(secs(10))
        .expect(queue("orders").waiting(30))
        .expect(caller(callers[30]).gone(Cause::NoCircuitAvailable));
    for customer in &callers[..30] {
        town.hang_up(*customer);
    }
    town.settle().expect(span("E1-1").all_idle()).expect(queue("orders").abandoned(30)).expect(records(30));
}
