//! A fax terminal: spandsp's modems and its T.30 conversation, driven by sound or by T.38's packets.
//!
//! A fax comes from anybody, and what decodes it is a large library in C under another licence (LGPL 2.1, linked dynamically). So it runs in a
//! process of its own, `fastcall-fax`, one for each fax call, without rights beyond its file: if it crashes, one fax is lost.
//!
//! ```text
//! daemon ── orders (JSON lines) ──> fastcall-fax ── reports (JSON lines) ──> daemon
//!              media engine <── RTP, A-law, 20 ms a packet ───────> sound
//!              far end      <── UDPTL ─────────────────────────────> T.38
//! ```
//! [`Terminal`] is the conversation alone, without sockets and clock: it hears 8,000 samples a second and says as many, or takes and gives IFP
//! packets. [`run`] is the program.
//!
//! [`FaxBoxes`] is the daemon's side of it: extensions of the house that are fax boxes speak leg primitives with the exchange, as telephones do,
//! and have a terminal for each call. It keeps what is to be sent until it is through, or has failed so often that it will not be.
//!
//! Neither decides about calls: whether a call is a fax, who may send where.

mod boxes;
mod call;
mod process;

#[cfg(feature = "spandsp")]
mod ffi;
#[cfg(feature = "spandsp")]
mod program;
#[cfg(feature = "spandsp")]
mod terminal;

pub use boxes::{FaxBoxes, FaxConfig, FaxOutput, is_installed};

#[cfg(feature = "spandsp")]
pub use program::run;
#[cfg(feature = "spandsp")]
pub use terminal::{BLOCK, Begin, Packet, Terminal};
