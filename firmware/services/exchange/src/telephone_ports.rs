//! Telephones at ports of analog cards: extensions whose legs have a circuit.
//!
//! Such a telephone has no words of its own. What it flashes and dials in a call means: hold; call somebody else meanwhile; flash once
//! more before that one answers: back; after: all three; hang up: the two others talk. Hung up while it only holds, it rings: whom it holds is still there.

use crate::house::House;
use crate::machine::{Exchange, Timer};
use crate::port::Effect;
use calls::Stage;
use circuits::{Misuse, Slots};
use desk::PortKind;
use identity::{CallId, CircuitId, LegId, LineId, SpanId};
use ledger::Place;
use legs::{LegRequest, Origin, Target};
use numbering::{Cause, Digits};
use plan::Port;
use routing::{Answer, Asker};
use settings::{AnalogLine, Settings, Signalling, SpanSettings};
use std::collections::BTreeMap;

/// Digits of a second call at most.
const MOST_DIGITS: usize = 32;

/// Which telephone is at which port.
#[derive(Debug, Default)]
pub(crate) struct Ports {
    of_extension: BTreeMap<Digits, CircuitId>,
    at: BTreeMap<CircuitId, Digits>,
}

impl Ports {
    pub fn new(settings: &Settings) -> Ports {
        let pairs = || settings.extensions.iter().filter_map(|e| Some((e.number.clone(), e.port?)));
        Ports { of_extension: pairs().collect(), at: pairs().map(|(number, port)| (port, number)).collect() }
    }
}

/// The timeslots of a span, if it is no E1.
fn slots_of(span: &SpanSettings) -> Slots {
    match &span.signalling {
        Signalling::Analog(analog) => {
            let trunks: Vec<u8> = analog.trunks().collect();
            let all: Vec<u8> = analog.telephones().chain(trunks.iter().copied()).collect();
            Slots::of(&all, &trunks)
        }
        Signalling::Bri(_) => Slots::of(&[1, 2], &[1, 2]),
        _ => Slots::E1,
    }
}

impl House {
    pub fn slots(&self) -> impl Iterator<Item = (SpanId, Slots)> + '_ {
        self.settings.spans.iter().map(|span| (span.id, slots_of(span)))
    }

    pub fn port_of(&self, extension: &Digits) -> Option<CircuitId> {
        self.ports.of_extension.get(extension).copied()
    }

    pub fn telephones_at_ports(&self) -> impl Iterator<Item = (&Digits, CircuitId)> + '_ {
        self.ports.of_extension.iter().map(|(number, port)| (number, *port))
    }

    /// What is at a circuit of an analog card, by the settings: a telephone, or a line with its own number.
    pub fn port_kind(&self, circuit: CircuitId) -> Option<(PortKind, Option<Digits>)> {
        let Signalling::Analog(analog) = &self.span(circuit.span)?.signalling else { return None };
        let port = analog.ports.iter().find(|port| port.slot == circuit.slot)?;
        Some(match &port.line {
            AnalogLine::Fxs(_) => (PortKind::Fxs, self.ports.at.get(&circuit).cloned()),
            AnalogLine::Fxo(line) => (PortKind::Fxo, Some(line.number.clone()).filter(|number| !number.is_empty())),
        })
    }

    /// The box itself receives and sends faxes there.
    pub fn is_fax(&self, extension: &Digits) -> bool {
        self.settings.extensions.iter().any(|one| one.fax.is_some() && one.number == *extension)
    }

    /// A port for a telephone, whether it has an extension or not.
    fn is_telephones(&self, circuit: CircuitId) -> bool {
        self.span(circuit.span).is_some_and(|span| match &span.signalling {
            Signalling::Analog(analog) => analog.telephones().any(|slot| slot == circuit.slot),
            _ => false,
        })
    }
}

impl Exchange {
    /// The site's time zone.
    pub fn utc_offset_minutes(&self) -> i32 {
        self.house.settings.site.utc_offset_minutes
    }

    /// Who calls from a circuit: the extension at it, or the world. An error: a telephone without an extension.
    pub(crate) fn caller_at(&self, circuit: CircuitId) -> Result<Origin, Cause> {
        match self.house.ports.at.get(&circuit) {
            Some(extension) => Ok(Origin::Extension(extension.clone())),
            None if self.house.is_telephones(circuit) => Err(Cause::OutgoingCallsBarred),
            None => Ok(Origin::Circuit(circuit)),
        }
    }

    /// How a leg to an extension goes. A telephone at a port has one call at a time: its circuit is taken.
    pub(crate) fn way_to(&mut self, leg: LegId, extension: &Digits) -> Result<(LineId, Target), Cause> {
        let Some(circuit) = self.house.port_of(extension) else {
            let line = if self.house.is_fax(extension) { LineId::Fax } else { LineId::Sip };
            return Ok((line, Target::Extension(extension.clone())));
        };
        match self.circuits.seize(circuit, leg, self.outbox.now.wall) {
            Ok(()) => Ok((LineId::Span(circuit.span), Target::Circuit(circuit))),
            Err(Misuse::Owned { .. }) => Err(Cause::UserBusy),
            Err(_) => Err(Cause::DestinationOutOfOrder),
        }
    }

    /// The leg that [`Exchange::way_to`] was for will not be.
    pub(crate) fn way_back(&mut self, leg: LegId, target: &Target) {
        if let Target::Circuit(circuit) = target {
            let released = self.circuits.release(*circuit, leg, self.outbox.now.wall);
            self.board.misuse(released.err());
        }
    }

    /// The port that a leg to or from a telephone of the house goes by.
    pub(crate) fn port_at(&self, line: LineId, place: &Place) -> Option<CircuitId> {
        match (line, place) {
            (LineId::Span(span), Place::Extension(extension)) => {
                self.house.port_of(extension).filter(|port| port.span == span)
            }
            _ => None,
        }
    }

    /// Where the speech of a new leg goes in and out, if it is a circuit.
    pub(crate) fn speech_port(&self, leg: LegId, place: &Place) -> Option<Port> {
        match place {
            Place::Circuit(circuit) => Some(Port::Circuit(*circuit)),
            Place::Extension(extension) => {
                let circuit = self.house.port_of(extension)?;
                (self.circuits.owner(circuit) == Some(leg)).then_some(Port::Circuit(circuit))
            }
        }
    }

    /// Telephones at ports are there while their span serves.
    pub(crate) fn refresh_ports(&mut self) {
        let serves = |circuit: &CircuitId| {
            let line = self.lines.span(circuit.span);
            line.up && !line.alarms.out_of_service() && self.circuits.has_span(circuit.span)
        };
        let there = self.house.ports.of_extension.iter().filter(|(_, circuit)| serves(circuit));
        let there: BTreeMap<Digits, CircuitId> = there.map(|(number, at)| (number.clone(), *at)).collect();
        let before = std::mem::replace(self.lines.ports_mut(), there.clone());
        for (extension, circuit) in &there {
            if before.get(extension) != Some(circuit) {
                self.registered(extension.clone(), Some(format!("port {circuit}")));
            }
        }
        for extension in before.into_keys().filter(|extension| !there.contains_key(extension)) {
            self.registered(extension, None);
        }
    }

    /// Digits of a telephone that holds somebody: whom it calls meanwhile. False: it holds nobody.
    pub(crate) fn second_call_digits(&mut self, call: CallId, leg: LegId, more: &Digits) -> bool {
        let Some(entry) = self.table.get_mut(call) else { return false };
        if !matches!(*entry.call.stage(), Stage::Held { by, .. } if by == leg) {
            return false;
        }
        if entry.visit.second_call.len() + more.len() <= MOST_DIGITS {
            entry.visit.second_call.append(more);
        }
        self.second_call(call, leg, false);
        true
    }

    /// The time for another digit of a second call is over.
    pub(crate) fn second_call_complete(&mut self, call: CallId) {
        if let Some(Stage::Held { by, .. }) = self.table.call(call).map(|call| call.stage().clone()) {
            self.second_call(call, by, true);
        }
    }

    fn second_call(&mut self, call: CallId, by: LegId, complete: bool) {
        let Some(entry) = self.table.get(call) else { return };
        let digits = entry.visit.second_call.clone();
        let Some(own) = entry.call.leg(by).and_then(|leg| leg.extension()).cloned() else { return };
        let fails = match self.house.plan.look_up(&Asker::Extension(own), &digits) {
            Answer::NeedMore | Answer::CompleteOrMore(_) if !complete => {
                let wait = self.house.digit_time(digits.is_empty());
                return self.timers.arm(Timer::Digits(call), self.now().mono + wait);
            }
            Answer::Complete(_) | Answer::CompleteOrMore(_) => None,
            Answer::NeedMore => Some(Cause::InvalidNumberFormat),
            Answer::Refused(cause) => Some(cause),
        };
        self.forget_second_call(call);
        self.on(call, |call, out| call.request(by, LegRequest::Proceeding, out));
        let fails = fails.or_else(|| self.consult(call, by, digits).err().map(crate::transfers::cause_of));
        if let Some(cause) = fails {
            self.on(call, |call, out| call.second_call_fails(by, cause, out));
        }
    }

    pub(crate) fn forget_second_call(&mut self, call: CallId) {
        self.timers.disarm(&Timer::Digits(call));
        if let Some(entry) = self.table.get_mut(call) {
            entry.visit.second_call = Digits::default();
        }
    }

    /// A telephone at a port flashed again: back to whom it holds, or all three together.
    pub(crate) fn flashed_back(&mut self, call: CallId, leg: LegId) {
        if matches!(self.table.call(call).map(|call| call.stage()), Some(Stage::Held { by, .. }) if *by == leg) {
            self.forget_second_call(call);
        }
        match self.table.call(call).map(|call| call.stage().clone()) {
            Some(Stage::Consulting { by, answered: true, .. }) if by == leg => {
                // Refused where there are too many parties: then nothing changes.
                self.on(call, |call, out| call.three_way(leg, out)).and_then(Result::ok);
            }
            Some(Stage::Consulting { by, .. } | Stage::ThreeWay { by, .. }) if by == leg => {
                let dropped = self.on(call, |call, out| call.cancel_transfer(leg, out));
                if let Some(Ok(Some(dropped))) = dropped {
                    self.release_leg(call, dropped, Cause::NormalClearing.into());
                }
            }
            _ => {
                self.on(call, |call, out| call.retrieve(leg, out)).and_then(Result::ok);
            }
        }
    }

    /// The exchange ended a hold by itself: a telephone at a port must stop its dial tone.
    pub(crate) fn hold_ended(&mut self, call: CallId, by: LegId) {
        let at_port = self.table.call(call).and_then(|call| call.leg(by)).filter(|leg| leg.extension().is_some());
        if let Some(line @ LineId::Span(_)) = at_port.map(|leg| leg.line) {
            self.effect(Effect::Leg { line, leg: by, request: LegRequest::Retrieve });
        }
    }
}
