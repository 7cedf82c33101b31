//! Settings of analog cards: what is refused says what to do, in both languages.

use identity::{CircuitId, SpanId};
use settings::{AnalogLine, AnalogPort, AnalogSettings, FxoSettings, FxsSettings, Settings, Signalling, SpanSettings};

const CARD: SpanId = SpanId(3);

fn telephone(slot: u8) -> AnalogPort {
    AnalogPort { slot, line: AnalogLine::Fxs(FxsSettings::default()) }
}

fn line(slot: u8, number: &str) -> AnalogPort {
    let number = number.parse().unwrap_or_default();
    AnalogPort { slot, line: AnalogLine::Fxo(FxoSettings { number, ..FxoSettings::default() }) }
}

fn with(ports: Vec<AnalogPort>) -> Settings {
    let mut settings = Settings::proposed(&[SpanId(1)], || "password-1".into());
    let signalling = Signalling::Analog(AnalogSettings { ports, ..AnalogSettings::default() });
    settings.spans.push(SpanSettings { id: CARD, name: "analog".into(), enabled: true, signalling, blocked: vec![] });
    settings
}

fn places(settings: &Settings) -> Vec<String> {
    settings.check().into_iter().map(|problem| problem.at).collect()
}

/// LIN-12: a telephone at a port needs no password, and a line needs its number.
#[test]
fn ports_of_a_card() {
    let mut settings = with(vec![telephone(1), line(3, "62770334")]);
    settings.extensions[0].port = Some(CircuitId { span: CARD, slot: 1 });
    settings.extensions[0].password.clear();
    assert_eq!(settings.check(), []);
    let text = serde_json::to_string(&settings).unwrap();
    assert_eq!(serde_json::from_str::<Settings>(&text).unwrap(), settings);
}

/// LIN-12: a port that is named twice, is none, or is another's is told with its place.
#[test]
fn ports_that_cannot_be() {
    let mut settings = with(vec![telephone(1), telephone(1), line(16, "")]);
    let wrong = places(&settings);
    for at in [
        "/spans/1/signalling/ports/1/slot",
        "/spans/1/signalling/ports/2/slot",
        "/spans/1/signalling/ports/2/line/number",
    ] {
        assert!(wrong.iter().any(|place| place == at), "{at}: {wrong:?}");
    }
    settings = with(vec![telephone(1), line(3, "62770334")]);
    for (extension, slot) in [(0, 1), (1, 1), (2, 3), (3, 9)] {
        settings.extensions[extension].port = Some(CircuitId { span: CARD, slot });
    }
    assert_eq!(places(&settings), ["/extensions/1/port", "/extensions/2/port", "/extensions/3/port"]);
    for problem in settings.check() {
        assert!(problem.zh.contains("请") && problem.en.contains("choose"), "{problem:?}");
    }
}
