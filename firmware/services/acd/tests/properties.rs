//! What holds whatever callers and agents do.

mod room;

use acd::{AgentState, Leave, Refused};
use clock::Millis;
use identity::{AgentId, CallId, QueueId};
use ledger::OfferEnd;
use proptest::prelude::*;
use room::{Room, agent, queue};
use std::collections::BTreeSet;

#[derive(Clone, Debug)]
enum Deed {
    Call { queue: u32, class: u8 },
    CallerLeaves { nth: usize },
    Answer { agent: u32 },
    Refuse { agent: u32 },
    CallEnds { agent: u32 },
    WrapUpDone { agent: u32 },
    Busy { agent: u32 },
    Ready { agent: u32 },
    SignOut { agent: u32 },
    SignIn { agent: u32 },
    Reachable { agent: u32, reachable: bool },
    OwnCall { agent: u32, begins: bool },
    Pass { seconds: u64 },
}

const AGENTS: u32 = 4;

fn deed() -> impl Strategy<Value = Deed> {
    let agent = || 1..=AGENTS;
    prop_oneof![
        6 => (1..=3u32, 1..=9u8).prop_map(|(queue, class)| Deed::Call { queue, class }),
        2 => (0..8usize).prop_map(|nth| Deed::CallerLeaves { nth }),
        5 => agent().prop_map(|agent| Deed::Answer { agent }),
        1 => agent().prop_map(|agent| Deed::Refuse { agent }),
        4 => agent().prop_map(|agent| Deed::CallEnds { agent }),
        3 => agent().prop_map(|agent| Deed::WrapUpDone { agent }),
        1 => agent().prop_map(|agent| Deed::Busy { agent }),
        3 => agent().prop_map(|agent| Deed::Ready { agent }),
        1 => agent().prop_map(|agent| Deed::SignOut { agent }),
        2 => agent().prop_map(|agent| Deed::SignIn { agent }),
        2 => (agent(), any::<bool>()).prop_map(|(agent, reachable)| Deed::Reachable { agent, reachable }),
        2 => (agent(), any::<bool>()).prop_map(|(agent, begins)| Deed::OwnCall { agent, begins }),
        4 => (0..40u64).prop_map(|seconds| Deed::Pass { seconds }),
    ]
}

fn town() -> Room {
    let mut queues = vec![queue(1, 0), queue(2, 2), queue(3, 4)];
    for queue in &mut queues {
        queue.ageing = Some(Millis::secs(30));
        queue.limits.busy_after_no_answers = Some(3);
        queue.limits.max_wait = Some(Millis::secs(300));
        queue.limits.max_waiting = Some(6);
    }
    let agents = vec![agent(1, &[]), agent(2, &[(2, 3)]), agent(3, &[(2, 1), (3, 5)]), agent(4, &[(2, 5), (3, 4)])];
    Room::with(queues, agents)
}

fn carry_out(room: &mut Room, deed: Deed, serial: &mut u64) {
    let now = room.now;
    // Agents may ask for what their state refuses.
    let refusable = |_: Result<(), Refused>| {};
    match deed {
        Deed::Call { queue, class } => {
            *serial += 1;
            room.call_with(*serial, queue, Some(class), None);
        }
        Deed::CallerLeaves { nth } => {
            let waiting: Vec<CallId> =
                (1..=3).flat_map(|queue| room.acd.places(now, QueueId(queue))).map(|place| place.call).collect();
            if let Some(call) = waiting.get(nth) {
                assert!(room.acd.leave(now, *call, Leave::Abandoned).is_some());
            }
        }
        Deed::Answer { agent } => drop(room.acd.offer_answered(now, AgentId(agent))),
        Deed::Refuse { agent } => room.acd.offer_failed(now, AgentId(agent), OfferEnd::Refused),
        Deed::CallEnds { agent } => room.acd.call_ended(now, AgentId(agent)),
        Deed::WrapUpDone { agent } => refusable(room.acd.wrap_up_done(now, AgentId(agent), acd::Remark::default())),
        Deed::Busy { agent } => refusable(room.acd.busy(now, AgentId(agent), "rest".into())),
        Deed::Ready { agent } => refusable(room.acd.ready(now, AgentId(agent))),
        Deed::SignOut { agent } => refusable(room.acd.sign_out(now, AgentId(agent))),
        Deed::SignIn { agent } => {
            let extension = format!("8{agent:03}").parse().expect("is there");
            refusable(room.acd.sign_in(now, AgentId(agent), extension, true));
        }
        Deed::Reachable { agent, reachable } => room.acd.set_reachable(now, AgentId(agent), reachable),
        Deed::OwnCall { agent, begins: true } => room.acd.occupy(now, AgentId(agent)),
        Deed::OwnCall { agent, begins: false } => room.acd.vacate(now, AgentId(agent)),
        Deed::Pass { seconds } => drop(room.pass(seconds)),
    }
    room.look();
}

/// Skills as set up in `town`.
fn serves(agent: u32, queue: u32) -> bool {
    matches!((agent, queue), (_, 1) | (2, 2) | (4, 2) | (3, 3) | (4, 3))
}

fn holds(room: &Room, rested: bool) {
    let offers = room.offers();
    let agents: BTreeSet<u32> = offers.iter().map(|(agent, _)| *agent).collect();
    let calls: BTreeSet<u64> = offers.iter().map(|(_, call)| *call).collect();
    assert_eq!((agents.len(), calls.len()), (offers.len(), offers.len()), "one offer an agent, one agent a call");
    for queue in 1..=3 {
        let status = room.acd.queue(QueueId(queue)).expect("is there");
        assert_eq!(status.today.open(), status.waiting, "offered = answered + abandoned + overflowed + waiting");
        assert!(status.waiting <= 6 + AGENTS, "the queue is bounded");
        let places = room.acd.places(room.now, QueueId(queue));
        for (place, position) in places.iter().zip(1..) {
            assert_eq!(place.position, position);
            assert_eq!(room.acd.place(room.now, place.call).as_ref(), Some(place));
            assert!(place.wait.is_none() || status.agents_signed_in > 0);
            assert!(status.agents_signed_in > 0, "nobody waits where nobody serves");
            if place.offered_to.is_none() && rested {
                let idle = (1..=AGENTS).find(|id| serves(*id, queue) && room.state(*id) == AgentState::Ready);
                assert_eq!(idle, None, "an idle agent and a caller for it");
            }
        }
    }
    if room.acd.waiting() == 0 && (1..=AGENTS).all(|id| !busy_with_a_call(room, id)) && rested {
        assert!(room.acd.at_rest(), "no timer in a rest state");
    }
}

fn busy_with_a_call(room: &Room, id: u32) -> bool {
    // An own call covers the wrap-up whose clock goes on behind it.
    matches!(
        room.state(id),
        AgentState::Offered { .. } | AgentState::Talking { .. } | AgentState::WrapUp { .. } | AgentState::OwnCall
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// After any sequence of deeds: at most one offer an agent, at most one agent a call, every caller accounted for, places
    /// consistent, no caller waiting beside an idle agent for it, no timer running when nothing goes on.
    #[test]
    fn invariants(deeds in prop::collection::vec(deed(), 1..120)) {
        let mut room = town();
        let mut serial = 100;
        let mut refused_at = None;
        for deed in deeds {
            if matches!(deed, Deed::Refuse { .. } | Deed::Reachable { .. }) {
                refused_at = Some(room.now.mono);
            }
            carry_out(&mut room, deed, &mut serial);
            let rested = refused_at.is_none_or(|at| room.now.mono.since(at) >= Millis::secs(5));
            holds(&room, rested);
        }
    }

    /// Nobody starves: whatever classes the others have, a caller of the last class who has waited eight ageing times is behind only
    /// those who waited longer. So when a caller is offered, nobody else waits who came before it and is past that bound.
    #[test]
    fn nobody_starves(classes in prop::collection::vec(1..=9u8, 60..120), talk in 5..60u64) {
        let ageing = Millis::secs(20);
        let patient = acd::QueueConfig { ageing: Some(ageing), ..queue(1, 0) };
        let mut room = Room::with(vec![patient], vec![agent(1, &[])]);
        let mut left = 0;
        for (call, class) in (1u64..).zip(classes) {
            room.call_with(call, 1, Some(class), None).pass(3);
            left += 1;
            if left % 5 == 0 {
                while let Some((ringing, offered)) = room.offers().first().copied() {
                    let places = room.acd.places(room.now, QueueId(1));
                    let since = |call: u64| places.iter().find(|place| place.call.0 == call).unwrap().since.mono;
                    // The offer was made when the last call ended, at most this long ago.
                    let slack = Millis::secs(20);
                    for place in &places {
                        let waited = room.now.mono.since(place.since.mono);
                        let overdue = waited.0 >= 8 * ageing.0 + slack.0;
                        prop_assert!(place.call.0 == offered || !overdue || since(offered) <= place.since.mono);
                    }
                    room.answer(ringing).pass(talk).finish(ringing);
                    if left % 3 == 0 { break }
                }
            }
        }
    }
}
