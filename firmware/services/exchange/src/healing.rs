//! The channel audit: what a span's signalling has is compared with what the exchange believes. A difference that two audits in a row find is
//! a fault, of ours or of the far end's; the circuit is cleared, and an alarm says so. Without it one lost message would leave a circuit
//! seized until a restart of the box.
//!
//! | found | done |
//! |---|---|
//! | a circuit of a leg that the signalling does not have | the leg is released, the circuit restarted |
//! | a circuit of a leg that no call has | the circuit is cleared and restarted |
//! | a leg of the signalling that no call has | it is released; its circuit restarted |
//! | a restart that was never answered, or given up | it is asked for again |
//! | a good line without signalling | an alarm |

use crate::machine::Exchange;
use crate::port::Effect;
use desk::AlarmKind;
use identity::{CircuitId, LegId, LineId, SpanId};
use legs::{LegIndication, LegRequest, SpanRequest};
use numbering::{Cause, ClearCause};
use std::collections::{BTreeMap, BTreeSet};

/// Audits in a row that must find the same: what crosses between the two is over by then.
const ROUNDS: u8 = 2;

/// Audits between two attempts to restart a circuit whose restart was given up.
const RESTART_AGAIN: u8 = 4;

/// What earlier audits found, and how many in a row.
#[derive(Debug, Default)]
pub(crate) struct Suspects {
    found: BTreeMap<(SpanId, Finding), u8>,
    /// Circuits cleared since the start.
    pub healed: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Finding {
    /// The exchange's leg is unknown to the signalling.
    Forgotten { slot: u8, leg: LegId },
    /// No call has the leg of a circuit.
    Ownerless { slot: u8, leg: LegId },
    /// No call has the signalling's leg.
    Stray { slot: Option<u8>, leg: LegId },
    /// A restart is unanswered, and for how long it is, the counter tells.
    Unrestarted { slot: u8, given_up: bool },
}

impl Exchange {
    /// Compares a span with its signalling.
    pub(crate) fn audit_span(&mut self, span: SpanId, legs: &[(LegId, Option<u8>)]) {
        let found = self.findings(span, legs);
        self.suspects.found.retain(|(of, finding), _| *of != span || found.contains(finding));
        for finding in found {
            let rounds = self.suspects.found.entry((span, finding)).or_default();
            *rounds = rounds.saturating_add(1);
            let enough = match finding {
                Finding::Unrestarted { given_up: true, .. } => RESTART_AGAIN,
                _ => ROUNDS,
            };
            if *rounds >= enough {
                self.suspects.found.remove(&(span, finding));
                self.heal(span, finding);
            }
        }
        self.miss_signalling(span);
    }

    fn findings(&self, span: SpanId, legs: &[(LegId, Option<u8>)]) -> BTreeSet<Finding> {
        let there: BTreeSet<LegId> = legs.iter().map(|(leg, _)| *leg).collect();
        let mut found = BTreeSet::new();
        for (slot, leg) in self.circuits.owned(span) {
            if self.table.of_leg(leg).is_none() {
                found.insert(Finding::Ownerless { slot, leg });
            } else if !there.contains(&leg) {
                found.insert(Finding::Forgotten { slot, leg });
            }
        }
        let strays = legs.iter().filter(|(leg, _)| self.table.of_leg(*leg).is_none());
        found.extend(strays.map(|(leg, slot)| Finding::Stray { slot: *slot, leg: *leg }));
        // While the span is down nobody would answer.
        if self.lines.span(span).up {
            let waiting = self.circuits.unrestarted(span);
            found.extend(waiting.map(|(slot, given_up)| Finding::Unrestarted { slot, given_up }));
        }
        found
    }

    fn heal(&mut self, span: SpanId, finding: Finding) {
        let cause: ClearCause = Cause::TemporaryFailure.into();
        let now = self.now().wall;
        match finding {
            Finding::Forgotten { slot, leg } => {
                self.healed(span, Some(slot));
                self.leg_indicated(LineId::Span(span), leg, LegIndication::Released { cause });
                self.restart(CircuitId { span, slot });
            }
            Finding::Ownerless { slot, .. } => {
                self.healed(span, Some(slot));
                self.circuits.clear(CircuitId { span, slot }, now);
                self.restart(CircuitId { span, slot });
            }
            Finding::Stray { slot, leg } => {
                self.healed(span, slot);
                self.effect(Effect::Leg { line: LineId::Span(span), leg, request: LegRequest::Release { cause } });
                if let Some(slot) = slot.filter(|slot| self.circuits.owner(CircuitId { span, slot: *slot }).is_none()) {
                    self.restart(CircuitId { span, slot });
                }
            }
            Finding::Unrestarted { slot, .. } => self.restart(CircuitId { span, slot }),
        }
    }

    fn healed(&mut self, span: SpanId, slot: Option<u8>) {
        self.suspects.healed += 1;
        self.momentary_alarm(span, slot, AlarmKind::CircuitHealed);
        let what = "audit: a circuit without a call was cleared";
        self.note(self.outbox.now.mono, trace::Trace::Span { span, what });
    }

    fn restart(&mut self, circuit: CircuitId) {
        let CircuitId { span, slot } = circuit;
        // A slot that carries no speech has no state to keep.
        self.circuits.restarting(circuit, self.outbox.now.wall).ok();
        self.effect(Effect::Span { span, request: SpanRequest::RestartCircuit { slot } });
    }

    /// A line without alarm whose signalling does not come.
    fn miss_signalling(&mut self, span: SpanId) {
        if !self.circuits.has_span(span) {
            return;
        }
        let line = self.lines.span_mut(span);
        if line.up || line.missed || line.alarms.out_of_service() {
            line.found_down = 0;
            return;
        }
        line.found_down += 1;
        if line.found_down >= ROUNDS {
            line.missed = true;
            self.board.touched.spans.insert(span);
        }
    }
}
