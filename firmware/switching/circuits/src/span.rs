use crate::circuit::{Circuit, Misuse, State};
use clock::WallTime;

/// Speech timeslots of an E1 whose timeslot 16 carries signalling (G.704, Q.931): 1 to 15 and 17 to 31.
pub(crate) const SPEECH_SLOTS: usize = 30;

/// Which timeslots a line has, and which of them calls of a trunk group may take: an analog card has few, and telephones at some.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Slots {
    /// One bit a timeslot.
    present: u32,
    trunks: u32,
}

impl Slots {
    /// Timeslots 1 to 15 and 17 to 31, all trunks: an E1 whose timeslot 16 carries signalling.
    pub const E1: Slots = Slots { present: 0xfffe_fffe, trunks: 0xfffe_fffe };

    /// These timeslots; of them `trunks` may be taken for calls out.
    pub fn of(present: &[u8], trunks: &[u8]) -> Slots {
        let bits = |slots: &[u8]| slots.iter().filter(|slot| **slot < 32).fold(0u32, |bits, slot| bits | 1 << slot);
        Slots { present: bits(present), trunks: bits(trunks) }
    }

    fn has(self, slot: u8) -> bool {
        slot < 32 && self.present >> slot & 1 == 1
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Span {
    circuits: Vec<Circuit>,
    pub(crate) signalling: bool,
    pub(crate) alarmed: bool,
    /// Taken out of the configuration while calls are up.
    pub(crate) leaving: bool,
    pub(crate) slots: Slots,
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
        Span { circuits, signalling: false, alarmed: false, leaving: false, slots: Slots::E1, since: now }
    }

    pub(crate) fn circuit(&self, slot: u8) -> Option<&Circuit> {
        self.circuits.get(index(slot)?).filter(|circuit| self.has(slot, circuit))
    }

    pub(crate) fn circuit_mut(&mut self, slot: u8) -> Result<&mut Circuit, Misuse> {
        let slots = self.slots;
        let circuit = index(slot).and_then(|i| self.circuits.get_mut(i));
        circuit.filter(|circuit| slots.has(slot) || circuit.owner().is_some()).ok_or(Misuse::NoSuchCircuit)
    }

    pub(crate) fn circuits(&self) -> impl DoubleEndedIterator<Item = (u8, &Circuit)> {
        let all = self.circuits.iter().enumerate().map(|(i, circuit)| (slot_at(i), circuit));
        all.filter(|(slot, circuit)| self.has(*slot, circuit))
    }

    /// A timeslot that was taken out of the configuration is there until its call is over.
    fn has(&self, slot: u8, circuit: &Circuit) -> bool {
        self.slots.has(slot) || circuit.owner().is_some()
    }

    /// Those that a call of a trunk group may take now.
    pub(crate) fn free_trunks(&self) -> impl DoubleEndedIterator<Item = (u8, &Circuit)> {
        self.circuits().filter(|(slot, circuit)| self.slots.trunks >> slot & 1 == 1 && circuit.free())
    }

    pub(crate) fn count(&self) -> usize {
        self.circuits().count()
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
