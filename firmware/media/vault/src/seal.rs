use crate::keys::KeyRing;
use aes_gcm::aead::AeadInOut;
use aes_gcm::{Aes256Gcm, KeyInit};
use hkdf::Hkdf;
use sha2::Sha256;
use std::fmt;

const HEAD: usize = 4 + 16 + 8;
const TAG: usize = 16;
/// What an envelope is longer than its content.
pub const OVERHEAD: usize = HEAD + TAG;

/// Why something cannot be sealed or opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SealFault {
    /// The key that it was sealed with is not in the key file.
    UnknownKey(u32),
    /// It was changed, or belongs elsewhere.
    Changed,
    /// This sealer's nonces are used up.
    Exhausted,
}

impl fmt::Display for SealFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SealFault::UnknownKey(id) => write!(f, "key {id} is not in the key file"),
            SealFault::Changed => write!(f, "it was changed, or belongs to another recording"),
            SealFault::Exhausted => write!(f, "no nonce is left for this key"),
        }
    }
}

impl std::error::Error for SealFault {}

fn cipher(secret: &[u8; 32], salt: &[u8; 16]) -> Aes256Gcm {
    let mut key = [0; 32];
    // RFC 5869 2.3 allows 8,160 octets: 32 cannot be refused.
    if Hkdf::<Sha256>::new(Some(salt), secret).expand(b"fastcall recording 1", &mut key).is_err() {
        unreachable!("HKDF gives 32 octets");
    }
    Aes256Gcm::new(&key.into())
}

fn nonce(counter: u64) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[4..].copy_from_slice(&counter.to_be_bytes());
    nonce
}

/// Seals, with a key of its own.
pub struct Sealer {
    key: u32,
    salt: [u8; 16],
    counter: u64,
    cipher: Aes256Gcm,
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealer(key {}, {} sealed)", self.key, self.counter)
    }
}

impl Sealer {
    /// `salt` is random and no other sealer's. `None`: there is no key.
    pub fn new(keys: &KeyRing, salt: [u8; 16]) -> Option<Sealer> {
        let key = keys.newest()?;
        Some(Sealer { key: key.id(), salt, counter: 0, cipher: cipher(key.secret(), &salt) })
    }

    pub fn key(&self) -> u32 {
        self.key
    }

    /// Appends the envelope to `to`.
    pub fn seal(&mut self, belongs: &[u8], content: &[u8], to: &mut Vec<u8>) -> Result<(), SealFault> {
        let counter = self.counter;
        self.counter = counter.checked_add(1).ok_or(SealFault::Exhausted)?;
        to.extend_from_slice(&self.key.to_le_bytes());
        to.extend_from_slice(&self.salt);
        to.extend_from_slice(&counter.to_le_bytes());
        let begin = to.len();
        to.extend_from_slice(content);
        let sealed = self.cipher.encrypt_inout_detached(&nonce(counter).into(), belongs, to[begin..].as_mut().into());
        match sealed {
            Ok(tag) => to.extend_from_slice(&tag),
            // Only a content of 64 GB is refused.
            Err(_) => {
                to.truncate(begin - HEAD);
                return Err(SealFault::Exhausted);
            }
        }
        Ok(())
    }
}

/// Opens what was sealed with any key of a ring.
pub struct Opener {
    keys: KeyRing,
    /// The last key made: envelopes of one sealer follow each other.
    last: Option<(u32, [u8; 16], Aes256Gcm)>,
}

impl fmt::Debug for Opener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opener({:?})", self.keys)
    }
}

impl Opener {
    pub fn new(keys: KeyRing) -> Opener {
        Opener { keys, last: None }
    }

    /// Puts the content into `to`, which is emptied first.
    pub fn open(&mut self, belongs: &[u8], envelope: &[u8], to: &mut Vec<u8>) -> Result<(), SealFault> {
        to.clear();
        let (head, rest) = envelope.split_first_chunk::<HEAD>().ok_or(SealFault::Changed)?;
        let (sealed, tag) = rest.split_last_chunk::<TAG>().ok_or(SealFault::Changed)?;
        let (key, rest) = head.split_first_chunk::<4>().ok_or(SealFault::Changed)?;
        let (salt, counter) = rest.split_first_chunk::<16>().ok_or(SealFault::Changed)?;
        let counter = counter.first_chunk().map(|octets| u64::from_le_bytes(*octets)).ok_or(SealFault::Changed)?;
        let cipher = self.cipher(u32::from_le_bytes(*key), salt)?;
        to.extend_from_slice(sealed);
        let opened =
            cipher.decrypt_inout_detached(&nonce(counter).into(), belongs, to.as_mut_slice().into(), &(*tag).into());
        opened.map_err(|_| {
            to.clear();
            SealFault::Changed
        })
    }

    fn cipher(&mut self, key: u32, salt: &[u8; 16]) -> Result<&Aes256Gcm, SealFault> {
        let known = self.last.as_ref().is_some_and(|(id, of, _)| *id == key && of == salt);
        if !known {
            let secret = self.keys.secret(key).ok_or(SealFault::UnknownKey(key))?;
            return Ok(&self.last.insert((key, *salt, cipher(secret, salt))).2);
        }
        self.last.as_ref().map(|(_, _, cipher)| cipher).ok_or(SealFault::UnknownKey(key))
    }
}
