use plan::SrtpSuite;

/// Octets that sealing adds to a packet at most: an SRTCP index and a tag.
pub const MOST_ADDED: usize = 20;
/// The flag and the index of SRTCP.
pub(crate) const INDEX_WORD: usize = 4;
/// Octets of an RTCP packet that stay readable (RFC 3711 3.4).
pub(crate) const RTCP_CLEAR: usize = 8;
/// "This one is encrypted".
pub(crate) const ENCRYPTED: u32 = 1 << 31;

/// Why a packet was not opened or sealed. Packets from the network are counted and dropped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refused {
    /// No RTP, or none that could have a tag.
    Malformed,
    /// Forged, damaged, or not sealed at all.
    Forged,
    /// It was there already, or may have been.
    Replayed,
    /// The keys have sealed as many packets as they may (RFC 3711 9.2).
    WornOut,
    /// The memory has no room for the tag.
    NoRoom,
}

pub(crate) const fn rtp_tag(suite: SrtpSuite) -> usize {
    match suite {
        SrtpSuite::AesCm128HmacSha1_80 => 10,
        SrtpSuite::AesCm128HmacSha1_32 => 4,
        SrtpSuite::AeadAes128Gcm => 16,
    }
}

pub(crate) const fn rtcp_tag(suite: SrtpSuite) -> usize {
    match suite {
        SrtpSuite::AesCm128HmacSha1_80 | SrtpSuite::AesCm128HmacSha1_32 => 10,
        SrtpSuite::AeadAes128Gcm => 16,
    }
}

/// What is readable of an RTP packet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clear {
    pub(crate) sequence: u16,
    pub(crate) ssrc: u32,
    /// Octets of header, contributing sources and extension.
    pub(crate) octets: usize,
}

impl Clear {
    pub(crate) fn parse(packet: &[u8]) -> Result<Clear, Refused> {
        let fixed: &[u8; 12] = packet.first_chunk().ok_or(Refused::Malformed)?;
        if fixed[0] >> 6 != 2 {
            return Err(Refused::Malformed);
        }
        let mut octets = 12 + (fixed[0] & 0x0f) as usize * 4;
        if fixed[0] & 0x10 != 0 {
            let extension: &[u8; 4] = packet.get(octets..).and_then(<[u8]>::first_chunk).ok_or(Refused::Malformed)?;
            octets += 4 + u16::from_be_bytes([extension[2], extension[3]]) as usize * 4;
        }
        if octets > packet.len() {
            return Err(Refused::Malformed);
        }
        let sequence = u16::from_be_bytes([fixed[2], fixed[3]]);
        Ok(Clear { sequence, ssrc: u32::from_be_bytes([fixed[8], fixed[9], fixed[10], fixed[11]]), octets })
    }
}

/// The sender of an RTCP compound.
pub(crate) fn rtcp_ssrc(packet: &[u8]) -> Result<u32, Refused> {
    let fixed: &[u8; RTCP_CLEAR] = packet.first_chunk().ok_or(Refused::Malformed)?;
    if fixed[0] >> 6 != 2 {
        return Err(Refused::Malformed);
    }
    Ok(u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]))
}
