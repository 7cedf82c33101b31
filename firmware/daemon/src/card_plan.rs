//! What the box is built with, for who looks at its cards: real and simulated ones, and the settings that it would propose for them.

use crate::trouble::Trouble;
use crate::{proposal, real_cards};
use board::{Board, Card, PortKind};
use http_api::{CardSource, Cards, FittedPort, FittedSpan};
use identity::SpanId;
use std::sync::Arc;

/// Looks at the cards each time it is asked; the board and its proposal stay as they were at the start.
pub fn source(board: Board) -> Result<CardSource, Trouble> {
    let proposed = proposal::settings_of(&board)?.spans;
    let fitted: Vec<FittedSpan> = board.spans.iter().map(|span| fitted(&board, span)).collect();
    Ok(Arc::new(move || Cards {
        driver: real_cards::report(&board),
        fitted: fitted.clone(),
        proposed: proposed.clone(),
    }))
}

fn fitted(board: &Board, span: &board::Span) -> FittedSpan {
    let kind = match span.card {
        Card::E1Simulated | Card::DahdiE1 => "e1",
        Card::DahdiBri => "bri",
        Card::AnalogSimulated | Card::DahdiAnalog => "analog",
    };
    let port = |port: &board::Port| {
        let kind = match port.kind {
            PortKind::Fxs => "fxs",
            PortKind::Fxo => "fxo",
        };
        FittedPort { slot: port.id, kind, connector: port.connector.clone() }
    };
    FittedSpan {
        span: SpanId(span.id),
        connector: span.connector.clone(),
        kind,
        simulated: !span.card.is_real(),
        ports: board.ports_of(span.id).map(port).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// LIN-15: simulated cards are told as such, with their ports, and every span of the board has a proposal.
    #[test]
    fn the_simulated_chassis_is_told() {
        let board = Board::parse(include_str!("../../../board/sim.toml")).unwrap();
        let cards = source(board).unwrap()();
        let told: Vec<(u16, &str, bool, usize)> =
            cards.fitted.iter().map(|span| (span.span.0, span.kind, span.simulated, span.ports.len())).collect();
        assert_eq!(told, [(1, "e1", true, 0), (2, "e1", true, 0), (3, "analog", true, 4)]);
        assert_eq!(cards.fitted[2].ports[2].kind, "fxo");
        let proposed: Vec<u16> = cards.proposed.iter().map(|span| span.id.0).collect();
        assert_eq!(proposed, [1, 2, 3]);
    }
}
