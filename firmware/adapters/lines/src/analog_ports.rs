//! The media thread's side of an analog card: its ports' hooks, sounds and ears, every 5 ms.

use crate::ear::Ear;
use crate::echoes::Echo;
use crate::kernel_ports::KernelPorts;
use crate::mouth::Mouth;
use crate::port_orders::{PortNews, PortOrder, PortSound};
use analog::{Listen, Seen};
use chassis::analog::{StationEvent, TerminalEvent};
use chassis::{AnalogCard, AnalogEvent, Counters, Direction, Fault, Timeslots};
use clock::Monotonic;
use legs::Alarms;
use std::sync::Arc;
use tones::Tones;

/// An analog card with what its ports sound and hear by themselves.
#[derive(Debug)]
pub(crate) struct AnalogPorts {
    card: Below,
    ports: Vec<Port>,
}

/// Who drives the pairs.
#[derive(Debug)]
pub(crate) enum Below {
    Chassis(Box<AnalogCard>),
    Kernel(Box<KernelPorts>),
}

impl Below {
    fn slots(&self) -> Vec<u8> {
        match self {
            Below::Chassis(card) => card.ports().map(|(slot, _)| slot).collect(),
            Below::Kernel(card) => card.slots().collect(),
        }
    }
}

/// The same few words to either.
macro_rules! either {
    ($below:expr, $card:ident => $words:expr) => {
        match $below {
            Below::Chassis($card) => $words,
            Below::Kernel($card) => $words,
        }
    };
}

#[derive(Debug)]
struct Port {
    slot: u8,
    mouth: Mouth,
    ear: Ear,
    /// Keys or a message came to their end.
    sounded: bool,
    /// The loop is closed: only then there is a call, and a hybrid that sees its line.
    closed: bool,
    echo: Option<Box<Echo>>,
}

impl AnalogPorts {
    pub(crate) fn new(card: Below) -> AnalogPorts {
        let tones = Arc::new(Tones::default());
        let port = |slot| Port {
            slot,
            mouth: Mouth::new(tones.clone()),
            ear: Ear::new(),
            sounded: false,
            closed: false,
            echo: None,
        };
        AnalogPorts { ports: card.slots().into_iter().map(port).collect(), card }
    }

    pub(crate) fn slots(&self) -> impl Iterator<Item = u8> + '_ {
        self.ports.iter().map(|port| port.slot)
    }

    /// None: nothing to wait for.
    pub(crate) fn wait(&self, millis: u16) -> Option<bool> {
        match &self.card {
            Below::Chassis(_) => None,
            Below::Kernel(card) => card.wait(millis),
        }
    }

    pub(crate) fn obey(&mut self, slot: u8, order: &PortOrder) {
        match order {
            PortOrder::Hook { off } => {
                either!(&mut self.card, card => card.set_hook(slot, *off));
                self.close(slot, *off);
            }
            PortOrder::Ring { on } => either!(&mut self.card, card => card.ring(slot, *on)),
            PortOrder::Polarity { reversed } => either!(&mut self.card, card => card.set_polarity(slot, *reversed)),
            PortOrder::Battery { feeding } => either!(&mut self.card, card => card.set_battery(slot, *feeding)),
            PortOrder::OnHookSpeech { on } => either!(&mut self.card, card => card.set_on_hook_speech(slot, *on)),
            PortOrder::Inject(fault) => {
                // Faults of a real pair are its own.
                if let Below::Chassis(card) = &mut self.card {
                    card.inject_pair(slot, *fault);
                }
            }
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

    /// New signalling begins, on one port or all: nothing sounds, nobody is listened to, and what the pairs show is told again.
    pub(crate) fn begin(&mut self, only: Option<u8>) {
        for port in self.ports.iter_mut().filter(|port| only.is_none_or(|slot| slot == port.slot)) {
            port.mouth.say(&PortSound::Nothing);
            port.ear.listen(Listen::NOTHING);
            port.sounded = false;
            port.closed = false;
        }
        either!(&mut self.card, card => card.tell_again(only));
    }

    /// Whether the echo of the ports' hybrids is taken off, in blocks of so many octets.
    pub(crate) fn set_cancel_echo(&mut self, wanted: bool, octets: usize) {
        if let Below::Kernel(card) = &mut self.card {
            card.set_cancel_echo(wanted);
        }
        for port in &mut self.ports {
            port.echo = wanted.then(|| Box::new(Echo::new(octets)));
        }
    }

    /// Takes it off, unless the card has done so.
    pub(crate) fn cancel_echo(&mut self, heard: &mut Timeslots) {
        let own = match &self.card {
            Below::Chassis(_) => false,
            Below::Kernel(card) => card.cancels_echo(),
        };
        for port in self.ports.iter_mut().filter(|port| port.closed && !own) {
            if let Some(echo) = &mut port.echo {
                echo.cancel(heard.slot_mut(port.slot));
            }
        }
    }

    fn close(&mut self, slot: u8, closed: bool) {
        if let Some(port) = self.port(slot) {
            port.closed = closed;
        }
    }

    fn port(&mut self, slot: u8) -> Option<&mut Port> {
        self.ports.iter_mut().find(|port| port.slot == slot)
    }

    pub(crate) fn transmit(&mut self, now: Monotonic, spoken: &mut Timeslots) {
        for port in &mut self.ports {
            port.sounded |= port.mouth.fill(spoken.slot_mut(port.slot));
            if let Some(echo) = &mut port.echo {
                echo.send(spoken.slot(port.slot));
            }
        }
        match &mut self.card {
            Below::Chassis(card) => card.transmit(now, spoken),
            Below::Kernel(card) => card.transmit(spoken),
        }
    }

    /// Receives what is to be heard, and tells what was seen and heard on the way.
    pub(crate) fn receive(&mut self, now: Monotonic, heard: &mut Timeslots, mut tell: impl FnMut(u8, PortNews)) {
        either!(&mut self.card, card => card.receive(now, heard));
        while let Some(event) = either!(&mut self.card, card => card.poll()) {
            let (slot, seen) = match event {
                AnalogEvent::Station { slot, event } => (slot, station(event)),
                AnalogEvent::Terminal { slot, event } => (slot, terminal(event)),
            };
            match seen {
                Seen::OffHook => self.close(slot, true),
                Seen::OnHook => self.close(slot, false),
                _ => {}
            }
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
        if let Below::Chassis(card) = &mut self.card {
            card.inject(direction, fault);
        }
    }

    /// The card's alarms, if they changed: a simulated card is always there.
    pub(crate) fn new_alarms(&mut self) -> Option<Alarms> {
        match &mut self.card {
            Below::Chassis(_) => None,
            Below::Kernel(card) => card.new_alarms(),
        }
    }

    pub(crate) fn counters(&self) -> Counters {
        either!(&self.card, card => card.counters())
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
