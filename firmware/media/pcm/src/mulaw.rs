//! Mu-law, G.711 tables 2a and 2b, and the conversion to and from A-law, G.711 tables 3 and 4. Octets are as on the line: inverted.

use crate::{Linear, Speech};

/// Positive zero.
pub const SILENCE: u8 = 0xff;

static TO_LINEAR: [i16; 256] = to_linear();
static FROM_LINEAR: [u8; 16384] = from_linear();
pub(crate) static TO_ALAW: [u8; 256] = to_alaw();
static FROM_ALAW: [u8; 256] = from_alaw_table();

/// G.711 table 3: the number of the A-law decision value (1 to 128) for each mu-law value (0 to 127).
const A_NUMBER_OF_MU: [u8; 128] = [
    1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
    27, 29, 31, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 46, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60,
    61, 62, 64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 80, 82, 83, 84, 85, 86, 87, 88, 89, 90, 91,
    92, 93, 94, 95, 96, 97, 98, 99, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113, 114, 115,
    116, 117, 118, 119, 120, 121, 122, 123, 124, 125, 126, 127, 128,
];

/// G.711 table 4: the number of the mu-law value (0 to 127) for each A-law value (1 to 128).
const MU_NUMBER_OF_A: [u8; 128] = [
    1, 3, 5, 7, 9, 11, 13, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 32, 33, 33, 34, 34,
    35, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 48, 49, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60,
    61, 62, 63, 64, 64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 80, 80, 81, 82, 83, 84, 85, 86, 87,
    88, 89, 90, 91, 92, 93, 94, 95, 96, 97, 98, 99, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112,
    113, 114, 115, 116, 117, 118, 119, 120, 121, 122, 123, 124, 125, 126, 127,
];

/// One octet to 16-bit linear.
pub fn decode(octet: u8) -> i16 {
    TO_LINEAR[octet as usize]
}

/// 16-bit linear to one octet. The lowest two bits do not count: mu-law has 14 bits.
pub fn encode(sample: i16) -> u8 {
    FROM_LINEAR[(sample as u16 >> 2) as usize]
}

pub fn decode_block(speech: &Speech) -> Linear {
    speech.map(decode)
}

pub fn encode_block(linear: &Linear) -> Speech {
    linear.map(encode)
}

/// A-law to mu-law, G.711 table 4.
pub fn from_alaw(octet: u8) -> u8 {
    FROM_ALAW[octet as usize]
}

const fn to_linear() -> [i16; 256] {
    let mut table = [0; 256];
    let mut octet = 0;
    while octet < 256 {
        let code = !(octet as u8);
        let segment = (code & 0x70) >> 4;
        let magnitude = (((((code & 0x0f) as i16) << 3) + 0x84) << segment) - 0x84;
        table[octet] = if code & 0x80 != 0 { -magnitude } else { magnitude };
        octet += 1;
    }
    table
}

const fn from_linear() -> [u8; 16384] {
    let mut table = [0; 16384];
    let mut index = 0;
    while index < 16384 {
        let negative = index >= 8192;
        // Ones' complement and the bias of 33, as G.191's ulaw_compress does; G.711 table 2a ends at 8159.
        let mut magnitude = if negative { 16383 - index } else { index } as u16 + 33;
        if magnitude > 8191 {
            magnitude = 8191;
        }
        magnitude >>= 1;
        let mut segment = 0;
        while magnitude > 31 {
            magnitude >>= 1;
            segment += 1;
        }
        let sign = if negative { 0x80 } else { 0 };
        table[index] = !(sign | segment << 4 | magnitude as u8 & 0x0f);
        index += 1;
    }
    table
}

const fn to_alaw() -> [u8; 256] {
    let mut table = [0; 256];
    let mut octet = 0;
    while octet < 256 {
        let code = !(octet as u8);
        let number = A_NUMBER_OF_MU[(code & 0x7f) as usize] - 1;
        let sign = if code & 0x80 == 0 { 0x80 } else { 0 };
        table[octet] = (sign | number) ^ 0x55;
        octet += 1;
    }
    table
}

const fn from_alaw_table() -> [u8; 256] {
    let mut table = [0; 256];
    let mut octet = 0;
    while octet < 256 {
        let code = (octet as u8) ^ 0x55;
        let number = MU_NUMBER_OF_A[(code & 0x7f) as usize];
        let sign = if code & 0x80 == 0 { 0x80 } else { 0 };
        table[octet] = !(sign | number);
        octet += 1;
    }
    table
}
