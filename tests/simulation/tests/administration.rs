//! Settings change while calls are up.

use desk::{AgentState, Command};
use ledger::Outcome;
use simulation::*;

fn shop() -> World {
    World::seeded(13).span("E1-1", pri_user()).queue("orders").agent("anna", Presence::Ready)
}

/// OUT-23: a change of settings does not touch the calls that are up.
#[test]
fn a_change_does_not_disturb_calls() {
    let mut town = shop();
    let customer = town.dial("4951234567");
    town.after(secs(10)).change(|settings| settings.queues[0].ring_seconds = 7);
    town.after(secs(10)).expect(caller(customer).hears(Sound::Phone("anna")));
    town.hang_up(customer).settle().expect(cdr(customer).answered_by("anna").talked(secs(18)));
}

/// OUT-23: a queue is taken away with a caller in it: the caller is sent on, not forgotten.
#[test]
fn a_queue_is_taken_away() {
    let town = shop().queue("old");
    let mut town = town.service("4000", settings::Target::Queue(identity::QueueId(2)));
    town.seat("anna", desk::SeatCommand::Busy { reason: "tea".into() });
    let customer = town.dial("4000");
    town.after(secs(10)).change(|settings| {
        settings.queues.pop();
        settings.services.remove(0);
    });
    town.after(secs(5)).settle();
    town.expect(cdr(customer).outcome(Outcome::Overflowed)).expect(span("E1-1").all_idle());
}

/// OUT-23: an agent is deleted while talking: the talk goes on to its end.
#[test]
fn an_agent_is_deleted_while_talking() {
    let mut town = shop();
    let customer = town.dial("4951234567");
    town.after(secs(10)).change(|settings| settings.agents.clear());
    town.after(secs(10)).expect(caller(customer).hears(Sound::Phone("8001")));
    town.hang_up(customer).settle().expect(cdr(customer).outcome(Outcome::Answered));
}

/// IVR-07: a new version of a flow serves new callers; who is in the old one goes on in it.
#[test]
fn a_flow_changes_under_a_caller() {
    let mut town = shop().menu(&[('1', 1)]);
    let before = town.dial("4951234567");
    town.after(secs(2)).change(|settings| {
        settings.flows[0].nodes = menu_flow(&[('5', 1)]);
        settings.flows[0].version = 2;
    });
    town.press(before, "1").after(secs(4)).expect(caller(before).hears(Sound::Phone("anna")));
    town.hang_up(before).after(secs(20));
    let after = town.dial("4951234567");
    town.after(secs(2)).press(after, "5").after(secs(4)).expect(caller(after).hears(Sound::Phone("anna")));
    town.hang_up(after).settle();
}

/// A supervisor's page hangs up a whole call.
#[test]
fn a_call_is_hung_up_from_the_board() {
    let mut town = shop();
    let customer = town.dial("4951234567");
    town.after(secs(10));
    let call = town.call_of(customer);
    town.administrator(Command::ReleaseCall { call }).expect("the administrator may");
    town.after(secs(3)).expect(agent("anna").is(AgentState::WrapUp)).settle();
    town.expect(span("E1-1").all_idle()).expect(cdr(customer).answered_by("anna"));
}

/// SEC-01: an agent cannot block circuits, nor command another agent's seat.
#[test]
fn an_agent_may_not_do_everything() {
    let mut town = shop().agent("bo", Presence::Ready);
    let circuit = identity::CircuitId { span: identity::SpanId(1), slot: 1 };
    assert_eq!(town.as_agent("anna", Command::BlockCircuit { circuit }), Err(desk::Refusal::NotAllowed));
    let sign_out = Command::Seat { agent: identity::AgentId(2), command: desk::SeatCommand::SignOut };
    assert_eq!(town.as_agent("anna", sign_out), Err(desk::Refusal::NotAllowed));
    town.expect(agent("bo").is(AgentState::Ready)).settle();
}
