use crate::config::QueueConfig;
use clock::{Millis, Monotonic, Now};
use identity::{AgentId, CallId, QueueId};
use std::collections::BTreeMap;

/// One queue. Its callers are kept by [`crate::Acd`], because an agent of several queues chooses among all.
#[derive(Clone, Debug)]
pub(crate) struct Queue {
    pub config: QueueConfig,
    pub today: Today,
    pub handling: HandlingTime,
}

/// One caller in a queue.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    pub queue: QueueId,
    pub class: u8,
    /// Since when the caller waits, queues before a transfer included.
    pub since: Now,
    /// When the caller came into this queue.
    pub entered: Now,
    /// Arrival number: breaks ties.
    pub turn: u64,
    pub offered_to: Option<AgentId>,
    /// Agents that were offered this caller in vain, and how often. Bounded by the number of agents.
    pub passed_over: BTreeMap<AgentId, u32>,
}

impl Waiting {
    /// The class after ageing: one better per ageing time waited, never better than 1.
    pub(crate) fn aged_class(&self, now: Monotonic, ageing: Option<Millis>) -> u8 {
        let Some(ageing) = ageing.filter(|ageing| ageing.0 > 0) else { return self.class };
        let steps = now.since(self.since.mono).0 / ageing.0;
        let steps = u8::try_from(steps).unwrap_or(u8::MAX);
        self.class.saturating_sub(steps).max(1)
    }
}

/// What happened in a queue on the site's present day. Always
/// `offered = answered + abandoned + overflowed + transferred + waiting`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Today {
    /// Callers who came, those still waiting at midnight included.
    pub offered: u32,
    pub answered: u32,
    pub abandoned: u32,
    pub overflowed: u32,
    /// Sent elsewhere by somebody while they waited.
    pub transferred: u32,
    /// Answered within the goal's time.
    pub in_goal: u32,
}

impl Today {
    /// Callers who came less those accounted for: who still waits.
    pub fn open(&self) -> u32 {
        let gone = self.answered + self.abandoned + self.overflowed + self.transferred;
        self.offered.saturating_sub(gone)
    }
}

/// How long an agent is taken by one call, talk and wrap-up: a mean that gives each new call an eighth of the weight.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct HandlingTime {
    mean: Option<Millis>,
}

impl HandlingTime {
    pub(crate) fn observe(&mut self, taken: Millis) {
        self.mean = Some(match self.mean {
            None => taken,
            Some(mean) => Millis((mean.0 * 7 + taken.0) / 8),
        });
    }

    /// The estimate of the wait: in front of the caller and with the caller are `position` calls; `staff` agents end one call each
    /// per handling time. Nothing is known without a call handled or without staff.
    pub(crate) fn estimate(&self, position: u32, staff: u32) -> Option<Millis> {
        let mean = self.mean?;
        (staff > 0).then(|| Millis(mean.0 * u64::from(position) / u64::from(staff)))
    }
}

/// A queue as seen from outside.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct QueueStatus {
    pub waiting: u32,
    pub longest_since: Option<Now>,
    /// Agents who serve the queue: signed in; of those ready for a call; of those talking to a queue's caller.
    pub agents_signed_in: u32,
    pub agents_ready: u32,
    pub agents_talking: u32,
    pub today: Today,
}

/// A waiting caller as seen from outside.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    pub call: CallId,
    pub queue: QueueId,
    /// From 1; a caller being offered keeps its place.
    pub position: u32,
    pub since: Now,
    pub wait: Option<Millis>,
    pub offered_to: Option<AgentId>,
}
