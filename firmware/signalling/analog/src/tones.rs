use crate::order::Tone;
use numbering::Cause;

/// What a telephone hears that is off hook when its call ends for this cause (GB/T 3380; Q.35).
pub(crate) fn tone_of(cause: Cause) -> Tone {
    match cause {
        Cause::UnallocatedNumber
        | Cause::NoRouteToDestination
        | Cause::InvalidNumberFormat
        | Cause::NumberChanged
        | Cause::DestinationOutOfOrder
        | Cause::SubscriberAbsent => Tone::SpecialInformation,
        Cause::NoCircuitAvailable
        | Cause::NetworkOutOfOrder
        | Cause::TemporaryFailure
        | Cause::SwitchingCongestion
        | Cause::RequestedCircuitNotAvailable
        | Cause::ResourceUnavailable => Tone::Congestion,
        _ => Tone::Busy,
    }
}
