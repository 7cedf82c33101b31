//! The network side of spans, inside this process: cards on wires and PRI cores, five milliseconds at a time.

use crate::box_under_test::local;
use crate::report::Trouble;
use chassis::{Span, SpanConfig, Wire, WireAddress};
use clock::Monotonic;
use identity::SpanId;
use lines::{Cards, Framing, LineSet, Output};
use std::time::{Duration, Instant};

/// Milliseconds of each turn.
pub const PACE: u64 = 5;

pub struct FarEnd {
    pub cards: Cards,
    pub lines: LineSet,
    start: Instant,
    turn: u64,
}

impl FarEnd {
    /// One span for each wire, given by both its ports (ours first), numbered from 1.
    pub fn open(wires: &[(u16, u16)]) -> Result<FarEnd, Trouble> {
        let mut far =
            FarEnd { cards: Cards::new(PACE as usize), lines: LineSet::default(), start: Instant::now(), turn: 0 };
        for ((ours, theirs), number) in wires.iter().zip(1..) {
            let id = SpanId(number);
            let wire = Wire::open(WireAddress::Udp { local: local(*ours), remote: local(*theirs) })?;
            let span = Span::new(SpanConfig::default(), wire, Monotonic(0));
            far.lines.add(id, far.cards.add(id, span, Framing::Card));
            far.lines.configure(Monotonic(0), id, Some(pri::Config::new(id, pri::Side::Network).into()));
        }
        Ok(far)
    }

    pub fn now(&self) -> Monotonic {
        Monotonic(self.start.elapsed().as_millis() as u64)
    }

    /// Waits for the next turn, then moves speech and signalling. What the lines say is to be polled then.
    pub fn turn(&mut self) -> Monotonic {
        self.turn += 1;
        let due = self.start + Duration::from_millis(self.turn * PACE);
        let late = Instant::now().saturating_duration_since(due);
        if late > Duration::from_millis(200) {
            // After a stall the wire is not flooded with all that was missed.
            self.turn += late.as_millis() as u64 / PACE;
        }
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let now = self.now();
        self.cards.exchange(now);
        self.lines.receive(now);
        self.lines.expire(now);
        now
    }

    /// Turns until all spans are up.
    pub fn wait_up(&mut self, spans: usize, within: Duration) -> Result<(), Trouble> {
        let deadline = Instant::now() + within;
        let mut up = 0;
        while up < spans {
            self.turn();
            while let Some(output) = self.lines.poll() {
                if let Output::Span { indication, .. } = output {
                    match indication {
                        legs::SpanIndication::Up => up += 1,
                        legs::SpanIndication::Down => up -= 1,
                        _ => {}
                    }
                }
            }
            if Instant::now() > deadline {
                return Err(format!("{up} of {spans} spans came up").into());
            }
        }
        Ok(())
    }
}
