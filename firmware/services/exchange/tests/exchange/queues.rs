//! The spine: a caller from the trunk through flow and queue to an agent, recorded and seen.

use crate::town::{ANNA, BOB, ORDERS, Town, digits};
use desk::{AgentState, CallPhase, Refusal, SeatCommand};
use ledger::{Event, OfferEnd, Outcome, QueueExit};
use legs::{LegIndication, LegRequest};
use numbering::Cause;
use plan::{Hears, MediaIndication, RecordingFault, Tone};
use settings::{Overflow, Target};

/// IVR-01, ACD-02, REC-01, SEA-13: greeting, key, music, agent, recording, and one record with it all.
#[test]
fn from_the_trunk_through_flow_and_queue_to_the_agent() {
    let mut town = Town::with_anna();
    let caller = town.dial_in("4001");
    assert!(town.answered(caller));
    assert_eq!(town.prompts(caller), ["menu/main"]);
    assert!(town.legs[&caller].plan.detect_keys);
    assert_eq!(town.calls()[0].phase, CallPhase::InFlow);
    town.after(2);
    town.press(caller, '1');
    assert_eq!(town.hears(caller), Hears::Music("music/orders".into()));
    let desk = town.rung("8001");
    town.ring(desk);
    let pop = &town.calls()[0];
    assert_eq!((pop.phase, pop.agent, pop.queue), (CallPhase::Ringing, Some(ANNA), Some(ORDERS)));
    assert_eq!(pop.flow_path, ["title of menu", "title of orders"]);
    assert_eq!((pop.keyed.as_str(), pop.service.as_deref()), ("1", Some("service 4001")));
    assert_eq!(town.agent(ANNA).state, AgentState::Ringing);
    town.seat(ANNA, SeatCommand::Answer).unwrap();
    assert!(town.asked(desk, |r| *r == LegRequest::AnswerNow));
    town.after(3);
    town.answer(desk);
    assert!(town.talk(caller, desk));
    assert_eq!((town.recording_now(), town.agent(ANNA).state), (1, AgentState::Talking));
    assert!(town.legs[&caller].plan.record.is_some() && town.calls()[0].recorded);
    town.after(60);
    town.hang_up(caller);
    assert!(town.gone(desk));
    assert_eq!((town.recording_now(), town.agent(ANNA).state), (0, AgentState::WrapUp));
    assert!(town.cdrs.is_empty(), "the record waits for the wrap-up code");
    assert_eq!(town.seat(ANNA, SeatCommand::WrapUp { code: None, note: None }), Err(Refusal::CodeNeeded));
    town.after(5);
    town.seat(ANNA, SeatCommand::WrapUp { code: Some("sold".into()), note: None }).unwrap();
    assert_eq!(town.agent(ANNA).state, AgentState::Ready);
    let cdr = town.cdr();
    assert_eq!((cdr.outcome, cdr.agent, cdr.queue), (Outcome::Answered, Some(ANNA), Some(ORDERS)));
    assert_eq!((cdr.talk_millis, cdr.keyed.as_str(), cdr.recordings.len()), (60_000, "1", 1));
    assert_eq!(cdr.wrap_up_code.as_deref(), Some("sold"));
    assert_eq!(cdr.ended.since(cdr.began).as_secs(), 65);
    assert_eq!(town.wrote(|e| matches!(e, Event::RecordingEnded { millis: 60_000, .. })), 1);
    town.all_quiet();
}

/// A card's number is not recorded: the agent pauses and resumes, the ledger tells both, and a pause that nobody ends is over after two
/// minutes. The recording is one and as long as the talk.
#[test]
fn a_recording_is_paused() {
    let mut town = Town::with_anna();
    assert_eq!(town.seat(ANNA, SeatCommand::PauseRecording), Err(Refusal::NotNow));
    let caller = town.dial_in("4001");
    town.after(2);
    town.press(caller, '1');
    let desk = town.rung("8001");
    town.ring(desk);
    town.answer(desk);
    assert!(town.talk(caller, desk));
    assert_eq!(town.seat(ANNA, SeatCommand::ResumeRecording), Err(Refusal::NotNow));
    town.seat(ANNA, SeatCommand::PauseRecording).unwrap();
    assert_eq!(town.seat(ANNA, SeatCommand::PauseRecording), Err(Refusal::NotNow), "once is enough");
    assert!(town.calls()[0].recorded && town.calls()[0].recording_paused);
    town.after(20);
    town.seat(ANNA, SeatCommand::ResumeRecording).unwrap();
    assert!(!town.calls()[0].recording_paused);
    town.seat(ANNA, SeatCommand::PauseRecording).unwrap();
    town.after(119);
    assert!(town.calls()[0].recording_paused);
    town.after(2);
    assert!(!town.calls()[0].recording_paused);
    assert_eq!(town.wrote(|e| matches!(e, Event::RecordingPaused { by: Some(ANNA), .. })), 2);
    assert_eq!(town.wrote(|e| matches!(e, Event::RecordingResumed { by: Some(ANNA), .. })), 1);
    assert_eq!(town.wrote(|e| matches!(e, Event::RecordingResumed { by: None, .. })), 1);
    assert_eq!(town.wrote(|e| matches!(e, Event::RecordingStarted { .. })), 1);
    town.hang_up(caller);
    assert!(town.gone(desk));
    assert_eq!(town.recording_now(), 0);
}

/// SEA-19: a note goes into the record beside the code; while a colleague is still at its after-call work, the agent who is done can
/// put other words in their place, but no code that the queue does not know and no book.
#[test]
fn a_note_is_left_and_amended() {
    let mut town = Town::with_anna();
    town.sign_in(BOB, "8002");
    let caller = town.dial_in("4002");
    let desk = town.rung("8001");
    town.answer(desk);
    town.after(30);
    town.seat(ANNA, SeatCommand::Transfer { to: digits("4002"), mode: desk::TransferMode::Blind }).unwrap();
    let other = town.rung("8002");
    town.answer(other);
    let call = town.calls()[0].id;
    let amend =
        |code: &str, note: &str| SeatCommand::AmendWrapUp { call, code: Some(code.into()), note: Some(note.into()) };
    assert_eq!(town.seat(ANNA, amend("sold", "early")), Err(Refusal::NotNow));
    let wrap_up = |note: String| SeatCommand::WrapUp { code: Some("sold".into()), note: Some(note) };
    assert_eq!(town.seat(ANNA, wrap_up("x".repeat(2001))), Err(Refusal::NoteTooLong));
    town.seat(ANNA, wrap_up(" two boxes ".into())).unwrap();
    town.hang_up(caller);
    assert_eq!(town.seat(ANNA, amend("maybe", "x")), Err(Refusal::CodeNeeded));
    town.seat(ANNA, amend("sold", "three boxes")).unwrap();
    town.seat(BOB, SeatCommand::WrapUp { code: Some("not sold".into()), note: None }).unwrap();
    let cdr = town.cdr();
    let left = |agent| cdr.wrap_ups.iter().find(|left| left.agent == agent).cloned();
    assert_eq!(left(ANNA).and_then(|left| left.note).as_deref(), Some("three boxes"));
    assert_eq!(left(BOB).and_then(|left| left.code).as_deref(), Some("not sold"));
    assert_eq!(cdr.wrap_up_note.as_deref(), Some("three boxes"));
    assert_eq!(town.seat(ANNA, amend("sold", "late")), Err(Refusal::NoSuchCall));
    town.all_quiet();
}

/// IVR-06: a key cuts the prompt short; a silent caller hears the menu again, then is let go.
#[test]
fn the_menu_is_heard_twice_then_the_flow_hangs_up() {
    let mut town = Town::new();
    let caller = town.dial_in("4001");
    town.heard_out(caller);
    town.after(6);
    assert_eq!(town.prompts(caller), ["menu/main"]);
    town.heard_out(caller);
    town.after(6);
    assert_eq!(town.prompts(caller), ["bye"]);
    town.heard_out(caller);
    assert!(town.gone(caller));
    assert_eq!(town.cdr().outcome, Outcome::ServedByFlow);
    town.all_quiet();
}

/// The flow sends the caller to an extension, or (ACD-07) to a mobile outside, as its author wants.
#[test]
fn the_flow_transfers() {
    let mut town = Town::new();
    let first = town.dial_in("4001");
    town.press(first, '2');
    let desk = town.rung("8003");
    town.answer(desk);
    assert!(town.talk(first, desk));
    let second = town.dial_in("4001");
    town.press(second, '3');
    let mobile = town.trunk();
    assert_eq!(town.legs[&mobile].setup.as_ref().unwrap().setup.called.digits, digits("13800138000"));
    town.answer(mobile);
    assert!(town.talk(second, mobile));
    town.hang_up(first);
    town.hang_up(mobile);
    town.all_quiet();
}

/// The caller hangs up in the flow, in the queue, while the agent is rung: each counts as its own kind of loss.
#[test]
fn abandoned_here_and_there() {
    let mut town = Town::with_anna();
    let in_flow = town.dial_in("4001");
    town.hang_up(in_flow);
    assert_eq!(town.cdr().outcome, Outcome::AbandonedInFlow);
    let ringing = town.dial_in("4002");
    let desk = town.rung("8001");
    town.hang_up(ringing);
    assert!(town.gone(desk));
    assert_eq!(town.cdr().outcome, Outcome::AbandonedRinging);
    assert_eq!(town.agent(ANNA).state, AgentState::Ready);
    town.seat(ANNA, SeatCommand::Busy { reason: "tea".into() }).unwrap();
    let queued = town.dial_in("4002");
    assert!(town.try_rung("8001").is_none());
    town.after(40);
    town.hang_up(queued);
    assert_eq!(town.cdr().outcome, Outcome::AbandonedInQueue);
    let left = |why| move |e: &Event| *e == Event::LeftQueue { queue: ORDERS, why };
    assert_eq!(town.wrote(left(QueueExit::Abandoned)), 2);
    let queue = &town.live().queues[0];
    assert_eq!((queue.offered, queue.abandoned, queue.waiting), (2, 2, 0));
    town.all_quiet();
}

/// ACD-08: an agent who does not answer in time is passed over; the next one takes the call.
#[test]
fn next_agent_after_the_ring_time() {
    let mut town = Town::with_anna();
    town.sign_in(BOB, "8002");
    let caller = town.dial_in("4002");
    let anna = town.rung("8001");
    town.ring(anna);
    town.after(21);
    assert!(town.gone(anna));
    let bob = town.rung("8002");
    town.answer(bob);
    assert!(town.talk(caller, bob));
    let ended = |why| move |e: &Event| matches!(e, Event::OfferEnded { why: w, .. } if *w == why);
    assert_eq!((town.wrote(ended(OfferEnd::NoAnswer)), town.wrote(ended(OfferEnd::Answered))), (1, 1));
    town.hang_up(bob);
    assert_eq!(town.cdrs.len(), 0);
    town.after(31);
    assert_eq!(town.cdr().agents, [BOB]);
    town.all_quiet();
}

/// A telephone that refuses, and one that is gone, are passed over at once; the caller keeps waiting with music.
#[test]
fn telephone_refuses() {
    let mut town = Town::with_anna();
    let caller = town.dial_in("4002");
    town.refuse(town.rung("8001"), Cause::CallRejected);
    assert_eq!(town.hears(caller), Hears::Music("music/orders".into()));
    assert_eq!(town.wrote(|e| matches!(e, Event::OfferEnded { why: OfferEnd::Refused, .. })), 1);
    town.after(60);
    town.answer(town.rung("8001"));
    town.hang_up(caller);
    town.after(31);
    town.all_quiet();
}

/// An agent whose telephone is not registered is not offered calls; when it registers again, he is.
#[test]
fn unregistered_telephone_is_not_rung() {
    let mut town = Town::with_anna();
    town.register("8001", false);
    assert!(!town.agent(ANNA).reachable);
    let caller = town.dial_in("4002");
    assert!(town.try_rung("8001").is_none());
    town.after(5);
    town.register("8001", true);
    let desk = town.rung("8001");
    town.answer(desk);
    assert!(town.talk(caller, desk));
    town.hang_up(caller);
    town.after(31);
    town.all_quiet();
}

/// ACD-02: the waiting caller hears music, is told place and wait, then music again; the agent's answer cuts the announcement.
#[test]
fn music_announcement_answer() {
    let mut town = Town::with_anna();
    town.seat(ANNA, SeatCommand::Busy { reason: "tea".into() }).unwrap();
    let first = town.dial_in("4002");
    let second = town.dial_in("4002");
    assert_eq!(town.calls()[1].position, Some(2));
    town.after(16);
    assert_eq!(town.prompts(first), ["queue/next"]);
    assert_eq!(town.prompts(second)[0], "queue/ahead");
    town.heard_out(second);
    assert_eq!(town.hears(second), Hears::Music("music/orders".into()));
    town.seat(ANNA, SeatCommand::Ready).unwrap();
    assert_eq!(town.prompts(first), ["queue/next"], "heard on while the agent is rung");
    let desk = town.rung("8001");
    town.answer(desk);
    assert!(town.talk(first, desk));
    assert_eq!(town.calls()[1].position, Some(1));
    town.hang_up(first);
    town.hang_up(second);
    town.after(31);
    town.all_quiet();
}

/// A queue that is full, or staffed by nobody, says sorry and lets go with cause 42; it counts as overflowed.
#[test]
fn nobody_signed_in() {
    let mut town = Town::new();
    let caller = town.dial_in("4002");
    assert_eq!(town.prompts(caller), ["queue/sorry"]);
    town.heard_out(caller);
    assert!(
        town.asked(caller, |r| matches!(r, LegRequest::Release { cause } if cause.cause == Cause::SwitchingCongestion))
    );
    assert_eq!(town.cdr().outcome, Outcome::Overflowed);
    town.all_quiet();
}

/// A queue that overflows to an extension; and one that overflows to itself, which ends.
#[test]
fn overflow_elsewhere_and_in_a_circle() {
    let mut town = Town::new();
    town.change(|s| s.queues[0].overflow = Overflow::To(Target::Extension(digits("8003"))));
    let caller = town.dial_in("4002");
    let desk = town.rung("8003");
    town.answer(desk);
    assert!(town.talk(caller, desk));
    town.hang_up(desk);
    assert_eq!(town.cdr().outcome, Outcome::Answered);
    town.change(|s| s.queues[0].overflow = Overflow::To(Target::Queue(ORDERS)));
    let circling = town.dial_in("4002");
    assert_eq!(town.hears(circling), Hears::Tone(Tone::Congestion));
    town.hang_up(circling);
    assert_eq!(town.cdr().outcome, Outcome::Overflowed);
    town.all_quiet();
}

/// SEA-09: an automatic seat's telephone is asked to answer by itself.
#[test]
fn automatic_answer() {
    let mut town = Town::with_anna();
    town.change(|s| s.agents[0].automatic_answer = true);
    let caller = town.dial_in("4002");
    let desk = town.rung("8001");
    assert!(town.legs[&desk].setup.as_ref().unwrap().answer_at_once);
    town.answer(desk);
    town.hang_up(caller);
    town.after(31);
    town.all_quiet();
}

/// SEA-08: a busy agent gets no call of a queue; SEA-07: nor one who signed out.
#[test]
fn busy_and_signed_out_agents_get_nothing() {
    let mut town = Town::with_anna();
    town.seat(ANNA, SeatCommand::SignOut).unwrap();
    assert_eq!(town.agent(ANNA).state, AgentState::SignedOut);
    assert_eq!(town.seat(ANNA, SeatCommand::Ready), Err(Refusal::NotSignedIn));
    assert_eq!(town.seat(ANNA, SeatCommand::HangUp), Err(Refusal::NotSignedIn));
    assert_eq!(town.seat(ANNA, SeatCommand::SignIn { extension: digits("8999") }), Err(Refusal::ExtensionUnknown));
    town.sign_in(ANNA, "8001");
    assert_eq!(town.seat(BOB, SeatCommand::SignIn { extension: digits("8001") }), Err(Refusal::ExtensionInUse));
    town.all_quiet();
}

/// An agent who talks on a call of her own is not offered another.
#[test]
fn own_call_keeps_the_queue_away() {
    let mut town = Town::with_anna();
    let own = town.dial_from("8001", "8003");
    town.answer(town.rung("8003"));
    let caller = town.dial_in("4002");
    assert!(town.try_rung("8001").is_none());
    town.hang_up(own);
    let desk = town.rung("8001");
    town.answer(desk);
    town.hang_up(caller);
    town.after(31);
    town.all_quiet();
}

/// A full disk ends the recording, not the call; the ledger says so.
#[test]
fn recorder_fails() {
    let mut town = Town::with_anna();
    let caller = town.dial_in("4002");
    let desk = town.rung("8001");
    town.answer(desk);
    let recording = town.legs[&caller].plan.record.unwrap();
    let reason = RecordingFault::DiskFull;
    town.input(exchange::Input::Media(MediaIndication::RecordingFailed { recording, reason }));
    assert!(town.talk(caller, desk));
    assert_eq!(town.legs[&caller].plan.record, None);
    assert_eq!(town.wrote(|e| matches!(e, Event::RecordingFailed { .. })), 1);
    town.hang_up(caller);
    town.after(31);
    town.all_quiet();
}

/// A prompt that cannot be read is noted, and the flow goes on.
#[test]
fn prompt_missing() {
    let mut town = Town::new();
    let caller = town.dial_in("4001");
    let Hears::Play { play, prompts, .. } = town.hears(caller) else { panic!() };
    let prompt = prompts[0].clone();
    town.input(exchange::Input::Media(MediaIndication::PromptMissing { leg: caller, play, prompt }));
    town.heard_out(caller);
    assert_eq!(town.wrote(|e| matches!(e, Event::PromptMissing { .. })), 1);
    town.say(caller, LegIndication::Key { key: numbering::Key::new('2').unwrap(), millis: 90 });
    town.answer(town.rung("8003"));
    town.hang_up(caller);
    town.all_quiet();
}
