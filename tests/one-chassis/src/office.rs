//! The house: exchange, media engine and lines on one clock, with SIP telephones that speak leg primitives.

use crate::far::{Far, PACE, plug};
use crate::lines_and_numbers::{SIP_PHONES, house, sip};
use cdr::Cdr;
use chassis::Wire;
use clock::{Millis, Monotonic, Now, WallTime};
use exchange::{Effect, Exchange, Input};
use graph::{Engine, Limits, Moment};
use identity::{CallId, CircuitId, LegId, LegIds, LineId, SpanId};
use legs::{Incoming, LegIndication, LegRequest, Origin, Setup};
use lines::{Cards, LineSet, Output};
use numbering::{Cause, ClearCause, Digits, PartyNumber};
use plan::{MediaRequest, Port};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Thursday, 1 January 2026, noon in China.
const NOON: i64 = 1_767_240_000_000;

/// Spans of the house are numbered to this.
const SPANS: u16 = 9;

/// SIP legs at once.
const RTP_LEGS: u16 = 64;

pub struct Town {
    pub now: Now,
    pub far: Far,
    pub exchange: Exchange,
    pub lines: LineSet,
    pub cdrs: BTreeMap<CallId, Cdr>,
    pub up: BTreeMap<SpanId, bool>,
    engine: Engine,
    /// Dropped, they would end the engine's rings.
    _ends: (graph::LoaderEnd, graph::RecorderEnd),
    cards: Cards,
    circuits: Vec<CircuitId>,
    phones: LegIds,
    said: VecDeque<(LegId, LegIndication)>,
    pub answered: BTreeMap<LegId, bool>,
    rtp: BTreeMap<LegId, u16>,
}

impl Town {
    pub fn built() -> Town {
        let settings = house();
        let spans: Vec<SpanId> = settings.spans.iter().map(|span| span.id).collect();
        let pairs = spans.iter().map(|span| (*span, Wire::pair()));
        let (mut near, mut out) = (BTreeMap::new(), BTreeMap::new());
        for (span, (one, other)) in pairs {
            near.insert(span, one);
            out.insert(span, other);
        }
        let (cards, lines) = plug(true, &mut near);
        let limits = Limits { spans: SPANS, circuits: 128, rtp: usize::from(RTP_LEGS), ..Limits::default() };
        let (ends, loader, recorder) = graph::connect(&limits);
        let now = Now { mono: Monotonic(0), wall: WallTime(NOON) };
        let circuits = spans.iter().flat_map(|span| (1..=31).map(|slot| CircuitId { span: *span, slot }));
        let mut town = Town {
            now,
            far: Far::new(out),
            exchange: Exchange::new(Arc::new(settings), now),
            lines,
            cdrs: BTreeMap::new(),
            up: BTreeMap::new(),
            engine: Engine::new(limits, ends),
            _ends: (loader, recorder),
            cards,
            circuits: circuits.filter(|circuit| circuit.slot != 16).collect(),
            phones: LegIds::of(LegIds::SIP),
            said: VecDeque::new(),
            answered: BTreeMap::new(),
            rtp: BTreeMap::new(),
        };
        for n in 0..SIP_PHONES {
            town.input(Input::Registration { extension: sip(n), contact: Some("192.0.2.9:5060".into()) });
        }
        town
    }

    /// A SIP telephone dials.
    pub fn dial(&mut self, extension: Digits, number: Digits) -> LegId {
        let leg = self.phones.allocate();
        let calling = Some(PartyNumber::plain(extension.clone()));
        let setup = Setup { called: PartyNumber::plain(number), complete: true, calling, ..Setup::default() };
        let incoming = Incoming { setup, origin: Origin::Extension(extension), replaces: None };
        self.open_port(leg);
        self.answered.insert(leg, false);
        self.said.push_back((leg, LegIndication::Setup(Box::new(incoming))));
        leg
    }

    pub fn hang_up(&mut self, leg: LegId) {
        let cause = ClearCause::ours(Cause::NormalClearing);
        self.released(leg, cause);
    }

    /// Each SIP leg has a port of the media engine, as the SIP core would give it one; no packet comes to it.
    fn open_port(&mut self, leg: LegId) {
        let local_port =
            (0..RTP_LEGS).map(|n| 20_000 + n * 2).find(|port| !self.rtp.values().any(|taken| taken == port));
        let local_port = local_port.expect("fewer calls than ports");
        self.rtp.insert(leg, local_port);
        self.engine.request(MediaRequest::Open { leg, port: Port::Rtp { local_port } });
    }

    fn released(&mut self, leg: LegId, cause: ClearCause) {
        if self.answered.remove(&leg).is_some() {
            self.rtp.remove(&leg);
            self.engine.request(MediaRequest::Close { leg });
            self.said.push_back((leg, LegIndication::Released { cause }));
        }
    }

    pub fn turn(&mut self, speak: impl FnOnce(&mut Cards)) {
        self.now = self.now + Millis(PACE);
        let mono = self.now.mono;
        for circuit in &self.circuits {
            self.engine.circuit_transmit(*circuit, self.cards.spoken(*circuit));
        }
        self.cards.transmit(mono);
        speak(&mut self.far.cards);
        self.far.cards.transmit(mono);
        self.cards.receive(mono);
        for circuit in &self.circuits {
            self.engine.circuit_received(*circuit, self.cards.heard(*circuit));
        }
        self.far.receive(mono);
        if mono.0.is_multiple_of(20) {
            self.engine.tick(Moment { micros: mono.0 * 1000, unix_micros: 0 });
            self.engine.packets_sent();
        }
        self.settle();
    }

    fn settle(&mut self) {
        self.lines.receive(self.now.mono);
        self.lines.expire(self.now.mono);
        if self.exchange.deadline().is_some_and(|due| due <= self.now.mono) {
            self.exchange.expire(self.now);
        }
        loop {
            self.drain();
            if let Some(output) = self.lines.poll() {
                self.line_says(output);
            } else if let Some((leg, indication)) = self.said.pop_front() {
                self.input(Input::Leg { line: LineId::Sip, leg, indication });
            } else if let Some(indication) = self.engine.indication() {
                self.input(Input::Media(indication));
            } else {
                return;
            }
        }
    }

    fn line_says(&mut self, output: Output) {
        match output {
            Output::Leg { span, leg, indication } => {
                self.input(Input::Leg { line: LineId::Span(span), leg, indication });
            }
            Output::Span { span, indication } => {
                match indication {
                    legs::SpanIndication::Up => drop(self.up.insert(span, true)),
                    legs::SpanIndication::Down => drop(self.up.insert(span, false)),
                    _ => {}
                }
                self.input(Input::Span { span, indication });
            }
            Output::Message { .. } => {}
        }
    }

    pub fn input(&mut self, input: Input) {
        self.exchange.handle(self.now, input);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(effect) = self.exchange.poll() {
            let now = self.now.mono;
            match effect {
                Effect::Leg { line: LineId::Span(span), leg, request } => self.lines.request(now, span, leg, request),
                Effect::Leg { line: LineId::Sip, leg, request } => self.phone_asked(leg, request),
                Effect::Span { span, request } => self.lines.span_request(now, span, request),
                Effect::Media(request) => self.engine.request(request),
                Effect::Cdr(cdr) => {
                    self.cdrs.insert(cdr.call, *cdr);
                }
                _ => {}
            }
        }
    }

    /// A telephone rings and answers at once.
    fn phone_asked(&mut self, leg: LegId, request: LegRequest) {
        match request {
            LegRequest::Setup(_) => {
                self.open_port(leg);
                self.answered.insert(leg, true);
                self.said.push_back((leg, LegIndication::Alerting { inband: false }));
                self.said.push_back((leg, LegIndication::Answered { connected: None }));
            }
            LegRequest::Answer { .. } => drop(self.answered.insert(leg, true)),
            LegRequest::Release { cause } | LegRequest::Disconnect { cause, .. } => {
                self.released(leg, cause);
            }
            _ => {}
        }
    }
}
