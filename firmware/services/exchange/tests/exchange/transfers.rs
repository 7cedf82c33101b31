//! Hold, transfer, three-way, park, click to dial: what agents and telephones do with a call.

use crate::town::{ANNA, BOB, Town, digits};
use desk::{AgentState, CallPhase, Refusal, SeatCommand, TransferMode};
use identity::LegId;
use ledger::{Event, Outcome};
use legs::{LegIndication, LegRequest};
use numbering::Cause;
use plan::{Hears, Tone};

pub(crate) fn music() -> Hears {
    Hears::Music("default".into())
}

/// A caller talking to Anna: the caller's leg and hers.
pub(crate) fn talking() -> (Town, LegId, LegId) {
    let mut town = Town::with_anna();
    let caller = town.dial_in("4002");
    let anna = town.rung("8001");
    town.answer(anna);
    (town, caller, anna)
}

pub(crate) fn blind(to: &str) -> SeatCommand {
    SeatCommand::Transfer { to: digits(to), mode: TransferMode::Blind }
}

pub(crate) fn attended(to: &str) -> SeatCommand {
    SeatCommand::Transfer { to: digits(to), mode: TransferMode::Attended }
}

pub(crate) fn done(town: &mut Town) {
    town.after(31);
    town.all_quiet();
}

/// SEA-14: the held caller hears music and is recorded on; the hold has an end.
#[test]
fn hold_and_its_limit() {
    let (mut town, caller, anna) = talking();
    town.seat(ANNA, SeatCommand::Hold).unwrap();
    assert_eq!((town.hears(caller), town.hears(anna)), (music(), Hears::Silence));
    assert_eq!((town.agent(ANNA).state, town.calls()[0].phase), (AgentState::Holding, CallPhase::Held));
    assert_eq!(town.recording_now(), 1);
    assert_eq!(town.seat(ANNA, SeatCommand::Hold), Err(Refusal::NotNow));
    town.after(10);
    town.seat(ANNA, SeatCommand::Retrieve).unwrap();
    assert!(town.talk(caller, anna));
    town.seat(ANNA, SeatCommand::Hold).unwrap();
    town.after(181);
    assert!(town.talk(caller, anna));
    assert_eq!(town.wrote(|e| matches!(e, Event::HoldExpired { .. })), 1);
    town.hang_up(caller);
    assert_eq!(town.recordings.len(), 1);
    town.after(31);
    assert_eq!(town.cdr().hold_millis, 190_000);
    town.all_quiet();
}

/// A colleague who is held is told so, and told when he is not any more, also when a transfer ends the hold.
#[test]
fn held_telephone_is_told() {
    let mut town = Town::with_anna();
    let anna = town.dial_from("8001", "8003");
    let colleague = town.rung("8003");
    town.answer(colleague);
    town.seat(ANNA, SeatCommand::Hold).unwrap();
    assert!(town.asked(colleague, |r| *r == LegRequest::Hold));
    town.seat(ANNA, blind("8004")).unwrap();
    assert!(town.gone(anna) && town.asked(colleague, |r| *r == LegRequest::Retrieve));
    town.answer(town.rung("8004"));
    town.hang_up(colleague);
    town.all_quiet();
}

/// A telephone that called a queue joins its agent with a third party: the agent's after-call work still begins in the end.
#[test]
fn agent_moved_to_another_call() {
    let mut town = Town::with_anna();
    let first = town.dial_from("8003", "8004");
    let colleague = town.rung("8004");
    town.answer(colleague);
    town.say(first, LegIndication::Held);
    let second = town.dial_from("8003", "4002");
    let anna = town.rung("8001");
    town.answer(anna);
    assert!(town.talk(second, anna));
    town.say(first, LegIndication::TransferTo { other: second });
    assert!(town.talk(colleague, anna));
    town.hang_up(colleague);
    assert_eq!(town.agent(ANNA).state, AgentState::WrapUp);
    town.after(31);
    assert_eq!(town.agent(ANNA).state, AgentState::Ready);
    town.all_quiet();
}

/// SW-06: blind transfer; the caller hears ringback, the agent is free for wrap-up, the recording goes on.
#[test]
fn blind_transfer() {
    let (mut town, caller, anna) = talking();
    town.seat(ANNA, blind("8003")).unwrap();
    assert!(town.gone(anna));
    assert_eq!(town.agent(ANNA).state, AgentState::WrapUp);
    let expert = town.rung("8003");
    town.ring(expert);
    assert_eq!(town.hears(caller), Hears::Tone(Tone::Ringback));
    town.answer(expert);
    assert!(town.talk(caller, expert));
    assert_eq!((town.recording_now(), town.recordings.len()), (1, 1));
    town.hang_up(caller);
    town.after(31);
    assert_eq!((town.cdr().transfers, town.cdr().outcome), (1, Outcome::Answered));
    town.all_quiet();
}

/// A blind transfer that nobody answers comes back to who made it.
#[test]
fn blind_transfer_recalls() {
    let (mut town, caller, _) = talking();
    town.seat(ANNA, blind("8003")).unwrap();
    town.ring(town.rung("8003"));
    town.after(26);
    let recalled = town.rung("8001");
    assert_eq!(town.wrote(|e| *e == Event::Recalled { to: digits("8001") }), 1);
    town.answer(recalled);
    assert!(town.talk(caller, recalled));
    town.hang_up(caller);
    done(&mut town);
}

/// A blind transfer to a busy, unknown or outside number: recall, refusal, trunk.
#[test]
fn blind_transfer_to_odd_places() {
    let (mut town, caller, anna) = talking();
    assert_eq!(town.seat(ANNA, blind("8999")), Err(Refusal::BadNumber));
    assert!(town.talk(caller, anna));
    town.seat(ANNA, blind("8003")).unwrap();
    town.refuse(town.rung("8003"), Cause::UserBusy);
    let back = town.rung("8001");
    town.answer(back);
    town.seat(ANNA, blind("013912345678")).unwrap();
    let mobile = town.trunk();
    town.answer(mobile);
    assert!(town.talk(caller, mobile));
    town.hang_up(mobile);
    done(&mut town);
}

/// IVR-12: an agent sends the caller back to the flow, or into a queue, where it keeps its waiting time.
#[test]
fn from_the_agent_to_flow_and_queue() {
    let (mut town, caller, _) = talking();
    town.sign_in(BOB, "8002");
    town.seat(ANNA, blind("4001")).unwrap();
    assert_eq!(town.prompts(caller), ["menu/main"]);
    town.press(caller, '1');
    let bob = town.rung("8002");
    town.answer(bob);
    assert!(town.talk(caller, bob));
    assert_eq!(town.recordings.len(), 1, "one recording for the caller's whole life");
    town.hang_up(caller);
    town.after(31);
    assert_eq!(town.cdr().agents, [ANNA, BOB]);
    town.all_quiet();
}

/// Attended transfer: the caller hears music while the agent asks; completed, the two talk and the agent is free.
#[test]
fn attended_transfer() {
    let (mut town, caller, anna) = talking();
    town.seat(ANNA, attended("8003")).unwrap();
    let expert = town.rung("8003");
    assert_eq!((town.hears(caller), town.agent(ANNA).state), (music(), AgentState::Consulting));
    town.ring(expert);
    assert_eq!(town.hears(anna), Hears::Tone(Tone::Ringback));
    town.answer(expert);
    assert!(town.talk(anna, expert));
    assert_eq!((town.hears(caller), town.recording_now()), (music(), 2));
    town.seat(ANNA, SeatCommand::CompleteTransfer).unwrap();
    assert!(town.talk(caller, expert) && town.gone(anna));
    assert_eq!(town.recording_now(), 1);
    town.hang_up(expert);
    assert!(town.gone(caller));
    done(&mut town);
}

/// Attended transfer completed before the other answers is a blind one, with its recall.
#[test]
fn completed_while_ringing() {
    let (mut town, caller, anna) = talking();
    town.seat(ANNA, attended("8003")).unwrap();
    town.ring(town.rung("8003"));
    town.seat(ANNA, SeatCommand::CompleteTransfer).unwrap();
    assert!(town.gone(anna));
    assert_eq!(town.hears(caller), Hears::Tone(Tone::Ringback));
    town.after(26);
    town.answer(town.rung("8001"));
    town.hang_up(caller);
    done(&mut town);
}

/// The consultation is cancelled, or comes to nothing: back to the caller.
#[test]
fn consultation_cancelled_or_busy() {
    let (mut town, caller, anna) = talking();
    town.seat(ANNA, attended("8003")).unwrap();
    let expert = town.rung("8003");
    town.answer(expert);
    town.seat(ANNA, SeatCommand::CancelTransfer).unwrap();
    assert!(town.talk(caller, anna) && town.gone(expert));
    town.seat(ANNA, attended("8003")).unwrap();
    town.refuse(town.rung("8003"), Cause::UserBusy);
    assert_eq!((town.hears(caller), town.hears(anna)), (music(), Hears::Tone(Tone::Busy)));
    town.seat(ANNA, SeatCommand::Retrieve).unwrap();
    assert!(town.talk(caller, anna));
    town.hang_up(anna);
    done(&mut town);
}

/// The caller hangs up while on hold for a consultation: agent and expert go on talking.
#[test]
fn caller_leaves_during_consultation() {
    let (mut town, caller, anna) = talking();
    town.seat(ANNA, attended("8003")).unwrap();
    let expert = town.rung("8003");
    town.answer(expert);
    town.hang_up(caller);
    assert!(town.talk(anna, expert));
    assert_eq!(town.recording_now(), 1, "the consultation is recorded on");
    town.hang_up(anna);
    done(&mut town);
}

/// A consultation over a trunk that is congested is tried over the next group.
#[test]
fn consultation_rerouted() {
    let (mut town, caller, anna) = talking();
    town.seat(ANNA, attended("013912345678")).unwrap();
    town.refuse(town.trunk(), Cause::NoCircuitAvailable);
    let mobile = town.trunk();
    town.answer(mobile);
    assert!(town.talk(anna, mobile));
    town.seat(ANNA, SeatCommand::CompleteTransfer).unwrap();
    assert!(town.talk(caller, mobile));
    town.hang_up(caller);
    done(&mut town);
}

/// OUT-07: three talk; each can leave and the others go on.
#[test]
fn three_way() {
    let (mut town, caller, anna) = talking();
    assert_eq!(town.seat(ANNA, SeatCommand::ThreeWay), Err(Refusal::NotNow));
    town.seat(ANNA, attended("8003")).unwrap();
    let expert = town.rung("8003");
    town.answer(expert);
    town.seat(ANNA, SeatCommand::ThreeWay).unwrap();
    assert_eq!(town.hears(caller), Hears::Mix(vec![anna, expert]));
    assert_eq!(town.hears(anna), Hears::Mix(vec![caller, expert]));
    assert_eq!((town.agent(ANNA).state, town.recording_now()), (AgentState::ThreeWay, 1));
    town.seat(ANNA, SeatCommand::CancelTransfer).unwrap();
    assert!(town.talk(caller, anna) && town.gone(expert));
    town.seat(ANNA, attended("8004")).unwrap();
    let second = town.rung("8004");
    town.answer(second);
    town.seat(ANNA, SeatCommand::ThreeWay).unwrap();
    town.seat(ANNA, SeatCommand::HangUp).unwrap();
    assert!(town.talk(caller, second));
    town.hang_up(caller);
    done(&mut town);
}

/// Parked, the caller hears music; any telephone that dials the slot takes the call.
#[test]
fn park_and_fetch_by_dialling() {
    let (mut town, caller, anna) = talking();
    town.seat(ANNA, SeatCommand::Park).unwrap();
    assert!(town.gone(anna));
    assert_eq!((town.hears(caller), town.calls()[0].phase), (music(), CallPhase::Parked));
    let colleague = town.dial_from("8003", "700");
    assert!(town.answered(colleague) && town.talk(caller, colleague));
    assert_eq!(town.wrote(|e| matches!(e, Event::MergedInto { .. })), 1);
    assert_eq!((town.recording_now(), town.recordings.len()), (1, 1));
    town.hang_up(caller);
    assert_eq!(town.seat(ANNA, SeatCommand::Unpark { slot: digits("700") }), Err(Refusal::NoParkSlot));
    done(&mut town);
}

/// An agent fetches a parked caller from her seat: her telephone is rung and answers by itself.
#[test]
fn unpark_from_the_seat() {
    let (mut town, caller, _) = talking();
    town.sign_in(BOB, "8002");
    town.seat(BOB, SeatCommand::Busy { reason: "post".into() }).unwrap();
    town.seat(ANNA, SeatCommand::Park).unwrap();
    town.seat(BOB, SeatCommand::Unpark { slot: digits("700") }).unwrap();
    let bob = town.rung("8002");
    assert!(town.legs[&bob].setup.as_ref().unwrap().answer_at_once);
    town.answer(bob);
    assert!(town.talk(caller, bob));
    assert_eq!(town.agent(BOB).state, AgentState::Talking);
    town.hang_up(bob);
    town.after(31);
    assert_eq!(town.cdrs.len(), 2);
    town.all_quiet();
}

/// A parked caller whom nobody fetches comes back to who parked it.
#[test]
fn park_recalls() {
    let (mut town, caller, _) = talking();
    town.seat(ANNA, SeatCommand::Park).unwrap();
    town.after(121);
    let anna = town.rung("8001");
    town.answer(anna);
    assert!(town.talk(caller, anna));
    town.hang_up(caller);
    done(&mut town);
}

/// SEA-04: click to dial rings the agent's own telephone, then the customer; the talk is recorded.
#[test]
fn click_to_dial() {
    let mut town = Town::with_anna();
    town.seat(ANNA, SeatCommand::Dial { number: digits("013912345678") }).unwrap();
    assert_eq!(town.agent(ANNA).state, AgentState::Dialling);
    assert_eq!(town.seat(ANNA, SeatCommand::Dial { number: digits("8003") }), Err(Refusal::NotNow));
    let anna = town.rung("8001");
    town.answer(anna);
    let customer = town.trunk();
    town.ring(customer);
    town.answer(customer);
    assert!(town.talk(anna, customer));
    assert!(town.legs[&customer].plan.record.is_some());
    town.seat(ANNA, SeatCommand::Key { key: numbering::Key::new('7').unwrap() }).unwrap();
    assert_eq!(town.keys_sent, vec![(customer, digits("7"))]);
    town.hang_up(customer);
    assert_eq!(town.cdr().direction, ledger::Direction::Outbound);
    assert_eq!(town.cdr().recordings.len(), 1);
    assert_eq!(town.agent(ANNA).state, AgentState::Ready);
    town.all_quiet();
}

/// The agent's own telephone does not answer: the dialling ends.
#[test]
fn click_to_dial_unanswered() {
    let mut town = Town::with_anna();
    assert_eq!(town.seat(ANNA, SeatCommand::Dial { number: digits("8999") }), Err(Refusal::BadNumber));
    town.seat(ANNA, SeatCommand::Dial { number: digits("8003") }).unwrap();
    town.after(31);
    assert_eq!(town.cdr().outcome, Outcome::NoAnswer);
    town.all_quiet();
}

/// A telephone holds and retrieves by its own button (re-INVITE).
#[test]
fn telephone_holds() {
    let (mut town, caller, anna) = talking();
    town.say(anna, LegIndication::Held);
    assert_eq!(town.hears(caller), music());
    town.say(anna, LegIndication::Retrieved);
    assert!(town.talk(caller, anna));
    town.hang_up(caller);
    done(&mut town);
}

/// A telephone transfers blindly (REFER); a bad number is told and changes nothing.
#[test]
fn telephone_transfers() {
    let (mut town, caller, anna) = talking();
    town.say(anna, LegIndication::Transfer { to: digits("8999") });
    assert!(town.asked(anna, |r| matches!(r, LegRequest::TransferFailed { .. })) && town.talk(caller, anna));
    town.say(anna, LegIndication::Transfer { to: digits("8003") });
    assert!(
        town.asked(anna, |r| *r == LegRequest::TransferAccepted)
            && town.asked(anna, |r| *r == LegRequest::TransferDone)
    );
    let expert = town.rung("8003");
    town.answer(expert);
    assert!(town.talk(caller, expert));
    town.hang_up(caller);
    done(&mut town);
}

/// A telephone with two calls joins its two peers (REFER with Replaces): the second call goes on in the first.
#[test]
fn telephone_joins_its_two_calls() {
    let (mut town, caller, anna) = talking();
    town.say(anna, LegIndication::Held);
    let second = town.dial_from("8001", "8003");
    let expert = town.rung("8003");
    town.answer(expert);
    assert!(town.talk(second, expert));
    assert!(town.agent(ANNA).consult.is_some());
    town.say(anna, LegIndication::TransferTo { other: second });
    assert!(town.talk(caller, expert) && town.gone(anna) && town.gone(second));
    assert_eq!(town.wrote(|e| matches!(e, Event::MergedInto { .. })), 1);
    town.hang_up(expert);
    town.after(31);
    assert_eq!(town.cdrs.len(), 2);
    town.all_quiet();
}

/// The second call still rings when the telephone joins them; and a stranger's leg cannot be joined.
#[test]
fn telephone_joins_a_ringing_call() {
    let (mut town, caller, anna) = talking();
    let strangers = town.dial_from("8004", "8002");
    town.say(anna, LegIndication::TransferTo { other: strangers });
    assert!(town.talk(caller, anna));
    town.hang_up(strangers);
    let second = town.dial_from("8001", "8003");
    let expert = town.rung("8003");
    town.ring(expert);
    town.say(anna, LegIndication::TransferTo { other: second });
    assert_eq!(town.hears(caller), Hears::Tone(Tone::Ringback));
    town.answer(expert);
    assert!(town.talk(caller, expert));
    town.hang_up(caller);
    done(&mut town);
}

/// Another telephone takes the place of a leg (INVITE with Replaces).
#[test]
fn replaces() {
    let (mut town, caller, anna) = talking();
    let other = town.replace("8003", anna);
    assert!(town.gone(anna) && town.talk(caller, other));
    let nobody = town.replace("8004", anna);
    assert!(town.gone(nobody));
    town.hang_up(caller);
    done(&mut town);
}

/// The agent hangs up during a consultation: that completes the transfer.
#[test]
fn hanging_up_completes() {
    let (mut town, caller, anna) = talking();
    town.seat(ANNA, attended("8003")).unwrap();
    let expert = town.rung("8003");
    town.answer(expert);
    town.hang_up(anna);
    assert!(town.talk(caller, expert));
    town.hang_up(caller);
    done(&mut town);
}

/// REC-01: an agent's call is recorded for its whole life: who transfers it on may have been the party that was recorded, and no agent is in
/// it any more.
#[test]
fn recorded_to_the_end() {
    let mut town = Town::with_anna();
    town.sign_in(BOB, "8002");
    town.dial_from("8001", "8002");
    let bob = town.rung("8002");
    town.answer(bob);
    town.seat(ANNA, blind("8003")).unwrap();
    let expert = town.rung("8003");
    town.answer(expert);
    town.after(10);
    town.seat(BOB, blind("8004")).unwrap();
    town.answer(town.rung("8004"));
    assert_eq!(
        (town.recording_now(), town.recordings.len()),
        (1, 2),
        "the second segment goes on where the first ended"
    );
    town.hang_up(expert);
    done(&mut town);
}
