//! The ciphers, each with its session keys: counter mode and its code (RFC 3711 4.1.1, 4.2.1), or both at once (RFC 7714).

use crate::shape::Refused;
use aes::Aes128;
use aes::cipher::{Array, BlockCipherEncrypt, KeyInit};
use aes_gcm::Aes128Gcm;
use aes_gcm::aead::AeadInOut;
use hmac::{Hmac, Mac};
use sha1::Sha1;

const BLOCK: usize = 16;
/// Blocks that processors encrypt side by side.
const ABREAST: usize = 8;

/// Encrypts or decrypts with the key stream that begins at `counter` (RFC 3711 4.1.1).
pub(crate) fn counter_mode(cipher: &Aes128, counter: u128, octets: &mut [u8]) {
    let mut counter = counter;
    for part in octets.chunks_mut(BLOCK * ABREAST) {
        let mut stream = [Array::from([0; BLOCK]); ABREAST];
        let blocks = part.len().div_ceil(BLOCK);
        for block in &mut stream[..blocks] {
            *block = Array::from(counter.to_be_bytes());
            counter = counter.wrapping_add(1);
        }
        cipher.encrypt_blocks(&mut stream[..blocks]);
        for (octets, key) in part.chunks_mut(BLOCK).zip(&stream) {
            octets.iter_mut().zip(key).for_each(|(octet, key)| *octet ^= key);
        }
    }
}

/// RFC 3711 4.1.1: where the key stream of a packet begins.
fn first_counter(salt: &[u8; 14], ssrc: u32, index: u64) -> u128 {
    let mut octets = [0; BLOCK];
    octets[..14].copy_from_slice(salt);
    u128::from_be_bytes(octets) ^ (u128::from(ssrc) << 64) ^ (u128::from(index) << 16)
}

/// Counter mode and a code.
pub(crate) struct Counter {
    cipher: Aes128,
    salt: [u8; 14],
    code: Hmac<Sha1>,
}

impl Counter {
    pub(crate) fn new(key: &[u8; 16], code_key: &[u8; 20], salt: [u8; 14]) -> Counter {
        // The code's own block is 64 octets: the rest of the key is zeros, as RFC 2104 fills up shorter keys.
        let mut padded = [0; 64];
        padded[..20].copy_from_slice(code_key);
        let code = <Hmac<Sha1> as hmac::KeyInit>::new(&padded.into());
        Counter { cipher: Aes128::new(&(*key).into()), salt, code }
    }

    pub(crate) fn crypt(&self, ssrc: u32, index: u64, octets: &mut [u8]) {
        counter_mode(&self.cipher, first_counter(&self.salt, ssrc, index), octets);
    }

    /// Writes the tag of these octets.
    pub(crate) fn tag(&self, octets: [&[u8]; 2], tag: &mut [u8]) {
        let mut code = self.code.clone();
        octets.iter().for_each(|part| code.update(part));
        tag.copy_from_slice(&code.finalize().into_bytes()[..tag.len()]);
    }

    /// In time that says nothing of where a wrong tag differs.
    pub(crate) fn check(&self, octets: [&[u8]; 2], tag: &[u8]) -> Result<(), Refused> {
        let mut code = self.code.clone();
        octets.iter().for_each(|part| code.update(part));
        code.verify_truncated_left(tag).map_err(|_| Refused::Forged)
    }
}

/// Both at once.
pub(crate) struct Both {
    cipher: Aes128Gcm,
    salt: [u8; 12],
}

impl Both {
    pub(crate) fn new(key: &[u8; 16], salt: [u8; 12]) -> Both {
        Both { cipher: Aes128Gcm::new(&(*key).into()), salt }
    }

    /// RFC 7714 8.1 and 9.1: `count` is ROC and sequence number, or the SRTCP index.
    fn nonce(&self, ssrc: u32, count: u64) -> [u8; 12] {
        let mut nonce = [0; 12];
        nonce[2..6].copy_from_slice(&ssrc.to_be_bytes());
        nonce[6..].copy_from_slice(&count.to_be_bytes()[2..]);
        nonce.iter_mut().zip(&self.salt).for_each(|(octet, salt)| *octet ^= salt);
        nonce
    }

    pub(crate) fn seal(&self, ssrc: u32, count: u64, clear: &[u8], octets: &mut [u8]) -> Result<[u8; 16], Refused> {
        let nonce = self.nonce(ssrc, count).into();
        let tag = self.cipher.encrypt_inout_detached(&nonce, clear, octets.into());
        tag.map(Into::into).map_err(|_| Refused::Malformed)
    }

    pub(crate) fn open(
        &self,
        (ssrc, count): (u32, u64),
        clear: &[u8],
        octets: &mut [u8],
        tag: &[u8; 16],
    ) -> Result<(), Refused> {
        let nonce = self.nonce(ssrc, count).into();
        let opened = self.cipher.decrypt_inout_detached(&nonce, clear, octets.into(), &(*tag).into());
        opened.map_err(|_| Refused::Forged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hexadecimal<const N: usize>(text: &str) -> [u8; N] {
        std::array::from_fn(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).expect("hexadecimal"))
    }

    /// RFC 3711 B.2: the key stream of a key and a salt, at its beginning and where the counter's low octets run over.
    #[test]
    fn key_stream_of_rfc_3711_appendix_b_2() {
        let cipher = Aes128::new(&hexadecimal::<16>("2b7e151628aed2a6abf7158809cf4f3c").into());
        let salt = hexadecimal::<14>("f0f1f2f3f4f5f6f7f8f9fafbfcfd");
        let mut stream = vec![0; 0xff02 * 16];
        counter_mode(&cipher, first_counter(&salt, 0, 0), &mut stream);
        let blocks = [
            (0, "e03ead0935c95e80e166b16dd92b4eb4"),
            (1, "d23513162b02d0f72a43a2fe4a5f97ab"),
            (2, "41e95b3bb0a2e8dd477901e4fca894c0"),
            (0xfeff, "ec8cdf7398607cb0f2d21675ea9ea1e4"),
            (0xff00, "362b7c3c6773516318a077d7fc5073ae"),
            (0xff01, "6a2cc3787889374fbeb4c81b17ba6c44"),
        ];
        for (block, octets) in blocks {
            assert_eq!(stream[block * 16..][..16], hexadecimal::<16>(octets), "block {block}");
        }
    }
}
