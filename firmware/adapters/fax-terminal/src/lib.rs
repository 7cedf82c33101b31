//! A fax terminal: spandsp's modems and its T.30 conversation, driven by sound or by T.38's packets.
//!
//! A fax comes from anybody, and what decodes it is a large library in C under another licence (LGPL 2.1, linked dynamically). So it runs in a
//! process of its own, `fastcall-fax`, one for each fax call, without rights beyond its file: if it crashes, one fax is lost.
//!
//! ```text
//! daemon ── orders (JSON lines) ──> fastcall-fax ── reports (JSON lines) ──> daemon
//!              media engine <── RTP, A-law, a packet for a packet ──> sound
//!              far end      <── UDPTL ─────────────────────────────> T.38
//! ```
//! [`Terminal`] is the conversation alone, without sockets and clock: it hears 8,000 samples a second and says as many, or takes and gives IFP
//! packets. [`run`] is the program.
//!
//! It decides nothing about calls: whether a call is a fax, when it changes to T.38, where the pages go.

#[cfg(feature = "spandsp")]
mod ffi;
#[cfg(feature = "spandsp")]
mod program;
#[cfg(feature = "spandsp")]
mod terminal;

#[cfg(feature = "spandsp")]
pub use program::run;
#[cfg(feature = "spandsp")]
pub use terminal::{BLOCK, Begin, Packet, Terminal};
