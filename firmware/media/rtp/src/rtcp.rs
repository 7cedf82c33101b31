use crate::packet::Malformed;
use crate::voip::{VoipMetrics, read_voip};

const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const DESCRIPTION: u8 = 202;
const BYE: u8 = 203;
const EXTENDED_REPORT: u8 = 207;

/// Room for the longest compound that [`write_report`] makes.
pub const MAX_REPORT: usize = 128;

/// RFC 3550 section 6.4.1, sender information.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SenderInfo {
    /// Wall clock, seconds since 1900 in 32.32 bits.
    pub ntp: u64,
    pub timestamp: u32,
    pub packets: u32,
    pub octets: u32,
}

/// RFC 3550 section 6.4.1, one report block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReportBlock {
    pub ssrc: u32,
    pub fraction_lost: u8,
    /// Cumulative, 24 bits, signed.
    pub lost: i32,
    pub highest: u32,
    pub jitter: u32,
    pub last_sr: u32,
    pub delay_since_last_sr: u32,
}

/// One packet of a compound.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rtcp<'a> {
    SenderReport {
        ssrc: u32,
        info: SenderInfo,
        reports: Reports<'a>,
    },
    ReceiverReport {
        ssrc: u32,
        reports: Reports<'a>,
    },
    Description {
        chunks: &'a [u8],
    },
    Bye {
        ssrc: Option<u32>,
    },
    /// An extended report with VoIP metrics (RFC 3611 section 4.7).
    Extended {
        ssrc: u32,
        metrics: VoipMetrics,
    },
    Other {
        kind: u8,
    },
}

/// Report blocks of an SR or RR, whole ones only.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reports<'a>(&'a [u8]);

impl Iterator for Reports<'_> {
    type Item = ReportBlock;

    fn next(&mut self) -> Option<ReportBlock> {
        let (block, rest) = self.0.split_first_chunk::<24>()?;
        self.0 = rest;
        let word = |at: usize| u32::from_be_bytes([block[at], block[at + 1], block[at + 2], block[at + 3]]);
        Some(ReportBlock {
            ssrc: word(0),
            fraction_lost: block[4],
            // 24 bits with sign: shifted up and back.
            lost: ((word(4) << 8) as i32) >> 8,
            highest: word(8),
            jitter: word(12),
            last_sr: word(16),
            delay_since_last_sr: word(20),
        })
    }
}

/// The packets of a compound, until the first that is malformed.
pub fn compound(datagram: &[u8]) -> impl Iterator<Item = Result<Rtcp<'_>, Malformed>> {
    let mut rest = datagram;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (packet, after) = match split_one(rest) {
            Ok(split) => split,
            Err(malformed) => {
                rest = &[];
                return Some(Err(malformed));
            }
        };
        rest = after;
        Some(parse_one(packet))
    })
}

/// Cuts off the first packet by its length field.
fn split_one(datagram: &[u8]) -> Result<(&[u8], &[u8]), Malformed> {
    let header: &[u8; 4] = datagram.first_chunk().ok_or(Malformed::TooShort)?;
    if header[0] >> 6 != 2 {
        return Err(Malformed::Version);
    }
    let length = (u16::from_be_bytes([header[2], header[3]]) as usize + 1) * 4;
    datagram.split_at_checked(length).ok_or(Malformed::TooShort)
}

fn parse_one(packet: &[u8]) -> Result<Rtcp<'_>, Malformed> {
    let (header, body) = packet.split_first_chunk::<4>().ok_or(Malformed::TooShort)?;
    let count = (header[0] & 0x1f) as usize;
    let ssrc = body.first_chunk::<4>().map(|ssrc| u32::from_be_bytes(*ssrc));
    let reports = |from: usize| {
        let blocks = body.get(from..).unwrap_or_default();
        Reports(&blocks[..blocks.len().min(count * 24)])
    };
    match header[1] {
        SENDER_REPORT => {
            let fixed: &[u8; 24] = body.first_chunk().ok_or(Malformed::TooShort)?;
            let word = |at: usize| u32::from_be_bytes([fixed[at], fixed[at + 1], fixed[at + 2], fixed[at + 3]]);
            let info = SenderInfo {
                ntp: (word(4) as u64) << 32 | word(8) as u64,
                timestamp: word(12),
                packets: word(16),
                octets: word(20),
            };
            Ok(Rtcp::SenderReport { ssrc: word(0), info, reports: reports(24) })
        }
        RECEIVER_REPORT => Ok(Rtcp::ReceiverReport { ssrc: ssrc.ok_or(Malformed::TooShort)?, reports: reports(4) }),
        DESCRIPTION => Ok(Rtcp::Description { chunks: body }),
        BYE => Ok(Rtcp::Bye { ssrc: ssrc.filter(|_| count > 0) }),
        EXTENDED_REPORT => Ok(match ssrc.zip(read_voip(body)) {
            Some((ssrc, metrics)) => Rtcp::Extended { ssrc, metrics },
            None => Rtcp::Other { kind: EXTENDED_REPORT },
        }),
        kind => Ok(Rtcp::Other { kind }),
    }
}

/// Seconds from 1900 to 1970.
const NTP_OFFSET: u64 = 2_208_988_800;

/// Microseconds of UTC since 1970 in the NTP format of RFC 3550 section 4.
pub fn ntp_of_unix(micros: u64) -> u64 {
    let seconds = (micros / 1_000_000).wrapping_add(NTP_OFFSET);
    let fraction = ((micros % 1_000_000) << 32) / 1_000_000;
    seconds << 32 | fraction
}

struct Writer<'a> {
    out: &'a mut [u8; MAX_REPORT],
    len: usize,
}

impl Writer<'_> {
    fn put(&mut self, octets: &[u8]) {
        // What does not fit is cut: the longest compound is 100 octets, by construction.
        let count = octets.len().min(MAX_REPORT - self.len);
        self.out[self.len..self.len + count].copy_from_slice(&octets[..count]);
        self.len += count;
    }

    fn word(&mut self, word: u32) {
        self.put(&word.to_be_bytes());
    }

    fn header(&mut self, count: u8, kind: u8, words: u16) {
        self.put(&[0x80 | count, kind]);
        self.put(&words.to_be_bytes());
    }

    fn block(&mut self, block: &ReportBlock) {
        self.word(block.ssrc);
        self.word((block.fraction_lost as u32) << 24 | block.lost as u32 & 0xff_ffff);
        self.word(block.highest);
        self.word(block.jitter);
        self.word(block.last_sr);
        self.word(block.delay_since_last_sr);
    }

    fn report(&mut self, ssrc: u32, info: Option<&SenderInfo>, block: Option<&ReportBlock>) {
        let count = block.is_some() as u8;
        let block_words = 6 * count as u16;
        match info {
            Some(info) => {
                self.header(count, SENDER_REPORT, 6 + block_words);
                self.word(ssrc);
                self.put(&info.ntp.to_be_bytes());
                self.word(info.timestamp);
                self.word(info.packets);
                self.word(info.octets);
            }
            None => {
                self.header(count, RECEIVER_REPORT, 1 + block_words);
                self.word(ssrc);
            }
        }
        if let Some(block) = block {
            self.block(block);
        }
    }

    /// CNAME: the SSRC in hexadecimal, for we tell nobody who we are (RFC 7022 asks for no more).
    fn description(&mut self, ssrc: u32) {
        self.header(1, DESCRIPTION, 4);
        self.word(ssrc);
        self.put(&[1, 8]);
        for shift in (0..8).rev() {
            let digit = (ssrc >> (shift * 4) & 0x0f) as u8;
            self.put(&[if digit < 10 { b'0' + digit } else { b'a' + digit - 10 }]);
        }
        // The null item ends the chunk, and pads it to a word.
        self.put(&[0, 0]);
    }
}

/// SR (if anything was sent) or RR, and SDES. Returns the length.
pub fn write_report(
    out: &mut [u8; MAX_REPORT],
    ssrc: u32,
    info: Option<&SenderInfo>,
    block: Option<&ReportBlock>,
) -> usize {
    let mut writer = Writer { out, len: 0 };
    writer.report(ssrc, info, block);
    writer.description(ssrc);
    writer.len
}

/// The last compound of a session: RR, SDES, BYE (RFC 3550 section 6.6: a BYE is never alone).
pub fn write_bye(out: &mut [u8; MAX_REPORT], ssrc: u32) -> usize {
    let mut writer = Writer { out, len: 0 };
    writer.report(ssrc, None, None);
    writer.description(ssrc);
    writer.header(1, BYE, 1);
    writer.word(ssrc);
    writer.len
}
