//! A-law, G.711 tables 1a and 1b. Octets are as on the line: even bits inverted (G.711 table 1, note 3).

use crate::{Linear, Speech};

/// The quietest positive value: what an idle circuit sends.
pub const SILENCE: u8 = 0xd5;

/// 20 ms of nothing.
pub const SILENT: Speech = [SILENCE; crate::BLOCK];

static TO_LINEAR: [i16; 256] = to_linear();
static FROM_LINEAR: [u8; 4096] = from_linear();

/// One octet to 16-bit linear.
pub fn decode(octet: u8) -> i16 {
    TO_LINEAR[octet as usize]
}

/// 16-bit linear to one octet. The lowest four bits do not count: A-law's smallest step is 16.
pub fn encode(sample: i16) -> u8 {
    FROM_LINEAR[(sample as u16 >> 4) as usize]
}

pub fn decode_block(speech: &Speech) -> Linear {
    speech.map(decode)
}

pub fn encode_block(linear: &Linear) -> Speech {
    linear.map(encode)
}

/// Mu-law to A-law, G.711 table 3.
pub fn from_mulaw(octet: u8) -> u8 {
    crate::mulaw::TO_ALAW[octet as usize]
}

const fn to_linear() -> [i16; 256] {
    let mut table = [0; 256];
    let mut octet = 0;
    while octet < 256 {
        let code = (octet as u8) ^ 0x55;
        let segment = (code & 0x70) >> 4;
        let mut magnitude = ((code & 0x0f) as i16) << 4 | 8;
        if segment > 0 {
            magnitude = (magnitude + 256) << (segment - 1);
        }
        table[octet] = if code & 0x80 != 0 { magnitude } else { -magnitude };
        octet += 1;
    }
    table
}

const fn from_linear() -> [u8; 4096] {
    let mut table = [0; 4096];
    let mut index = 0;
    while index < 4096 {
        // 12 bits in two's complement; negative values by ones' complement, as G.191's alaw_compress does.
        let negative = index >= 2048;
        let mut magnitude = if negative { 4095 - index } else { index } as u16;
        let mut segment = 0;
        if magnitude > 15 {
            segment = 1;
            while magnitude > 16 + 15 {
                magnitude >>= 1;
                segment += 1;
            }
            magnitude -= 16;
        }
        let sign = if negative { 0 } else { 0x80 };
        table[index] = (sign | segment << 4 | magnitude as u8) ^ 0x55;
        index += 1;
    }
    table
}
