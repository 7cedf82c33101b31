use crate::agent::Agent;
use crate::config::AcdConfig;
use crate::output::{AcdOutput, Remark};
use crate::queue::{Queue, Waiting};
use clock::{Deadlines, Monotonic, Now};
use identity::{AgentId, CallId, QueueId};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The queues and agents of one site.
#[derive(Clone, Debug, Default)]
pub struct Acd {
    pub(crate) utc_offset_minutes: i32,
    pub(crate) queues: BTreeMap<QueueId, Queue>,
    pub(crate) agents: BTreeMap<AgentId, Agent>,
    pub(crate) waiting: BTreeMap<CallId, Waiting>,
    pub(crate) timers: Deadlines<Timer>,
    /// The site's day that the statistics are of: days since 1970.
    pub(crate) day: Option<i64>,
    pub(crate) turns: u64,
    pub(crate) changed: Changed,
    pub(crate) out: VecDeque<AcdOutput>,
}

/// What changed since the last drain; reported once each, after the orders.
#[derive(Clone, Debug, Default)]
pub(crate) struct Changed {
    pub agents: BTreeSet<AgentId>,
    pub queues: BTreeSet<QueueId>,
}

/// The machine's timers. All but `Midnight` run only while somebody waits, rings or wraps up.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Timer {
    Ring(AgentId),
    /// An agent whose phone refused can be offered calls again.
    Rest(AgentId),
    WrapUp(AgentId),
    MaxWait(CallId),
    Announce(CallId),
    Midnight,
}

impl Acd {
    pub fn new() -> Acd {
        Acd::default()
    }

    /// Takes new settings as a difference: who waits goes on waiting, who talks goes on talking. Agents taken out are signed out once
    /// free; callers of a queue taken out overflow.
    pub fn configure(&mut self, now: Now, config: AcdConfig) {
        self.utc_offset_minutes = config.utc_offset_minutes;
        self.begin_day(now);
        self.configure_queues(now, config.queues);
        self.configure_agents(now, config.agents);
        self.distribute(now);
    }

    /// When to call [`Acd::expire`] next.
    pub fn deadline(&self) -> Option<Monotonic> {
        self.timers.deadline()
    }

    /// Whether any timer other than midnight's runs: none does when nobody waits, rings or wraps up.
    pub fn at_rest(&self) -> bool {
        self.timers.running().all(|timer| *timer == Timer::Midnight)
    }

    /// Runs the timers that are due.
    pub fn expire(&mut self, now: Now) {
        while let Some(timer) = self.timers.expire(now.mono) {
            match timer {
                Timer::Ring(agent) => self.ring_time_over(now, agent),
                Timer::Rest(agent) => self.rest_over(now, agent),
                Timer::WrapUp(agent) => self.end_wrap_up(now, agent, Remark::default()),
                Timer::MaxWait(call) => self.waited_too_long(now, call),
                Timer::Announce(call) => self.announce(now, call),
                Timer::Midnight => self.begin_day(now),
            }
        }
        self.distribute(now);
    }

    /// The next thing to do; orders come first, then what changed.
    pub fn poll(&mut self) -> Option<AcdOutput> {
        if let Some(order) = self.out.pop_front() {
            return Some(order);
        }
        if let Some(agent) = self.changed.agents.pop_first() {
            return Some(AcdOutput::AgentChanged(agent));
        }
        self.changed.queues.pop_first().map(AcdOutput::QueueChanged)
    }

    pub(crate) fn turn(&mut self) -> u64 {
        self.turns += 1;
        self.turns
    }
}
