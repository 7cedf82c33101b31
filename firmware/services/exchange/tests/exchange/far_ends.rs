//! Telephones from which nothing comes, and calls that were never let in.

use crate::town::{ANNA, BOB, ORDERS, Town, digits};
use crate::transfers::{attended, music, talking};
use desk::{AgentState, CallPhase, SeatCommand, SlotState};
use exchange::{Input, REASON_SILENT};
use identity::{CircuitId, LegId, SpanId};
use ledger::{Direction, Event, Outcome};
use legs::{Incoming, LegIndication, LegRequest, Origin, Setup};
use numbering::{Cause, PartyNumber};
use plan::{MediaIndication, Quality};

fn silent(town: &mut Town, leg: LegId) {
    town.input(Input::Media(MediaIndication::FarEndSilent { leg, millis: 10_000 }));
}

fn heard(town: &mut Town, leg: LegId) {
    town.input(Input::Media(MediaIndication::FarEndHeard { leg }));
}

fn shown_silent(town: &Town) -> bool {
    town.calls().iter().flat_map(|call| &call.parties).any(|party| party.silent)
}

/// PER-03: an agent's telephone dies in mid-call: the wallboard shows it, a minute of silence clears it, the agent is busy, and the
/// caller is at the head of the queue, where the next agent takes it.
#[test]
fn the_agents_telephone_dies() {
    let (mut town, caller, anna) = talking();
    town.after(30);
    silent(&mut town, anna);
    assert!(shown_silent(&town));
    town.after(49);
    assert!(town.talk(caller, anna));
    town.after(1);
    assert!(
        town.gone(anna)
            && town.asked(
                anna,
                |r| matches!(r, LegRequest::Release { cause } if cause.cause == Cause::DestinationOutOfOrder)
            )
    );
    assert_eq!((town.calls()[0].phase, town.calls()[0].queue), (CallPhase::Queued, Some(ORDERS)));
    town.after(31);
    let seat = town.agent(ANNA);
    assert_eq!((seat.state, seat.reason.as_deref()), (AgentState::Busy, Some(REASON_SILENT)));
    town.sign_in(BOB, "8002");
    let bob = town.rung("8002");
    town.answer(bob);
    assert!(town.talk(caller, bob));
    town.hang_up(caller);
    town.after(31);
    let cdr = town.cdr();
    assert_eq!((cdr.silent_millis, cdr.agents.as_slice(), cdr.outcome), (60_000, &[ANNA, BOB][..], Outcome::Answered));
    assert_eq!(town.wrote(|e| matches!(e, Event::FarEndDead { .. })), 1);
    assert_eq!((town.exchange.counters().silent, town.exchange.counters().dead), (0, 1));
    town.all_quiet();
}

/// A telephone that is heard again in time is left alone, and its silence is in the record.
#[test]
fn silent_for_a_while() {
    let (mut town, caller, anna) = talking();
    town.after(20);
    silent(&mut town, anna);
    town.after(40);
    heard(&mut town, anna);
    assert!(!shown_silent(&town));
    town.after(300);
    assert!(town.talk(caller, anna));
    town.hang_up(caller);
    town.after(31);
    assert_eq!(town.cdr().silent_millis, 50_000);
    town.all_quiet();
}

/// On hold nobody has to speak: neither who is held nor who holds is cleared, however long; retrieved, the clock begins anew.
#[test]
fn hold_is_no_silence() {
    let (mut town, caller, anna) = talking();
    let colleague = town.dial_from("8004", "8003");
    let desk = town.rung("8003");
    town.answer(desk);
    town.say(desk, LegIndication::Held);
    town.seat(ANNA, SeatCommand::Hold).unwrap();
    for leg in [anna, desk, colleague] {
        silent(&mut town, leg);
    }
    town.after(170);
    assert_eq!((town.hears(caller), town.hears(colleague)), (music(), music()));
    town.seat(ANNA, SeatCommand::Retrieve).unwrap();
    town.after(59);
    assert!(town.talk(caller, anna));
    town.after(2);
    assert!(town.gone(anna) && !town.gone(caller));
    town.hang_up(caller);
    town.hang_up(colleague);
    town.after(31);
    town.all_quiet();
}

/// Whom an agent consults dies: she has her caller back on hold. Switched off, nobody is cleared.
#[test]
fn consulted_callers_and_switched_off() {
    let (mut town, caller, anna) = talking();
    town.seat(ANNA, attended("8003")).unwrap();
    let expert = town.rung("8003");
    town.answer(expert);
    town.after(10);
    silent(&mut town, expert);
    town.after(51);
    assert!(town.gone(expert));
    town.seat(ANNA, SeatCommand::Retrieve).unwrap();
    assert!(town.talk(caller, anna));
    let inside = town.dial_from("8004", "4001");
    town.after(10);
    silent(&mut town, inside);
    town.heard_out(inside);
    town.change(|settings| settings.calls.silent_clear_seconds = 0);
    silent(&mut town, anna);
    town.after(600);
    assert!(town.talk(caller, anna) && !town.gone(inside));
    town.hang_up(inside);
    town.hang_up(caller);
    town.after(31);
    town.all_quiet();
}

/// The figures of a telephone's packets are in the record of its call.
#[test]
fn quality_is_on_record() {
    let (mut town, caller, anna) = talking();
    let quality = |received, lost| Quality { received, lost, jitter_micros: 900, ..Quality::default() };
    for (received, lost) in [(250, 0), (500, 3)] {
        town.input(Input::Media(MediaIndication::Quality { leg: anna, quality: quality(received, lost) }));
    }
    town.hang_up(caller);
    town.input(Input::Media(MediaIndication::Quality { leg: anna, quality: quality(750, 9) }));
    town.after(31);
    let told = &town.cdr().quality;
    assert_eq!((told.len(), told[0].extension.clone(), told[0].quality), (1, Some(digits("8001")), quality(500, 3)));
    town.all_quiet();
}

/// LIN-03: a call on a circuit that the exchange cannot give it, and one that the line itself refuses, have their records like any other.
#[test]
fn refused_calls_are_on_record() {
    let mut town = Town::new();
    let circuit = CircuitId { span: SpanId(2), slot: 3 };
    town.admin(desk::Command::BlockCircuit { circuit }).unwrap();
    let refused = town.dial_in_on(2, 3, "4001", true);
    assert!(town.gone(refused));
    let cdr = town.cdr();
    assert_eq!(
        (cdr.cause, cdr.outcome, cdr.circuit),
        (Cause::RequestedCircuitNotAvailable, Outcome::Failed, Some(circuit))
    );
    assert_eq!((cdr.called.as_str(), cdr.calling.as_ref().map(|n| n.as_str())), ("4001", Some("13800138000")));
    assert_eq!(town.slot(circuit), SlotState::BlockedByUs);
    let setup = Setup { called: PartyNumber::plain(digits("8001")), complete: true, ..Setup::default() };
    let incoming = Box::new(Incoming { setup, origin: Origin::Extension(digits("8004")), replaces: None });
    let (leg, cause) = (LegId(77 << 48), Cause::BearerNotImplemented.into());
    let line = identity::LineId::Sip;
    town.input(Input::Leg { line, leg, indication: LegIndication::TurnedAway { incoming, cause } });
    assert_eq!((town.cdr().direction, town.cdr().cause), (Direction::Internal, Cause::BearerNotImplemented));
    assert_eq!(town.cdrs.len(), 2);
    town.all_quiet();
}

/// More calls than the box has room for: each that is refused for that has its record too.
#[test]
fn congestion_is_on_record() {
    let mut town = Town::new();
    town.change(|settings| settings.extensions.truncate(1));
    let mut refused = 0;
    for _ in 0..80 {
        let leg = town.dial_from("8001", "4001");
        refused += u32::from(town.gone(leg));
    }
    assert!(refused > 0, "the box must be full at some time");
    let on_record = town.cdrs.iter().filter(|cdr| cdr.cause == Cause::SwitchingCongestion).count();
    assert_eq!(on_record, refused as usize);
}

/// PER-02: what was done for a call, primitive by primitive, can be read back; a refused one's too. No number is in it.
#[test]
fn the_ladder_of_a_call() {
    let (mut town, caller, _) = talking();
    let call = town.calls()[0].id;
    town.hang_up(caller);
    let ladder: Vec<String> = town.exchange.trace().of_call(call).map(|record| record.trace.to_string()).collect();
    let text = ladder.join("\n");
    let mut rest = text.as_str();
    let steps = ["--> Setup", "<-- Answer", "sip <-- Setup", "offered", "- -> Offered", "sip --> Answered", "answered"];
    for step in steps.into_iter().chain(["Offered -> Talking", "--> Released", "sip <-- Release", "-> Over"]) {
        let place = rest.find(step);
        assert!(place.is_some(), "{step} is missing or out of order in\n{text}");
        rest = &rest[place.unwrap_or(0)..];
    }
    assert!(!text.contains("13800138000") && !text.contains("4002"), "{text}");
    town.after(31);
    town.admin(desk::Command::BlockCircuit { circuit: CircuitId { span: SpanId(2), slot: 3 } }).unwrap();
    town.dial_in_on(2, 3, "4001", true);
    let refused: Vec<_> = town.exchange.trace().of_call(town.cdr().call).collect();
    assert_eq!(refused.len(), 4, "{refused:?}");
}
