//! Digest access authentication, the server's half: RFC 7616 with the SIP rules of RFC 8760.
//!
//! A nonce carries its own proof: the time it was made and an HMAC over that time and the address it was given to. Nothing is stored
//! until a nonce is used; then its count is kept, so that no response is taken twice.

use crate::random::hex;
use clock::{Millis, Monotonic};
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

/// How long a nonce may be used.
const NONCE_LIFE: Millis = Millis::secs(300);
/// Nonces whose counts are remembered.
const MAX_NONCES: usize = 8192;

/// What a site stores of a password.
#[derive(Clone, PartialEq, Eq)]
pub enum Secret {
    Password(String),
    /// The hashes of `user:realm:password`, in hexadecimal.
    Hashes {
        md5: String,
        sha256: String,
    },
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Which algorithms a challenge offers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum DigestOffer {
    /// SHA-256 first, then MD5 (RFC 8760 2.4).
    #[default]
    Both,
    /// MD5 alone: for telephones that give up at an algorithm they do not know instead of taking the next.
    Md5,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Algorithm {
    Sha256,
    Md5,
}

impl Algorithm {
    fn parse(name: Option<&str>) -> Option<Algorithm> {
        match name {
            None => Some(Algorithm::Md5),
            Some(n) if n.eq_ignore_ascii_case("MD5") => Some(Algorithm::Md5),
            Some(n) if n.eq_ignore_ascii_case("SHA-256") => Some(Algorithm::Sha256),
            Some(_) => None,
        }
    }

    fn hash(self, text: &str) -> String {
        match self {
            Algorithm::Sha256 => hex(&Sha256::digest(text.as_bytes())),
            Algorithm::Md5 => hex(&Md5::digest(text.as_bytes())),
        }
    }
}

/// The fields of an Authorization header.
#[derive(Clone, Debug, Default)]
pub(crate) struct Authorization {
    fields: BTreeMap<String, String>,
}

impl Authorization {
    /// Reads `Digest name=value, name="value", ...`.
    pub fn parse(header: &str) -> Option<Authorization> {
        let (scheme, mut rest) = header.trim().split_once([' ', '\t'])?;
        if !scheme.eq_ignore_ascii_case("Digest") {
            return None;
        }
        let mut fields = BTreeMap::new();
        while !rest.trim().is_empty() && fields.len() < 32 {
            let (name, after) = rest.split_once('=')?;
            let after = after.trim_start();
            let (value, tail) = if let Some(quoted) = after.strip_prefix('"') {
                unquote(quoted)?
            } else {
                let end = after.find(',').unwrap_or(after.len());
                (after[..end].trim().to_owned(), &after[end..])
            };
            let name = name.trim().to_ascii_lowercase();
            if fields.insert(name, value).is_some() {
                return None;
            }
            rest = tail.trim_start().strip_prefix(',').unwrap_or_default();
        }
        Some(Authorization { fields })
    }

    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str)
    }
}

fn unquote(quoted: &str) -> Option<(String, &str)> {
    let (mut value, mut escaped) = (String::new(), false);
    for (i, c) in quoted.char_indices() {
        match c {
            _ if escaped => {
                value.push(c);
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => return Some((value, &quoted[i + 1..])),
            c => value.push(c),
        }
    }
    None
}

/// What became of the credentials.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Verdict {
    Good,
    /// The nonce is too old or its count was used: ask again, the password was not looked at. Nobody is to blame.
    Stale,
    /// Not one of our nonces for this address: ask again.
    Unknown,
    /// Answered to a nonce of ours, and wrong.
    Wrong,
}

/// Where and what a request asks.
pub(crate) struct Asked<'a> {
    pub method: &'a str,
    pub from: IpAddr,
}

#[derive(Clone, Debug)]
struct Counted {
    highest: u32,
    /// Counts used just below the highest, newest in bit 0.
    seen: u64,
}

#[derive(Clone, Debug)]
pub(crate) struct Verifier {
    realm: String,
    offer: DigestOffer,
    key: [u8; 32],
    used: HashMap<String, Counted>,
    by_age: BTreeMap<(u64, String), ()>,
    serial: u64,
    /// Unused-looking nonces made until then may have been used and forgotten: they are stale.
    floor: u64,
}

impl Verifier {
    /// Another realm, or other algorithms, from the next challenge on.
    pub fn configure(&mut self, realm: String, offer: DigestOffer) {
        self.realm = realm;
        self.offer = offer;
    }

    pub fn new(realm: String, offer: DigestOffer, key: [u8; 32]) -> Verifier {
        Verifier { realm, offer, key, used: HashMap::new(), by_age: BTreeMap::new(), serial: 0, floor: 0 }
    }

    /// The WWW-Authenticate values of one challenge, the better algorithm first (RFC 8760 2.4).
    pub fn challenge(&mut self, now: Monotonic, from: IpAddr, stale: bool) -> Vec<String> {
        self.serial += 1;
        let nonce = self.nonce(now.0, self.serial, from);
        let stale = if stale { ", stale=true" } else { "" };
        let algorithms: &[&str] = match self.offer {
            DigestOffer::Both => &["SHA-256", "MD5"],
            DigestOffer::Md5 => &["MD5"],
        };
        let realm = &self.realm;
        let value = |algorithm: &&str| {
            format!("Digest realm=\"{realm}\", nonce=\"{nonce}\", algorithm={algorithm}, qop=\"auth\"{stale}")
        };
        algorithms.iter().map(value).collect()
    }

    fn nonce(&self, time: u64, serial: u64, from: IpAddr) -> String {
        format!("{time:x}.{serial:x}.{}", &self.seal(&format!("{time:x}.{serial:x}.{from}"))[..32])
    }

    fn seal(&self, text: &str) -> String {
        // HMAC takes a key of any length; 32 octets cannot fail, and an empty seal would match nothing.
        let Ok(mut mac) = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.key) else { return "0".repeat(64) };
        mac.update(text.as_bytes());
        hex(&mac.finalize().into_bytes())
    }

    /// The age of a nonce that we gave to this address.
    fn age(&self, now: Monotonic, nonce: &str, from: IpAddr) -> Option<(u64, Millis)> {
        let mut parts = nonce.split('.');
        let time = u64::from_str_radix(parts.next()?, 16).ok()?;
        let serial = u64::from_str_radix(parts.next()?, 16).ok()?;
        let expected = self.nonce(time, serial, from);
        same(&expected, nonce).then_some((time, now.since(Monotonic(time))))
    }

    /// Judges credentials. `secret` is `None` for a user we do not know: the work done is the same, so that neither the answer nor
    /// its time says who exists.
    pub fn verify(
        &mut self,
        now: Monotonic,
        given: &Authorization,
        secret: Option<&Secret>,
        asked: &Asked<'_>,
    ) -> Verdict {
        let (Some(nonce), Some(response), Some(uri), Some(user), Some(nc), Some(cnonce)) = (
            given.field("nonce"),
            given.field("response"),
            given.field("uri"),
            given.field("username"),
            given.field("nc").and_then(|nc| u32::from_str_radix(nc, 16).ok()),
            given.field("cnonce"),
        ) else {
            return Verdict::Unknown;
        };
        let Some(algorithm) = Algorithm::parse(given.field("algorithm")) else { return Verdict::Unknown };
        if given.field("realm") != Some(&self.realm) || given.field("qop") != Some("auth") {
            return Verdict::Unknown;
        }
        let Some((made, age)) = self.age(now, nonce, asked.from) else { return Verdict::Unknown };
        if age > NONCE_LIFE {
            return Verdict::Stale;
        }
        let nobody = Secret::Password(self.seal(user));
        let ha1 = self.ha1(algorithm, user, secret.unwrap_or(&nobody));
        let ha2 = algorithm.hash(&format!("{}:{uri}", asked.method));
        let nc_text = given.field("nc").unwrap_or_default();
        let expected = algorithm.hash(&format!("{ha1}:{nonce}:{nc_text}:{cnonce}:auth:{ha2}"));
        if !same(&expected, &response.to_ascii_lowercase()) || secret.is_none() {
            return Verdict::Wrong;
        }
        if self.count(made, nonce, nc) { Verdict::Good } else { Verdict::Stale }
    }

    fn ha1(&self, algorithm: Algorithm, user: &str, secret: &Secret) -> String {
        match (secret, algorithm) {
            (Secret::Password(password), _) => algorithm.hash(&format!("{user}:{}:{password}", self.realm)),
            (Secret::Hashes { sha256, .. }, Algorithm::Sha256) => sha256.to_ascii_lowercase(),
            (Secret::Hashes { md5, .. }, Algorithm::Md5) => md5.to_ascii_lowercase(),
        }
    }

    /// Notes the use of a nonce count; false if it was used before (RFC 7616 3.4: replay). Datagrams overtake each other, so counts
    /// within the last 64 may come in any order, each once.
    fn count(&mut self, made: u64, nonce: &str, nc: u32) -> bool {
        if let Some(counted) = self.used.get_mut(nonce) {
            if nc > counted.highest {
                let ahead = nc - counted.highest;
                counted.seen = if ahead < 64 { counted.seen << ahead | 1 } else { 1 };
                counted.highest = nc;
                return true;
            }
            let behind = counted.highest - nc;
            if behind >= 64 || counted.seen >> behind & 1 == 1 {
                return false;
            }
            counted.seen |= 1 << behind;
            return true;
        }
        if self.used.len() >= MAX_NONCES
            && let Some(((oldest_made, oldest), ())) = self.by_age.pop_first()
        {
            self.used.remove(&oldest);
            self.floor = self.floor.max(oldest_made + 1);
        }
        if made < self.floor {
            return false;
        }
        self.used.insert(nonce.to_owned(), Counted { highest: nc, seen: 1 });
        self.by_age.insert((made, nonce.to_owned()), ());
        true
    }

    /// Forgets counts of nonces that are too old to be used.
    pub fn forget_old(&mut self, now: Monotonic) {
        while let Some(((made, nonce), ())) = self.by_age.first_key_value() {
            if now.since(Monotonic(*made)) <= NONCE_LIFE {
                break;
            }
            let (made, nonce) = (*made, nonce.clone());
            self.used.remove(&nonce);
            self.by_age.remove(&(made, nonce));
        }
    }
}

/// Compares in a time that does not tell where two texts differ.
fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |acc, (x, y)| acc | (x ^ y)) == 0
}
