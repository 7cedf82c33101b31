//! Phones, disks, the store and the daemon itself fail.

use desk::{AgentState, SeatCommand};
use ledger::{Event, Outcome};
use simulation::*;

fn shop() -> World {
    World::seeded(12).span("E1-1", pri_user()).queue("orders").agent("anna", Presence::Ready)
}

/// An agent whose phone lost the network is not offered calls, and is again once it is back.
#[test]
fn an_unplugged_phone_gets_no_calls() {
    let mut town = shop();
    town.unplug("anna").expect(agent("anna").reachable(false));
    let customer = town.dial("4951234567");
    town.after(secs(10)).expect(caller(customer).hears(Sound::Music));
    town.plug_in("anna").after(secs(4)).expect(caller(customer).hears(Sound::Phone("anna")));
    town.hang_up(customer).settle().expect(cdr(customer).answered_by("anna").waited(secs(12)));
}

/// The phone loses its network while it rings: the caller goes to the next agent without waiting out the ring time.
#[test]
fn a_phone_is_unplugged_while_ringing() {
    let mut town = shop().agent("bo", Presence::Ready);
    town.manner("anna", PhoneManner::NoAnswer);
    let customer = town.dial("4951234567");
    town.after(secs(2)).unplug("anna").after(secs(4)).expect(caller(customer).hears(Sound::Phone("bo")));
    town.hang_up(customer).settle().expect(cdr(customer).answered_by("bo"));
}

/// The phone dies in the middle of a talk: the caller is not left in silence for ever, the record is whole.
#[test]
fn a_phone_dies_while_talking() {
    let mut town = shop();
    let customer = town.dial("4951234567");
    town.after(secs(20)).unplug("anna").after(secs(10)).settle();
    town.expect(span("E1-1").all_idle()).expect(cdr(customer).answered_by("anna").talked(secs(18)));
}

/// Nobody has a phone registered: signing in says so instead of ringing into the void.
#[test]
fn signing_in_without_a_phone() {
    let mut town = World::seeded(12).span("E1-1", pri_user()).queue("orders").agent("anna", Presence::SignedOut);
    town.unplug("anna");
    let refusal = town.try_seat("anna", SeatCommand::SignIn { extension: digits("8001") });
    assert_eq!(refusal, Err(desk::Refusal::ExtensionUnreachable));
    let unknown = town.try_seat("anna", SeatCommand::SignIn { extension: digits("8999") });
    assert_eq!(unknown, Err(desk::Refusal::ExtensionUnknown));
}

/// The recorder's disk is full: calls go on, each names its missing recording, and recording resumes with space.
#[test]
fn the_disk_is_full() {
    let mut town = shop();
    town.disk_is(Disk::Full);
    let unrecorded = town.dial("4951234567");
    town.after(secs(20)).expect(caller(unrecorded).hears(Sound::Phone("anna")));
    town.hang_up(unrecorded).settle().disk_is(Disk::Fine);
    town.expect(
        cdr(unrecorded).answered_by("anna").ledger("the fault", |event| matches!(event, Event::RecordingFailed { .. })),
    );
    let recorded = town.dial("4951234567");
    town.after(secs(22)).hang_up(recorded).settle().expect(cdr(recorded).recorded(secs(20)));
}

/// The disk fails in the middle of a talk: the talk does not notice.
#[test]
fn the_disk_fails_while_recording() {
    let mut town = shop();
    let customer = town.dial("4951234567");
    town.after(secs(10)).disk_is(Disk::Failing).after(secs(10));
    town.expect(caller(customer).hears(Sound::Phone("anna"))).hang_up(customer).settle();
    town.expect(
        cdr(customer)
            .answered_by("anna")
            .talked(secs(18))
            .ledger("the fault", |event| matches!(event, Event::RecordingFailed { .. })),
    );
}

/// A slow store delays records, never a call; in the end none is missing.
#[test]
fn the_store_is_slow() {
    let mut town = shop();
    town.store_is(Mood::Slow);
    for _ in 0..5 {
        let customer = town.dial("4951234567");
        town.after(secs(4)).expect(caller(customer).hears(Sound::Phone("anna")));
        town.hang_up(customer).after(secs(11));
    }
    town.settle().expect(records(5));
}

/// The store fails for two minutes: calls go on, and every record is there once it works again.
#[test]
fn the_store_fails_and_recovers() {
    let mut town = shop();
    town.store_is(Mood::Failing);
    let customer = town.dial("4951234567");
    town.after(secs(60)).expect(caller(customer).hears(Sound::Phone("anna"))).hang_up(customer).after(secs(60));
    town.expect(records(0)).store_is(Mood::Fine).settle();
    town.expect(records(1)).expect(cdr(customer).answered_by("anna").recorded(secs(58)));
}

/// The daemon is killed with a call up: after the restart the far exchange has its circuits back, the call is in the log as
/// interrupted, and the next caller is served.
#[test]
fn a_restart_with_calls_up() {
    let mut town = shop();
    let customer = town.dial("4951234567");
    town.after(secs(20)).kill().after(secs(60)).settle();
    town.expect(cdr(customer).outcome(Outcome::Interrupted)).expect(span("E1-1").all_idle());
    town.seat("anna", SeatCommand::SignIn { extension: digits("8001") });
    let next = town.dial("4951234567");
    town.after(secs(10)).expect(caller(next).hears(Sound::Phone("anna"))).hang_up(next).settle();
    town.expect(cdr(next).answered_by("anna")).expect(records(2));
}

/// Show 5: records closed before the daemon was killed are all there after it.
#[test]
fn a_restart_loses_no_closed_record() {
    let mut town = shop();
    let done: Vec<CallerId> = (0..3)
        .map(|_| {
            let customer = town.dial("4951234567");
            town.after(secs(10)).hang_up(customer).after(secs(15));
            customer
        })
        .collect();
    town.kill().after(secs(60)).settle().expect(records(3));
    for customer in done {
        town.expect(cdr(customer).answered_by("anna"));
    }
}

/// Killed while the after-call work was being done: the call's ledger was closed, so its record says how it really ended.
#[test]
fn a_restart_during_after_call_work() {
    let mut town = shop();
    let customer = town.dial("4951234567");
    town.after(secs(20)).hang_up(customer).after(secs(2)).expect(agent("anna").is(AgentState::WrapUp));
    town.kill().after(secs(60)).settle().expect(cdr(customer).answered_by("anna"));
}
