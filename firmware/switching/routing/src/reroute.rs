use numbering::{Cause, CauseLocation, ClearCause};

/// Whether a refused emergency call is tried over the next trunk: for every cause but those that the called office itself gives.
/// A carrier that does not know the number, or bars it, is no reason to give up.
pub fn must_try_next(cause: ClearCause) -> bool {
    !matches!(cause.cause, Cause::NormalClearing | Cause::UserBusy | Cause::NoAnswer | Cause::CallRejected)
}

/// Whether a refused outgoing call may be tried over the next trunk.
///
/// Only causes that speak of the path, not of the called party (Q.850 classes 2 and 3): a busy subscriber is busy over every
/// route. `Destination out of order` counts only if a network says it, since the user's own exchange gives it for a broken
/// access.
pub fn may_try_next(cause: ClearCause) -> bool {
    match cause.cause {
        Cause::NoRouteToTransitNetwork
        | Cause::ChannelUnacceptable
        | Cause::NoCircuitAvailable
        | Cause::NetworkOutOfOrder
        | Cause::TemporaryFailure
        | Cause::SwitchingCongestion
        | Cause::RequestedCircuitNotAvailable
        | Cause::ResourceUnavailable
        | Cause::RecoveryOnTimerExpiry => true,
        Cause::DestinationOutOfOrder => !matches!(cause.location, CauseLocation::User | CauseLocation::PrivateRemote),
        _ => false,
    }
}
