//! Codecs in session descriptions: payload types (RFC 3551 table 4), `rtpmap` and `fmtp`.

use plan::{Codec, CodecName, G729Terms, OpusTerms};
use std::num::NonZeroU8;

/// Dynamic payload types in offers of ours.
const OPUS: u8 = 111;
const L16: u8 = 96;
const L16_WIDE: u8 = 97;
/// telephone-event by the clocks of 8, 16 and 48 kHz.
const EVENTS: [(u32, u8); 3] = [(8, 101), (16, 102), (48, 110)];

/// What an offer or answer says of one payload type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Map {
    pub payload_type: u8,
    /// Upper case.
    pub encoding: String,
    pub rate: u32,
    pub channels: u8,
}

impl Map {
    /// `rtpmap`'s value: `111 opus/48000/2`.
    pub fn parse(value: &str) -> Option<Map> {
        let (payload_type, encoding) = value.split_once(' ')?;
        let mut parts = encoding.trim().split('/');
        Some(Map {
            payload_type: payload_type.trim().parse().ok()?,
            encoding: parts.next()?.to_ascii_uppercase(),
            rate: parts.next()?.parse().ok()?,
            channels: parts.next().and_then(|channels| channels.parse().ok()).unwrap_or(1),
        })
    }

    /// Of a static payload type that no `rtpmap` names.
    fn fixed(payload_type: u8) -> Option<Map> {
        let encoding = match payload_type {
            0 => "PCMU",
            8 => "PCMA",
            9 => "G722",
            18 => "G729",
            _ => return None,
        };
        Some(Map { payload_type, encoding: encoding.to_owned(), rate: 8000, channels: 1 })
    }

    fn name(&self) -> Option<CodecName> {
        Some(match (self.encoding.as_str(), self.rate, self.channels) {
            ("PCMA", 8000, 1) => CodecName::Pcma,
            ("PCMU", 8000, 1) => CodecName::Pcmu,
            // RFC 3551 4.5.2: 8000, though it samples at 16 kHz; some say what they mean.
            ("G722", 8000 | 16_000, 1) => CodecName::G722,
            ("G729" | "G729A", 8000, 1) => CodecName::G729,
            ("OPUS", 48_000, 2) => CodecName::Opus,
            ("L16", 8000, 1) => CodecName::L16,
            ("L16", 16_000, 1) => CodecName::L16Wide,
            _ => return None,
        })
    }
}

/// One format of a stream that we can speak.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Format {
    pub payload_type: u8,
    pub codec: Codec,
    /// Its place in our order of preference.
    pub rank: usize,
}

/// The format of a payload type, if it is one that `wanted` lists.
pub(crate) fn format(payload_type: u8, maps: &[Map], fmtps: &[(u8, String)], wanted: &[CodecName]) -> Option<Format> {
    let stated = maps.iter().find(|map| map.payload_type == payload_type).cloned();
    let name = stated.or_else(|| Map::fixed(payload_type))?.name()?;
    let terms = fmtps.iter().find(|(p, _)| *p == payload_type).map_or("", |(_, terms)| terms);
    let is_g729 = |one: &CodecName| matches!(one, CodecName::G729 | CodecName::G729B);
    let rank = match name {
        CodecName::G729 => wanted.iter().position(is_g729)?,
        name => wanted.iter().position(|one| *one == name)?,
    };
    let codec = match name {
        CodecName::G729 => {
            // RFC 4856 2.1.9: Annex B unless either end says no.
            let annex_b = parameter(terms, "annexb") != Some("no") && wanted[rank] == CodecName::G729B;
            Codec::G729(G729Terms { annex_b })
        }
        CodecName::Opus => Codec::Opus(opus_terms(terms)),
        name => name.codec(),
    };
    Some(Format { payload_type, codec, rank })
}

fn opus_terms(terms: &str) -> OpusTerms {
    let is_set = |name| parameter(terms, name) == Some("1");
    let number = |name| parameter(terms, name).and_then(|value| value.parse::<u32>().ok());
    let kilobits = number("maxaveragebitrate").map(|bits| (bits / 1000).clamp(6, 255) as u8);
    OpusTerms {
        fec: is_set("useinbandfec"),
        dtx: is_set("usedtx"),
        wide: number("maxplaybackrate").is_none_or(|rate| rate > 8000),
        max_kilobits: kilobits.and_then(NonZeroU8::new),
    }
}

/// A parameter of an `fmtp`: `a=1;b=2`.
fn parameter<'a>(terms: &'a str, name: &str) -> Option<&'a str> {
    let pairs = terms.split(';').filter_map(|pair| pair.split_once('='));
    let found = pairs.map(|(key, value)| (key.trim(), value.trim())).find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value)
}

/// The payload type of telephone-event that goes with a codec's clock, and its own clock in kHz. RFC 4733 2.1 wants the same clock; where
/// there is none of it, one of 8 kHz is taken as it is meant.
pub(crate) fn events(codec: Codec, formats: &[u8], maps: &[Map]) -> Option<(u8, u8)> {
    let of_rate = |rate: u32| {
        let named = |payload: &&u8| {
            let says =
                |map: &Map| map.payload_type == **payload && map.encoding == "TELEPHONE-EVENT" && map.rate == rate;
            maps.iter().any(says)
        };
        formats.iter().find(named).map(|payload| (*payload, (rate / 1000) as u8))
    };
    of_rate(codec.clock_khz() * 1000).or_else(|| of_rate(8000))
}

/// Payload types of an offer of ours: codecs in the order wanted, then events for their clocks. What is agreed on already comes first, by
/// the numbers that it has; those are given to nothing else (RFC 3264 8.3.2).
pub(crate) fn offered(
    wanted: &[CodecName],
    agreed: Option<(Format, Option<(u8, u8)>)>,
) -> (Vec<Format>, Vec<(u8, u8)>) {
    let mut taken: Vec<u8> = Vec::new();
    let (mut formats, mut events): (Vec<Format>, Vec<(u8, u8)>) = (Vec::new(), Vec::new());
    if let Some((format, of_events)) = agreed {
        taken.extend([Some(format.payload_type), of_events.map(|(payload, _)| payload)].into_iter().flatten());
        formats.push(format);
        events.extend(of_events);
    }
    for (rank, name) in wanted.iter().enumerate() {
        let payload_type = payload_type(*name);
        let known = formats.iter().any(|one| one.rank == rank || one.payload_type == payload_type);
        if !known && !taken.contains(&payload_type) {
            formats.push(Format { payload_type, codec: name.codec(), rank });
        }
    }
    for (khz, payload) in EVENTS {
        let needed = formats.iter().any(|one| one.codec.clock_khz() == khz) || khz == 8;
        let known = events.iter().any(|(_, has)| u32::from(*has) == khz);
        if needed && !known && !taken.contains(&payload) {
            events.push((payload, khz as u8));
        }
    }
    (formats, events)
}

fn payload_type(name: CodecName) -> u8 {
    match name {
        CodecName::Pcma => 8,
        CodecName::Pcmu => 0,
        CodecName::G722 => 9,
        CodecName::G729 | CodecName::G729B => 18,
        CodecName::Opus => OPUS,
        CodecName::L16 => L16,
        CodecName::L16Wide => L16_WIDE,
    }
}

/// The lines that say what a payload type is, and what we can take of it.
pub(crate) fn lines(payload: u8, codec: Codec) -> String {
    let map = match codec {
        Codec::G711(plan::Law::A) => "PCMA/8000",
        Codec::G711(plan::Law::Mu) => "PCMU/8000",
        Codec::G722 => "G722/8000",
        Codec::G729(_) => "G729/8000",
        Codec::Opus(_) => "opus/48000/2",
        Codec::L16 { wide: false } => "L16/8000",
        Codec::L16 { wide: true } => "L16/16000",
    };
    let terms = match codec {
        Codec::G729(terms) => format!("a=fmtp:{payload} annexb={}\r\n", if terms.annex_b { "yes" } else { "no" }),
        // What we play and what we send: up to 8 kHz of sound.
        Codec::Opus(_) => {
            format!("a=fmtp:{payload} maxplaybackrate=16000;sprop-maxcapturerate=16000;useinbandfec=1\r\n")
        }
        Codec::G711(_) | Codec::G722 | Codec::L16 { .. } => String::new(),
    };
    format!("a=rtpmap:{payload} {map}\r\n{terms}")
}

/// Milliseconds of a packet of ours, where the far end wishes `wished`.
pub(crate) fn packet_millis(codec: Codec, wished: Option<u8>, most: Option<u8>) -> u8 {
    let wished = wished.filter(|millis| (10..=60).contains(millis) && millis % 10 == 0).unwrap_or(20);
    let wished = wished.min(most.unwrap_or(u8::MAX) / 10 * 10).max(10);
    match codec {
        // RFC 6716 2.1.4: 10, 20, 40 and 60.
        Codec::Opus(_) if wished == 30 => 20,
        Codec::Opus(_) if wished == 50 => 40,
        // A packet of 20 ms has 640 octets already.
        Codec::L16 { wide: true } => wished.min(20),
        Codec::L16 { wide: false } => wished.min(40),
        _ => wished,
    }
}
