use crate::config::Strategy;
use clock::{Millis, Monotonic};
use identity::{AgentId, CallId, QueueId};
use ledger::OfferEnd;
use numbering::Digits;

/// What the machine wants done, in this order.
#[derive(Clone, PartialEq, Debug)]
pub enum AcdOutput {
    /// Ring this agent for this caller. Answer with [`crate::Acd::offer_answered`] or [`crate::Acd::offer_failed`].
    Offer(Box<Offer>),
    /// Stop ringing: the offer is over and needs no answer.
    Withdraw {
        agent: AgentId,
        call: CallId,
        why: OfferEnd,
    },
    /// Tell the caller its place and, if it can be estimated, how long it will still wait.
    Announce {
        call: CallId,
        queue: QueueId,
        position: u32,
        wait: Option<Millis>,
    },
    /// The queue cannot keep the caller; it has left the queue.
    Overflow {
        call: CallId,
        queue: QueueId,
        why: OverflowReason,
    },
    WrapUpBegan {
        agent: AgentId,
        call: CallId,
        queue: QueueId,
        until: Option<Monotonic>,
    },
    WrapUpEnded {
        agent: AgentId,
        call: CallId,
        remark: Remark,
    },
    /// Look at [`crate::Acd::agent`] again.
    AgentChanged(AgentId),
    /// Look at [`crate::Acd::queue`] and the places of its callers again.
    QueueChanged(QueueId),
}

/// What an agent leaves with a call.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Remark {
    pub code: Option<String>,
    pub note: Option<String>,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Offer {
    pub agent: AgentId,
    pub extension: Digits,
    pub call: CallId,
    pub queue: QueueId,
    /// The machine withdraws the offer then.
    pub rings_until: Monotonic,
    pub why: Decision,
}

/// Why this caller and this agent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decision {
    /// Class the caller came with, and the class after ageing.
    pub class: u8,
    pub aged_class: u8,
    pub waited: Millis,
    /// Callers, of all queues, who waited for some agent when the choice fell.
    pub callers: u32,
    pub strategy: Strategy,
    /// The first of the agents considered, best first; at most [`Decision::RANKED`].
    pub ranked: Vec<Ranked>,
    /// Agents who could have been chosen.
    pub agents: u32,
}

impl Decision {
    pub const RANKED: usize = 4;
}

/// An agent as the strategy saw it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ranked {
    pub agent: AgentId,
    /// Offers of this very caller that this agent did not take: those agents come last.
    pub passed_over: u32,
    pub idle: Millis,
    pub calls: u32,
    pub proficiency: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OverflowReason {
    /// Too many callers wait.
    Full,
    /// The caller waited for too long.
    TooLong,
    /// Nobody who serves the queue is signed in.
    NoAgents,
    /// The queue was taken out of the settings.
    QueueRemoved,
}

/// Why a caller leaves a queue before an agent answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Leave {
    /// The caller hung up.
    Abandoned,
    /// Somebody sent the caller elsewhere.
    Transferred,
}

/// A caller that left its queue, by answer or otherwise.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Left {
    pub call: CallId,
    pub queue: QueueId,
    /// Hand it to [`crate::Acd::enqueue`] when the caller is transferred, so that it keeps its waiting time.
    pub since: clock::Now,
    pub waited: Millis,
}

/// Why a request was not carried out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refused {
    NoSuchAgent,
    NoSuchQueue,
    NotSignedIn,
    AlreadySignedIn,
    ExtensionInUse,
    /// The agent's state does not allow it.
    NotNow,
    /// The queue asks for one of its wrap-up codes.
    CodeNeeded,
    /// The call waits in a queue already.
    AlreadyQueued,
}
