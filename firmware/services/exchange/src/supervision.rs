//! Supervisors enter the calls of agents: listen, whisper, barge, intrude, and back.

use crate::machine::{Exchange, Timer};
use calls::{Leg, NotNow};
use desk::{Refusal, Supervised};
use identity::{AgentId, CallId, LegId};
use ledger::{Place, Role};
use numbering::{Cause, PartyNumber};
use plan::Supervision;

impl Exchange {
    /// Rings the supervisor's telephone, which answers by itself if it can; once in, another mode takes effect at once.
    pub(crate) fn supervise(&mut self, supervisor: AgentId, agent: AgentId, mode: Supervision) -> Result<(), Refusal> {
        let own = self.extension_of_agent(supervisor)?;
        self.may_supervise(supervisor, agent, mode)?;
        let there = self.hand(agent);
        if let Some((call, leg)) = self.hand(supervisor) {
            // What it has in hand must be this supervision.
            let of = self.table.call(call).and_then(|c| c.supervisor(leg)).map(|s| s.of);
            let same = of.is_some_and(|of| there.is_some_and(|(other, hand)| other == call && hand == of));
            return match same.then(|| self.on(call, |call, out| call.supervise_as(leg, mode, out))) {
                Some(Some(Ok(()))) => Ok(()),
                _ => Err(Refusal::NotNow),
            };
        }
        let (call, of) = there.ok_or(Refusal::NotNow)?;
        if !self.lines.reachable(&own) {
            return Err(Refusal::ExtensionUnreachable);
        }
        let leg = self.table.new_leg();
        let (line, target) = self.way_to(leg, &own).map_err(crate::transfers::refusal_of)?;
        let place = Place::Extension(own.clone());
        let party = Leg::outgoing(leg, line, Role::Supervisor, place.clone(), own.clone()).of_agent(Some(supervisor));
        let party = party.at_port(self.port_at(line, &place));
        let added = self.on(call, |call, out| call.supervise(party, of, mode, out));
        if added.unwrap_or(Err(NotNow)).is_err() {
            self.way_back(leg, &target);
            return Err(Refusal::NotNow);
        }
        self.table.bind(leg, call);
        self.leg_begins(leg, &place, Some(supervisor), true);
        let supervised = self.table.call(call).and_then(|c| c.leg(of)).map(|l| PartyNumber::plain(l.number.clone()));
        self.set_up(call, leg, own, supervised, target, true);
        self.timers.arm(Timer::Supervisors(call), self.now().mono + self.house.ring_time());
        Ok(())
    }

    /// Quality checkers listen; supervisors do all, each with the agents of the own teams; administrators with everybody.
    fn may_supervise(&self, supervisor: AgentId, agent: AgentId, mode: Supervision) -> Result<(), Refusal> {
        let role = self.house.agent(supervisor).ok_or(Refusal::NoSuchAgent)?.role;
        self.house.agent(agent).ok_or(Refusal::NoSuchAgent)?;
        let allowed = match role {
            settings::Role::Agent => false,
            settings::Role::Quality => mode == Supervision::Listen && self.covers(supervisor, agent),
            settings::Role::Supervisor => self.covers(supervisor, agent),
            settings::Role::Administrator => true,
        };
        if allowed && supervisor != agent { Ok(()) } else { Err(Refusal::NotAllowed) }
    }

    fn covers(&self, supervisor: AgentId, agent: AgentId) -> bool {
        self.house.settings.supervision.covers(supervisor, agent)
    }

    /// Supervisors' telephones that did not answer in time are rung no longer.
    pub(crate) fn supervisors_not_answering(&mut self, call: CallId) {
        let unanswered = |exchange: &Exchange| {
            let call = exchange.table.call(call)?;
            let waits = |s: &&calls::Supervisor| call.leg(s.leg).is_some_and(|leg| leg.live() && !leg.answered());
            call.supervisors().iter().find(waits).map(|s| s.leg)
        };
        while let Some(leg) = unanswered(self) {
            self.release_leg(call, leg, Cause::NoAnswer.into());
        }
    }

    /// Supervisors go when their agents are gone, or their right is.
    pub(crate) fn supervision_settles(&mut self, call: CallId) {
        while let Some(leg) = self.table.call(call).and_then(|call| call.stray_supervisor().or(self.unrightful(call))) {
            self.release_leg(call, leg, Cause::NormalClearing.into());
        }
        let rings = self.table.call(call).is_some_and(|call| {
            let waits = |s: &calls::Supervisor| call.leg(s.leg).is_some_and(|leg| !leg.answered());
            call.supervisors().iter().any(waits)
        });
        if !rings && self.timers.runs(&Timer::Supervisors(call)) {
            self.timers.disarm(&Timer::Supervisors(call));
        }
    }

    fn unrightful(&self, call: &calls::Call) -> Option<LegId> {
        let agent = |leg: LegId| call.leg(leg).and_then(|l| l.agent);
        let unrightful = |s: &&calls::Supervisor| match (agent(s.leg), agent(s.of)) {
            (Some(supervisor), Some(of)) => self.may_supervise(supervisor, of, s.mode).is_err(),
            _ => false,
        };
        call.supervisors().iter().find(unrightful).map(|s| s.leg)
    }

    /// Whose call an agent is in as a supervisor.
    pub(crate) fn supervised_by(&self, call: CallId, leg: LegId) -> Option<Supervised> {
        let call = self.table.call(call)?;
        let supervisor = call.supervisor(leg)?;
        let answered = call.leg(leg).is_some_and(Leg::answered);
        Some(Supervised { agent: call.leg(supervisor.of)?.agent?, mode: supervisor.mode, answered })
    }
}
