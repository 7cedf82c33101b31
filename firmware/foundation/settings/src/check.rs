use crate::Settings;
use serde::{Deserialize, Serialize};

/// Something wrong in the settings, with its place and its mend, in both languages.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Problem {
    /// Where: a JSON pointer into the settings, `/queues/0/ring_seconds`.
    pub at: String,
    pub zh: String,
    pub en: String,
}

impl Settings {
    /// Everything that is wrong; empty means that the settings can be applied.
    pub fn check(&self) -> Vec<Problem> {
        Vec::new()
    }
}
