use clock::WallTime;
use identity::FaxId;
use numbering::Digits;
use serde::{Deserialize, Serialize};

/// Which way a fax goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaxDirection {
    Received,
    Sent,
}

/// How far a fax is, or how it ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaxState {
    /// To be sent; `attempts` were made.
    Waiting,
    /// The call is up, or being made.
    Talking,
    /// Every page is through.
    Complete,
    /// Whoever is there is no fax, or did not answer.
    NoFax,
    /// It broke off; the pages before are whole.
    Broken,
}

impl FaxState {
    pub const ALL: [FaxState; 5] =
        [FaxState::Waiting, FaxState::Talking, FaxState::Complete, FaxState::NoFax, FaxState::Broken];

    pub const fn name(self) -> &'static str {
        match self {
            FaxState::Waiting => "waiting",
            FaxState::Talking => "talking",
            FaxState::Complete => "complete",
            FaxState::NoFax => "no_fax",
            FaxState::Broken => "broken",
        }
    }

    pub const fn ended(self) -> bool {
        matches!(self, FaxState::Complete | FaxState::NoFax | FaxState::Broken)
    }
}

/// A fax to be sent. Its pages lie in the folder of faxes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FaxJob {
    pub id: FaxId,
    /// The fax box that sends it.
    pub extension: Digits,
    pub to: Digits,
}

/// The name of a fax's pages in the folder of faxes: a TIFF file.
pub fn fax_file(id: FaxId) -> String {
    format!("{}.tif", id.0)
}

/// One fax.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FaxView {
    pub id: FaxId,
    pub direction: FaxDirection,
    /// The fax box of the house.
    pub extension: Digits,
    /// Who sent it, as the line told; or to whom it goes.
    pub number: Digits,
    /// What the far end's terminal calls itself.
    pub station: String,
    pub state: FaxState,
    /// Why it ended so, in the words of T.30 or of the telephone network; empty if all went well.
    pub reason: String,
    /// Pages that are through.
    pub pages: u32,
    pub bits_a_second: u32,
    pub attempts: u32,
    pub began: WallTime,
    pub ended: Option<WallTime>,
}
