//! Settings that a new box proposes from what it is made of: every span on one trunk group, and emergency calls over it.

use board::Board;
use identity::{GroupId, SpanId};
use settings::{Dchannel, GroupSettings, Selection, Settings, Side, SpanSettings};

pub fn settings_of(board: &Board) -> Settings {
    let spans: Vec<SpanSettings> = board
        .spans
        .iter()
        .map(|span| SpanSettings {
            id: SpanId(span.id),
            name: span.connector.clone(),
            enabled: true,
            side: Side::User,
            dchannel: Dchannel::Hdlc,
            overlap_receiving: false,
            overlap_sending: false,
            blocked: Vec::new(),
        })
        .collect();
    let trunks = GroupSettings {
        id: GroupId(1),
        name: "trunks".into(),
        selection: Selection::Ascending,
        spans: spans.iter().map(|span| span.id).collect(),
        calling: None,
    };
    let groups = if spans.is_empty() { Vec::new() } else { vec![trunks] };
    Settings { spans, groups, ..Settings::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A new box must come up with settings that its own check finds nothing wrong with.
    #[test]
    fn proposal_is_sound() {
        let board = Board::parse(include_str!("../../../board/sim.toml")).unwrap();
        let settings = settings_of(&board);
        assert_eq!(settings.spans.len(), 2);
        assert_eq!(settings.check(), []);
    }

    /// The demo's settings are data beside the far exchange; they must stay sound too.
    #[test]
    fn demo_settings_are_sound() {
        let settings: Settings = serde_json::from_str(include_str!("../../../tools/exchange/demo.json")).unwrap();
        assert_eq!(settings.check(), []);
        for flow in &settings.flows {
            let problems = ivr::check(flow, Some(&ivr::prompts::known(&settings.prompts)));
            assert!(problems.is_empty(), "{problems:?}");
        }
    }
}
