//! Calls: legs, bridges, hold, transfer, three-way, park.
//!
//! A [`Call`] knows its legs, the [`Stage`] it is in, and the chain of its ledger. Its operations are the transitions between
//! stages; each says what it asks of the legs and writes what happened. What every leg hears follows from the stage alone
//! ([`Call::publish`]), so the media graph cannot disagree with the call.
//!
//! It routes nothing, owns no circuit, knows no queue and no flow, and runs no timer: the exchange does, and tells the call.
//!
//! ```text
//!             collect            serve                  ring              to answers
//!  (begin) -> Dialling --------> Served ------------> Ringing ----------> Talking <------------.
//!                                 ^  | offer answers     ^                 | ^ hold/retrieve   |
//!                                 |  `-------------------|---------------> | Held --consult--> Consulting
//!                                 `---- blind transfer --+-----------------'  `---park---> Parked   | three-way
//!                                        recall ---------'                                      ThreeWay
//!  any -> Failing (tone or announcement says why) -> Over
//! ```
//!
//! `Directing` is a consultation with nobody: a service or park slot is chosen, and the held party goes there when its holder lets go.
//! `Consulting` ends by completion (held and consulted talk), cancellation (back to `Talking`), or by any of the three going.
//!
//! A [`Supervisor`] is in no stage: it follows an agent through them, heard by whom its mode says ([`plan::Supervision`]), and goes when the
//! agent does. Only if the other party hears it, it takes the place of an agent who leaves a talk of two.
//!
//! ```
//! use calls::{Call, Facts, Leg, Outbox, Stage};
//! # use identity::{CallId, LegId, LineId};
//! # use ledger::{Direction, Place, Role};
//! let mut out = Outbox::default();
//! let leg = Leg::incoming(LegId(1), LineId::Sip, Place::Extension("8001".parse().unwrap()), "8001".parse().unwrap());
//! let facts = Facts::new(Direction::Internal, Default::default(), None, "8002".parse().unwrap());
//! let mut call = Call::begin(CallId(1), facts, leg);
//! call.ring(LegId(1), Leg::outgoing(LegId(2), LineId::Sip, Role::Callee, Place::Extension("8002".parse().unwrap()),
//!     "8002".parse().unwrap()), calls::Reason::Dialled, &mut out).unwrap();
//! call.answered(LegId(2), None, &mut out);
//! assert_eq!(*call.stage(), Stage::Talking { a: LegId(1), b: LegId(2) });
//! ```

mod call;
mod depart;
mod hearing;
mod leg;
mod operations;
mod outbox;
mod stage;
mod supervision;

pub use call::{Call, Facts, NotNow};
pub use depart::Departure;
pub use leg::{Leg, Signal};
pub use outbox::{Outbox, Output};
pub use stage::{Company, Reason, Ringback, Stage};
pub use supervision::Supervisor;
