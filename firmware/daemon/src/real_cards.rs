//! Cards that the kernel's driver finds: which span of the box each is, from one start to the next.
//!
//! A span keeps its number as long as its card is known by where it is plugged in. A card that is not there keeps its number too: its
//! span has an alarm, and calls find another way.

use analog_card::ports_of;
use board::{Board, Card, Cards, Dahdi, PortKind};
use dahdi::discovery::{self, Place};
use dahdi::{Control, SpanKind, SpanStatus};
use http_api::CardReport;
use identity::SpanId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
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

/// Each span that the driver has, and each that the board names and the driver has not.
pub fn report(board: &Board) -> Result<Vec<CardReport>, String> {
    let control = Control::open().map_err(|problem| problem.to_string())?;
    let spans = control.spans().map_err(|problem| problem.to_string())?;
    let mut missed: Vec<&board::Span> = board.spans.iter().filter(|span| span.card.is_real()).collect();
    let mut reports = Vec::new();
    for (span, place) in spans.iter().zip(discovery::places(&spans)) {
        let is = |described: &&board::Span| {
            discovery::find(&spans, &self::place(described)).is_some_and(|found| found.number == span.number)
        };
        let used = missed.iter().position(is).map(|at| missed.remove(at));
        reports.push(found(span, &place, used));
    }
    reports.extend(missed.into_iter().map(missing));
    Ok(reports)
}

fn found(span: &SpanStatus, place: &Place, used: Option<&board::Span>) -> CardReport {
    let alarms = span.alarms;
    let standing = [
        ("los", alarms.los),
        ("lfa", alarms.lfa),
        ("lmfa", alarms.lmfa),
        ("ais", alarms.ais),
        ("rai", alarms.rai),
        ("red", alarms.red),
        ("loopback", alarms.loopback),
        ("recovering", alarms.recovering),
        ("not_open", alarms.not_open),
    ];
    let counts = span.counts;
    let counters = [
        ("bpv", counts.bpv),
        ("crc4", counts.crc4),
        ("far_crc4", counts.ebit),
        ("fas", counts.fas),
        ("bit", counts.bit),
        ("slips", counts.slips),
        ("missed_interrupts", counts.missed_interrupts),
    ];
    CardReport {
        span: used.map(|used| SpanId(used.id)),
        connector: used.map(|used| used.connector.clone()),
        place: place.to_string(),
        kind: Some(format!("{:?}", span.kind).to_lowercase()),
        channels: span.channels,
        device: span.hardware.device.clone(),
        description: span.hardware.description.clone(),
        alarms: standing.into_iter().filter(|(_, stands)| *stands).map(|(name, _)| name.to_owned()).collect(),
        counters: counters.into_iter().map(|(name, count)| (name.to_owned(), count)).collect(),
        clocked_by: span.clocked_by.map(|by| by.0),
    }
}

fn missing(described: &board::Span) -> CardReport {
    CardReport {
        span: Some(SpanId(described.id)),
        connector: Some(described.connector.clone()),
        place: place(described).to_string(),
        kind: None,
        channels: 0,
        device: String::new(),
        description: String::new(),
        alarms: Vec::new(),
        counters: BTreeMap::new(),
        clocked_by: None,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn known(id: u16, place: KnownPlace, kind: KnownKind, ports: Vec<(u16, KnownPort)>) -> Known {
        Known { id, place, kind, connector: format!("card {id}"), ports }
    }

    fn board() -> Board {
        Board::parse(include_str!("../../../board/dahdi.toml")).unwrap()
    }

    /// LIN-15: what was found is a board like a described one, and proposes settings that are sound: lines with E1 and basic access, telephones
    /// that are extensions.
    #[test]
    fn found_cards_propose_settings() {
        let at = |place| KnownPlace::At { location: "PCI Bus 04 Slot 01".into(), place };
        let mut board = board();
        add(&mut board, known(1, at(1), KnownKind::E1, Vec::new()));
        add(&mut board, known(2, at(2), KnownKind::Bri, Vec::new()));
        add(
            &mut board,
            known(3, KnownPlace::Number(3), KnownKind::Analog, vec![(1, KnownPort::Fxs), (4, KnownPort::Fxo)]),
        );
        let settings = crate::proposal::settings_of(&board).unwrap();
        assert_eq!(settings.check(), []);
        let kinds: Vec<&str> = settings
            .spans
            .iter()
            .map(|span| match &span.signalling {
                settings::Signalling::Pri(_) => "pri",
                settings::Signalling::Bri(_) => "bri",
                settings::Signalling::Analog(_) => "analog",
                settings::Signalling::R2(_) => "r2",
            })
            .collect();
        assert_eq!(kinds, ["pri", "bri", "analog"]);
        assert_eq!(settings.extensions.iter().filter(|extension| extension.port.is_some()).count(), 1);
    }

    /// What is remembered comes back as it was; a file that is none is as good as none.
    #[test]
    fn cards_are_remembered() {
        let path = std::env::temp_dir().join(format!("fastcalld-cards-{}.json", std::process::id()));
        let list = vec![
            known(1, KnownPlace::Number(4), KnownKind::E1, Vec::new()),
            known(7, KnownPlace::At { location: "x".into(), place: 2 }, KnownKind::Analog, vec![(2, KnownPort::Fxo)]),
        ];
        write(&path, &list);
        assert_eq!(read(&path), list);
        std::fs::write(&path, "{").unwrap();
        assert_eq!(read(&path), []);
        std::fs::remove_file(&path).unwrap();
    }
}
