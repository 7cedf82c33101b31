//! A typed ring of trace records, read by the call ladder and the support dump.
//!
//! Each machine writes what it did as a [`Trace`], not as a line of text; the web page's call ladder, the support dump and a failing
//! simulation print the same records. The ring is bounded and overwrites its oldest record; it counts what it dropped and what it took.
//! It reads no clock and keeps nothing on disk: what must last is in the ledger.
//!
//! ```
//! use clock::Monotonic;
//! use identity::{CallId, LegId};
//! use trace::{Ring, Trace};
//! let mut ring = Ring::holding(64);
//! ring.push(Monotonic(5), Trace::StateChanged { leg: LegId(1), call: Some(CallId(9)), from: "Idle", to: "Ringing", by: "Setup" });
//! let ladder: Vec<String> = ring.of_call(CallId(9)).map(ToString::to_string).collect();
//! assert_eq!(ladder, ["     0.005  C9 L1  Idle -> Ringing  by Setup"]);
//! ```

mod ring;

use identity::{AgentId, CallId, LegId, LineId, QueueId, SpanId};
pub use ring::{Record, Ring};
use serde::Serialize;
use std::fmt;

/// One thing that a machine did. States and events go by the names that their machine's source gives them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(tag = "trace", rename_all = "snake_case")]
pub enum Trace {
    /// A leg went from state to state, by an event.
    StateChanged { leg: LegId, call: Option<CallId>, from: &'static str, to: &'static str, by: &'static str },
    /// A leg primitive crossed between a line and the exchange.
    Primitive { leg: LegId, call: Option<CallId>, line: LineId, way: Way, name: &'static str },
    /// A message of the line's own protocol crossed the line, by its name in the standard: never what it carried.
    Message { leg: Option<LegId>, call: Option<CallId>, line: LineId, way: Way, name: &'static str },
    /// Something that the state does not allow: counted, and handled as the standard says.
    Unexpected { leg: LegId, call: Option<CallId>, state: &'static str, event: &'static str },
    /// A timer ran out.
    TimedOut { leg: Option<LegId>, call: Option<CallId>, timer: &'static str },
    /// A call went from phase to phase.
    CallPhase { call: CallId, from: &'static str, to: &'static str, by: &'static str },
    /// Two legs speak, or no longer do.
    Bridge { call: CallId, a: LegId, b: LegId, joined: bool },
    /// A queue offered a call to an agent, or the offer ended.
    Offer { call: CallId, queue: Option<QueueId>, agent: AgentId, step: &'static str },
    /// A span's signalling or alarms changed.
    Span { span: SpanId, what: &'static str },
    /// A request was refused because something bounded is full, or a rule forbids it.
    Refused { call: Option<CallId>, what: &'static str },
    /// A rule that must hold did not: the call was dropped, not the exchange.
    Broken { call: Option<CallId>, rule: &'static str },
}

/// Which way a primitive went.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// From the line.
    In,
    /// To the line.
    Out,
}

impl Trace {
    /// The call that this is part of, if the machine knew it.
    pub const fn call(&self) -> Option<CallId> {
        match self {
            Trace::StateChanged { call, .. }
            | Trace::Primitive { call, .. }
            | Trace::Message { call, .. }
            | Trace::Unexpected { call, .. }
            | Trace::TimedOut { call, .. }
            | Trace::Refused { call, .. }
            | Trace::Broken { call, .. } => *call,
            Trace::CallPhase { call, .. } | Trace::Bridge { call, .. } | Trace::Offer { call, .. } => Some(*call),
            Trace::Span { .. } => None,
        }
    }

    /// As part of a call, if it is not known to be part of one.
    pub fn in_call(mut self, of: Option<CallId>) -> Trace {
        match &mut self {
            Trace::StateChanged { call, .. }
            | Trace::Primitive { call, .. }
            | Trace::Message { call, .. }
            | Trace::Unexpected { call, .. }
            | Trace::TimedOut { call, .. }
            | Trace::Refused { call, .. }
            | Trace::Broken { call, .. } => *call = call.or(of),
            Trace::CallPhase { .. } | Trace::Bridge { .. } | Trace::Offer { .. } | Trace::Span { .. } => {}
        }
        self
    }

    /// The leg that this is about, if it is about one.
    pub const fn leg(&self) -> Option<LegId> {
        match self {
            Trace::StateChanged { leg, .. } | Trace::Primitive { leg, .. } | Trace::Unexpected { leg, .. } => {
                Some(*leg)
            }
            Trace::TimedOut { leg, .. } | Trace::Message { leg, .. } => *leg,
            Trace::CallPhase { .. }
            | Trace::Bridge { .. }
            | Trace::Offer { .. }
            | Trace::Span { .. }
            | Trace::Refused { .. }
            | Trace::Broken { .. } => None,
        }
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(call) = self.call() {
            write!(f, "{call} ")?;
        }
        if let Some(leg) = self.leg() {
            write!(f, "{leg} ")?;
        }
        match self {
            Trace::StateChanged { from, to, by, .. } | Trace::CallPhase { from, to, by, .. } => {
                write!(f, " {from} -> {to}  by {by}")
            }
            Trace::Primitive { line, way, name, .. } => match way {
                Way::In => write!(f, " {} --> {name}", Line(*line)),
                Way::Out => write!(f, " {} <-- {name}", Line(*line)),
            },
            Trace::Message { line, way, name, .. } => match way {
                Way::In => write!(f, " {} ==> {name}", Line(*line)),
                Way::Out => write!(f, " {} <== {name}", Line(*line)),
            },
            Trace::Unexpected { state, event, .. } => write!(f, " unexpected {event} in {state}"),
            Trace::TimedOut { timer, .. } => write!(f, " {timer} ran out"),
            Trace::Bridge { a, b, joined, .. } => write!(f, " {a} {} {b}", if *joined { "===" } else { "=/=" }),
            Trace::Offer { queue, agent, step, .. } => match queue {
                Some(queue) => write!(f, " {queue} {agent} {step}"),
                None => write!(f, " {agent} {step}"),
            },
            Trace::Span { span, what } => write!(f, "{span}  {what}"),
            Trace::Refused { what, .. } => write!(f, " refused: {what}"),
            Trace::Broken { rule, .. } => write!(f, " BROKEN: {rule}"),
        }
    }
}

struct Line(LineId);

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            LineId::Span(span) => write!(f, "{span}"),
            LineId::Sip => f.write_str("sip"),
            LineId::Fax => f.write_str("fax"),
        }
    }
}
