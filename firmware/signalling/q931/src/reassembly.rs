//! Messages that came in segments, annex H.3.

use crate::codec::Segment;
use crate::interface::{Line, Owner, Timer};

/// H.2 a: segments of one message at most.
const MAX_SEGMENTS: u8 = 8;

/// At most one message is under way: its segments come one behind the other (H.2 g).
#[derive(Debug, Default)]
pub(crate) struct Reassembly {
    receiving: Option<Receiving>,
}

#[derive(Debug)]
struct Receiving {
    /// The whole message as far as it came.
    frame: Vec<u8>,
    header: usize,
    kind: u8,
    remaining: u8,
}

impl Reassembly {
    /// Takes one segment; gives the message when it was the last.
    pub(crate) fn take(&mut self, segment: Segment<'_>, line: &mut Line) -> Option<Vec<u8>> {
        let before = self.receiving.take();
        line.disarm(Owner::Segments, Timer::T314);
        let receiving = match before {
            _ if segment.first => Receiving::begin(&segment),
            Some(before) => before.go_on(&segment),
            None => None,
        };
        let Some(receiving) = receiving else {
            line.counters.segments_lost += 1;
            return None;
        };
        if receiving.remaining == 0 {
            return Some(receiving.frame);
        }
        line.arm(Owner::Segments, Timer::T314);
        self.receiving = Some(receiving);
        None
    }

    /// Another message came in between, or T314 ran out: what came so far is of no use (H.3 d, g).
    pub(crate) fn give_up(&mut self, line: &mut Line) {
        if self.receiving.take().is_some() {
            line.disarm(Owner::Segments, Timer::T314);
            line.counters.segments_lost += 1;
        }
    }
}

impl Receiving {
    fn begin(segment: &Segment<'_>) -> Option<Receiving> {
        if segment.remaining >= MAX_SEGMENTS {
            return None;
        }
        let mut frame = segment.header.to_vec();
        frame.push(segment.kind);
        frame.extend_from_slice(segment.octets);
        Some(Receiving { frame, header: segment.header.len(), kind: segment.kind, remaining: segment.remaining })
    }

    /// The next segment must be of the same message and the next in number.
    fn go_on(mut self, segment: &Segment<'_>) -> Option<Receiving> {
        let same = self.frame[..self.header] == *segment.header && self.kind == segment.kind;
        if !same || segment.remaining + 1 != self.remaining {
            return None;
        }
        self.frame.extend_from_slice(segment.octets);
        self.remaining = segment.remaining;
        Some(self)
    }
}
