//! Q.931 (05/98) / ETS 300 102-1 call control for circuit-mode calls on a point-to-point primary rate interface, user and
//! network side, sans-IO.
//!
//! What it does: messages and information elements (section 4), basic call en bloc and overlap in both directions (5.1, 5.2),
//! clearing (5.3), restart (5.5), collisions (5.7), error handling (5.8), reassembly of segmented messages (annex H), all
//! timers of tables 9-1 and 9-2 that these use.
//!
//! What it does not: suspend and resume (5.6), packet mode (6), point-to-multipoint, supplementary services (Q.932), sending
//! in segments (nothing of ours is that long); their messages are recognised and answered as the standard says. It owns no
//! channels: whoever joins it with a data link decides which are free.
//!
//! ```text
//!  we set up:    CallInitiated -> OverlapSending -> OutgoingCallProceeding -> CallDelivered -> Active
//!  peer sets up: CallPresent -> OverlapReceiving -> IncomingCallProceeding -> CallReceived -> (ConnectRequest) -> Active
//!  clearing:     DisconnectRequest | DisconnectIndication -> ReleaseRequest -> Null
//! ```
//!
//! Every call ends with exactly one [`CallIndication::Released`].
//!
//! ```
//! use clock::Monotonic;
//! use q931::{CallControl, CallIndication, Config, DataLink, Output, Side};
//! let mut user = CallControl::new(Config::new(Side::User, 30));
//! user.data_link(Monotonic(0), DataLink::Established);
//! // SETUP from the network: 3.1 kHz audio, channel 1 exclusive, called number 8001.
//! user.receive(Monotonic(0), &[
//!     0x08, 2, 0, 1, 0x05, 0xa1, 0x04, 3, 0x90, 0x90, 0xa3, 0x18, 3, 0xa9, 0x83, 0x81,
//!     0x70, 5, 0x81, b'8', b'0', b'0', b'1',
//! ]);
//! let Some(Output::Call { indication: CallIndication::Setup(setup), .. }) = user.poll() else { panic!() };
//! assert_eq!(setup.called.digits.as_str(), "8001");
//! ```

mod call;
mod codec;
mod control;
mod interface;
mod reassembly;
mod restart;
mod unsaid;

pub use codec::{
    BearerCapability, CallReference, CauseElement, ChannelIdentification, ChannelSelection, ChannelType, FrameError,
    IeError, IeErrorKind, InformationElement, Message, MessageType, OtherElement, Progress, ProgressIndicator,
    RestartClass, Slots, StateValue, TransferCapability, id,
};
pub use control::CallControl;
pub use interface::{
    CallHandle, CallIndication, CallRequest, Config, Counters, DataLink, InterfaceIndication, Output, Refusal,
    RestartScope, SetupIndication, SetupRequest, Side, Timer, Timers, Trace,
};
