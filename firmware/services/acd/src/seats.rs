//! Agents: what they ask for and what their calls do to them.

use crate::agent::{Agent, Duty, Presence, Seat, Service, Wish};
use crate::machine::{Acd, Timer};
use crate::output::{AcdOutput, Left, Refused, Remark};
use clock::{Millis, Now};
use identity::{AgentId, CallId, QueueId};
use ledger::OfferEnd;
use numbering::Digits;

/// A phone that refuses at once (busy, unreachable) is left alone for so long, else the same call would be offered in a circle.
const REST_AFTER_REFUSAL: Millis = Millis::secs(5);

/// The reason shown when the machine made an agent busy.
pub const REASON_NO_ANSWER: &str = "no-answer";

impl Acd {
    /// An agent signs in at an extension, ready for calls.
    pub fn sign_in(&mut self, now: Now, agent: AgentId, extension: Digits, reachable: bool) -> Result<(), Refused> {
        let taken = self.agents.values().filter_map(Agent::seat).any(|seat| seat.extension == extension);
        let turn = self.turn();
        let who = self.agents.get_mut(&agent).filter(|who| !who.removed).ok_or(Refused::NoSuchAgent)?;
        if who.seat().is_some() {
            return Err(Refused::AlreadySignedIn);
        }
        if taken {
            return Err(Refused::ExtensionInUse);
        }
        who.presence = Presence::SignedIn(Box::new(Seat {
            extension,
            wish: Wish::Ready,
            duty: Duty::Free,
            own_call: false,
            reachable,
            resting_until: None,
            record: Service { calls: 0, unanswered: 0, idle_since: now.mono, turn },
            since: now,
        }));
        self.agent_changed(agent);
        self.distribute(now);
        Ok(())
    }

    /// An agent signs out: at once, or when its call is over.
    pub fn sign_out(&mut self, now: Now, agent: AgentId) -> Result<(), Refused> {
        self.wish(now, agent, Wish::SignOut)
    }

    /// Ready for calls. Ends a wrap-up.
    pub fn ready(&mut self, now: Now, agent: AgentId) -> Result<(), Refused> {
        self.wish(now, agent, Wish::Ready)?;
        self.distribute(now);
        Ok(())
    }

    /// No calls of queues. Chosen during a call it takes effect afterwards; chosen while a call is offered, the call goes to the next.
    pub fn busy(&mut self, now: Now, agent: AgentId, reason: String) -> Result<(), Refused> {
        self.wish(now, agent, Wish::Busy { reason })
    }

    fn wish(&mut self, now: Now, agent: AgentId, wish: Wish) -> Result<(), Refused> {
        let who = self.agents.get_mut(&agent).ok_or(Refused::NoSuchAgent)?;
        let seat = who.seat_mut().ok_or(Refused::NotSignedIn)?;
        let leaves_offer = wish != Wish::Ready && matches!(seat.duty, Duty::Offered { .. });
        let leaves_wrap_up = wish == Wish::SignOut;
        if seat.wish != wish && seat.duty == Duty::Free {
            seat.since = now;
        }
        if wish == Wish::Ready {
            seat.record.unanswered = 0;
        }
        seat.wish = wish;
        self.agent_changed(agent);
        if leaves_offer {
            self.withdraw(now, agent, OfferEnd::Withdrawn);
        }
        if leaves_wrap_up {
            self.end_wrap_up(now, agent, Remark::default());
        }
        self.sign_out_if_due(now, agent);
        self.distribute(now);
        Ok(())
    }

    /// The phone at the agent's extension registered, or is gone.
    pub fn set_reachable(&mut self, now: Now, agent: AgentId, reachable: bool) {
        let Some(seat) = self.agents.get_mut(&agent).and_then(Agent::seat_mut) else { return };
        if seat.reachable == reachable {
            return;
        }
        seat.reachable = reachable;
        if seat.duty == Duty::Free {
            seat.since = now;
        }
        self.agent_changed(agent);
        if !reachable {
            self.withdraw(now, agent, OfferEnd::Unreachable);
        }
        self.distribute(now);
    }

    /// The agent has a call of its own: no offers until [`Acd::vacate`].
    pub fn occupy(&mut self, now: Now, agent: AgentId) {
        self.own_call(now, agent, true);
    }

    /// The agent's own call is over.
    pub fn vacate(&mut self, now: Now, agent: AgentId) {
        self.own_call(now, agent, false);
    }

    fn own_call(&mut self, now: Now, agent: AgentId, own_call: bool) {
        let Some(seat) = self.agents.get_mut(&agent).and_then(Agent::seat_mut) else { return };
        if seat.own_call == own_call {
            return;
        }
        seat.own_call = own_call;
        if matches!(seat.duty, Duty::Free | Duty::WrapUp { .. }) {
            seat.since = now;
        }
        self.agent_changed(agent);
        self.sign_out_if_due(now, agent);
        self.distribute(now);
    }

    /// The agent answered the call offered to it: the caller leaves the queue. None if no offer stands.
    pub fn offer_answered(&mut self, now: Now, agent: AgentId) -> Option<Left> {
        self.begin_day(now);
        let seat = self.agents.get_mut(&agent).and_then(Agent::seat_mut)?;
        let Duty::Offered { call, queue } = seat.duty else { return None };
        seat.duty = Duty::Talking { call, queue, began: now.mono };
        seat.since = now;
        seat.record.calls += 1;
        seat.record.unanswered = 0;
        if let Some(who) = self.agents.get_mut(&agent) {
            who.calls_today += 1;
        }
        self.timers.disarm(&Timer::Ring(agent));
        let waited_here = self.waiting.get(&call).map(|waiting| now.mono.since(waiting.entered.mono));
        let left = self.forget_caller(now, call)?;
        if let Some(here) = self.queues.get_mut(&queue) {
            here.today.answered += 1;
            if waited_here.is_some_and(|waited| waited <= here.config.goal) {
                here.today.in_goal += 1;
            }
        }
        self.agent_changed(agent);
        Some(left)
    }

    /// The offer came to nothing: the phone refused, could not be reached, or rang in vain. The next agent is tried.
    pub fn offer_failed(&mut self, now: Now, agent: AgentId, why: OfferEnd) {
        self.offer_unanswered(now, agent, why);
        self.distribute(now);
    }

    /// The agent's part in a queue's call is over: wrap-up begins.
    pub fn call_ended(&mut self, now: Now, agent: AgentId) {
        let Some(seat) = self.agents.get_mut(&agent).and_then(Agent::seat_mut) else { return };
        let Duty::Talking { call, queue, began } = seat.duty else { return };
        let wrap_up = self.queues.get(&queue).map(|here| here.config.limits.wrap_up);
        let until = wrap_up.flatten().map(|wrap_up| now.mono + wrap_up);
        seat.duty = Duty::WrapUp { call, queue, began: now.mono, talked_from: began, until };
        seat.since = now;
        if let Some(until) = until {
            self.timers.arm(Timer::WrapUp(agent), until);
        }
        self.agent_changed(agent);
        self.out.push_back(AcdOutput::WrapUpBegan { agent, call, queue, until });
        let leaving = self.agents.get(&agent).and_then(Agent::seat).is_some_and(|seat| seat.wish == Wish::SignOut);
        // A queue taken out of the settings meanwhile has no wrap-up to wait for, nor has who is leaving.
        if leaving || wrap_up.is_none() {
            self.end_wrap_up(now, agent, Remark::default());
            self.distribute(now);
        }
    }

    /// The agent says that after-call work is done.
    pub fn wrap_up_done(&mut self, now: Now, agent: AgentId, remark: Remark) -> Result<(), Refused> {
        let who = self.agents.get(&agent).ok_or(Refused::NoSuchAgent)?;
        let seat = who.seat().ok_or(Refused::NotSignedIn)?;
        let Duty::WrapUp { queue, .. } = seat.duty else { return Err(Refused::NotNow) };
        let codes = self.queues.get(&queue).map_or(&[][..], |here| &here.config.wrap_up_codes);
        let known = remark.code.as_ref().is_some_and(|code| codes.contains(code));
        if !codes.is_empty() && !known {
            return Err(Refused::CodeNeeded);
        }
        self.end_wrap_up(now, agent, remark);
        self.distribute(now);
        Ok(())
    }

    pub(crate) fn end_wrap_up(&mut self, now: Now, agent: AgentId, remark: Remark) {
        let Some(seat) = self.agents.get_mut(&agent).and_then(Agent::seat_mut) else { return };
        let Duty::WrapUp { call, queue, talked_from, .. } = seat.duty else { return };
        seat.duty = Duty::Free;
        seat.since = now;
        seat.record.idle_since = now.mono;
        self.timers.disarm(&Timer::WrapUp(agent));
        self.out.push_back(AcdOutput::WrapUpEnded { agent, call, remark });
        self.handling_observed(queue, now.mono.since(talked_from));
        self.goes_last(agent);
        self.agent_changed(agent);
        self.sign_out_if_due(now, agent);
    }

    pub(crate) fn ring_time_over(&mut self, now: Now, agent: AgentId) {
        self.withdraw(now, agent, OfferEnd::NoAnswer);
    }

    pub(crate) fn rest_over(&mut self, now: Now, agent: AgentId) {
        if let Some(seat) = self.agents.get_mut(&agent).and_then(Agent::seat_mut) {
            seat.resting_until = seat.resting_until.filter(|until| *until > now.mono);
        }
    }

    /// Orders an offer back. One that was not ordered out yet is simply forgotten: nobody knows of it.
    pub(crate) fn take_back(&mut self, agent: AgentId, call: CallId, why: OfferEnd) {
        let unordered = self
            .out
            .iter()
            .position(|order| matches!(order, AcdOutput::Offer(offer) if offer.agent == agent && offer.call == call));
        match unordered {
            Some(index) => drop(self.out.remove(index)),
            None => self.out.push_back(AcdOutput::Withdraw { agent, call, why }),
        }
    }

    /// Takes back an offer that stands, and tells the phone.
    pub(crate) fn withdraw(&mut self, now: Now, agent: AgentId, why: OfferEnd) {
        let seat = self.agents.get(&agent).and_then(Agent::seat);
        let Some(Duty::Offered { call, .. }) = seat.map(|seat| seat.duty.clone()) else { return };
        self.take_back(agent, call, why);
        self.offer_unanswered(now, agent, why);
    }

    /// Frees the agent of an offer and counts what became of it.
    pub(crate) fn end_offer(&mut self, now: Now, agent: AgentId, why: OfferEnd) {
        let Some(seat) = self.agents.get_mut(&agent).and_then(Agent::seat_mut) else { return };
        let Duty::Offered { queue, .. } = seat.duty else { return };
        seat.duty = Duty::Free;
        seat.since = now;
        let limit = self.queues.get(&queue).and_then(|here| here.config.limits.busy_after_no_answers);
        match why {
            OfferEnd::NoAnswer => {
                seat.record.unanswered += 1;
                seat.record.idle_since = now.mono;
                if limit.is_some_and(|most| seat.record.unanswered >= most) && seat.wish == Wish::Ready {
                    seat.wish = Wish::Busy { reason: REASON_NO_ANSWER.to_owned() };
                }
            }
            OfferEnd::Refused | OfferEnd::Unreachable => {
                seat.record.idle_since = now.mono;
                seat.resting_until = Some(now.mono + REST_AFTER_REFUSAL);
                self.timers.arm(Timer::Rest(agent), now.mono + REST_AFTER_REFUSAL);
            }
            OfferEnd::Answered | OfferEnd::CallerLeft | OfferEnd::Withdrawn => {}
        }
        self.timers.disarm(&Timer::Ring(agent));
        if matches!(why, OfferEnd::NoAnswer | OfferEnd::Refused | OfferEnd::Unreachable) {
            self.goes_last(agent);
        }
        self.agent_changed(agent);
        self.sign_out_if_due(now, agent);
    }

    /// An offer that came to nothing: the caller waits on at its place, this agent comes last for it.
    fn offer_unanswered(&mut self, now: Now, agent: AgentId, why: OfferEnd) {
        let seat = self.agents.get(&agent).and_then(Agent::seat);
        let Some(Duty::Offered { call, queue }) = seat.map(|seat| seat.duty.clone()) else { return };
        // The caller first: when the agent's sign-out takes effect, the offer must be over for both.
        let Some(waiting) = self.waiting.get_mut(&call) else { return };
        waiting.offered_to = None;
        *waiting.passed_over.entry(agent).or_default() += 1;
        self.changed.queues.insert(queue);
        self.end_offer(now, agent, why);
        let Some(waiting) = self.waiting.get(&call).cloned() else { return };
        if self.overdue(now.mono, &waiting) {
            self.overflow(now, call, crate::OverflowReason::TooLong);
        }
    }

    fn goes_last(&mut self, agent: AgentId) {
        let turn = self.turn();
        if let Some(seat) = self.agents.get_mut(&agent).and_then(Agent::seat_mut) {
            seat.record.turn = turn;
        }
    }

    /// Signs out an agent that wants to go and has no duty left.
    fn sign_out_if_due(&mut self, now: Now, agent: AgentId) {
        let Some(who) = self.agents.get_mut(&agent) else { return };
        let due =
            who.seat().is_some_and(|seat| seat.wish == Wish::SignOut && seat.duty == Duty::Free && !seat.own_call);
        if !due {
            return;
        }
        who.presence = Presence::SignedOut { since: now };
        let gone = who.removed;
        self.timers.disarm(&Timer::Rest(agent));
        self.agent_changed(agent);
        if gone {
            self.agents.remove(&agent);
        }
        self.overflow_unstaffed(now);
    }

    /// The agent looks different, and so do the queues it serves.
    pub(crate) fn agent_changed(&mut self, agent: AgentId) {
        self.changed.agents.insert(agent);
        let Some(who) = self.agents.get(&agent) else { return };
        let served: Vec<QueueId> =
            self.queues.values().filter(|q| q.config.served_by(&who.config)).map(|q| q.config.id).collect();
        self.changed.queues.extend(served);
    }
}
