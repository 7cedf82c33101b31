//! Which calls are recorded, from when to when.
//!
//! One recording follows one leg: what it says is the left channel, what it hears the right. The leg recorded is the one that stays when
//! agents come and go: the caller of an inbound call, the far end of an outbound one; so the recording spans transfers and
//! holds. It begins when the first agent (or, if the site wants it, extension) is joined with the leg and ends with the leg.
//! The machine does no I/O: it says [`RecordingOutput::Start`] and `Stop`, is told what the recorder reports, and compares the seconds
//! recorded with the seconds connected.
//!
//! ```text
//! off --connected--> running --leg ended--> closing --closed--> reconciled
//!                       | failed
//!                       v
//!                     failed --connected again--> running (next segment)
//! ```
//!
//! ```
//! use clock::{Millis, Now};
//! use identity::{CallId, LegId};
//! use recording::{Policy, Recordings, RecordingOutput, With};
//! let mut recordings = Recordings::new(Policy { agent_calls: true, extension_calls: false });
//! let began = Now::default();
//! let id = recordings.connected(began, CallId(1), LegId(5), With::Agent).unwrap();
//! recordings.leg_ended(began + Millis::secs(60), LegId(5));
//! assert!(matches!(recordings.poll(), Some(RecordingOutput::Start { .. })));
//! assert!(matches!(recordings.poll(), Some(RecordingOutput::Stop { .. })));
//! let sum = recordings.closed(id, Millis(60_020)).unwrap();
//! assert!(sum.complete());
//! ```

mod machine;

pub use machine::{Policy, Reconciliation, RecordingOutput, Recordings, With};
