use serde::{Deserialize, Serialize};

/// How a supervisor takes part in an agent's conversation. Who hears whom:
///
/// | | the others hear | the agent hears | the supervisor hears |
/// |---|---|---|---|
/// | listen | the agent | the others | all |
/// | whisper | the agent | the others and the supervisor | all |
/// | barge | the agent and the supervisor | the others and the supervisor | all |
/// | intrude | the supervisor | the others and the supervisor | the others |
///
/// ```
/// use plan::Supervision::*;
/// assert!(Whisper.heard_by_agent() && !Whisper.heard_by_others());
/// assert!(Intrude.silences_agent() && !Barge.silences_agent());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Supervision {
    Listen,
    Whisper,
    Barge,
    /// The supervisor speaks in the agent's stead: the agent only hears.
    Intrude,
}

impl Supervision {
    pub const fn heard_by_agent(self) -> bool {
        !matches!(self, Supervision::Listen)
    }

    pub const fn heard_by_others(self) -> bool {
        matches!(self, Supervision::Barge | Supervision::Intrude)
    }

    pub const fn silences_agent(self) -> bool {
        matches!(self, Supervision::Intrude)
    }
}
