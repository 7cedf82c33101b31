use std::ops::Range;

/// Octets of a header without contributing sources.
pub const HEADER: usize = 12;

/// Why a datagram is not an RTP or RTCP packet. The sender's fault: counted and dropped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Malformed {
    TooShort,
    /// Not version 2.
    Version,
    /// Padding longer than the packet, or of length 0.
    Padding,
}

/// The fields of a header that we send (RFC 3550 section 5.1): no padding, extension or contributing sources.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Header {
    pub marker: bool,
    pub payload_type: u8,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
}

impl Header {
    /// The fields, and where the payload is: inside the datagram.
    #[inline]
    pub fn parse(datagram: &[u8]) -> Result<(Header, Range<usize>), Malformed> {
        let fixed: &[u8; HEADER] = datagram.first_chunk().ok_or(Malformed::TooShort)?;
        if fixed[0] >> 6 != 2 {
            return Err(Malformed::Version);
        }
        // No padding, no extension and no contributing sources is what telephones send.
        let payload = if fixed[0] == 0x80 { HEADER..datagram.len() } else { payload_of(datagram)? };
        let header = Header {
            marker: fixed[1] & 0x80 != 0,
            payload_type: fixed[1] & 0x7f,
            sequence: u16::from_be_bytes([fixed[2], fixed[3]]),
            timestamp: u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]),
            ssrc: u32::from_be_bytes([fixed[8], fixed[9], fixed[10], fixed[11]]),
        };
        Ok((header, payload))
    }

    #[inline]
    pub fn octets(&self) -> [u8; HEADER] {
        let mut octets = [0; HEADER];
        octets[0] = 0x80;
        octets[1] = (self.marker as u8) << 7 | self.payload_type & 0x7f;
        octets[2..4].copy_from_slice(&self.sequence.to_be_bytes());
        octets[4..8].copy_from_slice(&self.timestamp.to_be_bytes());
        octets[8..12].copy_from_slice(&self.ssrc.to_be_bytes());
        octets
    }
}

/// Behind contributing sources and extension, before padding.
fn payload_of(datagram: &[u8]) -> Result<Range<usize>, Malformed> {
    let first = *datagram.first().ok_or(Malformed::TooShort)?;
    let mut begin = HEADER + (first & 0x0f) as usize * 4;
    let mut payload = datagram.get(begin..).ok_or(Malformed::TooShort)?;
    if first & 0x10 != 0 {
        let extension: &[u8; 4] = payload.first_chunk().ok_or(Malformed::TooShort)?;
        let octets = 4 + u16::from_be_bytes([extension[2], extension[3]]) as usize * 4;
        payload = payload.get(octets..).ok_or(Malformed::TooShort)?;
        begin += octets;
    }
    let mut length = payload.len();
    if first & 0x20 != 0 {
        let padding = *payload.last().ok_or(Malformed::Padding)? as usize;
        length = length.checked_sub(padding).filter(|_| padding > 0).ok_or(Malformed::Padding)?;
    }
    Ok(begin..begin + length)
}

/// A received packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Packet<'a> {
    pub header: Header,
    pub payload: &'a [u8],
}

impl<'a> Packet<'a> {
    /// RFC 3550 section 5.1, with the checks of appendix A.1.
    #[inline]
    pub fn parse(datagram: &'a [u8]) -> Result<Packet<'a>, Malformed> {
        let (header, payload) = Header::parse(datagram)?;
        Ok(Packet { header, payload: &datagram[payload] })
    }
}
