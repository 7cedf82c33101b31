//! Supervisors in an agent's call: beside the stage, so that whatever the parties do goes on as if nobody were there.

use crate::call::{Call, NotNow};
use crate::leg::{Leg, Signal};
use crate::outbox::Outbox;
use crate::stage::Stage;
use identity::LegId;
use ledger::Event;
use plan::{Hears, Supervision};

/// Supervisors in one call at most.
const MOST: usize = 4;

/// Who takes part in an agent's conversation without being a party.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Supervisor {
    pub leg: LegId,
    /// The agent's leg.
    pub of: LegId,
    pub mode: Supervision,
}

impl Stage {
    /// Those who hear each other now, `leg` among them. Nobody if it talks to no person: it is held, or a service has it.
    pub fn conversation(&self, leg: LegId) -> impl Iterator<Item = LegId> + use<> {
        let together: [Option<LegId>; 3] = match *self {
            Stage::Talking { a, b } => [Some(a), Some(b), None],
            Stage::Consulting { by, with, answered: true, .. } => [Some(by), Some(with), None],
            Stage::Consulting { by, answered: false, .. } | Stage::Held { by, .. } | Stage::Directing { by, .. } => {
                [Some(by), None, None]
            }
            Stage::Ringing { from, .. } => [Some(from), None, None],
            Stage::ThreeWay { by, other, third } => [Some(by), Some(other), Some(third)],
            Stage::Dialling { .. }
            | Stage::Served { .. }
            | Stage::Fetching { .. }
            | Stage::Meeting { .. }
            | Stage::Parked { .. }
            | Stage::Failing { .. }
            | Stage::Over => [None, None, None],
        };
        let takes_part = together.contains(&Some(leg));
        together.into_iter().flatten().filter(move |_| takes_part)
    }
}

impl Call {
    pub fn supervisors(&self) -> &[Supervisor] {
        &self.supervisors
    }

    pub fn supervisor(&self, leg: LegId) -> Option<&Supervisor> {
        self.supervisors.iter().find(|supervisor| supervisor.leg == leg)
    }

    /// `leg` is rung to take part in the conversations of `of`.
    pub fn supervise(&mut self, leg: Leg, of: LegId, mode: Supervision, out: &mut Outbox) -> Result<(), NotNow> {
        let there = self.stage.legs().any(|l| l == of) && self.leg(of).is_some_and(Leg::answered);
        if !there || self.supervisors.len() >= MOST || !self.allows(of, mode) {
            return Err(NotNow);
        }
        let leg = self.add(leg, out)?;
        self.supervisors.push(Supervisor { leg, of, mode });
        Ok(())
    }

    /// From now on in another way.
    pub fn supervise_as(&mut self, leg: LegId, mode: Supervision, out: &mut Outbox) -> Result<(), NotNow> {
        let of = self.supervisor(leg).ok_or(NotNow)?.of;
        if !self.allows(of, mode) {
            return Err(NotNow);
        }
        let changed = self.supervisors.iter_mut().find(|supervisor| supervisor.leg == leg && supervisor.mode != mode);
        if let Some(supervisor) = changed {
            supervisor.mode = mode;
            self.supervision_told(leg, out);
        }
        Ok(())
    }

    /// An agent is silenced only while it talks to somebody.
    fn allows(&self, of: LegId, mode: Supervision) -> bool {
        !mode.silences_agent() || self.stage.conversation(of).count() > 1
    }

    /// A supervisor's telephone answered. False: it is none.
    pub(crate) fn supervisor_answered(&mut self, leg: LegId, out: &mut Outbox) -> bool {
        let known = self.supervisor(leg).is_some();
        if known {
            self.supervision_told(leg, out);
        }
        known
    }

    fn supervision_told(&mut self, leg: LegId, out: &mut Outbox) {
        let Some(Supervisor { of, mode, .. }) = self.supervisor(leg).copied() else { return };
        let agent = |leg: LegId| self.leg(leg).and_then(|l| l.agent);
        if self.leg(leg).is_some_and(Leg::answered) {
            self.write(Event::Supervised { leg, by: agent(leg), agent: agent(of), mode }, out);
        }
    }

    /// The leg takes part no more. False: it was no supervisor's.
    pub(crate) fn supervision_ends(&mut self, leg: LegId, out: &mut Outbox) -> bool {
        let Some(place) = self.supervisors.iter().position(|supervisor| supervisor.leg == leg) else { return false };
        self.supervisors.remove(place);
        if self.ledger().iter().any(|record| matches!(record.event, Event::Supervised { leg: l, .. } if l == leg)) {
            self.write(Event::SupervisionEnded { leg }, out);
        }
        true
    }

    /// A supervisor whose agent takes part in the call no more: to be released.
    pub fn stray_supervisor(&self) -> Option<LegId> {
        let astray = |supervisor: &&Supervisor| !self.stage.legs().any(|leg| leg == supervisor.of);
        self.supervisors.iter().find(astray).map(|supervisor| supervisor.leg)
    }

    /// Who goes on with the other party when an agent leaves: whom that party hears already.
    pub(crate) fn taking_over(&self, agent: LegId) -> Option<LegId> {
        let takes = |s: &&Supervisor| s.of == agent && s.mode.heard_by_others();
        self.present_supervisors().find(takes).map(|supervisor| supervisor.leg)
    }

    /// A supervisor speaks in its stead: what it does with its call does not count.
    pub(crate) fn silenced(&self, leg: LegId) -> bool {
        self.present_supervisors().any(|s| s.of == leg && s.mode.silences_agent())
    }

    /// Those whose telephones answered.
    fn present_supervisors(&self) -> impl Iterator<Item = &Supervisor> {
        let present = |s: &&Supervisor| self.leg(s.leg).is_some_and(|leg| leg.signal() == Signal::Answered);
        self.supervisors.iter().filter(present)
    }

    /// What `leg` hears: as the stage says, but for those who supervise. Who is only listened to hears just what it would hear alone.
    pub fn hears(&self, leg: LegId, music: &str) -> Hears {
        let alone = self.stage.hears(leg, music);
        if self.supervisors.is_empty() {
            return alone;
        }
        if let Some(own) = self.supervisor(leg) {
            if !self.leg(leg).is_some_and(Leg::answered) {
                return Hears::Silence;
            }
            let others = self.stage.conversation(own.of).filter(|party| !self.silenced(*party));
            return all_of(others.chain(self.audible_to(leg)).collect());
        }
        let mut voices = match &alone {
            Hears::Silence => Vec::new(),
            Hears::Leg(other) => vec![*other],
            Hears::Mix(others) => others.clone(),
            Hears::Tone(_) | Hears::Play { .. } | Hears::Music(_) | Hears::Room(_) => return alone,
        };
        let before = voices.len();
        voices.retain(|party| !self.silenced(*party));
        let silenced = before - voices.len();
        voices.extend(self.audible_to(leg));
        if silenced == 0 && voices.len() == before { alone } else { all_of(voices) }
    }

    /// Supervisors whom a party, or another supervisor, hears.
    fn audible_to(&self, leg: LegId) -> impl Iterator<Item = LegId> {
        // A supervisor is where its agent is.
        let place = self.supervisor(leg).map_or(leg, |own| own.of);
        self.present_supervisors()
            .filter(move |s| s.leg != leg && self.stage.conversation(s.of).any(|party| party == place))
            .filter(move |s| if s.of == leg { s.mode.heard_by_agent() } else { s.mode.heard_by_others() })
            .map(|s| s.leg)
    }
}

fn all_of(voices: Vec<LegId>) -> Hears {
    match voices[..] {
        [] => Hears::Silence,
        [one] => Hears::Leg(one),
        _ => Hears::Mix(voices),
    }
}
