//! What happened, line by line: printed when a check fails, compared when a seed is run twice.

use clock::Now;
use exchange::{Effect, Input};
use identity::{LegId, SpanId};
use legs::LegIndication;
use std::collections::VecDeque;

#[derive(Debug)]
pub struct Ladder {
    pub seed: u64,
    kept: Kept,
    lines: VecDeque<String>,
}

/// How much of the ladder is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kept {
    /// Nothing: thousands of seeds are run, and one that fails is run again.
    Nothing,
    Last(usize),
    All,
}

impl Ladder {
    pub fn of(seed: u64) -> Ladder {
        Ladder { seed, kept: Kept::Last(400), lines: VecDeque::new() }
    }

    pub fn keep_nothing(&mut self) {
        self.kept = Kept::Nothing;
    }

    pub fn keep_all(&mut self) {
        self.kept = Kept::All;
    }

    pub fn note(&mut self, now: Now, what: impl FnOnce() -> String) {
        if self.kept == Kept::Nothing {
            return;
        }
        let at = now.mono.0;
        self.lines.push_back(format!("{:>6}.{:03}  {}", at / 1000, at % 1000, what()));
        if let Kept::Last(most) = self.kept
            && self.lines.len() > most
        {
            self.lines.pop_front();
        }
    }

    pub fn input(&mut self, now: Now, input: &Input) {
        self.note(now, || match input {
            Input::Leg { leg, indication, .. } => format!("{leg:>8} --> {indication:?}"),
            Input::SpanAudit { span, legs } => format!("{span} has {legs:?}"),
            Input::Span { span, indication } => format!("{span} --> {indication:?}"),
            Input::Registration { extension, contact } => format!("{extension} registered: {}", contact.is_some()),
            Input::Media(indication) => format!("media --> {indication:?}"),
            Input::Command { actor, command, .. } => format!("{actor:?} asks {command:?}"),
            Input::Box { part, wrong } => format!("part {part} of the box: {wrong:?}"),
            Input::Settings(_) => "new settings".to_owned(),
        });
    }

    pub fn effect(&mut self, now: Now, effect: &Effect) {
        self.note(now, || match effect {
            Effect::Leg { leg, request, .. } => format!("{leg:>8} <-- {request:?}"),
            Effect::Span { span, request } => format!("{span} <-- {request:?}"),
            Effect::Media(request) => format!("media <-- {request:?}"),
            Effect::Recording(order) => format!("recorder <-- {order:?}"),
            Effect::Ledger(record) => format!("{} #{} {:?}", record.call, record.seq, record.event),
            Effect::Cdr(cdr) => format!("{} closed: {:?}, {}", cdr.call, cdr.outcome, cdr.cause),
            Effect::Reply { result, .. } => format!("reply {result:?}"),
            Effect::ShowMessageWaiting { port, waiting } => format!("{port} told that messages wait: {waiting}"),
            Effect::KeepMessageWaiting { extension, waiting } => format!("messages wait for {extension}: {waiting}"),
            Effect::TestCircuit { circuit, test } => format!("{circuit} tested for {test:?}"),
            Effect::Alarm(alarm) => format!("alarm {alarm:?}"),
            Effect::View(change) => format!("view {} {:?}", change.seq, change.id),
        });
    }

    pub fn far(&mut self, now: Now, span: SpanId, leg: LegId, indication: &LegIndication) {
        self.note(now, || format!("far {span} {leg} {indication:?}"));
    }

    pub fn lines(&self) -> impl Iterator<Item = &String> {
        self.lines.iter()
    }

    pub fn print(&self) -> String {
        let lines: Vec<&str> = self.lines.iter().map(String::as_str).collect();
        format!("seed {}\n{}", self.seed, lines.join("\n"))
    }
}
