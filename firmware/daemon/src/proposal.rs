//! Settings that a new box proposes from what it is made of.

use crate::analog_lines;
use crate::trouble::Trouble;
use board::{Board, Card};
use identity::SpanId;
use settings::{BriSettings, Settings, Signalling};

/// A welcome, two queues, three agents and ten telephones on the board's spans, each telephone with a password of its own.
pub fn settings_of(board: &Board) -> Result<Settings, Trouble> {
    let digital: Vec<&board::Span> = board.spans.iter().filter(|span| !span.card.is_analog()).collect();
    let ids: Vec<SpanId> = digital.iter().map(|span| SpanId(span.id)).collect();
    let random = || getrandom::u64().map_err(|problem| Trouble::NoRandomness(problem.to_string()));
    // Ten telephones are proposed; a password more than needed does no harm.
    let mut passwords: Vec<String> = Vec::new();
    for _ in 0..32 {
        passwords.push(format!("{:016x}", random()?));
    }
    let mut settings = Settings::proposed(&ids, || passwords.pop().unwrap_or_default());
    for (span, described) in settings.spans.iter_mut().zip(digital) {
        span.name.clone_from(&described.connector);
        if described.card == Card::DahdiBri {
            span.signalling = Signalling::Bri(BriSettings::default());
        }
    }
    for described in board.spans.iter().filter(|span| span.card.is_analog()) {
        analog_lines::propose(&mut settings, board, described);
    }
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A new box must come up with settings that its own check finds nothing wrong with.
    #[test]
    fn proposal_is_sound() {
        let board = Board::parse(include_str!("../../../board/sim.toml")).unwrap();
        let settings = settings_of(&board).unwrap();
        assert_eq!(settings.spans.len(), 3);
        assert_eq!(settings.extensions.iter().filter(|extension| extension.port.is_some()).count(), 2);
        assert_eq!(settings.groups.len(), 2, "E1 trunks, and analog lines");
        assert_eq!(settings.check(), []);
        flows_are_sound(&settings);
    }

    /// The demo's settings are data beside the far exchange; they must stay sound too.
    #[test]
    fn demo_settings_are_sound() {
        let settings: Settings = serde_json::from_str(include_str!("../../../tools/exchange/demo.json")).unwrap();
        assert_eq!(settings.check(), []);
        flows_are_sound(&settings);
    }

    fn flows_are_sound(settings: &Settings) {
        for flow in &settings.flows {
            let problems = ivr::check(flow, Some(&ivr::prompts::known(&settings.prompts)));
            assert!(problems.is_empty(), "{problems:?}");
        }
    }
}
