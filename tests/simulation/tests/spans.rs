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

/// LIN-03: our receiver loses frame alignment: we say so, the far end sees the remote alarm, nobody takes a circuit; a ringing call
/// ends at both ends, a talk goes on, and with the mended line every circuit is back.
#[test]
fn a_line_without_frames() {
    for deaf in [End::Box, End::Far] {
        let town = World::seeded(3).span("E1-1", pri_user()).queue("orders").agent("anna", Presence::Ready);
        let mut town = town.phone(PhoneManner::NoAnswer).subscriber("13922223333", Habit::NoAnswer);
        let customer = town.dial("4951234567");
        town.after(secs(10));
        town.lift("8101", "013922223333");
        town.after(secs(5)).deafen("E1-1", deaf, Failure::Lfa);
        let seen = if deaf == End::Box { "lfa" } else { "rai" };
        town.after(secs(1)).expect(span("E1-1").alarm(seen).talking(1));
        let refused = town.dial("4951234567");
        town.after(secs(20)).expect(caller(refused).gone(numbering::Cause::NetworkOutOfOrder));
        town.expect(caller(customer).hears(Sound::Phone("anna")));
        town.mend("E1-1").after(secs(20)).expect(span("E1-1").up(true).no_alarm().talking(1));
        town.hang_up(customer).settle().expect(span("E1-1").all_idle()).expect(cdr(customer).answered_by("anna"));
    }
}

/// The network in between loses our D-channel one way and no alarm tells: the end that hears nothing clears its ringing call, and
/// the other, whose link never failed, does not keep it.
#[test]
fn a_d_channel_lost_in_one_direction() {
    for deaf in [End::Box, End::Far] {
        let town = World::seeded(4).span("E1-1", pri_user()).queue("orders").agent("anna", Presence::Ready);
        let mut town = town.phone(PhoneManner::NoAnswer).subscriber("13922223333", Habit::NoAnswer);
        let customer = town.dial("4951234567");
        town.after(secs(10)).expect(caller(customer).hears(Sound::Phone("anna")));
        town.lift("8101", "013922223333");
        town.after(secs(5)).deafen("E1-1", deaf, Failure::Silence).after(secs(40));
        town.mend("E1-1").after(secs(20)).expect(span("E1-1").up(true).talking(1));
        town.expect(caller(customer).hears(Sound::Phone("anna"))).hang_up(customer).settle();
        town.expect(span("E1-1").all_idle()).expect(cdr(customer).answered_by("anna"));
    }
}

/// The agent hangs up while the box does not hear the far exchange: the caller's line is freed once it does.
#[test]
fn hung_up_while_deaf() {
    let mut town = World::seeded(5).span("E1-1", pri_user()).queue("orders").agent("anna", Presence::Ready);
    let customer = town.dial("4951234567");
    town.after(secs(10)).deafen("E1-1", End::Box, Failure::Silence).after(secs(40));
    town.put_down("anna").after(secs(5)).expect(caller(customer).answered());
    town.mend("E1-1").after(secs(15)).expect(caller(customer).gone(numbering::Cause::NormalClearing));
    town.settle().expect(span("E1-1").all_idle()).expect(records(1));
}

/// All ones from a fault further away: out of service like a cut, and back with the signal.
#[test]
fn all_ones() {
    let mut town = World::seeded(6).span("E1-1", pri_user()).queue("orders").agent("anna", Presence::Ready);
    town.fail_span("E1-1", Failure::Ais).after(secs(30));
    town.expect(span("E1-1").alarm("ais").up(false).out_of_service());
    town.mend("E1-1").after(secs(20)).expect(span("E1-1").up(true).all_idle());
    let customer = town.dial("4951234567");
    town.after(secs(10)).expect(caller(customer).hears(Sound::Phone("anna"))).hang_up(customer).settle();
}

/// The far exchange's clock is not ours: slips spoil one frame in ten, and no call is lost.
#[test]
fn a_line_that_slips() {
    let mut town = World::seeded(7).span("E1-1", pri_user()).queue("orders").agent("anna", Presence::Ready);
    town.slips("E1-1", 100);
    for _ in 0..20 {
        let customer = town.dial("4951234567");
        town.after(secs(15)).expect(caller(customer).answered()).hang_up(customer).after(secs(20));
    }
    town.slips("E1-1", 0).settle().expect(records(20)).expect(span("E1-1").all_idle());
}

/// LIN-14: a fault of ours makes a span's signalling forget a call, and nobody is told: within a minute the audit gives the circuit back,
/// frees the agent, closes the record and says so.
#[test]
fn the_audit_clears_a_circuit_that_nobody_has() {
    let mut town = World::seeded(7).span("E1-1", pri_user()).queue("orders").agent("anna", Presence::Ready);
    let customer = town.dial("4951234567");
    town.after(secs(10)).expect(span("E1-1").talking(1));
    assert_eq!(town.healed(), 0);
    town.forget_calls("E1-1").after(secs(60)).expect(calls_up(0)).expect(span("E1-1").up(true).all_idle());
    assert_eq!(town.healed(), 1);
    town.expect(agent("anna").is(desk::AgentState::Ready));
    town.settle().expect(cdr(customer).answered_by("anna"));
}

/// A cable comes out and goes back in: one alarm with its beginning and its end, and none for the signalling that went with it.
#[test]
fn an_alarm_stands_as_long_as_its_reason() {
    let mut town = World::seeded(8).span("E1-1", pri_user()).queue("orders");
    town.after(secs(60));
    assert_eq!(town.standing_alarms(), []);
    town.cut("E1-1").after(secs(30));
    assert_eq!(town.standing_alarms(), [desk::AlarmKind::Los]);
    town.mend("E1-1").after(secs(60));
    assert_eq!(town.standing_alarms(), []);
}
