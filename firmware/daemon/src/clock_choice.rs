//! Which line clocks the box: the settings' order, and a fall to the next line when one fails.

use crate::span_lines::line_framing;
use clock::Monotonic;
use dahdi::{ClockOrder, ClockSource, SpanAlarms, SpanNumber};
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
            self.order = ClockOrder::new(order.iter().map(|id| SpanNumber(id.0)).collect());
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
}
