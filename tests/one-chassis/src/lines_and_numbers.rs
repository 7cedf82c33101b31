//! The house's lines and numbers: every kind of line, and for each a number that leads to each other.

use identity::{CircuitId, GroupId, SpanId};
use numbering::Digits;
use settings::{
    AnalogLine, AnalogPort, AnalogSettings, BriSettings, ExtensionSettings, FxoSettings, FxsSettings, GroupSettings,
    OutboundRoute, PriSettings, R2Settings, Selection, ServiceRoute, Settings, Signalling, SpanSettings, Target,
};

/// A kind of line.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kind {
    Pri,
    R2,
    Bri,
    Fxs,
    Fxo,
    Sip,
}

impl Kind {
    pub const ALL: [Kind; 6] = [Kind::Pri, Kind::R2, Kind::Bri, Kind::Fxs, Kind::Fxo, Kind::Sip];
}

pub const PRI: SpanId = SpanId(1);
pub const R2: SpanId = SpanId(2);
/// Telephones of the house.
pub const STATIONS: SpanId = SpanId(3);
/// Lines of another exchange that bring calls, one number each, and lines that take them.
pub const LINES_IN: SpanId = SpanId(4);
pub const LINES_OUT: SpanId = SpanId(5);
pub const BASIC: [SpanId; 4] = [SpanId(6), SpanId(7), SpanId(8), SpanId(9)];
/// Of these, two take calls out, two bring them.
pub const BASIC_OUT: [SpanId; 2] = [SpanId(6), SpanId(7)];
pub const BASIC_IN: [SpanId; 2] = [SpanId(8), SpanId(9)];

/// Telephones that are called, at ports 1 to 8; those that call are at 9 to 15.
pub const CALLED_STATIONS: u8 = 8;
pub const STATION_PORTS: std::ops::RangeInclusive<u8> = 1..=15;
pub const LINE_PORTS: std::ops::RangeInclusive<u8> = 1..=6;
pub const SIP_PHONES: u8 = 16;

pub fn digits(text: &str) -> Digits {
    text.parse().expect("digits")
}

pub fn sip(n: u8) -> Digits {
    digits(&format!("80{n:02}"))
}

pub fn station(n: u8) -> Digits {
    digits(&format!("81{n:02}"))
}

/// What a customer of the carrier dials to reach that kind of line: eight digits.
pub fn service(to: Kind, nth: u8) -> Digits {
    digits(&format!("400{}{nth:04}", Kind::ALL.iter().position(|kind| *kind == to).unwrap_or(0)))
}

/// What a telephone of the house dials for the same.
pub fn dialled(to: Kind, nth: u8) -> Digits {
    match to {
        Kind::Sip => sip(nth),
        Kind::Fxs => station(nth),
        Kind::Pri => digits("9165551234"),
        Kind::R2 => digits("9265551234"),
        Kind::Bri => digits("9365551234"),
        Kind::Fxo => digits("9465551234"),
    }
}

fn span(id: SpanId, signalling: Signalling) -> SpanSettings {
    SpanSettings { id, name: format!("line {}", id.0), enabled: true, signalling, blocked: vec![] }
}

fn ports(slots: impl Iterator<Item = u8>, line: impl Fn(u8) -> AnalogLine) -> Signalling {
    let ports = slots.map(|slot| AnalogPort { slot, line: line(slot) }).collect();
    Signalling::Analog(AnalogSettings { ports, ..AnalogSettings::default() })
}

/// The number of an incoming line: its port says to which kind of line it leads.
pub fn line_number(slot: u8) -> Digits {
    service(Kind::ALL[usize::from(slot) - 1], 0)
}

fn extension(number: Digits, port: Option<CircuitId>) -> ExtensionSettings {
    ExtensionSettings { name: number.to_string(), number, password: "x".into(), may_dial_out: true, port, fax: None }
}

pub fn house() -> Settings {
    let fxo = |slot| AnalogLine::Fxo(FxoSettings { number: line_number(slot), ..FxoSettings::default() });
    let mut spans = vec![
        span(PRI, Signalling::Pri(PriSettings::default())),
        span(R2, Signalling::R2(R2Settings::default())),
        span(STATIONS, ports(STATION_PORTS, |_| AnalogLine::Fxs(FxsSettings::default()))),
        span(LINES_IN, ports(LINE_PORTS, fxo)),
        span(LINES_OUT, ports(LINE_PORTS, fxo)),
    ];
    spans.extend(BASIC.map(|id| span(id, Signalling::Bri(BriSettings::default()))));
    let group = |id: u32, spans: &[SpanId]| GroupSettings {
        id: GroupId(id),
        name: format!("group {id}"),
        selection: Selection::Ascending,
        spans: spans.to_vec(),
        calling: Some(digits("02160000000")),
    };
    let outbound = |prefix: u8, group: u32| OutboundRoute {
        pattern: format!("9{prefix}."),
        name: format!("way {prefix}"),
        strip: 2,
        prepend: Digits::default(),
        groups: vec![GroupId(group)],
    };
    let phones = (0..SIP_PHONES).map(|n| extension(sip(n), None));
    let stations = STATION_PORTS.map(|slot| extension(station(slot), Some(CircuitId { span: STATIONS, slot })));
    let mut services = Vec::new();
    for to in Kind::ALL {
        let nths = match to {
            Kind::Sip => 0..SIP_PHONES,
            Kind::Fxs => 0..CALLED_STATIONS,
            _ => 0..1,
        };
        for nth in nths {
            // A line that brings calls has one number a kind: its telephone is the last.
            let at = if to == Kind::Fxs && nth == 0 { CALLED_STATIONS } else { nth };
            let number = dialled(to, at);
            let target =
                if matches!(to, Kind::Sip | Kind::Fxs) { Target::Extension(number) } else { Target::Number(number) };
            services.push(ServiceRoute {
                pattern: service(to, nth).to_string(),
                name: format!("{to:?} {nth}"),
                target,
            });
        }
    }
    Settings {
        spans,
        groups: vec![group(1, &[PRI]), group(2, &[R2]), group(3, &BASIC_OUT), group(4, &[LINES_OUT])],
        extensions: phones.chain(stations).collect(),
        services,
        outbound: (1..=4).map(|way| outbound(way, u32::from(way))).collect(),
        ..Settings::default()
    }
}
