//! Lines that fail, and lines that come back.

use simulation::*;

/// An administrator resets a span while its cable is out: once the cable is back, so are all its circuits.
#[test]
fn a_span_is_reset_while_it_is_down() {
    let mut town = World::seeded(1).span("E1-1", pri_user()).queue("orders").agent("anna", Presence::Ready);
    town.cut("E1-1").after(secs(60));
    town.administrator(desk::Command::ResetSpan { span: identity::SpanId(1) }).expect("the administrator may");
    town.after(secs(10)).mend("E1-1").after(secs(300));
    town.settle().expect(span("E1-1").up(true).all_idle());
}

/// A span is cut in the middle of a talk and is back within T309: the talk survives, nothing is counted twice.
#[test]
fn a_short_cut_is_survived() {
    let mut town = World::seeded(2).span("E1-1", pri_user()).queue("orders").agent("anna", Presence::Ready);
    let customer = town.dial("4951234567");
    town.after(secs(10)).cut("E1-1").after(secs(20)).expect(span("E1-1").alarm("los").up(false));
    town.mend("E1-1").after(secs(10)).expect(span("E1-1").up(true).talking(1));
    town.expect(caller(customer).answered().hears(Sound::Phone("anna")));
    town.hang_up(customer).settle().expect(cdr(customer).answered_by("anna")).expect(span("E1-1").all_idle());
}

/// A span stays dead: after T309 both ends give the call up, the agent is freed, and the circuits are back with the line.
#[test]
fn a_long_cut_clears_the_calls() {
    let mut town = World::seeded(2).span("E1-1", pri_user()).queue("orders").agent("anna", Presence::Ready);
    let customer = town.dial("4951234567");
    town.after(secs(10)).cut("E1-1").after(secs(180)).expect(calls_up(0)).expect(span("E1-1").out_of_service());
    town.expect(agent("anna").is(desk::AgentState::Ready)).mend("E1-1").after(secs(30));
    town.settle().expect(span("E1-1").up(true).all_idle()).expect(cdr(customer).answered_by("anna"));
}

/// A caller in the menu when the span dies: not answered by a person, so the call is cleared with the link.
#[test]
fn a_cut_in_the_menu() {
    let town = World::seeded(2).span("E1-1", pri_user()).queue("orders").menu(&[('1', 1)]);
    let mut town = town.agent("anna", Presence::Ready);
    let customer = town.dial("4951234567");
    town.after(secs(2)).cut("E1-1").after(secs(200)).mend("E1-1").after(secs(30)).settle();
    town.expect(span("E1-1").all_idle()).expect(records(1));
    town.expect(cdr(customer).not_recorded());
}

/// New calls while the span is out: refused at the far exchange; the house's other span goes on serving.
#[test]
fn the_other_span_goes_on() {
    let town = World::seeded(2).span("E1-1", pri_user()).span("E1-2", pri_user()).queue("orders");
    let mut town = town.agent("anna", Presence::Ready);
    town.cut("E1-1").after(secs(30));
    let lost = town.dial_on("E1-1", "4951234567");
    let served = town.dial_on("E1-2", "4951234567");
    town.after(secs(10)).expect(caller(served).hears(Sound::Phone("anna")));
    town.expect(caller(lost).gone(numbering::Cause::NetworkOutOfOrder));
    town.hang_up(served).mend("E1-1").after(secs(30)).settle();
    town.expect(span("E1-1").all_idle()).expect(span("E1-2").all_idle());
}

/// PER-02: one frame in ten is spoilt by bit errors or slips: the data link repeats them, and no call is lost or doubled.
#[test]
fn a_noisy_line() {
    let mut town = World::seeded(2).span("E1-1", pri_user()).queue("orders").agent("anna", Presence::Ready);
    town.noise("E1-1", 100);
    for _ in 0..20 {
        let customer = town.dial("4951234567");
        town.after(secs(15)).expect(caller(customer).answered()).hang_up(customer).after(secs(20));
    }
    town.noise("E1-1", 0).settle().expect(records(20)).expect(queue("orders").answered(20));
}

/// A circuit is taken out of service while a caller talks on it: the call ends in peace, then the circuit is blocked.
#[test]
fn a_circuit_is_blocked_under_a_call() {
    let mut town = World::seeded(2).span("E1-1", pri_user()).queue("orders").agent("anna", Presence::Ready);
    let customer = town.dial("4951234567");
    town.after(secs(10));
    let circuit = town.circuit(customer);
    town.administrator(desk::Command::BlockCircuit { circuit }).expect("the administrator may");
    town.after(secs(10)).expect(caller(customer).hears(Sound::Phone("anna")));
    town.hang_up(customer).settle().expect(span("E1-1").blocked(1)).expect(cdr(customer).answered_by("anna"));
    town.administrator(desk::Command::UnblockCircuit { circuit }).expect("the administrator may");
    town.settle().expect(span("E1-1").all_idle());
}

/// A stuck circuit is reset under a call: the call is cleared at both ends and the circuit serves again.
#[test]
fn a_circuit_is_reset() {
    let mut town = World::seeded(2).span("E1-1", pri_user()).queue("orders").agent("anna", Presence::Ready);
    let customer = town.dial("4951234567");
    town.after(secs(10));
    let circuit = town.circuit(customer);
    town.administrator(desk::Command::ResetCircuit { circuit }).expect("the administrator may");
    town.after(secs(10)).settle().expect(span("E1-1").all_idle()).expect(records(1));
    let again = town.dial("4951234567");
    town.after(secs(15)).expect(caller(again).hears(Sound::Phone("anna"))).hang_up(again).settle();
}
