//! What agents are not shown unless the settings say so: that somebody supervises their calls.

use ::settings::Settings;
use desk::{AgentState, EntityView, LiveView};
use identity::{AgentId, LegId};
use ledger::{Event, Record, Role};
use settings::Role as Right;
use std::collections::BTreeSet;

/// For whom views are made.
#[derive(Clone, Copy, Debug)]
pub struct Viewer {
    pub agent: AgentId,
    pub right: Right,
}

impl Viewer {
    /// Whether supervision is to be kept from this viewer.
    fn kept_from(self, settings: &Settings) -> bool {
        self.right < Right::Quality && !settings.supervision.tell_agents
    }

    /// A view as this viewer may see it.
    pub fn entity(self, settings: &Settings, mut view: EntityView) -> EntityView {
        if self.kept_from(settings) {
            match &mut view {
                EntityView::Call(call) => call.parties.retain(|party| party.supervises.is_none()),
                EntityView::Agent(agent) if agent.id != self.agent && agent.state == AgentState::Supervising => {
                    agent.state = AgentState::Busy;
                    agent.supervises = None;
                    agent.call = None;
                }
                _ => {}
            }
        }
        view
    }

    pub fn all(self, settings: &Settings, mut live: LiveView) -> LiveView {
        if self.kept_from(settings) {
            for call in &mut live.calls {
                call.parties.retain(|party| party.supervises.is_none());
            }
            for agent in live.agents.iter_mut().filter(|agent| agent.id != self.agent) {
                if agent.state == AgentState::Supervising {
                    agent.state = AgentState::Busy;
                    agent.supervises = None;
                    agent.call = None;
                }
            }
        }
        live
    }

    /// A call's chain without the supervisors in it.
    pub fn ledger(self, settings: &Settings, mut ledger: Vec<Record>) -> Vec<Record> {
        if !self.kept_from(settings) {
            return ledger;
        }
        let supervisor = |record: &Record| match record.event {
            Event::LegAdded { leg, role: Role::Supervisor, .. } => Some(leg),
            _ => None,
        };
        let unseen: BTreeSet<LegId> = ledger.iter().filter_map(supervisor).collect();
        ledger.retain(|record| match record.event {
            Event::LegAdded { leg, .. }
            | Event::LegRinging { leg }
            | Event::LegAnswered { leg }
            | Event::FarPartyHeard { leg, .. }
            | Event::LegReleased { leg, .. }
            | Event::LegQuality { leg, .. }
            | Event::Supervised { leg, .. }
            | Event::SupervisionEnded { leg } => !unseen.contains(&leg),
            _ => true,
        });
        ledger
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clock::WallTime;
    use identity::CallId;
    use plan::Supervision;

    fn chain() -> Vec<Record> {
        let place = || ledger::Place::Extension("8002".parse().unwrap());
        let added = |leg, role| Event::LegAdded {
            leg: LegId(leg),
            role,
            place: place(),
            port: None,
            number: "8002".parse().unwrap(),
            agent: Some(AgentId(2)),
        };
        let supervised = Event::Supervised {
            leg: LegId(3),
            by: Some(AgentId(2)),
            agent: Some(AgentId(1)),
            mode: Supervision::Listen,
        };
        let events = [
            added(2, Role::Agent),
            added(3, Role::Supervisor),
            Event::LegAnswered { leg: LegId(3) },
            supervised,
            Event::SupervisionEnded { leg: LegId(3) },
            Event::LegAnswered { leg: LegId(2) },
        ];
        let record = |(seq, event)| Record { call: CallId(1), seq, at: WallTime(0), event };
        (0..).zip(events).map(record).collect()
    }

    /// SUP-03: an agent's own call shows nothing of who listened, unless the settings let it; a supervisor sees all.
    #[test]
    fn agents_are_told_only_if_the_settings_say_so() {
        let mut settings = Settings::default();
        let anna = Viewer { agent: AgentId(1), right: Right::Agent };
        let head = Viewer { agent: AgentId(2), right: Right::Supervisor };
        assert_eq!(anna.ledger(&settings, chain()).len(), 2);
        assert_eq!(head.ledger(&settings, chain()).len(), 6);
        settings.supervision.tell_agents = true;
        assert_eq!(anna.ledger(&settings, chain()).len(), 6);
    }
}
