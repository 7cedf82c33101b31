//! The descriptions shipped, and descriptions that are wrong.

use board::{Board, BoardError, Cards, Dahdi, Fault, PortKind};
use std::path::Path;

/// LIN-15: what the box has is data. Every file shipped must be usable.
#[test]
fn simulated_chassis_has_two_spans_and_an_analog_card() {
    let board = Board::load(Path::new(env!("CARGO_MANIFEST_DIR")).join("sim.toml").as_path()).unwrap();
    assert_eq!(board.spans.iter().map(|span| span.id).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(board.ports.iter().filter(|port| port.kind == PortKind::Fxs).count(), 2);
    assert_eq!(board.ports.iter().filter(|port| port.kind == PortKind::Fxo).count(), 2);
    assert_eq!(board.ports_of(3).count(), 4);
    assert_eq!(board.relays.len(), 1);
}

#[test]
fn contradictions_are_named() {
    let text = r#"
        model = "x"
        revision = "1"
        name = "x"
        span = [
            { id = 1, card = "e1-simulated", connector = "A" },
            { id = 1, card = "e1-simulated", connector = "B" },
        ]
        led = [{ name = "a", colours = [], span = 7 }]
        key = [{ name = "a" }]
        port = [{ id = 1, kind = "fxo", connector = "L", span = 1 }]
        relay = [{ name = "r", rest = "bypassed", joins = { fxs = 1, fxo = 1 } }]
    "#;
    let Err(BoardError::Faulty(faults)) = Board::parse(text) else { panic!("must be faulty") };
    assert_eq!(
        faults,
        [
            Fault::SpanTwice(1),
            Fault::PortOfNoCard { port: 1, span: 1 },
            Fault::NameTwice("a".into()),
            Fault::LampWithoutColour("a".into()),
            Fault::LampOfNoSpan { led: "a".into(), span: 7 },
            Fault::RelayJoinsWrongPort { relay: "r".into(), port: 1, wanted: PortKind::Fxs },
        ]
    );
}

/// A wrong word must say where: an installer reads it.
#[test]
fn unknown_word_is_told_with_its_line() {
    let problem = Board::parse("model = \"x\"\nrevision = \"1\"\nname = \"x\"\nspams = []\n").unwrap_err().to_string();
    assert!(problem.contains("line 4") && problem.contains("spams"), "{problem}");
}

#[test]
fn missing_file_is_told_with_its_path() {
    let problem = Board::load(Path::new("no/such/board.toml")).unwrap_err().to_string();
    assert!(problem.contains("no/such/board.toml"), "{problem}");
}

/// LIN-15: real cards are named by where they are plugged in, or found; their ports count by card.
#[test]
fn real_cards_are_named_by_their_place() {
    let board = Board::load(Path::new(env!("CARGO_MANIFEST_DIR")).join("dahdi.toml").as_path()).unwrap();
    assert_eq!((board.cards, board.spans.len()), (Cards::Auto, 0));
    let text = r#"
        model = "x"
        revision = "1"
        name = "x"
        span = [
            { id = 1, card = "dahdi-e1", connector = "E1-1", dahdi = { location = "PCI Bus 04 Slot 01", place = 2 } },
            { id = 2, card = "dahdi-analog", connector = "A", dahdi = 3 },
            { id = 3, card = "dahdi-analog", connector = "B", dahdi = 4 },
        ]
        port = [
            { id = 1, kind = "fxs", connector = "TEL-1", span = 2 },
            { id = 1, kind = "fxo", connector = "LINE-1", span = 3 },
        ]
    "#;
    let board = Board::parse(text).unwrap();
    let place = Dahdi::At { location: "PCI Bus 04 Slot 01".into(), place: 2 };
    assert_eq!(board.span(1).and_then(|span| span.dahdi.clone()), Some(place));
    let Err(BoardError::Faulty(faults)) = Board::parse(&text.replace(", dahdi = 4", "")) else {
        panic!("must be faulty")
    };
    assert_eq!(faults, [Fault::DriversSpan(3)]);
}
