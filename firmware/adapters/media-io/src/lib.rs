//! The real-time thread: cards and RTP sockets around the media engine.
//!
//! Every 5 ms the thread wakes and does, in this order:
//!
//! 1. takes the exchange's [`plan::MediaRequest`]s (opening and closing UDP ports as legs come and go),
//!    and leaves circuits that need nothing of the engine to the cards, or takes them back ([`CardIo::connect`]),
//! 2. [`CardIo::receive`]: the cards hand the engine what the lines said,
//! 3. reads every RTP and RTCP port that has something, with the kernel's arrival times; a packet that another telephone gets as it is leaves at
//!    once, in the memory that it came in,
//! 4. every fourth wake, [`graph::Engine::tick`], and its packets leave,
//! 5. [`CardIo::transmit`]: the cards fetch what the lines hear,
//! 6. hands the exchange the [`plan::MediaIndication`]s and calls `notify` if there were any.
//!
//! So an octet from a card waits at most for the next wake and the tick, and a tick's octets reach the card in the same wake.
//! The thread asks for SCHED_FIFO and goes on without it; [`Status::realtime`] says which.
//!
//! A far end that sends from where it said it would is connected to: the kernel then drops strangers' packets, however many, and sends
//! cheaper.
//!
//! It decides nothing and knows no calls. SRTP, ICE and DTLS are not here.
//!
//! # Plugging in cards
//! ```
//! use graph::Engine;
//! use identity::{CircuitId, SpanId};
//! use media_io::CardIo;
//!
//! /// A card that loops timeslot 1 back.
//! struct Loop([u8; 40]);
//!
//! impl CardIo for Loop {
//!     fn receive(&mut self, _now_micros: u64, engine: &mut Engine) {
//!         engine.circuit_received(CircuitId { span: SpanId(1), slot: 1 }, &self.0);
//!     }
//!     fn transmit(&mut self, _now_micros: u64, engine: &mut Engine) {
//!         engine.circuit_transmit(CircuitId { span: SpanId(1), slot: 1 }, &mut self.0);
//!     }
//! }
//! ```
//! A card that delivers 39 or 41 milliseconds' worth now and then is fine: the engine settles on the least margin. A card must hand
//! over as many octets as it fetches.
//!
//! # Starting it
//! ```no_run
//! use graph::{Engine, Limits, connect};
//! use media_io::{MediaIo, NoCards, Wiring};
//! use std::net::{IpAddr, Ipv4Addr};
//!
//! let limits = Limits::default();
//! let (ends, loader, recorder) = connect(&limits);
//! let (requests, request_queue) = rtrb::RingBuffer::new(4096);
//! let (indication_queue, indications) = rtrb::RingBuffer::new(4096);
//! let exchange = std::thread::current();
//! let wiring = Wiring {
//!     requests: request_queue,
//!     indications: indication_queue,
//!     notify: Box::new(move || exchange.unpark()),
//!     // Here: unpark who reads prompts.
//!     wake_loader: Box::new(|| {}),
//! };
//! let media = MediaIo::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), Engine::new(limits, ends), wiring, NoCards)?;
//! let running = media.spawn()?;
//! running.stop()?;
//! # let _ = (loader, recorder, requests, indications);
//! # Ok::<(), std::io::Error>(())
//! ```

mod datagram;
mod media_thread;
mod pacing;
mod rhythm;
mod sockets;
mod status;

pub use media_thread::{CardIo, MediaIo, NoCards, Running, WAKE_MICROS, Wiring};
pub use pacing::ask_for_realtime;
pub use status::Status;
