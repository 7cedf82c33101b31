//! Session descriptions (RFC 8866) and offer/answer (RFC 3264), as far as a telephone needs them.
//!
//! One audio stream over RTP/AVP, of one codec at a time, and telephone-event (RFC 4733); or a fax as packets (T.38 annex D). Other streams are refused with port 0, as RFC 3264 6 asks.
//! Lines it does not know are skipped.

use crate::formats::{self, Format, Map};
use crate::sdes::{Crypto, NotTogether, Secrets, Secured};
use legs::ImageStream;
use plan::{CodecName, RtpSession};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

/// Media lines, formats a line, and octets of a description that are read at all.
const MAX_MEDIA: usize = 16;
const MAX_FORMATS: usize = 64;
const MAX_BODY: usize = 16 * 1024;
/// RFC 3389; its type is fixed. Taken where a telephone offers it, never asked for: silence that is sent is recorded as it was.
const COMFORT_NOISE: u8 = 13;
/// Octets that a fax's end takes in a datagram if it does not say.
const USUAL_DATAGRAM: u16 = 320;

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
    pub const NEITHER: Direction = Direction { send: false, receive: false };

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
    maxptime: Option<u8>,
    maps: Vec<Map>,
    fmtps: Vec<(u8, String)>,
    cryptos: Vec<Crypto>,
    /// `T38FaxMaxDatagram`, T.38 annex D.
    max_datagram: Option<u16>,
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
    pub format: Format,
    /// Payload type of events, and their clock in kHz.
    pub events: Option<(u8, u8)>,
    /// The far end need not send its silence (RFC 3389).
    pub comfort: bool,
    pub packet_millis: u8,
    /// What the far end said of itself.
    pub theirs: Direction,
    pub secured: Option<Secured>,
}

impl Agreed {
    pub fn session(&self, want: Direction) -> RtpSession {
        let way = want.against(self.theirs);
        RtpSession {
            remote: self.remote,
            codec: self.format.codec,
            payload_type: self.format.payload_type,
            event_payload_type: self.events.map(|(payload, _)| payload),
            event_khz: self.events.map_or(8, |(_, khz)| khz),
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

    /// Index and particulars of the audio stream to use, of an offer: the codec that `wanted` lists first.
    pub fn agree(&self, wanted: &[CodecName], secrets: &Secrets) -> Result<(usize, Agreed), SdpFault> {
        let secured = |media: &Media| secrets.choose(&media.proto, &media.cryptos, false);
        self.choose(wanted, secured, |formats| formats.min_by_key(|format| format.rank))
    }

    /// The same of an answer: its order counts (RFC 3264 6.1).
    pub fn answers(&self, wanted: &[CodecName], secrets: &Secrets) -> Result<(usize, Agreed), SdpFault> {
        let secured = |media: &Media| secrets.choose(&media.proto, &media.cryptos, true);
        self.choose(wanted, secured, |formats| formats.next())
    }

    /// Index and particulars of the stream of a fax.
    pub fn image(&self) -> Option<(usize, ImageStream)> {
        self.media.iter().enumerate().find_map(|(index, media)| {
            let t38 = media.kind == "image" && media.proto == "UDPTL" && media.port != 0;
            let known = t38 && media.formats.iter().any(|format| format.eq_ignore_ascii_case("t38"));
            let address = media.connection.or(self.connection).filter(|_| known)?;
            let max_datagram = media.max_datagram.unwrap_or(USUAL_DATAGRAM);
            Some((index, ImageStream { address: SocketAddr::new(address, media.port), max_datagram }))
        })
    }

    fn choose(
        &self,
        wanted: &[CodecName],
        secured: impl Fn(&Media) -> Result<Option<Secured>, NotTogether>,
        best: impl Fn(&mut dyn Iterator<Item = Format>) -> Option<Format>,
    ) -> Result<(usize, Agreed), SdpFault> {
        for (index, media) in self.media.iter().enumerate() {
            if media.kind != "audio" || media.port == 0 || !media.is_rtp() {
                continue;
            }
            let known = |payload| formats::format(payload, &media.maps, &media.fmtps, wanted);
            let payloads: Vec<u8> = media.formats.iter().filter_map(|format| format.parse().ok()).collect();
            let Some(format) = best(&mut payloads.iter().copied().filter_map(known)) else { continue };
            let Ok(secured) = secured(media) else { continue };
            let Some(address) = media.connection.or(self.connection) else { continue };
            let mut theirs = media.direction.or(self.direction).unwrap_or(Direction::BOTH);
            theirs.receive &= !address.is_unspecified();
            return Ok((
                index,
                Agreed {
                    remote: SocketAddr::new(address, media.port),
                    format,
                    events: formats::events(format.codec, &payloads, &media.maps),
                    // Heard with G.711 only: other codecs have their own.
                    comfort: format.codec.law().is_some() && payloads.contains(&COMFORT_NOISE),
                    packet_millis: formats::packet_millis(format.codec, media.ptime, media.maxptime),
                    theirs,
                    secured,
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
        Some(Media {
            kind,
            port,
            proto,
            formats,
            connection: None,
            direction: None,
            ptime: None,
            maxptime: None,
            maps: Vec::new(),
            fmtps: Vec::new(),
            cryptos: Vec::new(),
            max_datagram: None,
        })
    }

    fn is_rtp(&self) -> bool {
        self.proto.starts_with("RTP/AVP") || self.proto.starts_with("RTP/SAVP")
    }

    fn attribute(&mut self, value: &str, direction: Option<Direction>) {
        self.direction = direction.or(self.direction);
        if let Some(ptime) = value.strip_prefix("ptime:") {
            self.ptime = ptime.trim().parse().ok();
        }
        if let Some(ptime) = value.strip_prefix("maxptime:") {
            self.maxptime = ptime.trim().parse().ok();
        }
        if let Some(octets) = value.strip_prefix("T38FaxMaxDatagram:") {
            self.max_datagram = octets.trim().parse().ok();
        }
        if let Some(map) = value.strip_prefix("rtpmap:").and_then(Map::parse)
            && self.maps.len() < MAX_FORMATS
        {
            self.maps.push(map);
        }
        if let Some(crypto) = value.strip_prefix("crypto:").and_then(Crypto::parse)
            && self.cryptos.len() < MAX_FORMATS
        {
            self.cryptos.push(crypto);
        }
        if let Some((payload, terms)) = value.strip_prefix("fmtp:").and_then(|fmtp| fmtp.split_once(' '))
            && let Ok(payload) = payload.trim().parse()
            && self.fmtps.len() < MAX_FORMATS
        {
            self.fmtps.push((payload, terms.to_owned()));
        }
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
    /// What this far end is offered, in the order in which it is wanted.
    pub codecs: Arc<[CodecName]>,
    pub secrets: Secrets,
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

    /// An offer of all that the far end may speak; what is agreed on comes first.
    pub fn offer(&mut self, want: Direction, agreed: Option<&Agreed>) -> String {
        self.version += 1;
        let (codecs, events) = formats::offered(&self.codecs, agreed.map(|agreed| (agreed.format, agreed.events)));
        let payloads =
            codecs.iter().map(|format| format.payload_type).chain(events.iter().map(|(payload, _)| *payload));
        let comfort = agreed.is_some_and(|agreed| agreed.comfort).then_some(COMFORT_NOISE);
        let list: String = payloads.chain(comfort).map(|payload| format!(" {payload}")).collect();
        let secured = agreed.and_then(|agreed| agreed.secured.as_ref());
        let proto = self.secrets.offered_proto(secured);
        let mut text = format!("{}m=audio {} {proto}{list}\r\n", self.head(), self.port);
        text.push_str(&self.secrets.offered(secured));
        codecs.iter().for_each(|format| text.push_str(&formats::lines(format.payload_type, format.codec)));
        events.iter().for_each(|(payload, khz)| text.push_str(&event_lines(*payload, *khz)));
        text.push_str(&format!("a=ptime:20\r\na={}\r\n", want.name()));
        text
    }

    /// The description that stands, with its version: it says nothing new.
    pub fn again(&self, offer: Option<&Description>, index: usize, agreed: &Agreed, want: Direction) -> String {
        let mut text = self.head();
        match offer {
            Some(offer) => offer.media.iter().enumerate().for_each(|(i, media)| match i == index {
                true => text.push_str(&self.stream(&media.proto, agreed, want)),
                false => text.push_str(&refused(media)),
            }),
            None => {
                let proto = self.secrets.offered_proto(agreed.secured.as_ref());
                text.push_str(&self.stream(proto, agreed, want));
            }
        }
        text
    }

    fn stream(&self, proto: &str, agreed: &Agreed, want: Direction) -> String {
        let payload = agreed.format.payload_type;
        let events = agreed.events.map(|(events, _)| format!(" {events}")).unwrap_or_default();
        let comfort = if agreed.comfort { format!(" {COMFORT_NOISE}") } else { String::new() };
        let codec = formats::lines(payload, agreed.format.codec);
        let mut text = format!("m=audio {} {proto} {payload}{events}{comfort}\r\n{codec}", self.port);
        if let Some((events, khz)) = agreed.events {
            text.push_str(&event_lines(events, khz));
        }
        if let Some(secured) = &agreed.secured {
            text.push_str(&secured.line());
        }
        let way = want.against(agreed.theirs);
        text.push_str(&format!("a=ptime:{}\r\na={}\r\n", agreed.packet_millis, way.name()));
        text
    }

    /// An offer of a fax's stream in the place of speech (RFC 3264 8.3.3).
    pub fn offer_image(&mut self, own: &ImageStream) -> String {
        self.version += 1;
        self.head() + &image_lines(own)
    }

    /// The answer to an offer whose stream `index` is a fax's.
    pub fn answer_image(&mut self, offer: &Description, index: usize, own: &ImageStream) -> String {
        self.version += 1;
        let streams = offer.media.iter().enumerate();
        let lines = streams.map(|(i, media)| if i == index { image_lines(own) } else { refused(media) });
        self.head() + &lines.collect::<String>()
    }

    /// The answer to `offer`, whose stream `index` is the one we take.
    pub fn answer(&mut self, offer: &Description, index: usize, agreed: &Agreed, want: Direction) -> String {
        self.version += 1;
        self.again(Some(offer), index, agreed, want)
    }
}

fn event_lines(payload: u8, khz: u8) -> String {
    format!("a=rtpmap:{payload} telephone-event/{khz}000\r\na=fmtp:{payload} 0-15\r\n")
}

/// T.38 annex D.2.3: copies of packets make up for lost ones; the training signals pass through.
fn image_lines(own: &ImageStream) -> String {
    let ImageStream { address, max_datagram } = own;
    format!(
        "m=image {} udptl t38\r\na=T38FaxVersion:0\r\na=T38MaxBitRate:14400\r\na=T38FaxRateManagement:transferredTCF\r\n\
         a=T38FaxMaxDatagram:{max_datagram}\r\na=T38FaxUdpEC:t38UDPRedundancy\r\n",
        address.port()
    )
}

/// A stream refused (RFC 3264 6): port 0, its formats as they were.
fn refused(media: &Media) -> String {
    let formats = if media.formats.is_empty() { "0".to_owned() } else { media.formats.join(" ") };
    format!("m={} 0 {} {formats}\r\n", media.kind, media.proto)
}
