//! What agents do and what is done to them.

mod room;

use acd::{AcdConfig, AcdOutput, AgentState, DaySoFar, Refused, Today};
use clock::Millis;
use identity::{AgentId, CallId, QueueId};
use room::{Room, agent, queue};

const ANNA: AgentId = AgentId(1);

fn one_agent() -> Room {
    Room::with(vec![queue(1, 0)], vec![agent(1, &[])])
}

/// SEA-07: an agent signs in once, at one free extension.
#[test]
fn one_seat_each() {
    let mut room = Room::with(vec![queue(1, 0)], vec![agent(1, &[]), agent(2, &[])]);
    let extension: numbering::Digits = "8001".parse().unwrap();
    assert_eq!(room.acd.sign_in(room.now, ANNA, extension.clone(), true), Err(Refused::AlreadySignedIn));
    room.acd.sign_out(room.now, AgentId(2)).unwrap();
    assert_eq!(room.acd.sign_in(room.now, AgentId(2), extension.clone(), true), Err(Refused::ExtensionInUse));
    assert_eq!(room.acd.sign_in(room.now, AgentId(3), extension.clone(), true), Err(Refused::NoSuchAgent));
    assert_eq!(room.acd.agent_at(&extension), Some(ANNA));
}

/// SEA-08: busy chosen while talking takes effect after the call, not in it.
#[test]
fn busy_chosen_in_a_call_waits_for_its_end() {
    let mut room = one_agent();
    room.call(10, 1).answer(1);
    room.acd.busy(room.now, ANNA, "lunch".into()).unwrap();
    assert_eq!(room.state(1), AgentState::Talking { call: CallId(10), queue: QueueId(1) });
    room.finish(1).call(11, 1);
    assert_eq!((room.state(1), room.offers()), (AgentState::Busy, vec![]));
}

/// Busy chosen while the phone rings sends the caller to the next agent at once.
#[test]
fn busy_chosen_while_ringing_passes_the_call_on() {
    let mut room = Room::with(vec![queue(1, 0)], vec![agent(1, &[]), agent(2, &[])]);
    room.call(10, 1);
    room.acd.busy(room.now, ANNA, "lunch".into()).unwrap();
    assert_eq!(room.offers(), [(2, 10)]);
}

/// SEA-19: after-call work ends by itself, then the next caller rings.
#[test]
fn wrap_up_ends_by_itself() {
    let mut room = one_agent();
    room.call(10, 1).answer(1).pass(60).call(11, 1);
    room.acd.call_ended(room.now, ANNA);
    room.pass(9);
    assert_eq!(room.offers(), []);
    room.pass(1);
    assert_eq!(room.offers(), [(1, 11)]);
    assert!(room.orders.contains(&AcdOutput::WrapUpEnded {
        agent: ANNA,
        call: CallId(10),
        remark: acd::Remark::default()
    }));
}

/// SEA-19: where the queue has codes, the agent must give one of them.
#[test]
fn a_wrap_up_code_is_asked_for() {
    let coded = acd::QueueConfig { wrap_up_codes: vec!["ordered".into(), "refused".into()], ..queue(1, 0) };
    let mut room = Room::with(vec![coded], vec![agent(1, &[])]);
    room.call(10, 1).answer(1);
    room.acd.call_ended(room.now, ANNA);
    let mut done = |code: Option<&str>| {
        let remark = acd::Remark { code: code.map(str::to_owned), note: None };
        room.acd.wrap_up_done(room.now, ANNA, remark)
    };
    assert_eq!(done(None), Err(Refused::CodeNeeded));
    assert_eq!(done(Some("other")), Err(Refused::CodeNeeded));
    assert_eq!(done(Some("ordered")), Ok(()));
    assert_eq!(done(Some("ordered")), Err(Refused::NotNow));
}

/// The wrap-up clock is the agent's: a call of its own during wrap-up neither stops it nor brings offers.
#[test]
fn an_own_call_during_wrap_up() {
    let mut room = one_agent();
    room.call(10, 1).answer(1).call(11, 1);
    room.acd.call_ended(room.now, ANNA);
    room.acd.occupy(room.now, ANNA);
    room.pass(15);
    assert_eq!((room.state(1), room.offers()), (AgentState::OwnCall, vec![]));
    room.acd.vacate(room.now, ANNA);
    assert_eq!(room.offers(), [(1, 11)]);
}

/// An agent whose phone is gone is offered nothing, and gets calls again when it is back.
#[test]
fn a_phone_that_is_gone() {
    let mut room = Room::with(vec![queue(1, 0)], vec![agent(1, &[]), agent(2, &[])]);
    room.call(10, 1);
    room.acd.set_reachable(room.now, ANNA, false);
    assert_eq!((room.state(1), room.offers()), (AgentState::Unreachable, vec![(2, 10)]));
    room.call(11, 1);
    room.acd.set_reachable(room.now, ANNA, true);
    room.pass(5);
    assert_eq!(room.offers(), [(1, 11), (2, 10)]);
}

/// SEA-07: signing out in a call waits for its end; wrap-up is not asked of who leaves.
#[test]
fn signing_out_in_a_call() {
    let mut room = one_agent();
    room.call(10, 1).answer(1);
    room.acd.sign_out(room.now, ANNA).unwrap();
    assert!(matches!(room.state(1), AgentState::Talking { .. }));
    room.acd.call_ended(room.now, ANNA);
    room.pass(0);
    assert_eq!(room.state(1), AgentState::SignedOut);
    assert!(room.acd.at_rest());
}

/// OUT-23: an agent taken out of the settings ends its call in peace; a queue taken out sends its callers on.
#[test]
fn settings_change_under_way() {
    let mut room = one_agent();
    room.call(10, 1).answer(1).call(11, 1);
    let config = AcdConfig { utc_offset_minutes: 480, queues: vec![queue(2, 0)], agents: vec![] };
    room.acd.configure(room.now, config);
    room.look();
    let why = acd::OverflowReason::QueueRemoved;
    assert!(room.orders.contains(&AcdOutput::Overflow { call: CallId(11), queue: QueueId(1), why }));
    assert!(matches!(room.state(1), AgentState::Talking { .. }));
    room.acd.call_ended(room.now, ANNA);
    assert_eq!(room.acd.agent(ANNA), None);
    room.pass(0);
    assert!(room.acd.at_rest());
}

/// The last agent leaves while its phone rings: the offer ends once, and the caller is sent on.
#[test]
fn signing_out_while_ringing() {
    let mut room = one_agent();
    room.call(10, 1);
    room.orders.clear();
    room.acd.sign_out(room.now, ANNA).expect("signs out");
    room.look();
    let (agent, call, queue) = (ANNA, CallId(10), QueueId(1));
    let expected = [
        AcdOutput::Withdraw { agent, call, why: ledger::OfferEnd::Withdrawn },
        AcdOutput::Overflow { call, queue, why: acd::OverflowReason::NoAgents },
    ];
    assert_eq!(room.orders, expected);
}

/// ACD-18, ACD-19: what the board shows of a queue.
#[test]
fn the_board_of_a_queue() {
    let mut room = Room::with(vec![queue(1, 0)], vec![agent(1, &[]), agent(2, &[]), agent(3, &[])]);
    room.call(10, 1).answer(1).call(11, 1);
    room.acd.busy(room.now, AgentId(3), "tea".into()).unwrap();
    let began = room.now;
    let status = room.pass(30).acd.queue(QueueId(1)).unwrap();
    assert_eq!((status.agents_signed_in, status.agents_talking, status.waiting), (3, 1, 1));
    assert_eq!(status.longest_since, Some(began));
    assert_eq!(Millis::secs(30), room.now.mono.since(began.mono));
}

/// An agent's count is the day's: signing out and in keeps it, a restart brings it back, the site's midnight ends it.
#[test]
fn calls_are_counted_by_the_day() {
    let mut room = one_agent();
    let calls = |room: &Room| room.acd.agent(ANNA).map(|status| status.calls);
    room.call(10, 1).answer(1).finish(1);
    room.acd.sign_out(room.now, ANNA).unwrap();
    room.sign_in(1);
    room.call(11, 1).answer(1).finish(1);
    assert_eq!(calls(&room), Some(2));
    let mut again = one_agent();
    let today = Today { offered: 9, answered: 5, abandoned: 2, in_goal: 4, ..Today::default() };
    let so_far = DaySoFar { queues: [(QueueId(1), today)].into(), agents: [(ANNA, 5)].into() };
    again.acd.resume_day(again.now, so_far);
    again.call(12, 1).answer(1).finish(1);
    let status = again.acd.queue(QueueId(1)).unwrap();
    assert_eq!((calls(&again), status.today.offered, status.today.answered), (Some(6), 8, 6));
    again.pass(12 * 3600);
    assert_eq!((calls(&again), again.acd.queue(QueueId(1)).unwrap().today), (Some(0), Today::default()));
}
