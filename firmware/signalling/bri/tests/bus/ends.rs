use super::wire::Wire;
use bri::{BriOutput, BriSpan, Config, Mode, Side};
use clock::{Millis, Monotonic};
use identity::{CircuitId, LegId, LegIds, SpanId};
use legs::{Alarms, LegIndication, LegRequest, Outgoing, Setup, SpanIndication, SpanRequest, Target};
use numbering::{Cause, ClearCause, Digits, PartyNumber};

/// 0 is the network, 1 to 8 the terminals.
pub type End = usize;

pub const NETWORK: End = 0;

pub struct Bus {
    pub now: Monotonic,
    pub wire: Wire,
    pub spans: Vec<BriSpan>,
    ids: Vec<LegIds>,
    pub heard: Vec<(End, LegId, LegIndication)>,
    pub span_heard: Vec<(End, SpanIndication)>,
    /// Times the network or a terminal asked for the line to be woken.
    pub wakes: usize,
}

pub fn config(end: End, mode: Mode) -> Config {
    let side = if end == NETWORK { Side::Network } else { Side::User };
    Config::new(SpanId(end as u16 + 1), side, mode)
}

impl Bus {
    /// A passive bus with so many terminals, each with its TEI.
    pub fn with_terminals(terminals: usize) -> Bus {
        Bus::of((0..=terminals).map(|end| config(end, Mode::PointToMultipoint)).collect())
    }

    /// A line point to point.
    pub fn point_to_point() -> Bus {
        Bus::of((0..=1).map(|end| config(end, Mode::PointToPoint)).collect())
    }

    pub fn of(configs: Vec<Config>) -> Bus {
        let mut bus = Bus {
            now: Monotonic(0),
            wire: Wire::new(1),
            ids: configs.iter().map(|_| LegIds::of(0)).collect(),
            spans: configs.into_iter().map(BriSpan::new).collect(),
            heard: Vec::new(),
            span_heard: Vec::new(),
            wakes: 0,
        };
        bus.after(Millis::secs(3));
        bus
    }

    fn drain(&mut self) {
        for end in 0..self.spans.len() {
            while let Some(output) = self.spans[end].poll() {
                match output {
                    BriOutput::Transmit(frame) if end == NETWORK => {
                        (1..self.spans.len()).for_each(|to| self.wire.send(self.now, end, to, &frame));
                    }
                    BriOutput::Transmit(frame) => self.wire.send(self.now, end, NETWORK, &frame),
                    BriOutput::Leg { leg, indication } => self.heard.push((end, leg, indication)),
                    BriOutput::Span(indication) => self.span_heard.push((end, indication)),
                    BriOutput::Activate => self.wakes += 1,
                    BriOutput::Trace { .. } => {}
                }
            }
        }
    }

    /// Lets time pass, each timer and frame at its time.
    pub fn after(&mut self, wait: Millis) {
        let until = self.now + wait;
        self.drain();
        loop {
            let due = self.spans.iter().filter_map(BriSpan::deadline).chain(self.wire.next()).min();
            let Some(due) = due.filter(|due| *due <= until) else { break };
            self.now = self.now.max(due);
            let now = self.now;
            if let Some((to, frame)) = self.wire.arrive(now) {
                self.spans[to].receive_frame(now, &frame);
            }
            self.spans.iter_mut().for_each(|span| span.expire(now));
            self.drain();
        }
        self.now = until;
    }

    /// A moment: frames arrive, no timer of layer 3 runs out.
    pub fn moment(&mut self) {
        self.after(Millis(500));
    }

    pub fn request(&mut self, end: End, leg: LegId, request: LegRequest) {
        let now = self.now;
        self.spans[end].request(now, leg, request);
        self.drain();
    }

    pub fn ask_span(&mut self, end: End, request: SpanRequest) {
        let now = self.now;
        self.spans[end].span_request(now, request);
        self.drain();
    }

    pub fn alarm(&mut self, end: End, alarms: Alarms) {
        let now = self.now;
        self.spans[end].alarm(now, alarms);
        self.drain();
    }

    pub fn activation(&mut self, end: End, active: bool) {
        let now = self.now;
        self.spans[end].activation(now, active);
        self.drain();
    }

    pub fn dial(&mut self, from: End, slot: u8, called: &str) -> LegId {
        self.dial_with(from, slot, Setup { complete: true, ..plain_setup(called) })
    }

    pub fn dial_with(&mut self, from: End, slot: u8, setup: Setup) -> LegId {
        let leg = self.ids[from].allocate();
        let target = Target::Circuit(CircuitId { span: self.spans[from].span(), slot });
        self.request(from, leg, LegRequest::Setup(Box::new(Outgoing { setup, target, answer_at_once: false })));
        leg
    }

    pub fn incoming_all(&self, at: End) -> Vec<LegId> {
        let setup = |(end, leg, it): &(End, LegId, LegIndication)| {
            (*end == at && matches!(it, LegIndication::Setup(_))).then_some(*leg)
        };
        self.heard.iter().filter_map(setup).collect()
    }

    /// The last leg that came in at that end.
    pub fn incoming(&self, at: End) -> LegId {
        self.incoming_all(at).last().copied().unwrap_or_else(|| panic!("no call came in at {at}"))
    }

    pub fn heard_by(&self, end: End, leg: LegId) -> Vec<&LegIndication> {
        self.heard.iter().filter(|(e, l, _)| *e == end && *l == leg).map(|(_, _, it)| it).collect()
    }

    pub fn released(&self, end: End, leg: LegId) -> Vec<Cause> {
        let cause =
            |it: &&LegIndication| if let LegIndication::Released { cause } = it { Some(cause.cause) } else { None };
        self.heard_by(end, leg).iter().filter_map(cause).collect()
    }

    pub fn answered(&self, end: End, leg: LegId) -> bool {
        self.heard_by(end, leg).iter().any(|it| matches!(it, LegIndication::Answered { .. }))
    }

    pub fn alerted(&self, end: End, leg: LegId) -> bool {
        self.heard_by(end, leg).iter().any(|it| matches!(it, LegIndication::Alerting { .. }))
    }

    pub fn alert(&mut self, end: End, leg: LegId) {
        self.request(end, leg, LegRequest::Alerting { inband: false });
    }

    pub fn answer(&mut self, end: End, leg: LegId) {
        self.request(end, leg, LegRequest::Answer { connected: None });
    }

    pub fn release(&mut self, end: End, leg: LegId, cause: Cause) {
        self.request(end, leg, LegRequest::Release { cause: ClearCause::ours(cause) });
    }

    /// The channel that the leg has.
    pub fn slot_of(&self, end: End, leg: LegId) -> Option<u8> {
        self.spans[end].circuits().find(|(it, _)| *it == leg).map(|(_, slot)| slot)
    }

    pub fn hang_up_all(&mut self) {
        (0..self.spans.len()).for_each(|end| self.hang_up_all_at(end));
    }

    pub fn hang_up_all_at(&mut self, at: End) {
        let legs: Vec<LegId> = self.spans[at].each_leg().map(|(leg, _)| leg).collect();
        for leg in legs {
            self.release(at, leg, Cause::NormalClearing);
        }
    }

    /// Nothing is seized, no call is left at any layer, and every leg was released exactly once.
    pub fn expect_quiet(&self) {
        for (end, span) in self.spans.iter().enumerate() {
            assert_eq!((span.legs(), span.seized(), span.calls()), (0, 0, 0), "end {end}: legs, channels, calls");
        }
        for (end, leg, _) in &self.heard {
            let heard = self.heard_by(*end, *leg);
            let turned_away = heard.iter().filter(|said| matches!(said, LegIndication::TurnedAway { .. })).count();
            assert_eq!(self.released(*end, *leg).len() + turned_away, 1, "end {end} {leg}: {heard:?}");
        }
    }
}

pub fn digits(text: &str) -> Digits {
    text.parse().expect("digits")
}

pub fn plain_setup(called: &str) -> Setup {
    Setup { called: PartyNumber::plain(digits(called)), ..Setup::default() }
}
