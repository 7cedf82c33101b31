//! In the queue: order, announcements, limits.

use desk::{AgentState, SeatCommand};
use ledger::{Event, Outcome};
use numbering::Cause;
use settings::{Announcements, Overflow, SkillNeed, Target};
use simulation::*;

/// ACD-03: an important number's callers come first, then who waits longest.
#[test]
fn important_callers_come_first() {
    let important = |queue: &mut settings::QueueSettings| queue.priority = 1;
    let town = World::seeded(4).span("E1-1", pri_user()).queue("orders").queue_with("vip", important);
    let town = town.service("4000", Target::Queue(identity::QueueId(2)));
    let mut town = town.agent("anna", Presence::Busy);
    let first = town.dial("4951234567");
    town.after(secs(2));
    let second = town.dial("4951234567");
    town.after(secs(2));
    let vip = town.dial("4000");
    town.after(secs(2)).seat("anna", SeatCommand::Ready).after(secs(5));
    town.expect(caller(vip).hears(Sound::Phone("anna"))).expect(caller(first).hears(Sound::Music));
    town.hang_up(vip).after(secs(15)).expect(caller(first).hears(Sound::Phone("anna")));
    town.hang_up(first).after(secs(15)).expect(caller(second).hears(Sound::Phone("anna")));
    town.hang_up(second).settle().expect(records(3));
}

/// ACD-09: a queue that asks for a skill rings only who has it.
#[test]
fn only_the_skilled_are_rung() {
    let english = |queue: &mut settings::QueueSettings| {
        queue.needs = vec![SkillNeed { skill: identity::SkillId(1), level: 3 }];
    };
    let town = World::seeded(4).span("E1-1", pri_user()).queue_with("english", english);
    let town = town.agent("anna", Presence::Ready).skilled("anna", 1, 2);
    let mut town = town.agent("bo", Presence::Ready).skilled("bo", 1, 4);
    let customer = town.dial("4951234567");
    town.after(secs(5)).expect(caller(customer).hears(Sound::Phone("bo"))).expect(agent("anna").is(AgentState::Ready));
    town.hang_up(customer).settle();
}

/// ACD-19: the waiting caller is told its place over the music, and the music comes back.
#[test]
fn the_place_is_announced() {
    let told = |queue: &mut settings::QueueSettings| {
        queue.announcements = Announcements { first_seconds: 10, every_seconds: 30, ..Announcements::default() };
    };
    let town = World::seeded(4).span("E1-1", pri_user()).queue_with("orders", told);
    let mut town = town.agent("anna", Presence::Busy);
    let first = town.dial("4951234567");
    let second = town.dial("4951234567");
    town.after(millis(10_200)).expect(caller(first).hears(Sound::Prompt("queue/next")));
    town.expect(caller(second).hears(Sound::Prompt("queue/ahead")));
    town.after(secs(10)).expect(caller(first).hears(Sound::Music)).expect(caller(second).hears(Sound::Music));
    town.hang_up(first).hang_up(second).settle();
    town.expect(cdr(second).ledger("its place", |event| matches!(event, Event::Announced { position: 2, .. })));
}

/// An agent who is free cuts the announcement short.
#[test]
fn an_answer_cuts_the_announcement_short() {
    let told = |queue: &mut settings::QueueSettings| {
        queue.announcements = Announcements { first_seconds: 10, ..Announcements::default() };
    };
    let town = World::seeded(4).span("E1-1", pri_user()).queue_with("orders", told);
    let mut town = town.agent_with("anna", Presence::Busy, PhoneManner::Answers(millis(300)));
    let customer = town.dial("4951234567");
    town.after(millis(9900)).seat("anna", SeatCommand::Ready).after(millis(600));
    town.expect(caller(customer).hears(Sound::Phone("anna")));
    town.hang_up(customer).settle();
}

/// OUT-28: who waits too long hears an apology and is released with congestion, and counts as overflowed.
#[test]
fn the_wait_is_too_long() {
    let short = |queue: &mut settings::QueueSettings| queue.max_wait_seconds = 30;
    let town = World::seeded(4).span("E1-1", pri_user()).queue_with("orders", short);
    let mut town = town.agent("anna", Presence::Busy);
    let customer = town.dial("4951234567");
    town.after(millis(30_200)).expect(caller(customer).hears(Sound::Prompt("queue/sorry")));
    town.settle().expect(caller(customer).gone(Cause::SwitchingCongestion));
    town.expect(cdr(customer).outcome(Outcome::Overflowed).waited(secs(30))).expect(queue("orders").overflowed(1));
}

/// OUT-02: a queue that is full sends the next caller to another one.
#[test]
fn a_full_queue_sends_callers_on() {
    let full = |queue: &mut settings::QueueSettings| {
        queue.max_waiting = 1;
        queue.overflow = Overflow::To(Target::Queue(identity::QueueId(2)));
    };
    let helped = |queue: &mut settings::QueueSettings| {
        queue.needs = vec![SkillNeed { skill: identity::SkillId(1), level: 1 }];
    };
    let town = World::seeded(4).span("E1-1", pri_user()).queue_with("orders", full).queue_with("help", helped);
    let town = town.agent("anna", Presence::Busy);
    let mut town = town.agent("bo", Presence::SignedOut).skilled("bo", 1, 3);
    let first = town.dial("4951234567");
    town.after(secs(1)).seat("bo", SeatCommand::SignIn { extension: digits("8002") });
    town.seat("bo", SeatCommand::Busy { reason: "soon".into() });
    // Bo serves both queues, so the first caller is rung for once Bo is ready; the second has overflowed by then.
    let second = town.dial("4951234567");
    town.after(secs(1)).expect(queue("orders").waiting(1).overflowed(1)).expect(queue("help").waiting(1));
    town.hang_up(first).seat("bo", SeatCommand::Ready).after(secs(5));
    town.expect(caller(second).hears(Sound::Phone("bo")));
    town.hang_up(second).settle().expect(cdr(second).answered_by("bo"));
}

/// OUT-28: at night nobody is signed in: the caller is not kept waiting for nothing.
#[test]
fn nobody_is_signed_in() {
    let mut town = World::seeded(4).span("E1-1", pri_user()).queue("orders").agent("anna", Presence::SignedOut);
    let customer = town.dial("4951234567");
    town.after(secs(60)).settle();
    town.expect(cdr(customer).outcome(Outcome::Overflowed)).expect(span("E1-1").all_idle());
}

/// The last agent signs out with callers waiting: they are told, not forgotten.
#[test]
fn the_last_agent_signs_out() {
    let mut town = World::seeded(4).span("E1-1", pri_user()).queue("orders").agent("anna", Presence::Busy);
    let customer = town.dial("4951234567");
    town.after(secs(20)).seat("anna", SeatCommand::SignOut).settle();
    town.expect(cdr(customer).outcome(Outcome::Overflowed).waited(secs(20)));
}

/// SEA-19: after-call work keeps the next call away until it is done, and its code is in the record.
#[test]
fn after_call_work() {
    let coded = |queue: &mut settings::QueueSettings| {
        queue.wrap_up_seconds = 0;
        queue.wrap_up_codes = vec!["ordered".into(), "refused".into()];
    };
    let town = World::seeded(4).span("E1-1", pri_user()).queue_with("orders", coded);
    let mut town = town.agent("anna", Presence::Ready);
    let first = town.dial("4951234567");
    town.after(secs(30)).hang_up(first).after(secs(60)).expect(agent("anna").is(AgentState::WrapUp));
    let second = town.dial("4951234567");
    town.after(secs(5)).expect(queue("orders").waiting(1));
    let refusal = town.try_seat("anna", SeatCommand::WrapUp { code: None, note: None });
    assert_eq!(refusal, Err(desk::Refusal::CodeNeeded));
    town.seat("anna", SeatCommand::WrapUp { code: Some("ordered".into()), note: None }).after(secs(5));
    town.expect(caller(second).hears(Sound::Phone("anna"))).expect(cdr(first).wrap_up_code("ordered"));
    town.hang_up(second).after(secs(5)).seat("anna", SeatCommand::WrapUp { code: Some("refused".into()), note: None });
    town.settle().expect(cdr(second).wrap_up_code("refused"));
}

/// SEA-08: busy chosen during a call takes effect after it, and dialling out is still possible.
#[test]
fn busy_after_the_call() {
    let mut town = World::seeded(4).span("E1-1", pri_user()).queue("orders").agent("anna", Presence::Ready);
    let first = town.dial("4951234567");
    town.after(secs(10)).seat("anna", SeatCommand::Busy { reason: "lunch".into() });
    town.expect(agent("anna").is(AgentState::Talking)).hang_up(first).after(secs(15));
    town.expect(agent("anna").is(AgentState::Busy));
    town.seat("anna", SeatCommand::Dial { number: digits("013900000000") }).after(secs(20));
    town.expect(agent("anna").is(AgentState::Talking)).expect(town_called("13900000000", None));
    town.put_down("anna").settle().expect(agent("anna").is(AgentState::Busy));
}
