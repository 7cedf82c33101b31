//! The readers of what others wrote inside messages, each by itself.
//!
//! Fuzzing uses them: a try that has to pass through a whole telephone first is a hundred times as dear. What a whole core makes of
//! whole messages is a fuzz target of its own.

use crate::digest::{Asked, Authorization, DigestOffer, Secret, Verdict, Verifier};
use crate::random::Random;
use crate::sdes::Secrets;
use crate::sdp::{Description, Direction, Local};
use clock::Monotonic;
use plan::{CodecName, SrtpUse};
use sipx_sip::auth::{Challenge, Credentials, respond};
use std::net::IpAddr;

/// The exchange's judge of Authorization headers.
#[derive(Debug)]
pub struct Judge {
    verifier: Verifier,
}

impl Judge {
    pub fn new(realm: &str, seed: [u8; 32]) -> Judge {
        let key = Random::seeded(seed).derive("nonce");
        Judge { verifier: Verifier::new(realm.to_owned(), DigestOffer::Both, key) }
    }

    /// The challenges to a REGISTER from this address.
    pub fn challenge(&mut self, now: Monotonic, from: IpAddr) -> Vec<String> {
        self.verifier.challenge(now, from, false)
    }

    /// Does the header prove that the sender of a REGISTER knows the password?
    pub fn proves(&mut self, now: Monotonic, from: IpAddr, header: &str, password: &str) -> bool {
        let Some(given) = Authorization::parse(header) else { return false };
        let secret = Secret::Password(password.to_owned());
        let asked = Asked { method: "REGISTER", from };
        self.verifier.verify(now, &given, Some(&secret), &asked) == Verdict::Good
    }
}

/// What a telephone answers to a challenge, if it understands it.
pub fn response_to(challenge: &[u8], user: &str, password: &str) -> Option<String> {
    let challenge = Challenge::parse(challenge, false)?;
    Some(respond(&challenge, &Credentials::new(user, password), "REGISTER", "sip:192.0.2.1", 1, "c0ffee"))
}

/// Our answer to an offer (RFC 3264), if it has a stream that we can speak.
pub fn answer_to(offer: &[u8]) -> Option<String> {
    let offer = Description::parse(offer).ok()?;
    let secrets = Secrets::new(SrtpUse::Allowed, &mut Random::seeded([7; 32]));
    let (index, agreed) = offer.agree(&CodecName::ALL, &secrets).ok()?;
    let codecs = CodecName::ALL.into();
    let mut local = Local { address: IpAddr::from([192, 0, 2, 1]), port: 16_384, id: 1, version: 0, codecs, secrets };
    Some(local.answer(&offer, index, &agreed, Direction::BOTH))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a telephone answers to our challenge, our judge takes: once, and not from elsewhere or with another password.
    #[test]
    fn a_response_proves_the_password_once() {
        let (home, abroad) = (IpAddr::from([192, 0, 2, 66]), IpAddr::from([192, 0, 2, 67]));
        // Both algorithms' challenges share a nonce, which proves once.
        for which in 0..2 {
            let mut judge = Judge::new("fastcall", [7; 32]);
            let challenge = &judge.challenge(Monotonic(0), home)[which];
            let response = response_to(challenge.as_bytes(), "8001", "correct horse").expect("a response");
            assert!(!judge.proves(Monotonic(0), abroad, &response, "correct horse"));
            assert!(!judge.proves(Monotonic(0), home, &response, "wrong horse"));
            assert!(judge.proves(Monotonic(0), home, &response, "correct horse"));
            assert!(!judge.proves(Monotonic(0), home, &response, "correct horse"));
        }
    }

    #[test]
    fn an_answer_names_a_stream_for_each_offered() {
        let offer = "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\nm=video 4002 RTP/AVP 31\r\n";
        let answer = answer_to(offer.as_bytes()).expect("an answer");
        assert!(answer.contains("m=audio 16384 RTP/AVP 8") && answer.contains("m=video 0 "), "{answer}");
        assert_eq!(answer_to(b"v=0\r\n"), None);
    }

    /// RFC 3389: a telephone that offers not to send its silence may; with a codec that is wide it may not, for there it would not be heard.
    #[test]
    fn silence_need_not_be_sent() {
        let answer = |formats: &str| {
            let offer = format!(
                "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP {formats}\r\n"
            );
            answer_to(offer.as_bytes()).expect("an answer")
        };
        assert!(answer("8 13").contains("m=audio 16384 RTP/AVP 8 13\r\n"));
        assert!(answer("0 8").contains("m=audio 16384 RTP/AVP 8\r\n"));
        assert!(answer("9 13").contains("m=audio 16384 RTP/AVP 9\r\n"));
    }
}
