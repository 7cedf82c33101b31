//! Settings taken in and the site's day.

use crate::agent::{Agent, Presence, Wish};
use crate::config::{AgentConfig, QueueConfig};
use crate::machine::{Acd, Timer};
use crate::output::OverflowReason;
use crate::queue::{HandlingTime, Queue, Today};
use clock::{Millis, Now};
use identity::{AgentId, QueueId};
use std::collections::BTreeMap;

/// A day's counts, from the ledger.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DaySoFar {
    pub queues: BTreeMap<QueueId, Today>,
    /// Calls of queues that each agent answered.
    pub agents: BTreeMap<AgentId, u32>,
}

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;

impl Acd {
    /// Begins the statistics anew if the site's midnight has passed. Callers who still wait are carried over as offered.
    pub(crate) fn begin_day(&mut self, now: Now) {
        let local = now.wall.0 + i64::from(self.utc_offset_minutes) * 60_000;
        let day = local.div_euclid(DAY_MILLIS);
        if self.day == Some(day) {
            return;
        }
        let to_midnight = Millis((DAY_MILLIS - local.rem_euclid(DAY_MILLIS)) as u64);
        self.timers.arm(Timer::Midnight, now.mono + to_midnight);
        if self.day.replace(day).is_none() {
            return;
        }
        for (id, queue) in &mut self.queues {
            queue.today = Today { offered: queue.today.open(), ..Today::default() };
            self.changed.queues.insert(*id);
        }
        for (id, agent) in &mut self.agents {
            agent.calls_today = 0;
            self.changed.agents.insert(*id);
        }
    }

    /// What the day has brought before this start: told once, before the first call.
    pub fn resume_day(&mut self, now: Now, so_far: DaySoFar) {
        self.begin_day(now);
        for (id, today) in so_far.queues {
            if let Some(queue) = self.queues.get_mut(&id) {
                // Who waited at the end of the last run is nobody's caller any more.
                queue.today = Today { offered: today.offered - today.open(), ..today };
                self.changed.queues.insert(id);
            }
        }
        for (id, calls) in so_far.agents {
            if let Some(agent) = self.agents.get_mut(&id) {
                agent.calls_today = calls;
                self.changed.agents.insert(id);
            }
        }
    }

    pub(crate) fn configure_queues(&mut self, now: Now, queues: Vec<QueueConfig>) {
        let mut wanted: BTreeMap<QueueId, QueueConfig> = queues.into_iter().map(|queue| (queue.id, queue)).collect();
        let gone: Vec<QueueId> = self.queues.keys().copied().filter(|id| !wanted.contains_key(id)).collect();
        for id in gone {
            for call in self.calls_where(|waiting| waiting.queue == id) {
                self.overflow(now, call, OverflowReason::QueueRemoved);
            }
            self.queues.remove(&id);
            self.changed.queues.insert(id);
        }
        for (id, queue) in &mut self.queues {
            if let Some(config) = wanted.remove(id).filter(|config| *config != queue.config) {
                queue.config = config;
                self.changed.queues.insert(*id);
            }
        }
        for (id, config) in wanted {
            self.queues.insert(id, Queue { config, today: Today::default(), handling: HandlingTime::default() });
            self.changed.queues.insert(id);
        }
    }

    pub(crate) fn configure_agents(&mut self, now: Now, agents: Vec<AgentConfig>) {
        let mut wanted: BTreeMap<AgentId, AgentConfig> = agents.into_iter().map(|agent| (agent.id, agent)).collect();
        let mut gone = Vec::new();
        let mut same = Vec::new();
        for (id, agent) in &mut self.agents {
            match wanted.remove(id) {
                Some(config) => {
                    agent.removed = false;
                    agent.config = config;
                    same.push(*id);
                }
                None => {
                    agent.removed = true;
                    gone.push(*id);
                }
            }
        }
        for (id, config) in wanted {
            self.agents.insert(
                id,
                Agent { config, presence: Presence::SignedOut { since: now }, calls_today: 0, removed: false },
            );
            same.push(id);
        }
        for id in same {
            self.agent_changed(id);
        }
        for id in gone {
            let signed_in = self.agents.get(&id).is_some_and(|agent| agent.seat().is_some());
            if signed_in {
                self.dismiss(now, id);
            } else {
                self.agents.remove(&id);
                self.changed.agents.insert(id);
            }
        }
        self.overflow_unstaffed(now);
    }

    fn dismiss(&mut self, now: Now, agent: AgentId) {
        let wishes_to_go = self.agents.get(&agent).and_then(Agent::seat).is_some_and(|seat| seat.wish == Wish::SignOut);
        if !wishes_to_go && self.sign_out(now, agent).is_err() {
            self.agents.remove(&agent);
        }
    }
}
