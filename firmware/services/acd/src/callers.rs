//! Callers: how they enter, wait, are told their place, and leave.

use crate::machine::{Acd, Timer};
use crate::output::{AcdOutput, Leave, Left, OverflowReason, Refused};
use crate::queue::Waiting;
use clock::{Millis, Monotonic, Now};
use identity::{CallId, QueueId};
use ledger::OfferEnd;
use std::collections::BTreeMap;

impl Acd {
    /// A caller enters a queue, with the queue's class unless it brings one. `since`: a transferred caller keeps the moment since when
    /// it waits; none: now. A queue that cannot keep it answers with [`AcdOutput::Overflow`].
    pub fn enqueue(
        &mut self,
        now: Now,
        call: CallId,
        queue: QueueId,
        class: Option<u8>,
        since: Option<Now>,
    ) -> Result<(), Refused> {
        self.begin_day(now);
        if self.waiting.contains_key(&call) {
            return Err(Refused::AlreadyQueued);
        }
        let turn = self.turn();
        let here = self.queues.get_mut(&queue).ok_or(Refused::NoSuchQueue)?;
        here.today.offered += 1;
        self.changed.queues.insert(queue);
        let waiting = Waiting {
            queue,
            class: class.unwrap_or(here.config.class).clamp(1, 9),
            since: since.filter(|since| since.mono <= now.mono).unwrap_or(now),
            entered: now,
            turn,
            offered_to: None,
            passed_over: BTreeMap::new(),
        };
        let (limits, announcements) = (here.config.limits, here.config.announcements);
        let count = self.waiting_in(queue);
        self.waiting.insert(call, waiting);
        if self.staff(queue) == 0 {
            self.overflow(now, call, OverflowReason::NoAgents);
            return Ok(());
        }
        if let Some(max_wait) = limits.max_wait {
            self.timers.arm(Timer::MaxWait(call), now.mono + max_wait);
        }
        if let Some(times) = announcements {
            self.timers.arm(Timer::Announce(call), now.mono + times.first);
        }
        self.distribute(now);
        let kept = limits.max_waiting.is_none_or(|most| count < most);
        if !kept && self.waiting.get(&call).is_some_and(|waiting| waiting.offered_to.is_none()) {
            self.overflow(now, call, OverflowReason::Full);
        }
        Ok(())
    }

    /// A caller leaves before an agent answered. None if it did not wait.
    pub fn leave(&mut self, now: Now, call: CallId, why: Leave) -> Option<Left> {
        self.begin_day(now);
        let offer_end = match why {
            Leave::Abandoned => OfferEnd::CallerLeft,
            Leave::Transferred => OfferEnd::Withdrawn,
        };
        let left = self.take_out(now, call, offer_end)?;
        if let Some(queue) = self.queues.get_mut(&left.queue) {
            match why {
                Leave::Abandoned => queue.today.abandoned += 1,
                Leave::Transferred => queue.today.transferred += 1,
            }
        }
        self.distribute(now);
        Some(left)
    }

    /// Takes a caller out of its queue; an agent it is offered to is freed.
    pub(crate) fn take_out(&mut self, now: Now, call: CallId, why: OfferEnd) -> Option<Left> {
        if let Some(agent) = self.waiting.get(&call)?.offered_to {
            self.end_offer(now, agent, why);
            self.take_back(agent, call, why);
        }
        self.forget_caller(now, call)
    }

    /// The caller waits no more; its timers stop.
    pub(crate) fn forget_caller(&mut self, now: Now, call: CallId) -> Option<Left> {
        let waiting = self.waiting.remove(&call)?;
        self.timers.disarm(&Timer::MaxWait(call));
        self.timers.disarm(&Timer::Announce(call));
        self.changed.queues.insert(waiting.queue);
        let waited = now.mono.since(waiting.since.mono);
        Some(Left { call, queue: waiting.queue, since: waiting.since, waited })
    }

    pub(crate) fn overflow(&mut self, now: Now, call: CallId, why: OverflowReason) {
        let Some(left) = self.take_out(now, call, OfferEnd::Withdrawn) else { return };
        if let Some(queue) = self.queues.get_mut(&left.queue) {
            queue.today.overflowed += 1;
        }
        self.out.push_back(AcdOutput::Overflow { call, queue: left.queue, why });
    }

    /// A caller that is being offered is not sent away: the ring time bounds its wait, and it overflows if the agent does not answer.
    pub(crate) fn waited_too_long(&mut self, now: Now, call: CallId) {
        let offered = self.waiting.get(&call).is_some_and(|waiting| waiting.offered_to.is_some());
        if !offered {
            self.overflow(now, call, OverflowReason::TooLong);
        }
    }

    /// Whether the time that the queue keeps a caller is over.
    pub(crate) fn overdue(&self, now: Monotonic, waiting: &Waiting) -> bool {
        let limit = self.queues.get(&waiting.queue).and_then(|queue| queue.config.limits.max_wait);
        limit.is_some_and(|limit| now.since(waiting.entered.mono) >= limit)
    }

    pub(crate) fn announce(&mut self, now: Now, call: CallId) {
        let Some(waiting) = self.waiting.get(&call) else { return };
        let queue = waiting.queue;
        let ringing = waiting.offered_to.is_some();
        let every = self.queues.get(&queue).and_then(|here| here.config.announcements?.every);
        if let Some(every) = every {
            self.timers.arm(Timer::Announce(call), now.mono + every);
        }
        // While an agent is being rung the caller is as good as answered: nothing is said.
        if ringing {
            return;
        }
        if let Some(place) = self.place(now, call) {
            self.out.push_back(AcdOutput::Announce { call, queue, position: place.position, wait: place.wait });
        }
    }

    /// Callers of a queue whom nobody signed in can serve any more.
    pub(crate) fn overflow_unstaffed(&mut self, now: Now) {
        let unstaffed: Vec<QueueId> = self.queues.keys().copied().filter(|queue| self.staff(*queue) == 0).collect();
        if unstaffed.is_empty() || self.waiting.is_empty() {
            return;
        }
        let stranded = self.calls_where(|waiting| unstaffed.contains(&waiting.queue));
        for call in stranded {
            self.overflow(now, call, OverflowReason::NoAgents);
        }
    }

    pub(crate) fn calls_where(&self, wanted: impl Fn(&Waiting) -> bool) -> Vec<CallId> {
        self.waiting.iter().filter(|(_, waiting)| wanted(waiting)).map(|(call, _)| *call).collect()
    }

    pub(crate) fn waiting_in(&self, queue: QueueId) -> u32 {
        self.waiting.values().filter(|waiting| waiting.queue == queue).count() as u32
    }

    pub(crate) fn handling_observed(&mut self, queue: QueueId, taken: Millis) {
        if let Some(queue) = self.queues.get_mut(&queue) {
            queue.handling.observe(taken);
        }
    }
}
