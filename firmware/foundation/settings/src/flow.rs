use crate::lines::Target;
use identity::FlowId;
use numbering::Key;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Name of a node within its flow: lower-case letters, digits, `-`, `_`.
pub type NodeId = String;

/// An IVR flow: a graph of nodes. A published version never changes; a change is a new version.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlowSettings {
    pub id: FlowId,
    pub name: String,
    pub version: u32,
    pub start: NodeId,
    pub nodes: Vec<Node>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Node {
    pub id: NodeId,
    /// What people call it; shown to the agent as where the caller came from.
    pub title: String,
    #[serde(flatten)]
    pub kind: NodeKind,
}

/// What a node does, then where it leads.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum NodeKind {
    /// Plays prompts. `${variable}` in a prompt's name is replaced. `digits:${v}` and `number:${v}` speak a variable; so do `count:` (things counted),
    /// `amount:` (yuan, `129.50`), `date:` (`2026-10-01`, `1001`), `time:` (`09:05`) and `duration:` (seconds).
    Play {
        prompts: Vec<String>,
        interruptible: bool,
        next: NodeId,
    },
    /// Plays prompts, waits for one key (barge-in allowed), branches on it.
    Menu {
        prompts: Vec<String>,
        keys: BTreeMap<Key, NodeId>,
        timeout_seconds: u32,
        /// Times the menu is heard before giving up.
        attempts: u8,
        /// Heard after a wrong key; empty: only the menu again.
        invalid_prompt: String,
        otherwise: NodeId,
    },
    /// Collects digits into a variable, up to `max` or until `#`.
    Collect {
        prompts: Vec<String>,
        variable: String,
        min: u8,
        max: u8,
        timeout_seconds: u32,
        attempts: u8,
        next: NodeId,
        otherwise: NodeId,
    },
    /// Branches on the wall clock of the site.
    Time {
        open: Vec<DayTimes>,
        holidays: Vec<String>,
        when_open: NodeId,
        when_closed: NodeId,
    },
    /// Sets a variable; `language` switches the prompts' language, `priority` the priority class in queues.
    Set {
        variable: String,
        value: String,
        next: NodeId,
    },
    /// Branches on a variable.
    Branch {
        variable: String,
        cases: Vec<Match>,
        otherwise: NodeId,
    },
    Queue {
        queue: identity::QueueId,
        priority: Option<u8>,
    },
    Transfer {
        to: Target,
    },
    /// Leave a message. Until voicemail is built in, plays `prompts` and ends the call.
    Voicemail {
        prompts: Vec<String>,
    },
    HangUp {
        prompts: Vec<String>,
    },
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Match {
    /// As in a service route's pattern.
    pub pattern: String,
    pub next: NodeId,
}

/// Opening hours of some days of the week.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DayTimes {
    /// 1 Monday to 7 Sunday.
    pub days: Vec<u8>,
    pub times: Vec<TimeRange>,
}

/// Minutes since midnight, local time; `to` is past the end.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeRange {
    pub from: u16,
    pub to: u16,
}

/// Flows as they are published: one that differs from what is in force under its id gets the next version, one that does not keeps
/// its own, whatever the draft says. So each version in a call's ledger names one text.
pub fn with_versions(in_force: &[FlowSettings], mut draft: Vec<FlowSettings>) -> Vec<FlowSettings> {
    for flow in &mut draft {
        let Some(known) = in_force.iter().find(|known| known.id == flow.id) else {
            flow.version = flow.version.max(1);
            continue;
        };
        flow.version = known.version;
        if flow != known {
            flow.version = known.version.saturating_add(1);
        }
    }
    draft
}
