//! Circuits under test: blocked, idle, and in nobody's plan. What a test finds is told by the lines, who carry it out.

use crate::machine::Exchange;
use crate::port::Effect;
use circuits::State;
use desk::Refusal;
use identity::CircuitId;
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

    /// What a circuit is tested for now.
    pub fn test_of(&self, circuit: CircuitId) -> Option<LineTest> {
        self.tests.get(&circuit).copied()
    }
}
