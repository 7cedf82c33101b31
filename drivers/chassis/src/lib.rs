//! Simulated E1 and analog cards with the surface that a kernel driver has.
//!
//! A [`Span`] is one E1 port: [`Span::transmit`] and [`Span::receive`] move some milliseconds of its timeslots, in A-law octets of the
//! 8 kHz clock; the D-channel crosses as frames ([`Span::send_frame`], [`Span::receive_frame`]) when the card does HDLC, or inside timeslot 16
//! when it does not; CAS bits, alarms and slips come out of [`Span::poll`] as events, error counts out of [`Span::counters`]. An
//! [`analog::Line`] is a two-wire loop with an exchange's port (FXS) at one end and a terminal's (FXO) at the other, and an [`AnalogCard`] is a
//! card of such ports whose lines lead to another card, in this program or another.
//!
//! Nothing here reads a clock: who calls these paces the card, in real or in virtual time. Nothing here knows a call.
//!
//! Frames follow G.704 (1998) 2.3 and 5.1: alignment word, A-bit, CRC-4 multiframe with E-bits, timeslot 16 multiframe of CAS.
//! Alignment is lost and found as G.706 (1991) 4.1 says, AIS and RAI as G.775 (1998) 5.
//!
//! ```text
//!  transmit                                                        receive
//!  timeslots -> framing (TS0, TS16) -> line model -> wire -> line model -> framer -> slips -> TS16, play-out -> timeslots
//!                                     (faults)              (faults)       alarms, CRC
//! ```
//!
//! | wire | written as | for |
//! |---|---|---|
//! | open | `open` | nothing plugged in: LOS |
//! | loop | `loop` | a loop-back plug |
//! | local | [`Wire::pair`] | both ends in one program |
//! | UDP | `udp:127.0.0.1:7001->127.0.0.1:7101` | the far end in another program: see [`udp`] |
//!
//! ```
//! use chassis::{Span, SpanConfig, Timeslots, Wire};
//! use clock::Monotonic;
//! let (ours, theirs) = Wire::pair();
//! let mut near = Span::new(SpanConfig::default(), ours, Monotonic(0));
//! let mut far = Span::new(SpanConfig::default(), theirs, Monotonic(0));
//! let mut spoken = Timeslots::millis(5);
//! spoken.slot_mut(1).fill(0x2a);
//! let mut heard = Timeslots::millis(5);
//! for tick in 0..4 {
//!     near.exchange(Monotonic(tick * 5), &spoken, &mut Timeslots::millis(5));
//!     far.exchange(Monotonic(tick * 5), &Timeslots::millis(5), &mut heard);
//! }
//! assert_eq!(heard.slot(1), spoken.slot(1));
//! ```

pub mod analog;
mod analog_card;
mod cas;
mod crc4;
mod event;
mod fault;
mod frame;
mod framer;
mod hook;
mod playout;
mod span;
mod transmitter;
pub mod udp;
mod wire;

pub use analog_card::{AnalogCard, AnalogEvent, AnalogKind, Meter, PORTS as ANALOG_PORTS, PairFault};
pub use cas::Abcd;
pub use event::{Alarm, Counters, Event, Slip};
pub use fault::{Direction, Fault};
pub use frame::{DchannelFrame, Frame, SILENCE, SLOTS, Timeslots};
pub use span::{QueueFull, Span, SpanConfig, Timeslot16};
pub use wire::{BadWire, Wire, WireAddress};
