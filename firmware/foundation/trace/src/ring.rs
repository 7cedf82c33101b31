use crate::Trace;
use clock::Monotonic;
use identity::{CallId, LegId};
use serde::Serialize;
use std::collections::VecDeque;
use std::fmt;

/// A trace with its time and its number; numbers have no gap, so that a reader sees what was overwritten.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Record {
    pub seq: u64,
    pub at: Monotonic,
    pub trace: Trace,
}

/// How far a leg's records are looked for: a set-up's messages, among those of a burst of other calls. Registers of R2 exchange fifty
/// signals a call, thirty calls at once.
const LOOK_BACK: usize = 2048;

/// The latest records of a machine.
#[derive(Clone, Debug)]
pub struct Ring {
    records: VecDeque<Record>,
    capacity: usize,
    next: u64,
}

impl Ring {
    /// A ring of `capacity` records (at least one). The memory is taken once.
    pub fn holding(capacity: usize) -> Ring {
        let capacity = capacity.max(1);
        Ring { records: VecDeque::with_capacity(capacity), capacity, next: 0 }
    }

    /// Writes a record; the oldest goes if the ring is full.
    pub fn push(&mut self, at: Monotonic, trace: Trace) {
        if self.records.len() == self.capacity {
            self.records.pop_front();
        }
        self.records.push_back(Record { seq: self.next, at, trace });
        self.next += 1;
    }

    /// Records ever written.
    pub fn written(&self) -> u64 {
        self.next
    }

    /// Records overwritten.
    pub fn dropped(&self) -> u64 {
        self.next - self.records.len() as u64
    }

    /// The records kept, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Record> {
        self.records.iter()
    }

    /// The records kept with this number or a later one: how a reader goes on where it left.
    pub fn since(&self, seq: u64) -> impl Iterator<Item = &Record> {
        let skipped = seq.saturating_sub(self.dropped());
        self.records.iter().skip(usize::try_from(skipped).unwrap_or(usize::MAX))
    }

    /// A leg turned out to be of a call: what it did just before, when nobody knew, is part of the call's ladder.
    pub fn attribute(&mut self, leg: LegId, call: CallId) {
        for record in self.records.iter_mut().rev().take(LOOK_BACK) {
            if record.trace.leg() == Some(leg) {
                record.trace = record.trace.in_call(Some(call));
            }
        }
    }

    /// The call that a leg was of when it was last heard of: for what comes after its last word.
    pub fn call_of(&self, leg: LegId) -> Option<CallId> {
        let of_leg = self.records.iter().rev().take(LOOK_BACK).filter(|record| record.trace.leg() == Some(leg));
        of_leg.filter_map(|record| record.trace.call()).next()
    }

    /// The ladder of one call, oldest first.
    pub fn of_call(&self, call: CallId) -> impl Iterator<Item = &Record> {
        self.records.iter().filter(move |record| record.trace.call() == Some(call))
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>6}.{:03}  {}", self.at.0 / 1000, self.at.0 % 1000, self.trace)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Way;
    use identity::{LineId, SpanId};

    fn up(ring: &mut Ring, at: u64) {
        ring.push(Monotonic(at), Trace::Span { span: SpanId(1), what: "up" });
    }

    /// A ring that is full forgets its oldest records and says how many: memory stays bounded at any load.
    #[test]
    fn a_full_ring_overwrites_its_oldest() {
        let mut ring = Ring::holding(3);
        (0..5).for_each(|at| up(&mut ring, at));
        assert_eq!((ring.written(), ring.dropped()), (5, 2));
        assert_eq!(ring.iter().map(|record| record.seq).collect::<Vec<_>>(), [2, 3, 4]);
    }

    /// A set-up message is noted before anybody knows its call, and the last message after the leg is gone: both are in the call's ladder.
    #[test]
    fn early_and_late_messages_belong_to_the_call() {
        let (leg, call, line) = (LegId(3), CallId(9), LineId::Sip);
        let message = |call, name| Trace::Message { leg: Some(leg), call, line, way: Way::In, name };
        let mut ring = Ring::holding(16);
        ring.push(Monotonic(1), message(None, "INVITE"));
        ring.push(Monotonic(1), Trace::Refused { call: None, what: "another" });
        ring.attribute(leg, call);
        let late = message(None, "BYE").in_call(ring.call_of(leg));
        ring.push(Monotonic(2), late);
        assert_eq!(ring.of_call(call).count(), 2);
    }

    /// A reader that comes back with its last number sees each later record once.
    #[test]
    fn a_reader_goes_on_where_it_left() {
        let mut ring = Ring::holding(3);
        (0..5).for_each(|at| up(&mut ring, at));
        let seen = |from| ring.since(from).map(|record| record.seq).collect::<Vec<_>>();
        assert_eq!((seen(0), seen(3), seen(5)), (vec![2, 3, 4], vec![3, 4], vec![]));
    }
}
