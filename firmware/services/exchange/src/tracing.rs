//! The exchange's own trace: primitives, stages, timers, offers and refusals, beside what the lines note. It says who did what to whom
//! by ids, never by number or name.

use crate::machine::{Exchange, Timer};
use crate::port::Input;
use clock::Monotonic;
use identity::{AgentId, CallId, LegId, LineId, QueueId};
use trace::{Ring, Trace, Way};

/// Records kept: the last minutes of a box of 60 lines at its busiest.
const KEPT: usize = 16_384;

#[derive(Debug)]
pub(crate) struct Notes {
    ring: Ring,
    /// What is being handled.
    pub by: &'static str,
}

impl Default for Notes {
    fn default() -> Notes {
        Notes { ring: Ring::holding(KEPT), by: "start" }
    }
}

pub(crate) fn name_of(input: &Input) -> &'static str {
    match input {
        Input::Leg { indication, .. } => indication.name(),
        Input::Span { .. } => "span",
        Input::SpanAudit { .. } => "audit",
        Input::Registration { .. } => "registration",
        Input::Media(_) => "media",
        Input::Box { .. } => "box",
        Input::Command { .. } => "command",
        Input::Settings(_) => "settings",
    }
}

impl Exchange {
    /// The latest records of all calls.
    pub fn trace(&self) -> &Ring {
        &self.notes.ring
    }

    /// Notes what a line did, as part of the call that its leg is or was of.
    pub fn note(&mut self, at: Monotonic, trace: Trace) {
        let call = match trace.leg() {
            Some(leg) if trace.call().is_none() => self.table.of_leg(leg).or_else(|| self.notes.ring.call_of(leg)),
            _ => None,
        };
        self.notes.ring.push(at, trace.in_call(call));
    }

    pub(crate) fn note_primitive(&mut self, (line, leg): (LineId, LegId), way: Way, name: &'static str) {
        let trace = Trace::Primitive { leg, call: None, line, way, name };
        self.note(self.outbox.now.mono, trace);
    }

    pub(crate) fn note_timer(&mut self, timer: Timer) {
        let name = match timer {
            Timer::Stage(_) => "stage limit",
            Timer::Pause(_) => "recording paused too long",
            Timer::Digits(_) => "digit timer",
            Timer::Flow(_) => "flow timer",
            Timer::Silence(_) => "silence limit",
            Timer::Supervisors(_) => "supervisor's telephone rings",
        };
        self.notes.by = name;
        self.note(self.outbox.now.mono, Trace::TimedOut { leg: None, call: Some(timer.call()), timer: name });
    }

    pub(crate) fn note_offer(&mut self, call: CallId, queue: Option<QueueId>, agent: AgentId, step: &'static str) {
        self.flush();
        self.note(self.outbox.now.mono, Trace::Offer { call, queue, agent, step });
    }

    /// What a leg did before it was known to be of a call belongs to the call.
    pub(crate) fn note_leg_of(&mut self, leg: LegId) {
        if let Some(call) = self.table.of_leg(leg) {
            self.notes.ring.attribute(leg, call);
        }
    }

    /// A call that was refused at once: it is in no table, and its leg's set-up is noted already.
    pub(crate) fn note_refusal(&mut self, leg: LegId, call: CallId) {
        self.notes.ring.attribute(leg, call);
        self.note(self.outbox.now.mono, Trace::Refused { call: Some(call), what: "set-up" });
    }

    pub(crate) fn note_stage(&mut self, call: CallId) {
        self.flush();
        let Some(entry) = self.table.get_mut(call) else { return };
        let to = entry.call.stage().name();
        let from = std::mem::replace(&mut entry.visit.stage, to);
        if from != to {
            let (from, by) = (if from.is_empty() { "-" } else { from }, self.notes.by);
            self.notes.ring.push(self.outbox.now.mono, Trace::CallPhase { call, from, to, by });
        }
    }
}
