//! Settings of an analog card in the words of its signalling.

use analog::{Config, Office, PortConfig, PortKind, Practice, Station};
use board::{Board, PortKind as Described};
use chassis::AnalogKind;
use clock::Millis;
use identity::{CircuitId, GroupId, SpanId};
use settings::{
    AnalogLine, AnalogPractice, AnalogSettings, FxoSettings, FxsSettings, GroupSettings, Selection, Settings,
    Signalling, SpanSettings,
};

/// The ports of a span's card, as the board has them.
pub fn ports(board: &Board, span: u16) -> Vec<(u8, AnalogKind)> {
    let port = |port: &board::Port| {
        let kind = match port.kind {
            Described::Fxs => AnalogKind::Station,
            Described::Fxo => AnalogKind::Terminal,
        };
        Some((u8::try_from(port.id).ok()?, kind))
    };
    board.ports_of(span).filter_map(port).collect()
}

pub fn configuration(span: SpanId, settings: &AnalogSettings) -> Config {
    let practice = match settings.practice {
        AnalogPractice::Cn => Practice::CHINA,
        AnalogPractice::Eu => Practice::EUROPE,
        AnalogPractice::Us => Practice::NORTH_AMERICA,
    };
    let port = |port: &settings::AnalogPort| {
        let kind = match &port.line {
            AnalogLine::Fxs(line) => PortKind::Fxs(station(line)),
            AnalogLine::Fxo(line) => PortKind::Fxo(office(line)),
        };
        PortConfig { slot: port.slot, kind }
    };
    Config { span, practice, ports: settings.ports.iter().map(port).collect() }
}

/// An analog card in a new box's settings: its telephones are the last extensions, its lines a group behind the others.
pub fn propose(settings: &mut Settings, board: &Board, described: &board::Span) {
    let span = SpanId(described.id);
    let mut free = settings.extensions.iter_mut().rev().filter(|extension| extension.port.is_none());
    let mut ports = Vec::new();
    for (slot, kind) in self::ports(board, described.id) {
        let line = match kind {
            AnalogKind::Station => {
                if let Some(extension) = free.next() {
                    extension.port = Some(CircuitId { span, slot });
                }
                AnalogLine::Fxs(FxsSettings::default())
            }
            // The administrator knows the line's real number; until he gives it, callers are told apart by the port.
            AnalogKind::Terminal => {
                let number = format!("1000{slot}").parse().unwrap_or_default();
                AnalogLine::Fxo(FxoSettings { number, ..FxoSettings::default() })
            }
        };
        ports.push(settings::AnalogPort { slot, line });
    }
    let analog = AnalogSettings { ports, ..AnalogSettings::default() };
    let lines = analog.trunks().count();
    let name = described.connector.clone();
    let signalling = Signalling::Analog(analog);
    settings.spans.push(SpanSettings { id: span, name, enabled: true, signalling, blocked: Vec::new() });
    if lines > 0 {
        let id = GroupId(settings.groups.iter().map(|group| group.id.0).max().unwrap_or(0) + 1);
        let name = "模拟外线".into();
        settings.groups.push(GroupSettings {
            id,
            name,
            selection: Selection::Ascending,
            spans: vec![span],
            calling: None,
        });
        settings.outbound.iter_mut().for_each(|route| route.groups.push(id));
    }
}

fn station(line: &FxsSettings) -> Station {
    let show_caller = match line.show_caller {
        settings::ShowCaller::No => analog::ShowCaller::No,
        settings::ShowCaller::FskName => analog::ShowCaller::Multiple,
        settings::ShowCaller::Fsk => analog::ShowCaller::Single,
        settings::ShowCaller::Dtmf => analog::ShowCaller::Dtmf,
    };
    Station {
        show_caller,
        reverse_at_answer: line.reverse_at_answer,
        break_at_release: line.break_at_release,
        ..Station::default()
    }
}

fn office(line: &FxoSettings) -> Office {
    let answered_by = match line.answered_by {
        settings::AnsweredBy::Polarity => analog::AnsweredBy::Polarity,
        settings::AnsweredBy::Sound => analog::AnsweredBy::Sound,
        settings::AnsweredBy::Dialled => analog::AnsweredBy::Dialled,
    };
    Office {
        number: line.number.clone(),
        hear_caller: line.hear_caller,
        answered_by,
        polarity_releases: line.polarity_releases,
        tones_release: line.tones_release,
        silence_releases: (line.silence_seconds > 0).then(|| Millis::secs(u64::from(line.silence_seconds))),
        wait_for_dial_tone: line.wait_for_dial_tone,
        flash_to_hold: line.flash_to_hold,
    }
}
