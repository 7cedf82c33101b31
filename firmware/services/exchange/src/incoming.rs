//! What legs say: set-up, digits, progress, keys, the end.

use crate::ending::outcome_of;
use crate::machine::{Exchange, SeatLeg, Timer};
use crate::port::Effect;
use crate::table::Service;
use calls::{Call, Facts, Leg, Stage};
use circuits::{Misuse, State};
use identity::{AgentId, CallId, CircuitId, LegId, LineId};
use ledger::{Direction, Place};
use legs::{ImageStream, Incoming, LegIndication, LegRequest, Notice, Origin};
use numbering::{Cause, ClearCause, Digits};
use plan::{MediaRequest, Port};
use routing::{Answer, Asker, Found};

impl Exchange {
    pub(crate) fn leg_indicated(&mut self, line: LineId, leg: LegId, indication: LegIndication) {
        match indication {
            LegIndication::Setup(incoming) => return self.incoming(line, leg, *incoming),
            LegIndication::TurnedAway { incoming, cause } => return self.record_refusal((line, leg), *incoming, cause),
            _ => {}
        }
        // A leg that was refused at once is not in the table: its last word concerns nobody.
        let Some(call) = self.table.of_leg(leg) else { return };
        match indication {
            LegIndication::Setup(_)
            | LegIndication::TurnedAway { .. }
            | LegIndication::MoreDigits
            | LegIndication::Proceeding => {}
            LegIndication::Digits { digits, complete } => {
                if !self.second_call_digits(call, leg, &digits) {
                    self.more_digits(call, leg, digits, complete);
                }
            }
            LegIndication::Alerting { inband } => {
                self.on(call, |call, out| call.ringing(leg, inband, out));
            }
            LegIndication::Progress { inband, .. } => {
                if inband {
                    self.on(call, |call, out| call.cut_through(leg, out));
                }
            }
            LegIndication::Answered { connected } => self.answered(call, leg, connected),
            LegIndication::Sounds { like } => {
                self.write(call, ledger::Event::FarPartyHeard { leg, like });
            }
            LegIndication::Key { key, .. } => self.key_pressed(call, leg, key),
            LegIndication::Notified { notice } => self.notified(call, leg, notice),
            LegIndication::Held => {
                self.far_end_lives(leg);
                self.on(call, |call, out| call.hold(leg, out));
            }
            LegIndication::Retrieved => {
                self.far_end_lives(leg);
                match line {
                    LineId::Sip | LineId::Fax => drop(self.on(call, |call, out| call.retrieve(leg, out))),
                    LineId::Span(_) => self.flashed_back(call, leg),
                }
            }
            LegIndication::ImageOffered { stream } => self.image_offered((line, leg), call, stream),
            LegIndication::ImageAnswered { stream } => self.image_answered(call, leg, stream),
            LegIndication::Transfer { to } => self.phone_transfers(call, leg, to),
            LegIndication::TransferTo { other } => self.phone_joins(call, leg, other),
            LegIndication::CircuitChanged { circuit } => self.circuit_changed(call, leg, circuit),
            LegIndication::Disconnecting { cause, inband } => self.disconnecting(call, leg, cause, inband),
            LegIndication::Released { cause } => self.released(call, leg, cause),
        }
    }

    /// A call that is not let in. It has its record all the same.
    fn refuse(&mut self, line: LineId, leg: LegId, incoming: Incoming, cause: Cause) {
        self.board.refused += 1;
        self.note_primitive((line, leg), trace::Way::Out, "Release");
        self.effect(Effect::Leg { line, leg, request: LegRequest::Release { cause: cause.into() } });
        self.record_refusal((line, leg), incoming, cause.into());
    }

    /// The record of a call that was refused before it was one: it is in no table and on no circuit.
    fn record_refusal(&mut self, (line, leg): (LineId, LegId), incoming: Incoming, cause: ClearCause) {
        let Incoming { setup, origin, .. } = incoming;
        let now = self.now();
        let (place, number, direction) = match origin {
            Origin::Circuit(circuit) => {
                let number = setup.calling.as_ref().map(|c| c.digits.clone()).unwrap_or_default();
                (Place::Circuit(circuit), number, Direction::Inbound)
            }
            Origin::Extension(extension) => (Place::Extension(extension.clone()), extension, Direction::Internal),
        };
        let mut facts = Facts::new(direction, now.wall, setup.calling, setup.called.digits);
        facts.ends_as(outcome_of(cause.cause));
        let port = self.port_at(line, &place);
        let caller = Leg::incoming(leg, line, place, number).at_port(port);
        let mut call = Call::begin(self.table.new_call(now), facts, caller);
        self.note_refusal(leg, call.id);
        let out = &mut self.outbox;
        call.write(ledger::Event::Routed { to: ledger::Destination::Refused(cause) }, out);
        call.departed(leg, cause, out);
        call.forget(leg);
        call.close(out);
        self.put_on_record(&call);
    }

    fn incoming(&mut self, line: LineId, leg: LegId, incoming: Incoming) {
        if self.table.of_leg(leg).is_some() {
            return;
        }
        let reserve = if self.emergency(&incoming) { self.reserve() } else { 0 };
        if self.table.len() >= self.capacity() + reserve {
            return self.refuse(line, leg, incoming, Cause::SwitchingCongestion);
        }
        let mut incoming = incoming;
        if let Origin::Circuit(circuit) = incoming.origin {
            match self.caller_at(circuit) {
                Ok(origin) => incoming.origin = origin,
                Err(cause) => return self.refuse(line, leg, incoming, cause),
            }
            if self.seize(circuit, leg).is_err() {
                return self.refuse(line, leg, incoming, Cause::RequestedCircuitNotAvailable);
            }
        }
        let Incoming { setup, origin, replaces } = incoming;
        let now = self.now();
        let calling = setup.calling;
        let (place, number, direction) = match origin {
            Origin::Circuit(circuit) => {
                let number = calling.as_ref().map(|c| c.digits.clone()).unwrap_or_default();
                (Place::Circuit(circuit), number, Direction::Inbound)
            }
            Origin::Extension(extension) => (Place::Extension(extension.clone()), extension, Direction::Internal),
        };
        let agent = match &place {
            Place::Extension(extension) => self.acd.agent_at(extension),
            Place::Circuit(_) => None,
        };
        // En bloc lines say nothing of completeness: their number is complete, as a telephone's is.
        let overlap = match line {
            LineId::Span(span) => self.house.span(span).is_some_and(|s| s.signalling.overlap_receiving()),
            LineId::Sip | LineId::Fax => false,
        };
        let mut facts = Facts::new(direction, now.wall, calling, setup.called.digits.clone());
        if facts.calling.is_none() && direction == Direction::Internal {
            facts.calling = Some(numbering::PartyNumber::plain(number.clone()));
        }
        facts.compatibility = setup.compatibility;
        let call = self.table.new_call(now);
        let port = self.port_at(line, &place);
        let caller = Leg::incoming(leg, line, place.clone(), number).of_agent(agent).at_port(port);
        self.table.insert(Call::begin(call, facts, caller));
        self.leg_begins(leg, &place, agent, true);
        self.board.touched.calls.insert(call);
        if let Some(entry) = self.table.get_mut(call) {
            let complete = setup.complete || !overlap;
            entry.visit.service = Service::Collecting { digits: setup.called.digits, complete, asked: false };
        }
        match replaces {
            Some(old) => self.take_place_of(call, leg, old),
            None => self.dialled(call, leg),
        }
    }

    /// An incoming leg takes its circuit. One that an outgoing leg of ours has was taken by both ends at once (glare, Q.931 5.7): the
    /// line gave it to the far end's call, and will name another for ours. Until then ours keeps an idle one of the span.
    fn seize(&mut self, circuit: CircuitId, leg: LegId) -> Result<(), Misuse> {
        let now = self.now().wall;
        let first = self.circuits.seize(circuit, leg, now);
        let Err(Misuse::Owned { by }) = first else { return first };
        let idle = self.circuits.of_span(circuit.span).filter(|(_, state, _)| *state == State::Idle).last();
        let (Some(call), Some((slot, ..))) = (self.table.of_leg(by), idle) else { return first };
        let trying = self.table.call(call).and_then(|call| call.leg(by)).is_some_and(|leg| !leg.answered());
        if !trying {
            return first;
        }
        self.circuit_changed(call, by, CircuitId { span: circuit.span, slot });
        self.circuits.seize(circuit, leg, now)
    }

    /// Somebody in distress, for whom room is kept.
    fn emergency(&self, incoming: &Incoming) -> bool {
        match &incoming.origin {
            Origin::Extension(_) => self.house.plan.is_emergency(&incoming.setup.called.digits),
            // A telephone at a port has dialled nothing yet: it may.
            Origin::Circuit(circuit) => matches!(self.caller_at(*circuit), Ok(Origin::Extension(_))),
        }
    }

    /// Accounts for a new leg: its speech path, its telephone, its agent.
    pub(crate) fn leg_begins(&mut self, leg: LegId, place: &Place, agent: Option<AgentId>, own: bool) {
        self.note_leg_of(leg);
        if let Some(port) = self.speech_port(leg, place) {
            self.media(MediaRequest::Open { leg, port });
        }
        match place {
            Place::Circuit(_) => {}
            Place::Extension(extension) => {
                self.lines.leg_begins(extension);
                self.board.touched.extensions.insert(extension.clone());
            }
        }
        if let Some(agent) = agent {
            self.seats.entry(agent).or_default().push(SeatLeg { leg, own });
            self.board.touched.agents.insert(agent);
            if own {
                self.acd.occupy(self.outbox.now, agent);
            }
        }
    }

    /// Q.931 5.9: whoever talks with the party is told.
    fn notified(&mut self, call: CallId, leg: LegId, notice: Notice) {
        let Some(other) = self.talks_with(call, leg) else { return };
        self.on(call, |call, out| call.request(other, LegRequest::Notify { notice }, out));
    }

    /// The leg that this one is bridged with.
    fn talks_with(&self, call: CallId, leg: LegId) -> Option<LegId> {
        let (a, b) = self.table.call(call)?.stage().bridge()?;
        if a == leg { Some(b) } else { (b == leg).then_some(a) }
    }

    /// T.38 annex D: a fax goes on as packets if one end is a fax box, and the other a telephone line that can.
    fn image_offered(&mut self, (line, leg): (LineId, LegId), call: CallId, stream: ImageStream) {
        let other = self.talks_with(call, leg);
        let line_of = |leg| Some(self.table.call(call)?.leg(leg)?.line);
        let can = match other.and_then(line_of) {
            Some(LineId::Fax) => true,
            Some(LineId::Sip) => line == LineId::Fax,
            Some(LineId::Span(_)) | None => false,
        };
        let (to, request) = match other.filter(|_| can) {
            Some(other) => (other, LegRequest::OfferImage { stream }),
            None => (leg, LegRequest::AnswerImage { stream: None }),
        };
        self.on(call, |call, out| call.request(to, request, out));
    }

    fn image_answered(&mut self, call: CallId, leg: LegId, stream: Option<ImageStream>) {
        let Some(other) = self.talks_with(call, leg) else { return };
        self.on(call, |call, out| call.request(other, LegRequest::AnswerImage { stream }, out));
    }

    fn more_digits(&mut self, call: CallId, leg: LegId, more: Digits, last: bool) {
        let Some(entry) = self.table.get_mut(call) else { return };
        let Service::Collecting { digits, complete, .. } = &mut entry.visit.service else { return };
        // Longer than any number of E.164 with its prefixes: a fault or an attack.
        if digits.len() + more.len() > MOST_DIGITS {
            return self.fail(call, leg, Cause::InvalidNumberFormat.into());
        }
        digits.append(&more);
        *complete |= last;
        self.dialled(call, leg);
    }

    /// Looks at the digits so far.
    fn dialled(&mut self, call: CallId, leg: LegId) {
        let Some(entry) = self.table.get_mut(call) else { return };
        let Service::Collecting { digits, complete, asked } = &mut entry.visit.service else { return };
        let (complete, asked_before, digits) = (*complete, std::mem::replace(asked, true), digits.clone());
        let asker = match entry.call.leg(leg).map(|leg| &leg.place) {
            Some(Place::Extension(own)) => Asker::Extension(own.clone()),
            Some(Place::Circuit(_)) | None => Asker::Trunk,
        };
        match self.house.plan.look_up(&asker, &digits) {
            Answer::Complete(found) => self.go(call, leg, digits, found),
            Answer::CompleteOrMore(found) if complete => self.go(call, leg, digits, found),
            Answer::Refused(cause) => self.not_dialled(call, leg, digits, cause),
            Answer::NeedMore if complete => self.not_dialled(call, leg, digits, Cause::InvalidNumberFormat),
            Answer::NeedMore | Answer::CompleteOrMore(_) => {
                if !asked_before {
                    self.on(call, |call, out| call.request(leg, LegRequest::MoreDigits, out));
                }
                let wait = self.house.digit_time(digits.is_empty());
                self.timers.arm(Timer::Digits(call), self.now().mono + wait);
            }
        }
    }

    /// The caller dials no more: what there is must do.
    pub(crate) fn no_more_digits(&mut self, call: CallId) {
        let Some(entry) = self.table.get_mut(call) else { return };
        let Stage::Dialling { leg } = *entry.call.stage() else { return self.second_call_complete(call) };
        if let Service::Collecting { complete, .. } = &mut entry.visit.service {
            *complete = true;
            self.dialled(call, leg);
        }
    }

    fn not_dialled(&mut self, call: CallId, leg: LegId, digits: Digits, cause: Cause) {
        self.collected(call, digits);
        self.write(call, ledger::Event::Routed { to: ledger::Destination::Refused(cause.into()) });
        self.fail(call, leg, cause.into());
    }

    fn collected(&mut self, call: CallId, digits: Digits) {
        self.timers.disarm(&Timer::Digits(call));
        if let Some(entry) = self.table.get_mut(call) {
            entry.visit.service = Service::None;
            entry.call.facts.called = digits;
        }
    }

    /// The number leads somewhere: the call goes there.
    fn go(&mut self, call: CallId, leg: LegId, digits: Digits, found: Found) {
        self.collected(call, digits);
        let service = found.service.and_then(|s| self.house.plan.service_name(s));
        let outside = matches!(found.route, routing::Route::Trunks { .. } | routing::Route::Emergency { .. });
        self.on(call, |call, out| {
            call.facts.service = service;
            if outside && call.facts.direction == Direction::Internal {
                call.facts.direction = Direction::Outbound;
            }
            call.proceed(leg, out);
        });
        self.send(call, leg, found.route, calls::Reason::Dialled);
    }

    fn circuit_changed(&mut self, call: CallId, leg: LegId, circuit: CircuitId) {
        let now = self.now().wall;
        let Some(old) = self.table.call(call).and_then(|c| c.leg(leg)).and_then(Leg::circuit) else { return };
        if self.circuits.change(leg, old, circuit, now).is_err() {
            return self.release_leg(call, leg, Cause::RequestedCircuitNotAvailable.into());
        }
        self.on(call, |call, _| {
            if let Some(leg) = call.leg_mut(leg) {
                leg.place = Place::Circuit(circuit);
            }
        });
        self.media(MediaRequest::Open { leg, port: Port::Circuit(circuit) });
    }

    fn disconnecting(&mut self, call: CallId, leg: LegId, cause: ClearCause, inband: bool) {
        let reroutes = self.attempts.get(&leg).is_some_and(|attempt| attempt.goes_on(cause));
        let listens =
            inband && !reroutes && self.on(call, |call, out| call.let_hear_failure(leg, cause, out)) == Some(true);
        if listens {
            self.attempts.remove(&leg);
            self.on(call, |call, _| call.facts.ends_as(outcome_of(cause.cause)));
        } else {
            self.release_leg(call, leg, cause);
        }
    }
}

/// The most digits collected from one caller.
const MOST_DIGITS: usize = 32;
