//! The CRC-4 of G.704 2.3.3: x^4 + x + 1 over the 2048 bits of a sub-multiframe, first bit of an octet highest.

const TABLE: [u8; 256] = table();

const fn table() -> [u8; 256] {
    let mut table = [0; 256];
    let mut octet = 0;
    while octet < 256 {
        let mut register = octet as u8;
        let mut bit = 0;
        while bit < 8 {
            // x^4 + x + 1 with its four low terms in the upper half of the octet.
            register = if register & 0x80 != 0 { register << 1 ^ 0x30 } else { register << 1 };
            bit += 1;
        }
        table[octet] = register >> 4;
        octet += 1;
    }
    table
}

/// The remainder (low four bits) after `octets`, going on from `crc`.
pub(crate) fn update(crc: u8, octets: &[u8]) -> u8 {
    octets.iter().fold(crc, |crc, octet| TABLE[usize::from(crc << 4 ^ octet)])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check of the CRC: a message followed by its remainder leaves none.
    #[test]
    fn message_and_remainder_leave_nothing() {
        let message: Vec<u8> = (0..=255).collect();
        let crc = update(0, &message);
        // Four bits of zeros behind the message, then the remainder in their place.
        assert_ne!(crc, 0);
        let mut shifted = Vec::new();
        let mut carry = 0;
        for octet in &message {
            shifted.push(carry << 4 | octet >> 4);
            carry = octet & 0x0f;
        }
        shifted.push(carry << 4 | crc);
        assert_eq!(update(0, &shifted), 0);
    }
}
