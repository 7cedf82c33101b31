//! One span's card, and HDLC in software where the card does none.

use crate::kernel_span::{KernelSpan, LineFraming};
use chassis::{Abcd, Counters, DchannelFrame, Direction, Event, Fault, QueueFull, Span, Timeslot16, Timeslots};
use clock::Monotonic;
use hdlc::{Decoder, Encoder, Received};
use legs::Alarms;
use std::collections::VecDeque;

/// Received frames waiting at most.
const WAITING: usize = 256;

/// The timeslot of the D-channel (ETS 300 011: 16).
const DCHANNEL: u8 = 16;

/// What timeslot 16 is, and who works on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Framing {
    /// The card.
    #[default]
    Card,
    /// We do: the card hands over timeslot 16 as octets.
    Software,
    /// No D-channel: the card does the multiframe of CAS bits.
    Cas,
}

/// A card with its D-channel as frames, whoever frames them.
#[derive(Debug)]
pub(crate) struct Card {
    span: Below,
    software: Option<Software>,
}

/// Who drives the line.
#[derive(Debug)]
pub(crate) enum Below {
    Chassis(Box<Span>),
    Kernel(Box<KernelSpan>),
}

impl From<Span> for Below {
    fn from(span: Span) -> Below {
        Below::Chassis(Box::new(span))
    }
}

impl From<KernelSpan> for Below {
    fn from(span: KernelSpan) -> Below {
        Below::Kernel(Box::new(span))
    }
}

/// The same few words to either.
macro_rules! either {
    ($below:expr, $span:ident => $words:expr) => {
        match $below {
            Below::Chassis($span) => $words,
            Below::Kernel($span) => $words,
        }
    };
}

/// What connects two timeslots below the media engine.
pub(crate) enum Crossable<'a> {
    /// [`crate::Cards`] do, as a kernel would.
    Simulated,
    Kernel(&'a dahdi::Channel),
}

#[derive(Debug)]
struct Software {
    encoder: Encoder,
    decoder: Decoder,
    received: VecDeque<DchannelFrame>,
    faults: u64,
}

impl Card {
    pub(crate) fn new(span: Below, framing: Framing) -> Card {
        let mut card = Card { span, software: None };
        card.set_framing(framing);
        card
    }

    pub(crate) fn set_framing(&mut self, framing: Framing) {
        match (framing, &self.software) {
            (Framing::Card, _) => {
                self.software = None;
                either!(&mut self.span, span => span.set_timeslot16(Timeslot16::Hdlc));
            }
            (Framing::Cas, _) => {
                self.software = None;
                either!(&mut self.span, span => span.set_timeslot16(Timeslot16::Cas));
            }
            (Framing::Software, Some(_)) => {}
            (Framing::Software, None) => {
                self.software = Some(Software::new());
                either!(&mut self.span, span => span.set_timeslot16(Timeslot16::Clear));
            }
        }
    }

    /// Framing and clock: a simulated line has neither.
    pub(crate) fn set_line(&mut self, line: LineFraming) {
        match &mut self.span {
            Below::Chassis(_) => {}
            Below::Kernel(span) => span.set_line(line),
        }
    }

    pub(crate) fn set_cancel_echo(&mut self, wanted: bool) {
        if let Below::Kernel(span) = &mut self.span {
            span.set_cancel_echo(wanted);
        }
    }

    /// Whether the card cancels echo by itself.
    pub(crate) fn cancels_echo(&self) -> bool {
        match &self.span {
            Below::Chassis(_) => false,
            Below::Kernel(span) => span.cancels_echo(),
        }
    }

    /// None: nothing to wait for.
    pub(crate) fn wait(&self, millis: u16) -> Option<bool> {
        match &self.span {
            Below::Chassis(_) => None,
            Below::Kernel(span) => span.wait(millis),
        }
    }

    pub(crate) fn transmit(&mut self, now: Monotonic, spoken: &mut Timeslots) {
        if let Some(software) = &mut self.software {
            software.encoder.fill(spoken.slot_mut(DCHANNEL));
        }
        match &mut self.span {
            Below::Chassis(span) => span.transmit(now, spoken),
            Below::Kernel(span) => span.transmit(spoken),
        }
    }

    pub(crate) fn receive(&mut self, now: Monotonic, heard: &mut Timeslots) {
        either!(&mut self.span, span => span.receive(now, heard));
        if let Some(software) = &mut self.software {
            software.take(heard.slot(DCHANNEL));
        }
    }

    pub(crate) fn send_frame(&mut self, frame: &[u8]) -> Result<(), QueueFull> {
        match &mut self.software {
            Some(software) => software.encoder.send(frame).map_err(|hdlc::QueueFull| QueueFull),
            None => either!(&mut self.span, span => span.send_frame(frame)),
        }
    }

    pub(crate) fn receive_frame(&mut self) -> Option<DchannelFrame> {
        match &mut self.software {
            Some(software) => software.received.pop_front(),
            None => either!(&mut self.span, span => span.receive_frame()),
        }
    }

    /// What a timeslot can be connected by, besides through us.
    pub(crate) fn crossable(&self, slot: u8) -> Option<Crossable<'_>> {
        match &self.span {
            Below::Chassis(_) => Some(Crossable::Simulated),
            Below::Kernel(span) => span.crossable(slot).map(Crossable::Kernel),
        }
    }

    pub(crate) fn is_simulated(&self) -> bool {
        matches!(self.span, Below::Chassis(_))
    }

    /// A timeslot that was set away, and is so still.
    pub(crate) fn is_away(&self, slot: u8) -> bool {
        match &self.span {
            Below::Chassis(_) => true,
            Below::Kernel(span) => span.is_away(slot),
        }
    }

    /// A timeslot's octets pass us by from now on, or not any more.
    pub(crate) fn set_away(&mut self, slot: u8, away: bool) {
        if let Below::Kernel(span) = &mut self.span {
            span.set_away(slot, away);
        }
    }

    pub(crate) fn set_cas(&mut self, slot: u8, abcd: Abcd) -> bool {
        either!(&mut self.span, span => span.set_cas(slot, abcd))
    }

    pub(crate) fn cas(&self, slot: u8) -> Option<Abcd> {
        either!(&self.span, span => span.cas(slot))
    }

    pub(crate) fn poll(&mut self) -> Option<Event> {
        either!(&mut self.span, span => span.poll())
    }

    pub(crate) fn alarms(&self) -> Alarms {
        either!(&self.span, span => span.alarms())
    }

    pub(crate) fn counters(&self) -> Counters {
        let mut counters = either!(&self.span, span => span.counters());
        if let Some(software) = &self.software {
            counters.dchannel_frames = software.decoder.counters().frames;
            counters.dchannel_faults = software.faults;
        }
        counters
    }

    pub(crate) fn send_ais(&mut self, ais: bool) {
        either!(&mut self.span, span => span.send_ais(ais));
    }

    pub(crate) fn inject(&mut self, direction: Direction, fault: Fault) {
        match &mut self.span {
            Below::Chassis(span) => span.inject(direction, fault),
            // Faults of a real line are its own.
            Below::Kernel(_) => {}
        }
    }
}

impl Software {
    fn new() -> Software {
        Software {
            encoder: Encoder::default(),
            decoder: Decoder::default(),
            received: VecDeque::with_capacity(WAITING),
            faults: 0,
        }
    }

    fn take(&mut self, octets: &[u8]) {
        let Software { decoder, received, faults, .. } = self;
        decoder.take(octets, |what| match what {
            Received::Frame(frame) => {
                let kept = DchannelFrame::new(frame).filter(|_| received.len() < WAITING);
                *faults += u64::from(kept.is_none());
                received.extend(kept);
            }
            Received::Bad(_) => *faults += 1,
        });
    }
}
