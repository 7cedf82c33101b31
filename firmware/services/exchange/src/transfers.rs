//! Transfers, parking, and joining of calls.

use crate::ending::Leaving;
use crate::machine::Exchange;
use crate::table::{Errand, Purpose, Service};
use calls::{Leg, Reason, Stage};
use desk::Refusal;
use identity::{CallId, LegId, QueueId};
use ledger::Event;
use legs::LegRequest;
use numbering::{Cause, ClearCause, Digits};
use routing::{Answer, Asker, Route};

/// Why a transfer was not begun, for a telephone that asked.
pub(crate) fn cause_of(refusal: Refusal) -> Cause {
    match refusal {
        Refusal::BadNumber => Cause::InvalidNumberFormat,
        Refusal::NotAllowed => Cause::OutgoingCallsBarred,
        Refusal::NoCircuit => Cause::NoCircuitAvailable,
        Refusal::ExtensionUnreachable => Cause::SubscriberAbsent,
        _ => Cause::FacilityRejected,
    }
}

pub(crate) fn refusal_of(cause: Cause) -> Refusal {
    match cause {
        Cause::NoCircuitAvailable => Refusal::NoCircuit,
        Cause::SubscriberAbsent => Refusal::ExtensionUnreachable,
        Cause::OutgoingCallsBarred | Cause::FacilityRejected => Refusal::NotAllowed,
        Cause::SwitchingCongestion | Cause::TemporaryFailure => Refusal::Congested,
        _ => Refusal::BadNumber,
    }
}

impl Exchange {
    /// Where a number leads for a telephone of the house.
    pub(crate) fn route_for(&self, extension: &Digits, number: &Digits) -> Result<Route, Refusal> {
        match self.house.plan.look_up(&Asker::Extension(extension.clone()), number) {
            Answer::Complete(found) | Answer::CompleteOrMore(found) => Ok(found.route),
            Answer::NeedMore => Err(Refusal::BadNumber),
            Answer::Refused(cause) => Err(refusal_of(cause)),
        }
    }

    fn extension_of(&self, call: CallId, leg: LegId) -> Result<Digits, Refusal> {
        let leg = self.table.call(call).and_then(|c| c.leg(leg)).ok_or(Refusal::NoSuchCall)?;
        // A party outside has no say in the house.
        leg.extension().cloned().ok_or(Refusal::NotAllowed)
    }

    /// Sends the peer of `by` to `to`; `by` is released, and rung again if nobody answers there.
    pub(crate) fn blind_transfer(&mut self, call: CallId, by: LegId, to: Digits, phone: bool) -> Result<(), Refusal> {
        let back = self.extension_of(call, by)?;
        let route = self.route_for(&back, &to)?;
        self.give_away(call, (by, back), to, route, phone)
    }

    /// Sends the peer of `by` into a queue that needs no number of its own.
    pub(crate) fn transfer_to_queue(&mut self, call: CallId, by: LegId, queue: QueueId) -> Result<(), Refusal> {
        let back = self.extension_of(call, by)?;
        self.give_away(call, (by, back), Digits::default(), Route::Queue(queue), false)
    }

    /// Takes the peer from `by` and sends it where `route` leads; `phone`: the telephone itself asked for it.
    fn give_away(
        &mut self,
        call: CallId,
        (by, back): (LegId, Digits),
        to: Digits,
        route: Route,
        phone: bool,
    ) -> Result<(), Refusal> {
        self.admits(&route)?;
        let taken = self.on(call, |call, out| {
            let peer = call.take_from(by, out)?;
            call.write(Event::TransferAsked { by, to, attended: false }, out);
            if phone {
                call.request(by, LegRequest::TransferAccepted, out);
                call.request(by, LegRequest::TransferDone, out);
            }
            Ok(peer)
        });
        let peer = taken.unwrap_or(Err(calls::NotNow)).map_err(|_| Refusal::NotNow)?;
        self.release_leg(call, by, Cause::NormalClearing.into());
        self.send_away(call, (by, back), peer, route);
        Ok(())
    }

    /// Sends a party where its holder wants it; `by` is the holder's leg with its telephone, where it comes back to.
    fn send_away(&mut self, call: CallId, (by, back): (LegId, Digits), peer: LegId, route: Route) {
        if let Route::Parked(slot) = route {
            self.on(call, |call, out| call.park(peer, slot, back, out));
            return;
        }
        let purpose = Purpose::Ring { from: peer, why: Reason::Transferred { back: Some(back) } };
        match self.reach(call, purpose.clone(), route) {
            Ok(()) => {
                let to = match self.table.call(call).map(|c| c.stage()) {
                    Some(Stage::Ringing { to, .. }) => *to,
                    _ => peer,
                };
                self.write(call, Event::Transferred { from: by, to });
            }
            Err(cause) => self.not_reached(call, purpose, cause.into()),
        }
    }

    /// Whether a service or park slot takes a party that somebody wants to send there.
    fn admits(&self, route: &Route) -> Result<(), Refusal> {
        match route {
            Route::Parked(slot) if self.parked_in(slot).is_some() => Err(Refusal::NoParkSlot),
            Route::Queue(queue) if self.house.queue(*queue).is_none() => Err(Refusal::BadNumber),
            Route::Flow(flow) if !self.house.flows.has(*flow) => Err(Refusal::BadNumber),
            Route::Room(room) if self.room_view(*room).is_none() => Err(Refusal::BadNumber),
            _ => Ok(()),
        }
    }

    /// Whether what `by` chose for the party that it holds can still have it, so that completing loses nobody.
    pub(crate) fn may_let_go(&self, call: CallId, by: LegId) -> Result<(), Refusal> {
        match self.table.call(call).map(|c| c.stage()) {
            Some(Stage::Directing { by: own, to, .. }) if *own == by => {
                let route = self.route_for(&self.extension_of(call, by)?, to)?;
                self.admits(&route)
            }
            _ => Ok(()),
        }
    }

    /// Who chose a service or slot for a party has let it go there.
    pub(crate) fn directed(&mut self, call: CallId, by: LegId, peer: LegId, to: &Digits) {
        let Ok(back) = self.extension_of(call, by) else {
            return self.fail(call, peer, Cause::TemporaryFailure.into());
        };
        let route = self.route_for(&back, to).and_then(|route| self.admits(&route).map(|()| route));
        match route {
            Ok(route) => self.send_away(call, (by, back), peer, route),
            Err(refusal) => {
                self.write(call, Event::TransferFailed { cause: cause_of(refusal).into() });
                self.recall(call, peer, back);
            }
        }
    }

    /// Calls `to` for `by`, who holds its peer meanwhile.
    pub(crate) fn consult(&mut self, call: CallId, by: LegId, to: Digits) -> Result<(), Refusal> {
        let own = self.extension_of(call, by)?;
        let route = self.route_for(&own, &to)?;
        let ready = self.table.call(call).is_some_and(|c| match *c.stage() {
            Stage::Talking { a, b } => a == by || b == by,
            Stage::Held { by: holder, .. } | Stage::Directing { by: holder, .. } => holder == by,
            _ => false,
        });
        if !ready {
            return Err(Refusal::NotNow);
        }
        self.admits(&route)?;
        self.write(call, Event::TransferAsked { by, to: to.clone(), attended: true });
        if matches!(route, Route::Flow(_) | Route::Queue(_) | Route::Room(_) | Route::Parked(_)) {
            // Nobody can be asked whether he takes the call: the caller goes there when its holder says so.
            let chosen = self.on(call, |call, out| call.direct(by, to, out));
            return chosen.unwrap_or(Err(calls::NotNow)).map_err(|_| Refusal::NotNow);
        }
        self.reach(call, Purpose::Consult { by }, route).map_err(|cause| {
            self.write(call, Event::TransferFailed { cause: cause.into() });
            refusal_of(cause)
        })
    }

    pub(crate) fn phone_transfers(&mut self, call: CallId, leg: LegId, to: Digits) {
        if let Err(refusal) = self.blind_transfer(call, leg, to, true) {
            let cause = ClearCause::ours(cause_of(refusal));
            self.on(call, |call, out| call.request(leg, LegRequest::TransferFailed { cause }, out));
        }
    }

    /// A telephone with two calls asks that its two peers be joined (RFC 5589 section 7).
    pub(crate) fn phone_joins(&mut self, call: CallId, leg: LegId, other: LegId) {
        if self.join_peers(call, leg, other).is_none() {
            let cause = ClearCause::ours(Cause::FacilityRejected);
            self.on(call, |call, out| call.request(leg, LegRequest::TransferFailed { cause }, out));
        }
    }

    fn join_peers(&mut self, call: CallId, leg: LegId, other: LegId) -> Option<()> {
        let second = self.table.of_leg(other).filter(|second| *second != call)?;
        let ours = self.table.call(call)?;
        let theirs = self.table.call(second)?;
        let owner = ours.leg(leg)?.extension()?.clone();
        // Only the owner of both calls may join them.
        if *theirs.leg(other)?.extension()? != owner {
            return None;
        }
        let serves = |stage: &Stage, party: LegId| matches!(*stage, Stage::Served { leg, .. } if leg == party);
        // Telephones differ in which of their two calls they ask over.
        if serves(theirs.stage(), other) {
            return self.join_service((call, leg), (second, other), (call, leg));
        }
        if serves(ours.stage(), leg) {
            return self.join_service((second, other), (call, leg), (call, leg));
        }
        let peer = match *theirs.stage() {
            Stage::Talking { a, b } | Stage::Held { held: a, by: b, .. } => [a, b].into_iter().find(|l| *l != other)?,
            Stage::Ringing { from, to, .. } if from == other => to,
            _ => return None,
        };
        let first = self.on(call, |call, out| call.take_from(leg, out))?.ok()?;
        self.on(call, |call, out| {
            call.write(Event::TransferAsked { by: leg, to: Digits::default(), attended: true }, out);
            call.request(leg, LegRequest::TransferAccepted, out);
            call.request(leg, LegRequest::TransferDone, out);
        });
        self.move_leg(second, peer, call, first, Some(owner));
        self.write(call, Event::Transferred { from: leg, to: peer });
        self.release_leg(call, leg, Cause::NormalClearing.into());
        self.release_leg(second, other, Cause::NormalClearing.into());
        Some(())
    }

    /// A telephone called a service and now wants its other peer to go there in its place: into the queue with the time that the
    /// telephone has waited, into a flow from its beginning.
    fn join_service(
        &mut self,
        (call, leg): (CallId, LegId),
        (second, other): (CallId, LegId),
        (asked_in, asker): (CallId, LegId),
    ) -> Option<()> {
        let own = self.extension_of(call, leg).ok()?;
        let route = match &self.table.get(second)?.visit.service {
            Service::Queue { queue, .. } => Route::Queue(*queue),
            Service::Flow(walking) => Route::Flow(walking.walk.flow().id),
            Service::None
            | Service::Collecting { .. }
            | Service::Entering { .. }
            | Service::Returning { .. }
            | Service::Farewell { .. } => return None,
        };
        let waits_since = self.acd.place(self.now(), second).map(|place| place.since);
        let peer = self.on(call, |call, out| call.take_from(leg, out))?.ok()?;
        self.write(call, Event::TransferAsked { by: leg, to: Digits::default(), attended: true });
        self.on(asked_in, |call, out| {
            call.request(asker, LegRequest::TransferAccepted, out);
            call.request(asker, LegRequest::TransferDone, out);
        });
        self.leave_service(second, Leaving::Transferred);
        self.write(second, Event::MergedInto { call });
        self.release_leg(second, other, Cause::NormalClearing.into());
        self.release_leg(call, leg, Cause::NormalClearing.into());
        let visit = &mut self.table.get_mut(call)?.visit;
        visit.waits_since = visit.waits_since.or(waits_since);
        self.send_away(call, (leg, own), peer, route);
        Some(())
    }

    /// Moves a leg into another call, to talk to `with` there; unanswered, `with` goes back to `back`.
    fn move_leg(&mut self, from: CallId, leg: LegId, to: CallId, with: LegId, back: Option<Digits>) {
        let Some(moved) = self.on(from, |call, out| call.merge_into(to, leg, out)).flatten() else { return };
        if let Some(attempt) = self.attempts.get_mut(&leg) {
            attempt.purpose = Purpose::Ring { from: with, why: Reason::Transferred { back: back.clone() } };
        }
        self.table.bind(leg, to);
        self.recordings.moved(leg, to);
        let joined = self.on(to, |call, out| call.join(moved.clone(), with, back, out));
        if !matches!(joined, Some(Ok(()))) {
            // Too many legs: the moved one is cleared by us, and its last word concerns nobody.
            self.board.fault(format!("leg {leg} found no room in call {to}"));
            self.drop_stray(moved);
        }
    }

    /// A telephone takes the place of another leg (RFC 3891).
    pub(crate) fn take_place_of(&mut self, call: CallId, leg: LegId, old: LegId) {
        let other = self.table.of_leg(old).filter(|other| *other != call);
        let peer = other.and_then(|other| self.on(other, |call, out| call.take_from(old, out)));
        let (Some(other), Some(Ok(peer))) = (other, peer) else {
            return self.fail(call, leg, Cause::InvalidCallReference.into());
        };
        self.on(call, |call, out| {
            call.proceed(leg, out);
            call.answer(leg, None, out);
        });
        self.release_leg(other, old, Cause::NormalClearing.into());
        self.move_leg(call, leg, other, peer, None);
        self.write(other, Event::Transferred { from: old, to: leg });
    }

    /// Parks the peer of `by` in the lowest free slot.
    pub(crate) fn park(&mut self, call: CallId, by: LegId) -> Result<(), Refusal> {
        let back = self.extension_of(call, by)?;
        let taken: Vec<&Digits> = self.table.iter().filter_map(|(_, entry)| parked(entry.call.stage())).collect();
        let slot = self.house.plan.park_slots().find(|slot| !taken.contains(&slot)).ok_or(Refusal::NoParkSlot)?;
        let parked = self.on(call, |call, out| {
            let peer = call.take_from(by, out)?;
            call.park(peer, slot, back, out);
            Ok::<_, calls::NotNow>(())
        });
        parked.unwrap_or(Err(calls::NotNow)).map_err(|_| Refusal::NotNow)?;
        self.release_leg(call, by, Cause::NormalClearing.into());
        Ok(())
    }

    pub(crate) fn parked_in(&self, slot: &Digits) -> Option<CallId> {
        self.table.iter().find(|(_, entry)| parked(entry.call.stage()) == Some(slot)).map(|(id, _)| id)
    }

    /// Somebody who dialled a park slot takes who is parked there.
    pub(crate) fn fetch_parked(&mut self, call: CallId, leg: LegId, slot: &Digits) -> Result<(), Cause> {
        let there = self.parked_in(slot).filter(|there| *there != call).ok_or(Cause::UnallocatedNumber)?;
        self.take_parked(call, leg, there)
    }

    fn take_parked(&mut self, call: CallId, leg: LegId, there: CallId) -> Result<(), Cause> {
        let Some(Stage::Parked { leg: waiting, .. }) = self.table.call(there).map(|c| c.stage().clone()) else {
            return Err(Cause::UnallocatedNumber);
        };
        self.on(call, |call, out| call.answer(leg, None, out));
        let agent = self.table.call(call).and_then(|c| c.leg(leg)).and_then(|l| l.agent);
        self.move_leg(call, leg, there, waiting, None);
        if let Some(agent) = agent {
            self.write(there, Event::Connected { queue: None, agent });
        }
        Ok(())
    }

    /// The house's own telephone answered: now what it was rung for.
    pub(crate) fn fetched(&mut self, call: CallId, leg: LegId) {
        let errand = self.table.get_mut(call).and_then(|entry| entry.visit.errand.take());
        let own = self.extension_of(call, leg);
        match (errand, own) {
            (Some(Errand::Dial(number)), Ok(own)) => match self.route_for(&own, &number) {
                Ok(route) => self.send(call, leg, route, Reason::Dialled),
                Err(_) => self.fail(call, leg, Cause::UnallocatedNumber.into()),
            },
            (Some(Errand::Meet(room)), _) => {
                if let Err(cause) = self.enter_room(call, leg, room, true) {
                    self.fail(call, leg, cause.into());
                }
            }
            (Some(Errand::Unpark(there)), Ok(_)) => {
                if let Err(cause) = self.take_parked(call, leg, there) {
                    self.fail(call, leg, cause.into());
                }
            }
            _ => self.release_leg(call, leg, Cause::NormalClearing.into()),
        }
    }

    /// The time that a call may spend in its stage is over.
    pub(crate) fn stage_limit_reached(&mut self, call: CallId) {
        let Some(entry) = self.table.get_mut(call) else { return };
        entry.visit.limit = None;
        match entry.call.stage().clone() {
            Stage::Held { by, .. } | Stage::Directing { by, .. } => {
                self.on(call, |call, out| call.hold_expired(out));
                self.hold_ended(call, by);
            }
            Stage::Parked { leg, by, .. } => self.recall(call, leg, by),
            Stage::Ringing { to, .. } => self.release_leg(call, to, Cause::NoAnswer.into()),
            Stage::Consulting { with, .. } => self.release_leg(call, with, Cause::NoAnswer.into()),
            Stage::Fetching { leg } => self.release_leg(call, leg, Cause::NoAnswer.into()),
            Stage::Served { leg, .. } if matches!(entry.visit.service, Service::Returning { .. }) => {
                self.return_again(call, leg);
            }
            Stage::Failing { .. } | Stage::Served { .. } => self.release_call(call, Cause::NormalClearing.into()),
            Stage::Dialling { .. }
            | Stage::Talking { .. }
            | Stage::ThreeWay { .. }
            | Stage::Meeting { .. }
            | Stage::Over => {}
        }
    }

    fn drop_stray(&mut self, leg: Leg) {
        let cause = ClearCause::ours(Cause::TemporaryFailure);
        self.effect(crate::Effect::Leg { line: leg.line, leg: leg.id, request: LegRequest::Release { cause } });
        self.leg_ends(&leg);
    }
}

fn parked(stage: &Stage) -> Option<&Digits> {
    match stage {
        Stage::Parked { slot, .. } => Some(slot),
        _ => None,
    }
}
