//! The media thread's side of an analog card: its ports' hooks, sounds and ears, every 5 ms.

use crate::ear::Ear;
use crate::mouth::Mouth;
use crate::port_orders::{PortNews, PortOrder, PortSound};
use analog::{Listen, Seen};
use chassis::analog::{StationEvent, TerminalEvent};
use chassis::{AnalogCard, AnalogEvent, Counters, Direction, Fault, Timeslots};
use clock::Monotonic;
use std::sync::Arc;
use tones::Tones;

/// An analog card with what its ports sound and hear by themselves.
#[derive(Debug)]
pub(crate) struct AnalogPorts {
    card: AnalogCard,
    ports: Vec<Port>,
}

#[derive(Debug)]
struct Port {
    slot: u8,
    mouth: Mouth,
    ear: Ear,
    /// Keys or a message came to their end.
    sounded: bool,
}

impl AnalogPorts {
    pub(crate) fn new(card: AnalogCard) -> AnalogPorts {
        let tones = Arc::new(Tones::default());
        let port = |slot| Port { slot, mouth: Mouth::new(tones.clone()), ear: Ear::new(), sounded: false };
        AnalogPorts { ports: card.ports().map(|(slot, _)| port(slot)).collect(), card }
    }

    pub(crate) fn obey(&mut self, slot: u8, order: &PortOrder) {
        match order {
            PortOrder::Hook { off } => self.card.set_hook(slot, *off),
            PortOrder::Ring { on } => self.card.ring(slot, *on),
            PortOrder::Polarity { reversed } => self.card.set_polarity(slot, *reversed),
            PortOrder::Battery { feeding } => self.card.set_battery(slot, *feeding),
            PortOrder::OnHookSpeech { on } => self.card.set_on_hook_speech(slot, *on),
            PortOrder::Inject(fault) => self.card.inject_pair(slot, *fault),
            PortOrder::Sound(sound) => {
                if let Some(port) = self.port(slot) {
                    port.mouth.say(sound);
                    port.sounded = false;
                }
            }
            PortOrder::Listen(listen) => {
                if let Some(port) = self.port(slot) {
                    port.ear.listen(*listen);
                }
            }
        }
    }

    /// New signalling begins: nothing sounds, nobody is listened to, and what the pairs show is told again.
    pub(crate) fn begin(&mut self) {
        for port in &mut self.ports {
            port.mouth.say(&PortSound::Nothing);
            port.ear.listen(Listen::NOTHING);
            port.sounded = false;
        }
        self.card.tell_again();
    }

    fn port(&mut self, slot: u8) -> Option<&mut Port> {
        self.ports.iter_mut().find(|port| port.slot == slot)
    }

    pub(crate) fn transmit(&mut self, now: Monotonic, spoken: &mut Timeslots) {
        for port in &mut self.ports {
            port.sounded |= port.mouth.fill(spoken.slot_mut(port.slot));
        }
        self.card.transmit(now, spoken);
    }

    /// Receives what is to be heard, and tells what was seen and heard on the way.
    pub(crate) fn receive(&mut self, now: Monotonic, heard: &mut Timeslots, mut tell: impl FnMut(u8, PortNews)) {
        self.card.receive(now, heard);
        while let Some(event) = self.card.poll() {
            let (slot, seen) = match event {
                AnalogEvent::Station { slot, event } => (slot, station(event)),
                AnalogEvent::Terminal { slot, event } => (slot, terminal(event)),
            };
            tell(slot, PortNews::Seen(seen));
        }
        for port in &mut self.ports {
            let slot = port.slot;
            if std::mem::take(&mut port.sounded) {
                tell(slot, PortNews::Sounded);
            }
            port.ear.hear(heard.slot(slot), |heard| tell(slot, PortNews::Heard(heard)));
        }
    }

    pub(crate) fn inject(&mut self, direction: Direction, fault: Fault) {
        self.card.inject(direction, fault);
    }

    pub(crate) fn counters(&self) -> Counters {
        self.card.counters()
    }
}

fn station(event: StationEvent) -> Seen {
    match event {
        StationEvent::OffHook => Seen::OffHook,
        StationEvent::OnHook => Seen::OnHook,
        StationEvent::Flash => Seen::Flash,
        StationEvent::Pulse => Seen::Pulse,
    }
}

fn terminal(event: TerminalEvent) -> Seen {
    match event {
        TerminalEvent::RingBegan => Seen::Ring { on: true },
        TerminalEvent::RingEnded => Seen::Ring { on: false },
        TerminalEvent::Polarity { reversed } => Seen::Polarity { reversed },
        TerminalEvent::Battery { feeding } => Seen::Battery { feeding },
    }
}
