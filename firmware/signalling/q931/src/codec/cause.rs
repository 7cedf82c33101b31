use super::fault::IeErrorKind;
use super::octets::{LAST, Octets};
use numbering::{Cause, CauseLocation, ClearCause};

/// Octets of diagnostics in a cause of ours at most: 32 in the whole element (table 4-3), four of them before these.
const MAX_DIAGNOSTICS: usize = 28;

/// Cause, 4.5.12 and Q.850.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CauseElement {
    /// 0 ITU-T; other codings keep their value in `cause`.
    pub coding: u8,
    pub location: CauseLocation,
    /// Octet 3a.
    pub recommendation: Option<u8>,
    pub cause: Cause,
    pub diagnostics: Vec<u8>,
}

impl CauseElement {
    pub fn new(cause: ClearCause) -> CauseElement {
        CauseElement {
            coding: 0,
            location: cause.location,
            recommendation: None,
            cause: cause.cause,
            diagnostics: vec![],
        }
    }

    /// Diagnostics beyond what the element holds are left off: a peer's message may have more bad elements than fit.
    pub fn with_diagnostics(cause: ClearCause, mut diagnostics: Vec<u8>) -> CauseElement {
        diagnostics.truncate(MAX_DIAGNOSTICS);
        CauseElement { diagnostics, ..CauseElement::new(cause) }
    }

    pub fn clear_cause(&self) -> ClearCause {
        ClearCause { cause: self.cause, location: self.location }
    }

    pub(super) fn parse(content: &[u8]) -> Result<CauseElement, IeErrorKind> {
        let mut octets = Octets::new(content);
        let octet3 = octets.next()?;
        let recommendation = if octet3 & LAST == 0 { Some(octets.next()? & 0x7f) } else { None };
        let cause = Cause::from_value(octets.next()?);
        Ok(CauseElement {
            coding: octet3 >> 5 & 3,
            location: location_of(octet3),
            recommendation,
            cause,
            diagnostics: octets.rest().to_vec(),
        })
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        let octet3 = (self.coding & 3) << 5 | location_value(self.location);
        match self.recommendation {
            Some(recommendation) => out.extend_from_slice(&[octet3, LAST | recommendation]),
            None => out.push(LAST | octet3),
        }
        out.push(LAST | self.cause.value());
        out.extend_from_slice(&self.diagnostics);
    }
}

pub(super) const fn location_of(octet: u8) -> CauseLocation {
    match octet & 0x0f {
        0 => CauseLocation::User,
        1 => CauseLocation::PrivateLocal,
        2 => CauseLocation::PublicLocal,
        3 => CauseLocation::Transit,
        4 => CauseLocation::PublicRemote,
        5 => CauseLocation::PrivateRemote,
        7 => CauseLocation::International,
        10 => CauseLocation::BeyondInterworking,
        other => CauseLocation::Reserved(other),
    }
}

pub(super) const fn location_value(location: CauseLocation) -> u8 {
    match location {
        CauseLocation::User => 0,
        CauseLocation::PrivateLocal => 1,
        CauseLocation::PublicLocal => 2,
        CauseLocation::Transit => 3,
        CauseLocation::PublicRemote => 4,
        CauseLocation::PrivateRemote => 5,
        CauseLocation::International => 7,
        CauseLocation::BeyondInterworking => 10,
        CauseLocation::Reserved(value) => value & 0x0f,
    }
}
