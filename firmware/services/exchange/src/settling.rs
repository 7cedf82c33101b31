//! After each input: what follows from the stages that calls are in. Recordings, media plans, limits, closing, views.

use crate::ending::Leaving;
use crate::machine::{Exchange, Timer};
use crate::port::{Effect, RecordingOrder};
use crate::table::{Limit, Service, Visit};
use calls::{Call, Leg, Reason, Stage};
use clock::Millis;
use identity::{CallId, LegId, RecordingId};
use ledger::Event;
use numbering::Cause;
use recording::{RecordingOutput, With};

/// To key the PIN of a room, from its being asked.
const PIN_TIME: Millis = Millis(25_000);

/// Rounds of orders and their consequences within one input; more is a fault of ours.
const MOST_ROUNDS: usize = 1000;

impl Exchange {
    pub(crate) fn settle(&mut self) {
        for _ in 0..MOST_ROUNDS {
            let orders = self.acd_orders();
            let touched = std::mem::take(&mut self.board.touched.calls);
            if touched.is_empty() && !orders {
                break;
            }
            touched.iter().for_each(|call| self.supervision_settles(*call));
            touched.iter().for_each(|call| self.meetings_settle(*call));
            touched.iter().for_each(|call| self.record(*call));
            let stops = self.recording_orders();
            touched.iter().for_each(|call| self.publish(*call));
            self.recording_stops(stops);
            for call in touched {
                self.note_stage(call);
                self.limit(call);
                self.watch_far_ends(call);
                self.check(call);
                self.close_if_over(call);
            }
        }
        self.publish_views();
    }

    /// Tells the media engine what the call's legs hear now.
    fn publish(&mut self, call: CallId) {
        self.board.touched.views.insert(call);
        let (music, recordings) = (&self.house.settings.calls.music, &self.recordings);
        if let Some(entry) = self.table.get_mut(call) {
            entry.call.publish(music, |leg| recordings.of_leg(leg), &mut self.outbox);
        }
    }

    /// No plan names these recordings any more.
    fn recording_stops(&mut self, stops: Vec<(RecordingId, CallId, Millis)>) {
        for (recording, call, length) in stops {
            self.effect(Effect::Recording(RecordingOrder::Stop { recording }));
            if let Some(entry) = self.table.get_mut(call)
                && !entry.visit.closed
            {
                entry.call.write(Event::RecordingEnded { recording, millis: length.0 }, &mut self.outbox);
            }
        }
    }

    /// A call that contradicts itself is given up; the others go on.
    fn check(&mut self, id: CallId) {
        let Some(what) = self.table.call(id).and_then(|call| call.audit().first().copied()) else { return };
        self.board.fault(format!("call {id}: {what}"));
        self.note(self.outbox.now.mono, trace::Trace::Broken { call: Some(id), rule: what });
        self.leave_service(id, Leaving::Abandoned);
        let legs = self.table.call(id).map(|call| call.legs().to_vec()).unwrap_or_default();
        self.on(id, |call, out| call.give_up(Cause::TemporaryFailure.into(), out));
        for leg in legs.into_iter().filter(Leg::live) {
            self.recordings.leg_ended(self.outbox.now, leg.id);
            self.attempts.remove(&leg.id);
            if let Some(agent) = leg.agent {
                self.agent_hung_up(agent, leg.id, leg.role, false);
            }
        }
    }

    /// Starts and ends recordings as the stage asks: the party that stays is recorded, and whom an agent consults while it does.
    fn record(&mut self, id: CallId) {
        let Some(entry) = self.table.get_mut(id) else { return };
        let call = &entry.call;
        let bridge = call.stage().bridge();
        // A recording is asked for when parties are joined: one that failed is not tried again until the next joining.
        let joined = std::mem::replace(&mut entry.visit.joined, bridge) != bridge;
        entry.visit.agents_call |= bridge.is_some_and(|(a, b)| agent(call, a) || agent(call, b));
        let agents_call = entry.visit.agents_call;
        let now = self.outbox.now;
        match *call.stage() {
            Stage::Talking { a, b } if joined => {
                let recorded = [a, b].map(|leg| self.recordings.of_leg(leg).is_some());
                match recorded {
                    [true, true] => {
                        let later = later_of(call, a, b);
                        self.recordings.leg_ended(now, later);
                    }
                    [false, false] => {
                        let (leg, with) = stays(call, a, b);
                        let with = if agents_call { With::Agent } else { with };
                        self.recordings.connected(now, id, leg, with);
                    }
                    _ => {}
                }
            }
            Stage::Consulting { by, with, answered: true, .. } if joined => {
                let kind = if agent(call, by) { With::Agent } else { With::Extension };
                self.recordings.connected(now, id, with, kind);
            }
            Stage::ThreeWay { other, third, .. } if self.recordings.of_leg(other).is_some() => {
                self.recordings.leg_ended(now, third);
            }
            _ => {}
        }
    }

    /// Gives the recorder its starts, and answers the stops that must wait until no plan names them.
    fn recording_orders(&mut self) -> Vec<(RecordingId, CallId, Millis)> {
        let mut stops = Vec::new();
        while let Some(output) = self.recordings.poll() {
            match output {
                RecordingOutput::Start { recording, call, leg } => {
                    self.board.recording_since.insert(recording, self.outbox.now.mono);
                    self.effect(Effect::Recording(RecordingOrder::Start { recording, call }));
                    if let Some(entry) = self.table.get_mut(call) {
                        entry.call.write(Event::RecordingStarted { recording, leg }, &mut self.outbox);
                    }
                }
                RecordingOutput::Pause { recording, call, by } => {
                    self.effect(Effect::Recording(RecordingOrder::Pause { recording }));
                    self.write(call, Event::RecordingPaused { recording, by });
                }
                RecordingOutput::Resume { recording, call, by } => {
                    self.effect(Effect::Recording(RecordingOrder::Resume { recording }));
                    self.write(call, Event::RecordingResumed { recording, by });
                }
                RecordingOutput::Stop { recording, call, .. } => {
                    let since = self.board.recording_since.remove(&recording);
                    let length = since.map_or(Millis::ZERO, |since| self.outbox.now.mono.since(since));
                    stops.push((recording, call, length));
                }
            }
        }
        stops
    }

    /// Entering a stage starts its timer, leaving it stops it.
    fn limit(&mut self, id: CallId) {
        let Some(entry) = self.table.get(id) else { return };
        let wanted = self.limit_of(&entry.call, &entry.visit);
        let limit = wanted.map(|(limit, _)| limit);
        if entry.visit.limit == limit {
            return;
        }
        match wanted {
            Some((_, time)) => self.timers.arm(Timer::Stage(id), self.outbox.now.mono + time),
            None => self.timers.disarm(&Timer::Stage(id)),
        }
        if let Some(entry) = self.table.get_mut(id) {
            entry.visit.limit = limit;
        }
    }

    fn limit_of(&self, call: &Call, visit: &Visit) -> Option<(Limit, Millis)> {
        let (house, service, recalls) = (&self.house, &visit.service, visit.recalls);
        let inside = |leg: LegId| call.leg(leg).is_some_and(|l| l.extension().is_some());
        match call.stage() {
            Stage::Ringing { to, why: Reason::Transferred { .. }, .. } => {
                Some((Limit::Recall(*to), house.recall_time()))
            }
            // A trunk's own timers bound the ringing beyond it (T301).
            Stage::Ringing { to, .. } if inside(*to) => Some((Limit::Answer(*to), house.ring_time())),
            Stage::Consulting { with, answered: false, .. } if inside(*with) => {
                Some((Limit::Answer(*with), house.ring_time()))
            }
            Stage::Fetching { leg } => Some((Limit::Answer(*leg), house.ring_time())),
            Stage::Held { held, .. } | Stage::Directing { held, .. } => Some((Limit::Hold(*held), house.hold_time())),
            Stage::Parked { .. } => Some((Limit::Park, house.park_time())),
            Stage::Failing { leg, .. } => Some((Limit::Inband(*leg), house.inband_time())),
            Stage::Served { leg, .. } if matches!(service, Service::Farewell { .. }) => {
                Some((Limit::Inband(*leg), house.inband_time()))
            }
            Stage::Served { .. } if let Service::Entering { tries, .. } = service => {
                Some((Limit::Pin(*tries), PIN_TIME))
            }
            Stage::Served { .. } if matches!(service, Service::Returning { .. }) => {
                Some((Limit::Return(recalls), crate::returning::PAUSE))
            }
            Stage::Dialling { .. }
            | Stage::Meeting { .. }
            | Stage::Served { .. }
            | Stage::Ringing { .. }
            | Stage::Talking { .. }
            | Stage::Consulting { .. }
            | Stage::ThreeWay { .. }
            | Stage::Over => None,
        }
    }
}

fn agent(call: &Call, leg: LegId) -> bool {
    call.leg(leg).is_some_and(|l| l.agent.is_some())
}

/// Of two recorded legs the one that came later: its talk is in the other's recording from now on.
fn later_of(call: &Call, a: LegId, b: LegId) -> LegId {
    let place = |leg| call.legs().iter().position(|l: &Leg| l.id == leg);
    if place(a) > place(b) { a } else { b }
}

/// Which of two parties stays when agents come and go, and whom it talks to.
fn stays(call: &Call, a: LegId, b: LegId) -> (LegId, With) {
    let outside = |leg| call.leg(leg).is_some_and(|l| l.circuit().is_some());
    match (agent(call, a), agent(call, b)) {
        (true, _) => (b, With::Agent),
        (false, true) => (a, With::Agent),
        (false, false) if outside(b) && !outside(a) => (b, With::Extension),
        (false, false) => (a, With::Extension),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Input, Violation};
    use clock::Now;
    use identity::LineId;
    use legs::{Incoming, LegIndication, LegRequest, Origin, Setup};
    use std::sync::Arc;

    fn from_8001(exchange: &mut Exchange, leg: LegId) -> CallId {
        let called = numbering::PartyNumber::plain("8002".parse().unwrap());
        let setup = Setup { called, complete: true, ..Setup::default() };
        let incoming = Incoming { setup, origin: Origin::Extension("8001".parse().unwrap()), replaces: None };
        let indication = LegIndication::Setup(Box::new(incoming));
        exchange.handle(Now::default(), Input::Leg { line: LineId::Sip, leg, indication });
        exchange.table.of_leg(leg).unwrap()
    }

    /// PER-02: a call whose invariants are broken is dropped with cause 41 and noted; another call goes on.
    #[test]
    fn a_broken_call_is_dropped_alone() {
        let extension = |number: &str| settings::ExtensionSettings {
            number: number.parse().unwrap(),
            name: number.into(),
            password: String::new(),
            may_dial_out: false,
            port: None,
            fax: None,
        };
        let extensions = vec![extension("8001"), extension("8002")];
        let settings = settings::Settings { extensions, ..settings::Settings::default() };
        let mut exchange = Exchange::new(Arc::new(settings), Now::default());
        let phone = Input::Registration { extension: "8002".parse().unwrap(), contact: Some("here".into()) };
        exchange.handle(Now::default(), phone);
        let broken = from_8001(&mut exchange, LegId(901));
        let sound = from_8001(&mut exchange, LegId(902));
        while exchange.poll().is_some() {}
        let rung = exchange.table.call(broken).unwrap().legs()[1].id;
        exchange.table.get_mut(broken).unwrap().call.forget(rung);
        exchange.board.touched.calls.insert(broken);
        exchange.settle();
        let effects: Vec<Effect> = std::iter::from_fn(|| exchange.poll()).collect();
        let released = |effect: &Effect| {
            matches!(effect, Effect::Leg { leg: LegId(901), request: LegRequest::Release { cause }, .. }
                if cause.cause == Cause::TemporaryFailure)
        };
        assert!(effects.iter().any(released));
        assert!(exchange.audit().iter().any(|v| matches!(v, Violation::Noted(_))));
        assert!(matches!(exchange.table.call(sound).unwrap().stage(), Stage::Ringing { .. }));
    }
}
