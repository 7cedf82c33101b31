//! The exchange: one deterministic machine.
//!
//! One owner of circuits, routing, calls, ACD, IVR and recorder control. It does no I/O and reads no clock: hand it an
//! [`Input`] with the time, then drain [`Exchange::poll`] for [`Effect`]s. The same inputs give the same effects, bit for bit.

mod port;

pub use port::{Effect, Input, RecordingOrder};
