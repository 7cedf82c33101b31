//! Two spans and the line between: bits and signals arrive after a delay, as a detector would tell them.

use clock::Monotonic;
use identity::{CircuitId, LegId, LegIds, SpanId};
use legs::{LegIndication, LegRequest, Outgoing, Setup, SpanIndication, Target};
use numbering::{Digits, PartyNumber};
use r2::{Config, Direction, R2Output, R2Span, Signal};
use std::collections::BTreeMap;
use trace::Way;

/// Bits take so long, milliseconds; a signal as long again to be recognised, at its beginning and at its end.
pub const BITS: u64 = 5;
pub const SIGNAL: u64 = 35;

#[derive(Clone, Copy, Debug)]
enum News {
    Bits(u8, u8),
    Signal(u8, Option<Signal>),
}

pub struct End {
    pub span: R2Span,
    listens: BTreeMap<u8, Direction>,
    pub heard: Vec<(LegId, LegIndication)>,
    pub told: Vec<SpanIndication>,
    pub ladder: Vec<(Option<LegId>, Way, &'static str)>,
}

/// Ends are numbered 0 and 1.
pub struct Line {
    pub now: u64,
    pub ends: [End; 2],
    under_way: BTreeMap<(u64, u64), (usize, News)>,
    number: u64,
    ids: LegIds,
    /// What went over the line of timeslot 1: `0:0001`, `1:-`, `0:+7`.
    pub trace: Vec<String>,
    /// Bits and signals to this end are lost.
    pub deaf: Option<usize>,
}

pub fn digits(text: &str) -> Digits {
    text.parse().expect("digits")
}

impl Line {
    pub fn new(config: impl Fn(SpanId) -> Config) -> Line {
        let end = |n| End {
            // A few circuits are enough, and quick.
            span: R2Span::new(Config { slots: vec![1, 2, 3, 17], trace: true, ..config(SpanId(n)) }),
            listens: BTreeMap::new(),
            heard: Vec::new(),
            told: Vec::new(),
            ladder: Vec::new(),
        };
        let mut line = Line {
            now: 0,
            ends: [end(1), end(2)],
            under_way: BTreeMap::new(),
            number: 0,
            ids: LegIds::of(LegIds::EXCHANGE),
            trace: Vec::new(),
            deaf: None,
        };
        line.run(200);
        line.trace.clear();
        line
    }

    fn at(&self) -> Monotonic {
        Monotonic(self.now)
    }

    /// Runs for so many milliseconds.
    pub fn run(&mut self, millis: u64) {
        for _ in 0..millis {
            self.drain();
            self.now += 1;
            let due: Vec<_> = self.under_way.range(..(self.now + 1, 0)).map(|(key, _)| *key).collect();
            for key in due {
                let Some((to, news)) = self.under_way.remove(&key) else { continue };
                let now = self.at();
                match news {
                    News::Bits(slot, abcd) => self.ends[to].span.bits(now, slot, abcd),
                    News::Signal(slot, signal) => {
                        if self.ends[to].listens.contains_key(&slot) {
                            self.ends[to].span.signal(now, slot, signal);
                        }
                    }
                }
            }
            let now = self.at();
            self.ends.iter_mut().for_each(|end| end.span.expire(now));
        }
        self.drain();
    }

    fn drain(&mut self) {
        for from in 0..2 {
            while let Some(output) = self.ends[from].span.poll() {
                match output {
                    R2Output::Bits { slot, abcd } => {
                        self.note(slot, format!("{from}:{abcd:04b}"));
                        self.post(from, BITS, News::Bits(slot, abcd));
                    }
                    R2Output::Sound { slot, signal, .. } => {
                        let sounds = signal.map_or("-".to_owned(), |signal| format!("+{signal:?}"));
                        self.note(slot, format!("{from}:{sounds}"));
                        self.post(from, SIGNAL, News::Signal(slot, signal));
                    }
                    R2Output::Listen { slot, direction } => {
                        match direction {
                            Some(direction) => self.ends[from].listens.insert(slot, direction),
                            None => self.ends[from].listens.remove(&slot),
                        };
                    }
                    R2Output::Leg { leg, indication } => self.ends[from].heard.push((leg, indication)),
                    R2Output::Span(told) => self.ends[from].told.push(told),
                    R2Output::Message { leg, way, name } => self.ends[from].ladder.push((leg, way, name)),
                }
            }
        }
    }

    fn note(&mut self, slot: u8, text: String) {
        if slot == 1 {
            self.trace.push(text);
        }
    }

    fn post(&mut self, from: usize, delay: u64, news: News) {
        let to = 1 - from;
        if self.deaf == Some(to) {
            return;
        }
        self.number += 1;
        self.under_way.insert((self.now + delay, self.number), (to, news));
    }

    /// Sets a call up from an end.
    pub fn call(&mut self, from: usize, slot: u8, called: &str, calling: Option<&str>) -> LegId {
        let leg = self.ids.allocate();
        let setup = Setup {
            called: PartyNumber::plain(digits(called)),
            complete: true,
            calling: calling.map(|number| PartyNumber::plain(digits(number))),
            ..Setup::default()
        };
        let target = Target::Circuit(CircuitId { span: self.ends[from].span.span(), slot });
        let outgoing = Outgoing { setup, target, answer_at_once: false };
        self.request(from, leg, LegRequest::Setup(Box::new(outgoing)));
        leg
    }

    pub fn request(&mut self, end: usize, leg: LegId, request: LegRequest) {
        let now = self.at();
        self.ends[end].span.request(now, leg, request);
    }

    /// Runs until an end hears something new of a leg; panics after 40 s.
    pub fn next(&mut self, end: usize) -> (LegId, LegIndication) {
        for _ in 0..40_000 {
            if !self.ends[end].heard.is_empty() {
                return self.ends[end].heard.remove(0);
            }
            self.run(1);
        }
        panic!("end {end} hears nothing; {:?}", self.trace);
    }

    pub fn seized(&self) -> [usize; 2] {
        [self.ends[0].span.seized(), self.ends[1].span.seized()]
    }
}
