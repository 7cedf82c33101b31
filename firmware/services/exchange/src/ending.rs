//! How calls fail and end.

use crate::machine::{Exchange, Timer};
use crate::port::Effect;
use crate::table::{Purpose, Service};
use calls::{Departure, Leg, Reason, Stage};
use identity::{CallId, LegId};
use ledger::{Event, OfferEnd, Outcome, Role};
use numbering::{Cause, ClearCause};
use plan::MediaRequest;

/// How a call counts that ended for this cause before anybody answered.
pub(crate) fn outcome_of(cause: Cause) -> Outcome {
    match cause {
        Cause::UserBusy => Outcome::Busy,
        Cause::NoUserResponding | Cause::NoAnswer => Outcome::NoAnswer,
        Cause::CallRejected | Cause::OutgoingCallsBarred | Cause::IncomingCallsBarred => Outcome::Refused,
        _ => Outcome::Failed,
    }
}

impl Exchange {
    /// Releases a leg, with all that follows for the others.
    pub(crate) fn release_leg(&mut self, call: CallId, leg: LegId, cause: ClearCause) {
        self.party_leaves(call, leg);
        let departure = match self.on(call, |call, out| call.release(leg, cause, out)) {
            // Not put down, but cleared: nobody wants whom it held back.
            Some(Departure::LeftHolding { held, .. }) => Departure::Alone { leg: held },
            departure => departure.unwrap_or(Departure::Nothing),
        };
        self.departed(call, leg, departure, cause);
    }

    /// The leg's last word.
    pub(crate) fn released(&mut self, call: CallId, leg: LegId, cause: ClearCause) {
        self.party_leaves(call, leg);
        let departure = self.on(call, |call, out| call.departed(leg, cause, out));
        let departure = departure.unwrap_or(Departure::Nothing);
        // Before the circuit is idle again, so that a re-route takes another one.
        self.departed(call, leg, departure.clone(), cause);
        let Some(gone) = self.on(call, |call, _| call.forget(leg)).flatten() else { return };
        if let Some(quality) = self.far_ends.leg_ends(leg) {
            self.write(call, Event::LegQuality { leg, quality });
        }
        self.leg_ends(&gone);
        // The telephone can be rung now.
        if let Departure::LeftHolding { held, back } = departure {
            self.forget_second_call(call);
            self.recall(call, held, back);
        }
    }

    pub(crate) fn leg_ends(&mut self, gone: &Leg) {
        self.media(MediaRequest::Close { leg: gone.id });
        self.table.unbind(gone.id);
        self.far_ends.leg_ends(gone.id);
        if let Some(circuit) = gone.seized() {
            let released = self.circuits.release(circuit, gone.id, self.outbox.now.wall);
            self.board.misuse(released.err());
        }
        if let Some(extension) = gone.extension() {
            self.lines.leg_ends(extension);
            self.board.touched.extensions.insert(extension.clone());
        }
    }

    /// A party that a service has is about to leave: the service lets go of it.
    fn party_leaves(&mut self, call: CallId, leg: LegId) {
        let Some(entry) = self.table.get(call) else { return };
        if !entry.call.leg(leg).is_some_and(Leg::live) {
            return;
        }
        match *entry.call.stage() {
            Stage::Served { leg: served, .. } if served == leg => self.leave_service(call, Leaving::Abandoned),
            Stage::Dialling { .. } => self.timers.disarm(&Timer::Digits(call)),
            _ => {}
        }
    }

    /// The call's service lets go of it.
    pub(crate) fn leave_service(&mut self, call: CallId, why: Leaving) {
        let Some(entry) = self.table.get_mut(call) else { return };
        match std::mem::take(&mut entry.visit.service) {
            Service::None
            | Service::Collecting { .. }
            | Service::Entering { .. }
            | Service::Returning { .. }
            | Service::Farewell { .. } => {}
            Service::Flow(walking) => self.flow_left(call, walking.walk.flow().id, why),
            Service::Queue { queue, .. } => self.queue_left(call, queue, why),
        }
    }

    /// What a party's departure asks the exchange to do.
    fn departed(&mut self, call: CallId, leg: LegId, departure: Departure, cause: ClearCause) {
        if departure == Departure::Nothing {
            return;
        }
        self.recordings.leg_ended(self.outbox.now, leg);
        let attempt = self.attempts.remove(&leg);
        let gone = self.table.call(call).and_then(|c| c.leg(leg)).map(|l| (l.agent, l.role));
        if let Some((Some(agent), role)) = gone {
            self.agent_hung_up(agent, leg, role, matches!(departure, Departure::OfferEnded { .. }));
        }
        let next = attempt.filter(|attempt| attempt.goes_on(cause));
        match departure {
            Departure::Nothing | Departure::Settled | Departure::LeftHolding { .. } => {}
            Departure::Directed { leg: peer, to } => self.directed(call, leg, peer, &to),
            Departure::Alone { leg } => self.release_leg(call, leg, Cause::NormalClearing.into()),
            Departure::NotReached { from, why } => {
                if !next.is_some_and(|next| self.reroute(call, leg, next, cause)) {
                    self.not_reached(call, Purpose::Ring { from, why }, cause);
                }
            }
            Departure::ConsultEnded => {
                if !next.is_some_and(|next| self.reroute(call, leg, next, cause)) {
                    self.write(call, Event::TransferFailed { cause });
                }
            }
            Departure::OfferEnded { .. } => {
                if let Some((Some(agent), Role::Agent)) = gone {
                    self.offer_refused(call, agent, offer_end(cause.cause));
                }
            }
        }
    }

    fn reroute(&mut self, call: CallId, leg: LegId, mut attempt: crate::table::Attempt, cause: ClearCause) -> bool {
        self.write(call, Event::Rerouted { leg, cause });
        attempt.group += 1;
        self.try_trunks(call, attempt).is_ok()
    }

    /// Nobody was reached for `purpose`.
    pub(crate) fn not_reached(&mut self, call: CallId, purpose: Purpose, cause: ClearCause) {
        match purpose {
            Purpose::Ring { from, why: Reason::Dialled | Reason::Transferred { back: None } } => {
                self.fail(call, from, cause);
            }
            Purpose::Ring { from, why: Reason::Recall { back } } => self.not_returned(call, from, back, cause),
            Purpose::Ring { from, why: Reason::Transferred { back: Some(back) } } => {
                self.write(call, Event::TransferFailed { cause });
                self.recall(call, from, back);
            }
            Purpose::Consult { .. } => self.write(call, Event::TransferFailed { cause }),
        }
    }

    /// The party hears why its call fails, if its line lets it, and is released.
    pub(crate) fn fail(&mut self, call: CallId, leg: LegId, cause: ClearCause) {
        let heard = self.on(call, |call, out| {
            call.facts.ends_as(outcome_of(cause.cause));
            call.fail(leg, cause, out)
        });
        if heard == Some(false) {
            self.release_leg(call, leg, cause);
        }
    }

    /// The party hears these prompts; then the call is released.
    pub(crate) fn farewell(&mut self, call: CallId, leg: LegId, names: &[&str], cause: Cause) {
        let (play, hears) = self.announcement(call, names);
        if let Some(entry) = self.table.get_mut(call) {
            entry.visit.service = Service::Farewell { play, cause: cause.into() };
        }
        self.on(call, |call, out| call.serve(leg, hears, false, out));
    }

    /// Releases everybody in a call.
    pub(crate) fn release_call(&mut self, call: CallId, cause: ClearCause) {
        let live = |exchange: &Exchange| {
            exchange.table.call(call).and_then(|c| c.legs().iter().find(|l| l.live()).map(|l| l.id))
        };
        while let Some(leg) = live(self) {
            self.release_leg(call, leg, cause);
        }
    }

    /// A call without legs is closed; its record goes out once the after-call work is done too.
    pub(crate) fn close_if_over(&mut self, call: CallId) {
        let Some(entry) = self.table.get(call) else { return };
        if !entry.call.finished() {
            return;
        }
        if !entry.visit.closed {
            self.on(call, |call, out| call.close(out));
            self.recordings.call_ended(call);
            let timers = [Timer::Stage, Timer::Digits, Timer::Flow, Timer::Silence, Timer::Supervisors, Timer::Pause];
            for timer in timers.map(|timer| timer(call)) {
                self.timers.disarm(&timer);
            }
        }
        let Some(entry) = self.table.get_mut(call) else { return };
        entry.visit.closed = true;
        if entry.visit.wrap_ups.is_empty()
            && let Some(entry) = self.table.remove(call)
        {
            self.put_on_record(&entry.call);
        }
    }

    /// The record of a call whose ledger is closed.
    pub(crate) fn put_on_record(&mut self, call: &calls::Call) {
        match cdr::fold(call.ledger()) {
            Ok(cdr) => self.effect(Effect::Cdr(Box::new(cdr))),
            Err(fault) => self.board.fault(format!("call {} has no record: {fault}", call.id)),
        }
    }
}

/// How a party leaves the service that has it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Leaving {
    Abandoned,
    /// Somebody else goes there in its place.
    Transferred,
    /// The service's own doing.
    Done,
}

fn offer_end(cause: Cause) -> OfferEnd {
    match cause {
        Cause::NoAnswer | Cause::NoUserResponding => OfferEnd::NoAnswer,
        Cause::SubscriberAbsent
        | Cause::DestinationOutOfOrder
        | Cause::NetworkOutOfOrder
        | Cause::TemporaryFailure
        | Cause::RecoveryOnTimerExpiry
        | Cause::UnallocatedNumber => OfferEnd::Unreachable,
        _ => OfferEnd::Refused,
    }
}
