//! The cards of the board, and the lines' side of each.

use crate::span_lines::{framing, line_framing};
use crate::trouble::Trouble;
use crate::{analog_lines, real_cards};
use board::{Board, Card};
use chassis::{AnalogCard, Span, SpanConfig, Timeslot16, Wire, WireAddress};
use clock::Monotonic;
use identity::SpanId;
use lines::{Cards, Framing, KernelKind, KernelPorts, KernelSpan, LineSet};
use settings::Settings;
use std::collections::BTreeSet;

/// Milliseconds between two wakes of the media thread.
const WAKE_MILLIS: u16 = (media_io::WAKE_MICROS / 1000) as u16;

/// Spans whose cards the kernel's driver has.
pub fn real_spans(board: &Board) -> BTreeSet<SpanId> {
    board.spans.iter().filter(|span| span.card.is_real()).map(|span| SpanId(span.id)).collect()
}

/// Puts every card of the board in. A simulated wire that cannot be opened is a mistake of who started us; a real card that is not there
/// is an alarm of its span.
pub fn plug_in(board: &Board, settings: &Settings) -> Result<(Cards, LineSet), Trouble> {
    let mut cards = Cards::new(usize::from(WAKE_MILLIS));
    let mut lines = LineSet::default();
    for described in &board.spans {
        let id = SpanId(described.id);
        let end = match described.card {
            Card::E1Simulated => {
                let config = SpanConfig { seed: described.id.into(), ..SpanConfig::default() };
                let span = Span::new(config, wire(described)?, Monotonic(0));
                cards.add(id, span, framing_of(settings, id))
            }
            Card::AnalogSimulated => {
                let ports = analog_lines::ports(board, described.id);
                let card = AnalogCard::new(&ports, wire(described)?, described.id.into(), Monotonic(0));
                cards.add_analog(id, card)
            }
            Card::DahdiE1 | Card::DahdiBri => {
                let framing = framing_of(settings, id);
                cards.add_kernel(id, kernel_span(described, settings, framing), framing)
            }
            Card::DahdiAnalog => cards.add_kernel_analog(id, kernel_ports(board, described)),
        };
        lines.add(id, end);
    }
    Ok((cards, lines))
}

fn framing_of(settings: &Settings, id: SpanId) -> Framing {
    let span = settings.spans.iter().find(|span| span.id == id);
    framing(&span.map(|span| span.signalling.clone()).unwrap_or_default())
}

fn wire(described: &board::Span) -> Result<Wire, Trouble> {
    let trouble = |problem: String| Trouble::Wire { span: described.id, problem };
    let address: WireAddress =
        described.wire.parse().map_err(|problem: chassis::BadWire| trouble(problem.to_string()))?;
    Wire::open(address).map_err(|problem| trouble(format!("{address}: {problem}")))
}

fn kernel_span(described: &board::Span, settings: &Settings, framing: Framing) -> KernelSpan {
    let timeslot16 = match framing {
        Framing::Card => Timeslot16::Hdlc,
        Framing::Software => Timeslot16::Clear,
        Framing::Cas => Timeslot16::Cas,
    };
    let kind = if described.card == Card::DahdiBri { KernelKind::Basic } else { KernelKind::E1 };
    let line = line_framing(settings, SpanId(described.id), &settings.clock_order());
    let span = KernelSpan::new(real_cards::place(described), kind, WAKE_MILLIS, line, timeslot16);
    report(described, span.trouble());
    span
}

fn kernel_ports(board: &Board, described: &board::Span) -> KernelPorts {
    let ports = analog_lines::ports(board, described.id);
    let ports = KernelPorts::new(real_cards::place(described), &ports, WAKE_MILLIS);
    report(described, ports.trouble());
    ports
}

fn report(described: &board::Span, trouble: Option<&str>) {
    match trouble {
        None => tracing::info!(span = described.id, connector = described.connector, "card opened"),
        Some(problem) => tracing::error!(
            span = described.id,
            connector = described.connector,
            problem,
            "the card does not serve; it is tried again every 5 s"
        ),
    }
}
