use super::fault::IeErrorKind;
use super::octets::{LAST, Octets};

/// What the caller's terminal wants to send, table 4-6 octet 3.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TransferCapability {
    Speech,
    UnrestrictedDigital,
    RestrictedDigital,
    Audio3k1,
    /// Unrestricted digital information with tones and announcements (7 kHz audio).
    UnrestrictedWithTones,
    Video,
    Other(u8),
}

impl TransferCapability {
    const fn value(self) -> u8 {
        match self {
            TransferCapability::Speech => 0x00,
            TransferCapability::UnrestrictedDigital => 0x08,
            TransferCapability::RestrictedDigital => 0x09,
            TransferCapability::Audio3k1 => 0x10,
            TransferCapability::UnrestrictedWithTones => 0x11,
            TransferCapability::Video => 0x18,
            TransferCapability::Other(value) => value & 0x1f,
        }
    }

    const fn from_value(value: u8) -> TransferCapability {
        match value & 0x1f {
            0x00 => TransferCapability::Speech,
            0x08 => TransferCapability::UnrestrictedDigital,
            0x09 => TransferCapability::RestrictedDigital,
            0x10 => TransferCapability::Audio3k1,
            0x11 => TransferCapability::UnrestrictedWithTones,
            0x18 => TransferCapability::Video,
            other => TransferCapability::Other(other),
        }
    }
}

/// Bearer capability, 4.5.5. The layer octets (5, 6, 7 and theirs) are kept as they came.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BearerCapability {
    /// 0 ITU-T, 1 ISO/IEC, 2 national, 3 of the network.
    pub coding: u8,
    pub capability: TransferCapability,
    /// 0 circuit, 2 packet.
    pub mode: u8,
    /// Information transfer rate: 0x10 is 64 kbit/s.
    pub rate: u8,
    /// Octet 4.1, with the multirate rate 0x18.
    pub multiplier: Option<u8>,
    pub layers: Vec<u8>,
}

const RATE_64K: u8 = 0x10;
const RATE_MULTIPLE: u8 = 0x18;
/// Octet 5 for G.711 A-law.
const LAYER_1_A_LAW: u8 = 0xa3;

impl BearerCapability {
    /// Speech at 64 kbit/s in A-law.
    pub fn speech() -> BearerCapability {
        BearerCapability {
            coding: 0,
            capability: TransferCapability::Speech,
            mode: 0,
            rate: RATE_64K,
            multiplier: None,
            layers: vec![LAYER_1_A_LAW],
        }
    }

    /// Whether a telephone can take it: speech or 3.1 kHz audio on one 64 kbit/s circuit.
    pub fn is_telephony(&self) -> bool {
        let audio = matches!(
            self.capability,
            TransferCapability::Speech | TransferCapability::Audio3k1 | TransferCapability::UnrestrictedWithTones
        );
        self.coding == 0 && audio && self.mode == 0 && self.rate == RATE_64K
    }

    pub(super) fn parse(content: &[u8]) -> Result<BearerCapability, IeErrorKind> {
        let mut octets = Octets::new(content);
        let octet3 = octets.next()?;
        octets.skip_group(octet3)?;
        let octet4 = octets.next()?;
        octets.skip_group(octet4)?;
        let rate = octet4 & 0x1f;
        let multiplier = if rate == RATE_MULTIPLE { Some(octets.next()? & 0x7f) } else { None };
        Ok(BearerCapability {
            coding: octet3 >> 5 & 3,
            capability: TransferCapability::from_value(octet3),
            mode: octet4 >> 5 & 3,
            rate,
            multiplier,
            layers: octets.rest().to_vec(),
        })
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        out.push(LAST | (self.coding & 3) << 5 | self.capability.value());
        out.push(LAST | (self.mode & 3) << 5 | self.rate & 0x1f);
        out.extend(self.multiplier.map(|multiplier| LAST | multiplier));
        out.extend_from_slice(&self.layers);
    }
}
