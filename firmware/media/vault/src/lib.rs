//! Recordings at rest: what is sealed with which key, how a sealed file is divided, and the signed chain that tells what was recorded.
//!
//! # Seals
//! AES-256-GCM (NIST SP 800-38D). Who seals makes a [`Sealer`] from the newest key of the [`KeyRing`] and 16 random octets: its own key is
//! HKDF-SHA256 (RFC 5869) of these two, and its nonces count up from 0; so no nonce is ever used twice with a key, whatever is
//! written again after a crash. Each envelope tells all that opening it takes but the key:
//!
//! ```text
//! envelope = key id u32, salt 16, counter u64; ciphertext; tag 16
//! ```
//! What it belongs to (recording, kind, position) is authenticated beside it, so that envelopes cannot change places.
//!
//! # Sealed files
//! ```text
//! file  = "FCREC001", recording u64, zero 16; chunks; end
//! chunk = magic u32, kind u8 (1 sound, 2 end), zero 3, length u32, position u64, CRC-32C u32 of these; envelope of that length
//! end   = a chunk at the recording's length, whose content is: number of sound chunks u64, pauses: (from u64, to u64)...
//! ```
//! A chunk has at most [`MOST_SOUND`] octets of A-law, left and right in turn; between chunks is silence. Who wants a moment of a
//! recording hops over the heads and opens one chunk.
//!
//! # The chain
//! A line for each recording that is closed or deleted, in a manifest a day: the line's hash covers the line before, its signature
//! (Ed25519, RFC 8032) the hash. See [`Chain`] and [`Audit`].
//!
//! It does no I/O, draws no random numbers and reads no clock. It does not keep keys from who is root on the box.
//!
//! ```
//! use vault::{Key, KeyRing, Opener, Sealer};
//! let mut keys = KeyRing::new(Key::new(0, [7; 32]), [8; 32]);
//! let mut sealer = Sealer::new(&keys, [1; 16]).unwrap();
//! let mut envelope = Vec::new();
//! sealer.seal(b"recording 5", b"how do you do", &mut envelope).unwrap();
//! let mut said = Vec::new();
//! Opener::new(keys.clone()).open(b"recording 5", &envelope, &mut said).unwrap();
//! assert_eq!(said, b"how do you do");
//! assert!(Opener::new(keys).open(b"recording 6", &envelope, &mut said).is_err());
//! ```

mod audit;
mod chain;
mod container;
mod hexadecimal;
mod keys;
mod seal;

pub use audit::{Audit, Fault};
pub use chain::{Body, Chain, Digest, Entry, Event, GENESIS, Head, hash_of, parse_line};
pub use container::{
    CHUNK_HEAD, ChunkHead, ChunkKind, FILE_HEAD, MOST_SOUND, Summary, associated, file_head, parse_file_head,
};
pub use hexadecimal::{from_hex, to_hex};
pub use keys::{Key, KeyFileFault, KeyRing};
pub use seal::{OVERHEAD, Opener, SealFault, Sealer};
