use identity::{AgentId, CallId, CircuitId, LegId, QueueId, RoomId, SpanId};
use legs::LineTest;
use numbering::{Digits, Key};
use plan::Supervision;
use serde::{Deserialize, Serialize};

/// The longest note left with a call, in characters.
pub const NOTE_CHARACTERS: usize = 2000;

/// A note as it is kept: without blanks around it and control characters in it; none if nothing is left.
///
/// ```
/// assert_eq!(desk::note(Some("  wants\tred\u{7}\n".into())), Ok(Some("wants\tred".into())));
/// assert_eq!(desk::note(Some(" ".into())), Ok(None));
/// assert_eq!(desk::note(Some("x".repeat(2001))), Err(desk::Refusal::NoteTooLong));
/// ```
pub fn note(text: Option<String>) -> Result<Option<String>, Refusal> {
    let Some(text) = text else { return Ok(None) };
    if text.trim().chars().count() > NOTE_CHARACTERS {
        return Err(Refusal::NoteTooLong);
    }
    let kept: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    let kept = kept.trim();
    Ok((!kept.is_empty()).then(|| kept.to_owned()))
}

/// Matches an answer to its command.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Ticket(pub u64);

/// Who asks. The HTTP adapter has checked who it is; the exchange checks what it may.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Actor {
    Agent(AgentId),
    /// `fastcallctl` or the administrator's pages.
    Administrator,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// A seat's own actions.
    Seat {
        agent: AgentId,
        command: SeatCommand,
    },
    /// Take a circuit out of service once it is idle, or put it back.
    BlockCircuit {
        circuit: CircuitId,
    },
    UnblockCircuit {
        circuit: CircuitId,
    },
    /// Clear what is on a circuit and restart it.
    ResetCircuit {
        circuit: CircuitId,
    },
    ResetSpan {
        span: SpanId,
    },
    /// Test a circuit that is blocked by us and idle, until it is unblocked or reset, or another test takes its place. None ends it.
    TestCircuit {
        circuit: CircuitId,
        test: Option<LineTest>,
    },
    /// Messages wait for an extension's owner, or none any more: its telephone shows it as it can.
    MessageWaiting {
        extension: Digits,
        waiting: bool,
    },
    /// What is done in a meeting room.
    Room {
        room: RoomId,
        command: RoomCommand,
    },
    /// Hang up a whole call.
    ReleaseCall {
        call: CallId,
    },
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum RoomCommand {
    /// A number is called; who answers is a member, without PIN.
    Invite { number: Digits },
    /// The member is heard no longer, or again.
    Mute { leg: LegId, muted: bool },
    /// The member is hung up.
    Remove { leg: LegId },
    /// Every member is.
    End,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum SeatCommand {
    SignIn {
        extension: Digits,
    },
    SignOut,
    Ready,
    Busy {
        reason: String,
    },
    /// Answer the ringing call: the phone is asked to go off-hook.
    Answer,
    HangUp,
    Hold,
    Retrieve,
    Dial {
        number: Digits,
    },
    /// Blind: send the caller there. Attended: hold the caller and call there first.
    Transfer {
        to: Digits,
        mode: TransferMode,
    },
    /// Give the caller to a queue by its id: it goes there at once.
    TransferToQueue {
        queue: QueueId,
    },
    /// Attended transfer: join the held caller with the consulted party.
    CompleteTransfer,
    /// Attended transfer or three-way: drop the consulted party, back to the caller.
    CancelTransfer,
    /// Join caller, consulted party and agent.
    ThreeWay,
    /// Take part in the call of another agent, or from now on in another way; hanging up ends it.
    Supervise {
        agent: AgentId,
        mode: Supervision,
    },
    Park,
    Unpark {
        slot: Digits,
    },
    /// What is said (a card's number) is not to be recorded, until it is resumed or the site's limit is over.
    PauseRecording,
    ResumeRecording,
    Key {
        key: Key,
    },
    /// End after-call work, with a code if the queue asks for one, and a note of at most [`NOTE_CHARACTERS`].
    WrapUp {
        code: Option<String>,
        #[serde(default)]
        note: Option<String>,
    },
    /// Put another code and note in the place of those left with a call whose after-call work is done. The exchange knows only calls
    /// that have no record yet; for the others it says [`Refusal::NoSuchCall`], and the store is asked.
    AmendWrapUp {
        call: CallId,
        code: Option<String>,
        note: Option<String>,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferMode {
    Blind,
    Attended,
}

/// Why a command was not carried out. The console has the words for it in both languages.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    NotSignedIn,
    AlreadySignedIn,
    ExtensionInUse,
    ExtensionUnknown,
    /// No phone is registered at the extension.
    ExtensionUnreachable,
    NoSuchAgent,
    NoSuchCall,
    NoSuchCircuit,
    NoSuchSpan,
    NoSuchRoom,
    /// The room has as many members as it may.
    RoomFull,
    /// A circuit is tested while it is blocked and idle.
    NotBlocked,
    /// The state of the seat or call does not allow it now.
    NotNow,
    NotAllowed,
    BadNumber,
    /// Every park slot is taken / nobody is parked there.
    NoParkSlot,
    NoCircuit,
    CodeNeeded,
    /// A note of more than [`NOTE_CHARACTERS`].
    NoteTooLong,
    /// The exchange has too much to do; try again.
    Congested,
}
