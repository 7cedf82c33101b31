//! The call ledger: each call leaves one append-only chain of events, and call records, reports, the wallboard and the
//! recordings index are views of it.

use clock::WallTime;
use identity::{AgentId, CallId, CircuitId, FlowId, LegId, QueueId, RecordingId, RoomId};
use numbering::{ClearCause, Digits, FarParty, Key, PartyNumber};
use serde::{Deserialize, Serialize};

/// One line of a call's ledger. `seq` counts from 0 without a gap in each call.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Record {
    pub call: CallId,
    pub seq: u32,
    pub at: WallTime,
    pub event: Event,
}

/// Why a leg exists.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Who began the call.
    Caller,
    /// Whom the caller dialled or was routed to.
    Callee,
    /// An agent offered the call by the ACD.
    Agent,
    /// A third party being consulted before a transfer or a three-way.
    Consulted,
    /// Who listens to an agent's call or speaks in it.
    Supervisor,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Place {
    Circuit(CircuitId),
    Extension(Digits),
}

/// What happened. Internally tagged by `what` in JSON.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Event {
    /// The call's first record.
    Began {
        leg: LegId,
        place: Place,
        /// Of an extension: the port of an analog card that its telephone is at.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        port: Option<CircuitId>,
        calling: Option<PartyNumber>,
        called: Digits,
        direction: Direction,
    },
    /// The dial plan chose.
    Routed {
        to: Destination,
    },
    LegAdded {
        leg: LegId,
        role: Role,
        place: Place,
        /// As of [`Event::Began`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        port: Option<CircuitId>,
        number: Digits,
        agent: Option<AgentId>,
    },
    LegRinging {
        leg: LegId,
    },
    LegAnswered {
        leg: LegId,
    },
    /// Who or what is heard at the far end of a leg whose line does not say so.
    FarPartyHeard {
        leg: LegId,
        like: FarParty,
    },
    LegReleased {
        leg: LegId,
        cause: ClearCause,
    },
    /// The route was refused and the next is tried.
    Rerouted {
        leg: LegId,
        cause: ClearCause,
    },
    FlowEntered {
        flow: FlowId,
        version: u32,
    },
    FlowNode {
        node: String,
    },
    KeyPressed {
        leg: LegId,
        key: Key,
    },
    PromptMissing {
        name: String,
        language: String,
    },
    FlowLeft {
        flow: FlowId,
    },
    Queued {
        queue: QueueId,
    },
    Announced {
        position: u32,
        wait_secs: Option<u64>,
    },
    Offered {
        queue: Option<QueueId>,
        agent: AgentId,
        leg: LegId,
    },
    OfferEnded {
        agent: AgentId,
        why: OfferEnd,
    },
    Connected {
        queue: Option<QueueId>,
        agent: AgentId,
    },
    LeftQueue {
        queue: QueueId,
        why: QueueExit,
    },
    Bridged {
        a: LegId,
        b: LegId,
    },
    Unbridged {
        a: LegId,
        b: LegId,
    },
    Held {
        leg: LegId,
        by: LegId,
    },
    Retrieved {
        leg: LegId,
    },
    HoldExpired {
        leg: LegId,
    },
    TransferAsked {
        by: LegId,
        to: Digits,
        attended: bool,
    },
    Transferred {
        from: LegId,
        to: LegId,
    },
    TransferFailed {
        cause: ClearCause,
    },
    Recalled {
        to: Digits,
    },
    Conference {
        legs: Vec<LegId>,
    },
    /// A supervisor takes part in an agent's conversation, or from now on in another way.
    Supervised {
        leg: LegId,
        /// Who supervises.
        by: Option<AgentId>,
        agent: Option<AgentId>,
        mode: plan::Supervision,
    },
    SupervisionEnded {
        leg: LegId,
    },
    /// A party came into a meeting room; it leaves with the end of its leg, or when it is sent elsewhere.
    MeetingJoined {
        leg: LegId,
        room: RoomId,
    },
    MeetingMuted {
        leg: LegId,
        muted: bool,
    },
    Parked {
        slot: Digits,
    },
    Unparked {
        slot: Digits,
    },
    RecordingStarted {
        recording: RecordingId,
        leg: LegId,
    },
    /// Nothing of the call is recorded from now on: its recording has silence of the same length.
    RecordingPaused {
        recording: RecordingId,
        by: Option<AgentId>,
    },
    /// By whom; nobody: a pause lasts no longer, or its call went on elsewhere.
    RecordingResumed {
        recording: RecordingId,
        by: Option<AgentId>,
    },
    RecordingEnded {
        recording: RecordingId,
        millis: u64,
    },
    RecordingFailed {
        recording: RecordingId,
        reason: String,
    },
    WrapUpBegan {
        agent: AgentId,
    },
    WrapUpEnded {
        agent: AgentId,
        code: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// The agent put this code and note in the place of those left before.
    WrapUpAmended {
        agent: AgentId,
        code: Option<String>,
        note: Option<String>,
    },
    /// Nothing came from a telephone for so long, though it should speak.
    FarEndSilent {
        leg: LegId,
        millis: u64,
    },
    FarEndHeard {
        leg: LegId,
    },
    /// It stayed silent, and is taken for dead: cleared.
    FarEndDead {
        leg: LegId,
    },
    /// How a leg's packets fared, up to its end.
    LegQuality {
        leg: LegId,
        quality: plan::Quality,
    },
    /// Joined with another call by a transfer: that call's ledger goes on there.
    MergedInto {
        call: CallId,
    },
    /// The call's last record but for the wrap-up of its agents, which may end later.
    Closed {
        outcome: Outcome,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    Inbound,
    Outbound,
    Internal,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Destination {
    Flow(FlowId),
    Queue(QueueId),
    Room(RoomId),
    Extension(Digits),
    Trunk { group: identity::GroupId, number: Digits },
    Emergency { number: Digits },
    Refused(ClearCause),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferEnd {
    Answered,
    NoAnswer,
    Refused,
    Unreachable,
    CallerLeft,
    Withdrawn,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueueExit {
    Connected,
    Abandoned,
    Overflowed,
    Transferred,
}

/// How a call ended, for counting: offered = answered + abandoned + overflowed + ..., difference 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Reached an agent or extension.
    Answered,
    /// The caller left while in a flow.
    AbandonedInFlow,
    /// The caller left while waiting in a queue.
    AbandonedInQueue,
    /// The caller left while the called party or agent was being rung.
    AbandonedRinging,
    /// The queue sent the caller elsewhere and the call ended there unanswered.
    Overflowed,
    /// The flow did its work and ended the call.
    ServedByFlow,
    /// The called party was busy, did not answer, or refused.
    Busy,
    NoAnswer,
    Refused,
    /// No circuit, no route, or a fault.
    Failed,
    /// The box was restarted while the call was up; closed at the next start.
    Interrupted,
}
