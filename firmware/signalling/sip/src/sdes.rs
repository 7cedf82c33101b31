//! Keys of SRTP in session descriptions: SDES, RFC 4568; the suites of RFC 4568 6.2 and RFC 7714 14.2.
//!
//! Not done: lifetimes (they are longer than calls), MKI, and session parameters: a line that asks for one is not taken.

use crate::random::Random;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use plan::{SrtpKey, SrtpKeys, SrtpSuite, SrtpUse};

const SUITES: usize = SrtpSuite::ALL.len();

/// A line `a=crypto` that we understand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Crypto {
    tag: u32,
    key: SrtpKey,
}

impl Crypto {
    /// What stands behind `crypto:`. None: a suite, a key or a parameter that is not for us.
    pub fn parse(value: &str) -> Option<Crypto> {
        let mut words = value.split_ascii_whitespace();
        let tag = words.next()?.parse().ok()?;
        let suite = SrtpSuite::named(words.next()?)?;
        let inline = words.next()?.strip_prefix("inline:")?;
        // Window size is the receiver's business (RFC 4568 6.3.7): it is ours.
        if inline.contains(';') || words.any(|parameter| !parameter.starts_with("WSH=")) {
            return None;
        }
        let mut parts = inline.split('|');
        let key = parts.next()?.trim_end_matches('=');
        // Behind the key: a lifetime, which we outlive no call by, or an MKI, which has a colon.
        if parts.any(|part| part.contains(':')) {
            return None;
        }
        Some(Crypto { tag, key: SrtpKey::new(suite, &STANDARD_NO_PAD.decode(key).ok()?)? })
    }
}

fn line(tag: u32, key: &SrtpKey) -> String {
    format!("a=crypto:{tag} {} inline:{}\r\n", key.suite.name(), STANDARD.encode(key.key_and_salt()))
}

/// What was agreed on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Secured {
    tag: u32,
    pub keys: SrtpKeys,
    /// The stream is called RTP/SAVP, not RTP/AVP with keys.
    strict: bool,
}

/// No stream that both may use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct NotTogether;

/// Our side of a leg: whether it is encrypted, and with which keys we would send.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Secrets {
    usage: SrtpUse,
    /// One for each suite, the same for the leg's whole life.
    own: [Option<SrtpKey>; SUITES],
}

impl Secrets {
    pub fn new(usage: SrtpUse, random: &mut Random) -> Secrets {
        let own = match usage {
            SrtpUse::Off => [None; SUITES],
            SrtpUse::Allowed | SrtpUse::Required => {
                SrtpSuite::ALL.map(|suite| SrtpKey::new(suite, &random.secret()[..suite.key_octets()]))
            }
        };
        Secrets { usage, own }
    }

    pub fn are_used(&self) -> bool {
        self.usage != SrtpUse::Off
    }

    fn own(&self, suite: SrtpSuite) -> Option<SrtpKey> {
        self.own.iter().flatten().copied().find(|key| key.suite == suite)
    }

    /// The tag by which we offer a suite.
    fn tag(suite: SrtpSuite) -> u32 {
        SrtpSuite::ALL.iter().position(|each| *each == suite).unwrap_or(SUITES) as u32 + 1
    }

    /// Of a stream that came: in an offer, its first line that we understand (RFC 4568 5.1.2); in an answer, the one that takes ours.
    pub fn choose(&self, proto: &str, lines: &[Crypto], answer: bool) -> Result<Option<Secured>, NotTogether> {
        let strict = proto.starts_with("RTP/SAVP");
        let ours = |line: &&Crypto| !answer || line.tag == Secrets::tag(line.key.suite);
        let secured = lines.iter().filter(ours).find_map(|line| {
            let keys = SrtpKeys { send: self.own(line.key.suite)?, receive: line.key };
            Some(Secured { tag: line.tag, keys, strict })
        });
        match (secured, self.usage) {
            (Some(secured), _) => Ok(Some(secured)),
            (None, SrtpUse::Off | SrtpUse::Allowed) if !strict => Ok(None),
            (None, SrtpUse::Off | SrtpUse::Allowed | SrtpUse::Required) => Err(NotTogether),
        }
    }

    /// How our offer calls the stream.
    pub fn offered_proto(&self, agreed: Option<&Secured>) -> &'static str {
        let strict = agreed.is_some_and(|secured| secured.strict) || self.usage == SrtpUse::Required;
        if strict { "RTP/SAVP" } else { "RTP/AVP" }
    }

    /// The keys in our offer: what is agreed on already comes first.
    pub fn offered(&self, agreed: Option<&Secured>) -> String {
        let first = agreed.and_then(|secured| self.own(secured.keys.send.suite));
        let others =
            self.own.iter().flatten().copied().filter(|key| first.is_none_or(|first| first.suite != key.suite));
        first.into_iter().chain(others).map(|key| line(Secrets::tag(key.suite), &key)).collect()
    }
}

impl Secured {
    /// Our key in an answer.
    pub fn line(&self) -> String {
        line(self.tag, &self.keys.send)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines of RFC 4568's examples and of telephones: what we can do is taken, what we cannot is not mistaken for it.
    #[test]
    fn lines_are_taken_if_all_of_them_is_understood() {
        let key = "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj";
        let good = [
            format!("1 AES_CM_128_HMAC_SHA1_80 inline:{key}"),
            format!("1 AES_CM_128_HMAC_SHA1_80 inline:{key}|2^20"),
            format!("12 AES_CM_128_HMAC_SHA1_32 inline:{key}|2^31 WSH=128"),
            format!("1 aead_aes_128_gcm inline:{}", STANDARD.encode([3; 28])),
        ];
        assert!(good.iter().all(|line| Crypto::parse(line).is_some()));
        let bad = [
            format!("1 AES_CM_128_HMAC_SHA1_80 inline:{key}|2^20|1:4"),
            format!("1 AES_CM_128_HMAC_SHA1_80 inline:{key} UNENCRYPTED_SRTP"),
            format!("1 AES_CM_128_HMAC_SHA1_80 inline:{key};inline:{key}"),
            format!("1 AES_256_CM_HMAC_SHA1_80 inline:{key}"),
            "1 AES_CM_128_HMAC_SHA1_80 inline:short".to_owned(),
            format!("x AES_CM_128_HMAC_SHA1_80 inline:{key}"),
            "1 AES_CM_128_HMAC_SHA1_80".to_owned(),
        ];
        assert!(bad.iter().all(|line| Crypto::parse(line).is_none()));
    }

    fn side(usage: SrtpUse, seed: u8) -> Secrets {
        Secrets::new(usage, &mut Random::seeded([seed; 32]))
    }

    fn lines(offer: &str) -> Vec<Crypto> {
        offer.lines().filter_map(|line| Crypto::parse(line.strip_prefix("a=crypto:")?)).collect()
    }

    /// What both sides of a negotiation hold fits together: what the one sends, the other receives.
    #[test]
    fn both_sides_have_the_same_keys() {
        let (caller, called) = (side(SrtpUse::Required, 1), side(SrtpUse::Allowed, 2));
        let offer = lines(&caller.offered(None));
        assert_eq!((offer.len(), caller.offered_proto(None)), (3, "RTP/SAVP"));
        let theirs = called.choose("RTP/SAVP", &offer, false).expect("together").expect("encrypted");
        let ours = caller.choose("RTP/SAVP", &lines(&theirs.line()), true).expect("together").expect("encrypted");
        assert_eq!((ours.keys.send, ours.keys.receive), (theirs.keys.receive, theirs.keys.send));
        assert_ne!(ours.keys.send, ours.keys.receive);
    }

    /// Who must encrypt takes nothing else, who may not takes no encryption, who may takes both.
    #[test]
    fn each_use_takes_what_it_may() {
        let offer = lines(&side(SrtpUse::Allowed, 1).offered(None));
        for (usage, encrypted, optional, plain) in [
            (SrtpUse::Off, Err(NotTogether), Ok(false), Ok(false)),
            (SrtpUse::Allowed, Ok(true), Ok(true), Ok(false)),
            (SrtpUse::Required, Ok(true), Ok(true), Err(NotTogether)),
        ] {
            let chosen = |proto, lines: &[Crypto]| side(usage, 2).choose(proto, lines, false).map(|s| s.is_some());
            assert_eq!(chosen("RTP/SAVP", &offer), encrypted);
            assert_eq!(chosen("RTP/AVP", &offer), optional);
            assert_eq!(chosen("RTP/AVP", &[]), plain);
            assert_eq!(chosen("RTP/SAVP", &[]), Err(NotTogether));
        }
    }

    /// An answer that takes a suite under another's tag is no answer to our offer.
    #[test]
    fn an_answer_takes_one_of_our_lines() {
        let (caller, called) = (side(SrtpUse::Required, 1), side(SrtpUse::Required, 2));
        let mut theirs = called.choose("RTP/SAVP", &lines(&caller.offered(None)), false).unwrap().unwrap();
        theirs.tag += 1;
        assert_eq!(caller.choose("RTP/SAVP", &lines(&theirs.line()), true), Err(NotTogether));
    }
}
