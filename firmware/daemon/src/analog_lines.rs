//! Settings of an analog card in the words of its signalling.

use analog::{Config, Office, PortConfig, PortKind, Practice, Station};
use clock::Millis;
use identity::SpanId;
use settings::{AnalogLine, AnalogPractice, AnalogSettings, FxoSettings, FxsSettings};

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
