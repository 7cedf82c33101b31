//! Callers in queues: music, announcements, offers to agents, overflow; and what agents' telephones make of offers.

use crate::ending::Leaving;
use crate::machine::Exchange;
use crate::table::Service;
use acd::{AcdOutput, Leave, Offer, OverflowReason};
use calls::{Departure, Leg, Stage};
use identity::{AgentId, CallId, LegId, QueueId};
use ledger::{Destination, Event, OfferEnd, Outcome, QueueExit, Role};
use numbering::{Cause, PartyNumber};
use plan::Hears;

/// What a caller hears whom the queue cannot keep.
const SORRY: &str = "queue/sorry";

impl Exchange {
    pub(crate) fn enter_queue(
        &mut self,
        call: CallId,
        leg: LegId,
        queue: QueueId,
        class: Option<u8>,
    ) -> Result<(), Cause> {
        if self.house.queue(queue).is_none() {
            return Err(Cause::DestinationOutOfOrder);
        }
        let now = self.now();
        let music = self.music_of(queue);
        let Some(entry) = self.table.get_mut(call) else { return Err(Cause::TemporaryFailure) };
        entry.visit.service = Service::Queue { queue, announcing: None };
        entry.visit.queue = Some(queue);
        let since = entry.visit.waits_since;
        self.on(call, |call, out| {
            call.write(Event::Routed { to: Destination::Queue(queue) }, out);
            call.answer(leg, None, out);
            call.serve(leg, music, false, out);
            call.write(Event::Queued { queue }, out);
        });
        // Queue and agents come from the same settings, and a call is in one service: only a fault of ours refuses.
        self.acd.enqueue(now, call, queue, class, since).map_err(|_| {
            if let Some(entry) = self.table.get_mut(call) {
                entry.visit.service = Service::None;
            }
            Cause::TemporaryFailure
        })
    }

    fn music_of(&self, queue: QueueId) -> Hears {
        let own = self.house.queue(queue).map(|q| q.music.as_str()).filter(|music| !music.is_empty());
        Hears::Music(own.unwrap_or(self.house.music()).to_owned())
    }

    /// Carries out what the ACD wants. True: there was something.
    pub(crate) fn acd_orders(&mut self) -> bool {
        let mut any = false;
        while let Some(output) = self.acd.poll() {
            any = true;
            match output {
                AcdOutput::Offer(offer) => self.offer(*offer),
                AcdOutput::Withdraw { agent, call, why } => self.withdraw(call, agent, why),
                AcdOutput::Announce { call, queue, position, wait } => self.announce(call, queue, position, wait),
                AcdOutput::Overflow { call, queue, why } => self.overflow(call, queue, why),
                AcdOutput::WrapUpBegan { agent, call, .. } => {
                    if let Some(entry) = self.table.get_mut(call) {
                        entry.visit.wrap_ups.insert(agent);
                    }
                    self.write(call, Event::WrapUpBegan { agent });
                }
                AcdOutput::WrapUpEnded { agent, call, remark } => {
                    if self.table.get_mut(call).is_some_and(|entry| entry.visit.wrap_ups.remove(&agent)) {
                        let acd::Remark { code, note } = remark;
                        self.write(call, Event::WrapUpEnded { agent, code, note });
                    }
                }
                AcdOutput::AgentChanged(agent) => {
                    self.board.touched.agents.insert(agent);
                }
                AcdOutput::QueueChanged(queue) => {
                    self.board.touched.queues.insert(queue);
                }
            }
        }
        any
    }

    fn offer(&mut self, offer: Offer) {
        let Offer { agent, extension, call, queue, .. } = offer;
        match self.ring_agent(call, agent, extension) {
            Ok(leg) => {
                self.note_offer(call, Some(queue), agent, "offered");
                self.write(call, Event::Offered { queue: Some(queue), agent, leg });
            }
            Err(_) => self.acd.offer_failed(self.outbox.now, agent, OfferEnd::Unreachable),
        }
    }

    /// The ACD takes an offer back: it has freed the agent already.
    fn withdraw(&mut self, call: CallId, agent: AgentId, why: OfferEnd) {
        let Some(entry) = self.table.get(call) else { return };
        let offered = match entry.call.stage() {
            Stage::Served { offer: Some(leg), .. } => Some(*leg),
            _ => None,
        };
        let leg = offered.filter(|leg| entry.call.leg(*leg).is_some_and(|l| l.agent == Some(agent)));
        self.note_offer(call, None, agent, "withdrawn");
        self.write(call, Event::OfferEnded { agent, why });
        if let Some(leg) = leg {
            let cause = if why == OfferEnd::NoAnswer { Cause::NoAnswer } else { Cause::NormalClearing };
            let departure = self.on(call, |call, out| call.release(leg, cause.into(), out));
            debug_assert!(matches!(departure, Some(Departure::OfferEnded { .. })));
            self.agent_hung_up(agent, leg, Role::Agent, true);
        }
    }

    /// The agent's telephone refused or could not be reached.
    pub(crate) fn offer_refused(&mut self, call: CallId, agent: AgentId, why: OfferEnd) {
        self.note_offer(call, None, agent, "not taken");
        self.write(call, Event::OfferEnded { agent, why });
        self.acd.offer_failed(self.outbox.now, agent, why);
    }

    pub(crate) fn answered(&mut self, call: CallId, leg: LegId, connected: Option<PartyNumber>) {
        let Some(entry) = self.table.get(call) else { return };
        let offered = matches!(entry.call.stage(), Stage::Served { offer: Some(offer), .. } if *offer == leg);
        let fetched = matches!(entry.call.stage(), Stage::Fetching { leg: fetching } if *fetching == leg);
        let agent = entry.call.leg(leg).and_then(|l| l.agent);
        let joined = self.on(call, |call, out| call.answered(leg, connected, out)) == Some(true);
        if fetched {
            return self.fetched(call, leg);
        }
        if !joined {
            return;
        }
        self.attempts.remove(&leg);
        if let Some(entry) = self.table.get_mut(call) {
            entry.visit.hops = 0;
            entry.visit.recalls = 0;
        }
        match agent {
            Some(agent) if offered => self.offer_answered(call, leg, agent),
            Some(agent) => self.write(call, Event::Connected { queue: None, agent }),
            None => {}
        }
    }

    fn offer_answered(&mut self, call: CallId, leg: LegId, agent: AgentId) {
        let Some(left) = self.acd.offer_answered(self.outbox.now, agent) else {
            // The offer was withdrawn while the answer was under way.
            return self.release_leg(call, leg, Cause::NonSelectedUserClearing.into());
        };
        if let Some(entry) = self.table.get_mut(call) {
            entry.visit.service = Service::None;
            entry.visit.waits_since = Some(left.since);
        }
        let queue = left.queue;
        self.note_offer(call, Some(queue), agent, "answered");
        self.write(call, Event::OfferEnded { agent, why: OfferEnd::Answered });
        self.write(call, Event::LeftQueue { queue, why: QueueExit::Connected });
        self.write(call, Event::Connected { queue: Some(queue), agent });
    }

    /// Says place and wait over the music; an answer or the end of the play brings the music back.
    fn announce(&mut self, call: CallId, queue: QueueId, position: u32, wait: Option<clock::Millis>) {
        let Some(settings) = self.house.queue(queue) else { return };
        let told = &settings.announcements;
        let position_told = told.position.then_some(position);
        let wait_told = wait.filter(|_| told.wait);
        let prompts = ivr::speak::waiting(position_told, wait_told, &told.prompt, self.language(call));
        if prompts.is_empty() {
            return;
        }
        let play = self.table.new_play();
        let Some(leg) = self.waiting_leg(call) else { return };
        if let Some(entry) = self.table.get_mut(call) {
            entry.visit.service = Service::Queue { queue, announcing: Some(play) };
        }
        self.on(call, |call, out| {
            call.serve(leg, Hears::Play { play, prompts, repeat: false }, false, out);
            call.write(Event::Announced { position, wait_secs: wait_told.map(clock::Millis::as_secs) }, out);
        });
    }

    fn waiting_leg(&self, call: CallId) -> Option<LegId> {
        let entry = self.table.get(call)?;
        match (&entry.visit.service, entry.call.stage()) {
            (Service::Queue { .. }, Stage::Served { leg, .. }) => Some(*leg),
            _ => None,
        }
    }

    /// A play of the queue, of a room or a last announcement came to its end.
    pub(crate) fn service_play_ended(&mut self, call: CallId, play: identity::PlayId) {
        let Some(entry) = self.table.get_mut(call) else { return };
        match &mut entry.visit.service {
            Service::Flow(_) => self.flow_play_ended(call, play),
            Service::Queue { queue, announcing } if *announcing == Some(play) => {
                *announcing = None;
                let queue = *queue;
                let music = self.music_of(queue);
                if let Some(leg) = self.waiting_leg(call) {
                    self.on(call, |call, out| call.serve(leg, music, false, out));
                }
            }
            Service::None => {
                self.on(call, |call, _| call.was_told(play));
            }
            Service::Farewell { play: last, cause } if *last == play => {
                let cause = *cause;
                self.release_call(call, cause);
            }
            Service::Collecting { .. }
            | Service::Queue { .. }
            | Service::Entering { .. }
            | Service::Returning { .. }
            | Service::Farewell { .. } => {}
        }
    }

    fn overflow(&mut self, call: CallId, queue: QueueId, why: OverflowReason) {
        let Some(leg) = self.waiting_leg(call) else { return };
        self.leave_service(call, Leaving::Done);
        self.on(call, |call, out| {
            call.write(Event::LeftQueue { queue, why: QueueExit::Overflowed }, out);
            call.facts.ends_as(Outcome::Overflowed);
        });
        let target = match self.house.queue(queue).map(|q| &q.overflow) {
            Some(settings::Overflow::To(target)) if !self.overflow_is_final(queue, why) => Some(target),
            _ => None,
        };
        match target.map(|target| self.house.plan.target(target)) {
            Some(route) => self.send_on(call, leg, route),
            None => self.farewell(call, leg, &[SORRY], Cause::SwitchingCongestion),
        }
    }

    /// The service was a queue and lets go of the caller.
    pub(crate) fn queue_left(&mut self, call: CallId, queue: QueueId, why: Leaving) {
        if why == Leaving::Done {
            return;
        }
        let leave = if why == Leaving::Transferred { Leave::Transferred } else { Leave::Abandoned };
        // The ACD may have sent the caller on at this very moment; its order will find nobody, so the caller is accounted for here.
        let (exit, outcome) = match self.acd.leave(self.outbox.now, call, leave) {
            // Whoever took the place of this party in the queue is counted by its own call.
            Some(_) if why == Leaving::Transferred => (QueueExit::Transferred, Outcome::ServedByFlow),
            Some(_) => (QueueExit::Abandoned, Outcome::AbandonedInQueue),
            None => (QueueExit::Overflowed, Outcome::Overflowed),
        };
        self.on(call, |call, out| {
            call.write(Event::LeftQueue { queue, why: exit }, out);
            call.facts.ends_as(outcome);
        });
    }

    /// A leg of an agent's telephone is over, for the agent.
    pub(crate) fn agent_hung_up(&mut self, agent: AgentId, leg: LegId, role: Role, offer: bool) {
        let now = self.outbox.now;
        if let Some(legs) = self.seats.get_mut(&agent) {
            legs.retain(|seat| seat.leg != leg);
            let own = legs.iter().any(|seat| seat.own);
            if legs.is_empty() {
                self.seats.remove(&agent);
            }
            if !own {
                self.acd.vacate(now, agent);
            }
        }
        if role == Role::Agent && !offer {
            self.acd.call_ended(now, agent);
        }
        self.board.touched.agents.insert(agent);
    }

    /// Live legs of an agent's telephone, the one in hand last.
    pub(crate) fn hand(&self, agent: AgentId) -> Option<(CallId, LegId)> {
        let legs = self.seats.get(&agent)?;
        legs.iter().rev().find_map(|seat| {
            let call = self.table.of_leg(seat.leg)?;
            self.table.call(call)?.leg(seat.leg).filter(|leg| Leg::live(leg))?;
            Some((call, seat.leg))
        })
    }
}
