use crate::lines::Target;
use identity::RoomId;
use numbering::Digits;
use plan::{CodecName, SrtpUse};
use serde::{Deserialize, Serialize};

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Site {
    pub name: String,
    pub language: Language,
    /// Minutes east of UTC (China: 480). China has no summer time; sites that do set it at the change.
    pub utc_offset_minutes: i32,
    /// Digits of an extension: 3 to 6.
    pub extension_digits: u8,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub enum Language {
    #[default]
    #[serde(rename = "zh")]
    Chinese,
    #[serde(rename = "en")]
    English,
}

/// Timers and limits of calls.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CallSettings {
    /// Ring time of an extension before no answer.
    pub ring_seconds: u32,
    /// A blind transfer unanswered for so long comes back to who transferred it.
    pub recall_seconds: u32,
    /// A held caller comes back to who held it after so long.
    pub max_hold_seconds: u32,
    /// A parked caller comes back to who parked it after so long.
    pub park_seconds: u32,
    /// First and last park slot.
    pub park_slots: (u16, u16),
    /// Wait for a first digit, and between digits (PER-09: under 10 s).
    pub first_digit_seconds: u32,
    pub inter_digit_seconds: u32,
    /// Name of the music that held and waiting callers hear, unless their queue has its own.
    pub music: String,
    /// Re-dial tone or announcement given before clearing, at most.
    pub inband_clear_seconds: u32,
    /// A telephone that sends nothing for so long, though it is not on hold, is taken for dead; 0: never.
    pub silent_clear_seconds: u32,
    /// Who takes callers whom nobody takes back after a transfer, a park or a hold.
    pub operator: Option<Target>,
}

/// A room where many meet. A service or a flow leads into it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoomSettings {
    pub id: RoomId,
    pub name: String,
    /// Keyed by who calls in; empty: none is asked. Who is invited needs none.
    #[serde(default)]
    pub pin: Digits,
    /// Members at once.
    pub most: u32,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RecordingSettings {
    pub record_agent_calls: bool,
    pub record_extension_calls: bool,
    /// Stop recording (calls go on) when less than this is free on the volume.
    pub keep_free_megabytes: u64,
    /// Recordings that begin from now on are sealed on disk (AES-256-GCM).
    pub encrypt: bool,
    /// A new key seals after so many days; 0: never.
    pub new_key_days: u32,
    /// A pause asked for (card data) ends by itself after so many seconds.
    pub pause_at_most_seconds: u32,
    /// Recordings may be deleted after so many days; 0: they are kept for good.
    pub keep_days: u32,
    /// What recordings take on a volume at most; 0: all but [`Self::keep_free_megabytes`].
    pub quota_megabytes: u64,
    pub when_full: WhenFull,
    /// Folders on other disks that recordings go to when the first is full or fails, in this order.
    pub more_volumes: Vec<String>,
}

/// What happens when a volume is full and nothing on it has reached its age.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenFull {
    /// Recording stops (calls go on), with an alarm.
    #[default]
    Stop,
    /// The oldest recordings are deleted, but none under a legal hold.
    DeleteOldest,
}

/// A prompt that a site added or replaced; those shipped with the product need no entry.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromptSettings {
    /// Lower-case letters, digits, `-`, `_`, `/`.
    pub name: String,
    /// `zh` or `en`.
    pub language: String,
    /// What it says, for people; also what the synthesiser reads.
    pub text: String,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SipSettings {
    pub port: u16,
    pub tcp: bool,
    /// First and last UDP port of RTP.
    pub rtp_ports: (u16, u16),
    /// Whether faxes go to and from telephones' adapters as packets where these can (T.38); else as sound.
    pub t38: bool,
    /// First and last UDP port of fax terminals.
    pub fax_ports: (u16, u16),
    pub realm: String,
    /// Codecs that telephones are offered, in the order in which they are wanted.
    pub codecs: Vec<CodecName>,
    /// Telephones that are better served by another order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub own_codecs: Vec<OwnCodecs>,
    /// Whether telephones' speech is encrypted (SRTP). Keys travel in SIP: a network that can be listened to needs more.
    pub srtp: SrtpUse,
    /// Telephones that are treated otherwise.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub own_srtp: Vec<OwnSrtp>,
    /// Registration expiry asked for and the least allowed, seconds.
    pub expires_seconds: u32,
    pub min_expires_seconds: u32,
    /// RFC 4028 session timer, seconds; 0 switches it off.
    pub session_seconds: u32,
    pub digest: SipDigest,
    /// How often registered telephones are asked whether they are there (OPTIONS), seconds; 0: never.
    pub qualify_seconds: u32,
}

/// The codecs of one extension's telephone, in the order in which they are wanted.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnCodecs {
    pub extension: Digits,
    pub codecs: Vec<CodecName>,
}

/// Whether one extension's telephone encrypts its speech.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnSrtp {
    pub extension: Digits,
    pub srtp: SrtpUse,
}

impl SipSettings {
    /// Codecs of an extension that has an order of its own.
    pub fn own_codecs_of(&self, extension: &Digits) -> &[CodecName] {
        self.own_codecs.iter().find(|own| own.extension == *extension).map_or(&[], |own| &own.codecs)
    }
}

/// Which algorithms telephones may prove their password with.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SipDigest {
    /// SHA-256 is offered first, then MD5 (RFC 8760 2.4).
    #[default]
    Both,
    /// MD5 alone: for telephones that give up at an algorithm they do not know instead of taking the next.
    Md5,
}
