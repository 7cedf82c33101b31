//! The exchange: one deterministic machine.
//!
//! One owner of circuits, routing, calls, ACD, IVR and recorder control. It does no I/O and reads no clock: hand it an
//! [`Input`] with the time, then drain [`Exchange::poll`] for [`Effect`]s. The same inputs give the same effects, bit for bit.
//! It speaks leg primitives only and cannot tell an E1 leg from a SIP leg but by what the line can do.
//!
//! | module | what it does |
//! |---|---|
//! | `incoming`, `reach`, `ending` | how calls begin, whom they reach over which line, how they fail and end |
//! | `flow`, `queueing` | callers in flows and queues |
//! | `transfers`, `returning`, `commands` | transfer, park, join; who comes back; what consoles ask |
//! | `meetings` | rooms where many meet: PIN, members, invitations |
//! | `supervision` | supervisors in agents' calls: listen, whisper, barge, intrude |
//! | `lines`, `media`, `far_ends` | what spans, telephones and the media engine report |
//! | `alarms`, `healing` | what is wrong with lines, from when to when; circuits that nobody has are cleared |
//! | `settling` | what follows from the stages: recordings, plans, limits, closing |
//! | `board`, `views`, `audit`, `tracing` | what consoles see; the invariants; who did what to whom |
//!
//! After each input the exchange *settles*: it carries out the ACD's orders, derives recordings, media plans and timers from the
//! stage of each call that changed, closes calls whose legs are gone, and shows each changed entity once. A call whose
//! invariants are broken is dropped with cause 41; the others go on.
//!
//! A call's ledger is closed when its last leg is gone; its record follows when the after-call work is done too, because the
//! wrap-up code belongs to it.
//!
//! ```
//! use clock::Now;
//! use exchange::{Exchange, Input};
//! use std::sync::Arc;
//! let mut exchange = Exchange::new(Arc::new(settings::Settings::default()), Now::default());
//! let extension = "8001".parse().unwrap();
//! exchange.handle(Now::default(), Input::Registration { extension, contact: Some("udp 192.0.2.7:5060".into()) });
//! while let Some(effect) = exchange.poll() {
//!     println!("{effect:?}");
//! }
//! assert!(exchange.audit().is_empty());
//! ```

mod alarms;
mod audit;
mod board;
mod commands;
mod ending;
mod far_ends;
mod flow;
mod healing;
mod house;
mod incoming;
mod line_tests;
mod lines;
mod machine;
mod media;
mod meetings;
mod message_waiting;
mod pausing;
mod port;
mod queueing;
mod reach;
mod returning;
mod settling;
mod supervision;
mod table;
mod telephone_ports;
mod tracing;
mod transfers;
mod views;

pub use acd::{DaySoFar, Today};
pub use audit::{Counters, Violation};
pub use far_ends::REASON_SILENT;
pub use machine::Exchange;
pub use port::{Effect, Input, RecordingOrder};
