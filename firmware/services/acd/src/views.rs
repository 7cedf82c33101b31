//! What can be seen of the machine.

use crate::agent::{Agent, AgentState, AgentStatus, Duty};
use crate::distribution::Order;
use crate::machine::Acd;
use crate::queue::{Place, QueueStatus, Waiting};
use clock::Now;
use identity::{AgentId, CallId, QueueId};
use numbering::Digits;

impl Acd {
    pub fn agent(&self, agent: AgentId) -> Option<AgentStatus> {
        self.agents.get(&agent).map(Agent::status)
    }

    pub fn agents(&self) -> impl Iterator<Item = AgentId> + '_ {
        self.agents.keys().copied()
    }

    pub fn queues(&self) -> impl Iterator<Item = QueueId> + '_ {
        self.queues.keys().copied()
    }

    /// Who is signed in at an extension.
    pub fn agent_at(&self, extension: &Digits) -> Option<AgentId> {
        let mut signed_in = self.agents.iter().filter_map(|(id, who)| Some((*id, who.seat()?)));
        signed_in.find(|(_, seat)| seat.extension == *extension).map(|(id, _)| id)
    }

    /// The wrap-up codes that the agent may choose from now.
    pub fn wrap_up_codes(&self, agent: AgentId) -> &[String] {
        let duty = self.agents.get(&agent).and_then(Agent::seat).map(|seat| &seat.duty);
        match duty {
            Some(Duty::WrapUp { queue, .. } | Duty::Talking { queue, .. }) => {
                self.queues.get(queue).map_or(&[], |here| &here.config.wrap_up_codes)
            }
            Some(Duty::Free | Duty::Offered { .. }) | None => &[],
        }
    }

    pub fn queue(&self, queue: QueueId) -> Option<QueueStatus> {
        let here = self.queues.get(&queue)?;
        let mut status = QueueStatus {
            waiting: 0,
            longest_since: None,
            agents_signed_in: 0,
            agents_ready: 0,
            agents_talking: 0,
            today: here.today,
        };
        for waiting in self.waiting.values().filter(|waiting| waiting.queue == queue) {
            status.waiting += 1;
            let longer = status.longest_since.is_none_or(|longest| waiting.since.mono < longest.mono);
            if longer {
                status.longest_since = Some(waiting.since);
            }
        }
        for who in self.agents.values().filter(|who| who.seat().is_some() && here.config.served_by(&who.config)) {
            status.agents_signed_in += 1;
            match who.state() {
                AgentState::Ready => status.agents_ready += 1,
                AgentState::Talking { .. } => status.agents_talking += 1,
                AgentState::SignedOut
                | AgentState::Unreachable
                | AgentState::Busy
                | AgentState::Offered { .. }
                | AgentState::OwnCall
                | AgentState::WrapUp { .. } => {}
            }
        }
        Some(status)
    }

    /// The callers of a queue in the order in which they will be served.
    pub fn places(&self, now: Now, queue: QueueId) -> Vec<Place> {
        let mut order: Vec<(Order, CallId, &Waiting)> = self
            .waiting
            .iter()
            .filter(|(_, waiting)| waiting.queue == queue)
            .map(|(call, waiting)| (self.order(now.mono, waiting), *call, waiting))
            .collect();
        order.sort_unstable_by_key(|(order, ..)| *order);
        let staff = self.staff(queue);
        let handling = self.queues.get(&queue).map(|here| here.handling).unwrap_or_default();
        order
            .into_iter()
            .zip(1u32..)
            .map(|((_, call, waiting), position)| Place {
                call,
                queue,
                position,
                since: waiting.since,
                wait: handling.estimate(position, staff),
                offered_to: waiting.offered_to,
            })
            .collect()
    }

    /// Where a caller stands.
    pub fn place(&self, now: Now, call: CallId) -> Option<Place> {
        let waiting = self.waiting.get(&call)?;
        let mine = self.order(now.mono, waiting);
        let same = self.waiting.values().filter(|other| other.queue == waiting.queue);
        let before = same.filter(|other| self.order(now.mono, other) < mine).count() as u32;
        let position = before + 1;
        let handling = self.queues.get(&waiting.queue).map(|here| here.handling).unwrap_or_default();
        Some(Place {
            call,
            queue: waiting.queue,
            position,
            since: waiting.since,
            wait: handling.estimate(position, self.staff(waiting.queue)),
            offered_to: waiting.offered_to,
        })
    }

    /// Callers who wait, in all queues.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Agents signed in who serve a queue, whatever they do now.
    pub(crate) fn staff(&self, queue: QueueId) -> u32 {
        let Some(here) = self.queues.get(&queue) else { return 0 };
        let signed_in = self.agents.values().filter(|who| who.seat().is_some());
        signed_in.filter(|who| here.config.served_by(&who.config)).count() as u32
    }

    /// Offers that stand: agent and call. Each agent and each call is named at most once.
    pub fn offers(&self) -> impl Iterator<Item = (AgentId, CallId)> + '_ {
        self.agents.iter().filter_map(|(id, who)| match who.seat()?.duty {
            Duty::Offered { call, .. } => Some((*id, call)),
            Duty::Free | Duty::Talking { .. } | Duty::WrapUp { .. } => None,
        })
    }
}
