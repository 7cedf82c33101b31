//! The lines: cards below, the PRI core above, and the rings between their two threads.
//!
//! ```text
//! media thread                    rings (bounded)              exchange thread
//! Cards: chassis spans    --- frames, alarms, counters --->    LineSet: pri::PriSpan by span
//! each 5 ms               <--- frames, AIS, faults --------    request, span_request, receive, expire, poll
//! timeslots <-> engine (OnEngine)
//! ```
//!
//! [`Cards`] moves speech and D-channel frames in and out of the cards; where a card does no HDLC ([`Framing::Software`]) it frames timeslot
//! 16 itself. [`LineSet`] runs one PRI core a span, hands on its leg and span indications, and keeps short alarms from the exchange
//! (2.5 s before an alarm counts, 1 s before its end does). Neither decides anything about a call, and neither reads a clock.
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
//! lines.configure(Monotonic(0), SpanId(1), Some(pri::Config::new(SpanId(1), pri::Side::User)));
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

mod card;
mod cards;
mod debounce;
mod line_set;
mod on_engine;
mod rings;

pub use card::Framing;
pub use cards::Cards;
pub use line_set::{Health, LineSet, Output};
pub use on_engine::OnEngine;
pub use rings::LineEnd;
