use crate::index::Seen;
use crate::keys::Cipher;
use crate::shape::{Clear, ENCRYPTED, INDEX_WORD, RTCP_CLEAR, Refused, rtcp_ssrc, rtcp_tag, rtp_tag};
use plan::{SrtpKey, SrtpSuite};

/// RFC 3711 9.2: a master key's packets, at most.
const MOST_RTP: u64 = 1 << 48;
const MOST_RTCP: u32 = 1 << 31;

/// Seals what one source sends: all its packets have one SSRC.
pub struct Sealer {
    suite: SrtpSuite,
    rtp: Cipher,
    rtcp: Cipher,
    sent: Seen,
    reports: u32,
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sealer({})", self.suite.name())
    }
}

impl Sealer {
    pub fn new(key: &SrtpKey) -> Sealer {
        let (rtp, rtcp) = (Cipher::of_rtp(key), Cipher::of_rtcp(key));
        Sealer { suite: key.suite, rtp, rtcp, sent: Seen::default(), reports: 0 }
    }

    /// Seals the RTP packet in the first `length` octets of `room`, in place; returns its new length. A number that was sealed before is
    /// refused: two packets sealed alike give each other away.
    pub fn seal_rtp(&mut self, room: &mut [u8], length: usize) -> Result<usize, Refused> {
        let sealed = length + rtp_tag(self.suite);
        let room = room.get_mut(..sealed).ok_or(Refused::NoRoom)?;
        let (packet, tag) = room.split_at_mut(length);
        let clear = Clear::parse(packet)?;
        let index = self.sent.index_of(clear.sequence).ok_or(Refused::Replayed)?;
        if index >= MOST_RTP {
            return Err(Refused::WornOut);
        }
        self.sent.check(index)?;
        match &self.rtp {
            Cipher::Counter(cipher) => {
                cipher.crypt(clear.ssrc, index, &mut packet[clear.octets..]);
                cipher.tag([packet, &roc(index)], tag);
            }
            Cipher::Both(cipher) => {
                let (clear_part, speech) = packet.split_at_mut(clear.octets);
                tag.copy_from_slice(&cipher.seal(clear.ssrc, index, clear_part, speech)?);
            }
        }
        self.sent.note(index);
        Ok(sealed)
    }

    /// The same for an RTCP compound.
    pub fn seal_rtcp(&mut self, room: &mut [u8], length: usize) -> Result<usize, Refused> {
        if self.reports >= MOST_RTCP {
            return Err(Refused::WornOut);
        }
        let tag_octets = rtcp_tag(self.suite);
        let sealed = length + INDEX_WORD + tag_octets;
        let room = room.get_mut(..sealed).ok_or(Refused::NoRoom)?;
        let ssrc = rtcp_ssrc(&room[..length])?;
        let (index, word) = (u64::from(self.reports), (self.reports | ENCRYPTED).to_be_bytes());
        match &self.rtcp {
            Cipher::Counter(cipher) => {
                cipher.crypt(ssrc, index, &mut room[RTCP_CLEAR..length]);
                let (signed, tag) = room.split_at_mut(length + INDEX_WORD);
                signed[length..].copy_from_slice(&word);
                cipher.tag([signed, &[]], tag);
            }
            Cipher::Both(cipher) => {
                let mut clear = [0; RTCP_CLEAR + INDEX_WORD];
                clear[..RTCP_CLEAR].copy_from_slice(&room[..RTCP_CLEAR]);
                clear[RTCP_CLEAR..].copy_from_slice(&word);
                let tag = cipher.seal(ssrc, index, &clear, &mut room[RTCP_CLEAR..length])?;
                room[length..length + tag_octets].copy_from_slice(&tag);
                room[length + tag_octets..].copy_from_slice(&word);
            }
        }
        self.reports += 1;
        Ok(sealed)
    }
}

/// The part of an index that a packet does not carry.
pub(crate) fn roc(index: u64) -> [u8; 4] {
    ((index >> 16) as u32).to_be_bytes()
}
