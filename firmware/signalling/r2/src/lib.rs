//! System R2: digital line signalling by the bits a and b of timeslot 16 (ITU-T Q.421, Q.422) and compelled multifrequency signals between
//! registers (Q.440 to Q.480), with China No. 1 (GF 002-9002) and others as tables of data ([`Variant`]).
//!
//! Sans-IO: [`R2Span`] takes the CAS bits of each timeslot as they come, multifrequency signals as a detector hears them begin and end, and the
//! exchange's leg requests; it tells which bits and which signal to send, which way to listen, and leg indications. It neither makes
//! nor detects tones, and does no metering pulses and no echo suppressors (Q.441 A-14).
//!
//! # Line signals (a b)
//! | | forward | backward |
//! |---|---|---|
//! | idle | 1 0 | 1 0 |
//! | seized, seizure acknowledged | 0 0 | 1 1 |
//! | answered | 0 0 | 0 1 |
//! | clear-back | 0 0 | 1 1 |
//! | clear-forward | 1 0 | until idle: 1 0 |
//! | blocked | | 1 1 |
//!
//! # A circuit
//! ```text
//! outgoing: idle -> seizing -> dialling (register) -> ringing -> talking -> cleared back -> releasing -> idle
//! incoming: idle -> receiving (register) -> offered -> answered -> waiting for clear-forward -> idle
//! ```
//! Every state that a far end may leave us in has its limit: T1, T2 and T3 of Q.476 in the registers, Q.118's for answer and clear-back, and two
//! minutes and a half for a clear-forward that is due; then the leg ends, and the circuit is blocked until the far end is idle.
//!
//! A leg's last word comes when its circuit is idle again (release guard), so that nobody seizes it too early. A circuit that does not
//! acknowledge a seizure, or does not become idle, is told as blocked by the far end and tried again after a minute.
//!
//! ```
//! use clock::Monotonic;
//! use identity::SpanId;
//! use r2::{Config, R2Output, R2Span, Variant};
//!
//! let mut span = R2Span::new(Config::new(SpanId(1), Variant::CHINA));
//! span.expire(Monotonic(0));
//! // Idle as China sends it: a b c d = 1 0 1 1.
//! assert!(std::iter::from_fn(|| span.poll()).any(|out| out == R2Output::Bits { slot: 1, abcd: 0b1011 }));
//! span.bits(Monotonic(0), 1, 0b1011);
//! // The far end seizes: 0 0; after 20 ms it is believed and acknowledged by 1 1.
//! span.bits(Monotonic(100), 1, 0b0011);
//! span.expire(Monotonic(120));
//! assert!(std::iter::from_fn(|| span.poll()).any(|out| out == R2Output::Bits { slot: 1, abcd: 0b1111 }));
//! ```

mod circuit;
mod incoming;
mod ladder;
mod line;
mod outgoing;
mod requests;
mod signals;
mod span;
mod variant;

pub use incoming::{Found, Length, Wants};
pub use ladder::Series;
pub use signals::{BACKWARD_HZ, Direction, FORWARD_HZ, Signal};
pub use span::{Config, Counters, R2Output, R2Span};
pub use variant::{AllSeries, Asks, Charge, Says, Table, Timers, Variant};
