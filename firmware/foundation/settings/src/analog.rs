use numbering::Digits;
use serde::{Deserialize, Serialize};

/// A card of analog ports: telephones and lines to another exchange.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AnalogSettings {
    /// How lines ring, and how they tell who calls.
    pub practice: AnalogPractice,
    /// Take the echo of each port's hybrid off: by the card's own canceller where it has one, by ours where not.
    pub cancel_echo: bool,
    pub ports: Vec<AnalogPort>,
}

/// Which network's analog lines.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnalogPractice {
    /// YD/T 586, GB/T 3380, YD/T 1277.1.
    #[default]
    Cn,
    /// ETSI.
    Eu,
    /// GR-506, GR-30.
    Us,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnalogPort {
    /// As on the front panel, from 1.
    pub slot: u8,
    pub line: AnalogLine,
}

/// What is at a port.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AnalogLine {
    /// A telephone: which one is for the extension that names the port.
    Fxs(FxsSettings),
    /// A line to another exchange.
    Fxo(FxoSettings),
}

#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FxsSettings {
    pub show_caller: ShowCaller,
    /// Reverse the feed while a call of this telephone's is answered (payphones, another exchange's trunk).
    pub reverse_at_answer: bool,
    /// Take the feed away for a moment when the far end releases.
    pub break_at_release: bool,
}

/// How a telephone is told who calls.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShowCaller {
    No,
    /// By modem after the first ring, with the name.
    #[default]
    FskName,
    /// By modem after the first ring, number only.
    Fsk,
    /// By keys before the first ring.
    Dtmf,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FxoSettings {
    /// The line's own number: its callers go where the house sends callers of that number.
    pub number: Digits,
    /// The line tells who calls: a call is taken once that is known, or will not come.
    pub hear_caller: bool,
    pub answered_by: AnsweredBy,
    /// A change of polarity ends a call that came in.
    pub polarity_releases: bool,
    /// Busy, congestion or dial tone ends a call.
    pub tones_release: bool,
    /// So long a silence ends a call; 0: never.
    pub silence_seconds: u32,
    pub wait_for_dial_tone: bool,
    /// Holding and taking back is told to the exchange by a flash (Centrex).
    pub flash_to_hold: bool,
}

/// How an outgoing call is known to be answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnsweredBy {
    /// The exchange reverses the feed.
    Polarity,
    /// By what is heard; the polarity counts too.
    #[default]
    Sound,
    /// It counts as answered once dialled.
    Dialled,
}

impl Default for FxoSettings {
    fn default() -> FxoSettings {
        FxoSettings {
            number: Digits::default(),
            hear_caller: true,
            answered_by: AnsweredBy::Sound,
            polarity_releases: true,
            tones_release: true,
            silence_seconds: 0,
            wait_for_dial_tone: true,
            flash_to_hold: false,
        }
    }
}

impl Default for AnalogSettings {
    fn default() -> AnalogSettings {
        AnalogSettings { practice: AnalogPractice::Cn, cancel_echo: true, ports: Vec::new() }
    }
}

impl AnalogSettings {
    /// Ports with a telephone.
    pub fn telephones(&self) -> impl Iterator<Item = u8> + '_ {
        self.ports.iter().filter(|port| matches!(port.line, AnalogLine::Fxs(_))).map(|port| port.slot)
    }

    /// Ports with a line to another exchange.
    pub fn trunks(&self) -> impl Iterator<Item = u8> + '_ {
        self.ports.iter().filter(|port| matches!(port.line, AnalogLine::Fxo(_))).map(|port| port.slot)
    }
}
