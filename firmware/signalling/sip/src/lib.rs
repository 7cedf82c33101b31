//! SIP under the leg primitives, sans-IO: registrar, digest authentication, dialogs, offer/answer, transfer.
//!
//! [`SipCore`] is the exchange's side: telephones register with it, their calls become legs, and legs to extensions become calls to
//! their registered contacts. Call control cannot tell such a leg from one on an E1. [`phone::Phone`] is a telephone over the same
//! dialogs, for simulated callers and seats.
//!
//! Message syntax and the transaction machines are those of the crate `sipx-sip`; dialogs and all above are ours. It opens no socket
//! (`adapters/udp` does), reads no clock, sends no media (it names RTP ports out of its range and says what was negotiated) and is no
//! proxy: it ends each call and starts another.
//!
//! Standards: RFC 3261, 3262 (100rel), 3264, 3311 (UPDATE), 3326, 3398 (causes), 3515 and 5589 (transfer), 3581 (rport), 3891
//! (Replaces), 4028 (session timers), 4568 (keys of SRTP), 4733 (named in SDP), 6026, 7616 and 8760 (digest), 8866 (SDP), T.38 annex D (faxes as packets). Not done: TLS, IPv6 zone ids, forking
//! (several contacts are called one after the other), connections opened by us (a TCP telephone is reached over its own connection).
//!
//! ```text
//!            INVITE                 2xx / ACK
//!  (born) ----------> Invited  --------------> Up ----- BYE -----> (gone)
//!  (born) ----------> Inviting --------------> Up
//!                        | released by us: CANCEL            | BYE once the ACK came
//!                        +-----------> Closing <-------------+
//! ```
//!
//! ```
//! use clock::Monotonic;
//! use sip::{Config, SipCore};
//! let mut core = SipCore::new(Config::at("192.0.2.1:5060".parse().unwrap(), [7; 32]));
//! core.receive(Monotonic(0), sip::Source {
//!     transport: sip::Transport::Udp,
//!     from: "192.0.2.77:5060".parse().unwrap(),
//!     local: "192.0.2.1:5060".parse().unwrap(),
//! }, b"OPTIONS sip:192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.77;branch=z9hG4bKa\r\nMax-Forwards: 70\r\n\
//!      From: <sip:8001@192.0.2.1>;tag=b\r\nTo: <sip:192.0.2.1>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n\r\n");
//! let Some(sip::SipOutput::Transmit(reply)) = core.poll() else { panic!() };
//! assert!(reply.bytes.starts_with(b"SIP/2.0 200"));
//! ```

mod accounts;
mod calls;
mod causes;
mod config;
mod dialog;
mod digest;
mod formats;
mod guard;
pub mod phone;
mod ports;
mod qualify;
mod random;
pub mod readers;
mod registrar;
mod sdes;
mod sdp;
mod server;
mod transactions;
mod transport;
mod upkeep;
mod wire;

pub use accounts::Account;
pub use config::{Config, Limits, SrtpRules};
pub use digest::{DigestOffer, Secret};
pub use registrar::{KeptContact, RegistrationTimes};
pub use server::{Counters, SipCore, SipOutput};
pub use transport::{ConnId, FramingFault, MAX_MESSAGE, Source, TcpFramer, Transmit, Transport};
