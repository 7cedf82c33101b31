use crate::hexadecimal::{from_hex, to_hex};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use identity::RecordingId;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// A SHA-256.
pub type Digest = [u8; 32];

/// What the first entry of all comes after.
pub const GENESIS: Digest = [0; 32];

/// What happened, as the manifest tells it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Event {
    /// A manifest begins: its day, and the public key that signs it.
    Day { day: String, key: String, after: String },
    /// A recording's file is whole.
    Closed { recording: RecordingId, place: String, octets: u64, sha256: String },
    /// It was deleted, and why.
    Deleted { recording: RecordingId, place: String, why: String },
}

/// What a line says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Body {
    /// Counts from 1 without a gap, over all manifests of a volume.
    pub n: u64,
    /// UTC milliseconds.
    pub at: i64,
    #[serde(flatten)]
    pub event: Event,
}

/// A line of a manifest: hash, signature and body, with spaces between.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    pub hash: Digest,
    pub signature: [u8; 64],
    pub body: Body,
}

/// The newest entry: what a manifest that was cut off does not reach.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Head {
    pub n: u64,
    pub hash: Digest,
}

impl Default for Head {
    fn default() -> Head {
        Head { n: 0, hash: GENESIS }
    }
}

impl Head {
    /// The head's file: number and hash, signed.
    pub fn to_text(self, key: &SigningKey) -> String {
        let said = format!("{} {}", self.n, to_hex(&self.hash));
        let signature = key.sign(format!("head {said}").as_bytes());
        format!("{said} {}\n", to_hex(&signature.to_bytes()))
    }

    /// `None`: none of these keys signed it.
    pub fn from_text(text: &str, keys: &[VerifyingKey]) -> Option<Head> {
        let (said, signature) = text.trim_end().rsplit_once(' ')?;
        let signature = Signature::from_bytes(&from_hex(signature)?);
        let message = format!("head {said}");
        keys.iter().find(|key| key.verify_strict(message.as_bytes(), &signature).is_ok())?;
        let (n, hash) = said.split_once(' ')?;
        Some(Head { n: n.parse().ok()?, hash: from_hex(hash)? })
    }
}

/// The hash of a line whose body is this text.
pub fn hash_of(before: &Digest, body: &str) -> Digest {
    Sha256::new().chain_update(before).chain_update(body.as_bytes()).finalize().into()
}

/// The entry that a line is, and its body as it was hashed. It says nothing of its truth.
pub fn parse_line(line: &str) -> Option<(Entry, &str)> {
    let mut parts = line.splitn(3, ' ');
    let (hash, signature, text) = (parts.next()?, parts.next()?, parts.next()?);
    let body = serde_json::from_str(text).ok()?;
    Some((Entry { hash: from_hex(hash)?, signature: from_hex(signature)?, body }, text))
}

/// The pen that continues a chain.
#[derive(Clone)]
pub struct Chain {
    key: SigningKey,
    head: Head,
}

impl std::fmt::Debug for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Chain({})", self.head.n)
    }
}

impl Chain {
    pub fn new(key: SigningKey, head: Head) -> Chain {
        Chain { key, head }
    }

    pub fn head(&self) -> Head {
        self.head
    }

    pub fn head_text(&self) -> String {
        self.head.to_text(&self.key)
    }

    pub fn public(&self) -> VerifyingKey {
        self.key.verifying_key()
    }

    /// The next line, with its end.
    pub fn line(&mut self, at: i64, event: Event) -> Result<String, serde_json::Error> {
        let n = self.head.n + 1;
        let body = serde_json::to_string(&Body { n, at, event })?;
        let hash = hash_of(&self.head.hash, &body);
        let signature = self.key.sign(&hash);
        self.head = Head { n, hash };
        Ok(format!("{} {} {body}\n", to_hex(&hash), to_hex(&signature.to_bytes())))
    }
}
