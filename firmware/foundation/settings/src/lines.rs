use identity::{CircuitId, FlowId, GroupId, QueueId, RoomId, SpanId};
use numbering::Digits;
use serde::{Deserialize, Serialize};

/// Trunks that serve the same purpose.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupSettings {
    pub id: GroupId,
    pub name: String,
    pub selection: Selection,
    pub spans: Vec<SpanId>,
    /// Calling number given on outgoing calls of this group, unless the caller's own is allowed.
    #[serde(default)]
    pub calling: Option<Digits>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Selection {
    #[default]
    Ascending,
    Descending,
    LeastRecentlyUsed,
}

/// A telephone of the house.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtensionSettings {
    pub number: Digits,
    pub name: String,
    /// SIP password. Never shown again by the API: reads give an empty string, and a write of an empty string keeps the old one.
    pub password: String,
    /// May dial out over the trunks (emergency numbers always may).
    pub may_dial_out: bool,
    /// The port of an analog card that the telephone is at; none: a SIP telephone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<CircuitId>,
    /// No telephone: the box itself receives faxes at this number, and sends from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fax: Option<FaxBox>,
}

/// What a fax terminal of the box says of itself.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaxBox {
    /// The number that the far end shows (T.30 5.3.6.2.4): digits, `+` and spaces, at most 20.
    #[serde(default)]
    pub station: String,
    /// A line at the top of each page sent; empty: none.
    #[serde(default)]
    pub header: String,
}

/// A called number and the service it reaches.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceRoute {
    /// Digits, `x` for any one digit, and a last `.` for any rest.
    pub pattern: String,
    pub name: String,
    pub target: Target,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    Flow(FlowId),
    Queue(QueueId),
    Extension(Digits),
    Room(RoomId),
    /// Any number: dialled as the house would.
    Number(Digits),
}

/// Dialled digits and the trunk groups that carry them, in order of preference.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutboundRoute {
    /// As in [`ServiceRoute::pattern`], matched against what was dialled.
    pub pattern: String,
    pub name: String,
    /// Leading digits taken off, then digits put in front.
    pub strip: u8,
    #[serde(default)]
    pub prepend: Digits,
    pub groups: Vec<GroupId>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EmergencySettings {
    pub numbers: Vec<Digits>,
    /// Empty: every group, in order.
    pub groups: Vec<GroupId>,
}
