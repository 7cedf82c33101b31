//! What the parties of a call hear, stage by stage, and what is left when one of them goes.

use calls::{Call, Departure, Facts, Leg, NotNow, Outbox, Output, Reason, Stage};
use clock::WallTime;
use identity::{CallId, CircuitId, LegId, LineId, SpanId};
use ledger::{Direction, Event, Outcome, Place, Role};
use legs::LegRequest;
use numbering::{Cause, ClearCause, Digits};
use plan::{Hears, MediaRequest, Tone};

const CALLER: LegId = LegId(1);
const DESK: LegId = LegId(2);
const EXPERT: LegId = LegId(3);

fn number(text: &str) -> Digits {
    text.parse().unwrap_or_default()
}

fn telephone(id: LegId, role: Role, extension: &str) -> Leg {
    Leg::outgoing(id, LineId::Sip, role, Place::Extension(number(extension)), number(extension))
}

fn normal() -> ClearCause {
    Cause::NormalClearing.into()
}

/// A caller from a trunk for whom the desk is rung.
fn ringing(out: &mut Outbox) -> Call {
    let circuit = CircuitId { span: SpanId(1), slot: 1 };
    let line = LineId::Span(SpanId(1));
    let caller = Leg::incoming(CALLER, line, Place::Circuit(circuit), number("13800138000"));
    let mut call = Call::begin(CallId(1), Facts::new(Direction::Inbound, WallTime(0), None, number("4003")), caller);
    call.proceed(CALLER, out);
    assert_eq!(call.ring(CALLER, telephone(DESK, Role::Callee, "8003"), Reason::Dialled, out), Ok(()));
    call
}

fn talking(out: &mut Outbox) -> Call {
    let mut call = ringing(out);
    assert!(call.answered(DESK, None, out));
    call
}

fn consulting(out: &mut Outbox) -> Call {
    let mut call = talking(out);
    assert_eq!(call.consult(DESK, telephone(EXPERT, Role::Consulted, "8004"), out), Ok(()));
    assert!(call.answered(EXPERT, None, out));
    call
}

fn hears(call: &Call, leg: LegId) -> Hears {
    call.stage().hears(leg, "music")
}

/// Tone on a trunk, music for who is held, the other party in talk, a mix of the others in a conference.
#[test]
fn what_each_stage_sounds_like() {
    let mut out = Outbox::default();
    let mut call = ringing(&mut out);
    assert_eq!(hears(&call, CALLER), Hears::Silence);
    call.ringing(DESK, false, &mut out);
    assert_eq!(hears(&call, CALLER), Hears::Tone(Tone::Ringback));
    assert!(call.answered(DESK, None, &mut out));
    assert_eq!((hears(&call, CALLER), hears(&call, DESK)), (Hears::Leg(DESK), Hears::Leg(CALLER)));
    assert_eq!(call.hold(DESK, &mut out), Ok(CALLER));
    assert_eq!((hears(&call, CALLER), hears(&call, DESK)), (Hears::Music("music".into()), Hears::Silence));
    let mut call = consulting(&mut out);
    assert_eq!((hears(&call, CALLER), hears(&call, DESK)), (Hears::Music("music".into()), Hears::Leg(EXPERT)));
    assert_eq!(call.three_way(DESK, &mut out), Ok(()));
    assert_eq!(hears(&call, CALLER), Hears::Mix(vec![DESK, EXPERT]));
}

/// A plan goes to the engine when it changes, and only then.
#[test]
fn plans_are_published_once() {
    let mut out = Outbox::default();
    let mut call = talking(&mut out);
    call.publish("music", |_| None, &mut out);
    while out.poll().is_some() {}
    call.publish("music", |_| None, &mut out);
    assert_eq!(out.poll(), None);
    assert!(call.audit().is_empty());
    assert_eq!(call.hold(DESK, &mut out), Ok(CALLER));
    call.publish("music", |_| None, &mut out);
    let plans = std::iter::from_fn(|| out.poll());
    assert_eq!(plans.filter(|o| matches!(o, Output::Media(MediaRequest::Plan { .. }))).count(), 2);
}

/// Whoever goes from a consultation: the other two are joined, or the first is still held.
#[test]
fn one_of_three_goes() {
    let mut out = Outbox::default();
    for (gone, left, stage) in [
        (CALLER, Departure::Settled, Stage::Talking { a: DESK, b: EXPERT }),
        (DESK, Departure::Settled, Stage::Talking { a: CALLER, b: EXPERT }),
        (EXPERT, Departure::ConsultEnded, Stage::Held { held: CALLER, by: DESK, tone: None }),
    ] {
        let mut call = consulting(&mut out);
        assert_eq!(call.departed(gone, normal(), &mut out), left);
        assert_eq!(*call.stage(), stage);
        assert_eq!(call.departed(gone, normal(), &mut out), Departure::Nothing, "a leg departs once");
    }
}

/// The rung party is not reached: the caller is handed back with the reason why it was rung.
#[test]
fn not_reached() {
    let mut out = Outbox::default();
    let mut call = ringing(&mut out);
    let busy = Cause::UserBusy.into();
    let departure = call.departed(DESK, busy, &mut out);
    assert_eq!(departure, Departure::NotReached { from: CALLER, why: Reason::Dialled });
    assert!(call.fail(CALLER, busy, &mut out), "a trunk hears the tone");
    assert_eq!(hears(&call, CALLER), Hears::Tone(Tone::Busy));
}

/// The last word of the last leg ends the call; the ledger begins with the beginning and has no gap.
#[test]
fn the_ledger_of_a_short_call() {
    let mut out = Outbox::default();
    let mut call = talking(&mut out);
    assert_eq!(call.departed(CALLER, normal(), &mut out), Departure::Alone { leg: DESK });
    assert_eq!(call.release(DESK, normal(), &mut out), Departure::Settled);
    assert!(!call.finished());
    assert!(call.forget(CALLER).is_some() && call.forget(DESK).is_some());
    assert!(call.finished());
    call.close(&mut out);
    assert!(call.ledger().iter().zip(0..).all(|(record, seq)| record.seq == seq));
    assert!(matches!(call.ledger()[0].event, Event::Began { direction: Direction::Inbound, .. }));
    let closed = Event::Closed { outcome: Outcome::Answered };
    assert_eq!(call.ledger().last().map(|record| &record.event), Some(&closed));
}

/// What a stage does not allow is refused and changes nothing.
#[test]
fn out_of_place() {
    let mut out = Outbox::default();
    let mut call = ringing(&mut out);
    let before = call.clone();
    assert_eq!(call.hold(CALLER, &mut out), Err(NotNow));
    assert_eq!(call.retrieve(CALLER, &mut out), Err(NotNow));
    assert_eq!(call.three_way(CALLER, &mut out), Err(NotNow));
    assert_eq!(call.cancel_transfer(CALLER, &mut out), Err(NotNow));
    assert_eq!(call.complete_transfer(CALLER), Err(NotNow));
    assert_eq!(call.take_from(DESK, &mut out), Err(NotNow));
    assert_eq!(call.hold_expired(&mut out), Err(NotNow));
    assert_eq!(call.consult(CALLER, telephone(EXPERT, Role::Consulted, "8004"), &mut out), Err(NotNow));
    assert_eq!(call, before);
}

/// The number of legs is bounded, those still clearing included.
#[test]
fn legs_are_bounded() {
    let mut out = Outbox::default();
    let mut call = ringing(&mut out);
    let mut added = 0;
    for id in 10..100 {
        let party = telephone(LegId(id), Role::Callee, "8004");
        if call.ring(CALLER, party, Reason::Dialled, &mut out).is_err() {
            break;
        }
        call.departed(LegId(id), normal(), &mut out);
        added += 1;
    }
    assert_eq!(added, 10);
}

/// A call given up releases everybody, whatever its stage says.
#[test]
fn given_up() {
    let mut out = Outbox::default();
    let mut call = consulting(&mut out);
    while out.poll().is_some() {}
    call.give_up(Cause::TemporaryFailure.into(), &mut out);
    let released = std::iter::from_fn(|| out.poll())
        .filter(|o| matches!(o, Output::Leg { request: LegRequest::Release { .. }, .. }))
        .count();
    assert_eq!((released, call.stage()), (3, &Stage::Over));
}
