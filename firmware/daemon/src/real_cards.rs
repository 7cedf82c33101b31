//! Cards that the kernel's driver finds: which span of the box each is, from one start to the next.
//!
//! A span keeps its number as long as its card is known by where it is plugged in. A card that is not there keeps its number too: its
//! span has an alarm, and calls find another way.

use analog_card::ports_of;
use board::{Board, Card, Cards, Dahdi, PortKind};
use dahdi::discovery::{self, Place};
use dahdi::{Control, SpanKind, SpanStatus};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What is remembered of a span that was found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Known {
    id: u16,
    place: KnownPlace,
    kind: KnownKind,
    connector: String,
    /// Of an analog card: the place of each port on it.
    #[serde(default)]
    ports: Vec<(u16, KnownPort)>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum KnownPlace {
    Number(u16),
    At { location: String, place: u16 },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum KnownKind {
    E1,
    Bri,
    Analog,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum KnownPort {
    Fxs,
    Fxo,
}

impl KnownPlace {
    fn of(place: Place) -> KnownPlace {
        match place {
            Place::Number(number) => KnownPlace::Number(number),
            Place::At { location, place } => KnownPlace::At { location, place },
        }
    }
}

/// Ports of a card at most: timeslot 16 and what is behind it are no ports.
const MOST_PORTS: u16 = 15;

/// Which span of the kernel's driver a span of the board is.
pub fn place(described: &board::Span) -> Place {
    match &described.dahdi {
        Some(Dahdi::Number(number)) => Place::Number(*number),
        Some(Dahdi::At { location, place }) => Place::At { location: location.clone(), place: *place },
        // The board's own check refuses such a span.
        None => Place::Number(described.id),
    }
}

/// Adds the spans that are found, and those that were, to a board that wants them found. What cannot be read or written is told and
/// gone on without: calls matter more than the list.
pub fn complete(mut board: Board, remembered: &Path) -> Board {
    if board.cards != Cards::Auto {
        return board;
    }
    let mut known = read(remembered);
    let before = known.clone();
    let found = Control::open().and_then(|control| Ok((control.spans()?, control)));
    match found {
        Ok((spans, control)) => learn(&mut known, &board, &spans, |span| ports_of(&control, span)),
        Err(problem) => {
            tracing::error!(%problem, "no card can be looked for: load the modules of DAHDI, or give the right to open /dev/dahdi")
        }
    }
    if known != before {
        write(remembered, &known);
    }
    for span in known {
        add(&mut board, span);
    }
    board
}

/// Takes over what is new: a new span gets the lowest number that is free.
fn learn(
    known: &mut Vec<Known>,
    board: &Board,
    spans: &[SpanStatus],
    ports: impl Fn(&SpanStatus) -> Vec<(u16, KnownPort)>,
) {
    for (span, place) in spans.iter().zip(discovery::places(spans)) {
        let described = board.spans.iter().filter_map(|described| Some((described, described.dahdi.as_ref()?)));
        let described = described.map(|(described, _)| self::place(described));
        if described.into_iter().any(|of| discovery::find(spans, &of).is_some_and(|of| of.number == span.number)) {
            continue;
        }
        let kind = match span.kind {
            SpanKind::E1 | SpanKind::Dynamic if span.channels == 31 => KnownKind::E1,
            SpanKind::Bri | SpanKind::Dynamic if span.channels == 3 => KnownKind::Bri,
            SpanKind::Fxs | SpanKind::Fxo | SpanKind::AnalogMixed => KnownKind::Analog,
            SpanKind::E1 | SpanKind::Bri | SpanKind::Dynamic | SpanKind::T1 | SpanKind::J1 | SpanKind::Unknown => {
                tracing::warn!(%place, kind = ?span.kind, channels = span.channels, "a card that this box cannot use");
                continue;
            }
        };
        let place = KnownPlace::of(place);
        let ports = if kind == KnownKind::Analog { ports(span) } else { Vec::new() };
        if let Some(same) = known.iter_mut().find(|known| known.place == place) {
            (same.kind, same.ports) = (kind, ports);
            continue;
        }
        let taken = |id: &u16| known.iter().any(|known| known.id == *id) || board.span(*id).is_some();
        let Some(id) = (1..=128).find(|id| !taken(id)) else { return };
        let name = if span.hardware.device.is_empty() { &span.name } else { &span.hardware.device };
        tracing::info!(span = id, card = name, "a new card is found");
        known.push(Known { id, place, kind, connector: format!("{name} {}", span.number.0), ports });
    }
}

fn add(board: &mut Board, known: Known) {
    let card = match known.kind {
        KnownKind::E1 => Card::DahdiE1,
        KnownKind::Bri => Card::DahdiBri,
        KnownKind::Analog => Card::DahdiAnalog,
    };
    let dahdi = match known.place {
        KnownPlace::Number(number) => Dahdi::Number(number),
        KnownPlace::At { location, place } => Dahdi::At { location, place },
    };
    for (id, kind) in known.ports {
        let kind = match kind {
            KnownPort::Fxs => PortKind::Fxs,
            KnownPort::Fxo => PortKind::Fxo,
        };
        let connector = format!("{} {id}", known.connector);
        board.ports.push(board::Port { id, kind, connector, span: Some(known.id) });
    }
    let (id, connector) = (known.id, known.connector);
    board.spans.push(board::Span { id, card, connector, wire: "open".into(), dahdi: Some(dahdi) });
}

fn read(path: &Path) -> Vec<Known> {
    match std::fs::read_to_string(path) {
        Ok(text) => serde_json::from_str(&text).unwrap_or_else(|problem| {
            tracing::error!(path = %path.display(), %problem, "the cards found before cannot be read; they are numbered anew");
            Vec::new()
        }),
        Err(_) => Vec::new(),
    }
}

fn write(path: &Path, known: &[Known]) {
    let text = serde_json::to_string_pretty(known).unwrap_or_default();
    if let Err(problem) = std::fs::write(path, text) {
        tracing::error!(path = %path.display(), %problem, "the cards found cannot be remembered");
    }
}

/// What an analog card's ports are.
mod analog_card {
    use super::{KnownPort, MOST_PORTS};
    use dahdi::{Channel, ChannelNumber, Control, SpanStatus};

    /// Each port by its place; a place without a module is left out.
    pub(super) fn ports_of(control: &Control, span: &SpanStatus) -> Vec<(u16, KnownPort)> {
        let Ok(first) = control.first_channel(span.number) else { return Vec::new() };
        let port = |place: u16| {
            let capabilities = Channel::open(ChannelNumber(first.0 + place - 1)).ok()?.status().ok()?.capabilities;
            match (capabilities.fxs, capabilities.fxo) {
                (true, _) => Some((place, KnownPort::Fxs)),
                (false, true) => Some((place, KnownPort::Fxo)),
                (false, false) => None,
            }
        };
        (1..=span.channels.min(MOST_PORTS)).filter_map(port).collect()
    }
}
