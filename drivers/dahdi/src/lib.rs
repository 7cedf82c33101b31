//! The kernel's telephony interface (DAHDI 2.11) for what drives lines: cards of E1, BRI and analog ports, whoever made them.
//!
//! Role: the whole ABI, safe. [`Control`] finds and configures spans and channels in place of `dahdi_cfg`; a [`Channel`] moves octets,
//! events, CAS bits, hook and ringing; a [`DChannel`] moves frames; a [`Bank`] moves hundreds of channels with one wait; a [`CrossConnect`] leaves a TDM
//! to TDM call to the kernel. [`discovery`] proposes a plan of spans, [`ClockOrder`] chooses the clock, [`AlarmWatch`] gives alarms their beginning
//! and end.
//!
//! It does not: signal (that is the cores' matter), make tones, or load modules. Nothing waits but [`Bank::wait`]; nothing here reads a clock.
//! One `unsafe` block, in `ioctl`: the types of the requests make it sound, tests hold their numbers and sizes against the kernel's.
//!
//! | unit | of |
//! |---|---|
//! | channel | numbered from 1 over all spans; timeslot n of an E1 is the span's nth channel |
//! | block | octets, 8 a millisecond (one octet each 125 µs) |
//! | cadence, flash | milliseconds |
//! | counts | since the driver was loaded |
//!
//! ```text
//!  Control: create / configure_line / configure_channel / start
//!     |
//!     v                read, write ------> Moved::EventFirst --+
//!  Channel::open -> Bank, DChannel, CrossConnect               | event()
//!     ^                                                        |
//!     '--------------------------------------------------------'
//! ```
//!
//! ```no_run
//! use dahdi::{Control, Dynamic, Law, Signalling, SpanNumber, Channel, ChannelNumber, discovery};
//! # fn main() -> Result<(), dahdi::Error> {
//! let control = Control::open()?;
//! for plan in discovery::propose(&control.spans()?) {
//!     if let Some(line) = plan.line {
//!         control.configure_line(plan.span, line)?;
//!     }
//!     for (channel, signalling) in &plan.channels {
//!         control.configure_channel(*channel, *signalling, Law::A)?;
//!     }
//!     control.start(plan.span)?;
//! }
//! let speech = Channel::open(ChannelNumber(1))?;
//! speech.set_speech(true)?;
//! # Ok(())
//! # }
//! ```

mod abi;
mod alarm_watch;
mod analog;
mod bank;
mod channel;
mod clock_source;
mod control;
mod cross_connect;
mod dchannel;
pub mod discovery;
mod error;
mod event;
mod ioctl;
mod signalling;
mod span;

pub use alarm_watch::{Alarm, AlarmRecord, AlarmWatch};
pub use bank::{Bank, BankCounts};
pub use channel::{Buffers, Channel, ChannelStatus, Moved, StartWhen};
pub use clock_source::{ClockOrder, ClockSource, HOLD_OFF, Standing};
pub use control::{Control, Dynamic, Maintenance};
pub use cross_connect::CrossConnect;
pub use dchannel::{DChannel, Received};
pub use error::{Error, Subject};
pub use event::Event;
pub use signalling::{Capabilities, CasBits, E1Line, Law, Signalling};
pub use span::{ChannelNumber, ErrorCounts, Hardware, SpanAlarms, SpanKind, SpanNumber, SpanStatus};
