use crate::index::Seen;
use crate::keys::Cipher;
use crate::sealer::roc;
use crate::shape::{Clear, ENCRYPTED, INDEX_WORD, RTCP_CLEAR, Refused, rtcp_ssrc, rtcp_tag, rtp_tag};
use plan::{SrtpKey, SrtpSuite};

/// Sources remembered: of a far end that changes its source more often, the oldest is forgotten.
const SOURCES: usize = 4;
/// The longest RTCP compound that is signed and not encrypted.
const LONGEST: usize = 1500;

/// One source of the far end.
#[derive(Clone, Copy, Debug)]
struct Source {
    ssrc: u32,
    rtp: Seen,
    rtcp: Seen,
}

/// Opens what a far end sends.
pub struct Opener {
    suite: SrtpSuite,
    rtp: Cipher,
    rtcp: Cipher,
    /// The newest first.
    sources: [Option<Source>; SOURCES],
}

impl std::fmt::Debug for Opener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Opener({})", self.suite.name())
    }
}

impl Opener {
    pub fn new(key: &SrtpKey) -> Opener {
        let (rtp, rtcp) = (Cipher::of_rtp(key), Cipher::of_rtcp(key));
        Opener { suite: key.suite, rtp, rtcp, sources: [None; SOURCES] }
    }

    fn source(&self, ssrc: u32) -> Source {
        let known = self.sources.iter().flatten().find(|source| source.ssrc == ssrc);
        known.copied().unwrap_or(Source { ssrc, rtp: Seen::default(), rtcp: Seen::default() })
    }

    /// Only what a good packet says is kept.
    fn keep(&mut self, source: Source) {
        let known = self.sources.iter().position(|known| known.is_some_and(|known| known.ssrc == source.ssrc));
        self.sources[..=known.unwrap_or(SOURCES - 1)].rotate_right(1);
        self.sources[0] = Some(source);
    }

    /// Opens an RTP packet in place; returns its length without the tag. Nothing of a refused packet is to be used.
    pub fn open_rtp(&mut self, packet: &mut [u8]) -> Result<usize, Refused> {
        let length = packet.len().checked_sub(rtp_tag(self.suite)).ok_or(Refused::Malformed)?;
        let (packet, tag) = packet.split_at_mut(length);
        let clear = Clear::parse(packet)?;
        let mut source = self.source(clear.ssrc);
        let index = source.rtp.index_of(clear.sequence).ok_or(Refused::Replayed)?;
        source.rtp.check(index)?;
        match &self.rtp {
            Cipher::Counter(cipher) => {
                cipher.check([packet, &roc(index)], tag)?;
                cipher.crypt(clear.ssrc, index, &mut packet[clear.octets..]);
            }
            Cipher::Both(cipher) => {
                let tag = tag.first_chunk().ok_or(Refused::Malformed)?;
                let (clear_part, speech) = packet.split_at_mut(clear.octets);
                cipher.open((clear.ssrc, index), clear_part, speech, tag)?;
            }
        }
        source.rtp.note(index);
        self.keep(source);
        Ok(length)
    }

    /// The same for an RTCP compound.
    pub fn open_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, Refused> {
        let tag_octets = rtcp_tag(self.suite);
        let length = packet.len().checked_sub(tag_octets + INDEX_WORD).ok_or(Refused::Malformed)?;
        let ssrc = rtcp_ssrc(&packet[..length])?;
        let word_at = if matches!(self.rtcp, Cipher::Counter(_)) { length } else { length + tag_octets };
        let word: [u8; INDEX_WORD] = *packet[word_at..].first_chunk().ok_or(Refused::Malformed)?;
        let flagged = u32::from_be_bytes(word);
        let (index, encrypted) = (u64::from(flagged & !ENCRYPTED), flagged & ENCRYPTED != 0);
        let mut source = self.source(ssrc);
        source.rtcp.check(index)?;
        match &self.rtcp {
            Cipher::Counter(cipher) => {
                let (signed, tag) = packet.split_at_mut(length + INDEX_WORD);
                cipher.check([signed, &[]], tag)?;
                if encrypted {
                    cipher.crypt(ssrc, index, &mut signed[RTCP_CLEAR..length]);
                }
            }
            Cipher::Both(cipher) => {
                let tag: [u8; 16] = *packet[length..].first_chunk().ok_or(Refused::Malformed)?;
                // RFC 7714 9.2 and 9.3: what is clear is signed, the index behind it.
                let mut clear = [0; LONGEST + INDEX_WORD];
                let kept = if encrypted { RTCP_CLEAR } else { length };
                let signed = clear.get_mut(..kept + INDEX_WORD).ok_or(Refused::Malformed)?;
                signed[..kept].copy_from_slice(&packet[..kept]);
                signed[kept..].copy_from_slice(&word);
                cipher.open((ssrc, index), signed, &mut packet[kept..length], &tag)?;
            }
        }
        source.rtcp.note(index);
        self.keep(source);
        Ok(length)
    }
}
