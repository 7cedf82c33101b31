use serde::{Deserialize, Serialize};
use std::fmt;

/// Who or what is at the far end of an outgoing call, as far as it can be heard on a line that does not say so.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FarParty {
    /// Ringback tone: nobody yet.
    Ringback,
    /// 彩铃, music in place of ringback: nobody yet.
    ColourRingback,
    /// The network says something: nobody.
    Announcement,
    /// A tone says that there will be nobody.
    Refused,
    Person,
    /// One that speaks: an answering machine, a voice mailbox.
    Machine,
    Fax,
    /// Ringback stopped, and nothing is heard.
    Silent,
}

impl FarParty {
    /// True if the call is through.
    pub const fn is_answered(self) -> bool {
        match self {
            FarParty::Person | FarParty::Machine | FarParty::Fax | FarParty::Silent => true,
            FarParty::Ringback | FarParty::ColourRingback | FarParty::Announcement | FarParty::Refused => false,
        }
    }
}

impl fmt::Display for FarParty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FarParty::Ringback => "ringback",
            FarParty::ColourRingback => "colour ringback",
            FarParty::Announcement => "announcement",
            FarParty::Refused => "refused",
            FarParty::Person => "person",
            FarParty::Machine => "machine",
            FarParty::Fax => "fax",
            FarParty::Silent => "silent",
        })
    }
}
