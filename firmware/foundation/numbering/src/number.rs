use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// One key of a telephone: `0`-`9`, `*`, `#`, `A`-`D`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "char", into = "char")]
pub struct Key(char);

/// A character that no telephone key sends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BadDigit(pub char);

impl fmt::Display for BadDigit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not a telephone digit", self.0)
    }
}

impl std::error::Error for BadDigit {}

impl Key {
    pub const fn new(c: char) -> Option<Key> {
        match c {
            '0'..='9' | '*' | '#' | 'A'..='D' => Some(Key(c)),
            'a'..='d' => Some(Key(c.to_ascii_uppercase())),
            _ => None,
        }
    }

    pub const fn as_char(self) -> char {
        self.0
    }

    /// The RFC 4733 event code: 0-9, `*` 10, `#` 11, A-D 12-15.
    pub const fn event(self) -> u8 {
        match self.0 {
            '*' => 10,
            '#' => 11,
            'A'..='D' => self.0 as u8 - b'A' + 12,
            c => c as u8 - b'0',
        }
    }

    /// The key of an RFC 4733 event code.
    pub const fn from_event(event: u8) -> Option<Key> {
        match event {
            0..=9 => Some(Key((b'0' + event) as char)),
            10 => Some(Key('*')),
            11 => Some(Key('#')),
            12..=15 => Some(Key((b'A' + event - 12) as char)),
            _ => None,
        }
    }
}

impl TryFrom<char> for Key {
    type Error = BadDigit;
    fn try_from(c: char) -> Result<Key, BadDigit> {
        Key::new(c).ok_or(BadDigit(c))
    }
}

impl From<Key> for char {
    fn from(key: Key) -> char {
        key.0
    }
}

/// A string of keys, as dialled. May be empty.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digits(String);

impl Digits {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn push(&mut self, key: Key) {
        self.0.push(key.as_char());
    }

    pub fn append(&mut self, more: &Digits) {
        self.0.push_str(&more.0);
    }

    pub fn keys(&self) -> impl Iterator<Item = Key> + '_ {
        self.0.chars().filter_map(Key::new)
    }

    pub fn starts_with(&self, prefix: &Digits) -> bool {
        self.0.starts_with(&prefix.0)
    }

    /// Without the first `count` digits.
    pub fn skip(&self, count: usize) -> Digits {
        Digits(self.0.get(count..).unwrap_or_default().to_owned())
    }
}

impl FromStr for Digits {
    type Err = BadDigit;
    fn from_str(s: &str) -> Result<Digits, BadDigit> {
        s.chars().map(|c| Key::new(c).map(Key::as_char).ok_or(BadDigit(c))).collect::<Result<String, _>>().map(Digits)
    }
}

impl TryFrom<String> for Digits {
    type Error = BadDigit;
    fn try_from(s: String) -> Result<Digits, BadDigit> {
        s.parse()
    }
}

impl From<Digits> for String {
    fn from(digits: Digits) -> String {
        digits.0
    }
}

impl fmt::Display for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

/// Type of number, Q.931 table 4-9.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NumberType {
    #[default]
    Unknown,
    International,
    National,
    NetworkSpecific,
    Subscriber,
    Abbreviated,
    /// Reserved code points, kept as received.
    Reserved(u8),
}

/// Numbering plan, Q.931 table 4-9.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NumberPlan {
    #[default]
    Unknown,
    /// E.164
    Isdn,
    /// X.121
    Data,
    /// F.69
    Telex,
    National,
    Private,
    /// Reserved code points, kept as received.
    Reserved(u8),
}

/// Presentation indicator, Q.931 table 4-11.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presentation {
    #[default]
    Allowed,
    Restricted,
    NotAvailable,
    Reserved,
}

/// Screening indicator, Q.931 table 4-11.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Screening {
    #[default]
    UserNotScreened,
    UserPassed,
    UserFailed,
    Network,
}

/// A calling, called, connected or redirecting number with all that the line said of it.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub struct PartyNumber {
    pub digits: Digits,
    pub kind: NumberType,
    pub plan: NumberPlan,
    pub presentation: Presentation,
    pub screening: Screening,
}

impl PartyNumber {
    /// A number of unknown type in the E.164 plan, presentation allowed.
    pub fn plain(digits: Digits) -> PartyNumber {
        PartyNumber { digits, plan: NumberPlan::Isdn, ..PartyNumber::default() }
    }
}

/// Why a call was redirected, Q.931 4.6.7 / Q.952.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RedirectReason {
    #[default]
    Unknown,
    Busy,
    NoReply,
    Deflection,
    OutOfOrder,
    ByCalledParty,
    Unconditional,
    Reserved(u8),
}

/// Who sent the call on, and why.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Redirection {
    pub from: PartyNumber,
    pub reason: RedirectReason,
}

/// A called or calling party sub-address, Q.931 4.5.9: kept as octets.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct SubAddress {
    /// Type of sub-address: 0 NSAP, 2 user specified.
    pub kind: u8,
    pub odd: bool,
    pub octets: Vec<u8>,
}
