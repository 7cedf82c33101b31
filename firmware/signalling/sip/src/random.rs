//! The seeded generator behind Call-IDs, tags, branches and nonces.
//!
//! The daemon seeds it from the operating system; a simulation from its own seed, so that a run replays bit for bit. The output is
//! SHA-256 of a secret counter: who sees some tokens cannot tell the next one.

use sha2::{Digest, Sha256};

#[derive(Clone, Debug)]
pub(crate) struct Random {
    key: [u8; 32],
    drawn: u64,
}

impl Random {
    pub fn seeded(seed: [u8; 32]) -> Random {
        Random { key: seed, drawn: 0 }
    }

    /// A key of its own for another purpose.
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.key);
        hash.update(purpose.as_bytes());
        hash.finalize().into()
    }

    fn block(&mut self) -> [u8; 32] {
        self.drawn += 1;
        let mut hash = Sha256::new();
        hash.update(self.key);
        hash.update(self.drawn.to_be_bytes());
        hash.finalize().into()
    }

    /// 64 bits in hexadecimal.
    pub fn token(&mut self) -> String {
        hex(&self.block()[..8])
    }

    /// Octets for a key.
    pub fn secret(&mut self) -> [u8; 32] {
        self.block()
    }

    /// A number below `bound` (at least 1).
    pub fn below(&mut self, bound: u64) -> u64 {
        let block = self.block();
        let mut eight = [0; 8];
        eight.copy_from_slice(&block[..8]);
        u64::from_be_bytes(eight) % bound.max(1)
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|b| [DIGITS[usize::from(b >> 4)] as char, DIGITS[usize::from(b & 15)] as char]).collect()
}
