//! What who looks after lines asks of the exchange thread.

use crate::exchange_thread::{ExchangeThread, shown};
use clock::Now;
use http_api::{CircuitReport, LadderLine, LineAnswer, LineQuestion};
use identity::{CircuitId, LineId, SpanId};
use trace::Trace;

impl ExchangeThread {
    pub fn line_answer(&self, now: Now, question: LineQuestion) -> LineAnswer {
        match question {
            LineQuestion::Circuit(circuit) => match self.circuit_report(circuit) {
                Some(report) => LineAnswer::Circuit(Box::new(report)),
                None => LineAnswer::Unknown,
            },
            LineQuestion::Trace { span, slot } => match self.line_trace(now, span, slot) {
                Some(lines) => LineAnswer::Trace(lines),
                None => LineAnswer::Unknown,
            },
            LineQuestion::Clock => LineAnswer::Clock(self.lines.clock_report(now)),
        }
    }

    fn circuit_report(&self, circuit: CircuitId) -> Option<CircuitReport> {
        let view = self.exchange.circuit_view(circuit)?;
        let legs = self.lines.legs(circuit.span).unwrap_or_default();
        let signalling = legs.into_iter().find(|(_, slot)| *slot == Some(circuit.slot)).map(|(leg, _)| leg);
        let agrees = view.leg == signalling;
        Some(CircuitReport { agrees, signalling, test_report: self.lines.set.tested(circuit), view })
    }

    /// What crossed a span; or of one timeslot everything about the leg that has it, or had it last.
    fn line_trace(&self, now: Now, span: SpanId, slot: Option<u8>) -> Option<Vec<LadderLine>> {
        let of_span = |trace: &Trace| match trace {
            Trace::Primitive { line, .. } | Trace::Message { line, .. } => *line == LineId::Span(span),
            Trace::Span { span: of, .. } => *of == span,
            _ => false,
        };
        let records = self.exchange.trace();
        match slot {
            None => self.exchange.has_span(span).then(|| {
                records.iter().filter(|record| of_span(&record.trace)).map(|record| shown(now, record)).collect()
            }),
            Some(slot) => {
                let leg = self.exchange.circuit_view(CircuitId { span, slot })?.last_leg;
                let about = records.iter().filter(|record| leg.is_some() && record.trace.leg() == leg);
                Some(about.map(|record| shown(now, record)).collect())
            }
        }
    }
}
