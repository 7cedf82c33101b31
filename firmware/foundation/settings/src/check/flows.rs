use super::{Findings, lines};
use crate::{NodeKind, Settings, Target};

/// References out of the flows; what is inside a flow is the IVR's check.
pub(super) fn check(settings: &Settings, findings: &mut Findings) {
    findings.unique("/flows", "id", settings.flows.iter().map(|flow| flow.id));
    for (index, flow) in settings.flows.iter().enumerate() {
        findings.named(format!("/flows/{index}/name"), &flow.name);
        for (place, node) in flow.nodes.iter().enumerate() {
            let at = format!("/flows/{index}/nodes/{place}");
            match &node.kind {
                NodeKind::Queue { queue, priority } => {
                    lines::target(&format!("{at}/queue"), &Target::Queue(*queue), settings, findings);
                    if let Some(priority) = priority {
                        findings.range(format!("{at}/priority"), *priority, 1, 9);
                    }
                }
                NodeKind::Transfer { to } => lines::target(&format!("{at}/to"), to, settings, findings),
                NodeKind::Play { .. }
                | NodeKind::Menu { .. }
                | NodeKind::Collect { .. }
                | NodeKind::Time { .. }
                | NodeKind::Set { .. }
                | NodeKind::Branch { .. }
                | NodeKind::Voicemail { .. }
                | NodeKind::HangUp { .. } => {}
            }
        }
    }
}
