//! RIFF WAVE: reading prompts, and the header of recordings.

use crate::resample::to_8k;
use std::fmt;

const PCM: u16 = 1;
const ALAW: u16 = 6;
const MULAW: u16 = 7;
const EXTENSIBLE: u16 = 0xfffe;

/// Octets of the header of a recording.
pub(crate) const HEADER: usize = 58;
/// Octets of one moment in a recording: left and right.
pub(crate) const FRAME: usize = 2;

/// Why a file cannot be heard.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WavError {
    NotWave,
    NoFormat,
    NoData,
    /// The file ends before what its header promises.
    Truncated {
        promised: usize,
        found: usize,
    },
    /// Neither 16-bit PCM nor 8-bit A-law or mu-law.
    Encoding {
        format: u16,
        bits: u16,
    },
    Channels(u16),
    /// Below 8 kHz or above 48 kHz.
    Rate(u32),
    Empty,
}

impl fmt::Display for WavError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WavError::NotWave => write!(f, "not a WAV file"),
            WavError::NoFormat => write!(f, "a WAV file without a format"),
            WavError::NoData => write!(f, "a WAV file without sound"),
            WavError::Truncated { promised, found } => {
                write!(f, "cut off: {found} octets of sound where the header promises {promised}")
            }
            WavError::Encoding { format, bits } => {
                write!(f, "encoding {format} with {bits} bits; save it as 16-bit PCM, A-law or mu-law")
            }
            WavError::Channels(count) => write!(f, "{count} channels; save it as mono or stereo"),
            WavError::Rate(rate) => write!(f, "{rate} Hz; save it with 8,000 to 48,000 Hz"),
            WavError::Empty => write!(f, "no sound in it"),
        }
    }
}

impl std::error::Error for WavError {}

#[derive(Clone, Copy, Debug)]
struct Format {
    encoding: u16,
    channels: u16,
    rate: u32,
    bits: u16,
}

/// A WAV file as A-law octets at 8 kHz, mono.
pub fn decode_wav(file: &[u8]) -> Result<Vec<u8>, WavError> {
    let (format, data) = chunks(file)?;
    if !(1..=2).contains(&format.channels) {
        return Err(WavError::Channels(format.channels));
    }
    if !(8000..=48_000).contains(&format.rate) {
        return Err(WavError::Rate(format.rate));
    }
    // A-law at 8 kHz is what the engine plays: no detour.
    if (format.encoding, format.channels, format.rate, format.bits) == (ALAW, 1, 8000, 8) {
        return not_empty(data.to_vec());
    }
    let samples: Vec<i16> = match (format.encoding, format.bits) {
        (PCM, 16) => data.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect(),
        (ALAW, 8) => data.iter().map(|octet| pcm::alaw::decode(*octet)).collect(),
        (MULAW, 8) => data.iter().map(|octet| pcm::mulaw::decode(*octet)).collect(),
        (format, bits) => return Err(WavError::Encoding { format, bits }),
    };
    let mono: Vec<i16> = match format.channels {
        2 => samples.chunks_exact(2).map(|pair| ((pair[0] as i32 + pair[1] as i32) / 2) as i16).collect(),
        _ => samples,
    };
    not_empty(to_8k(&mono, format.rate).into_iter().map(pcm::alaw::encode).collect())
}

fn not_empty(octets: Vec<u8>) -> Result<Vec<u8>, WavError> {
    if octets.is_empty() { Err(WavError::Empty) } else { Ok(octets) }
}

/// The format and the sound of a file.
fn chunks(file: &[u8]) -> Result<(Format, &[u8]), WavError> {
    let (head, mut rest) = file.split_first_chunk::<12>().ok_or(WavError::NotWave)?;
    if &head[..4] != b"RIFF" || &head[8..] != b"WAVE" {
        return Err(WavError::NotWave);
    }
    let mut format = None;
    while let Some((head, after)) = rest.split_first_chunk::<8>() {
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        let body = after.get(..length);
        match &head[..4] {
            b"fmt " => format = Some(parse_format(body.ok_or(WavError::NoFormat)?)?),
            b"data" => {
                let format = format.ok_or(WavError::NoFormat)?;
                // Writers to a pipe do not know the length: it goes to the end.
                let streamed = length == 0 || length >= u32::MAX as usize - 0xff;
                return match body {
                    Some(body) if !streamed => Ok((format, body)),
                    _ if streamed => Ok((format, after)),
                    _ => Err(WavError::Truncated { promised: length, found: after.len() }),
                };
            }
            _ => {}
        }
        // Chunks are padded to an even length.
        rest = after.get(length.saturating_add(length & 1)..).unwrap_or_default();
    }
    Err(if format.is_some() { WavError::NoData } else { WavError::NoFormat })
}

fn parse_format(body: &[u8]) -> Result<Format, WavError> {
    let fixed: &[u8; 16] = body.first_chunk().ok_or(WavError::NoFormat)?;
    let short = |at: usize| u16::from_le_bytes([fixed[at], fixed[at + 1]]);
    let mut encoding = short(0);
    if encoding == EXTENSIBLE {
        // The first two octets of the sub-format's GUID.
        let sub = body.get(24..26).ok_or(WavError::NoFormat)?;
        encoding = u16::from_le_bytes([sub[0], sub[1]]);
    }
    let rate = u32::from_le_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]);
    Ok(Format { encoding, channels: short(2), rate, bits: short(14) })
}

/// The header of a recording with `data` octets of sound: two channels of A-law at 8 kHz.
pub(crate) fn recording_header(data: u64) -> [u8; HEADER] {
    // 4 GB are 74 hours of two channels: a longer recording's header stays at the most it can say.
    let data = data.min((u32::MAX - HEADER as u32) as u64) as u32 & !1;
    let mut header = [0; HEADER];
    let mut at = 0;
    let mut put = |octets: &[u8]| {
        header[at..at + octets.len()].copy_from_slice(octets);
        at += octets.len();
    };
    put(b"RIFF");
    put(&(data + HEADER as u32 - 8).to_le_bytes());
    put(b"WAVEfmt ");
    put(&18u32.to_le_bytes());
    put(&ALAW.to_le_bytes());
    put(&2u16.to_le_bytes());
    put(&pcm::RATE.to_le_bytes());
    put(&(pcm::RATE * FRAME as u32).to_le_bytes());
    put(&(FRAME as u16).to_le_bytes());
    put(&8u16.to_le_bytes());
    put(&0u16.to_le_bytes());
    put(b"fact");
    put(&4u32.to_le_bytes());
    put(&(data / FRAME as u32).to_le_bytes());
    put(b"data");
    put(&data.to_le_bytes());
    header
}

/// Length of a recording's sound.
pub(crate) fn millis_of(data: u64) -> u64 {
    data / FRAME as u64 / 8
}
