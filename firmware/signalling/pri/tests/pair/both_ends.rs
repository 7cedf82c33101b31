use super::wire::Wire;
use clock::{Millis, Monotonic};
use identity::{CircuitId, LegId, LegIds, SpanId};
use legs::{Alarms, LegIndication, LegRequest, Outgoing, Setup, SpanIndication, SpanRequest, Target};
use numbering::{Cause, ClearCause, Digits, PartyNumber};
use pri::{Config, PriOutput, PriSpan, Side};
use std::collections::BTreeMap;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum End {
    User,
    Network,
}

impl End {
    pub fn other(self) -> End {
        match self {
            End::User => End::Network,
            End::Network => End::User,
        }
    }
}

pub struct Pair {
    pub now: Monotonic,
    pub wire: Wire,
    spans: BTreeMap<End, PriSpan>,
    ids: BTreeMap<End, LegIds>,
    pub heard: Vec<(End, LegId, LegIndication)>,
    pub span_heard: Vec<(End, SpanIndication)>,
}

pub fn config(end: End) -> Config {
    match end {
        End::User => Config::new(SpanId(1), Side::User),
        End::Network => Config::new(SpanId(2), Side::Network),
    }
}

impl Pair {
    pub fn new() -> Pair {
        Pair::with(config(End::User), config(End::Network))
    }

    /// Both ends with their data link up.
    pub fn with(user: Config, network: Config) -> Pair {
        let mut pair = Pair {
            now: Monotonic(0),
            wire: Wire::new(1),
            spans: BTreeMap::from([(End::User, PriSpan::new(user)), (End::Network, PriSpan::new(network))]),
            ids: BTreeMap::from([(End::User, LegIds::of(0)), (End::Network, LegIds::of(0))]),
            heard: Vec::new(),
            span_heard: Vec::new(),
        };
        pair.after(Millis::secs(1));
        pair
    }

    pub fn span(&self, end: End) -> &PriSpan {
        &self.spans[&end]
    }

    pub fn span_mut(&mut self, end: End) -> &mut PriSpan {
        self.spans.get_mut(&end).expect("both ends exist")
    }

    fn drain(&mut self) {
        for end in [End::User, End::Network] {
            while let Some(output) = self.span_mut(end).poll() {
                match output {
                    PriOutput::Transmit(frame) => self.wire.send(self.now, end.other(), frame),
                    PriOutput::Leg { leg, indication } => self.heard.push((end, leg, indication)),
                    PriOutput::Span(indication) => self.span_heard.push((end, indication)),
                    PriOutput::Trace(_) => {}
                }
            }
        }
    }

    /// Lets time pass, each timer and frame at its time.
    pub fn after(&mut self, wait: Millis) {
        let until = self.now + wait;
        self.drain();
        loop {
            let due = self.spans.values().filter_map(PriSpan::deadline).chain(self.wire.next()).min();
            let Some(due) = due.filter(|due| *due <= until) else { break };
            self.now = self.now.max(due);
            let now = self.now;
            if let Some((to, frame)) = self.wire.arrive(now) {
                self.span_mut(to).receive_frame(now, &frame);
            }
            self.spans.values_mut().for_each(|span| span.expire(now));
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
        self.span_mut(end).request(now, leg, request);
        self.drain();
    }

    pub fn ask_span(&mut self, end: End, request: SpanRequest) {
        let now = self.now;
        self.span_mut(end).span_request(now, request);
        self.drain();
    }

    pub fn alarm(&mut self, end: End, alarms: Alarms) {
        let now = self.now;
        self.span_mut(end).alarm(now, alarms);
        self.drain();
    }

    /// Dials from one end, on that timeslot.
    pub fn dial(&mut self, from: End, slot: u8, called: &str) -> LegId {
        self.dial_with(from, slot, Setup { complete: true, ..plain_setup(called) })
    }

    pub fn dial_with(&mut self, from: End, slot: u8, setup: Setup) -> LegId {
        let leg = self.ids.get_mut(&from).expect("both ends exist").allocate();
        let span = self.span(from).span();
        let target = Target::Circuit(CircuitId { span, slot });
        self.request(from, leg, LegRequest::Setup(Box::new(Outgoing { setup, target, answer_at_once: false })));
        leg
    }

    /// The last leg that came in at that end.
    pub fn incoming(&self, at: End) -> LegId {
        self.incoming_all(at).last().copied().expect("a call came in")
    }

    pub fn incoming_all(&self, at: End) -> Vec<LegId> {
        let setup = |(end, leg, it): &(End, LegId, LegIndication)| {
            (*end == at && matches!(it, LegIndication::Setup(_))).then_some(*leg)
        };
        self.heard.iter().filter_map(setup).collect()
    }

    /// What the leg heard so far.
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

    /// Rings and answers at once.
    pub fn talk(&mut self, from: End, slot: u8) -> (LegId, LegId) {
        let caller = self.dial(from, slot, "8001");
        self.moment();
        let callee = self.incoming(from.other());
        self.request(from.other(), callee, LegRequest::Alerting { inband: false });
        self.request(from.other(), callee, LegRequest::Answer { connected: None });
        self.moment();
        assert!(self.answered(from, caller));
        (caller, callee)
    }

    pub fn release(&mut self, end: End, leg: LegId, cause: Cause) {
        self.request(end, leg, LegRequest::Release { cause: ClearCause::ours(cause) });
    }

    /// Releases every leg that is still there, on both ends.
    pub fn hang_up_all(&mut self) {
        self.hang_up_all_at(End::User);
        self.hang_up_all_at(End::Network);
    }

    pub fn proceed_all_at(&mut self, at: End) {
        for leg in self.incoming_all(at) {
            self.request(at, leg, LegRequest::Proceeding);
        }
    }

    pub fn hang_up_all_at(&mut self, at: End) {
        let legs: Vec<LegId> = self.heard.iter().filter(|(end, ..)| *end == at).map(|(_, leg, _)| *leg).collect();
        for leg in legs {
            if self.released(at, leg).is_empty() {
                self.release(at, leg, Cause::NormalClearing);
            }
        }
    }

    /// Nothing is seized, and every leg was released exactly once.
    pub fn expect_quiet(&self) {
        for (end, span) in &self.spans {
            assert_eq!((span.legs(), span.seized()), (0, 0), "{end:?}");
        }
        for (end, leg, _) in &self.heard {
            let heard = self.heard_by(*end, *leg);
            let turned_away = heard.iter().filter(|said| matches!(said, LegIndication::TurnedAway { .. })).count();
            assert_eq!(self.released(*end, *leg).len() + turned_away, 1, "{end:?} {leg}: {heard:?}");
        }
    }
}

pub fn digits(text: &str) -> Digits {
    text.parse().expect("digits")
}

pub fn plain_setup(called: &str) -> Setup {
    Setup { called: PartyNumber::plain(digits(called)), ..Setup::default() }
}
