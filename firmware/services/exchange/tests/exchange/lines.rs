//! Spans, circuits, settings and rights.

use crate::town::{ANNA, Town, digits, house};
use desk::{Actor, Command, Refusal, SlotState};
use identity::{CircuitId, LegId, LineId, SpanId};
use ledger::{Event, Outcome};
use legs::{Alarms, ImageStream, LegIndication, LegRequest, LineTest, SpanIndication, SpanRequest};
use numbering::{Cause, FarParty};
use settings::FaxBox;

fn at(span: u16, slot: u8) -> CircuitId {
    CircuitId { span: SpanId(span), slot }
}

fn refused(town: &Town, leg: LegId, cause: Cause) -> bool {
    town.asked(leg, |r| matches!(r, LegRequest::Release { cause: c } if c.cause == cause))
}

/// A span that alarms takes no new call; calls that its core gives up are cleared; restored, it serves again.
#[test]
fn span_lost_mid_call_and_restored() {
    let mut town = Town::new();
    let caller = town.dial_in("4003");
    let desk = town.rung("8003");
    town.answer(desk);
    town.span(2, SpanIndication::Alarms(Alarms { los: true, ..Alarms::default() }));
    assert_eq!(town.slot(at(2, 9)), SlotState::OutOfService);
    assert_eq!(town.slot(at(2, 1)), SlotState::Talking);
    assert_eq!(town.live().spans[1].alarms, ["los"]);
    town.refuse(caller, Cause::NetworkOutOfOrder);
    assert!(town.gone(desk));
    town.span(1, SpanIndication::Down);
    let out = town.dial_from("8003", "02161234567");
    assert!(refused(&town, out, Cause::NoCircuitAvailable));
    assert_eq!(town.cdr().outcome, Outcome::Failed);
    town.span(2, SpanIndication::Alarms(Alarms::default()));
    let out = town.dial_from("8003", "02161234567");
    assert_eq!(town.circuit(town.trunk()).span, SpanId(2));
    town.hang_up(out);
    town.all_quiet();
}

/// LIN-14: a circuit taken out of service by hand: its call goes on, the next does not use it, the line is told.
#[test]
fn block_and_unblock() {
    let mut town = Town::new();
    let circuit = at(1, 1);
    let busy = town.dial_from("8003", "02161234567");
    assert_eq!(town.circuit(town.trunk()), circuit);
    town.admin(Command::BlockCircuit { circuit }).unwrap();
    assert!(town.spans.contains(&(SpanId(1), SpanRequest::Serve { slot: 1, serve: false })));
    town.hang_up(busy);
    assert_eq!(town.slot(circuit), SlotState::BlockedByUs);
    let caller = town.dial_in_on(1, 1, "4003", true);
    assert!(refused(&town, caller, Cause::RequestedCircuitNotAvailable));
    town.refuse(caller, Cause::RequestedCircuitNotAvailable);
    town.admin(Command::UnblockCircuit { circuit }).unwrap();
    assert_eq!(town.slot(circuit), SlotState::Idle);
    assert_eq!(town.admin(Command::BlockCircuit { circuit: at(1, 16) }), Err(Refusal::NoSuchCircuit));
}

/// A circuit blocked by hand stays blocked when unrelated settings change; one blocked in the settings is blocked at once.
#[test]
fn blocking_by_hand_and_by_settings() {
    let mut town = Town::new();
    town.admin(Command::BlockCircuit { circuit: at(1, 1) }).unwrap();
    town.change(|s| s.spans[0].blocked = vec![2]);
    assert_eq!((town.slot(at(1, 1)), town.slot(at(1, 2))), (SlotState::BlockedByUs, SlotState::BlockedByUs));
    assert!(town.spans.contains(&(SpanId(1), SpanRequest::Serve { slot: 2, serve: false })));
    town.change(|s| s.spans[0].blocked.clear());
    assert_eq!((town.slot(at(1, 1)), town.slot(at(1, 2))), (SlotState::BlockedByUs, SlotState::Idle));
    town.all_quiet();
}

/// Resetting a circuit clears its call and restarts it; so does resetting a span.
#[test]
fn reset() {
    let mut town = Town::new();
    let caller = town.dial_in_on(1, 3, "4003", true);
    town.admin(Command::ResetCircuit { circuit: at(1, 3) }).unwrap();
    assert!(town.gone(caller));
    assert!(town.spans.contains(&(SpanId(1), SpanRequest::RestartCircuit { slot: 3 })));
    town.span(1, SpanIndication::Restarted { slot: 3 });
    assert_eq!(town.slot(at(1, 3)), SlotState::Idle);
    let other = town.dial_in_on(2, 3, "4003", true);
    town.admin(Command::ResetSpan { span: SpanId(2) }).unwrap();
    assert!(town.gone(other));
    assert_eq!(town.slot(at(2, 4)), SlotState::Clearing);
    for slot in (1..=15).chain(17..=31) {
        town.span(2, SpanIndication::Restarted { slot });
    }
    assert_eq!(town.slot(at(2, 4)), SlotState::Idle);
    town.span(2, SpanIndication::RestartFailed { slot: Some(5) });
    assert_eq!(town.slot(at(2, 5)), SlotState::OutOfService);
    assert_eq!(town.admin(Command::ResetSpan { span: SpanId(9) }), Err(Refusal::NoSuchSpan));
    town.all_quiet();
}

/// The line settles on another circuit: the speech path moves, the first circuit is idle.
#[test]
fn another_circuit() {
    let mut town = Town::new();
    let caller = town.dial_from("8003", "02161234567");
    let trunk = town.trunk();
    town.say(trunk, LegIndication::CircuitChanged { circuit: at(1, 7) });
    assert_eq!(town.circuit(trunk), at(1, 7));
    assert_eq!(town.slot(at(1, 1)), SlotState::Idle);
    town.hang_up(caller);
    town.all_quiet();
}

/// Glare (Q.931 5.7): a call comes in on a circuit that a call of ours is trying. The far end's call has it; ours goes on where the
/// line says, and both are made.
#[test]
fn glare() {
    let mut town = Town::new();
    let out = town.dial_from("8003", "02161234567");
    let trunk = town.trunk();
    let incoming = town.dial_in_on(1, 1, "4003", true);
    assert_eq!(town.circuit(incoming), at(1, 1));
    town.say(trunk, LegIndication::CircuitChanged { circuit: at(1, 2) });
    assert_eq!(town.circuit(trunk), at(1, 2));
    town.answer(trunk);
    assert!(town.talk(out, trunk));
    town.hang_up(out);
    town.hang_up(incoming);
    town.all_quiet();
}

/// An answered call is not pushed off its circuit: whoever asks for it is refused with cause 44.
#[test]
fn a_circuit_in_use_is_refused() {
    let mut town = Town::new();
    let out = town.dial_from("8003", "02161234567");
    let trunk = town.trunk();
    town.answer(trunk);
    let incoming = town.dial_in_on(1, 1, "4003", true);
    assert!(refused(&town, incoming, Cause::RequestedCircuitNotAvailable));
    assert!(town.talk(out, trunk));
    town.hang_up(out);
    town.all_quiet();
}

/// OUT-23: settings change while calls are up: they go on; new extensions and agents are there at once, old ones gone.
#[test]
fn settings_applied_live() {
    let mut town = Town::with_anna();
    let caller = town.dial_in("4002");
    let anna = town.rung("8001");
    town.answer(anna);
    town.change(|s| {
        s.queues.clear();
        s.agents.remove(1);
        s.extensions.retain(|e| e.number != digits("8004"));
        s.spans.remove(1);
        s.flows.clear();
    });
    assert!(town.talk(caller, anna));
    let live = town.live();
    assert!(live.queues.is_empty() && live.agents.len() == 1);
    assert!(!live.extensions.iter().any(|e| e.number == digits("8004")));
    town.hang_up(caller);
    assert_eq!(town.live().spans.len(), 1);
    let inside = town.dial_from("8003", "8004");
    assert!(refused(&town, inside, Cause::UnallocatedNumber));
    town.after(31);
    assert_eq!(town.cdrs.len(), 2);
}

/// A span that is taken out and put back serves calls again only when it says that it is up.
#[test]
fn span_taken_out_and_put_back() {
    let mut town = Town::new();
    let spans = town.settings.spans.clone();
    town.change(|s| s.spans.truncate(1));
    town.change(|s| s.spans = spans);
    assert_eq!(town.slot(at(2, 1)), SlotState::OutOfService);
    town.span(2, SpanIndication::Up);
    assert_eq!(town.slot(at(2, 1)), SlotState::Idle);
    town.all_quiet();
}

/// The box takes as many calls as it has circuits and telephones for; one more is refused with cause 42.
#[test]
fn full() {
    let mut town = Town::new();
    let mut legs = vec![];
    loop {
        let leg = town.dial_from("8001", "8003");
        legs.push(leg);
        if town.gone(leg) {
            break;
        }
        assert!(legs.len() < 200, "the box never fills");
    }
    let last = legs.pop().unwrap();
    assert!(refused(&town, last, Cause::SwitchingCongestion));
    let distress = town.dial_from("8004", "120");
    assert!(!town.gone(distress), "an emergency call is taken however full the box is");
    town.hang_up(distress);
    legs.into_iter().for_each(|leg| town.hang_up(leg));
    town.all_quiet();
}

/// An agent may command her own seat and nobody else's; lines are the administrator's.
#[test]
fn rights() {
    let mut town = Town::with_anna();
    let anna = Actor::Agent(ANNA);
    let ready = desk::SeatCommand::Ready;
    let bobs = Command::Seat { agent: crate::town::BOB, command: ready };
    assert_eq!(town.command(anna, bobs), Err(Refusal::NotAllowed));
    assert_eq!(town.command(anna, Command::BlockCircuit { circuit: at(1, 1) }), Err(Refusal::NotAllowed));
    let caller = town.dial_in("4003");
    let call = town.calls()[0].id;
    assert_eq!(town.command(anna, Command::ReleaseCall { call }), Err(Refusal::NotAllowed));
    town.admin(Command::ReleaseCall { call }).unwrap();
    assert!(town.gone(caller));
    assert_eq!(town.admin(Command::ReleaseCall { call }), Err(Refusal::NoSuchCall));
    town.all_quiet();
}

/// Words of legs that nobody knows, and words out of place, change nothing.
#[test]
fn stray_words() {
    let mut town = Town::new();
    let line = LineId::Span(SpanId(1));
    let stray = LegIndication::Answered { connected: None };
    town.input(exchange::Input::Leg { line, leg: LegId(99), indication: stray });
    let caller = town.dial_in("4003");
    let desk = town.rung("8003");
    town.answer(desk);
    for odd in [
        LegIndication::Answered { connected: None },
        LegIndication::Alerting { inband: true },
        LegIndication::Retrieved,
        LegIndication::Digits { digits: digits("5"), complete: true },
        LegIndication::TransferTo { other: caller },
    ] {
        town.say(caller, odd);
    }
    town.span(1, SpanIndication::Restarted { slot: 16 });
    assert!(town.talk(caller, desk));
    town.hang_up(desk);
    town.all_quiet();
}

/// A circuit is tested while it is blocked and idle; back in service it is tested no more.
#[test]
fn tests_of_a_circuit() {
    let mut town = Town::new();
    let circuit = at(1, 1);
    let bits = Command::TestCircuit { circuit, test: Some(LineTest::BitErrors) };
    assert_eq!(town.admin(bits.clone()), Err(Refusal::NotBlocked));
    let busy = town.dial_from("8003", "02161234567");
    assert_eq!(town.circuit(town.trunk()), circuit);
    town.admin(Command::BlockCircuit { circuit }).unwrap();
    assert_eq!(town.admin(bits.clone()), Err(Refusal::NotBlocked), "a call is on it");
    town.hang_up(busy);
    town.admin(bits).unwrap();
    assert_eq!(town.tests, [(circuit, Some(LineTest::BitErrors))]);
    let view = town.exchange.circuit_view(circuit).expect("a circuit");
    assert_eq!((view.test, view.blocked_by_us, view.leg), (Some(LineTest::BitErrors), true, None));
    assert!(view.last_leg.is_some());
    town.admin(Command::UnblockCircuit { circuit }).unwrap();
    assert_eq!(town.tests.last(), Some(&(circuit, None)));
    assert_eq!(town.exchange.circuit_view(circuit).map(|view| (view.state, view.test)), Some((SlotState::Idle, None)));
    let nobody = Command::TestCircuit { circuit: at(1, 16), test: Some(LineTest::Tone) };
    assert_eq!(town.admin(nobody), Err(Refusal::NoSuchCircuit));
}

/// LIN-11: who was heard to answer over a line that does not say so is in the call's record, and each opinion in its ledger.
#[test]
fn who_answered_is_on_record() {
    let mut town = Town::new();
    let out = town.dial_from("8003", "02161234567");
    let trunk = town.trunk();
    town.say(trunk, LegIndication::Alerting { inband: true });
    town.say(trunk, LegIndication::Sounds { like: FarParty::ColourRingback });
    town.say(trunk, LegIndication::Sounds { like: FarParty::Person });
    town.answer(trunk);
    // A beep: it was no person.
    town.say(trunk, LegIndication::Sounds { like: FarParty::Machine });
    town.hang_up(out);
    assert_eq!(town.wrote(|event| matches!(event, Event::FarPartyHeard { leg, .. } if *leg == trunk)), 3);
    assert_eq!(town.cdr().far_party, Some(FarParty::Machine));
    assert_eq!(town.cdr().outcome, Outcome::Answered);
}

/// SW-13: a fax box that is called by a telephone's adapter asks for packets, and the adapter's answer reaches it. Neither a trunk nor a
/// telephone whose far end is no fax is asked.
#[test]
fn packets_between_a_fax_box_and_an_adapter() {
    let mut settings = house();
    settings.extensions[3].fax = Some(FaxBox::default());
    let mut town = Town::with(settings);
    let (adapter, stream) = (town.dial_from("8003", "8004"), image(4000));
    let terminal = town.rung("8004");
    town.answer(terminal);
    town.say(terminal, LegIndication::ImageOffered { stream });
    assert!(town.asked(adapter, |r| *r == LegRequest::OfferImage { stream }));
    town.say(adapter, LegIndication::ImageAnswered { stream: Some(image(5000)) });
    assert!(town.asked(terminal, |r| *r == LegRequest::AnswerImage { stream: Some(image(5000)) }));
    // The adapter asks: the box is asked in its turn.
    town.say(adapter, LegIndication::ImageOffered { stream: image(5000) });
    assert!(town.asked(terminal, |r| *r == LegRequest::OfferImage { stream: image(5000) }));
    town.hang_up(adapter);

    let trunk = town.dial_in("8004");
    let terminal = town.rung("8004");
    town.answer(terminal);
    town.say(terminal, LegIndication::ImageOffered { stream });
    assert!(town.asked(terminal, |r| *r == LegRequest::AnswerImage { stream: None }));
    assert!(!town.asked(trunk, |r| matches!(r, LegRequest::OfferImage { .. })));
    town.hang_up(trunk);

    let anna = town.dial_from("8001", "8002");
    let bob = town.rung("8002");
    town.answer(bob);
    town.say(anna, LegIndication::ImageOffered { stream });
    assert!(town.asked(anna, |r| *r == LegRequest::AnswerImage { stream: None }));
    town.hang_up(bob);
    town.all_quiet();
}

fn image(port: u16) -> ImageStream {
    ImageStream { address: ([192, 0, 2, 7], port).into(), max_datagram: 400 }
}
