//! SRTP and SRTCP (RFC 3711; AES-GCM by RFC 7714): packets that nobody else reads, forges or plays again.
//!
//! Sans-IO: packets are sealed and opened in place, in memory that the caller has; nothing allocates after construction. Master keys come from
//! elsewhere (SDES in SDP, RFC 4568). No key derivation rate other than 0, no MKI, no DTLS.
//!
//! | suite | RTP | RTCP |
//! |---|---|---|
//! | AES_CM_128_HMAC_SHA1_80 | counter mode, tag of 10 octets | the same |
//! | AES_CM_128_HMAC_SHA1_32 | counter mode, tag of 4 octets | tag of 10 octets (RFC 4568 6.2.2) |
//! | AEAD_AES_128_GCM | GCM, tag of 16 octets | the same |
//!
//! A packet's index is its sequence number and how often the numbers ran around (the ROC), which is guessed from the packets before
//! (RFC 3711 3.3.1). What is opened must have its tag and an index that is new: the last 128 are remembered. What is sealed must have a new
//! index too, for one index used for two packets gives both away.
//!
//! ```
//! use plan::{SrtpKey, SrtpSuite};
//! let key = SrtpKey::new(SrtpSuite::AesCm128HmacSha1_80, &[7; 30]).unwrap();
//! let (mut sealer, mut opener) = (srtp::Sealer::new(&key), srtp::Opener::new(&key));
//! let mut room = [0; 64];
//! room[..16].copy_from_slice(&[0x80, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, b't', b'a', b'l', b'k']);
//! let sealed = sealer.seal_rtp(&mut room, 16).unwrap();
//! assert_eq!(sealed, 26);
//! let mut again = room;
//! let open = opener.open_rtp(&mut room[..sealed]).unwrap();
//! assert_eq!(&room[12..open], b"talk");
//! assert_eq!(opener.open_rtp(&mut again[..sealed]), Err(srtp::Refused::Replayed));
//! ```

mod cipher;
mod index;
mod keys;
mod opener;
mod sealer;
mod shape;

pub use opener::Opener;
pub use sealer::Sealer;
pub use shape::{MOST_ADDED, Refused};
