//! What the exchange needs of the settings, compiled once per change.

use crate::telephone_ports::Ports;
use clock::Millis;
use identity::{AgentId, CircuitId, GroupId, SpanId};
use numbering::{Digits, PartyNumber};
use routing::DialPlan;
use settings::{AgentSettings, QueueSettings, Settings, SpanSettings};
use std::collections::BTreeSet;
use std::sync::Arc;

#[derive(Debug)]
pub(crate) struct House {
    pub settings: Arc<Settings>,
    pub plan: DialPlan,
    pub flows: crate::flow::Flows,
    pub ports: Ports,
}

fn seconds(value: u32) -> Millis {
    Millis::secs(u64::from(value))
}

impl House {
    pub fn new(settings: Arc<Settings>) -> House {
        let plan = DialPlan::new(&settings);
        let flows = crate::flow::Flows::compile(&settings);
        let ports = Ports::new(&settings);
        House { settings, plan, flows, ports }
    }

    pub fn acd(&self) -> acd::AcdConfig {
        acd::AcdConfig::from(&*self.settings)
    }

    pub fn circuits(&self) -> circuits::Config {
        let enabled: BTreeSet<SpanId> = self.settings.spans.iter().filter(|s| s.enabled).map(|s| s.id).collect();
        let groups = self.settings.groups.iter().map(|g| circuits::Group {
            id: g.id,
            selection: match g.selection {
                settings::Selection::Ascending => circuits::Selection::Ascending,
                settings::Selection::Descending => circuits::Selection::Descending,
                settings::Selection::LeastRecentlyUsed => circuits::Selection::LeastRecentlyUsed,
            },
            spans: g.spans.clone(),
        });
        circuits::Config { groups: groups.collect(), spans: enabled.into_iter().collect() }
    }

    pub fn blocked(&self) -> BTreeSet<CircuitId> {
        let of_span = |s: &SpanSettings| {
            let span = s.id;
            s.blocked.clone().into_iter().map(move |slot| CircuitId { span, slot })
        };
        self.settings.spans.iter().flat_map(of_span).collect()
    }

    pub fn span(&self, id: SpanId) -> Option<&SpanSettings> {
        self.settings.spans.iter().find(|s| s.id == id)
    }

    pub fn queue(&self, id: identity::QueueId) -> Option<&QueueSettings> {
        self.settings.queues.iter().find(|q| q.id == id)
    }

    pub fn agent(&self, id: AgentId) -> Option<&AgentSettings> {
        self.settings.agents.iter().find(|a| a.id == id)
    }

    /// The number that a group shows to the outside.
    pub fn group_calling(&self, group: GroupId) -> Option<PartyNumber> {
        let group = self.settings.groups.iter().find(|g| g.id == group)?;
        group.calling.clone().map(PartyNumber::plain)
    }

    pub fn name_of(&self, extension: &Digits) -> Option<&str> {
        self.settings.extensions.iter().find(|e| e.number == *extension).map(|e| e.name.as_str())
    }

    pub fn music(&self) -> &str {
        &self.settings.calls.music
    }

    /// Who helps parties whom nobody takes back.
    pub fn operator(&self) -> Option<Result<routing::Route, numbering::Cause>> {
        self.settings.calls.operator.as_ref().map(|operator| self.plan.target(operator))
    }

    pub fn silent_time(&self) -> Option<Millis> {
        crate::far_ends::limit(self.settings.calls.silent_clear_seconds)
    }

    pub fn ring_time(&self) -> Millis {
        seconds(self.settings.calls.ring_seconds)
    }

    pub fn recall_time(&self) -> Millis {
        seconds(self.settings.calls.recall_seconds)
    }

    pub fn hold_time(&self) -> Millis {
        seconds(self.settings.calls.max_hold_seconds)
    }

    pub fn park_time(&self) -> Millis {
        seconds(self.settings.calls.park_seconds)
    }

    pub fn inband_time(&self) -> Millis {
        seconds(self.settings.calls.inband_clear_seconds)
    }

    pub fn digit_time(&self, first: bool) -> Millis {
        match first {
            true => seconds(self.settings.calls.first_digit_seconds),
            false => seconds(self.settings.calls.inter_digit_seconds),
        }
    }
}
