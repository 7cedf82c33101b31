//! Q.931 (05/98) / ETS 300 102-1 call control for circuit-mode calls on a primary rate or basic access, user and network side,
//! sans-IO. One [`CallControl`] is one data link connection: the interface point to point, one terminal of it otherwise.
//!
//! What it does: messages and information elements (section 4), basic call en bloc and overlap in both directions (5.1, 5.2),
//! clearing (5.3), restart (5.5), suspension and resumption where an interface serves it (5.6), collisions (5.7), error handling and
//! what follows a failure of the data link (5.8), notification (5.9), reassembly of segmented messages (annex H).
//!
//! What it does not: packet mode (6), which of several terminals gets a call (`bri`), supplementary services (Q.932), sending in segments (nothing of ours is
//! that long); their messages are recognised and answered as the standard says. It owns no channels: whoever joins it with a data
//! link decides which are free.
//!
//! The timers of tables 9-1 (network) and 9-2 (user), and what arms them here:
//!
//! | timer | armed by | at expiry |
//! |---|---|---|
//! | T301 | ALERTING of the called side | DISCONNECT #19 |
//! | T302 | SETUP ACKNOWLEDGE and each INFORMATION of ours to come | the number is taken as whole |
//! | T303 | SETUP | SETUP once more, then RELEASE COMPLETE #102 |
//! | T304 | SETUP ACKNOWLEDGE received, INFORMATION sent | DISCONNECT #102 |
//! | T305, T306 | DISCONNECT without tone, with tone | RELEASE |
//! | T307 | network: SUSPEND ACKNOWLEDGE | the suspended call is cleared, #102 |
//! | T308 | RELEASE | RELEASE once more, then the channel is in maintenance |
//! | T309 | the data link fails under an answered call | the call is cleared, #27 |
//! | T310 | CALL PROCEEDING | DISCONNECT #102 |
//! | T313 | user: CONNECT | DISCONNECT #102 |
//! | T314 | a segment that is not the last | the segments are thrown away |
//! | T316 | RESTART | RESTART once more, then maintenance |
//! | T317 | RESTART received | what is idle by then is acknowledged |
//! | T318 | user: RESUME | RELEASE #102 |
//! | T319 | user: SUSPEND | the call is active again |
//! | T322 | STATUS ENQUIRY | twice more, then RELEASE #41 |
//!
//! Never armed here: T312 guards a SETUP sent to several terminals and runs in `bri`; what the others guard does not exist in circuit
//! mode: T320 (the last call of a packet-mode channel), T321 (a second D-channel as a back-up,
//! annex F). T307, T318 and T319 need `Config::rearrangement`: terminal portability is a service of basic access, and no public network
//! offers it here; an interface that does not serve it answers SUSPEND and RESUME as 5.6.3 and 5.6.5 say.
//!
//! ```text
//!  we set up:    CallInitiated -> OverlapSending -> OutgoingCallProceeding -> CallDelivered -> Active
//!  peer sets up: CallPresent -> OverlapReceiving -> IncomingCallProceeding -> CallReceived -> (ConnectRequest) -> Active
//!  suspended:    Active -> (SuspendRequest) -> parked -> (ResumeRequest) -> Active
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
mod suspended;
mod unsaid;

pub use codec::{
    BearerCapability, CallIdentity, CallReference, CauseElement, ChannelIdentification, ChannelSelection, ChannelType,
    FrameError, IeError, IeErrorKind, InformationElement, Message, MessageType, OtherElement, Progress,
    ProgressIndicator, RestartClass, Slots, StateValue, TransferCapability, id,
};
pub use control::CallControl;
pub use interface::{
    Access, CallHandle, CallIndication, CallRequest, Config, Counters, DataLink, InterfaceIndication, Output, Refusal,
    RestartScope, SetupIndication, SetupRequest, Side, Timer, Timers, Trace,
};
