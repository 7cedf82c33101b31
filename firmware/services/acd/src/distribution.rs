//! Who is offered to whom.
//!
//! The order of callers is one formula: the class after ageing first, then the longest wait, then the order of arrival. It is taken over
//! all queues at once, so that an agent of several queues gets the oldest caller of the best class among them. The caller chosen is then
//! offered to the agent whom its own queue's strategy ranks first; agents who did not take this caller before come last.

use crate::agent::{Agent, Duty, Seat};
use crate::config::{QueueConfig, Strategy};
use crate::machine::{Acd, Timer};
use crate::output::{AcdOutput, Decision, Offer, Ranked};
use crate::queue::Waiting;
use clock::{Monotonic, Now};
use identity::{AgentId, CallId};

/// A caller's place in the order: smaller is served first.
pub(crate) type Order = (u8, Monotonic, u64);

impl Acd {
    pub(crate) fn order(&self, now: Monotonic, waiting: &Waiting) -> Order {
        let ageing = self.queues.get(&waiting.queue).and_then(|queue| queue.config.ageing);
        (waiting.aged_class(now, ageing), waiting.since.mono, waiting.turn)
    }

    /// Offers callers to agents until no caller has an agent left.
    pub(crate) fn distribute(&mut self, now: Now) {
        if self.waiting.is_empty() {
            return;
        }
        let mut free: Vec<AgentId> = self.free_agents(now.mono);
        if free.is_empty() {
            return;
        }
        let mut callers: Vec<(Order, CallId)> = self
            .waiting
            .iter()
            .filter(|(_, waiting)| waiting.offered_to.is_none())
            .map(|(call, waiting)| (self.order(now.mono, waiting), *call))
            .collect();
        callers.sort_unstable();
        let count = callers.len() as u32;
        for (_, call) in callers {
            if free.is_empty() {
                return;
            }
            if let Some(agent) = self.offer_to_best(now, call, &free, count) {
                free.retain(|other| *other != agent);
            }
        }
    }

    fn free_agents(&self, now: Monotonic) -> Vec<AgentId> {
        let free = self.agents.iter().filter(|(_, who)| who.seat().is_some_and(|seat| seat.available(now)));
        free.map(|(agent, _)| *agent).collect()
    }

    fn offer_to_best(&mut self, now: Now, call: CallId, free: &[AgentId], callers: u32) -> Option<AgentId> {
        let waiting = self.waiting.get(&call)?;
        let queue = &self.queues.get(&waiting.queue)?.config;
        let mut ranked: Vec<(Rank, Ranked)> = free
            .iter()
            .filter_map(|agent| {
                let who = self.agents.get(agent)?;
                let seat = who.seat()?;
                queue.served_by(&who.config).then(|| rank(now.mono, queue, waiting, who, seat))
            })
            .collect();
        ranked.sort_unstable_by_key(|(rank, _)| *rank);
        let agents = ranked.len() as u32;
        let best = ranked.first()?.1.agent;
        let why = Decision {
            class: waiting.class,
            aged_class: waiting.aged_class(now.mono, queue.ageing),
            waited: now.mono.since(waiting.since.mono),
            callers,
            strategy: queue.strategy,
            ranked: ranked.into_iter().take(Decision::RANKED).map(|(_, ranked)| ranked).collect(),
            agents,
        };
        self.offer(now, call, best, why)
    }

    fn offer(&mut self, now: Now, call: CallId, agent: AgentId, why: Decision) -> Option<AgentId> {
        let waiting = self.waiting.get_mut(&call)?;
        let queue = waiting.queue;
        let rings_until = now.mono + self.queues.get(&queue)?.config.limits.ring;
        let seat = self.agents.get_mut(&agent).and_then(Agent::seat_mut)?;
        waiting.offered_to = Some(agent);
        seat.duty = Duty::Offered { call, queue };
        seat.since = now;
        let extension = seat.extension.clone();
        self.timers.arm(Timer::Ring(agent), rings_until);
        self.agent_changed(agent);
        self.out.push_back(AcdOutput::Offer(Box::new(Offer { agent, extension, call, queue, rings_until, why })));
        Some(agent)
    }
}

/// Passed over for this caller, then the strategy's two keys, then the longest idle by turn, then the id.
type Rank = (u32, i64, i64, u64, AgentId);

fn rank(now: Monotonic, queue: &QueueConfig, waiting: &Waiting, who: &Agent, seat: &Seat) -> (Rank, Ranked) {
    let agent = who.config.id;
    let ranked = Ranked {
        agent,
        passed_over: waiting.passed_over.get(&agent).copied().unwrap_or(0),
        idle: now.since(seat.record.idle_since),
        calls: seat.record.calls,
        proficiency: queue.proficiency(&who.config),
    };
    let idle = ranked.idle.0 as i64;
    let (first, second) = match queue.strategy {
        Strategy::LongestIdle => (-idle, 0),
        Strategy::FewestCalls => (i64::from(ranked.calls), -idle),
        Strategy::MostSkilled => (-i64::from(ranked.proficiency), -idle),
    };
    ((ranked.passed_over, first, second, seat.record.turn, agent), ranked)
}
