//! What callers go through, and what is counted.

mod room;

use acd::{AcdOutput, AnnouncementTimes, Leave, OverflowReason, Today};
use clock::Millis;
use identity::{AgentId, CallId, QueueId};
use room::{Room, agent, queue};

fn today(room: &Room) -> Today {
    room.acd.queue(QueueId(1)).expect("is there").today
}

fn overflow(call: u64, why: OverflowReason) -> AcdOutput {
    AcdOutput::Overflow { call: CallId(call), queue: QueueId(1), why }
}

/// A queue with one agent, who talks.
fn occupied(config: acd::QueueConfig) -> Room {
    let mut room = Room::with(vec![config], vec![agent(1, &[])]);
    room.call(1, 1).answer(1);
    room
}

/// OUT-02: a caller whom the queue has no room for is sent on at once.
#[test]
fn a_full_queue_overflows_at_once() {
    let mut small = queue(1, 0);
    small.limits.max_waiting = Some(1);
    let mut room = occupied(small);
    room.call(10, 1).call(11, 1);
    assert_eq!(room.orders.last(), Some(&overflow(11, OverflowReason::Full)));
    assert_eq!(room.acd.waiting(), 1);
}

/// A full queue does not turn away a caller for whom an agent is free.
#[test]
fn a_free_agent_is_found_in_a_full_queue() {
    let mut small = queue(1, 0);
    small.limits.max_waiting = Some(1);
    let mut room = Room::with(vec![small], vec![agent(1, &[]), agent(2, &[])]);
    room.call(10, 1).call(11, 1);
    assert_eq!(room.offers(), [(1, 10), (2, 11)]);
}

/// OUT-28: a caller who waited for too long is sent on; one whose agent is being rung waits for the answer first.
#[test]
fn too_long_a_wait_overflows() {
    let mut limited = queue(1, 0);
    limited.limits.max_wait = Some(Millis::secs(30));
    let mut room = occupied(limited);
    room.call(10, 1).pass(25).call(11, 1).finish(1);
    assert_eq!(room.offers(), [(1, 10)]);
    room.pass(19);
    assert_eq!(room.offers(), [(1, 10)], "30 s are over, but the phone rings");
    room.pass(1);
    assert!(room.orders.contains(&overflow(10, OverflowReason::TooLong)));
    assert_eq!(room.offers(), [(1, 11)]);
}

/// OUT-28: with nobody signed in a caller is not kept, nor is one who waits when the last agent goes.
#[test]
fn nobody_is_signed_in() {
    let mut room = occupied(queue(1, 0));
    room.call(10, 1);
    room.acd.sign_out(room.now, AgentId(1)).unwrap();
    room.acd.call_ended(room.now, AgentId(1));
    room.pass(0);
    assert!(room.orders.contains(&overflow(10, OverflowReason::NoAgents)));
    room.call(11, 1);
    assert!(room.orders.contains(&overflow(11, OverflowReason::NoAgents)));
    assert!(room.acd.at_rest());
}

/// ACD-02: announcements come at their times with the place in the queue, and stop with the wait.
#[test]
fn announcements_come_at_their_times() {
    let told = AnnouncementTimes { first: Millis::secs(15), every: Some(Millis::secs(30)) };
    let mut room = occupied(acd::QueueConfig { announcements: Some(told), ..queue(1, 0) });
    room.call(10, 1).pass(1).call(11, 1);
    room.orders.clear();
    room.pass(14 + 30);
    let told: Vec<(u64, u32)> = room
        .orders
        .iter()
        .filter_map(|order| match order {
            AcdOutput::Announce { call, position, .. } => Some((call.0, *position)),
            _ => None,
        })
        .collect();
    assert_eq!(told, [(10, 1), (11, 2), (10, 1)]);
    room.acd.leave(room.now, CallId(10), Leave::Abandoned);
    room.acd.leave(room.now, CallId(11), Leave::Abandoned);
    assert!(room.acd.at_rest());
}

/// ACD-19: the estimate is place times mean handling time over staff, and is not made up when nothing is known.
#[test]
fn the_estimated_wait() {
    let mut room = Room::with(vec![queue(1, 0)], vec![agent(1, &[]), agent(2, &[])]);
    room.call(1, 1).call(2, 1).answer(1).answer(2).call(3, 1).call(4, 1).call(5, 1);
    let wait = |room: &Room, call| room.acd.place(room.now, CallId(call)).unwrap().wait;
    assert_eq!(wait(&room, 5), None);
    room.pass(120).finish(1);
    assert_eq!(room.offers(), [(1, 3)]);
    assert_eq!(wait(&room, 5), Some(Millis::secs(180)), "third in line, 120 s a call, two agents");
}

/// OUT-24: what came is accounted for, with nothing left over, and the goal is counted.
#[test]
fn offered_is_the_sum() {
    let mut limited = queue(1, 0);
    limited.limits.max_wait = Some(Millis::secs(60));
    let mut room = occupied(limited);
    room.call(10, 1).call(11, 1).call(12, 1).call(13, 1).pass(25);
    room.acd.leave(room.now, CallId(11), Leave::Abandoned);
    room.acd.leave(room.now, CallId(12), Leave::Transferred);
    room.finish(1).answer(1).pass(40);
    let expected = Today { offered: 5, answered: 2, abandoned: 1, overflowed: 1, transferred: 1, in_goal: 1 };
    assert_eq!((today(&room), today(&room).open()), (expected, 0));
}

/// The day's counts begin anew at the site's midnight, in China at 16:00 UTC; who waits then is carried over.
#[test]
fn the_day_begins_at_the_sites_midnight() {
    let mut room = occupied(queue(1, 0));
    room.call(10, 1);
    room.pass(12 * 3600 - 10);
    assert_eq!(today(&room).offered, 2);
    room.pass(10);
    assert_eq!((today(&room).offered, today(&room).answered, today(&room).open()), (1, 0, 1));
}
