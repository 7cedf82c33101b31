//! What who looks after lines asks of one circuit: how it is, and to test it. A circuit under test is blocked, idle, and in nobody's plan;
//! what the test finds is told by the lines, who carry it out.

use crate::machine::Exchange;
use crate::port::Effect;
use circuits::State;
use desk::{CircuitView, Refusal};
use identity::{CircuitId, SpanId};
use legs::LineTest;

impl Exchange {
    pub(crate) fn test_circuit(&mut self, circuit: CircuitId, test: Option<LineTest>) -> Result<(), Refusal> {
        let Some(test) = test else {
            self.circuits.state(circuit).ok_or(Refusal::NoSuchCircuit)?;
            self.end_test(circuit);
            return Ok(());
        };
        // An alarm, or signalling that is down, is a reason to test: what the circuit itself is doing counts.
        let (state, _) = self.circuits.state(circuit).ok_or(Refusal::NoSuchCircuit)?;
        let ours = self.circuits.blocked_by_us(circuit);
        if !ours || matches!(state, State::Seized { .. } | State::Restarting) {
            return Err(Refusal::NotBlocked);
        }
        self.tests.insert(circuit, test);
        self.effect(Effect::TestCircuit { circuit, test: Some(test) });
        Ok(())
    }

    /// A circuit that goes back into service, or is taken out of it anew, is tested no more.
    pub(crate) fn end_test(&mut self, circuit: CircuitId) {
        if self.tests.remove(&circuit).is_some() {
            self.effect(Effect::TestCircuit { circuit, test: None });
        }
    }

    pub fn has_span(&self, span: SpanId) -> bool {
        self.circuits.has_span(span)
    }

    /// What the exchange knows of a circuit.
    pub fn circuit_view(&self, circuit: CircuitId) -> Option<CircuitView> {
        let (state, since) = self.circuits.state(circuit)?;
        let slot = self.slot_view(circuit, state, since);
        Some(CircuitView {
            circuit,
            state: slot.state,
            since,
            blocked_by_us: self.circuits.blocked_by_us(circuit),
            blocked_by_peer: self.circuits.blocked_by_peer(circuit),
            leg: self.circuits.owner(circuit),
            call: slot.call,
            last_leg: self.circuits.last_leg(circuit),
            test: self.tests.get(&circuit).copied(),
        })
    }
}
