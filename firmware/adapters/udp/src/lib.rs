//! SIP sockets: UDP and TCP on their own thread, with bounded ways in and out.
//!
//! One mio thread reads datagrams and streams, cuts streams into messages, and hands each message to the exchange's thread; what the SIP
//! core wants sent comes back through [`Sender`]. It parses nothing but Content-Length, keeps no calls, and never waits for either
//! neighbour: what does not fit is dropped and counted, as a network would (RFC 3261 18.4 leaves repetition to the transactions).
//!
//! Connections are those that telephones open to us; we open none. They are bounded in all and for each address, and close when
//! nothing came for [`SocketsConfig::idle`].
//!
//! ```no_run
//! use std::sync::mpsc;
//! let (inbox, events) = mpsc::sync_channel(4096);
//! let config = udp::SocketsConfig::at("0.0.0.0:5060".parse().unwrap());
//! let sockets = udp::SipSockets::start(config, Box::new(move |event| inbox.try_send(event).is_ok())).unwrap();
//! while let Ok(event) = events.recv() {
//!     if let udp::SocketEvent::Message { source, bytes } = event {
//!         println!("{} octets from {}", bytes.len(), source.from);
//!     }
//! }
//! drop(sockets);
//! ```

mod connections;
mod thread;

pub use thread::{Counts, Deliver, Sender, SipSockets, SocketEvent, SocketsConfig};
