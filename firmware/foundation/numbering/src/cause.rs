use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! causes {
    ($($(#[$doc:meta])* $name:ident = $value:literal, $text:literal;)*) => {
        /// A clearing cause of Q.850 (1998), in the standard's order. Values it does not name are kept.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(from = "u8", into = "u8")]
        pub enum Cause {
            $($(#[$doc])* $name,)*
            Other(u8),
        }

        impl Cause {
            /// The 7-bit value of Q.850 table 1.
            pub const fn value(self) -> u8 {
                match self {
                    $(Cause::$name => $value,)*
                    Cause::Other(value) => value & 0x7f,
                }
            }

            /// The cause of a 7-bit value.
            pub const fn from_value(value: u8) -> Cause {
                match value & 0x7f {
                    $($value => Cause::$name,)*
                    other => Cause::Other(other),
                }
            }

            /// What Q.850 calls it.
            pub const fn text(self) -> &'static str {
                match self {
                    $(Cause::$name => $text,)*
                    Cause::Other(_) => "unnamed cause",
                }
            }
        }
    };
}

causes! {
    UnallocatedNumber = 1, "unallocated (unassigned) number";
    NoRouteToTransitNetwork = 2, "no route to specified transit network";
    NoRouteToDestination = 3, "no route to destination";
    SendSpecialInformationTone = 4, "send special information tone";
    MisdialledTrunkPrefix = 5, "misdialled trunk prefix";
    ChannelUnacceptable = 6, "channel unacceptable";
    CallAwarded = 7, "call awarded and being delivered in an established channel";
    NormalClearing = 16, "normal call clearing";
    UserBusy = 17, "user busy";
    NoUserResponding = 18, "no user responding";
    NoAnswer = 19, "no answer from user (user alerted)";
    SubscriberAbsent = 20, "subscriber absent";
    CallRejected = 21, "call rejected";
    NumberChanged = 22, "number changed";
    NonSelectedUserClearing = 26, "non-selected user clearing";
    DestinationOutOfOrder = 27, "destination out of order";
    InvalidNumberFormat = 28, "invalid number format (address incomplete)";
    FacilityRejected = 29, "facility rejected";
    ResponseToStatusEnquiry = 30, "response to STATUS ENQUIRY";
    NormalUnspecified = 31, "normal, unspecified";
    NoCircuitAvailable = 34, "no circuit/channel available";
    NetworkOutOfOrder = 38, "network out of order";
    TemporaryFailure = 41, "temporary failure";
    SwitchingCongestion = 42, "switching equipment congestion";
    AccessInformationDiscarded = 43, "access information discarded";
    RequestedCircuitNotAvailable = 44, "requested circuit/channel not available";
    ResourceUnavailable = 47, "resource unavailable, unspecified";
    QualityUnavailable = 49, "quality of service not available";
    FacilityNotSubscribed = 50, "requested facility not subscribed";
    OutgoingCallsBarred = 52, "outgoing calls barred";
    IncomingCallsBarred = 54, "incoming calls barred";
    BearerNotAuthorized = 57, "bearer capability not authorized";
    BearerNotAvailable = 58, "bearer capability not presently available";
    ServiceNotAvailable = 63, "service or option not available, unspecified";
    BearerNotImplemented = 65, "bearer capability not implemented";
    ChannelTypeNotImplemented = 66, "channel type not implemented";
    FacilityNotImplemented = 69, "requested facility not implemented";
    RestrictedDigitalOnly = 70, "only restricted digital information bearer capability is available";
    ServiceNotImplemented = 79, "service or option not implemented, unspecified";
    InvalidCallReference = 81, "invalid call reference value";
    IdentifiedChannelDoesNotExist = 82, "identified channel does not exist";
    NoSuchSuspendedCall = 83, "a suspended call exists, but this call identity does not";
    CallIdentityInUse = 84, "call identity in use";
    NoCallSuspended = 85, "no call suspended";
    CallWithIdentityCleared = 86, "call having the requested call identity has been cleared";
    InvalidDestination = 88, "incompatible destination";
    InvalidMessage = 95, "invalid message, unspecified";
    MandatoryElementMissing = 96, "mandatory information element is missing";
    MessageTypeNonexistent = 97, "message type non-existent or not implemented";
    MessageNotCompatible = 98, "message not compatible with call state or message type non-existent";
    ElementNonexistent = 99, "information element non-existent or not implemented";
    InvalidElementContents = 100, "invalid information element contents";
    MessageNotCompatibleWithState = 101, "message not compatible with call state";
    RecoveryOnTimerExpiry = 102, "recovery on timer expiry";
    ProtocolError = 111, "protocol error, unspecified";
    Interworking = 127, "interworking, unspecified";
}

impl From<u8> for Cause {
    fn from(value: u8) -> Cause {
        Cause::from_value(value)
    }
}

impl From<Cause> for u8 {
    fn from(cause: Cause) -> u8 {
        cause.value()
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.value(), self.text())
    }
}

/// Where a cause arose, Q.850 table 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CauseLocation {
    #[default]
    User,
    PrivateLocal,
    PublicLocal,
    Transit,
    PublicRemote,
    PrivateRemote,
    International,
    BeyondInterworking,
    Reserved(u8),
}

/// A cause with its location.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct ClearCause {
    pub cause: Cause,
    pub location: CauseLocation,
}

impl ClearCause {
    /// A cause that this box gives.
    pub const fn ours(cause: Cause) -> ClearCause {
        ClearCause { cause, location: CauseLocation::PrivateLocal }
    }
}

impl From<Cause> for ClearCause {
    fn from(cause: Cause) -> ClearCause {
        ClearCause::ours(cause)
    }
}
