//! What signals at one end of a span, ISDN or R2, behind the same few methods.

use bri::{BriOutput, BriSpan};
use clock::Monotonic;
use identity::LegId;
use legs::{Alarms, LegIndication, LegRequest, SpanIndication, SpanRequest};
use pri::{PriOutput, PriSpan};
use r2::{Direction, R2Output, R2Span, Signal};
use std::collections::BTreeMap;

/// What goes over a span's wire.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Passing {
    /// A D-channel frame.
    Frame(Vec<u8>),
    /// CAS bits of a timeslot, from now on.
    Bits { slot: u8, abcd: u8 },
    /// A register's signal on a timeslot begins or ends.
    Tone { slot: u8, direction: Direction, signal: Option<Signal> },
}

/// What an end says.
#[derive(Debug)]
pub enum Said {
    Line(Passing),
    Leg {
        leg: LegId,
        indication: LegIndication,
    },
    Span(SpanIndication),
    /// For itself only.
    Nothing,
}

#[derive(Debug)]
pub enum Core {
    Pri(Box<PriSpan>),
    Bri(Box<BriSpan>),
    R2(Box<R2End>),
}

/// R2, with the card's part: which way each register listens.
#[derive(Debug)]
pub struct R2End {
    span: R2Span,
    listening: BTreeMap<u8, Direction>,
}

impl Core {
    pub fn pri(config: pri::Config) -> Core {
        Core::Pri(Box::new(PriSpan::new(config)))
    }

    pub fn bri(config: bri::Config) -> Core {
        Core::Bri(Box::new(BriSpan::new(config)))
    }

    pub fn r2(config: r2::Config) -> Core {
        Core::R2(Box::new(R2End { span: R2Span::new(config), listening: BTreeMap::new() }))
    }

    pub fn receive(&mut self, now: Monotonic, what: &Passing) {
        match (self, what) {
            (Core::Pri(pri), Passing::Frame(octets)) => pri.receive_frame(now, octets),
            (Core::Bri(bri), Passing::Frame(octets)) => bri.receive_frame(now, octets),
            (Core::R2(r2), Passing::Bits { slot, abcd }) => r2.span.bits(now, *slot, *abcd),
            (Core::R2(r2), Passing::Tone { slot, direction, signal }) => {
                if r2.listening.get(slot) == Some(direction) {
                    r2.span.signal(now, *slot, *signal);
                }
            }
            (Core::Pri(_) | Core::Bri(_), Passing::Bits { .. } | Passing::Tone { .. })
            | (Core::R2(_), Passing::Frame(_)) => {}
        }
    }

    pub fn request(&mut self, now: Monotonic, leg: LegId, request: LegRequest) {
        match self {
            Core::Pri(pri) => pri.request(now, leg, request),
            Core::Bri(bri) => bri.request(now, leg, request),
            Core::R2(r2) => r2.span.request(now, leg, request),
        }
    }

    pub fn span_request(&mut self, now: Monotonic, request: SpanRequest) {
        match self {
            Core::Pri(pri) => pri.span_request(now, request),
            Core::Bri(bri) => bri.span_request(now, request),
            Core::R2(r2) => r2.span.span_request(now, request),
        }
    }

    pub fn alarm(&mut self, now: Monotonic, alarms: Alarms) {
        match self {
            Core::Pri(pri) => pri.alarm(now, alarms),
            Core::Bri(bri) => bri.alarm(now, alarms),
            Core::R2(r2) => r2.span.alarm(now, alarms),
        }
    }

    pub fn expire(&mut self, now: Monotonic) {
        match self {
            Core::Pri(pri) => pri.expire(now),
            Core::Bri(bri) => bri.expire(now),
            Core::R2(r2) => r2.span.expire(now),
        }
    }

    pub fn deadline(&self) -> Option<Monotonic> {
        match self {
            Core::Pri(pri) => pri.deadline(),
            Core::Bri(bri) => bri.deadline(),
            Core::R2(r2) => r2.span.deadline(),
        }
    }

    pub fn poll(&mut self) -> Option<Said> {
        match self {
            Core::Pri(pri) => pri.poll().map(|output| match output {
                PriOutput::Transmit(octets) => Said::Line(Passing::Frame(octets)),
                PriOutput::Leg { leg, indication } => Said::Leg { leg, indication },
                PriOutput::Span(indication) => Said::Span(indication),
                PriOutput::Trace(_) => Said::Nothing,
            }),
            Core::Bri(bri) => bri.poll().map(|output| match output {
                BriOutput::Transmit(octets) => Said::Line(Passing::Frame(octets)),
                BriOutput::Leg { leg, indication } => Said::Leg { leg, indication },
                BriOutput::Span(indication) => Said::Span(indication),
                // This line never sleeps.
                BriOutput::Trace { .. } | BriOutput::Activate => Said::Nothing,
            }),
            Core::R2(r2) => r2.poll(),
        }
    }

    pub fn each_leg(&self) -> Vec<(LegId, Option<u8>)> {
        match self {
            Core::Pri(pri) => pri.each_leg().collect(),
            Core::Bri(bri) => bri.each_leg().collect(),
            Core::R2(r2) => r2.span.each_leg().map(|(leg, slot)| (leg, Some(slot))).collect(),
        }
    }

    /// Legs that are not released.
    pub fn legs(&self) -> usize {
        self.each_leg().len()
    }

    /// Circuits that a leg has.
    pub fn seized(&self) -> usize {
        match self {
            Core::Pri(pri) => pri.seized(),
            Core::Bri(bri) => bri.seized(),
            Core::R2(r2) => r2.span.seized(),
        }
    }

    /// How often both ends took one circuit.
    pub fn glare(&self) -> u64 {
        match self {
            Core::Pri(pri) => pri.counters().glare,
            Core::Bri(bri) => bri.counters().glare,
            Core::R2(r2) => r2.span.counters().glare,
        }
    }
}

impl R2End {
    fn poll(&mut self) -> Option<Said> {
        Some(match self.span.poll()? {
            R2Output::Bits { slot, abcd } => Said::Line(Passing::Bits { slot, abcd }),
            R2Output::Sound { slot, direction, signal } => Said::Line(Passing::Tone { slot, direction, signal }),
            R2Output::Listen { slot, direction } => {
                match direction {
                    Some(direction) => self.listening.insert(slot, direction),
                    None => self.listening.remove(&slot),
                };
                Said::Nothing
            }
            R2Output::Leg { leg, indication } => Said::Leg { leg, indication },
            R2Output::Span(indication) => Said::Span(indication),
            R2Output::Message { .. } => Said::Nothing,
        })
    }
}
