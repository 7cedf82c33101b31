//! What speech looks like on the network.

use serde::{Deserialize, Serialize};
use std::num::NonZeroU8;

/// The law of a G.711 stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Law {
    #[default]
    A,
    Mu,
}

/// A codec with the terms that its far end asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Codec {
    G711(Law),
    /// 64 kbit/s, 16 kHz speech; its RTP clock is 8 kHz all the same (RFC 3551 4.5.2).
    G722,
    G729(G729Terms),
    /// RFC 7587; its RTP clock is 48 kHz whatever it carries.
    Opus(OpusTerms),
    /// 16 bit linear at 8 or 16 kHz, one channel (RFC 3551 4.5.11).
    L16 {
        wide: bool,
    },
}

/// RFC 4856 2.1.9: `annexb`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct G729Terms {
    /// Silence is described once and then not sent (Annex B).
    pub annex_b: bool,
}

/// RFC 7587 6.1: what the far end wants to get.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OpusTerms {
    /// `useinbandfec`: packets carry the one before once more, coarsely.
    pub fec: bool,
    /// `usedtx`: silence is not sent.
    pub dtx: bool,
    /// `maxplaybackrate` above 8 kHz: more than the telephone band is of use over there.
    pub wide: bool,
    /// `maxaveragebitrate`, kbit/s.
    pub max_kilobits: Option<NonZeroU8>,
}

impl Default for OpusTerms {
    fn default() -> Self {
        OpusTerms { fec: false, dtx: false, wide: true, max_kilobits: None }
    }
}

impl Codec {
    /// RTP timestamp units in a millisecond.
    pub const fn clock_khz(self) -> u32 {
        match self {
            Codec::G711(_) | Codec::G722 | Codec::G729(_) | Codec::L16 { wide: false } => 8,
            Codec::L16 { wide: true } => 16,
            Codec::Opus(_) => 48,
        }
    }

    /// The law, if it is G.711.
    pub const fn law(self) -> Option<Law> {
        match self {
            Codec::G711(law) => Some(law),
            Codec::G722 | Codec::G729(_) | Codec::Opus(_) | Codec::L16 { .. } => None,
        }
    }

    /// Whether packets that a far end of these terms sends may go to one of those as they are.
    pub fn passes_to(self, other: Codec) -> bool {
        match (self, other) {
            // A decoder without Annex B knows no SID frames.
            (Codec::G729(ours), Codec::G729(theirs)) => !ours.annex_b || theirs.annex_b,
            // RFC 7587 6.1: whatever was asked for, a receiver takes all.
            (Codec::Opus(_), Codec::Opus(_)) => true,
            (ours, theirs) => ours == theirs,
        }
    }
}

/// A codec as it is chosen: what an endpoint is offered, in the order in which it is wanted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodecName {
    /// G.711 A-law: what the lines carry.
    Pcma,
    /// G.711 mu-law.
    Pcmu,
    G722,
    /// G.729 Annex A, every frame sent.
    G729,
    /// With Annex B: silence is not sent.
    #[serde(rename = "g729b")]
    G729B,
    Opus,
    /// 16 bit linear, 8 kHz.
    L16,
    /// 16 bit linear, 16 kHz.
    L16Wide,
}

impl CodecName {
    pub const ALL: [CodecName; 8] = [
        CodecName::Pcma,
        CodecName::Pcmu,
        CodecName::G722,
        CodecName::G729,
        CodecName::G729B,
        CodecName::Opus,
        CodecName::L16,
        CodecName::L16Wide,
    ];

    /// The codec with the terms that hold if nothing is said of them.
    pub const fn codec(self) -> Codec {
        match self {
            CodecName::Pcma => Codec::G711(Law::A),
            CodecName::Pcmu => Codec::G711(Law::Mu),
            CodecName::G722 => Codec::G722,
            CodecName::G729 => Codec::G729(G729Terms { annex_b: false }),
            CodecName::G729B => Codec::G729(G729Terms { annex_b: true }),
            CodecName::Opus => Codec::Opus(OpusTerms { fec: false, dtx: false, wide: true, max_kilobits: None }),
            CodecName::L16 => Codec::L16 { wide: false },
            CodecName::L16Wide => Codec::L16 { wide: true },
        }
    }
}
