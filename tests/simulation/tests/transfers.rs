//! Hold, transfer, three-way, park; and what becomes of those that fail.

use desk::{AgentState, CallPhase, SeatCommand};
use ledger::{Event, Outcome};
use numbering::Cause;
use simulation::*;

/// Two agents, Anna talking to a customer, Bo free but not taking calls of the queue.
fn talking() -> (World, CallerId) {
    let town = World::seeded(7).span("E1-1", pri_user()).queue("orders").agent("anna", Presence::Ready);
    let mut town = town.agent("bo", Presence::Busy);
    let customer = town.dial("4951234567");
    town.after(secs(10)).expect(caller(customer).hears(Sound::Phone("anna")));
    (town, customer)
}

/// SEA-14: the held caller hears music, and speech again after it; hold and talk are counted apart, and recorded through.
#[test]
fn hold_and_retrieve() {
    let (mut town, customer) = talking();
    town.seat("anna", SeatCommand::Hold).after(secs(20)).expect(caller(customer).hears(Sound::Music));
    town.expect(agent("anna").is(AgentState::Holding));
    town.seat("anna", SeatCommand::Retrieve).after(secs(5)).expect(caller(customer).hears(Sound::Phone("anna")));
    town.hang_up(customer).settle();
    town.expect(cdr(customer).held(secs(20)).talked(secs(13)).recorded(secs(33)));
}

/// SEA-14: a caller forgotten on hold comes back to who held it.
#[test]
fn a_forgotten_caller_comes_back() {
    let (mut town, customer) = talking();
    town.change(|settings| settings.calls.max_hold_seconds = 30);
    town.seat("anna", SeatCommand::Hold).after(secs(35));
    town.expect(caller(customer).hears(Sound::Phone("anna")));
    town.hang_up(customer).settle();
    town.expect(cdr(customer).ledger("the hold's end", |event| matches!(event, Event::HoldExpired { .. })));
}

/// The phone's own hold key does what the console's does.
#[test]
fn the_phones_own_hold_key() {
    let (mut town, customer) = talking();
    town.phone_keys("anna", PhoneDeed::Hold).expect(caller(customer).hears(Sound::Music));
    town.after(secs(5)).phone_keys("anna", PhoneDeed::Retrieve).expect(caller(customer).hears(Sound::Phone("anna")));
    town.hang_up(customer).settle().expect(cdr(customer).held(secs(5)));
}

/// SEA-17, SW-06: a blind transfer; the first agent is free at once, the recording goes on with the second.
#[test]
fn a_blind_transfer() {
    let (mut town, customer) = talking();
    town.transfer("anna", "bo").after(secs(1)).expect(agent("anna").is(AgentState::WrapUp));
    town.after(secs(5)).expect(caller(customer).hears(Sound::Phone("bo")));
    town.after(secs(20)).hang_up(customer).settle();
    town.expect(cdr(customer).answered_by("anna").agents(&["anna", "bo"]).transfers(1).recorded(secs(34)));
}

/// A blind transfer to somebody who does not pick up comes back to who made it.
#[test]
fn a_blind_transfer_comes_back() {
    let (mut town, customer) = talking();
    town.manner("bo", PhoneManner::NoAnswer).transfer("anna", "bo").after(secs(20));
    town.expect(caller(customer).hears(Sound::Tone(plan::Tone::Ringback))).after(secs(10));
    town.expect(caller(customer).hears(Sound::Phone("anna")));
    town.hang_up(customer).settle();
    town.expect(cdr(customer).ledger("the recall", |event| matches!(event, Event::Recalled { .. })));
}

/// A blind transfer to a number of nobody: the caller is not lost.
#[test]
fn a_blind_transfer_to_nobody() {
    let (mut town, customer) = talking();
    let refusal = town.try_seat("anna", SeatCommand::Transfer { to: digits("8999"), mode: desk::TransferMode::Blind });
    assert!(refusal.is_err(), "a number that leads nowhere is refused at once");
    town.after(secs(2)).expect(caller(customer).hears(Sound::Phone("anna")));
    town.hang_up(customer).settle().expect(cdr(customer).transfers(0));
}

/// SEA-17: an attended transfer: ask first, music for the caller meanwhile, then both are joined.
#[test]
fn an_attended_transfer() {
    let (mut town, customer) = talking();
    town.consult("anna", "bo").after(secs(6));
    town.expect(caller(customer).hears(Sound::Music)).expect(phone_hears("bo", Sound::Phone("anna")));
    town.expect(agent("anna").is(AgentState::Consulting));
    town.seat("anna", SeatCommand::CompleteTransfer).after(secs(2));
    town.expect(caller(customer).hears(Sound::Phone("bo"))).expect(phone_hears("bo", Sound::Trunk));
    town.after(secs(10)).hang_up(customer).settle();
    town.expect(cdr(customer).agents(&["anna", "bo"]).transfers(1));
}

/// The consulted colleague is not there: the agent takes the caller back.
#[test]
fn the_consulted_does_not_answer() {
    let (mut town, customer) = talking();
    town.manner("bo", PhoneManner::NoAnswer).consult("anna", "bo").after(secs(5));
    town.expect(caller(customer).hears(Sound::Music));
    town.seat("anna", SeatCommand::CancelTransfer).after(secs(1));
    town.expect(caller(customer).hears(Sound::Phone("anna")));
    town.hang_up(customer).settle().expect(cdr(customer).transfers(0).answered_by("anna"));
}

/// The consulted phone is engaged: the agent hears of it and still has the caller.
#[test]
fn the_consulted_is_busy() {
    let (mut town, customer) = talking();
    town.manner("bo", PhoneManner::Refuses(Cause::UserBusy)).consult("anna", "bo").after(secs(3));
    town.seat("anna", SeatCommand::Retrieve).after(secs(1)).expect(caller(customer).hears(Sound::Phone("anna")));
    town.hang_up(customer).settle();
    town.expect(cdr(customer).ledger("the failure", |event| matches!(event, Event::TransferFailed { .. })));
}

/// The caller hangs up while the agent consults: the agent and the colleague may end their talk in peace.
#[test]
fn the_caller_leaves_during_the_consultation() {
    let (mut town, customer) = talking();
    town.consult("anna", "bo").after(secs(6)).hang_up(customer).after(secs(2));
    town.expect(span("E1-1").all_idle());
    town.put_down("anna").put_down("bo").settle().expect(cdr(customer).answered_by("anna"));
}

/// SEA-18: all three hear each other; when the agent drops out the other two go on.
#[test]
fn a_three_way_call() {
    let (mut town, customer) = talking();
    town.consult("anna", "bo").after(secs(5)).seat("anna", SeatCommand::ThreeWay).after(secs(1));
    town.expect(caller(customer).hears(Sound::Conference)).expect(phone_hears("bo", Sound::Conference));
    town.expect(agent("anna").is(AgentState::ThreeWay));
    town.put_down("anna").after(secs(1)).expect(caller(customer).hears(Sound::Phone("bo")));
    town.hang_up(customer).settle();
    town.expect(cdr(customer).ledger("the conference", |event| matches!(event, Event::Conference { .. })));
}

/// A parked caller hears music and is fetched from another phone.
#[test]
fn park_and_fetch() {
    let (mut town, customer) = talking();
    town.seat("anna", SeatCommand::Park).after(secs(5)).expect(calls_in(CallPhase::Parked, 1));
    town.expect(caller(customer).hears(Sound::Music));
    town.lift("bo", "700");
    town.after(secs(2)).expect(caller(customer).hears(Sound::Phone("bo")));
    town.hang_up(customer).settle();
    town.expect(cdr(customer).ledger("fetched", |event| matches!(event, Event::Unparked { .. })));
}

/// A parked caller whom nobody fetches comes back to who parked it.
#[test]
fn nobody_fetches_the_parked() {
    let (mut town, customer) = talking();
    town.change(|settings| settings.calls.park_seconds = 20);
    town.seat("anna", SeatCommand::Park).after(secs(25)).expect(caller(customer).hears(Sound::Phone("anna")));
    town.hang_up(customer).settle().expect(cdr(customer).outcome(Outcome::Answered));
}

/// SW-07: inside to outside: the caller is sent on to a mobile over another channel.
#[test]
fn a_transfer_to_a_mobile() {
    let (mut town, customer) = talking();
    town.transfer("anna", "013900000000").after(secs(8));
    town.expect(caller(customer).hears(Sound::Trunk)).expect(span("E1-1").talking(2));
    town.hang_up(customer).settle().expect(span("E1-1").all_idle()).expect(cdr(customer).transfers(1));
}

/// The phone transfers by itself (REFER): as the console would.
#[test]
fn the_phone_transfers() {
    let (mut town, customer) = talking();
    town.phone_keys("anna", PhoneDeed::Refer(digits("8002"))).after(secs(5));
    town.expect(caller(customer).hears(Sound::Phone("bo")));
    town.hang_up(customer).settle().expect(cdr(customer).transfers(1));
}
