//! Speech codecs of telephones on the network, one state a leg and a direction.
//!
//! | codec | RTP (RFC 3551, RFC 7587) | samples in and out | by | gaps |
//! |---|---|---|---|---|
//! | G.711 A-law, mu-law | 8, 0 / 8 kHz | 8 kHz | ours | pitch repeated, after G.711 Appendix I |
//! | G.722 at 64 kbit/s | 9 / 8 kHz | 16 kHz | ours | pitch repeated |
//! | G.729 A, B | 18 / 8 kHz | 8 kHz | the system's libbcg729, feature `g729` | the codec's own, comfort noise |
//! | Opus (RFC 6716) | dynamic / 48 kHz | 16 kHz, or 8 where no more is of use | libopus | the codec's own, FEC, comfort noise |
//! | L16, 8 and 16 kHz | dynamic | as it says | ours | pitch repeated |
//!
//! [`Encoder`] and [`Decoder`] take memory when they are made and never again. [`Playout`] is a decoder behind a jitter buffer of packets:
//! 20 ms come out each tick, whatever the network did. [`Up`] and [`Down`] go between 8 and 16 kHz. libopus itself codes and decodes at
//! 8 and 16 kHz, so nothing is ever made at 48.
//!
//! It decides nothing about which codec is used (see `signalling/sip`), and the G.711 of the media engine does not pass here: its
//! octets are copied (see `graph`).
//!
//! # Example
//! ```
//! use codec::{Decoder, Encoder};
//! use plan::{Codec, OpusTerms};
//!
//! let opus = Codec::Opus(OpusTerms::default());
//! let (mut encoder, mut decoder) = (Encoder::new(opus)?, Decoder::new(opus)?);
//! let mut heard = [0; 320];
//! encoder.encode(&[0; 320], |_, payload| {
//!     assert_eq!(codec::duration(opus, payload), Some(960));
//!     assert_eq!(decoder.decode(payload, &mut heard), 320);
//! });
//! # Ok::<(), codec::NoCodec>(())
//! ```

mod decoder;
mod duration;
mod encoder;
mod g722;
#[cfg(feature = "g729")]
mod g729;
#[cfg(not(feature = "g729"))]
#[path = "no_g729.rs"]
mod g729;
mod half_band;
mod playout;
mod repair;

pub use decoder::Decoder;
pub use duration::duration;
pub use encoder::{COMPLEXITY as OPUS_COMPLEXITY, Encoder};
pub use half_band::{Down, Up};
pub use playout::{Playout, PlayoutCounters};

use plan::Codec;

/// Octets of the longest payload that is sent: 20 ms of L16 at 16 kHz.
pub const LONGEST_SENT: usize = 640;

/// The library of this codec is not on this machine, or has no memory left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NoCodec;

impl std::fmt::Display for NoCodec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the codec is not available on this machine")
    }
}

impl std::error::Error for NoCodec {}

/// Whether calls can be offered this codec.
pub fn is_available(codec: Codec) -> bool {
    match codec {
        Codec::G729(_) => g729::is_available(),
        Codec::G711(_) | Codec::G722 | Codec::Opus(_) | Codec::L16 { .. } => true,
    }
}

/// Samples a millisecond of its speech here.
pub const fn samples_khz(codec: Codec) -> usize {
    match codec {
        Codec::G711(_) | Codec::G729(_) | Codec::L16 { wide: false } => 8,
        Codec::G722 | Codec::L16 { wide: true } => 16,
        Codec::Opus(terms) => {
            if terms.wide {
                16
            } else {
                8
            }
        }
    }
}
