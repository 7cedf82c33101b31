use serde::Serialize;
use std::collections::BTreeMap;

/// How the box is, for the system page and monitoring. Numbers by name, grouped by part.
#[derive(Clone, Debug, Default, Serialize)]
pub struct HealthReport {
    /// Seconds since start.
    pub up_seconds: u64,
    pub parts: BTreeMap<String, BTreeMap<String, i64>>,
    /// What needs somebody's attention, in both languages.
    pub warnings: Vec<Warning>,
    pub recording_keys: KeysKept,
}

/// How the recordings' keys lie on the disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeysKept {
    /// Useless without this board: who takes its disk away cannot read the recordings.
    SealedToBoard,
    /// In a file that nothing but its mode protects.
    #[default]
    PlainFile,
}

#[derive(Clone, Debug, Serialize)]
pub struct Warning {
    pub zh: String,
    pub en: String,
}
