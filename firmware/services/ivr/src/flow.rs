use crate::check::{self, Problem, Severity};
use identity::FlowId;
use settings::{FlowSettings, Node, NodeId, NodeKind};
use std::collections::{BTreeMap, BTreeSet};

/// A checked flow: every node it leads to exists, and no circle of nodes runs without waiting for the caller.
#[derive(Clone, PartialEq, Debug)]
pub struct Flow {
    pub id: FlowId,
    pub version: u32,
    pub(crate) start: NodeId,
    pub(crate) nodes: BTreeMap<NodeId, Node>,
}

impl Flow {
    /// Checks the structure and takes the flow; missing prompts do not stop it, as a site may add them later. Gives every problem that
    /// stops it.
    pub fn compile(flow: &FlowSettings) -> Result<Flow, Vec<Problem>> {
        let mut problems = check::check(flow, None);
        problems.retain(|problem| problem.severity == Severity::Error);
        if !problems.is_empty() {
            return Err(problems);
        }
        let nodes = flow.nodes.iter().map(|node| (node.id.clone(), node.clone())).collect();
        Ok(Flow { id: flow.id, version: flow.version, start: flow.start.clone(), nodes })
    }
}

/// The nodes that a node may lead to.
pub(crate) fn targets(node: &NodeKind) -> Vec<&NodeId> {
    match node {
        NodeKind::Play { next, .. } | NodeKind::Set { next, .. } => vec![next],
        NodeKind::Menu { keys, otherwise, .. } => keys.values().chain([otherwise]).collect(),
        NodeKind::Collect { next, otherwise, .. } => vec![next, otherwise],
        NodeKind::Time { when_open, when_closed, .. } => vec![when_open, when_closed],
        NodeKind::Branch { cases, otherwise, .. } => cases.iter().map(|case| &case.next).chain([otherwise]).collect(),
        NodeKind::Queue { .. } | NodeKind::Transfer { .. } | NodeKind::Voicemail { .. } | NodeKind::HangUp { .. } => {
            Vec::new()
        }
    }
}

/// Whether the node waits for the caller's keys. Playing is no waiting: a prompt may be empty or missing.
pub(crate) fn waits(node: &NodeKind) -> bool {
    matches!(node, NodeKind::Menu { .. } | NodeKind::Collect { .. })
}

/// Every prompt template of a node.
pub(crate) fn prompts(node: &NodeKind) -> Vec<&String> {
    match node {
        NodeKind::Play { prompts, .. }
        | NodeKind::Collect { prompts, .. }
        | NodeKind::Voicemail { prompts }
        | NodeKind::HangUp { prompts } => prompts.iter().collect(),
        NodeKind::Menu { prompts, invalid_prompt, .. } => {
            prompts.iter().chain(Some(invalid_prompt).filter(|prompt| !prompt.is_empty())).collect()
        }
        NodeKind::Time { .. }
        | NodeKind::Set { .. }
        | NodeKind::Branch { .. }
        | NodeKind::Queue { .. }
        | NodeKind::Transfer { .. } => Vec::new(),
    }
}

/// Variables that every walk has.
pub(crate) const GIVEN: [&str; 4] = ["calling", "called", "language", "priority"];

/// Variables that some node of the flow sets, and those that every walk has.
pub(crate) fn variables(flow: &FlowSettings) -> BTreeSet<&str> {
    let set = flow.nodes.iter().filter_map(|node| match &node.kind {
        NodeKind::Set { variable, .. } | NodeKind::Collect { variable, .. } => Some(variable.as_str()),
        NodeKind::Play { .. }
        | NodeKind::Menu { .. }
        | NodeKind::Time { .. }
        | NodeKind::Branch { .. }
        | NodeKind::Queue { .. }
        | NodeKind::Transfer { .. }
        | NodeKind::Voicemail { .. }
        | NodeKind::HangUp { .. } => None,
    });
    set.chain(GIVEN).collect()
}
