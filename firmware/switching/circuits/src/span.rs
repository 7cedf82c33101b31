use crate::circuit::{Circuit, Misuse, State};
use clock::WallTime;

/// Speech timeslots of an E1 whose timeslot 16 carries signalling (G.704, Q.931): 1 to 15 and 17 to 31.
pub(crate) const SPEECH_SLOTS: usize = 30;

#[derive(Clone, Debug)]
pub(crate) struct Span {
    circuits: Vec<Circuit>,
    pub(crate) signalling: bool,
    pub(crate) alarmed: bool,
    /// Taken out of the configuration while calls are up.
    pub(crate) leaving: bool,
    pub(crate) since: WallTime,
}

fn index(slot: u8) -> Option<usize> {
    match slot {
        1..=15 => Some(usize::from(slot) - 1),
        17..=31 => Some(usize::from(slot) - 2),
        _ => None,
    }
}

/// The timeslot at a place of the list: the inverse of [`index`].
fn slot_at(index: usize) -> u8 {
    let slot = index as u8 + 1;
    if slot > 15 { slot + 1 } else { slot }
}

impl Span {
    pub(crate) fn new(now: WallTime) -> Span {
        let circuits = (0..SPEECH_SLOTS).map(|_| Circuit::new(now)).collect();
        Span { circuits, signalling: false, alarmed: false, leaving: false, since: now }
    }

    pub(crate) fn circuit(&self, slot: u8) -> Option<&Circuit> {
        self.circuits.get(index(slot)?)
    }

    pub(crate) fn circuit_mut(&mut self, slot: u8) -> Result<&mut Circuit, Misuse> {
        index(slot).and_then(|i| self.circuits.get_mut(i)).ok_or(Misuse::NoSuchCircuit)
    }

    pub(crate) fn circuits(&self) -> impl DoubleEndedIterator<Item = (u8, &Circuit)> {
        self.circuits.iter().enumerate().map(|(i, circuit)| (slot_at(i), circuit))
    }

    pub(crate) fn in_service(&self) -> bool {
        self.signalling && !self.alarmed && !self.leaving
    }

    pub(crate) fn all_free(&self) -> bool {
        self.circuits.iter().all(|c| c.owner().is_none())
    }

    pub(crate) fn state(&self, circuit: &Circuit) -> (State, WallTime) {
        match circuit.state() {
            seized @ State::Seized { .. } => (seized, circuit.since),
            _ if !self.in_service() => (State::OutOfService, self.since.max(circuit.since)),
            other => (other, self.since.max(circuit.since)),
        }
    }
}
