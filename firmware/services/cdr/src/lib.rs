//! The call detail record: one row a call, folded from its ledger and from nothing else.
//!
//! [`fold`] reads a closed call's chain of events. Times are the caller's: talk is while the leg that began the call is joined with
//! somebody (once it is gone, while anybody is), hold while instead it is held or parked, or holds the
//! other, ring the sum over the legs that were rung. A
//! call that visits several queues names the last one; its wait there is `left_queue - queued`.
//! [`Tally`] counts records by outcome: offered = answered + abandoned + ..., difference 0.

mod fold;
mod tally;

pub use fold::{BadLedger, fold, interrupted};
pub use tally::Tally;

use clock::WallTime;
use identity::{AgentId, CallId, CircuitId, FlowId, QueueId, RecordingId};
use ledger::{Direction, Outcome};
use numbering::{Cause, Digits};
use serde::{Deserialize, Serialize};

/// One closed call.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Cdr {
    pub call: CallId,
    pub direction: Direction,
    pub began: WallTime,
    /// First answered by a person.
    pub answered: Option<WallTime>,
    pub ended: WallTime,
    pub calling: Option<Digits>,
    pub called: Digits,
    pub circuit: Option<CircuitId>,
    pub extension: Option<Digits>,
    pub flow: Option<FlowId>,
    /// Keys pressed in flows.
    pub keyed: Digits,
    pub queue: Option<QueueId>,
    pub queued: Option<WallTime>,
    pub left_queue: Option<WallTime>,
    /// The agent who spoke first, and all who did.
    pub agent: Option<AgentId>,
    pub agents: Vec<AgentId>,
    pub ring_millis: u64,
    pub talk_millis: u64,
    pub hold_millis: u64,
    pub transfers: u32,
    pub outcome: Outcome,
    /// Cause of the caller's leg.
    pub cause: Cause,
    pub wrap_up_code: Option<String>,
    pub recordings: Vec<RecordingId>,
}
