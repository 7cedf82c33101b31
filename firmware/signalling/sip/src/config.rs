use crate::digest::DigestOffer;
use crate::registrar::RegistrationTimes;
use clock::Millis;
use numbering::Digits;
use plan::{CodecName, SrtpUse};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// What the core is told at its start.
#[derive(Clone, Debug)]
pub struct Config {
    /// Our address as telephones see it. Messages that arrived on a particular address are answered from that one; this one stands for
    /// sockets bound to any.
    pub advertised: SocketAddr,
    pub realm: String,
    pub digest: DigestOffer,
    pub registration: RegistrationTimes,
    /// Codecs of telephones that have no list of their own, in the order in which they are wanted. Only such as this machine has.
    pub codecs: Arc<[CodecName]>,
    pub srtp: SrtpRules,
    /// RFC 4028, seconds; 0 switches session timers off.
    pub session_seconds: u32,
    /// First and last UDP port of RTP and RTCP.
    pub rtp_ports: (u16, u16),
    /// The longest that an outgoing leg may ring, whatever the exchange says.
    pub ring_limit: Millis,
    /// How often a registered contact is asked whether it is there (OPTIONS); zero: never.
    pub qualify: Millis,
    pub limits: Limits,
    /// Secret and random; the same seed gives the same Call-IDs, tags and nonces.
    pub seed: [u8; 32],
}

/// Which telephones' speech is encrypted.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SrtpRules {
    pub usual: SrtpUse,
    /// Telephones that are treated otherwise.
    pub own: Vec<(Digits, SrtpUse)>,
}

impl SrtpRules {
    pub(crate) fn of(&self, extension: &Digits) -> SrtpUse {
        self.own.iter().find(|(own, _)| own == extension).map_or(self.usual, |(_, usage)| *usage)
    }
}

/// Bounds. What is over them is refused and counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    pub legs: usize,
    pub transactions: usize,
}

impl Config {
    /// Usual values at this address.
    pub fn at(advertised: SocketAddr, seed: [u8; 32]) -> Config {
        Config {
            advertised,
            realm: "fastcall".to_owned(),
            digest: DigestOffer::Both,
            registration: RegistrationTimes { expires: 3600, min_expires: 60 },
            codecs: [CodecName::Pcma, CodecName::Pcmu].into(),
            srtp: SrtpRules::default(),
            session_seconds: 1800,
            rtp_ports: (16_384, 20_479),
            ring_limit: Millis::secs(300),
            qualify: Millis::ZERO,
            limits: Limits { legs: 2000, transactions: 20_000 },
            seed,
        }
    }

    pub(crate) fn local(&self, local: SocketAddr) -> SocketAddr {
        let ip: IpAddr = if local.ip().is_unspecified() { self.advertised.ip() } else { local.ip() };
        SocketAddr::new(ip, local.port())
    }
}
