//! G.711 speech in blocks: A-law and mu-law tables, conversion between the laws, gain and mixing.
//!
//! ITU-T G.711 (11/88), with the 16-bit linear form of the G.191 software tool library (13 and 14 bits, left aligned). Everything is
//! a table look-up or integer arithmetic on fixed blocks: nothing here allocates, fails or depends on time.
//!
//! It does no I/O, no concealment (see `rtp`) and no resampling (see `files`).
//!
//! | law | full-scale sine | silence (positive zero) |
//! |---|---|---|
//! | A | +3.14 dBm0 | `0xd5` |
//! | mu | +3.17 dBm0 | `0xff` |
//!
//! ```
//! use pcm::{alaw, mulaw, Mix, Speech};
//! let louder: Speech = [alaw::encode(8000); pcm::BLOCK];
//! let softer: Speech = [alaw::encode(-3000); pcm::BLOCK];
//! let mut mix = Mix::default();
//! mix.add(&alaw::decode_block(&louder));
//! mix.add(&alaw::decode_block(&softer));
//! let heard = alaw::encode_block(&mix.sum());
//! assert!((4700..5300).contains(&alaw::decode(heard[0])));
//! assert_eq!(alaw::from_mulaw(mulaw::SILENCE), alaw::SILENCE);
//! ```

pub mod alaw;
mod gain;
mod limiter;
mod mix;
pub mod mulaw;

pub use gain::{Gain, peak_of_dbm0};
pub use limiter::Limiter;
pub use mix::Mix;

/// Samples a block: 20 ms at 8 kHz.
pub const BLOCK: usize = 160;

/// Samples a second.
pub const RATE: u32 = 8000;

/// 20 ms of companded speech, A-law or mu-law.
pub type Speech = [u8; BLOCK];

/// 20 ms of linear speech, 16 bits.
pub type Linear = [i16; BLOCK];
