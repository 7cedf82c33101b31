//! Which line clocks the box: the settings' order, and a fall to the next line when one fails.

use crate::span_lines::line_framing;
use clock::{Monotonic, Now, WallTime};
use dahdi::{ClockOrder, ClockSource, SpanAlarms, SpanNumber, Standing};
use http_api::{ClockLine, ClockReport};
use identity::SpanId;
use legs::Alarms;
use lines::{LineFraming, LineSet};
use settings::Settings;
use std::collections::{BTreeMap, BTreeSet};

pub struct ClockChoice {
    /// Spans of the box, by their own numbers.
    order: ClockOrder,
    candidates: Vec<SpanId>,
    real: BTreeSet<SpanId>,
    /// What each card was told.
    told: BTreeMap<SpanId, LineFraming>,
}

impl ClockChoice {
    pub fn new(real: BTreeSet<SpanId>) -> ClockChoice {
        ClockChoice { order: ClockOrder::new(Vec::new()), candidates: Vec::new(), real, told: BTreeMap::new() }
    }

    /// A new order begins with its first line.
    pub fn configure(&mut self, settings: &Settings, lines: &mut LineSet) {
        let order: Vec<SpanId> = settings.clock_order().into_iter().filter(|id| self.real.contains(id)).collect();
        if order != self.candidates {
            self.order = self.order.reordered(order.iter().map(|id| SpanNumber(id.0)).collect());
        }
        // What rules now goes on to.
        let ranks: Vec<SpanId> = self.order.priorities().iter().map(|(span, _)| SpanId(span.0)).collect();
        for span in settings.spans.iter().filter(|span| self.real.contains(&span.id)) {
            let framing = line_framing(settings, span.id, &ranks);
            if self.told.insert(span.id, framing) != Some(framing) {
                lines.set_line(span.id, framing);
            }
        }
        self.candidates = order;
    }

    /// The span that clocks the box; none: no real card does.
    pub fn ruler(&self) -> Option<SpanId> {
        match self.order.chosen() {
            ClockSource::Line(span) => Some(SpanId(span.0)),
            ClockSource::Free => None,
        }
    }

    /// What an installer is told of it.
    pub fn report(&self, now: Now) -> ClockReport {
        let wall = |at: Monotonic| {
            let ago = i64::try_from(now.mono.0).unwrap_or(0) - i64::try_from(at.0).unwrap_or(0);
            WallTime(now.wall.0 - ago)
        };
        let line = |standing: Standing| ClockLine {
            span: SpanId(standing.span.0),
            usable: standing.usable,
            since: standing.since.map(wall),
            returns: standing.returns.map(wall),
        };
        ClockReport {
            ruler: self.ruler(),
            since: self.order.chosen_at().map(wall),
            lines: self.order.standings().into_iter().map(line).collect(),
        }
    }

    pub fn choose(&mut self, now: Monotonic, lines: &mut LineSet) {
        let mut changed = None;
        for id in &self.candidates {
            let alarms = lines
                .health(*id)
                .map_or(SpanAlarms { red: true, ..SpanAlarms::default() }, |health| seen(health.alarms));
            changed = self.order.take(now, SpanNumber(id.0), alarms).or(changed);
        }
        match changed.or_else(|| self.order.expire(now)) {
            None => {}
            Some(ClockSource::Free) => tracing::warn!("no line can clock the box: it runs free"),
            Some(ClockSource::Line(span)) => {
                tracing::info!(span = span.0, "the box is clocked by this line");
                for (span, clock_priority) in self.order.priorities() {
                    let id = SpanId(span.0);
                    let Some(told) = self.told.get_mut(&id).filter(|told| told.clock_priority != clock_priority) else {
                        continue;
                    };
                    told.clock_priority = clock_priority;
                    lines.set_line(id, *told);
                }
            }
        }
    }
}

/// What a clock cares for.
fn seen(alarms: Alarms) -> SpanAlarms {
    let Alarms { card, los, lfa, ais, rai } = alarms;
    SpanAlarms { red: card, los, lfa, ais, rai, ..SpanAlarms::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use settings::SpanSettings;

    fn settings(clocks: &[u16]) -> Settings {
        let mut settings = Settings::proposed(&[SpanId(1), SpanId(2)], || "password".into());
        settings.clocks = clocks.iter().map(|id| SpanId(*id)).collect();
        settings
    }

    /// LIN-15: the order of clocks is the settings', else that of the spans; what is no digital line is left out.
    #[test]
    fn the_order_is_the_settings() {
        let mut settings = settings(&[2, 1]);
        let framing =
            |settings: &Settings, id| line_framing(settings, SpanId(id), &settings.clock_order()).clock_priority;
        assert_eq!((framing(&settings, 1), framing(&settings, 2)), (2, 1));
        settings.clocks.clear();
        assert_eq!((framing(&settings, 1), framing(&settings, 2)), (1, 2));
        let analog = settings::Signalling::Analog(settings::AnalogSettings::default());
        let off = SpanSettings { signalling: analog, ..settings.spans[0].clone() };
        settings.spans[0] = off;
        assert_eq!((framing(&settings, 1), framing(&settings, 2)), (0, 1));
    }

    /// LIN-15: the console shows times of day; only lines with a real card are in the order that it is told.
    #[test]
    fn the_report_has_real_lines_and_times_of_day() {
        let mut choice = ClockChoice::new(BTreeSet::from([SpanId(2)]));
        let mut lines = LineSet::default();
        choice.configure(&settings(&[1, 2]), &mut lines);
        choice.choose(Monotonic(4000), &mut lines);
        let report = choice.report(Now { mono: Monotonic(5000), wall: WallTime(1_000_000) });
        let failed = ClockLine { span: SpanId(2), usable: false, since: Some(WallTime(999_000)), returns: None };
        assert_eq!(report, ClockReport { ruler: None, since: None, lines: vec![failed] });
    }
}
