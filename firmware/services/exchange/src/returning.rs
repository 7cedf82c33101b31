//! Parties whom nobody took: back to who transferred, parked or held them, to their queue, to the operator. As long as a party
//! stays on the line, it is not given up.

use crate::machine::Exchange;
use crate::table::{Purpose, Service};
use calls::Reason;
use clock::Millis;
use identity::{CallId, LegId};
use ledger::Event;
use numbering::{Cause, ClearCause, Digits};
use plan::Hears;

/// Between two tries to bring a party back.
pub(crate) const PAUSE: Millis = Millis::secs(10);

/// Tries at the telephone itself before the operator is asked.
const BEFORE_OPERATOR: u8 = 2;

/// Tries in all, over five minutes at least; beyond, the party hears that it cannot be helped.
const MOST_RECALLS: u8 = 30;

impl Exchange {
    /// The party goes back to who transferred, parked or held it.
    pub(crate) fn recall(&mut self, call: CallId, from: LegId, back: Digits) {
        if let Some(entry) = self.table.get_mut(call) {
            entry.visit.service = Service::None;
            entry.visit.recalls = entry.visit.recalls.saturating_add(1);
        }
        self.write(call, Event::Recalled { to: back.clone() });
        let purpose = Purpose::Ring { from, why: Reason::Recall { back: back.clone() } };
        if let Err(cause) = self.reach_extension(call, &purpose, back.clone()) {
            self.not_returned(call, from, back, cause.into());
        }
    }

    /// Who is to take the party back did not. A caller of a queue goes to the head of it; others wait with music, and the telephone and
    /// the operator are tried by turns.
    pub(crate) fn not_returned(&mut self, call: CallId, from: LegId, back: Digits, cause: ClearCause) {
        let Some(visit) = self.table.get(call).map(|entry| &entry.visit) else { return };
        if visit.recalls >= MOST_RECALLS {
            return self.fail(call, from, cause);
        }
        if let Some(queue) = visit.queue
            && self.enter_queue(call, from, queue, Some(1)).is_ok()
        {
            return;
        }
        let music = Hears::Music(self.house.music().to_owned());
        if let Some(entry) = self.table.get_mut(call) {
            entry.visit.service = Service::Returning { back };
        }
        self.on(call, |call, out| call.serve(from, music, false, out));
    }

    /// The pause is over.
    pub(crate) fn return_again(&mut self, call: CallId, from: LegId) {
        let Some(entry) = self.table.get_mut(call) else { return };
        let Service::Returning { back } = std::mem::take(&mut entry.visit.service) else { return };
        let recalls = entry.visit.recalls;
        let operators_turn = recalls >= BEFORE_OPERATOR && recalls.is_multiple_of(2);
        match self.house.operator().filter(|_| operators_turn) {
            Some(route) => self.ask_operator(call, from, back, route),
            None => self.recall(call, from, back),
        }
    }

    fn ask_operator(&mut self, call: CallId, from: LegId, back: Digits, route: Result<routing::Route, Cause>) {
        if let Some(entry) = self.table.get_mut(call) {
            entry.visit.recalls = entry.visit.recalls.saturating_add(1);
        }
        let purpose = Purpose::Ring { from, why: Reason::Recall { back: back.clone() } };
        let reached = route.and_then(|route| self.reach(call, purpose, route));
        if let Err(cause) = reached {
            self.not_returned(call, from, back, cause.into());
        }
    }
}
