use clock::Now;
use identity::{LegId, LineId};
use legs::LegRequest;
use plan::MediaRequest;
use std::collections::VecDeque;

/// What calls want done, in this order.
#[derive(Clone, PartialEq, Debug)]
pub enum Output {
    Leg { line: LineId, leg: LegId, request: LegRequest },
    Media(MediaRequest),
    Ledger(ledger::Record),
}

/// Where calls put what they want done, with the time at which they want it.
#[derive(Clone, Debug, Default)]
pub struct Outbox {
    pub now: Now,
    outputs: VecDeque<Output>,
}

impl Outbox {
    pub fn at(now: Now) -> Outbox {
        Outbox { now, outputs: VecDeque::new() }
    }

    pub fn push(&mut self, output: Output) {
        self.outputs.push_back(output);
    }

    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }
}
