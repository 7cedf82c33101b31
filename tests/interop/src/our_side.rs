//! Our end of a span towards libpri: the PRI or BRI core on the machine's clock, with a called party that does as its number says.

use crate::capture::Capture;
use crate::libpri::{Access, Peer, PeerEvent, PeerSide};
use bri::{BriOutput, BriSpan, Mode};
use clock::{Millis, Monotonic};
use identity::{CircuitId, LegId, LegIds, LineId, SpanId};
use legs::{LegIndication, LegRequest, Outgoing, Setup, SpanIndication, SpanRequest, Target};
use numbering::{Cause, Digits, PartyNumber};
use pri::{Config, PriOutput, PriSpan, Side, Timer, Timers};
use std::collections::BTreeMap;
use std::io;
use std::os::unix::net::UnixDatagram;
use std::time::Duration;
use wallclock::Wallclock;

pub const SPAN: SpanId = SpanId(1);

/// Our core, of either access.
pub enum Span {
    Pri(Box<PriSpan>),
    Bri(Box<BriSpan>),
}

impl Span {
    fn new(ours: Side, access: Access) -> Span {
        let mode = match access {
            Access::Primary => {
                let config = Config { overlap_receiving: true, overlap_sending: true, ..Config::new(SPAN, ours) };
                return Span::Pri(Box::new(PriSpan::new(config)));
            }
            Access::BasicPointToPoint => Mode::PointToPoint,
            Access::BasicMultipoint => Mode::PointToMultipoint,
        };
        // On a bus a refusal is told to the caller only when no other terminal can answer any more: not to wait for that each time. Nor for
        // digits that do not come.
        let timers = match mode {
            Mode::PointToPoint => Timers::default(),
            Mode::PointToMultipoint => Timers::default()
                .with(Timer::T302, Millis(1000))
                .with(Timer::T303, Millis(1500))
                .with(Timer::T312, Millis(1600)),
        };
        Span::Bri(Box::new(BriSpan::new(bri::Config {
            overlap_receiving: true,
            overlap_sending: true,
            timers,
            ..bri::Config::new(SPAN, ours, mode)
        })))
    }

    pub fn is_up(&self) -> bool {
        match self {
            Span::Pri(span) => span.is_up(),
            Span::Bri(span) => span.is_up(),
        }
    }

    pub fn legs(&self) -> usize {
        match self {
            Span::Pri(span) => span.legs(),
            Span::Bri(span) => span.legs(),
        }
    }

    pub fn seized(&self) -> usize {
        match self {
            Span::Pri(span) => span.seized(),
            Span::Bri(span) => span.seized(),
        }
    }

    /// Whether a leg has this timeslot.
    pub fn has(&self, slot: u8) -> bool {
        match self {
            Span::Pri(span) => span.circuits().any(|(_, it)| it == slot),
            Span::Bri(span) => span.circuits().any(|(_, it)| it == slot),
        }
    }

    fn receive_frame(&mut self, now: Monotonic, frame: &[u8]) {
        match self {
            Span::Pri(span) => span.receive_frame(now, frame),
            Span::Bri(span) => span.receive_frame(now, frame),
        }
    }

    fn expire(&mut self, now: Monotonic) {
        match self {
            Span::Pri(span) => span.expire(now),
            Span::Bri(span) => span.expire(now),
        }
    }

    fn request(&mut self, now: Monotonic, leg: LegId, request: LegRequest) {
        match self {
            Span::Pri(span) => span.request(now, leg, request),
            Span::Bri(span) => span.request(now, leg, request),
        }
    }

    fn span_request(&mut self, now: Monotonic, request: SpanRequest) {
        match self {
            Span::Pri(span) => span.span_request(now, request),
            Span::Bri(span) => span.span_request(now, request),
        }
    }

    fn poll(&mut self) -> Option<PriOutput> {
        match self {
            Span::Pri(span) => span.poll(),
            Span::Bri(span) => Some(match span.poll()? {
                BriOutput::Transmit(frame) => PriOutput::Transmit(frame),
                BriOutput::Leg { leg, indication } => PriOutput::Leg { leg, indication },
                BriOutput::Span(indication) => PriOutput::Span(indication),
                BriOutput::Trace { trace, .. } => PriOutput::Trace(trace),
                BriOutput::Activate => unreachable!("this line never sleeps"),
            }),
        }
    }
}

/// Both ends of one span, ours and libpri's, on a wire that can be cut.
pub struct Line {
    pub peer: Peer,
    pub span: Span,
    pub line: LineId,
    wire: UnixDatagram,
    cut: bool,
    clock: Wallclock,
    legs: LegIds,
    capture: Option<Capture>,
    /// Digits so far of calls that come in digit by digit.
    collecting: BTreeMap<LegId, Digits>,
    /// Everything that happened since last asked.
    pub indications: Vec<(LegId, LegIndication)>,
    pub span_indications: Vec<SpanIndication>,
    pub events: Vec<PeerEvent>,
}

impl Line {
    pub fn connect(ours: Side, access: Access, capture: Option<Capture>) -> io::Result<Line> {
        let theirs = match ours {
            Side::User => PeerSide::Network,
            Side::Network => PeerSide::User,
        };
        let (peer, wire) = Peer::start(theirs, access)?;
        Ok(Line {
            peer,
            span: Span::new(ours, access),
            line: LineId::Span(SPAN),
            wire,
            cut: false,
            clock: Wallclock::start(),
            legs: LegIds::of(LegIds::EXCHANGE),
            capture,
            collecting: BTreeMap::new(),
            indications: Vec::new(),
            span_indications: Vec::new(),
            events: Vec::new(),
        })
    }

    /// Terminals that our bus has.
    pub fn terminals(&self) -> usize {
        match &self.span {
            Span::Pri(_) => 0,
            Span::Bri(span) => span.terminals().count(),
        }
    }

    /// Frames fall on the floor, both ways.
    pub fn cut(&mut self, cut: bool) {
        self.cut = cut;
    }

    /// Lets both ends work until `done`, or fails with what is known after `limit`.
    pub fn until(&mut self, limit: Duration, what: &str, mut done: impl FnMut(&mut Line) -> bool) {
        let deadline = self.clock.micros() + limit.as_micros() as u64;
        while !done(self) {
            let late = self.clock.micros() > deadline;
            assert!(
                !late,
                "{what}: not within {limit:?}; legs {}, last indications {:?}, last events {:?}",
                self.span.legs(),
                self.indications.iter().rev().take(5).collect::<Vec<_>>(),
                self.events.iter().rev().take(5).collect::<Vec<_>>(),
            );
            self.step();
        }
    }

    /// Takes what has come, runs timers, sends what is to be sent.
    pub fn step(&mut self) {
        let mut idle = true;
        let mut frame = [0u8; 2048];
        while let Ok(length) = self.wire.recv(&mut frame) {
            idle = false;
            if !self.cut {
                self.note(&frame[..length]);
                self.span.receive_frame(self.clock.mono(), &frame[..length]);
            }
        }
        self.span.expire(self.clock.mono());
        while let Some(output) = self.span.poll() {
            idle = false;
            self.carry_out(output);
        }
        while let Some(event) = self.peer.poll() {
            idle = false;
            self.events.push(event);
        }
        if idle {
            std::thread::sleep(Duration::from_micros(200));
        }
    }

    fn carry_out(&mut self, output: PriOutput) {
        match output {
            PriOutput::Transmit(frame) if !self.cut => {
                self.note(&frame);
                self.wire.send(&frame).expect("the wire takes a frame");
            }
            PriOutput::Transmit(_) => {}
            PriOutput::Leg { leg, indication } => {
                self.treat(leg, &indication);
                self.indications.push((leg, indication));
            }
            PriOutput::Span(indication) => self.span_indications.push(indication),
            PriOutput::Trace(_) => {}
        }
    }

    fn note(&mut self, frame: &[u8]) {
        let micros = self.clock.micros();
        if let Some(capture) = &mut self.capture {
            capture.frame(micros, frame).expect("the capture is written");
        }
    }

    /// Our called party: last digit 1 busy, 2 rings for ever, else rings and answers. Fewer than four digits are asked for more.
    fn treat(&mut self, leg: LegId, indication: &LegIndication) {
        match indication {
            LegIndication::Setup(incoming) => {
                let called = incoming.setup.called.digits.clone();
                self.receive_number(leg, called, incoming.setup.complete);
            }
            LegIndication::Digits { digits, complete } => {
                let mut called = self.collecting.remove(&leg).unwrap_or_default();
                called.append(digits);
                self.receive_number(leg, called, *complete);
            }
            LegIndication::Disconnecting { cause, .. } => self.request(leg, LegRequest::Release { cause: *cause }),
            _ => {}
        }
    }

    fn receive_number(&mut self, leg: LegId, called: Digits, complete: bool) {
        if !complete && called.len() < 4 {
            if !self.collecting.contains_key(&leg) {
                self.request(leg, LegRequest::MoreDigits);
            }
            self.collecting.insert(leg, called);
            return;
        }
        match called.as_str().chars().last() {
            Some('1') => self.request(leg, LegRequest::Release { cause: Cause::UserBusy.into() }),
            last => {
                self.request(leg, LegRequest::Proceeding);
                self.request(leg, LegRequest::Alerting { inband: false });
                if last != Some('2') {
                    self.request(leg, LegRequest::Answer { connected: None });
                }
            }
        }
    }

    pub fn request(&mut self, leg: LegId, request: LegRequest) {
        self.span.request(self.clock.mono(), leg, request);
    }

    pub fn span_request(&mut self, request: SpanRequest) {
        self.span.span_request(self.clock.mono(), request);
    }

    /// Sets up a call from our side on a channel.
    pub fn call(&mut self, slot: u8, called: &str, complete: bool) -> LegId {
        let leg = self.legs.allocate();
        let digits: Digits = called.parse().expect("digits");
        let calling = PartyNumber::plain("075512345678".parse().expect("digits"));
        let setup = Setup { called: PartyNumber::plain(digits), complete, calling: Some(calling), ..Setup::default() };
        let target = Target::Circuit(CircuitId { span: SPAN, slot });
        self.request(leg, LegRequest::Setup(Box::new(Outgoing { setup, target, answer_at_once: false })));
        leg
    }

    /// Ends the capture, if there is one.
    pub fn take_capture(&mut self) -> Option<Capture> {
        self.capture.take()
    }
}
