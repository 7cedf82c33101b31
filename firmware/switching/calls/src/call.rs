use crate::leg::{Leg, Signal};
use crate::outbox::{Outbox, Output};
use crate::stage::Stage;
use crate::supervision::Supervisor;
use clock::WallTime;
use identity::{CallId, LegId};
use ledger::{Direction, Event, Outcome, Record};
use legs::{Compatibility, LegRequest};
use numbering::{ClearCause, Digits, PartyNumber};
use std::sync::Arc;

/// The most legs of one call, those still clearing included: three parties, supervisors, and those just replaced.
pub(crate) const MAX_LEGS: usize = 12;

/// Records after which keys, nodes and announcements are written no more.
const SMALL_EVENTS_UNTIL: usize = 4096;

/// What is known of a call as a whole.
#[derive(Clone, PartialEq, Debug)]
pub struct Facts {
    pub direction: Direction,
    pub began: WallTime,
    pub calling: Option<PartyNumber>,
    pub called: Digits,
    /// What the caller's terminal says of itself: for another line that can carry it.
    pub compatibility: Compatibility,
    /// What the administrator calls the service that was dialled.
    pub service: Option<Arc<str>>,
    /// How it ended, as far as is known. `Answered` stays.
    pub outcome: Option<Outcome>,
}

impl Facts {
    pub fn new(direction: Direction, began: WallTime, calling: Option<PartyNumber>, called: Digits) -> Facts {
        let compatibility = Compatibility::default();
        Facts { direction, began, calling, called, compatibility, service: None, outcome: None }
    }

    /// Notes how the call ends. Once a person answered, it is an answered call whatever follows; a call that its queue could
    /// not keep counts as that unless somebody else answers.
    pub fn ends_as(&mut self, outcome: Outcome) {
        match self.outcome {
            Some(Outcome::Answered) => {}
            Some(Outcome::Overflowed) if outcome != Outcome::Answered => {}
            _ => self.outcome = Some(outcome),
        }
    }
}

/// The stage of the call does not allow it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NotNow;

/// One call.
#[derive(Clone, PartialEq, Debug)]
pub struct Call {
    pub id: CallId,
    pub facts: Facts,
    pub(crate) legs: Vec<Leg>,
    pub(crate) stage: Stage,
    pub(crate) supervisors: Vec<Supervisor>,
    /// When the stage was entered.
    since: WallTime,
    first_leg: LegId,
    ledger: Vec<Record>,
}

impl Call {
    /// A call begins with the leg that asks for it. Its first record is written with the next event, when the number and so the
    /// direction are known; the record bears the time of the beginning.
    pub fn begin(id: CallId, facts: Facts, leg: Leg) -> Call {
        let first = leg.id;
        let stage = match leg.signal() {
            Signal::Dialling => Stage::Dialling { leg: first },
            _ => Stage::Fetching { leg: first },
        };
        Call {
            id,
            since: facts.began,
            facts,
            legs: vec![leg],
            stage,
            supervisors: Vec::new(),
            first_leg: first,
            ledger: Vec::with_capacity(16),
        }
    }

    pub fn stage(&self) -> &Stage {
        &self.stage
    }

    /// When the stage was entered.
    pub fn since(&self) -> WallTime {
        self.since
    }

    /// Every leg, those clearing included.
    pub fn legs(&self) -> &[Leg] {
        &self.legs
    }

    pub fn leg(&self, id: LegId) -> Option<&Leg> {
        self.legs.iter().find(|leg| leg.id == id)
    }

    pub fn leg_mut(&mut self, id: LegId) -> Option<&mut Leg> {
        self.legs.iter_mut().find(|leg| leg.id == id)
    }

    /// The leg that began the call, while it lives.
    pub fn caller(&self) -> Option<&Leg> {
        self.leg(self.first_leg)
    }

    /// Everything written so far.
    pub fn ledger(&self) -> &[Record] {
        &self.ledger
    }

    /// Nobody is left and every leg has said its last word.
    pub fn finished(&self) -> bool {
        self.stage == Stage::Over && self.legs.is_empty()
    }

    /// Writes one record. A caller who presses keys for hours fills no memory: beyond a bound such small events are left out.
    pub fn write(&mut self, event: Event, out: &mut Outbox) {
        let small = matches!(
            event,
            Event::KeyPressed { .. } | Event::FlowNode { .. } | Event::Announced { .. } | Event::PromptMissing { .. }
        );
        if small && self.ledger.len() >= SMALL_EVENTS_UNTIL {
            return;
        }
        if self.ledger.is_empty() {
            let (place, port) = match self.leg(self.first_leg) {
                Some(leg) => (leg.place.clone(), leg.port),
                None => (ledger::Place::Extension(Digits::default()), None),
            };
            let began = Event::Began {
                leg: self.first_leg,
                place,
                port,
                calling: self.facts.calling.clone(),
                called: self.facts.called.clone(),
                direction: self.facts.direction,
            };
            self.append(self.facts.began, began, out);
        }
        self.append(out.now.wall, event, out);
    }

    fn append(&mut self, at: WallTime, event: Event, out: &mut Outbox) {
        let record = Record { call: self.id, seq: self.ledger.len() as u32, at, event };
        self.ledger.push(record.clone());
        out.push(Output::Ledger(record));
    }

    /// Enters a stage: tells a party that it is held or no longer, and writes who is joined and who is parted.
    pub(crate) fn enter(&mut self, stage: Stage, out: &mut Outbox) {
        let (held_before, held_after) = (self.stage.held(), stage.held());
        let before = self.stage.bridge();
        let after = stage.bridge();
        self.stage = stage;
        self.since = out.now.wall;
        if held_before != held_after {
            if let Some(leg) = held_before {
                self.request(leg, LegRequest::Retrieve, out);
            }
            if let Some(leg) = held_after {
                self.request(leg, LegRequest::Hold, out);
            }
        }
        if before == after {
            return;
        }
        if let Some((a, b)) = before {
            self.write(Event::Unbridged { a, b }, out);
        }
        if let Some((a, b)) = after {
            self.write(Event::Bridged { a, b }, out);
        }
    }

    /// Sends a request to a leg that is live.
    pub fn request(&mut self, leg: LegId, request: LegRequest, out: &mut Outbox) {
        if let Some(leg) = self.leg(leg).filter(|leg| leg.live()) {
            leg.request(request, out);
        }
    }

    /// Adds an outgoing leg; its set-up request is the caller's business. Refused when there are too many.
    pub(crate) fn add(&mut self, leg: Leg, out: &mut Outbox) -> Result<LegId, NotNow> {
        if self.legs.len() >= MAX_LEGS {
            return Err(NotNow);
        }
        let id = leg.id;
        let (role, place, port) = (leg.role, leg.place.clone(), leg.port);
        let (number, agent) = (leg.number.clone(), leg.agent);
        self.legs.push(leg);
        self.write(Event::LegAdded { leg: id, role, place, port, number, agent }, out);
        Ok(id)
    }

    /// Marks a leg as cleared and writes it: true the first time.
    pub(crate) fn clear(&mut self, id: LegId, cause: ClearCause, out: &mut Outbox) -> bool {
        let Some(leg) = self.leg_mut(id).filter(|leg| leg.live()) else { return false };
        leg.set_signal(Signal::Clearing);
        self.write(Event::LegReleased { leg: id, cause }, out);
        true
    }

    /// Removes a leg that has said its last word.
    pub fn forget(&mut self, id: LegId) -> Option<Leg> {
        let place = self.legs.iter().position(|leg| leg.id == id)?;
        Some(self.legs.remove(place))
    }

    /// Hands a live leg over to another call, where this one goes on; nobody takes part in this one any more.
    pub fn merge_into(&mut self, other: CallId, leg: LegId, out: &mut Outbox) -> Option<Leg> {
        if !self.leg(leg).is_some_and(Leg::live) {
            return None;
        }
        self.write(Event::MergedInto { call: other }, out);
        self.facts.ends_as(Outcome::Answered);
        self.enter(Stage::Over, out);
        self.forget(leg)
    }

    /// Writes the last record. The outcome is the first that was noted, or a failure.
    pub fn close(&mut self, out: &mut Outbox) {
        let outcome = self.facts.outcome.unwrap_or(Outcome::Failed);
        self.write(Event::Closed { outcome }, out);
    }

    /// What is wrong with the call: a stage that names a leg which is gone or cleared, or a bridge whose plans disagree.
    pub fn audit(&self) -> Vec<&'static str> {
        let mut wrong = Vec::new();
        if self.stage.legs().any(|id| self.leg(id).is_none_or(|leg| !leg.live())) {
            wrong.push("the stage names a leg that is gone");
        }
        if self.supervisors.iter().any(|s| self.leg(s.leg).is_none_or(|leg| !leg.live())) {
            wrong.push("a supervisor is gone");
        }
        let takes_part = |id| self.stage.legs().any(|l| l == id) || self.supervisor(id).is_some();
        if self.legs.iter().any(|leg| leg.live() && !takes_part(leg.id)) {
            wrong.push("a live leg takes part in nothing");
        }
        if let Some((a, b)) = self.stage.bridge() {
            let hears = |x: LegId, y: LegId| {
                self.leg(x).is_some_and(|leg| match &leg.published.hears {
                    plan::Hears::Leg(other) => *other == y || self.silenced(y),
                    plan::Hears::Mix(others) => !self.supervisors.is_empty() && others.contains(&y) != self.silenced(y),
                    _ => false,
                })
            };
            if !hears(a, b) || !hears(b, a) {
                wrong.push("bridged legs do not hear each other");
            }
        }
        if self.ledger.iter().enumerate().any(|(place, record)| record.seq as usize != place) {
            wrong.push("the ledger has a gap");
        }
        wrong
    }
}
