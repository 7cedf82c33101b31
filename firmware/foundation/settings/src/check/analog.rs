use super::Findings;
use crate::analog::{AnalogLine, AnalogSettings, FxoSettings};
use crate::{ExtensionSettings, Settings, Signalling};

/// Ports of an analog card at most.
const PORTS: u8 = 15;

pub(super) fn span(at: &str, settings: &AnalogSettings, findings: &mut Findings) {
    findings.unique(&format!("{at}/ports"), "slot", settings.ports.iter().map(|port| port.slot));
    for (index, port) in settings.ports.iter().enumerate() {
        let at = format!("{at}/ports/{index}");
        findings.range(format!("{at}/slot"), port.slot, 1, PORTS);
        if let AnalogLine::Fxo(line) = &port.line {
            fxo(&format!("{at}/line"), line, findings);
        }
    }
}

fn fxo(at: &str, line: &FxoSettings, findings: &mut Findings) {
    let digits = line.number.as_str();
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        let zh = "请填写这条外线自己的号码：打入的电话按此号码接到服务";
        let en = "Give the line's own number: its callers go where that number leads";
        findings.add(format!("{at}/number"), zh, en);
    }
    if line.silence_seconds > 0 && !(10..=3600).contains(&line.silence_seconds) {
        let zh = "静音拆线请填 10 到 3600 秒，不用请填 0";
        let en = "Give 10 to 3600 seconds of silence, or 0 for never";
        findings.add(format!("{at}/silence_seconds"), zh, en);
    }
}

/// An extension at a port needs a telephone's port of its own, and no password.
pub(super) fn port(index: usize, extension: &ExtensionSettings, settings: &Settings, findings: &mut Findings) {
    let Some(port) = extension.port else { return };
    let at = format!("/extensions/{index}/port");
    let span = settings.spans.iter().find(|span| span.id == port.span);
    let telephone = span.is_some_and(|span| match &span.signalling {
        Signalling::Analog(analog) => analog.telephones().any(|slot| slot == port.slot),
        _ => false,
    });
    if !telephone {
        let zh = format!("{port} 不是话机端口（FXS），请改选");
        let en = format!("{port} is no telephone's port (FXS); choose another");
        findings.add(at.clone(), zh, en);
    }
    if let Some(other) = settings.extensions[..index].iter().find(|other| other.port == Some(port)) {
        let zh = format!("{port} 已接分机 {}，请改选", other.number);
        let en = format!("Extension {} is at {port} already; choose another", other.number);
        findings.add(at, zh, en);
    }
}
