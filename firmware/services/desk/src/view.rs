use crate::alarm::AlarmView;
use clock::WallTime;
use identity::{AgentId, AlarmId, CallId, CircuitId, GroupId, LegId, QueueId, RoomId, SpanId};
use legs::{LineTest, PairTrouble};
use numbering::Digits;
use plan::Supervision;
use serde::{Deserialize, Serialize};

/// All that the live board shows, at one sequence number.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct LiveView {
    pub seq: u64,
    pub spans: Vec<SpanView>,
    pub queues: Vec<QueueView>,
    pub agents: Vec<AgentView>,
    pub calls: Vec<CallView>,
    pub extensions: Vec<ExtensionView>,
    /// Those that stand.
    #[serde(default)]
    pub alarms: Vec<AlarmView>,
    #[serde(default)]
    pub rooms: Vec<RoomView>,
}

/// One entity appeared, changed (`view` is the whole new value) or went (`view` is none).
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ViewChange {
    pub seq: u64,
    pub id: EntityId,
    pub view: Option<EntityView>,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum EntityId {
    Span(SpanId),
    Queue(QueueId),
    Agent(AgentId),
    Call(CallId),
    Extension(Digits),
    Alarm(AlarmId),
    Room(RoomId),
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum EntityView {
    Span(SpanView),
    Queue(QueueView),
    Agent(AgentView),
    Call(CallView),
    Extension(ExtensionView),
    Alarm(AlarmView),
    Room(RoomView),
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SpanView {
    pub id: SpanId,
    pub name: String,
    pub group: Option<GroupId>,
    /// Signalling works.
    pub up: bool,
    /// `los`, `lfa`, `ais`, `rai`: those that stand.
    pub alarms: Vec<String>,
    pub since: WallTime,
    /// One entry a speech timeslot, in order (30 on an E1 with a D-channel).
    pub slots: Vec<SlotView>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SlotView {
    pub slot: u8,
    pub state: SlotState,
    pub call: Option<CallId>,
    pub since: WallTime,
    /// Of an analog card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<PortView>,
}

/// A port of an analog card.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PortView {
    pub kind: PortKind,
    /// The extension of the telephone at it, or the line's own number.
    pub number: Option<Digits>,
    pub trouble: Option<PairTrouble>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PortKind {
    /// Feeds a telephone.
    Fxs,
    /// A line to another exchange.
    Fxo,
}

/// A circuit as the exchange knows it, for who looks after lines.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CircuitView {
    pub circuit: CircuitId,
    pub state: SlotState,
    pub since: WallTime,
    pub blocked_by_us: bool,
    pub blocked_by_peer: bool,
    /// Who has it.
    pub leg: Option<LegId>,
    pub call: Option<CallId>,
    /// Who has it, or had it last.
    pub last_leg: Option<LegId>,
    pub test: Option<LineTest>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlotState {
    Idle,
    /// Being set up.
    Seized,
    Ringing,
    Talking,
    /// A release or restart is under way.
    Clearing,
    BlockedByUs,
    BlockedByPeer,
    OutOfService,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct QueueView {
    pub id: QueueId,
    pub name: String,
    pub waiting: u32,
    /// Since when the longest waiting caller waits.
    pub longest_since: Option<WallTime>,
    /// Agents who could take its calls: signed in, ready, talking.
    pub agents_signed_in: u32,
    pub agents_ready: u32,
    pub agents_talking: u32,
    /// Today (site's day).
    pub offered: u32,
    pub answered: u32,
    pub abandoned: u32,
    pub overflowed: u32,
    pub answered_in_goal: u32,
    pub goal_percent: u8,
    pub goal_seconds: u32,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct AgentView {
    pub id: AgentId,
    pub login: String,
    pub name: String,
    pub state: AgentState,
    pub since: WallTime,
    pub extension: Option<Digits>,
    /// A phone is registered at the extension.
    pub reachable: bool,
    /// Why busy, in the agent's words.
    pub reason: Option<String>,
    /// The call in hand (offered, talking, held, wrapping up).
    pub call: Option<CallId>,
    /// The call being consulted in, during an attended transfer.
    pub consult: Option<CallId>,
    /// The agent in whose call this one takes part as a supervisor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supervises: Option<Supervised>,
    pub calls_today: u32,
    /// After-call work ends by itself at this time.
    pub wrap_up_until: Option<WallTime>,
    /// Codes to choose from in wrap-up.
    pub wrap_up_codes: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentState {
    SignedOut,
    Ready,
    Busy,
    /// A call is offered: the phone rings.
    Ringing,
    /// Dialling out.
    Dialling,
    Talking,
    /// The caller is on hold.
    Holding,
    /// The caller is held while a third party is called or spoken to.
    Consulting,
    ThreeWay,
    /// In another agent's call, as its supervisor.
    Supervising,
    WrapUp,
}

/// Whose call a supervisor takes part in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Supervised {
    pub agent: AgentId,
    pub mode: Supervision,
    /// The supervisor's telephone answered: it takes part.
    pub answered: bool,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct CallView {
    pub id: CallId,
    pub direction: ledger::Direction,
    pub phase: CallPhase,
    pub began: WallTime,
    /// When the phase was entered.
    pub since: WallTime,
    pub calling: Option<Digits>,
    pub called: Digits,
    /// The service's name by DNIS.
    pub service: Option<String>,
    pub queue: Option<QueueId>,
    /// Place in the queue, from 1.
    pub position: Option<u32>,
    /// Titles of the IVR nodes passed, newest last (at most 8), and what was keyed.
    pub flow_path: Vec<String>,
    pub keyed: Digits,
    pub agent: Option<AgentId>,
    pub parties: Vec<Party>,
    pub recorded: bool,
    /// Recorded, but for what is said now.
    #[serde(default)]
    pub recording_paused: bool,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Party {
    pub leg: LegId,
    pub role: ledger::Role,
    pub number: Option<Digits>,
    pub circuit: Option<CircuitId>,
    pub extension: Option<Digits>,
    pub answered: bool,
    pub held: bool,
    /// Nothing comes from its telephone, though it should speak.
    #[serde(default)]
    pub silent: bool,
    /// Not a party, but an agent's supervisor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supervises: Option<Supervision>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallPhase {
    /// Digits are coming in.
    Dialling,
    InFlow,
    Queued,
    Ringing,
    Talking,
    Held,
    Parked,
    /// The far end hears why the call fails.
    Clearing,
}

/// A meeting room and who is in it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RoomView {
    pub id: RoomId,
    pub name: String,
    /// Members at once, at most.
    pub most: u32,
    /// In the order of their coming.
    pub members: Vec<MemberView>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct MemberView {
    pub leg: LegId,
    pub call: CallId,
    pub number: Option<Digits>,
    /// Of the extension or agent.
    pub name: Option<String>,
    pub agent: Option<AgentId>,
    pub since: WallTime,
    pub muted: bool,
    pub talking: bool,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ExtensionView {
    pub number: Digits,
    pub name: String,
    pub registered: bool,
    /// Address and user agent of the phone, while registered.
    pub contact: Option<String>,
    pub in_call: bool,
    /// Messages wait for its owner.
    #[serde(default)]
    pub message_waiting: bool,
}
