//! A primary rate span: LAPD and Q.931 under the leg primitives.
//!
//! [`PriSpan`] joins one `lapd::DataLink` and one `q931::CallControl`, owns the span's channel table and speaks `legs` with the
//! exchange. It does no HDLC, reads no clock, and moves no speech. Standards: Q.921, Q.931 (05/98), ETS 300 102-1; which clause
//! decides is said at each place in `q931`.
//!
//! What it decides itself:
//!
//! * Channels (5.1.2, 5.2.3): a preferred channel that is busy gets an alternative; an exclusive one is refused with #44; with none free
//!   the call is refused with #34. On glare (5.7) the network's SETUP wins, and the user's waits for another channel.
//! * The data link is kept up: established at the first [`PriSpan::expire`], and again whenever it was released.
//! * A channel whose RELEASE was never answered is restarted (5.5) before it is used again.
//!
//! ```text
//!  Idle -> Seized -> Idle
//!             \-> Maintenance -> Restarting -> Idle | Maintenance
//! ```
//!
//! Hold, retrieve, keys, "answer now" and transfers mean nothing on such a line: they are counted and ignored.
//!
//! ```
//! use clock::Monotonic;
//! use identity::SpanId;
//! use pri::{Config, PriOutput, PriSpan, Side};
//! let mut span = PriSpan::new(Config::new(SpanId(1), Side::User));
//! span.expire(Monotonic(0));
//! assert!(matches!(span.poll(), Some(PriOutput::Transmit(sabme)) if sabme == [0x00, 0x01, 0x7f]));
//! ```

mod channels;
mod config;
mod indications;
mod legs_of_calls;
mod requests;
mod set_up;
mod span;
mod words;

pub use channels::{Channel, ChannelTable, Unavailable};
pub use config::{Config, Side};
pub use q931::{Timer, Timers};
pub use span::{Counters, PriOutput, PriSpan};
pub use words::{call_indication, call_request, leg_setup, setup_request};
