use cdr::Cdr;
use desk::{Actor, AlarmKind, AlarmView, Command, Refusal, Ticket, ViewChange};
use identity::{CallId, CircuitId, LegId, LineId, RecordingId, SpanId};
use legs::{LegIndication, LegRequest, LineTest, SpanIndication, SpanRequest};
use numbering::Digits;
use plan::{MediaIndication, MediaRequest};
use settings::Settings;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What happens to the exchange.
#[derive(Clone, Debug)]
pub enum Input {
    Leg {
        line: LineId,
        leg: LegId,
        indication: LegIndication,
    },
    Span {
        span: SpanId,
        indication: SpanIndication,
    },
    /// The legs that a span's signalling has now, each with the circuit that it is on, if it is on one: told every quarter of a
    /// minute, and compared with what the exchange believes.
    SpanAudit {
        span: SpanId,
        legs: Vec<(LegId, Option<u8>)>,
    },
    /// A phone registered (contact known) or is gone.
    Registration {
        extension: Digits,
        contact: Option<String>,
    },
    Media(MediaIndication),
    /// What is wrong now with a part of the box that is no line: of its recordings, a volume, counted from 1.
    Box {
        part: u8,
        wrong: BTreeSet<AlarmKind>,
    },
    Command {
        ticket: Ticket,
        actor: Actor,
        command: Command,
    },
    /// New settings, checked before.
    Settings(Arc<Settings>),
}

/// What the exchange wants done, in this order.
#[derive(Clone, Debug)]
pub enum Effect {
    Leg {
        line: LineId,
        leg: LegId,
        request: LegRequest,
    },
    Span {
        span: SpanId,
        request: SpanRequest,
    },
    /// Test a circuit that nobody speaks on, or stop testing it.
    TestCircuit {
        circuit: CircuitId,
        test: Option<LineTest>,
    },
    /// A telephone at a port is to show whether messages wait for its owner.
    ShowMessageWaiting {
        port: CircuitId,
        waiting: bool,
    },
    /// Whether messages wait for somebody: to be kept over a restart.
    KeepMessageWaiting {
        extension: Digits,
        waiting: bool,
    },
    Media(MediaRequest),
    Recording(RecordingOrder),
    /// Append to the call's ledger.
    Ledger(ledger::Record),
    /// The call is closed; comes after its last ledger record.
    Cdr(Box<Cdr>),
    Reply {
        ticket: Ticket,
        result: Result<(), Refusal>,
    },
    View(ViewChange),
    /// An alarm began, or ended.
    Alarm(AlarmView),
}

/// Orders to the recorder. The audio itself is tapped by the plan that names the recording.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RecordingOrder {
    Start {
        recording: RecordingId,
        call: CallId,
    },
    Stop {
        recording: RecordingId,
    },
    /// What its leg says and hears is silence until it is resumed.
    Pause {
        recording: RecordingId,
    },
    Resume {
        recording: RecordingId,
    },
}
