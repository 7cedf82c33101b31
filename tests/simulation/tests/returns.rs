//! Callers sent to services by their agents, and callers whom nobody takes back.

use desk::{AgentState, SeatCommand, TransferMode};
use ledger::{Event, QueueExit};
use numbering::Cause;
use settings::Target;
use simulation::*;

/// Two agents, Anna talking to a customer, Bo ready for calls of the queue.
fn talking() -> (World, CallerId) {
    let town = World::seeded(11).span("E1-1", pri_user()).queue("orders").agent("anna", Presence::Ready);
    let mut town = town.agent("bo", Presence::Busy);
    let customer = town.dial("4951234567");
    town.after(secs(10)).expect(caller(customer).hears(Sound::Phone("anna")));
    town.seat("bo", SeatCommand::Ready);
    (town, customer)
}

/// SEA-17: Anna chooses the queue for her caller, tells it so, and lets go: Bo has it, one recording covers both.
#[test]
fn into_a_queue_when_the_agent_lets_go() {
    let (mut town, customer) = talking();
    let to = digits("4951234567");
    town.seat("anna", SeatCommand::Transfer { to, mode: TransferMode::Attended }).after(secs(5));
    town.expect(caller(customer).hears(Sound::Music)).expect(agent("anna").is(AgentState::Consulting));
    town.seat("anna", SeatCommand::CompleteTransfer).after(secs(6));
    town.expect(agent("anna").is(AgentState::WrapUp)).expect(caller(customer).hears(Sound::Phone("bo")));
    town.hang_up(customer).settle();
    town.expect(cdr(customer).answered_by("anna").agents(&["anna", "bo"]).transfers(1));
}

/// SEA-17: Anna calls the queue from her phone, then joins her two calls: her caller waits in her place, and nobody counts as lost.
#[test]
fn into_a_queue_from_the_phone() {
    let (mut town, customer) = talking();
    town.seat("bo", SeatCommand::Busy { reason: "tea".into() });
    town.phone_keys("anna", PhoneDeed::Hold);
    town.lift("anna", "4951234567");
    town.after(secs(5)).phone_joins("anna").after(secs(2));
    town.expect(caller(customer).hears(Sound::Music)).expect(queue("orders").waiting(1));
    town.seat("bo", SeatCommand::Ready).after(secs(6)).expect(caller(customer).hears(Sound::Phone("bo")));
    town.hang_up(customer).settle();
    let left = |event: &Event| matches!(event, Event::LeftQueue { why: QueueExit::Connected, .. });
    town.expect(cdr(customer).agents(&["anna", "bo"]).ledger("the second stay in the queue", left));
}

/// Anna sends her caller to a phone that is busy, and is away from her own when it comes back: the caller is at the head of the queue again.
#[test]
fn nobody_takes_the_caller_back() {
    let town = World::seeded(12).span("E1-1", pri_user()).queue("orders").agent("anna", Presence::Ready);
    let town = town.agent("bo", Presence::Busy);
    let mut town = town.phone(PhoneManner::Refuses(Cause::UserBusy));
    let customer = town.dial("4951234567");
    town.after(secs(10)).manner("anna", PhoneManner::NoAnswer).transfer("anna", "8101").after(secs(2));
    town.seat("anna", SeatCommand::Busy { reason: "out".into() }).after(secs(40));
    town.expect(queue("orders").waiting(1)).seat("bo", SeatCommand::Ready).after(secs(6));
    town.expect(caller(customer).hears(Sound::Phone("bo"))).hang_up(customer).settle();
    town.expect(cdr(customer).ledger("a recall", |event| matches!(event, Event::Recalled { .. })));
}

/// A caller of no queue, transferred to a busy phone by one that is busy itself by then: it hears music and is rung back until somebody is
/// there.
#[test]
fn rung_back_until_somebody_is_there() {
    let town = World::seeded(13).span("E1-1", pri_user()).phone(PhoneManner::Answers(secs(2)));
    let town = town.phone(PhoneManner::Refuses(Cause::UserBusy));
    let mut town = town.service("4000", Target::Extension(digits("8101")));
    let customer = town.dial("4000");
    town.after(secs(6)).expect(caller(customer).hears(Sound::Phone("8101")));
    town.manner("8101", PhoneManner::Refuses(Cause::UserBusy));
    town.phone_keys("8101", PhoneDeed::Refer(digits("8102"))).after(secs(25));
    town.expect(caller(customer).hears(Sound::Music)).manner("8101", PhoneManner::Answers(secs(1)));
    town.after(secs(15)).expect(caller(customer).hears(Sound::Phone("8101"))).hang_up(customer).settle();
    let recalls = |event: &Event| matches!(event, Event::Recalled { .. });
    town.expect(cdr(customer).ledger("recalls", recalls).held(secs(0)));
}
