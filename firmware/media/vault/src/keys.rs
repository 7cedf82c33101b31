use crate::hexadecimal::{from_hex, to_hex};
use crate::seal::{Opener, SealFault, Sealer};
use ed25519_dalek::{SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

/// A key that recordings are sealed with.
#[derive(Clone, PartialEq, Eq)]
pub struct Key {
    /// Made of the secret, so that another box's key is not taken for one of ours.
    id: u32,
    /// UTC milliseconds.
    made: i64,
    secret: [u8; 32],
}

impl Key {
    pub fn new(made: i64, secret: [u8; 32]) -> Key {
        let digest = Sha256::new().chain_update(b"fastcall key id 1").chain_update(secret).finalize();
        let id = u32::from_le_bytes([digest[0], digest[1], digest[2], digest[3]]);
        Key { id, made, secret }
    }

    pub fn id(&self) -> u32 {
        self.id
    }

    pub fn made(&self) -> i64 {
        self.made
    }

    pub(crate) fn secret(&self) -> &[u8; 32] {
        &self.secret
    }
}

/// All keys of a box: recordings are sealed with the newest, and opened with the one they were sealed with.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyRing {
    /// In the order in which they were made.
    keys: Vec<Key>,
    signing: [u8; 32],
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<u32> = self.keys.iter().map(|key| key.id).collect();
        write!(f, "KeyRing({ids:?})")
    }
}

/// Why a key file cannot be used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum KeyFileFault {
    Unreadable(String),
    /// It was sealed to a board's secret that is not given.
    NoBoardSecret,
    /// It was sealed to another board's secret.
    OtherBoard,
}

impl fmt::Display for KeyFileFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeyFileFault::Unreadable(why) => write!(f, "it is no key file: {why}"),
            KeyFileFault::NoBoardSecret => write!(f, "it is sealed to this board, and the board's secret is not there"),
            KeyFileFault::OtherBoard => write!(f, "it is sealed to another board"),
        }
    }
}

impl std::error::Error for KeyFileFault {}

#[derive(Serialize, Deserialize)]
struct KeyText {
    made: i64,
    secret: String,
}

#[derive(Serialize, Deserialize)]
struct RingText {
    keys: Vec<KeyText>,
    signing: String,
}

/// The file: one of the two, never both.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum FileText {
    Open(RingText),
    /// An envelope, in hexadecimal.
    SealedToBoard(String),
}

/// What the envelope of a key file belongs to.
const KEY_FILE: &[u8] = b"fastcall key file 1";

impl KeyRing {
    /// `signing`: the seed of the key that signs the chain.
    pub fn new(first: Key, signing: [u8; 32]) -> KeyRing {
        KeyRing { keys: vec![first], signing }
    }

    pub fn newest(&self) -> Option<&Key> {
        self.keys.last()
    }

    pub(crate) fn secret(&self, id: u32) -> Option<&[u8; 32]> {
        self.keys.iter().find(|key| key.id == id).map(|key| &key.secret)
    }

    /// A new key seals from now on; the older ones stay, to open what they sealed.
    pub fn rotate(&mut self, made: i64, secret: [u8; 32]) -> u32 {
        let key = Key::new(made, secret);
        let id = key.id;
        self.keys.push(key);
        id
    }

    pub fn ids(&self) -> impl Iterator<Item = u32> {
        self.keys.iter().map(|key| key.id)
    }

    pub fn signing(&self) -> SigningKey {
        SigningKey::from_bytes(&self.signing)
    }

    /// What others check signatures with.
    pub fn public(&self) -> VerifyingKey {
        self.signing().verifying_key()
    }

    /// The key file's text. With a board's secret it is sealed to it; `salt` is random.
    pub fn to_file(&self, board: Option<&[u8; 32]>, salt: [u8; 16]) -> Result<String, KeyFileFault> {
        let unreadable = |problem: String| KeyFileFault::Unreadable(problem);
        let key = |key: &Key| KeyText { made: key.made, secret: to_hex(&key.secret) };
        let ring = RingText { keys: self.keys.iter().map(key).collect(), signing: to_hex(&self.signing) };
        let file = match board {
            None => FileText::Open(ring),
            Some(secret) => {
                let text = serde_json::to_vec(&ring).map_err(|problem| unreadable(problem.to_string()))?;
                let board = KeyRing::new(Key::new(0, *secret), [0; 32]);
                let mut envelope = Vec::new();
                let sealed = Sealer::new(&board, salt).map(|mut sealer| sealer.seal(KEY_FILE, &text, &mut envelope));
                sealed.and_then(Result::ok).ok_or(KeyFileFault::OtherBoard)?;
                FileText::SealedToBoard(to_hex(&envelope))
            }
        };
        serde_json::to_string_pretty(&file).map_err(|problem| unreadable(problem.to_string()))
    }

    /// Returns also whether it is sealed to the board.
    pub fn from_file(text: &str, board: Option<&[u8; 32]>) -> Result<(KeyRing, bool), KeyFileFault> {
        let unreadable = |problem: &dyn fmt::Display| KeyFileFault::Unreadable(problem.to_string());
        match serde_json::from_str(text).map_err(|problem| unreadable(&problem))? {
            FileText::Open(ring) => Ok((KeyRing::parse(&ring)?, false)),
            FileText::SealedToBoard(envelope) => {
                let secret = board.ok_or(KeyFileFault::NoBoardSecret)?;
                let octets = octets(&envelope).ok_or_else(|| unreadable(&"not hexadecimal"))?;
                let board = KeyRing::new(Key::new(0, *secret), [0; 32]);
                let mut text = Vec::new();
                match Opener::new(board).open(KEY_FILE, &octets, &mut text) {
                    Ok(()) => {}
                    Err(SealFault::Changed | SealFault::UnknownKey(_) | SealFault::Exhausted) => {
                        return Err(KeyFileFault::OtherBoard);
                    }
                }
                let ring: RingText = serde_json::from_slice(&text).map_err(|problem| unreadable(&problem))?;
                Ok((KeyRing::parse(&ring)?, true))
            }
        }
    }

    fn parse(text: &RingText) -> Result<KeyRing, KeyFileFault> {
        let bad = || KeyFileFault::Unreadable("a key is not 64 hexadecimal digits".to_owned());
        let key = |key: &KeyText| Some(Key::new(key.made, from_hex(&key.secret)?));
        let keys: Option<Vec<Key>> = text.keys.iter().map(key).collect();
        let keys = keys.filter(|keys| !keys.is_empty()).ok_or_else(bad)?;
        Ok(KeyRing { keys, signing: from_hex(&text.signing).ok_or_else(bad)? })
    }
}

fn octets(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| from_hex::<1>(std::str::from_utf8(pair).ok()?).map(|[octet]| octet)).collect()
}
