//! The spans as the settings want them, and calls turned away while the box stops.

use crate::analog_lines;
use crate::clock_choice::ClockChoice;
use clock::{Monotonic, Now};
use http_api::ClockReport;
use identity::{LegId, SpanId};
use legs::{Alarms, LegIndication, LegRequest, SpanIndication, SpanRequest};
use lines::{Framing, LineFraming, LineSet, Output, Signalling};
use numbering::Cause;
use settings::{BriMode, BriSettings, Dchannel, PriSettings, R2Settings, R2Variant, Settings, Side, SpanSettings};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::hash::{BuildHasher, RandomState};

pub struct SpanLines {
    pub set: LineSet,
    clock: ClockChoice,
    in_force: BTreeMap<SpanId, SpanSettings>,
    draining: bool,
    turned_away: BTreeSet<LegId>,
    /// Alarms of spans that no card has.
    cardless: VecDeque<SpanId>,
}

/// What timeslot 16 is, by the settings.
pub fn framing(signalling: &settings::Signalling) -> Framing {
    match signalling {
        settings::Signalling::Pri(pri) => match pri.dchannel {
            Dchannel::Hdlc => Framing::Card,
            Dchannel::Raw => Framing::Software,
        },
        settings::Signalling::R2(_) => Framing::Cas,
        // Its card does HDLC on the D-channel.
        settings::Signalling::Bri(_) => Framing::Card,
        // An analog card has no timeslot 16.
        settings::Signalling::Analog(_) => Framing::Card,
    }
}

/// How a real card's line is framed, and how good a clock it is in this order.
pub fn line_framing(settings: &Settings, id: SpanId, clocks: &[SpanId]) -> LineFraming {
    let crc4 = settings.spans.iter().any(|span| span.id == id && span.signalling.crc4());
    let place = clocks.iter().position(|clock| *clock == id);
    LineFraming { crc4, clock_priority: place.and_then(|place| u8::try_from(place + 1).ok()).unwrap_or(0) }
}

fn configuration(span: &SpanSettings) -> Option<Signalling> {
    span.enabled.then(|| match &span.signalling {
        settings::Signalling::Pri(settings) => pri(span.id, settings).into(),
        settings::Signalling::R2(settings) => r2(span.id, settings).into(),
        settings::Signalling::Bri(settings) => bri(span.id, settings).into(),
        settings::Signalling::Analog(settings) => analog_lines::configuration(span.id, settings).into(),
    })
}

fn answer_by_sound(signalling: &settings::Signalling) -> bool {
    match signalling {
        settings::Signalling::Pri(pri) => pri.answer_by_sound,
        settings::Signalling::R2(r2) => r2.answer_by_sound,
        // Its telephones say when they answer.
        settings::Signalling::Bri(_) => false,
        // Each port has a setting of its own.
        settings::Signalling::Analog(_) => false,
    }
}

fn pri(span: SpanId, settings: &PriSettings) -> pri::Config {
    let side = match settings.side {
        Side::User => pri::Side::User,
        Side::Network => pri::Side::Network,
    };
    pri::Config {
        overlap_receiving: settings.overlap_receiving,
        overlap_sending: settings.overlap_sending,
        // Whatever calls the far end has from before this start, it shall forget them.
        restart_at_start: true,
        ..pri::Config::new(span, side)
    }
}

fn bri(span: SpanId, settings: &BriSettings) -> bri::Config {
    let side = match settings.side {
        Side::User => bri::Side::User,
        Side::Network => bri::Side::Network,
    };
    let mode = match settings.mode {
        BriMode::Multipoint => bri::Mode::PointToMultipoint,
        BriMode::PointToPoint => bri::Mode::PointToPoint,
    };
    bri::Config {
        tei: settings.tei.map_or(bri::Tei::Automatic, bri::Tei::Fixed),
        msns: settings.msns.clone(),
        overlap_receiving: settings.overlap_receiving,
        overlap_sending: settings.overlap_sending,
        // Another box on the same bus may start at the same moment.
        seed: RandomState::new().hash_one(span),
        ..bri::Config::new(span, side, mode)
    }
}

fn r2(span: SpanId, settings: &R2Settings) -> r2::Config {
    let variant = match settings.variant {
        R2Variant::Cn => r2::Variant::CHINA,
        R2Variant::Itu => r2::Variant::ITU,
        R2Variant::Br => r2::Variant::BRAZIL,
        R2Variant::Mx => r2::Variant::MEXICO,
        R2Variant::Ar => r2::Variant::ARGENTINA,
    };
    let called = match settings.called_digits {
        0 => r2::Length::Asked,
        digits => r2::Length::Fixed(digits),
    };
    let wants = r2::Wants { called, caller: settings.ask_caller, caller_after: settings.caller_after };
    r2::Config { wants, ..r2::Config::new(span, variant) }
}

fn cancels_echo(span: &SpanSettings) -> bool {
    span.enabled && span.signalling.cancel_echo()
}

/// A span's name, which timeslots the exchange may use, and whether their echo is cancelled need no new signalling.
fn signalling_differs(old: &SpanSettings, new: &SpanSettings) -> bool {
    let signalling = new.signalling.clone().with_cancel_echo(old.signalling.cancel_echo());
    let alike = SpanSettings { name: old.name.clone(), blocked: old.blocked.clone(), signalling, ..new.clone() };
    alike != *old
}

impl SpanLines {
    /// `real`: spans whose cards have a line to clock by.
    pub fn new(set: LineSet, real: BTreeSet<SpanId>) -> SpanLines {
        SpanLines {
            set,
            clock: ClockChoice::new(real),
            in_force: BTreeMap::new(),
            draining: false,
            turned_away: BTreeSet::new(),
            cardless: VecDeque::new(),
        }
    }

    /// Starts, changes and stops signalling where the settings differ from those in force.
    pub fn configure(&mut self, now: Monotonic, settings: &Settings) {
        let spans = &settings.spans;
        self.clock.configure(settings, &mut self.set);
        let wanted: BTreeMap<SpanId, SpanSettings> = spans.iter().map(|span| (span.id, span.clone())).collect();
        for (id, new) in &wanted {
            let (before, cancel) = (self.in_force.get(id).map(cancels_echo), cancels_echo(new));
            if before.unwrap_or(false) != cancel {
                self.set.cancel_echo(*id, cancel);
            }
            if self.in_force.get(id).is_none_or(|old| signalling_differs(old, new)) {
                self.set.set_framing(*id, framing(&new.signalling));
                self.set.answer_by_sound(*id, answer_by_sound(&new.signalling));
                self.set.configure(now, *id, configuration(new));
            }
        }
        let known: BTreeSet<SpanId> = self.set.spans().collect();
        let cardless = |span: &&SpanSettings| span.enabled && !known.contains(&span.id);
        let fresh = |id: &SpanId| !self.in_force.get(id).is_some_and(|old| old.enabled);
        self.cardless.extend(spans.iter().filter(cardless).map(|span| span.id).filter(fresh));
        for id in self.in_force.keys().filter(|id| !wanted.contains_key(id)) {
            self.set.configure(now, *id, None);
        }
        self.in_force = wanted;
    }

    /// Whether another line is to clock the box.
    pub fn choose_clock(&mut self, now: Monotonic) {
        self.clock.choose(now, &mut self.set);
    }

    /// The span that clocks the box; none: no real card does.
    pub fn clocked_by(&self) -> Option<SpanId> {
        self.clock.ruler()
    }

    /// How the lines that may clock the box are.
    pub fn clock_report(&self, now: Now) -> ClockReport {
        self.clock.report(now)
    }

    /// From now on new calls are refused.
    pub fn drain(&mut self) {
        self.draining = true;
    }

    pub fn request(&mut self, now: Monotonic, span: SpanId, leg: LegId, request: LegRequest) {
        self.set.request(now, span, leg, request);
    }

    pub fn span_request(&mut self, now: Monotonic, span: SpanId, request: SpanRequest) {
        self.set.span_request(now, span, request);
    }

    /// What a span's signalling has and the exchange knows of: not those that are turned away.
    pub fn legs(&self, span: SpanId) -> Option<Vec<(LegId, Option<u8>)>> {
        let mut legs = self.set.legs(span)?;
        legs.retain(|(leg, _)| !self.turned_away.contains(leg));
        Some(legs)
    }

    /// What the exchange is to hear next.
    pub fn poll(&mut self, now: Monotonic) -> Option<Output> {
        if let Some(span) = self.cardless.pop_front() {
            let alarms = Alarms { card: true, ..Alarms::default() };
            return Some(Output::Span { span, indication: SpanIndication::Alarms(alarms) });
        }
        loop {
            let output = self.set.poll()?;
            let Output::Leg { span, leg, indication } = output else { return Some(output) };
            match indication {
                LegIndication::Setup(incoming) if self.draining => {
                    self.turned_away.insert(leg);
                    let cause = Cause::SwitchingCongestion.into();
                    self.set.request(now, span, leg, LegRequest::Release { cause });
                    return Some(Output::Leg { span, leg, indication: LegIndication::TurnedAway { incoming, cause } });
                }
                LegIndication::Released { .. } if self.turned_away.remove(&leg) => {}
                _ if self.turned_away.contains(&leg) => {}
                indication => return Some(Output::Leg { span, leg, indication }),
            }
        }
    }
}
