//! Analog ports of a real card, by the kernel's driver, with the surface that an analog card of the chassis has.
//!
//! The driver knows hooks, flashes and pulse digits by itself; ringing voltage is put on and taken off in the core's cadence.

use chassis::analog::{StationEvent, TerminalEvent};
use chassis::{AnalogEvent, AnalogKind, Counters, SILENCE, Timeslots};
use clock::{Millis, Monotonic};
use dahdi::{Bank, Channel, ChannelNumber, Control, Error, Event, Law, Signalling};
use std::collections::VecDeque;

/// Events waiting at most.
const WAITING: usize = 256;

/// Longer than any burst: the kernel's own cadence never turns the ring off before the core does.
const BURST: [u16; 2] = [60_000, 1];

/// Milliseconds of our flash, and of the longest that a telephone may make.
const FLASH: (u16, u16) = (500, 800);

/// Speech though on hook, until it is taken back: longer than any message.
const ON_HOOK_SPEECH: u16 = 10_000;

/// How often a line without feed is looked at for its return.
const LOOK: Millis = Millis(50);

/// Ports that the kernel's driver has.
#[derive(Debug)]
pub struct KernelPorts {
    bank: Bank,
    ports: Vec<Port>,
    octets: Vec<u8>,
    events: VecDeque<AnalogEvent>,
    counters: Counters,
    look: Monotonic,
}

#[derive(Clone, Copy, Debug)]
struct Port {
    slot: u8,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Station {
        lifted: bool,
        /// What the driver could not do yet: it refuses while it cuts the feed.
        wanted: Option<Wanted>,
    },
    Terminal {
        rings: bool,
        reversed: bool,
        fed: bool,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Wanted {
    Ring,
    Feed,
}

impl KernelPorts {
    /// Takes ports: the slot that each is to have here, its channel and kind. Each call moves `millis` of audio.
    pub fn open(ports: &[(u8, ChannelNumber, AnalogKind)], millis: u16) -> Result<KernelPorts, Error> {
        let control = Control::open()?;
        control.set_ringing(&BURST)?;
        let mut channels = Vec::with_capacity(ports.len());
        for (_, number, kind) in ports {
            let signalling = match kind {
                AnalogKind::Station => Signalling::Fxs { feed_cut: true },
                AnalogKind::Terminal => Signalling::Fxo { feed_cut: true },
            };
            control.configure_channel(*number, signalling, Law::A)?;
            let channel = Channel::open(*number)?;
            channel.set_flash(FLASH.0, FLASH.1)?;
            if *kind == AnalogKind::Station {
                channel.set_ringing(&BURST)?;
            }
            channels.push(channel);
        }
        let state = |kind| match kind {
            AnalogKind::Station => State::Station { lifted: false, wanted: None },
            AnalogKind::Terminal => State::Terminal { rings: false, reversed: false, fed: true },
        };
        let bank = Bank::new(channels, millis, SILENCE)?;
        Ok(KernelPorts {
            octets: vec![SILENCE; bank.block() * ports.len()],
            bank,
            ports: ports.iter().map(|(slot, _, kind)| Port { slot: *slot, state: state(*kind) }).collect(),
            events: VecDeque::with_capacity(WAITING),
            counters: Counters::default(),
            look: Monotonic(0),
        })
    }

    /// Waits for the card's next block, at most so long. False: none came.
    pub fn wait(&self, millis: u16) -> bool {
        self.bank.wait(millis).unwrap_or(false)
    }

    pub(crate) fn slots(&self) -> impl Iterator<Item = u8> + '_ {
        self.ports.iter().map(|port| port.slot)
    }

    fn place(&self, slot: u8) -> Option<usize> {
        self.ports.iter().position(|port| port.slot == slot)
    }

    /// Asks a port's channel; what it refuses is counted.
    fn ask(&mut self, slot: u8, work: impl FnOnce(&Channel) -> Result<(), Error>) -> bool {
        let channel = self.place(slot).and_then(|place| self.bank.channels().get(place));
        let done = channel.is_some_and(|channel| work(channel).is_ok());
        self.counters.events_dropped += u64::from(!done);
        done
    }

    pub(crate) fn set_hook(&mut self, slot: u8, closed: bool) {
        self.ask(slot, |channel| if closed { channel.off_hook() } else { channel.on_hook() });
    }

    pub(crate) fn ring(&mut self, slot: u8, on: bool) {
        let Some(place) = self.place(slot) else { return };
        let State::Station { lifted, wanted } = &mut self.ports[place].state else { return };
        *wanted = (on && !*lifted).then_some(Wanted::Ring);
        // A lifted telephone has tripped its ring, and to take it off again would take the feed.
        if !on && !*lifted {
            self.ask(slot, Channel::stop_ringing);
        }
        self.catch_up(place);
    }

    pub(crate) fn set_polarity(&mut self, slot: u8, reversed: bool) {
        self.ask(slot, |channel| channel.set_polarity_reversed(reversed));
    }

    pub(crate) fn set_battery(&mut self, slot: u8, feeding: bool) {
        let Some(place) = self.place(slot) else { return };
        let State::Station { lifted, wanted } = &mut self.ports[place].state else { return };
        *wanted = (feeding && *lifted).then_some(Wanted::Feed);
        if !feeding {
            self.ask(slot, Channel::on_hook);
        }
        self.catch_up(place);
    }

    pub(crate) fn set_on_hook_speech(&mut self, slot: u8, on: bool) {
        self.ask(slot, |channel| channel.transmit_on_hook(if on { ON_HOOK_SPEECH } else { 0 }));
    }

    /// Does what the driver would not do before.
    fn catch_up(&mut self, place: usize) {
        let State::Station { wanted, .. } = &mut self.ports[place].state else { return };
        let done = match wanted {
            None => return,
            Some(Wanted::Ring) => self.bank.channels()[place].ring(),
            Some(Wanted::Feed) => self.bank.channels()[place].off_hook(),
        };
        match done {
            Err(Error::Busy(_)) => {}
            Ok(()) => *wanted = None,
            Err(_) => {
                *wanted = None;
                self.counters.events_dropped += 1;
            }
        }
    }

    pub(crate) fn transmit(&mut self, spoken: &Timeslots) {
        let block = self.bank.block();
        for (port, place) in self.ports.iter().zip(self.octets.chunks_exact_mut(block)) {
            place.copy_from_slice(spoken.slot(port.slot));
        }
        let before = self.bank.counts().not_written;
        // A card that is gone is told by its reads.
        let _gone = self.bank.write(&self.octets);
        self.counters.overruns += self.bank.counts().not_written - before;
    }

    pub(crate) fn receive(&mut self, now: Monotonic, heard: &mut Timeslots) {
        let mut told = Vec::new();
        let before = self.bank.counts().not_read;
        if self.bank.read(&mut self.octets, |place, event| told.push((place, event))).is_err() {
            return heard.silence();
        }
        self.counters.underruns += self.bank.counts().not_read - before;
        self.counters.frames_received += heard.frames() as u64;
        for (port, block) in self.ports.iter().zip(self.octets.chunks_exact(self.bank.block())) {
            heard.slot_mut(port.slot).copy_from_slice(block);
        }
        for (place, event) in told {
            self.take(place, event);
        }
        (0..self.ports.len()).for_each(|place| self.catch_up(place));
        if now >= self.look {
            self.look = now + LOOK;
            self.look_for_feed();
        }
    }

    fn take(&mut self, place: usize, event: Event) {
        let Some(port) = self.ports.get_mut(place) else { return };
        let slot = port.slot;
        match &mut port.state {
            State::Station { lifted, wanted } => {
                let told = match event {
                    Event::RingOffHook => {
                        (*lifted, *wanted) = (true, Some(Wanted::Feed));
                        vec![StationEvent::OffHook]
                    }
                    Event::OnHook => {
                        (*lifted, *wanted) = (false, None);
                        self.ask(slot, Channel::on_hook);
                        vec![StationEvent::OnHook]
                    }
                    Event::WinkFlash => vec![StationEvent::Flash],
                    Event::PulseDigit(digit) => vec![StationEvent::Pulse; pulses(digit)],
                    _ => Vec::new(),
                };
                told.into_iter().for_each(|event| self.tell(AnalogEvent::Station { slot, event }));
            }
            State::Terminal { rings, reversed, fed } => {
                let event = match event {
                    Event::RingBegin => {
                        *rings = true;
                        TerminalEvent::RingBegan
                    }
                    Event::RingOffHook if *rings => {
                        *rings = false;
                        TerminalEvent::RingEnded
                    }
                    Event::Polarity => {
                        *reversed = !*reversed;
                        TerminalEvent::Polarity { reversed: *reversed }
                    }
                    Event::OnHook | Event::AlarmBegan if *fed => {
                        *fed = false;
                        TerminalEvent::Battery { feeding: false }
                    }
                    _ => return,
                };
                self.tell(AnalogEvent::Terminal { slot, event });
            }
        }
    }

    /// The driver tells when feed goes, but not on every line when it returns.
    fn look_for_feed(&mut self) {
        for place in 0..self.ports.len() {
            let Port { slot, state: State::Terminal { fed: fed @ false, .. } } = &mut self.ports[place] else {
                continue;
            };
            if self.bank.channels()[place].status().is_ok_and(|status| status.off_hook) {
                *fed = true;
                let event = AnalogEvent::Terminal { slot: *slot, event: TerminalEvent::Battery { feeding: true } };
                self.tell(event);
            }
        }
    }

    /// Tells anew how each pair is: for signalling that begins while telephones are off hook.
    pub(crate) fn tell_again(&mut self) {
        for port in self.ports.clone() {
            match port.state {
                State::Station { lifted: true, .. } => {
                    self.tell(AnalogEvent::Station { slot: port.slot, event: StationEvent::OffHook });
                }
                State::Terminal { fed: false, .. } => {
                    let event = TerminalEvent::Battery { feeding: false };
                    self.tell(AnalogEvent::Terminal { slot: port.slot, event });
                }
                State::Station { .. } | State::Terminal { .. } => {}
            }
        }
    }

    fn tell(&mut self, event: AnalogEvent) {
        if self.events.len() < WAITING {
            self.events.push_back(event);
        } else {
            self.counters.events_dropped += 1;
        }
    }

    pub(crate) fn poll(&mut self) -> Option<AnalogEvent> {
        self.events.pop_front()
    }

    pub(crate) fn counters(&self) -> Counters {
        self.counters
    }
}

/// The pulses of a digit: 0 has ten.
fn pulses(digit: u8) -> usize {
    match digit {
        b'1'..=b'9' => usize::from(digit - b'0'),
        b'0' => 10,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nought_has_ten_pulses() {
        assert_eq!([b'1', b'9', b'0', b'*'].map(pulses), [1, 9, 10, 0]);
    }
}
