//! Who is offered to whom.

mod room;

use acd::{AcdOutput, AgentState, Strategy};
use clock::Millis;
use identity::{AgentId, CallId, QueueId};
use room::{Room, agent, queue};

/// ACD-05: the agent without a call for longest comes first.
#[test]
fn the_longest_idle_agent_is_rung() {
    let mut room = Room::with(vec![queue(1, 0)], vec![agent(1, &[]), agent(2, &[])]);
    room.call(10, 1).answer(1).pass(5).finish(1);
    room.offered();
    room.pass(1).call(11, 1);
    assert_eq!(room.offered(), [(2, 11)]);
}

/// ACD-04: even distribution goes by the count of calls, not by idle time.
#[test]
fn the_agent_with_fewest_calls_is_rung() {
    let even = acd::QueueConfig { strategy: Strategy::FewestCalls, ..queue(1, 0) };
    let mut room = Room::with(vec![even], vec![agent(1, &[]), agent(2, &[])]);
    for call in 0..4 {
        room.call(call, 1);
        let (ringing, _) = room.offers()[0];
        room.answer(ringing).pass(100 * (call + 1)).finish(ringing).pass(1);
    }
    let calls = |id| room.acd.agent(AgentId(id)).unwrap().calls;
    assert_eq!((calls(1), calls(2)), (2, 2));
}

/// ACD-01: the most skilled agent is rung first, and who lacks the skill never.
#[test]
fn the_most_skilled_agent_is_rung() {
    let english = acd::QueueConfig { strategy: Strategy::MostSkilled, ..queue(1, 2) };
    let agents = vec![agent(1, &[(1, 3)]), agent(2, &[(1, 5)]), agent(3, &[(1, 1)])];
    let mut room = Room::with(vec![english], agents);
    room.call(10, 1).call(11, 1).call(12, 1);
    assert_eq!(room.offered(), [(2, 10), (1, 11)]);
    assert_eq!(room.state(3), AgentState::Ready);
}

/// ACD-03: a better class is served before a longer wait.
#[test]
fn class_before_wait() {
    let mut room = Room::with(vec![queue(1, 0)], vec![agent(1, &[])]);
    room.call(10, 1).answer(1).pass(1);
    room.call(11, 1).pass(30).call_with(12, 1, Some(2), None).pass(1);
    room.offered();
    room.finish(1);
    assert_eq!(room.offered(), [(1, 12)]);
}

/// ACD-06: a class improves with waiting, so that important callers in a stream do not starve the others.
#[test]
fn ageing_overtakes_class() {
    let ageing = acd::QueueConfig { ageing: Some(Millis::secs(60)), ..queue(1, 0) };
    let mut room = Room::with(vec![ageing], vec![agent(1, &[])]);
    room.call(10, 1).answer(1).pass(1);
    room.call(11, 1).pass(181).call_with(12, 1, Some(2), None);
    room.offered();
    room.finish(1);
    assert_eq!(room.offered(), [(1, 11)], "three steps up to class 2, and waiting longer");
}

/// ACD-06: a transferred caller keeps the time it has waited.
#[test]
fn a_transferred_caller_keeps_its_waiting_time() {
    let mut room = Room::with(vec![queue(1, 0), queue(2, 0)], vec![agent(1, &[])]);
    room.call(9, 1).answer(1).pass(1);
    room.call(10, 2).pass(50);
    room.call(11, 1).pass(5);
    let left = room.acd.leave(room.now, CallId(10), acd::Leave::Transferred).expect("it waited");
    assert_eq!(left.waited, Millis::secs(55));
    room.call_with(10, 1, None, Some(left.since));
    room.offered();
    room.finish(1);
    assert_eq!(room.offered(), [(1, 10)]);
}

/// ACD-12: an agent of several queues gets the oldest caller of the best class among them.
#[test]
fn one_order_over_all_queues() {
    let mut room = Room::with(vec![queue(1, 0), queue(2, 0), queue(3, 0)], vec![agent(1, &[])]);
    room.call(9, 1).answer(1).pass(1);
    room.call(10, 3).pass(1).call(11, 2).pass(1).call(12, 1).pass(1);
    let mut served = Vec::new();
    for _ in 0..3 {
        room.offered();
        room.finish(1);
        let offered = room.offered();
        room.answer(1);
        served.extend(offered);
    }
    assert_eq!(served, [(1, 10), (1, 11), (1, 12)]);
}

/// ACD-07, ACD-08: after the ring time the next agent is rung; the first goes to the end.
#[test]
fn no_answer_goes_to_the_next() {
    let mut room = Room::with(vec![queue(1, 0)], vec![agent(1, &[]), agent(2, &[]), agent(3, &[])]);
    room.call(10, 1).pass(65);
    assert_eq!(room.offered(), [(1, 10), (2, 10), (3, 10), (1, 10)]);
}

/// OUT-05: an agent who lets call after call ring is made busy, with the reason on the board.
#[test]
fn who_never_answers_is_made_busy() {
    let mut strict = queue(1, 0);
    strict.limits.busy_after_no_answers = Some(2);
    let mut room = Room::with(vec![strict], vec![agent(1, &[])]);
    room.call(10, 1).pass(41);
    assert_eq!(room.state(1), AgentState::Busy);
    assert_eq!(room.acd.agent(AgentId(1)).unwrap().reason.as_deref(), Some(acd::REASON_NO_ANSWER));
    room.acd.ready(room.now, AgentId(1)).unwrap();
    assert_eq!(room.offers(), [(1, 10)]);
}

/// A phone that refuses at once is left alone for a moment instead of being rung in a circle.
#[test]
fn a_refusing_phone_rests() {
    let mut room = Room::with(vec![queue(1, 0)], vec![agent(1, &[])]);
    room.call(10, 1);
    room.acd.offer_failed(room.now, AgentId(1), ledger::OfferEnd::Refused);
    assert_eq!(room.offers(), []);
    room.pass(5);
    assert_eq!(room.offers(), [(1, 10)]);
}

/// A caller who hangs up while a phone rings stops the ringing, and the agent is free for the next.
#[test]
fn a_caller_leaves_while_ringing() {
    let mut room = Room::with(vec![queue(1, 0)], vec![agent(1, &[])]);
    room.call(10, 1).call(11, 1);
    room.offered();
    room.acd.leave(room.now, CallId(10), acd::Leave::Abandoned);
    room.look();
    let why = ledger::OfferEnd::CallerLeft;
    assert_eq!(room.orders[0], AcdOutput::Withdraw { agent: AgentId(1), call: CallId(10), why });
    assert_eq!(room.offered(), [(1, 11)]);
}

/// Several callers lose their line at one moment: an offer that came and went within it is never seen by a phone.
#[test]
fn an_offer_that_nobody_heard_of_is_forgotten() {
    let mut room = Room::with(vec![queue(1, 0)], vec![agent(1, &[])]);
    room.call(10, 1).call(11, 1).call(12, 1);
    room.orders.clear();
    for call in [10, 11, 12] {
        room.acd.leave(room.now, CallId(call), acd::Leave::Abandoned);
    }
    room.look();
    let why = ledger::OfferEnd::CallerLeft;
    assert_eq!(room.orders, [AcdOutput::Withdraw { agent: AgentId(1), call: CallId(10), why }]);
    assert_eq!(room.state(1), AgentState::Ready);
}

/// Each offer says why: the caller's class and wait, and the agents in the strategy's order.
#[test]
fn an_offer_explains_itself() {
    let mut room = Room::with(vec![queue(1, 0)], vec![agent(1, &[]), agent(2, &[])]);
    room.pass(10).call(10, 1);
    let Some(AcdOutput::Offer(offer)) = room.orders.last() else { panic!("an offer") };
    let why = &offer.why;
    assert_eq!((why.class, why.aged_class, why.callers, why.agents), (5, 5, 1, 2));
    assert_eq!(why.ranked.iter().map(|agent| agent.agent.0).collect::<Vec<_>>(), [1, 2]);
    assert!(why.ranked[0].idle > why.ranked[1].idle);
    assert_eq!(offer.queue, QueueId(1));
}
