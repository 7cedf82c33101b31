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
use identity::{AgentId, CallId, CircuitId, FlowId, LegId, QueueId, RecordingId};
use ledger::{Direction, Outcome};
use numbering::{Cause, Digits, FarParty};
use serde::{Deserialize, Serialize};

/// What an agent left with a call.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct WrapUp {
    pub agent: AgentId,
    pub code: Option<String>,
    pub note: Option<String>,
}

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
    /// The first port of an analog card that a telephone of the call is at.
    #[serde(default)]
    pub port: Option<CircuitId>,
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
    /// Who or what was heard last at the far end of a line that does not say who answered.
    #[serde(default)]
    pub far_party: Option<FarParty>,
    /// Cause of the caller's leg.
    pub cause: Cause,
    /// The latest code and note that an agent left.
    pub wrap_up_code: Option<String>,
    #[serde(default)]
    pub wrap_up_note: Option<String>,
    /// What each agent left, in the order of their wrap-ups.
    #[serde(default)]
    pub wrap_ups: Vec<WrapUp>,
    pub recordings: Vec<RecordingId>,
    /// How long telephones were silent that should have spoken, in all.
    #[serde(default)]
    pub silent_millis: u64,
    /// How the packets of each telephone fared.
    #[serde(default)]
    pub quality: Vec<LegQuality>,
}

/// How the packets of one leg fared.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LegQuality {
    pub leg: LegId,
    pub extension: Option<Digits>,
    #[serde(flatten)]
    pub quality: plan::Quality,
}
