//! Analog ports of a real card, by the kernel's driver, with the surface that an analog card of the chassis has.
//!
//! The driver knows hooks, flashes and pulse digits by itself; ringing voltage is put on and taken off in the core's cadence.

use chassis::analog::{StationEvent, TerminalEvent};
use chassis::{AnalogEvent, AnalogKind, Counters, SILENCE, Timeslots};
use clock::{Millis, Monotonic};
use dahdi::discovery::{self, Place};
use dahdi::{Bank, Channel, ChannelNumber, Control, Error, Event, Law, Signalling, SpanNumber, Subject};
use legs::Alarms;
use std::collections::VecDeque;

/// Events waiting at most.
const WAITING: usize = 256;

/// Longer than any burst: the kernel's own cadence never turns the ring off before the core does.
const BURST: [u16; 2] = [60_000, 1];

/// Milliseconds of our flash, and of the longest that a telephone may make.
const FLASH: (u16, u16) = (500, 800);

/// Speech though on hook, until it is taken back: longer than any message.
const ON_HOOK_SPEECH: u16 = 10_000;

/// The longest echo that is cancelled, milliseconds.
const ECHO_TAIL: u8 = 128;

/// How often a line without feed is looked at for its return.
const LOOK: Millis = Millis(50);

/// A card that is gone is tried again this often.
const TRY_AGAIN: Millis = Millis::secs(5);

/// Ports that the kernel's driver has. Where it has not, or no more, they are tried again until it does.
#[derive(Debug)]
pub struct KernelPorts {
    place: Place,
    millis: u16,
    bank: Option<Bank>,
    ports: Vec<Port>,
    octets: Vec<u8>,
    events: VecDeque<AnalogEvent>,
    counters: Counters,
    look: Monotonic,
    /// None: not set yet since the card went.
    try_again: Option<Monotonic>,
    trouble: Option<String>,
    /// Echo is to be cancelled; the card does so by itself.
    cancel_echo: bool,
    cancels_echo: bool,
    /// The alarm changed and was not told yet.
    changed: bool,
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

impl State {
    fn of(kind: AnalogKind) -> State {
        match kind {
            AnalogKind::Station => State::Station { lifted: false, wanted: None },
            AnalogKind::Terminal => State::Terminal { rings: false, reversed: false, fed: true },
        }
    }

    fn kind(self) -> AnalogKind {
        match self {
            State::Station { .. } => AnalogKind::Station,
            State::Terminal { .. } => AnalogKind::Terminal,
        }
    }
}

impl KernelPorts {
    /// Takes ports of a card: the place of each on it, which is its slot here, and its kind. Each call moves `millis` of audio.
    pub fn new(place: Place, ports: &[(u8, AnalogKind)], millis: u16) -> KernelPorts {
        let mut kernel = KernelPorts {
            place,
            millis,
            bank: None,
            ports: ports.iter().map(|(slot, kind)| Port { slot: *slot, state: State::of(*kind) }).collect(),
            octets: Vec::new(),
            events: VecDeque::with_capacity(WAITING),
            counters: Counters::default(),
            look: Monotonic(0),
            try_again: None,
            trouble: None,
            cancel_echo: false,
            cancels_echo: false,
            changed: false,
        };
        kernel.reopen();
        kernel
    }

    /// Why the ports do not serve.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    pub(crate) fn alarms(&self) -> Alarms {
        Alarms { card: self.bank.is_none(), ..Alarms::default() }
    }

    /// The alarms, if they changed since this was asked last.
    pub(crate) fn new_alarms(&mut self) -> Option<Alarms> {
        std::mem::take(&mut self.changed).then(|| self.alarms())
    }

    fn reopen(&mut self) {
        match self.open() {
            Ok(bank) => {
                self.octets = vec![SILENCE; bank.block() * self.ports.len()];
                self.ports.iter_mut().for_each(|port| port.state = State::of(port.state.kind()));
                for (port, channel) in self.ports.iter_mut().zip(bank.channels()) {
                    // A telephone that is off hook already is told like one that is lifted now.
                    if let State::Station { lifted, .. } = &mut port.state {
                        *lifted = channel.status().is_ok_and(|status| status.off_hook);
                    }
                }
                (self.bank, self.trouble, self.changed) = (Some(bank), None, true);
                self.set_cancel_echo(self.cancel_echo);
                self.tell_again(None);
            }
            Err(trouble) => self.lose(&trouble),
        }
    }

    /// Has the card's or the kernel's own cancellers do it, where every port has one. They refuse where there is none.
    pub(crate) fn set_cancel_echo(&mut self, wanted: bool) {
        self.cancel_echo = wanted;
        let Some(bank) = &self.bank else { return };
        let tail = wanted.then_some(ECHO_TAIL);
        self.cancels_echo = wanted && bank.channels().iter().all(|channel| channel.cancel_echo(tail).is_ok());
        if !self.cancels_echo {
            for channel in bank.channels() {
                // One that has none has nothing to switch off.
                channel.cancel_echo(None).ok();
            }
        }
    }

    pub(crate) fn cancels_echo(&self) -> bool {
        self.cancels_echo
    }

    fn lose(&mut self, trouble: &str) {
        self.changed |= self.trouble.is_none();
        self.bank = None;
        self.cancels_echo = false;
        self.try_again = None;
        self.trouble = Some(format!("{}: {trouble}", self.place));
    }

    fn open(&self) -> Result<Bank, String> {
        let control = Control::open().map_err(|error| error.to_string())?;
        let spans = control.spans().map_err(|error| error.to_string())?;
        let status = discovery::find(&spans, &self.place).ok_or("there is no such span")?;
        if status.kind.is_digital() {
            return Err(format!("it has no analog ports: {:?}", status.kind));
        }
        let number = status.number;
        self.take(&control, number, status.channels).map_err(|error| error.to_string())
    }

    fn take(&self, control: &Control, span: SpanNumber, channels: u16) -> Result<Bank, Error> {
        let base = control.first_channel(span)?.0 - 1;
        control.set_ringing(&BURST)?;
        let number = |slot: u8| ChannelNumber(base + u16::from(slot));
        for port in &self.ports {
            if u16::from(port.slot) > channels {
                return Err(Error::Absent(Subject::Channel(number(port.slot).0)));
            }
            let signalling = match port.state.kind() {
                AnalogKind::Station => Signalling::Fxs { feed_cut: true },
                AnalogKind::Terminal => Signalling::Fxo { feed_cut: true },
            };
            control.configure_channel(number(port.slot), signalling, Law::A)?;
        }
        control.start(span)?;
        let mut taken = Vec::with_capacity(self.ports.len());
        for port in &self.ports {
            let channel = Channel::open(number(port.slot))?;
            channel.set_flash(FLASH.0, FLASH.1)?;
            if port.state.kind() == AnalogKind::Station {
                channel.set_ringing(&BURST)?;
            }
            taken.push(channel);
        }
        Bank::new(taken, self.millis, SILENCE)
    }

    /// Waits for the card's next block, at most so long. False: none came. None: the card gives no clock.
    pub fn wait(&self, millis: u16) -> Option<bool> {
        self.bank.as_ref().map(|bank| bank.wait(millis).unwrap_or(false))
    }

    fn channel(&self, place: usize) -> Option<&Channel> {
        self.bank.as_ref()?.channels().get(place)
    }

    pub(crate) fn slots(&self) -> impl Iterator<Item = u8> + '_ {
        self.ports.iter().map(|port| port.slot)
    }

    fn place(&self, slot: u8) -> Option<usize> {
        self.ports.iter().position(|port| port.slot == slot)
    }

    /// Asks a port's channel; what it refuses is counted.
    fn ask(&mut self, slot: u8, work: impl FnOnce(&Channel) -> Result<(), Error>) -> bool {
        let channel = self.place(slot).and_then(|place| self.channel(place));
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
        let State::Station { wanted: Some(wanted), .. } = self.ports[place].state else { return };
        let Some(channel) = self.channel(place) else { return };
        let done = match wanted {
            Wanted::Ring => channel.ring(),
            Wanted::Feed => channel.off_hook(),
        };
        let State::Station { wanted, .. } = &mut self.ports[place].state else { return };
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
        let Some(bank) = &mut self.bank else { return };
        for (port, place) in self.ports.iter().zip(self.octets.chunks_exact_mut(bank.block())) {
            place.copy_from_slice(spoken.slot(port.slot));
        }
        let before = bank.counts().not_written;
        let gone = bank.write(&self.octets).is_err();
        self.counters.overruns += bank.counts().not_written - before;
        if gone {
            self.lose("its driver does not answer");
        }
    }

    pub(crate) fn receive(&mut self, now: Monotonic, heard: &mut Timeslots) {
        if self.bank.is_none() {
            // Never at once: the alarm must stand until the signalling hears of it, for what it had set on the pairs is gone.
            if self.try_again.is_some_and(|at| now >= at) {
                self.try_again = None;
                self.reopen();
            }
            self.try_again.get_or_insert(now + TRY_AGAIN);
        }
        let Some(bank) = &mut self.bank else { return heard.silence() };
        let mut told = Vec::new();
        let before = bank.counts().not_read;
        if bank.read(&mut self.octets, |place, event| told.push((place, event))).is_err() {
            heard.silence();
            return self.lose("its driver does not answer");
        }
        self.counters.underruns += bank.counts().not_read - before;
        self.counters.frames_received += heard.frames() as u64;
        for (port, block) in self.ports.iter().zip(self.octets.chunks_exact(bank.block())) {
            heard.slot_mut(port.slot).copy_from_slice(block);
        }
        for (place, event) in told {
            self.take_event(place, event);
        }
        (0..self.ports.len()).for_each(|place| self.catch_up(place));
        if now >= self.look {
            self.look = now + LOOK;
            self.look_for_feed();
        }
    }

    fn take_event(&mut self, place: usize, event: Event) {
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
            let back = |channel: &Channel| channel.status().is_ok_and(|status| status.off_hook);
            let Port { slot, state: State::Terminal { fed: false, .. } } = self.ports[place] else { continue };
            if self.channel(place).is_some_and(back) {
                if let State::Terminal { fed, .. } = &mut self.ports[place].state {
                    *fed = true;
                }
                self.tell(AnalogEvent::Terminal { slot, event: TerminalEvent::Battery { feeding: true } });
            }
        }
    }

    /// Tells anew how each pair is: for signalling that begins while telephones are off hook.
    pub(crate) fn tell_again(&mut self, only: Option<u8>) {
        for port in self.ports.clone().iter().filter(|port| only.is_none_or(|slot| slot == port.slot)) {
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
