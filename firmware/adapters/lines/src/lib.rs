//! The lines: cards below, the cores that signal above, and the rings between their two threads.
//!
//! ```text
//! media thread                    rings (bounded)              exchange thread
//! Cards: chassis spans    --- frames, bits, signals, alarms, counters --->    LineSet: a core by span (PRI, R2)
//! each 5 ms               <--- frames, bits, tones, AIS, faults -----------    request, span_request, receive, expire, poll
//! timeslots <-> engine (OnEngine)
//! ```
//!
//! [`Cards`] moves speech and D-channel frames in and out of the cards; where a card does no HDLC ([`Framing::Software`]) it frames timeslot
//! 16 itself; where there is no D-channel ([`Framing::Cas`]) it tells the CAS bits, and hears and sounds the registers' multifrequency
//! signals: a timeslot whose register works carries nothing else. [`LineSet`] runs one core a span ([`Signalling`]), hands on its leg and span
//! indications, and keeps short alarms from the exchange (2.5 s before an alarm counts, 1 s before its end does). Neither decides anything
//! about a call, and neither reads a clock.
//!
//! A span without signalling (out of service by the administrator) sends AIS.
//!
//! ```
//! use chassis::{Span, SpanConfig, Wire};
//! use clock::Monotonic;
//! use identity::SpanId;
//! use lines::{Cards, Framing, LineSet};
//!
//! let mut cards = Cards::new(5);
//! let mut lines = LineSet::default();
//! let span = Span::new(SpanConfig::default(), Wire::Open, Monotonic(0));
//! lines.add(SpanId(1), cards.add(SpanId(1), span, Framing::Card));
//! lines.configure(Monotonic(0), SpanId(1), Some(pri::Config::new(SpanId(1), pri::Side::User).into()));
//! for tick in 1..600 {
//!     let now = Monotonic(tick * 5);
//!     if cards.exchange(now) {
//!         lines.receive(now);
//!     }
//!     lines.expire(now);
//! }
//! // Nothing is plugged in: loss of signal, once it has stood for 2.5 s.
//! assert!(matches!(lines.poll(), Some(lines::Output::Span { indication: legs::SpanIndication::Alarms(alarms), .. }) if alarms.los));
//! ```

mod analog_cards;
mod analog_core;
mod analog_ports;
mod bri_core;
mod by_sound;
mod card;
mod cards;
mod core;
mod crossings;
mod debounce;
mod ear;
mod echoes;
mod kernel_ports;
mod kernel_span;
mod line_set;
mod mouth;
mod on_engine;
mod port_orders;
mod pri_core;
mod r2_core;
mod registers;
mod rings;
mod slot_ears;
mod slot_tests;

pub use card::Framing;
pub use cards::Cards;
pub use core::Signalling;
pub use kernel_ports::KernelPorts;
pub use kernel_span::{KernelKind, KernelSpan, LineFraming};
pub use line_set::{Health, LineSet, Output};
pub use on_engine::OnEngine;
pub use rings::LineEnd;
