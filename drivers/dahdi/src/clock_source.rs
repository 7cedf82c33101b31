//! Which line the box takes its clock from: an order, and a fall to the next when one fails.
//!
//! ```text
//!  best usable line in the order ----fails----> next usable at once
//!        ^                                          |
//!        '---- usable again for HOLD_OFF without a break
//! ```

use crate::span::{SpanAlarms, SpanNumber};
use clock::{Millis, Monotonic};
use std::collections::BTreeMap;

/// A line that came back must hold so long before the clock returns to it: each change costs slips (G.781 wait to restore: some minutes
/// between networks; on one site less does).
pub const HOLD_OFF: Millis = Millis(30_000);

/// Whose clock rules.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ClockSource {
    Line(SpanNumber),
    /// No line is usable: the cards run free.
    Free,
}

/// Whether a line can clock the box, and since when it can or cannot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Condition {
    usable: bool,
    since: Monotonic,
}

/// How a line of the order is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Standing {
    pub span: SpanNumber,
    pub usable: bool,
    /// None: nothing was heard of it yet.
    pub since: Option<Monotonic>,
    /// When the clock comes back to it, if it holds until then.
    pub returns: Option<Monotonic>,
}

/// The order among clocks, and how the lines are.
#[derive(Clone, Debug)]
pub struct ClockOrder {
    order: Vec<SpanNumber>,
    seen: BTreeMap<SpanNumber, Condition>,
    chosen: ClockSource,
    /// When it was chosen; none: nothing was yet.
    chosen_at: Option<Monotonic>,
}

impl ClockOrder {
    /// Lines by preference, best first.
    pub fn new(order: Vec<SpanNumber>) -> ClockOrder {
        ClockOrder { order, seen: BTreeMap::new(), chosen: ClockSource::Free, chosen_at: None }
    }

    pub fn chosen(&self) -> ClockSource {
        self.chosen
    }

    /// The same lines, as they are, in another order: it begins with the first that can, at once.
    pub fn reordered(&self, order: Vec<SpanNumber>) -> ClockOrder {
        // Of a new one nothing was heard yet: it may be good.
        let may = |span: &&SpanNumber| self.seen.get(span).is_none_or(|seen| seen.usable);
        let stays = order.iter().find(may).is_some_and(|first| self.chosen == ClockSource::Line(*first));
        let seen =
            self.seen.iter().filter(|(span, _)| order.contains(span)).map(|(span, seen)| (*span, *seen)).collect();
        let (chosen, chosen_at) = if stays { (self.chosen, self.chosen_at) } else { (ClockSource::Free, None) };
        ClockOrder { order, seen, chosen, chosen_at }
    }

    /// Since when that one rules; none: nothing was chosen yet.
    pub fn chosen_at(&self) -> Option<Monotonic> {
        self.chosen_at
    }

    /// How each line of the order is, best first.
    pub fn standings(&self) -> Vec<Standing> {
        let ruler = self.order.iter().position(|span| self.chosen == ClockSource::Line(*span));
        let standing = |(place, span): (usize, &SpanNumber)| {
            let seen = self.seen.get(span);
            let usable = seen.is_some_and(|seen| seen.usable);
            let better = ruler.is_some_and(|ruler| place < ruler);
            let returns = seen.filter(|_| usable && better).map(|seen| seen.since + HOLD_OFF);
            Standing { span: *span, usable, since: seen.map(|seen| seen.since), returns }
        };
        self.order.iter().enumerate().map(standing).collect()
    }

    /// Takes a line's alarms as they are now. Gives the new source, if it changes.
    pub fn take(&mut self, now: Monotonic, span: SpanNumber, alarms: SpanAlarms) -> Option<ClockSource> {
        let usable = !(alarms.out_of_service() || alarms.loopback);
        if self.seen.get(&span).is_none_or(|seen| seen.usable != usable) {
            self.seen.insert(span, Condition { usable, since: now });
        }
        self.choose(now)
    }

    /// The hold-off of a better line may be over. Gives the new source, if it changes.
    pub fn expire(&mut self, now: Monotonic) -> Option<ClockSource> {
        self.choose(now)
    }

    fn choose(&mut self, now: Monotonic) -> Option<ClockSource> {
        let held = |span: &SpanNumber| {
            let since = self.seen.get(span).filter(|seen| seen.usable)?.since;
            let ruling = self.chosen == ClockSource::Line(*span);
            // What rules stays; without a ruler the first that can does at once.
            let may = ruling || !self.ruler_is_usable() || now.since(since) >= HOLD_OFF;
            may.then_some(*span)
        };
        let best = self.order.iter().find_map(held).map_or(ClockSource::Free, ClockSource::Line);
        let changed = best != self.chosen;
        if changed {
            (self.chosen, self.chosen_at) = (best, Some(now));
        }
        changed.then_some(best)
    }

    fn ruler_is_usable(&self) -> bool {
        match self.chosen {
            ClockSource::Line(span) => self.seen.get(&span).is_some_and(|seen| seen.usable),
            ClockSource::Free => false,
        }
    }

    /// The priorities to configure the spans with (see [`crate::E1Line::clock_priority`]): what rules is first, the rest follow in order.
    pub fn priorities(&self) -> Vec<(SpanNumber, u8)> {
        let ruler = match self.chosen {
            ClockSource::Line(span) => Some(span),
            ClockSource::Free => None,
        };
        let rest = self.order.iter().copied().filter(|span| Some(*span) != ruler);
        ruler.into_iter().chain(rest).zip(1..=u8::MAX).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: SpanNumber = SpanNumber(1);
    const SECOND: SpanNumber = SpanNumber(2);

    fn los() -> SpanAlarms {
        SpanAlarms { red: true, los: true, ..SpanAlarms::default() }
    }

    fn good() -> SpanAlarms {
        SpanAlarms::default()
    }

    /// LIN-15: when the line that clocks the box fails, the next takes over at once; the first comes back when it has held.
    #[test]
    fn the_clock_falls_to_the_next_line_and_returns() {
        let mut order = ClockOrder::new(vec![FIRST, SECOND]);
        assert_eq!(order.take(Monotonic(0), FIRST, good()), Some(ClockSource::Line(FIRST)));
        assert_eq!(order.take(Monotonic(0), SECOND, good()), None);
        assert_eq!(order.take(Monotonic(1000), FIRST, los()), Some(ClockSource::Line(SECOND)));
        assert_eq!(order.priorities(), [(SECOND, 1), (FIRST, 2)]);
        assert_eq!(order.take(Monotonic(2000), FIRST, good()), None, "it must hold first");
        assert_eq!(order.expire(Monotonic(31_999)), None);
        assert_eq!(order.expire(Monotonic(32_000)), Some(ClockSource::Line(FIRST)));
    }

    /// LIN-15: an installer is told which line rules since when, which failed when, and when the better one returns.
    #[test]
    fn the_standings_say_who_stands_in_and_since_when() {
        let mut order = ClockOrder::new(vec![FIRST, SECOND]);
        assert_eq!(order.chosen_at(), None);
        let unheard = |span| Standing { span, usable: false, since: None, returns: None };
        assert_eq!(order.standings(), [unheard(FIRST), unheard(SECOND)]);
        order.take(Monotonic(0), FIRST, good());
        order.take(Monotonic(0), SECOND, good());
        order.take(Monotonic(1000), FIRST, los());
        order.take(Monotonic(1500), FIRST, los());
        let second = Standing { span: SECOND, usable: true, since: Some(Monotonic(0)), returns: None };
        let failed = Standing { span: FIRST, usable: false, since: Some(Monotonic(1000)), returns: None };
        assert_eq!((order.chosen_at(), order.standings()), (Some(Monotonic(1000)), vec![failed, second]));
        order.take(Monotonic(2000), FIRST, good());
        let back = Standing { usable: true, since: Some(Monotonic(2000)), returns: Some(Monotonic(32_000)), ..failed };
        assert_eq!(order.standings(), [back, second]);
        order.expire(Monotonic(32_000));
        assert_eq!((order.chosen_at(), order.standings()[0].returns), (Some(Monotonic(32_000)), None));
    }

    /// LIN-15: another order holds at once, and forgets of no line since when it is as it is.
    #[test]
    fn another_order_holds_at_once() {
        let mut order = ClockOrder::new(vec![FIRST, SECOND]);
        order.take(Monotonic(0), FIRST, good());
        order.take(Monotonic(5), SECOND, good());
        let alone = order.reordered(vec![FIRST]);
        assert_eq!((alone.chosen(), alone.chosen_at()), (ClockSource::Line(FIRST), Some(Monotonic(0))));
        let mut other = order.reordered(vec![SECOND, FIRST]);
        assert_eq!(other.expire(Monotonic(1000)), Some(ClockSource::Line(SECOND)));
        assert_eq!((other.chosen_at(), other.standings()[0].since), (Some(Monotonic(1000)), Some(Monotonic(5))));
        let mut with_third = other.reordered(vec![SpanNumber(3), SECOND]);
        assert_eq!(with_third.take(Monotonic(2000), SpanNumber(3), good()), Some(ClockSource::Line(SpanNumber(3))));
    }

    /// A line that comes and goes does not drag the clock along.
    #[test]
    fn a_flapping_line_stays_second() {
        let mut order = ClockOrder::new(vec![FIRST, SECOND]);
        order.take(Monotonic(0), SECOND, good());
        assert_eq!(order.chosen(), ClockSource::Line(SECOND));
        for second in 1..100 {
            let alarms = if second % 10 == 0 { los() } else { good() };
            assert_eq!(order.take(Monotonic(second * 1000), FIRST, alarms), None);
        }
    }

    /// When all fail the cards run free, and the first to come back rules at once.
    #[test]
    fn any_line_is_better_than_none() {
        let mut order = ClockOrder::new(vec![FIRST, SECOND]);
        order.take(Monotonic(0), FIRST, good());
        assert_eq!(order.take(Monotonic(5), FIRST, los()), Some(ClockSource::Free));
        assert_eq!(order.take(Monotonic(9), SECOND, good()), Some(ClockSource::Line(SECOND)));
    }

    /// A span outside of the order never clocks the box.
    #[test]
    fn only_lines_of_the_order_are_taken() {
        let mut order = ClockOrder::new(vec![FIRST]);
        assert_eq!(order.take(Monotonic(0), SECOND, good()), None);
        assert_eq!(order.chosen(), ClockSource::Free);
    }
}
