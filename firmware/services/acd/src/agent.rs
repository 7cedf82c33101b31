use crate::config::AgentConfig;
use clock::{Monotonic, Now};
use identity::{CallId, QueueId};
use numbering::Digits;

/// One agent of the settings.
#[derive(Clone, Debug)]
pub(crate) struct Agent {
    pub config: AgentConfig,
    pub presence: Presence,
    /// Calls of queues answered on the site's present day.
    pub calls_today: u32,
    /// Taken out of the settings: goes as soon as its call is over.
    pub removed: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum Presence {
    SignedOut { since: Now },
    SignedIn(Box<Seat>),
}

/// A signed-in agent. Four aspects that are free of each other: what it wants, what the queues have it do, whether it has a
/// call of its own, and whether its phone can be reached.
#[derive(Clone, Debug)]
pub(crate) struct Seat {
    pub extension: Digits,
    pub wish: Wish,
    pub duty: Duty,
    /// A call of the agent's own (dialled, consulting, called directly).
    pub own_call: bool,
    pub reachable: bool,
    /// No offers before this: the phone refused the last one at once.
    pub resting_until: Option<Monotonic>,
    pub record: Service,
    /// Since when the state seen from outside stands.
    pub since: Now,
}

/// What the agent did since sign-in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Service {
    pub calls: u32,
    /// Offers in a row that were not taken.
    pub unanswered: u32,
    /// Since when without a call; a no-answer counts as a call, so that the agent goes to the end.
    pub idle_since: Monotonic,
    /// Breaks ties of `idle_since`: agents that sign in at once keep their order.
    pub turn: u64,
}

/// What the agent chose; during a call it takes effect afterwards.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Wish {
    Ready,
    Busy { reason: String },
    SignOut,
}

/// What the queues have the agent do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Duty {
    Free,
    Offered { call: CallId, queue: QueueId },
    Talking { call: CallId, queue: QueueId, began: Monotonic },
    WrapUp { call: CallId, queue: QueueId, began: Monotonic, talked_from: Monotonic, until: Option<Monotonic> },
}

impl Agent {
    pub(crate) fn seat(&self) -> Option<&Seat> {
        match &self.presence {
            Presence::SignedIn(seat) => Some(seat),
            Presence::SignedOut { .. } => None,
        }
    }

    pub(crate) fn seat_mut(&mut self) -> Option<&mut Seat> {
        match &mut self.presence {
            Presence::SignedIn(seat) => Some(seat),
            Presence::SignedOut { .. } => None,
        }
    }
}

impl Seat {
    /// Can be offered a call at `now`.
    pub(crate) fn available(&self, now: Monotonic) -> bool {
        self.wish == Wish::Ready
            && self.duty == Duty::Free
            && !self.own_call
            && self.reachable
            && self.resting_until.is_none_or(|until| until <= now)
    }
}

/// An agent as seen from outside.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AgentStatus {
    pub state: AgentState,
    pub since: Now,
    pub extension: Option<Digits>,
    pub reachable: bool,
    /// What follows when the present call is over: `Some(reason)` busy; signing out shows as busy too.
    pub reason: Option<String>,
    /// Calls of queues answered on the site's present day.
    pub calls: u32,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AgentState {
    SignedOut,
    Ready,
    /// Ready, but no phone is registered at the extension.
    Unreachable,
    Busy,
    /// A queue's call rings.
    Offered {
        call: CallId,
        queue: QueueId,
    },
    Talking {
        call: CallId,
        queue: QueueId,
    },
    /// A call of its own.
    OwnCall,
    WrapUp {
        call: CallId,
        queue: QueueId,
        until: Option<Monotonic>,
    },
}

impl Agent {
    pub(crate) fn state(&self) -> AgentState {
        let Some(seat) = self.seat() else { return AgentState::SignedOut };
        match seat.duty {
            Duty::Offered { call, queue } => AgentState::Offered { call, queue },
            Duty::Talking { call, queue, .. } => AgentState::Talking { call, queue },
            Duty::Free | Duty::WrapUp { .. } if seat.own_call => AgentState::OwnCall,
            Duty::WrapUp { call, queue, until, .. } => AgentState::WrapUp { call, queue, until },
            Duty::Free => match seat.wish {
                Wish::Busy { .. } | Wish::SignOut => AgentState::Busy,
                Wish::Ready if seat.reachable => AgentState::Ready,
                Wish::Ready => AgentState::Unreachable,
            },
        }
    }

    pub(crate) fn status(&self) -> AgentStatus {
        let (since, seat) = match &self.presence {
            Presence::SignedOut { since } => (*since, None),
            Presence::SignedIn(seat) => (seat.since, Some(seat)),
        };
        AgentStatus {
            state: self.state(),
            since,
            extension: seat.map(|seat| seat.extension.clone()),
            reachable: seat.is_some_and(|seat| seat.reachable),
            reason: seat.and_then(|seat| match &seat.wish {
                Wish::Busy { reason } => Some(reason.clone()),
                Wish::Ready | Wish::SignOut => None,
            }),
            calls: self.calls_today,
        }
    }
}
