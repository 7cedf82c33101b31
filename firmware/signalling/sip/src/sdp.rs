//! Session descriptions (RFC 8866) and offer/answer (RFC 3264), as far as a G.711 telephone needs them.
//!
//! One audio stream over RTP/AVP: PCMA, PCMU and telephone-event (RFC 4733). Other streams are refused with port 0, as RFC 3264 6 asks.
//! Lines it does not know are skipped.

use plan::{Codec, Law, RtpSession};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Media lines, formats a line, and octets of a description that are read at all.
const MAX_MEDIA: usize = 16;
const MAX_FORMATS: usize = 64;
const MAX_BODY: usize = 16 * 1024;
/// The payload type that we offer for telephone-event.
const OUR_EVENTS: u8 = 101;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum SdpFault {
    NotSdp,
    TooLong,
    BadLine,
    /// No audio stream that we can speak.
    NoAudio,
}

/// RFC 3264 5.1: whether its sender sends, receives.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Direction {
    pub send: bool,
    pub receive: bool,
}

impl Direction {
    pub const BOTH: Direction = Direction { send: true, receive: true };
    pub const SEND_ONLY: Direction = Direction { send: true, receive: false };
    const RECEIVE_ONLY: Direction = Direction { send: false, receive: true };
    const NEITHER: Direction = Direction { send: false, receive: false };

    fn parse(attribute: &str) -> Option<Direction> {
        match attribute {
            "sendrecv" => Some(Direction::BOTH),
            "sendonly" => Some(Direction::SEND_ONLY),
            "recvonly" => Some(Direction::RECEIVE_ONLY),
            "inactive" => Some(Direction::NEITHER),
            _ => None,
        }
    }

    const fn name(self) -> &'static str {
        match (self.send, self.receive) {
            (true, true) => "sendrecv",
            (true, false) => "sendonly",
            (false, true) => "recvonly",
            (false, false) => "inactive",
        }
    }

    /// What we may do when the far end said `theirs` and we want `self`.
    pub const fn against(self, theirs: Direction) -> Direction {
        Direction { send: self.send && theirs.receive, receive: self.receive && theirs.send }
    }
}

#[derive(Clone, Debug)]
struct Media {
    kind: String,
    port: u16,
    proto: String,
    formats: Vec<String>,
    connection: Option<IpAddr>,
    direction: Option<Direction>,
    ptime: Option<u8>,
    /// Payload type, encoding, clock rate.
    maps: Vec<(u8, String, u32)>,
}

/// A description that came in.
#[derive(Clone, Debug)]
pub(crate) struct Description {
    connection: Option<IpAddr>,
    direction: Option<Direction>,
    media: Vec<Media>,
}

/// The audio stream both ends can speak, seen from here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Agreed {
    pub remote: SocketAddr,
    pub law: Law,
    pub payload_type: u8,
    pub events: Option<u8>,
    pub packet_millis: u8,
    /// What the far end said of itself.
    pub theirs: Direction,
}

impl Agreed {
    pub fn session(&self, want: Direction) -> RtpSession {
        let way = want.against(self.theirs);
        RtpSession {
            remote: self.remote,
            codec: Codec::G711(self.law),
            payload_type: self.payload_type,
            event_payload_type: self.events,
            event_khz: 8,
            packet_millis: self.packet_millis,
            send: way.send,
            receive: way.receive,
        }
    }

    /// The far end does not listen: it put us on hold (RFC 3264 8.4, RFC 2543's 0.0.0.0).
    pub fn holds(&self) -> bool {
        !self.theirs.receive
    }
}

impl Description {
    pub fn parse(body: &[u8]) -> Result<Description, SdpFault> {
        if body.len() > MAX_BODY {
            return Err(SdpFault::TooLong);
        }
        let text = String::from_utf8_lossy(body);
        let mut lines = text.lines().map(str::trim_end).filter(|l| !l.is_empty());
        if lines.next() != Some("v=0") {
            return Err(SdpFault::NotSdp);
        }
        let mut found = Description { connection: None, direction: None, media: Vec::new() };
        for line in lines {
            let Some((kind, value)) = line.split_once('=') else { return Err(SdpFault::BadLine) };
            match kind {
                "c" => {
                    let address = connection(value).ok_or(SdpFault::BadLine)?;
                    match found.media.last_mut() {
                        Some(media) => media.connection = Some(address),
                        None => found.connection = Some(address),
                    }
                }
                "m" if found.media.len() >= MAX_MEDIA => return Err(SdpFault::TooLong),
                "m" => found.media.push(Media::parse(value).ok_or(SdpFault::BadLine)?),
                "a" => found.attribute(value),
                _ => {}
            }
        }
        Ok(found)
    }

    fn attribute(&mut self, value: &str) {
        let direction = Direction::parse(value);
        match self.media.last_mut() {
            Some(media) => media.attribute(value, direction),
            None => self.direction = direction.or(self.direction),
        }
    }

    /// Index and particulars of the audio stream to use.
    pub fn agree(&self) -> Result<(usize, Agreed), SdpFault> {
        for (index, media) in self.media.iter().enumerate() {
            if media.kind != "audio" || media.port == 0 || !media.proto.starts_with("RTP/AVP") {
                continue;
            }
            let Some((law, payload_type)) = media.law() else { continue };
            let Some(address) = media.connection.or(self.connection) else { continue };
            let mut theirs = media.direction.or(self.direction).unwrap_or(Direction::BOTH);
            theirs.receive &= !address.is_unspecified();
            return Ok((
                index,
                Agreed {
                    remote: SocketAddr::new(address, media.port),
                    law,
                    payload_type,
                    events: media.events(),
                    packet_millis: media.ptime.filter(|p| (10..=60).contains(p) && p % 10 == 0).unwrap_or(20),
                    theirs,
                },
            ));
        }
        Err(SdpFault::NoAudio)
    }
}

impl Media {
    fn parse(value: &str) -> Option<Media> {
        let mut words = value.split_ascii_whitespace();
        let kind = words.next()?.to_ascii_lowercase();
        let port = words.next()?.split('/').next()?.parse().ok()?;
        let proto = words.next()?.to_ascii_uppercase();
        let formats = words.take(MAX_FORMATS).map(str::to_owned).collect();
        Some(Media { kind, port, proto, formats, connection: None, direction: None, ptime: None, maps: Vec::new() })
    }

    fn attribute(&mut self, value: &str, direction: Option<Direction>) {
        self.direction = direction.or(self.direction);
        if let Some(ptime) = value.strip_prefix("ptime:") {
            self.ptime = ptime.trim().parse().ok();
        }
        if let Some((payload, encoding)) = value.strip_prefix("rtpmap:").and_then(|map| map.split_once(' ')) {
            let mut parts = encoding.trim().split('/');
            if let (Ok(payload), Some(name), Some(Ok(rate))) =
                (payload.parse(), parts.next(), parts.next().map(str::parse))
                && self.maps.len() < MAX_FORMATS
            {
                self.maps.push((payload, name.to_ascii_uppercase(), rate));
            }
        }
    }

    fn payload(&self, name: &str, fixed: Option<u8>) -> Option<u8> {
        self.formats.iter().filter_map(|f| f.parse().ok()).find(|payload: &u8| {
            match self.maps.iter().find(|(p, ..)| p == payload) {
                Some((_, encoding, rate)) => encoding == name && *rate == 8000,
                None => fixed == Some(*payload),
            }
        })
    }

    /// A-law where both can: it is what the trunks carry, and copying beats converting.
    fn law(&self) -> Option<(Law, u8)> {
        let a = self.payload("PCMA", Some(8)).map(|payload| (Law::A, payload));
        a.or_else(|| self.payload("PCMU", Some(0)).map(|payload| (Law::Mu, payload)))
    }

    fn events(&self) -> Option<u8> {
        self.payload("TELEPHONE-EVENT", None)
    }
}

fn connection(value: &str) -> Option<IpAddr> {
    let mut words = value.split_ascii_whitespace();
    if words.next()? != "IN" {
        return None;
    }
    let family = words.next()?;
    let address = words.next()?.split('/').next()?;
    match address.parse::<IpAddr>() {
        Ok(address) => Some(address),
        // A name: we do not resolve names; symmetric RTP finds the far end.
        Err(_) if family == "IP4" && !address.is_empty() => Some(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
        Err(_) => None,
    }
}

/// What we say of ourselves; the version rises with each change (RFC 3264 8).
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Local {
    pub address: IpAddr,
    pub port: u16,
    pub id: u64,
    pub version: u64,
}

impl Local {
    fn head(&self) -> String {
        let family = if self.address.is_ipv4() { "IP4" } else { "IP6" };
        format!(
            "v=0\r\no=- {} {} IN {family} {addr}\r\ns=-\r\nc=IN {family} {addr}\r\nt=0 0\r\n",
            self.id,
            self.version,
            addr = self.address
        )
    }

    /// An offer of all that we speak.
    pub fn offer(&mut self, want: Direction) -> String {
        self.version += 1;
        format!(
            "{}m=audio {} RTP/AVP 8 0 {ev}\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:{ev} telephone-event/8000\r\n\
             a=fmtp:{ev} 0-15\r\na=ptime:20\r\na={}\r\n",
            self.head(),
            self.port,
            want.name(),
            ev = OUR_EVENTS,
        )
    }

    /// The description that stands, with its version: it says nothing new.
    pub fn again(&self, offer: Option<&Description>, index: usize, agreed: &Agreed, want: Direction) -> String {
        let mut text = self.head();
        match offer {
            Some(offer) => offer.media.iter().enumerate().for_each(|(i, media)| match i == index {
                true => text.push_str(&self.stream(&media.proto, agreed, want)),
                false => text.push_str(&refused(media)),
            }),
            None => text.push_str(&self.stream("RTP/AVP", agreed, want)),
        }
        text
    }

    fn stream(&self, proto: &str, agreed: &Agreed, want: Direction) -> String {
        let name = match agreed.law {
            Law::A => "PCMA",
            Law::Mu => "PCMU",
        };
        let pt = agreed.payload_type;
        let events = agreed.events.map(|e| format!(" {e}")).unwrap_or_default();
        let mut text = format!("m=audio {} {proto} {pt}{events}\r\na=rtpmap:{pt} {name}/8000\r\n", self.port);
        if let Some(e) = agreed.events {
            text.push_str(&format!("a=rtpmap:{e} telephone-event/8000\r\na=fmtp:{e} 0-15\r\n"));
        }
        let way = want.against(agreed.theirs);
        text.push_str(&format!("a=ptime:{}\r\na={}\r\n", agreed.packet_millis, way.name()));
        text
    }

    /// The answer to `offer`, whose stream `index` is the one we take.
    pub fn answer(&mut self, offer: &Description, index: usize, agreed: &Agreed, want: Direction) -> String {
        self.version += 1;
        self.again(Some(offer), index, agreed, want)
    }
}

/// A stream refused (RFC 3264 6): port 0, its formats as they were.
fn refused(media: &Media) -> String {
    let formats = if media.formats.is_empty() { "0".to_owned() } else { media.formats.join(" ") };
    format!("m={} 0 {} {formats}\r\n", media.kind, media.proto)
}
