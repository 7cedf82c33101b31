//! What signals on a span, whatever it is: each core behind the same few methods.

use crate::analog_core::AnalogCore;
use crate::bri_core::BriCore;
use crate::pri_core::PriCore;
use crate::r2_core::R2Core;
use crate::rings::{FromCard, ToCard};
use clock::Monotonic;
use identity::{LegId, SpanId};
use legs::{Alarms, LegIndication, LegRequest, SpanIndication, SpanRequest};
use trace::Way;

/// How a span is to signal.
#[derive(Clone, Debug)]
pub enum Signalling {
    Pri(pri::Config),
    R2(r2::Config),
    Analog(analog::Config),
    Bri(bri::Config),
}

impl From<pri::Config> for Signalling {
    fn from(config: pri::Config) -> Signalling {
        Signalling::Pri(config)
    }
}

impl From<r2::Config> for Signalling {
    fn from(config: r2::Config) -> Signalling {
        Signalling::R2(config)
    }
}

impl From<analog::Config> for Signalling {
    fn from(config: analog::Config) -> Signalling {
        Signalling::Analog(config)
    }
}

impl From<bri::Config> for Signalling {
    fn from(config: bri::Config) -> Signalling {
        Signalling::Bri(config)
    }
}

/// What a core wants done or told.
#[allow(clippy::large_enum_variant, reason = "an order goes on to the ring by value")]
pub(crate) enum Said {
    Order(ToCard),
    /// A frame that no card takes.
    Unsendable,
    Leg {
        leg: LegId,
        indication: LegIndication,
    },
    Span(SpanIndication),
    Message {
        leg: Option<LegId>,
        way: Way,
        name: &'static str,
    },
}

#[derive(Debug)]
pub(crate) enum Core {
    Pri(Box<PriCore>),
    R2(Box<R2Core>),
    Analog(Box<AnalogCore>),
    Bri(Box<BriCore>),
}

impl Core {
    pub(crate) fn new(span: SpanId, signalling: Signalling) -> Core {
        match signalling {
            Signalling::Pri(config) => Core::Pri(Box::new(PriCore::new(pri::Config { span, ..config }))),
            Signalling::R2(config) => Core::R2(Box::new(R2Core::new(r2::Config { span, ..config }))),
            Signalling::Analog(config) => Core::Analog(Box::new(AnalogCore::new(analog::Config { span, ..config }))),
            Signalling::Bri(config) => Core::Bri(Box::new(BriCore::new(bri::Config { span, ..config }))),
        }
    }

    /// News from the card. Alarms go the way of [`Core::alarm`] once they have stood.
    pub(crate) fn take(&mut self, now: Monotonic, news: FromCard) {
        match self {
            Core::Pri(pri) => pri.take(now, news),
            Core::Bri(bri) => bri.take(now, news),
            Core::R2(r2) => r2.take(now, news),
            Core::Analog(analog) => analog.take(now, news),
        }
    }

    pub(crate) fn request(&mut self, now: Monotonic, leg: LegId, request: LegRequest) {
        match self {
            Core::Pri(pri) => pri.span.request(now, leg, request),
            Core::Bri(bri) => bri.span.request(now, leg, request),
            Core::R2(r2) => r2.span.request(now, leg, request),
            Core::Analog(analog) => analog.span.request(now, leg, request),
        }
    }

    pub(crate) fn span_request(&mut self, now: Monotonic, request: SpanRequest) {
        match self {
            Core::Pri(pri) => pri.span.span_request(now, request),
            Core::Bri(bri) => bri.span.span_request(now, request),
            Core::R2(r2) => r2.span.span_request(now, request),
            Core::Analog(analog) => analog.span.span_request(now, request),
        }
    }

    pub(crate) fn alarm(&mut self, now: Monotonic, alarms: Alarms) {
        match self {
            Core::Pri(pri) => pri.span.alarm(now, alarms),
            Core::Bri(bri) => bri.span.alarm(now, alarms),
            Core::R2(r2) => r2.span.alarm(now, alarms),
            Core::Analog(analog) => analog.span.alarm(now, alarms),
        }
    }

    pub(crate) fn expire(&mut self, now: Monotonic) {
        match self {
            Core::Pri(pri) => pri.span.expire(now),
            Core::Bri(bri) => bri.span.expire(now),
            Core::R2(r2) => r2.span.expire(now),
            Core::Analog(analog) => analog.span.expire(now),
        }
    }

    pub(crate) fn deadline(&self) -> Option<Monotonic> {
        match self {
            Core::Pri(pri) => pri.span.deadline(),
            Core::Bri(bri) => bri.span.deadline(),
            Core::R2(r2) => r2.span.deadline(),
            Core::Analog(analog) => analog.span.deadline(),
        }
    }

    pub(crate) fn poll(&mut self) -> Option<Said> {
        match self {
            Core::Pri(pri) => pri.poll(),
            Core::Bri(bri) => bri.poll(),
            Core::R2(r2) => r2.poll(),
            Core::Analog(analog) => analog.poll(),
        }
    }

    /// What is heard says that an outgoing leg was answered: signalling is not to wait for it any more.
    pub(crate) fn answered_by_sound(&mut self, now: Monotonic, leg: LegId) {
        match self {
            Core::Pri(pri) => pri.span.answered_by_sound(leg),
            Core::R2(r2) => r2.span.answered_by_sound(now, leg),
            // Analog lines have ears of their own; telephones on a basic access say that they answer.
            Core::Bri(_) | Core::Analog(_) => {}
        }
    }

    /// The timeslot of a leg.
    pub(crate) fn slot_of(&self, leg: LegId) -> Option<u8> {
        self.legs().into_iter().find(|(known, _)| *known == leg).and_then(|(_, slot)| slot)
    }

    /// Each leg with the timeslot it has, if it has one.
    pub(crate) fn legs(&self) -> Vec<(LegId, Option<u8>)> {
        match self {
            Core::Pri(pri) => pri.span.each_leg().collect(),
            Core::Bri(bri) => bri.span.each_leg().collect(),
            Core::R2(r2) => r2.span.each_leg().map(|(leg, slot)| (leg, Some(slot))).collect(),
            Core::Analog(analog) => analog.span.each_leg().map(|(leg, slot)| (leg, Some(slot))).collect(),
        }
    }
}
