//! An E1 of a real card, by the kernel's driver, with the surface that a span of the chassis has.

use chassis::{Abcd, Alarm, Counters, DchannelFrame, Event, QueueFull, SILENCE, Timeslot16, Timeslots};
use clock::{Millis, Monotonic};
use dahdi::{
    Bank, CasBits, Channel, ChannelNumber, Control, DChannel, Error, Law, Received, Signalling, SpanAlarms, SpanNumber,
};
use legs::Alarms;
use std::collections::VecDeque;

/// How often the card is asked for its alarms and counts.
const ASK: Millis = Millis(50);

/// Events and received frames waiting at most.
const WAITING: usize = 256;

/// Timeslots of an E1, from 1.
const SLOTS: u8 = 31;
const SIXTEEN: u8 = 16;

/// An E1 that the kernel's driver has, or a part of one.
#[derive(Debug)]
pub struct KernelSpan {
    control: Control,
    span: SpanNumber,
    /// What timeslot 0 would be numbered.
    base: u16,
    millis: u16,
    /// Absent while the driver refuses: the card is gone, or another program has it.
    open: Option<Open>,
    ask: Monotonic,
    alarms: Alarms,
    events: VecDeque<Event>,
    counters: Counters,
}

#[derive(Debug)]
struct Open {
    bank: Bank,
    /// The timeslot of each channel of the bank.
    slots: Vec<u8>,
    dchannel: Option<DChannel>,
    cas: Option<[Option<Abcd>; 32]>,
    /// What the bank moves: channel after channel.
    octets: Vec<u8>,
    frames: VecDeque<DchannelFrame>,
}

impl KernelSpan {
    /// Takes a span whose line is configured and started; its channels are configured here. `first` is the number of its timeslot 1. Each call
    /// moves `millis` of every timeslot.
    pub fn open(
        span: SpanNumber,
        first: ChannelNumber,
        millis: u16,
        timeslot16: Timeslot16,
    ) -> Result<KernelSpan, Error> {
        let mut kernel = KernelSpan {
            control: Control::open()?,
            span,
            base: first.0.saturating_sub(1),
            millis,
            open: None,
            ask: Monotonic(0),
            alarms: Alarms::default(),
            events: VecDeque::with_capacity(WAITING),
            counters: Counters::default(),
        };
        kernel.open = Some(kernel.configure(timeslot16)?);
        Ok(kernel)
    }

    fn number(&self, slot: u8) -> ChannelNumber {
        ChannelNumber(self.base + u16::from(slot))
    }

    fn configure(&self, timeslot16: Timeslot16) -> Result<Open, Error> {
        for slot in 1..=SLOTS {
            let signalling = match (timeslot16, slot) {
                (Timeslot16::Hdlc, SIXTEEN) => Signalling::Hdlc,
                (Timeslot16::Cas, SIXTEEN) => Signalling::None,
                (Timeslot16::Cas, _) => Signalling::Cas { idle: CasBits::IDLE },
                (Timeslot16::Hdlc | Timeslot16::Clear, _) => Signalling::Clear,
            };
            self.control.configure_channel(self.number(slot), signalling, Law::A)?;
        }
        let slots: Vec<u8> = (1..=SLOTS).filter(|slot| *slot != SIXTEEN || timeslot16 == Timeslot16::Clear).collect();
        let mut channels = Vec::with_capacity(slots.len());
        for slot in &slots {
            let channel = Channel::open(self.number(*slot))?;
            if timeslot16 != Timeslot16::Cas && *slot != SIXTEEN {
                channel.set_speech(true)?;
            }
            channels.push(channel);
        }
        let dchannel = match timeslot16 {
            Timeslot16::Hdlc => Some(DChannel::open(self.number(SIXTEEN))?),
            Timeslot16::Clear | Timeslot16::Cas => None,
        };
        let bank = Bank::new(channels, self.millis, SILENCE)?;
        let mut open = Open {
            octets: vec![SILENCE; bank.block() * slots.len()],
            bank,
            slots,
            dchannel,
            cas: (timeslot16 == Timeslot16::Cas).then_some([None; 32]),
            frames: VecDeque::with_capacity(WAITING),
        };
        (0..open.slots.len()).for_each(|place| open.read_cas(place));
        Ok(open)
    }

    /// Waits for the card's next block, at most so long: what paces the media thread. False: none came.
    pub fn wait(&self, millis: u16) -> bool {
        self.open.as_ref().is_some_and(|open| open.bank.wait(millis).unwrap_or(false))
    }

    pub(crate) fn set_timeslot16(&mut self, timeslot16: Timeslot16) {
        // The channels are let go first: one that is open cannot be configured.
        self.open = None;
        self.open = self.configure(timeslot16).ok();
    }

    pub(crate) fn transmit(&mut self, spoken: &Timeslots) {
        let Some(open) = &mut self.open else { return };
        let block = open.bank.block();
        for (slot, place) in open.slots.iter().zip(open.octets.chunks_exact_mut(block)) {
            place.copy_from_slice(spoken.slot(*slot));
        }
        let before = open.bank.counts().not_written;
        if open.bank.write(&open.octets).is_err() {
            return self.lose();
        }
        self.counters.overruns += open.bank.counts().not_written - before;
    }

    pub(crate) fn receive(&mut self, now: Monotonic, heard: &mut Timeslots) {
        self.ask(now);
        let Some(open) = &mut self.open else { return heard.silence() };
        let before = open.bank.counts().not_read;
        if !open.receive(heard, &mut self.counters) {
            heard.silence();
            return self.lose();
        }
        self.counters.underruns += open.bank.counts().not_read - before;
        self.counters.frames_received += heard.frames() as u64;
    }

    /// The card is gone: loss of signal, until the span is configured again.
    fn lose(&mut self) {
        self.open = None;
        self.set_alarms(Alarms { los: true, ..Alarms::default() });
    }

    fn ask(&mut self, now: Monotonic) {
        if now < self.ask {
            return;
        }
        self.ask = now + ASK;
        match self.control.status(self.span) {
            Ok(status) if self.open.is_some() => {
                self.counters.fas_errors = status.counts.fas.into();
                self.counters.crc_errors = status.counts.crc4.into();
                self.counters.far_crc_errors = status.counts.ebit.into();
                // The kernel does not say which way a slip went.
                self.counters.slips_repeated = status.counts.slips.into();
                self.set_alarms(alarms(status.alarms));
            }
            Ok(_) | Err(_) => self.set_alarms(Alarms { los: true, ..Alarms::default() }),
        }
    }

    fn set_alarms(&mut self, alarms: Alarms) {
        let was = std::mem::replace(&mut self.alarms, alarms);
        let changes = [
            (was.los, alarms.los, Alarm::Los),
            (was.lfa, alarms.lfa, Alarm::Lfa),
            (was.ais, alarms.ais, Alarm::Ais),
            (was.rai, alarms.rai, Alarm::Rai),
        ];
        for (was, is, alarm) in changes {
            let event = match (was, is) {
                (false, true) => Event::AlarmBegan(alarm),
                (true, false) => Event::AlarmEnded(alarm),
                (false, false) | (true, true) => continue,
            };
            if self.events.len() < WAITING {
                self.events.push_back(event);
            } else {
                self.counters.events_dropped += 1;
            }
        }
    }

    pub(crate) fn send_frame(&mut self, frame: &[u8]) -> Result<(), QueueFull> {
        let dchannel = self.open.as_mut().and_then(|open| open.dchannel.as_mut()).ok_or(QueueFull)?;
        match dchannel.send(frame) {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(QueueFull),
        }
    }

    pub(crate) fn receive_frame(&mut self) -> Option<DchannelFrame> {
        self.open.as_mut()?.frames.pop_front()
    }

    pub(crate) fn set_cas(&mut self, slot: u8, abcd: Abcd) -> bool {
        let Some(open) = self.open.as_ref().filter(|open| open.cas.is_some()) else { return false };
        let place = open.slots.iter().position(|known| *known == slot);
        let channel = place.and_then(|place| open.bank.channels().get(place));
        channel.is_some_and(|channel| channel.set_cas(CasBits::new(abcd.bits())).is_ok())
    }

    pub(crate) fn cas(&self, slot: u8) -> Option<Abcd> {
        self.open.as_ref()?.cas.as_ref()?.get(usize::from(slot)).copied().flatten()
    }

    pub(crate) fn poll(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    pub(crate) fn alarms(&self) -> Alarms {
        self.alarms
    }

    pub(crate) fn counters(&self) -> Counters {
        self.counters
    }

    /// The kernel's interface has no request for AIS: a span out of service is shut down, which makes the card send it.
    pub(crate) fn send_ais(&mut self, ais: bool) {
        let outcome = if ais { self.control.shut_down(self.span) } else { self.control.start(self.span) };
        self.counters.events_dropped += u64::from(outcome.is_err());
    }
}

impl Open {
    /// False: the card is gone.
    fn receive(&mut self, heard: &mut Timeslots, counters: &mut Counters) -> bool {
        let mut changed = [false; 32];
        let tell = |place: usize, event| {
            if event == dahdi::Event::BitsChanged
                && let Some(changed) = changed.get_mut(place)
            {
                *changed = true;
            }
        };
        if self.bank.read(&mut self.octets, tell).is_err() {
            return false;
        }
        for (slot, block) in self.slots.iter().zip(self.octets.chunks_exact(self.bank.block())) {
            heard.slot_mut(*slot).copy_from_slice(block);
        }
        for (place, _) in changed.iter().enumerate().filter(|(_, changed)| **changed) {
            self.read_cas(place);
        }
        self.fetch_frames(counters)
    }

    fn read_cas(&mut self, place: usize) {
        let (Some(cas), Some(channel)) = (&mut self.cas, self.bank.channels().get(place)) else { return };
        let bits = channel.cas().ok().flatten().and_then(|bits| Abcd::new(bits.nibble()));
        if let Some(known) = self.slots.get(place).and_then(|slot| cas.get_mut(usize::from(*slot))) {
            *known = bits.or(*known);
        }
    }

    fn fetch_frames(&mut self, counters: &mut Counters) -> bool {
        let Some(dchannel) = &mut self.dchannel else { return true };
        loop {
            match dchannel.receive() {
                Ok(Some(Received::Frame(octets))) => {
                    counters.dchannel_frames += 1;
                    let kept = DchannelFrame::new(octets).filter(|_| self.frames.len() < WAITING);
                    counters.dchannel_faults += u64::from(kept.is_none());
                    self.frames.extend(kept);
                }
                Ok(Some(Received::Event(event))) => {
                    use dahdi::Event::{Abort, BadFcs, Overrun};
                    counters.dchannel_faults += u64::from(matches!(event, Abort | BadFcs | Overrun));
                }
                Ok(None) => return true,
                Err(_) => return false,
            }
        }
    }
}

fn alarms(alarms: SpanAlarms) -> Alarms {
    let why = alarms.lfa || alarms.lmfa || alarms.ais;
    Alarms {
        // A card that does not say why it receives nothing is taken to have no signal.
        los: alarms.los || alarms.red && !why,
        lfa: alarms.lfa && !alarms.los,
        ais: alarms.ais,
        rai: alarms.rai,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A card's red alarm without a reason is loss of signal; one with a reason is that.
    #[test]
    fn red_is_told_by_its_reason() {
        let red = SpanAlarms { red: true, ..SpanAlarms::default() };
        assert!(alarms(red).los);
        let framing = alarms(SpanAlarms { lfa: true, ..red });
        assert!(framing.lfa && !framing.los);
        assert!(alarms(SpanAlarms { rai: true, ..SpanAlarms::default() }).rai);
    }
}
