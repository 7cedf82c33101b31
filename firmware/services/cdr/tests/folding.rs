//! Ledgers and the call records that they fold into.

use cdr::{BadLedger, Tally, fold, interrupted};
use clock::WallTime;
use identity::{AgentId, CallId, CircuitId, FlowId, LegId, QueueId, RecordingId, SpanId};
use ledger::{Direction, Event, OfferEnd, Outcome, Place, QueueExit, Record, Role};
use numbering::{Cause, ClearCause, Digits, Key, PartyNumber};
use proptest::prelude::*;

const CALLER: LegId = LegId(1);
const AGENT_LEG: LegId = LegId(2);
const SECOND_LEG: LegId = LegId(3);
const ANNA: AgentId = AgentId(1);
const BO: AgentId = AgentId(2);

fn digits(text: &str) -> Digits {
    text.parse().expect("digits")
}

fn trunk() -> Place {
    Place::Circuit(CircuitId { span: SpanId(1), slot: 5 })
}

fn began() -> Event {
    Event::Began {
        leg: CALLER,
        place: trunk(),
        port: None,
        calling: Some(PartyNumber::plain(digits("13800138000"))),
        called: digits("4008001"),
        direction: Direction::Inbound,
    }
}

fn agent_leg(leg: LegId, agent: AgentId, extension: &str) -> Event {
    Event::LegAdded {
        leg,
        role: Role::Agent,
        place: Place::Extension(digits(extension)),
        port: None,
        number: digits(extension),
        agent: Some(agent),
    }
}

fn released(leg: LegId, cause: Cause) -> Event {
    Event::LegReleased { leg, cause: ClearCause::ours(cause) }
}

/// A ledger out of seconds and events.
fn chain(events: Vec<(i64, Event)>) -> Vec<Record> {
    let numbered = events.into_iter().zip(0u32..);
    numbered.map(|((at, event), seq)| Record { call: CallId(9), seq, at: WallTime(at * 1000), event }).collect()
}

/// An inbound call through flow and queue to an agent, with a hold, a transfer to a second agent, and wrap-up.
fn whole_call() -> Vec<(i64, Event)> {
    let key = Key::new('1').expect("is there");
    vec![
        (0, began()),
        (0, Event::FlowEntered { flow: FlowId(4), version: 2 }),
        (5, Event::KeyPressed { leg: CALLER, key }),
        (5, Event::FlowLeft { flow: FlowId(4) }),
        (5, Event::Queued { queue: QueueId(7) }),
        (20, agent_leg(AGENT_LEG, ANNA, "8001")),
        (20, Event::Offered { queue: Some(QueueId(7)), agent: ANNA, leg: AGENT_LEG }),
        (21, Event::LegRinging { leg: AGENT_LEG }),
        (25, Event::LegAnswered { leg: AGENT_LEG }),
        (25, Event::OfferEnded { agent: ANNA, why: OfferEnd::Answered }),
        (25, Event::Connected { queue: Some(QueueId(7)), agent: ANNA }),
        (25, Event::LeftQueue { queue: QueueId(7), why: QueueExit::Connected }),
        (25, Event::Bridged { a: CALLER, b: AGENT_LEG }),
        (25, Event::RecordingStarted { recording: RecordingId(3), leg: CALLER }),
        (55, Event::Unbridged { a: AGENT_LEG, b: CALLER }),
        (55, Event::Held { leg: CALLER, by: AGENT_LEG }),
        (65, agent_leg(SECOND_LEG, BO, "8002")),
        (68, Event::LegAnswered { leg: SECOND_LEG }),
        (68, Event::Bridged { a: AGENT_LEG, b: SECOND_LEG }),
        (75, Event::Retrieved { leg: CALLER }),
        (75, Event::Transferred { from: AGENT_LEG, to: SECOND_LEG }),
        (75, Event::Bridged { a: CALLER, b: SECOND_LEG }),
        (75, released(AGENT_LEG, Cause::NormalClearing)),
        (80, Event::WrapUpEnded { agent: ANNA, code: Some("ordered".into()), note: None }),
        (95, released(CALLER, Cause::NormalClearing)),
        (95, released(SECOND_LEG, Cause::NormalClearing)),
        (95, Event::RecordingEnded { recording: RecordingId(3), millis: 70_000 }),
        (96, Event::Closed { outcome: Outcome::Answered }),
    ]
}

/// REC-01, OUT-24: each figure of the record is what the ledger says, hold and consultation kept apart from talk.
#[test]
fn a_whole_call() {
    let cdr = fold(&chain(whole_call())).expect("a closed ledger");
    assert_eq!((cdr.answered, cdr.ended), (Some(WallTime(25_000)), WallTime(96_000)));
    assert_eq!((cdr.queued, cdr.left_queue), (Some(WallTime(5000)), Some(WallTime(25_000))));
    assert_eq!((cdr.ring_millis, cdr.talk_millis, cdr.hold_millis), (4000, 50_000, 20_000));
    assert_eq!((cdr.agent, cdr.agents, cdr.transfers), (Some(ANNA), vec![ANNA, BO], 1));
    assert_eq!((cdr.flow, cdr.keyed.as_str(), cdr.queue), (Some(FlowId(4)), "1", Some(QueueId(7))));
    assert_eq!(cdr.extension.as_ref().map(Digits::as_str), Some("8001"));
    assert_eq!(cdr.circuit, Some(CircuitId { span: SpanId(1), slot: 5 }));
    assert_eq!((cdr.cause, cdr.outcome), (Cause::NormalClearing, Outcome::Answered));
    assert_eq!((cdr.wrap_up_code.as_deref(), cdr.recordings.as_slice()), (Some("ordered"), &[RecordingId(3)][..]));
}

/// An agent's leg that rang in vain counts as ringing, not as answered.
#[test]
fn ringing_in_vain() {
    let events = vec![
        (0, began()),
        (0, agent_leg(AGENT_LEG, ANNA, "8001")),
        (1, Event::LegRinging { leg: AGENT_LEG }),
        (21, released(AGENT_LEG, Cause::NoAnswer)),
        (30, released(CALLER, Cause::NormalClearing)),
        (30, Event::Closed { outcome: Outcome::AbandonedInQueue }),
    ];
    let cdr = fold(&chain(events)).unwrap();
    assert_eq!((cdr.answered, cdr.agent, cdr.ring_millis, cdr.talk_millis), (None, None, 20_000, 0));
}

/// A three-way conversation is talk for as long as the caller is in it.
#[test]
fn a_conference_is_talk() {
    let events = vec![
        (0, began()),
        (10, Event::Bridged { a: CALLER, b: AGENT_LEG }),
        (20, Event::Conference { legs: vec![CALLER, AGENT_LEG, SECOND_LEG] }),
        (50, released(AGENT_LEG, Cause::NormalClearing)),
        (60, released(CALLER, Cause::NormalClearing)),
        (90, Event::Closed { outcome: Outcome::Answered }),
    ];
    assert_eq!(fold(&chain(events)).unwrap().talk_millis, 50_000);
}

/// A ledger that is still open, has a gap, or begins in the middle makes no record; each is told apart.
#[test]
fn bad_ledgers_are_told_apart() {
    let whole = chain(whole_call());
    let open = &whole[..whole.len() - 1];
    assert_eq!(fold(open), Err(BadLedger::NotClosed { call: CallId(9), last_seq: 26 }));
    assert_eq!(fold(&whole[1..]), Err(BadLedger::NotBegun));
    assert_eq!(fold(&[]), Err(BadLedger::NotBegun));
    let mut gap = whole;
    gap.remove(7);
    assert_eq!(fold(&gap), Err(BadLedger::Broken { call: CallId(9), at_seq: 7 }));
}

/// A call that was up when the daemon died gets its record at the next start; one that was closed is left alone.
#[test]
fn an_interrupted_call_is_closed_once() {
    let mut up = chain(whole_call());
    up.truncate(20);
    up.extend(interrupted(&up, WallTime(500_000)));
    let cdr = fold(&up).expect("closed now");
    assert_eq!((cdr.outcome, cdr.ended, cdr.agent), (Outcome::Interrupted, WallTime(500_000), Some(ANNA)));
    assert_eq!(interrupted(&up, WallTime(600_000)), None);
    assert_eq!(interrupted(&[], WallTime(0)), None);
}

/// A wall clock set back during the call makes no negative or huge times.
#[test]
fn the_clock_is_set_back() {
    let mut events = whole_call();
    for (at, _) in events.iter_mut().skip(15) {
        *at -= 3600;
    }
    let cdr = fold(&chain(events)).unwrap();
    assert!(cdr.talk_millis <= 95_000 && cdr.hold_millis <= 95_000);
    assert!(cdr.ended >= cdr.began);
}

fn any_event() -> impl Strategy<Value = Event> {
    let leg = || (1..4u64).prop_map(LegId);
    prop_oneof![
        leg().prop_map(|leg| Event::LegRinging { leg }),
        leg().prop_map(|leg| Event::LegAnswered { leg }),
        leg().prop_map(|leg| released(leg, Cause::NormalClearing)),
        leg().prop_map(|leg| agent_leg(leg, ANNA, "8001")),
        (leg(), leg()).prop_map(|(a, b)| Event::Bridged { a, b }),
        (leg(), leg()).prop_map(|(a, b)| Event::Unbridged { a, b }),
        (leg(), leg()).prop_map(|(leg, by)| Event::Held { leg, by }),
        leg().prop_map(|leg| Event::Retrieved { leg }),
        Just(Event::Conference { legs: vec![LegId(1), LegId(2), LegId(3)] }),
        Just(Event::Queued { queue: QueueId(1) }),
        Just(Event::Connected { queue: None, agent: BO }),
        Just(Event::Parked { slot: Digits::default() }),
    ]
}

fn any_outcome() -> impl Strategy<Value = Outcome> {
    prop::sample::select(vec![
        Outcome::Answered,
        Outcome::AbandonedInFlow,
        Outcome::AbandonedInQueue,
        Outcome::AbandonedRinging,
        Outcome::Overflowed,
        Outcome::ServedByFlow,
        Outcome::Busy,
        Outcome::NoAnswer,
        Outcome::Refused,
        Outcome::Failed,
        Outcome::Interrupted,
    ])
}

proptest! {
    /// Whatever the ledger says, talk and hold together are no longer than the call, and the call's times are in order.
    #[test]
    fn parts_fit_into_the_whole(
        events in prop::collection::vec((0..50i64, any_event()), 0..60),
        outcome in any_outcome(),
    ) {
        let mut at = 0;
        let mut all = vec![(0, began())];
        for (passed, event) in events {
            at += passed;
            all.push((at, event));
        }
        all.push((at, Event::Closed { outcome }));
        let cdr = fold(&chain(all)).expect("closed");
        prop_assert!(cdr.talk_millis + cdr.hold_millis <= at as u64 * 1000);
        prop_assert_eq!(cdr.ended.since(cdr.began).0, at as u64 * 1000);
        prop_assert!(cdr.answered.is_none_or(|answered| answered >= cdr.began && answered <= cdr.ended));
        prop_assert_eq!(cdr.outcome, outcome);
    }

    /// OUT-24: offered = sum of outcomes, whatever the outcomes are.
    #[test]
    fn offered_is_the_sum(outcomes in prop::collection::vec(any_outcome(), 0..80)) {
        let cdrs: Vec<_> = outcomes
            .iter()
            .map(|outcome| fold(&chain(vec![(0, began()), (1, Event::Closed { outcome: *outcome })])).expect("closed"))
            .collect();
        let tally = Tally::of(&cdrs);
        prop_assert_eq!((tally.offered, tally.difference()), (outcomes.len() as u64, 0));
        let answered = outcomes.iter().filter(|outcome| **outcome == Outcome::Answered).count() as u64;
        prop_assert_eq!(tally.count(Outcome::Answered), answered);
    }
}
