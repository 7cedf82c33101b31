use serde::{Deserialize, Serialize};
use std::fmt;

/// How packets are made unreadable and unforgeable: RFC 4568 6.2, RFC 7714 14.2.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum SrtpSuite {
    #[serde(rename = "AES_CM_128_HMAC_SHA1_80")]
    AesCm128HmacSha1_80,
    #[serde(rename = "AES_CM_128_HMAC_SHA1_32")]
    AesCm128HmacSha1_32,
    #[serde(rename = "AEAD_AES_128_GCM")]
    AeadAes128Gcm,
}

impl SrtpSuite {
    /// The best first.
    pub const ALL: [SrtpSuite; 3] =
        [SrtpSuite::AeadAes128Gcm, SrtpSuite::AesCm128HmacSha1_80, SrtpSuite::AesCm128HmacSha1_32];

    /// As it is called in SDP.
    pub const fn name(self) -> &'static str {
        match self {
            SrtpSuite::AesCm128HmacSha1_80 => "AES_CM_128_HMAC_SHA1_80",
            SrtpSuite::AesCm128HmacSha1_32 => "AES_CM_128_HMAC_SHA1_32",
            SrtpSuite::AeadAes128Gcm => "AEAD_AES_128_GCM",
        }
    }

    pub fn named(name: &str) -> Option<SrtpSuite> {
        SrtpSuite::ALL.into_iter().find(|suite| suite.name().eq_ignore_ascii_case(name))
    }

    /// Octets of the master salt; the master key has 16.
    pub const fn salt_octets(self) -> usize {
        match self {
            SrtpSuite::AesCm128HmacSha1_80 | SrtpSuite::AesCm128HmacSha1_32 => 14,
            SrtpSuite::AeadAes128Gcm => 12,
        }
    }

    /// Octets of master key and salt together.
    pub const fn key_octets(self) -> usize {
        16 + self.salt_octets()
    }
}

/// A master key and its salt, for one direction. It is shown to nobody: not even `Debug` does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SrtpKey {
    pub suite: SrtpSuite,
    /// Key, salt, and zeros behind a salt of 12 octets.
    octets: [u8; 30],
}

impl SrtpKey {
    /// None: not as long as the suite's key and salt.
    pub fn new(suite: SrtpSuite, key_and_salt: &[u8]) -> Option<SrtpKey> {
        let mut octets = [0; 30];
        octets.get_mut(..suite.key_octets()).filter(|to| to.len() == key_and_salt.len())?.copy_from_slice(key_and_salt);
        Some(SrtpKey { suite, octets })
    }

    pub fn master_key(&self) -> [u8; 16] {
        std::array::from_fn(|at| self.octets[at])
    }

    /// A salt of 12 octets has two zeros behind it.
    pub fn master_salt(&self) -> [u8; 14] {
        std::array::from_fn(|at| self.octets[16 + at])
    }

    /// Key and salt, as SDP carries them.
    pub fn key_and_salt(&self) -> &[u8] {
        &self.octets[..self.suite.key_octets()]
    }
}

impl fmt::Debug for SrtpKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SrtpKey({})", self.suite.name())
    }
}

/// The keys of a leg: what it sends, and what its far end does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SrtpKeys {
    pub send: SrtpKey,
    pub receive: SrtpKey,
}

/// Whether a telephone's speech is encrypted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SrtpUse {
    /// Neither offered nor taken.
    #[default]
    Off,
    /// Offered beside plain speech, and taken if it is offered.
    Allowed,
    /// No call without it.
    Required,
}
