//! Queues and agents: who waits, who is offered which call.
//!
//! A pure machine: callers enter by [`Acd::enqueue`], agents sign in, and [`Acd::poll`] says whom to ring for whom. It knows nothing
//! of legs, media or screens; the exchange carries its orders out and reports what came of them.
//!
//! **Order of callers**, one formula over all queues: priority class after ageing (1 first), then the longest wait, then arrival. A
//! caller's class improves by one per ageing time waited, so after `(class - 1) * ageing` only those who waited longer are served
//! before it: nobody starves. A transferred caller keeps its waiting time.
//!
//! **Order of agents**: the strategy of the caller's queue (longest idle, fewest calls, most skilled); an agent who let this caller ring
//! comes last for it. An agent is offered at most one call.
//!
//! **Estimated wait** of the caller at place `p`: `p * mean handling time / agents signed in for the queue`, the mean giving each call an
//! eighth of the weight; unknown until a call of the queue was handled.
//!
//! ```text
//! agent   signed out <-> ready <-> busy        (busy chosen during a call takes effect afterwards)
//!                          | offer   ^
//!                          v         | done, or time over
//!                       offered -> talking -> wrap-up
//! caller  enqueue -> waiting <-> offered -> answered | abandoned | overflowed | transferred
//! ```
//!
//! ```
//! use acd::{Acd, AcdConfig, AcdOutput};
//! use clock::{Millis, Now};
//! use identity::{AgentId, CallId, QueueId};
//! # use acd::{AgentConfig, QueueConfig, QueueLimits, Strategy};
//! # let limits = QueueLimits { ring: Millis::secs(20), busy_after_no_answers: None, wrap_up: None, max_waiting: None, max_wait: None };
//! # let queue = QueueConfig { id: QueueId(1), needs: vec![], strategy: Strategy::LongestIdle, class: 5, ageing: None, limits,
//! #     wrap_up_codes: vec![], announcements: None, goal: Millis::secs(20) };
//! # let agent = AgentConfig { id: AgentId(1), skills: vec![] };
//! # let config = AcdConfig { utc_offset_minutes: 480, queues: vec![queue], agents: vec![agent] };
//! let now = Now::default();
//! let mut acd = Acd::new();
//! acd.configure(now, config);
//! acd.sign_in(now, AgentId(1), "8001".parse().unwrap(), true).unwrap();
//! acd.enqueue(now, CallId(7), QueueId(1), None, None).unwrap();
//! let offer = acd.poll();
//! assert!(matches!(offer, Some(AcdOutput::Offer(offer)) if offer.agent == AgentId(1)));
//! assert!(acd.offer_answered(now + Millis::secs(3), AgentId(1)).is_some());
//! ```

mod agent;
mod callers;
mod config;
mod day;
mod distribution;
mod machine;
mod output;
mod queue;
mod seats;
mod views;

pub use agent::{AgentState, AgentStatus};
pub use config::{AcdConfig, AgentConfig, AnnouncementTimes, QueueConfig, QueueLimits, Strategy};
pub use day::DaySoFar;
pub use machine::Acd;
pub use output::{AcdOutput, Decision, Leave, Left, Offer, OverflowReason, Ranked, Refused, Remark};
pub use queue::{Place, QueueStatus, Today};
pub use seats::REASON_NO_ANSWER;
