//! The invariants of the exchange, checked after each step by the simulation, and per call in production.

use crate::machine::Exchange;
use identity::{AgentId, CallId, LegId};
use std::collections::BTreeSet;

/// An invariant that does not hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Violation {
    Circuit(circuits::Violation),
    /// A call contradicts itself.
    Call {
        call: CallId,
        what: &'static str,
    },
    /// A timer runs for a call that is over.
    TimerAtRest {
        call: CallId,
    },
    /// A leg belongs to a call that is not there, or does not know it.
    LostLeg {
        leg: LegId,
        call: CallId,
    },
    /// An agent is offered more than one call, or one that is not ringing it.
    Offer {
        agent: AgentId,
        call: CallId,
    },
    /// More calls than the box has room for.
    TooManyCalls {
        calls: usize,
        most: usize,
    },
    /// A fault that was noted while it happened.
    Noted(String),
}

/// Counts for the support dump.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counters {
    /// Legs refused because the box was full or their circuit was not free, and messages that named what is not there.
    pub refused: u64,
    /// Recordings whose length differs from the talk they cover.
    pub short_recordings: u64,
    /// Telephones from which nothing comes now, and those taken for dead.
    pub silent: u64,
    pub dead: u64,
    /// Circuits that the channel audit cleared.
    pub healed: u64,
    /// Broken invariants that are remembered, at most 64.
    pub faults: u64,
}

impl Exchange {
    /// Everything that is wrong now. Empty after each input, or there is a fault of ours.
    pub fn audit(&self) -> Vec<Violation> {
        let mut wrong: Vec<Violation> = self
            .circuits
            .audit(|leg| self.table.call(self.table.of_leg(leg)?)?.leg(leg)?.seized())
            .into_iter()
            .map(Violation::Circuit)
            .collect();
        for (id, entry) in self.table.iter() {
            wrong.extend(entry.call.audit().into_iter().map(|what| Violation::Call { call: id, what }));
        }
        for timer in self.timers.running() {
            let call = timer.call();
            if self.table.get(call).is_none_or(|entry| entry.visit.closed) {
                wrong.push(Violation::TimerAtRest { call });
            }
        }
        for (leg, call) in self.table.legs() {
            if self.table.call(call).is_none_or(|c| c.leg(leg).is_none()) {
                wrong.push(Violation::LostLeg { leg, call });
            }
        }
        let in_room = |call| self.table.call(call).and_then(crate::meetings::room_of);
        let strays = self.meetings.strays(in_room);
        wrong.extend(strays.map(|call| Violation::Call { call, what: "a room counts who is not in it" }));
        wrong.extend(self.audit_offers());
        let most = self.capacity() + self.reserve();
        if self.table.len() > most {
            wrong.push(Violation::TooManyCalls { calls: self.table.len(), most });
        }
        wrong.extend(self.board.faults().map(|fault| Violation::Noted(fault.to_owned())));
        wrong
    }

    fn audit_offers(&self) -> Vec<Violation> {
        let mut wrong = Vec::new();
        let mut agents = BTreeSet::new();
        for (agent, call) in self.acd.offers() {
            let rings = self.table.call(call).is_some_and(|c| match *c.stage() {
                calls::Stage::Served { offer: Some(leg), .. } => c.leg(leg).is_some_and(|l| l.agent == Some(agent)),
                _ => false,
            });
            if !agents.insert(agent) || !rings {
                wrong.push(Violation::Offer { agent, call });
            }
        }
        wrong
    }

    /// What was counted since the start.
    pub fn counters(&self) -> Counters {
        let faults = self.board.faults().count() as u64;
        Counters {
            refused: self.board.refused,
            short_recordings: self.board.short_recordings,
            silent: self.far_ends.silent_now() as u64,
            dead: self.far_ends.cleared,
            healed: self.suspects.healed,
            faults,
        }
    }

    /// How many calls are up or in after-call work, and how many are waiting in queues.
    pub fn load(&self) -> (usize, usize) {
        (self.table.len(), self.acd.waiting())
    }
}
