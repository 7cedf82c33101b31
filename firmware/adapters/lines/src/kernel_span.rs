//! An E1 or a basic access of a real card, by the kernel's driver, with the surface that a span of the chassis has.

use chassis::{Abcd, Alarm, Counters, DchannelFrame, Event, QueueFull, SILENCE, Timeslot16, Timeslots};
use clock::{Millis, Monotonic};
use dahdi::discovery::{self, Place};
use dahdi::{
    Bank, CasBits, Channel, ChannelNumber, Control, DChannel, E1Line, Error, Law, Received, Signalling, SpanAlarms,
    SpanNumber,
};
use legs::Alarms;
use std::collections::VecDeque;

/// How often the card is asked for its alarms and counts, and for the count that it tells in a file of its own.
const ASK: Millis = Millis(50);
const ASK_SLIPS: Millis = Millis::secs(1);

/// The longest echo that is cancelled, milliseconds.
const ECHO_TAIL: u8 = 128;

/// A card that is gone is tried again this often.
const TRY_AGAIN: Millis = Millis::secs(5);

/// Events and received frames waiting at most.
const WAITING: usize = 256;

/// Timeslots of an E1, from 1.
const SLOTS: u8 = 31;
const SIXTEEN: u8 = 16;

/// Channels of a basic access: two B-channels, then the D-channel.
const BASIC: u8 = 3;

/// What a span of the kernel's driver is to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KernelKind {
    /// 31 timeslots.
    E1,
    /// Two B-channels and a D-channel.
    Basic,
}

/// How an E1 is framed and clocked, beside what its signalling says.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct LineFraming {
    pub crc4: bool,
    /// How good a clock this line is: 0 none, 1 the best.
    pub clock_priority: u8,
}

/// A digital span that the kernel's driver has. One that is not there, or goes, is tried again until it is.
#[derive(Debug)]
pub struct KernelSpan {
    place: Place,
    kind: KernelKind,
    millis: u16,
    line: LineFraming,
    timeslot16: Timeslot16,
    /// Out of service: the span rests.
    ais: bool,
    /// Absent while the span rests, and while the driver refuses: the card is gone, or another program has it.
    open: Option<Open>,
    trouble: Option<String>,
    /// None: not set yet since the card went.
    try_again: Option<Monotonic>,
    ask: Monotonic,
    ask_slips: Monotonic,
    alarms: Alarms,
    events: VecDeque<Event>,
    counters: Counters,
    /// Echo is to be cancelled; the card does so by itself.
    cancel_echo: bool,
    cancels_echo: bool,
}

#[derive(Debug)]
struct Open {
    control: Control,
    span: SpanNumber,
    bank: Bank,
    /// The timeslot of each channel of the bank.
    slots: Vec<u8>,
    /// Timeslots that the kernel connects, a bit each.
    away: u32,
    dchannel: Option<DChannel>,
    cas: Option<[Option<Abcd>; 32]>,
    /// What the bank moves: channel after channel.
    octets: Vec<u8>,
    frames: VecDeque<DchannelFrame>,
}

impl KernelSpan {
    /// Takes a span: its line and channels are configured here, and it is started. Each call moves `millis` of every timeslot.
    pub fn new(place: Place, kind: KernelKind, millis: u16, line: LineFraming, timeslot16: Timeslot16) -> KernelSpan {
        let mut kernel = KernelSpan {
            place,
            kind,
            millis,
            line,
            timeslot16,
            ais: false,
            open: None,
            trouble: None,
            try_again: None,
            ask: Monotonic(0),
            ask_slips: Monotonic(0),
            alarms: Alarms::default(),
            events: VecDeque::with_capacity(WAITING),
            counters: Counters::default(),
            cancel_echo: false,
            cancels_echo: false,
        };
        kernel.reopen();
        kernel
    }

    /// Why the span does not serve.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    fn reopen(&mut self) {
        // The channels are let go first: one that is open cannot be configured.
        self.open = None;
        self.cancels_echo = false;
        if self.ais {
            return;
        }
        match Open::configure(self) {
            Ok(open) => {
                (self.open, self.trouble) = (Some(open), None);
                self.set_cancel_echo(self.cancel_echo);
            }
            Err(trouble) => {
                self.trouble = Some(format!("{}: {trouble}", self.place));
                self.set_alarms(GONE);
            }
        }
    }

    /// Has the card's or the kernel's own cancellers do it, where every timeslot has one. They refuse where there is none.
    pub(crate) fn set_cancel_echo(&mut self, wanted: bool) {
        self.cancel_echo = wanted;
        let Some(open) = &self.open else { return };
        let speech = || open.slots.iter().zip(open.bank.channels()).filter(|(slot, _)| **slot != SIXTEEN);
        let tail = wanted.then_some(ECHO_TAIL);
        self.cancels_echo = wanted && speech().all(|(_, channel)| channel.cancel_echo(tail).is_ok());
        if !self.cancels_echo {
            for (_, channel) in speech() {
                // One that has none has nothing to switch off.
                channel.cancel_echo(None).ok();
            }
        }
    }

    pub(crate) fn cancels_echo(&self) -> bool {
        self.cancels_echo
    }

    /// Waits for the card's next block, at most so long: what paces the media thread. False: none came. None: the card gives no clock.
    pub fn wait(&self, millis: u16) -> Option<bool> {
        self.open.as_ref().map(|open| open.bank.wait(millis).unwrap_or(false))
    }

    pub(crate) fn set_timeslot16(&mut self, timeslot16: Timeslot16) {
        if std::mem::replace(&mut self.timeslot16, timeslot16) != timeslot16 || self.open.is_none() {
            self.reopen();
        }
    }

    /// Framing and clock of the line, while it carries calls: the card takes them over by itself.
    pub(crate) fn set_line(&mut self, line: LineFraming) {
        if std::mem::replace(&mut self.line, line) == line {
            return;
        }
        let outcome =
            self.open.as_ref().map(|open| configure_line(&open.control, open.span, self.kind, (line, self.timeslot16)));
        if let Some(Err(_)) = outcome {
            self.lose();
        }
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

    /// The card is gone, until it can be opened again.
    fn lose(&mut self) {
        self.open = None;
        self.try_again = None;
        self.trouble = Some(format!("{}: its driver does not answer", self.place));
        self.set_alarms(GONE);
    }

    fn ask(&mut self, now: Monotonic) {
        if self.open.is_none() && !self.ais {
            // Never at once: the alarm must stand until the signalling hears of it, for what it had set on the line is gone.
            if self.try_again.is_some_and(|at| now >= at) {
                self.try_again = None;
                self.reopen();
            }
            self.try_again.get_or_insert(now + TRY_AGAIN);
        }
        let Some(open) = self.open.as_ref().filter(|_| now >= self.ask) else { return };
        self.ask = now + ASK;
        let slips = now >= self.ask_slips;
        let status = if slips { open.control.status(open.span) } else { open.control.quick_status(open.span) };
        let Ok(status) = status else { return self.lose() };
        self.counters.fas_errors = status.counts.fas.into();
        self.counters.crc_errors = status.counts.crc4.into();
        self.counters.far_crc_errors = status.counts.ebit.into();
        self.counters.code_violations = status.counts.bpv.into();
        if slips {
            self.ask_slips = now + ASK_SLIPS;
            // The kernel does not say which way a slip went.
            self.counters.slips_repeated = status.counts.slips.into();
        }
        self.set_alarms(alarms(status.alarms));
    }

    fn set_alarms(&mut self, alarms: Alarms) {
        let was = std::mem::replace(&mut self.alarms, alarms);
        if was == alarms {
            return;
        }
        // Whichever it was: the alarms are read as they stand.
        let event = if alarms.out_of_service() { Event::AlarmBegan(Alarm::Los) } else { Event::AlarmEnded(Alarm::Los) };
        if self.events.len() < WAITING {
            self.events.push_back(event);
        } else {
            self.counters.events_dropped += 1;
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

    /// The channel of a timeslot that the kernel may connect to another: not while echo is taken off it, for that is done on the way through us.
    pub(crate) fn crossable(&self, slot: u8) -> Option<&Channel> {
        let open = self.open.as_ref().filter(|_| !self.cancel_echo)?;
        let place = open.slots.iter().position(|known| *known == slot)?;
        open.bank.channels().get(place)
    }

    /// The kernel has a timeslot's octets from now on, or not any more.
    pub(crate) fn set_away(&mut self, slot: u8, away: bool) {
        let Some(open) = &mut self.open else { return };
        let Some(place) = open.slots.iter().position(|known| *known == slot) else { return };
        if !away && let Some(channel) = open.bank.channels().get(place) {
            // A card that is gone has no connection left, and shows it when it is read.
            channel.disconnect().ok();
        }
        if open.bank.set_away(place, away).is_err() {
            return self.lose();
        }
        let bit = 1 << slot;
        open.away = if away { open.away | bit } else { open.away & !bit };
    }

    /// False once the span was opened anew, or echo is to be taken off it.
    pub(crate) fn is_away(&self, slot: u8) -> bool {
        !self.cancel_echo && self.open.as_ref().is_some_and(|open| open.away & 1 << slot != 0)
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

    /// The kernel's interface has no request for AIS: a span out of service is shut down, which makes the card send it. That takes the
    /// channels' configuration too, so that they are taken anew afterwards.
    pub(crate) fn send_ais(&mut self, ais: bool) {
        if std::mem::replace(&mut self.ais, ais) == ais {
            return;
        }
        if let Some(open) = self.open.take() {
            self.counters.events_dropped += u64::from(open.control.shut_down(open.span).is_err());
        }
        self.set_alarms(Alarms::default());
        self.reopen();
    }
}

/// The far end sees that nobody is here any more, and does not send calls to one who will not answer.
impl Drop for KernelSpan {
    fn drop(&mut self) {
        if let Some(open) = &self.open {
            // A card that is gone needs no end.
            open.control.shut_down(open.span).ok();
        }
    }
}

/// The line's own words: framing, coding, clock.
fn configure_line(
    control: &Control,
    span: SpanNumber,
    kind: KernelKind,
    (line, timeslot16): (LineFraming, Timeslot16),
) -> Result<(), Error> {
    let e1 = kind == KernelKind::E1;
    let line = E1Line {
        common_channel: timeslot16 != Timeslot16::Cas,
        crc4: e1 && line.crc4,
        hdb3: e1,
        clock_priority: line.clock_priority,
    };
    match control.configure_line(span, line) {
        // A span in software has no line to configure.
        Err(Error::Unsupported { .. }) => Ok(()),
        outcome => outcome,
    }
}

/// What each channel of a span is.
fn signalling(kind: KernelKind, timeslot16: Timeslot16, slot: u8) -> Signalling {
    match (kind, timeslot16, slot) {
        (KernelKind::Basic, _, BASIC) | (KernelKind::E1, Timeslot16::Hdlc, SIXTEEN) => Signalling::Hdlc,
        (KernelKind::E1, Timeslot16::Cas, SIXTEEN) => Signalling::None,
        (KernelKind::E1, Timeslot16::Cas, _) => Signalling::Cas { idle: CasBits::IDLE },
        _ => Signalling::Clear,
    }
}

impl Open {
    fn configure(kernel: &KernelSpan) -> Result<Open, String> {
        let control = Control::open().map_err(|error| error.to_string())?;
        let spans = control.spans().map_err(|error| error.to_string())?;
        let status = discovery::find(&spans, &kernel.place).ok_or("there is no such span")?;
        let wanted = match kernel.kind {
            KernelKind::E1 => SLOTS,
            KernelKind::Basic => BASIC,
        };
        if !status.kind.is_digital() || status.channels != u16::from(wanted) {
            return Err(format!("it is no line of {wanted} channels, but {:?} with {}", status.kind, status.channels));
        }
        Open::take(kernel, control, status.number, wanted).map_err(|error| error.to_string())
    }

    fn take(kernel: &KernelSpan, control: Control, span: SpanNumber, last: u8) -> Result<Open, Error> {
        let KernelSpan { kind, timeslot16, line, .. } = *kernel;
        let base = control.first_channel(span)?.0 - 1;
        let number = |slot: u8| ChannelNumber(base + u16::from(slot));
        configure_line(&control, span, kind, (line, timeslot16))?;
        for slot in 1..=last {
            let signalling = signalling(kind, timeslot16, slot);
            let hardware = signalling == Signalling::Hdlc && kind == KernelKind::Basic;
            // Cards of basic accesses do HDLC themselves.
            if !hardware || control.configure_channel(number(slot), Signalling::HardwareHdlc, Law::A).is_err() {
                control.configure_channel(number(slot), signalling, Law::A)?;
            }
        }
        // No channel of a span at rest can be opened.
        control.start(span)?;
        let speech =
            |slot: &u8| matches!(signalling(kind, timeslot16, *slot), Signalling::Clear | Signalling::Cas { .. });
        let slots: Vec<u8> = (1..=last).filter(speech).collect();
        let mut channels = Vec::with_capacity(slots.len());
        for slot in &slots {
            let channel = Channel::open(number(*slot))?;
            if timeslot16 != Timeslot16::Cas && *slot != SIXTEEN {
                channel.set_speech(true)?;
            }
            channels.push(channel);
        }
        let dchannel = match (kind, timeslot16) {
            (KernelKind::Basic, _) => Some(DChannel::open(number(BASIC))?),
            (KernelKind::E1, Timeslot16::Hdlc) => Some(DChannel::open(number(SIXTEEN))?),
            (KernelKind::E1, Timeslot16::Clear | Timeslot16::Cas) => None,
        };
        let bank = Bank::new(channels, kernel.millis, SILENCE)?;
        let mut open = Open {
            control,
            span,
            octets: vec![SILENCE; bank.block() * slots.len()],
            bank,
            slots,
            away: 0,
            dchannel,
            cas: (timeslot16 == Timeslot16::Cas).then_some([None; 32]),
            frames: VecDeque::with_capacity(WAITING),
        };
        (0..open.slots.len()).for_each(|place| open.read_cas(place));
        Ok(open)
    }

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

const GONE: Alarms = Alarms { card: true, los: false, lfa: false, ais: false, rai: false };

fn alarms(alarms: SpanAlarms) -> Alarms {
    let why = alarms.lfa || alarms.lmfa || alarms.ais;
    Alarms {
        card: false,
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
