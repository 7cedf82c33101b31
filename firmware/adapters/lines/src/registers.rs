//! The card's side of spans with CAS: signalling bits, and the registers' multifrequency signals.

use crate::card::Card;
use crate::rings::{FromCard, ToCard};
use chassis::{Abcd, SLOTS, Timeslots};
use detect::PairDetector;
use r2::{BACKWARD_HZ, Direction, FORWARD_HZ, Signal};
use tones::Oscillator;

/// Of each of the two frequencies (Q.454 4.4.1: -11.5 +-1 dBm0).
const LEVEL_DBM0: f64 = -11.5;

/// Timeslots of a span. All that they need is made at the start: nothing here allocates later.
#[derive(Debug)]
pub(crate) struct Registers {
    slots: Vec<Slot>,
}

#[derive(Debug)]
struct Slot {
    /// The bits that were told last.
    bits: Option<Abcd>,
    forward: PairDetector,
    backward: PairDetector,
    listening: Option<Direction>,
    sounding: Option<(Oscillator, Oscillator)>,
    /// Heard while the ring was full.
    untold: Option<Option<Signal>>,
}

impl Default for Registers {
    fn default() -> Registers {
        Registers { slots: (0..SLOTS).map(|_| Slot::new()).collect() }
    }
}

impl Registers {
    pub(crate) fn obey(&mut self, order: ToCard) {
        match order {
            ToCard::CasBegins => self.slots.iter_mut().for_each(Slot::rest),
            ToCard::Sound { slot, direction, signal } => {
                if let Some(slot) = self.slots.get_mut(usize::from(slot)) {
                    slot.sounding = signal.map(|signal| tones_of(signal, direction));
                }
            }
            ToCard::Listen { slot, direction } => {
                if let Some(slot) = self.slots.get_mut(usize::from(slot)) {
                    slot.listen(direction);
                }
            }
            ToCard::Frame(_)
            | ToCard::Framing(_)
            | ToCard::Line(_)
            | ToCard::Cas { .. }
            | ToCard::Ears(_)
            | ToCard::Ear { .. }
            | ToCard::CancelEcho(_)
            | ToCard::SendAis(_)
            | ToCard::Inject(..)
            | ToCard::Test { .. }
            | ToCard::PortsBegin { .. }
            | ToCard::Port { .. } => {}
        }
    }

    pub(crate) fn works(&self, slot: u8) -> bool {
        self.slots.get(usize::from(slot)).is_some_and(Slot::works)
    }

    /// While a register works, its signals are all that the far end hears.
    pub(crate) fn speak(&mut self, spoken: &mut Timeslots) {
        for (slot, number) in self.slots.iter_mut().zip(0..) {
            if slot.works() {
                slot.speak(spoken.slot_mut(number));
            }
        }
    }

    /// A signal is sent once: who speaks next finds silence.
    pub(crate) fn silence(&self, spoken: &mut Timeslots) {
        for (_, number) in self.slots.iter().zip(0..).filter(|(slot, _)| slot.works()) {
            spoken.slot_mut(number).fill(chassis::SILENCE);
        }
    }

    /// Tells bits that differ from those told last. `tell` says whether it took them.
    pub(crate) fn see(&mut self, card: &Card, tell: &mut impl FnMut(FromCard) -> bool) {
        for (slot, number) in self.slots.iter_mut().zip(0..) {
            let bits = card.cas(number).filter(|bits| slot.bits != Some(*bits));
            if let Some(abcd) = bits
                && tell(FromCard::Cas { slot: number, abcd })
            {
                slot.bits = Some(abcd);
            }
        }
    }

    /// Hears what came; while a register works, nobody else hears it.
    pub(crate) fn listen(&mut self, heard: &mut Timeslots, tell: &mut impl FnMut(FromCard) -> bool) {
        for (slot, number) in self.slots.iter_mut().zip(0..) {
            if let Some(direction) = slot.listening {
                let octets = heard.slot_mut(number);
                slot.hear(direction, octets, |signal| tell(FromCard::Heard { slot: number, signal }));
                octets.fill(chassis::SILENCE);
            }
        }
    }
}

impl Slot {
    fn new() -> Slot {
        Slot {
            bits: None,
            forward: PairDetector::new(FORWARD_HZ),
            backward: PairDetector::new(BACKWARD_HZ),
            listening: None,
            sounding: None,
            untold: None,
        }
    }

    fn rest(&mut self) {
        self.bits = None;
        self.listening = None;
        self.sounding = None;
        self.untold = None;
    }

    fn works(&self) -> bool {
        self.listening.is_some() || self.sounding.is_some()
    }

    fn listen(&mut self, direction: Option<Direction>) {
        self.listening = direction;
        self.untold = None;
        match direction {
            Some(Direction::Forward) => self.forward.reset(),
            Some(Direction::Backward) => self.backward.reset(),
            None => {}
        }
    }

    fn speak(&mut self, octets: &mut [u8]) {
        match &mut self.sounding {
            Some((low, high)) => octets.fill_with(|| pcm::alaw::encode((low.sample() + high.sample()) as i16)),
            None => octets.fill(chassis::SILENCE),
        }
    }

    fn hear(&mut self, direction: Direction, octets: &[u8], mut tell: impl FnMut(Option<Signal>) -> bool) {
        let Slot { forward, backward, untold, .. } = self;
        *untold = untold.filter(|signal| !tell(*signal));
        let detector = match direction {
            Direction::Forward => forward,
            Direction::Backward => backward,
        };
        for octet in octets {
            detector.hear(&[pcm::alaw::decode(*octet)], |pair| {
                let signal = pair.and_then(|(low, high)| Signal::of_pair(low, high));
                *untold = (untold.is_some() || !tell(signal)).then_some(signal);
            });
        }
    }
}

fn tones_of(signal: Signal, direction: Direction) -> (Oscillator, Oscillator) {
    let (one, other) = signal.frequencies(direction);
    (Oscillator::new(one.into(), LEVEL_DBM0), Oscillator::new(other.into(), LEVEL_DBM0))
}
