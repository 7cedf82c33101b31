//! A basic access (2B+D): TEI management, LAPD and Q.931 with one or several terminals, under the leg primitives.
//!
//! [`BriSpan`] joins one `lapd::DChannel` with a `q931::CallControl` for each terminal, owns the two channels and speaks `legs` with the
//! exchange. It does no HDLC, reads no clock, and moves no speech. Standards: Q.921, Q.931 (05/98) and ETS 300 102-1 for basic access, layer
//! 1 of I.430 as far as a card tells of it.
//!
//! | | point to point | point to multipoint |
//! |---|---|---|
//! | user | TEI 0, link kept up | TEI asked for (or fixed), link as needed, calls to our numbers only |
//! | network | TEI 0, link kept up | TEIs assigned, SETUP to all, the first to answer gets the call |
//!
//! What it decides itself, besides channels (as `pri` does):
//!
//! * A call to a bus (5.2): T303 and T312 of the SETUP that all terminals hear; alerting as soon as one does; the weightiest of their refusals, told
//!   when T303 has run out (with T312, if any rang before it cleared), as 5.2.5.3 has it; RELEASE #26 to all but the first that answers, and to those that answer after it.
//! * A call from the bus or the network, as the only other end (5.1).
//! * On a bus there is no RESTART (5.5): a channel is cleared with its call.
//!
//! ```text
//!  to all:  N6 call present -> (N25, N9, N7 at each terminal) -> one is selected -> a call of that terminal
//!                         \-> N22 call abort, until T312
//! ```
//!
//! What it does not: calls waiting without a channel, supplementary services, terminals that are suspended and plugged in elsewhere (5.6).
//!
//! ```
//! use bri::{BriOutput, BriSpan, Config, Mode, Side};
//! use clock::Monotonic;
//! use identity::SpanId;
//! let mut network = BriSpan::new(Config::new(SpanId(1), Side::Network, Mode::PointToMultipoint));
//! network.expire(Monotonic(0));
//! // Whatever TEI terminals have from before: Identity remove, all, said twice.
//! let remove = vec![0xfe, 0xff, 0x03, 0x0f, 0x00, 0x00, 0x06, 0xff];
//! assert_eq!(network.poll(), Some(BriOutput::Transmit(remove)));
//! ```

mod broadcast;
mod config;
mod data_links;
mod indications;
mod layer1;
mod legs_of_calls;
mod requests;
mod set_up;
mod span;
mod terminals;

pub use config::{Config, Mode, Tei};
pub use q931::{Side, Timer, Timers};
pub use span::{BriOutput, BriSpan, Counters};
