//! The one settings model.
//!
//! One [`Settings`] value is the whole configuration. The console edits a draft of it, [`Settings::check`] says in plain words what
//! is wrong and how to mend it, [`difference`] says what a change would do, and the exchange takes the new value as one input:
//! a change is applied as a difference, never by a restart. Cores never see this type: they get small structs of their own.

mod acd;
mod analog;
mod check;
mod defaults;
mod difference;
mod flow;
mod lines;
mod proposal;
mod site;
mod spans;

pub use acd::{
    AgentSettings, Announcements, Overflow, QueueSettings, Role, Skill, SkillLevel, SkillNeed, Strategy,
    SupervisionSettings, TeamSettings,
};
pub use analog::{
    AnalogLine, AnalogPort, AnalogPractice, AnalogSettings, AnsweredBy, FxoSettings, FxsSettings, ShowCaller,
};
pub use check::Problem;
pub use difference::{Change, difference};
pub use flow::{
    DayTimes, FlowSettings, Match, Node, NodeId, NodeKind, TimeRange, with_versions as flows_with_versions,
};
pub use lines::{
    EmergencySettings, ExtensionSettings, FaxBox, GroupSettings, OutboundRoute, Selection, ServiceRoute, Target,
};
pub use site::{
    CallSettings, Language, OwnCodecs, OwnSrtp, PromptSettings, RecordingSettings, RoomSettings, SipDigest,
    SipSettings, Site, WhenFull,
};
pub use spans::{
    BriMode, BriSettings, Crc4, Dchannel, PriSettings, R2Settings, R2Variant, Side, Signalling, SpanSettings,
};

use identity::SpanId;
use serde::{Deserialize, Serialize};

/// Everything an administrator can set.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    pub site: Site,
    pub spans: Vec<SpanSettings>,
    /// Spans that may clock the box, best first; none: every digital line, in the order of the spans.
    pub clocks: Vec<SpanId>,
    pub groups: Vec<GroupSettings>,
    pub extensions: Vec<ExtensionSettings>,
    /// DNIS to service, first match wins; longest pattern first is up to the author.
    pub services: Vec<ServiceRoute>,
    /// Outbound numbers to trunk groups, first match wins.
    pub outbound: Vec<OutboundRoute>,
    /// Numbers past every rule (110, 119, 120, 122), and the groups that carry them, in order.
    pub emergency: lines::EmergencySettings,
    pub skills: Vec<Skill>,
    pub agents: Vec<AgentSettings>,
    pub supervision: SupervisionSettings,
    pub rooms: Vec<RoomSettings>,
    pub queues: Vec<QueueSettings>,
    pub flows: Vec<FlowSettings>,
    pub prompts: Vec<PromptSettings>,
    pub calls: CallSettings,
    pub recording: RecordingSettings,
    pub sip: SipSettings,
}

impl Settings {
    /// Spans that may clock the box, best first.
    pub fn clock_order(&self) -> Vec<SpanId> {
        let digital = |span: &&SpanSettings| span.enabled && !matches!(span.signalling, Signalling::Analog(_));
        if self.clocks.is_empty() {
            return self.spans.iter().filter(digital).map(|span| span.id).collect();
        }
        let may = |id: &&SpanId| self.spans.iter().filter(digital).any(|span| span.id == **id);
        self.clocks.iter().filter(may).copied().collect()
    }
}
