//! The exchange thread's side: the PRI core of each span.

use crate::card::Framing;
use crate::debounce::Debounce;
use crate::rings::{FromCard, LineEnd, ToCard};
use chassis::{DchannelFrame, Direction, Fault};
use clock::Monotonic;
use identity::{LegId, SpanId};
use legs::{Alarms, LegIndication, LegRequest, SpanIndication, SpanRequest};
use numbering::{Cause, ClearCause};
use pri::{PriOutput, PriSpan};
use q931::{CallHandle, CallReference};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use trace::Way;

/// Calls of one span whose legs are remembered for their last messages.
const LADDER_CALLS: usize = 128;

/// What the lines have to say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Output {
    Leg {
        span: SpanId,
        leg: LegId,
        indication: LegIndication,
    },
    Span {
        span: SpanId,
        indication: SpanIndication,
    },
    /// A message crossed the D-channel: its name, and the leg that it is about, if it is about one.
    Message {
        span: SpanId,
        leg: Option<LegId>,
        way: Way,
        name: &'static str,
    },
}

/// What is known of a span besides its calls.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Health {
    pub card: chassis::Counters,
    /// The card's alarms as they are now, before they are debounced.
    pub alarms: Alarms,
    /// Frames and alarms that found a ring full, either way.
    pub lost_to_rings: u64,
}

/// Every span with its signalling.
#[derive(Debug, Default)]
pub struct LineSet {
    lines: BTreeMap<SpanId, Line>,
    out: VecDeque<Output>,
}

#[derive(Debug)]
struct Line {
    end: LineEnd,
    /// None: the administrator took the span out of service.
    pri: Option<PriSpan>,
    /// Legs that have not had their last word.
    legs: BTreeSet<LegId>,
    /// Whose the calls of the interface are, or were: for what is said after the last word.
    ladder: BTreeMap<CallHandle, LegId>,
    debounce: Debounce,
    health: Health,
    refused_by_ring: u64,
    lost_by_card: u64,
}

impl LineSet {
    /// Puts a span in, without signalling yet.
    pub fn add(&mut self, span: SpanId, end: LineEnd) {
        let line = Line {
            end,
            pri: None,
            legs: BTreeSet::new(),
            ladder: BTreeMap::new(),
            debounce: Debounce::default(),
            health: Health::default(),
            refused_by_ring: 0,
            lost_by_card: 0,
        };
        self.lines.insert(span, line);
    }

    /// Starts signalling on a span, anew if it ran: calls that it carries are released. None stops it and sends AIS,
    /// so that the far end sees the span out of service. A span without a card is ignored.
    pub fn configure(&mut self, now: Monotonic, span: SpanId, config: Option<pri::Config>) {
        let Some(line) = self.lines.get_mut(&span) else { return };
        line.stop(span, &mut self.out);
        line.order(ToCard::SendAis(config.is_none()));
        line.pri = config.map(|config| PriSpan::new(pri::Config { trace: true, ..config }));
        let told = line.debounce.told();
        if let Some(pri) = &mut line.pri {
            pri.alarm(now, told);
            pri.expire(now);
        }
        line.drain(span, &mut self.out);
    }

    /// Who frames a span's D-channel from now on. What was under way on it is lost.
    pub fn set_framing(&mut self, span: SpanId, framing: Framing) {
        if let Some(line) = self.lines.get_mut(&span) {
            line.order(ToCard::Framing(framing));
        }
    }

    pub fn spans(&self) -> impl Iterator<Item = SpanId> + '_ {
        self.lines.keys().copied()
    }

    pub fn health(&self, span: SpanId) -> Option<Health> {
        self.lines
            .get(&span)
            .map(|line| Health { lost_to_rings: line.refused_by_ring + line.lost_by_card, ..line.health })
    }

    /// The legs that a span's signalling has, each with the timeslot it has, if it has one. None: it has no signalling.
    pub fn legs(&self, span: SpanId) -> Option<Vec<(LegId, Option<u8>)>> {
        self.lines.get(&span)?.pri.as_ref().map(|pri| pri.each_leg().collect())
    }

    /// A request for a leg of a span. An unknown leg or span is ignored: its last word crossed with the request.
    pub fn request(&mut self, now: Monotonic, span: SpanId, leg: LegId, request: LegRequest) {
        if let Some(line) = self.lines.get_mut(&span)
            && let LegRequest::Setup(_) = request
        {
            line.legs.insert(leg);
            if line.pri.is_none() {
                // Nobody signals here: the leg's first word is its last.
                return line.release_all(span, &mut self.out);
            }
        }
        self.with(span, |pri| pri.request(now, leg, request));
    }

    pub fn span_request(&mut self, now: Monotonic, span: SpanId, request: SpanRequest) {
        self.with(span, |pri| pri.span_request(now, request));
    }

    /// Makes a simulated line worse, or mends it.
    pub fn inject(&mut self, span: SpanId, direction: Direction, fault: Fault) {
        if let Some(line) = self.lines.get_mut(&span) {
            line.order(ToCard::Inject(direction, fault));
        }
    }

    /// Takes what the cards brought.
    pub fn receive(&mut self, now: Monotonic) {
        for (span, line) in &mut self.lines {
            while let Ok(news) = line.end.news.pop() {
                line.take(now, news);
                line.drain(*span, &mut self.out);
            }
        }
    }

    /// Timers that are due.
    pub fn expire(&mut self, now: Monotonic) {
        for (span, line) in &mut self.lines {
            line.expire(now, *span, &mut self.out);
            line.drain(*span, &mut self.out);
        }
    }

    pub fn deadline(&self) -> Option<Monotonic> {
        self.lines.values().filter_map(Line::deadline).min()
    }

    pub fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    fn with(&mut self, span: SpanId, work: impl FnOnce(&mut PriSpan)) {
        let Some(line) = self.lines.get_mut(&span) else { return };
        if let Some(pri) = &mut line.pri {
            work(pri);
        }
        line.drain(span, &mut self.out);
    }
}

impl Line {
    fn take(&mut self, now: Monotonic, news: FromCard) {
        match news {
            FromCard::Frame(frame) => {
                if let Some(pri) = &mut self.pri {
                    pri.receive_frame(now, frame.octets());
                }
            }
            FromCard::Alarms(alarms) => {
                self.health.alarms = alarms;
                self.debounce.take(now, alarms);
            }
            FromCard::Counters { card, lost_to_ring } => {
                self.health.card = card;
                self.lost_by_card = lost_to_ring;
            }
        }
    }

    fn expire(&mut self, now: Monotonic, span: SpanId, out: &mut VecDeque<Output>) {
        if let Some(alarms) = self.debounce.expire(now) {
            match &mut self.pri {
                Some(pri) => pri.alarm(now, alarms),
                None => out.push_back(Output::Span { span, indication: SpanIndication::Alarms(alarms) }),
            }
        }
        if let Some(pri) = &mut self.pri {
            pri.expire(now);
        }
    }

    fn deadline(&self) -> Option<Monotonic> {
        let pri = self.pri.as_ref().and_then(PriSpan::deadline);
        [pri, self.debounce.deadline()].into_iter().flatten().min()
    }

    /// Ends signalling: whatever calls there are have their last word, for their core will not give it.
    fn stop(&mut self, span: SpanId, out: &mut VecDeque<Output>) {
        if self.pri.take().is_some() {
            self.release_all(span, out);
            out.push_back(Output::Span { span, indication: SpanIndication::Down });
        }
    }

    fn release_all(&mut self, span: SpanId, out: &mut VecDeque<Output>) {
        let cause = ClearCause::ours(Cause::DestinationOutOfOrder);
        for leg in std::mem::take(&mut self.legs) {
            out.push_back(Output::Leg { span, leg, indication: LegIndication::Released { cause } });
        }
    }

    fn drain(&mut self, span: SpanId, out: &mut VecDeque<Output>) {
        while let Some(output) = self.pri.as_mut().and_then(PriSpan::poll) {
            match output {
                PriOutput::Transmit(octets) => match DchannelFrame::new(&octets) {
                    Some(frame) => self.order(ToCard::Frame(frame)),
                    None => self.refused_by_ring += 1,
                },
                PriOutput::Leg { leg, indication } => {
                    match indication {
                        LegIndication::Setup(_) => self.legs.insert(leg),
                        LegIndication::Released { .. } => self.legs.remove(&leg),
                        _ => false,
                    };
                    out.push_back(Output::Leg { span, leg, indication });
                }
                PriOutput::Span(indication) => out.push_back(Output::Span { span, indication }),
                PriOutput::Trace(trace) => out.extend(self.message(span, trace)),
            }
        }
    }

    /// Which message crossed, and for which leg.
    fn message(&mut self, span: SpanId, trace: q931::Trace) -> Option<Output> {
        let (reference, kind, way) = match trace {
            q931::Trace::Sent { reference, kind } => (reference, kind, Way::Out),
            q931::Trace::Received { reference, kind } => (reference, kind, Way::In),
            q931::Trace::Ignored(_) | q931::Trace::StateChanged { .. } | q931::Trace::Expired { .. } => return None,
        };
        let leg = match reference {
            // 4.3: the flag is 0 in messages from the side that chose the value.
            CallReference::Call { value, flag } => {
                let call = CallHandle { value, ours: flag == (way == Way::In) };
                self.leg_of(call)
            }
            CallReference::Dummy | CallReference::Global { .. } => None,
        };
        Some(Output::Message { span, leg, way, name: kind.text() })
    }

    fn leg_of(&mut self, call: CallHandle) -> Option<LegId> {
        match self.pri.as_ref().and_then(|pri| pri.leg_of(call)) {
            Some(leg) => {
                if self.ladder.len() >= LADDER_CALLS && !self.ladder.contains_key(&call) {
                    self.ladder.pop_first();
                }
                self.ladder.insert(call, leg);
                Some(leg)
            }
            None => self.ladder.get(&call).copied(),
        }
    }

    fn order(&mut self, order: ToCard) {
        if self.end.orders.push(order).is_err() {
            self.refused_by_ring += 1;
        }
    }
}
