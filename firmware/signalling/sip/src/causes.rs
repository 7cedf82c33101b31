//! Causes of Q.850 and SIP status codes, both ways, in one place (RFC 3398 7.2.4.1 and 8.2.6.1).

use numbering::{Cause, CauseLocation, ClearCause};
use sipx_sip::{HeaderName, Headers};

/// Cause and the status that refuses a call with it. Where several causes share a status, the first row is the way back.
const TABLE: &[(Cause, u16)] = &[
    (Cause::UnallocatedNumber, 404),
    (Cause::NoRouteToTransitNetwork, 404),
    (Cause::NoRouteToDestination, 404),
    (Cause::UserBusy, 486),
    (Cause::NoUserResponding, 408),
    (Cause::NoAnswer, 480),
    (Cause::SubscriberAbsent, 480),
    (Cause::CallRejected, 403),
    (Cause::NumberChanged, 410),
    (Cause::DestinationOutOfOrder, 502),
    (Cause::InvalidNumberFormat, 484),
    (Cause::FacilityRejected, 501),
    (Cause::NormalUnspecified, 480),
    (Cause::NoCircuitAvailable, 503),
    (Cause::NetworkOutOfOrder, 503),
    (Cause::TemporaryFailure, 503),
    (Cause::SwitchingCongestion, 503),
    (Cause::RequestedCircuitNotAvailable, 503),
    (Cause::ResourceUnavailable, 503),
    (Cause::OutgoingCallsBarred, 403),
    (Cause::IncomingCallsBarred, 403),
    (Cause::BearerNotAuthorized, 403),
    (Cause::BearerNotAvailable, 503),
    (Cause::BearerNotImplemented, 488),
    (Cause::RestrictedDigitalOnly, 488),
    (Cause::ServiceNotImplemented, 501),
    (Cause::InvalidDestination, 503),
    (Cause::RecoveryOnTimerExpiry, 504),
    (Cause::ProtocolError, 500),
    (Cause::Interworking, 500),
    (Cause::NormalClearing, 480),
];

/// Status codes that come back as another cause than the table's first match, RFC 3398 7.2.4.1.
const BACK: &[(u16, Cause)] = &[
    (301, Cause::NumberChanged),
    (400, Cause::TemporaryFailure),
    (401, Cause::CallRejected),
    (402, Cause::CallRejected),
    (403, Cause::CallRejected),
    (405, Cause::ServiceNotAvailable),
    (406, Cause::ServiceNotImplemented),
    (407, Cause::CallRejected),
    (408, Cause::NoUserResponding),
    (410, Cause::NumberChanged),
    (413, Cause::Interworking),
    (414, Cause::Interworking),
    (415, Cause::ServiceNotImplemented),
    (416, Cause::Interworking),
    (420, Cause::Interworking),
    (421, Cause::Interworking),
    (423, Cause::Interworking),
    (480, Cause::SubscriberAbsent),
    (481, Cause::TemporaryFailure),
    (482, Cause::Interworking),
    (483, Cause::Interworking),
    (485, Cause::UnallocatedNumber),
    (487, Cause::NormalClearing),
    (488, Cause::BearerNotImplemented),
    (500, Cause::TemporaryFailure),
    (501, Cause::ServiceNotImplemented),
    (502, Cause::NetworkOutOfOrder),
    (503, Cause::TemporaryFailure),
    (504, Cause::RecoveryOnTimerExpiry),
    (505, Cause::Interworking),
    (513, Cause::Interworking),
    (600, Cause::UserBusy),
    (603, Cause::CallRejected),
    (604, Cause::UnallocatedNumber),
    (606, Cause::BearerNotImplemented),
];

/// The status that refuses a call for this cause.
pub(crate) fn status(cause: Cause) -> u16 {
    TABLE.iter().find(|(c, _)| *c == cause).map_or(480, |(_, status)| *status)
}

/// The cause of a refusal: a Q.850 Reason if it has one (RFC 3326), else by its status.
pub(crate) fn of_response(status: u16, headers: &Headers) -> ClearCause {
    of_reason(headers).unwrap_or(ClearCause { cause: of_status(status), location: CauseLocation::User })
}

/// The cause of a BYE or CANCEL.
pub(crate) fn of_clearing(headers: &Headers) -> ClearCause {
    of_reason(headers).unwrap_or(ClearCause { cause: Cause::NormalClearing, location: CauseLocation::User })
}

fn of_status(status: u16) -> Cause {
    let back = BACK.iter().find(|(s, _)| *s == status).map(|(_, cause)| *cause);
    back.or_else(|| TABLE.iter().find(|(_, s)| *s == status).map(|(cause, _)| *cause)).unwrap_or(match status {
        300..=399 => Cause::Interworking,
        400..=499 => Cause::Interworking,
        500..=599 => Cause::TemporaryFailure,
        _ => Cause::CallRejected,
    })
}

fn of_reason(headers: &Headers) -> Option<ClearCause> {
    for reason in crate::wire::list(headers, &HeaderName::Reason) {
        let mut parts = reason.split(';').map(str::trim);
        if !parts.next()?.eq_ignore_ascii_case("Q.850") {
            continue;
        }
        let value = parts.find_map(|p| p.strip_prefix("cause=")?.trim().parse::<u8>().ok());
        if let Some(value @ 1..=127) = value {
            return Some(ClearCause { cause: Cause::from_value(value), location: CauseLocation::User });
        }
    }
    None
}

/// The Reason header that carries a cause.
pub(crate) fn reason_header(cause: ClearCause) -> String {
    format!("Q.850;cause={};text=\"{}\"", cause.cause.value(), cause.cause.text())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each status that a table row sends stands for some cause on the way back, and the calls that agents care about keep theirs.
    #[test]
    fn causes_survive_the_way_through_sip() {
        for cause in [Cause::UserBusy, Cause::UnallocatedNumber, Cause::InvalidNumberFormat, Cause::NumberChanged] {
            assert_eq!(of_status(status(cause)), cause);
        }
        for code in 300..700 {
            assert_ne!(of_status(code), Cause::Other(0), "{code}");
        }
    }
}
