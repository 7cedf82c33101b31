//! Leg primitives: the few words that every line, whatever its signalling, speaks with the exchange.
//!
//! A *leg* is one party's way into a call. A signalling core turns its protocol into [`LegIndication`]s and carries out
//! [`LegRequest`]s. Rules that every core keeps:
//!
//! * A leg is born by [`LegIndication::Setup`] (incoming, id from the core's allocator) or [`LegRequest::Setup`] (outgoing, id from
//!   the exchange's).
//! * Its last word is exactly one [`LegIndication::Released`], whoever cleared and even if the exchange asked for it. After that
//!   the id is dead and requests for it are ignored.
//! * A request that the state of the leg does not allow is counted and ignored: messages cross on the wire.

use identity::{CircuitId, LegId, SpanId};
use numbering::{ClearCause, Digits, FarParty, Key, PartyNumber, Redirection, SubAddress};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// What the caller's line said at set-up.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Setup {
    /// Digits so far; with overlap receiving more follow by [`LegIndication::Digits`].
    pub called: PartyNumber,
    /// No more digits will come (en bloc, or sending complete).
    pub complete: bool,
    pub calling: Option<PartyNumber>,
    pub redirecting: Option<Redirection>,
    pub called_sub_address: Option<SubAddress>,
    pub calling_sub_address: Option<SubAddress>,
    /// A caller's display name, from the line.
    pub display: Option<String>,
    #[serde(default)]
    pub compatibility: Compatibility,
}

/// What kind of connection the caller's terminal asks for, and what it says of itself to the called one (Q.931 annex B).
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Compatibility {
    pub audio: Audio,
    /// Contents of the low layer and high layer compatibility elements (Q.931 4.5.19, 4.5.17): for the other terminal, octet by octet.
    pub low_layer: Option<Vec<u8>>,
    pub high_layer: Option<Vec<u8>>,
}

/// The information transfer capability that a telephone line can carry (Q.931 4.5.5).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub enum Audio {
    #[default]
    Speech,
    /// 3.1 kHz audio: modems, facsimile, and lines that cannot tell.
    Audio3k1,
}

/// A leg that comes in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Incoming {
    pub setup: Setup,
    pub origin: Origin,
    /// The leg that this one asks to take the place of (SIP Replaces, RFC 3891).
    pub replaces: Option<LegId>,
}

/// Where an incoming leg came in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Origin {
    Circuit(CircuitId),
    /// A registered (and authenticated) extension.
    Extension(Digits),
}

/// A leg to be set up.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Outgoing {
    pub setup: Setup,
    pub target: Target,
    /// Ask the phone to answer by itself (intercom, automatic answer seats).
    pub answer_at_once: bool,
}

/// Whom an outgoing leg is for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Target {
    /// This circuit; the line may negotiate another of the same span ([`LegIndication::CircuitChanged`]).
    Circuit(CircuitId),
    /// A registered extension.
    Extension(Digits),
}

/// A notification description, Q.931 4.5.22; values that it does not name are passed on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Notice {
    UserSuspended,
    UserResumed,
    BearerServiceChange,
    Other(u8),
}

impl Notice {
    pub const fn value(self) -> u8 {
        match self {
            Notice::UserSuspended => 0,
            Notice::UserResumed => 1,
            Notice::BearerServiceChange => 2,
            Notice::Other(value) => value,
        }
    }

    pub const fn from_value(value: u8) -> Notice {
        match value {
            0 => Notice::UserSuspended,
            1 => Notice::UserResumed,
            2 => Notice::BearerServiceChange,
            other => Notice::Other(other),
        }
    }
}

/// Where one end of a call takes a fax as packets (T.38 over UDPTL, T.38 annex D).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ImageStream {
    pub address: SocketAddr,
    /// The longest datagram it takes, octets (`T38FaxMaxDatagram`).
    pub max_datagram: u16,
}

/// What the exchange asks of a leg.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum LegRequest {
    /// Set up an outgoing leg.
    Setup(Box<Outgoing>),
    /// Incoming: the number is not complete, send more digits.
    MoreDigits,
    /// Incoming: the number is complete, the call goes on.
    Proceeding,
    /// Incoming: the called party is being rung. `inband`: a tone or announcement is on the speech path.
    Alerting {
        inband: bool,
    },
    /// Incoming: something is to be heard on the speech path (announcement before answer), with its reason.
    Progress {
        inband: bool,
        cause: Option<ClearCause>,
    },
    /// Incoming: answer.
    Answer {
        connected: Option<PartyNumber>,
    },
    /// Outgoing, overlap sending: more digits of the called number.
    Digits {
        digits: Digits,
        complete: bool,
    },
    /// Send a key by signalling where the line can (SIP INFO); elsewhere ignored, the media engine sends the tone.
    Key(Key),
    /// Outgoing and ringing: ask the phone to go off-hook now (SIP NOTIFY talk).
    AnswerNow,
    /// Begin to clear. `inband`: a tone or announcement says why; the line waits for the far end or its timer.
    Disconnect {
        cause: ClearCause,
        inband: bool,
    },
    /// Clear now.
    Release {
        cause: ClearCause,
    },
    /// Tell the far end of something that changes no state, where the line can.
    Notify {
        notice: Notice,
    },
    /// Tell the far end that it is held / no longer held, where the line can.
    Hold,
    Retrieve,
    /// Ask the far end to go on with packets of a fax instead of speech; its answer is [`LegIndication::ImageAnswered`].
    OfferImage {
        stream: ImageStream,
    },
    /// The answer to [`LegIndication::ImageOffered`]; none: speech goes on.
    AnswerImage {
        stream: Option<ImageStream>,
    },
    /// The answer to [`LegIndication::Transfer`] or [`LegIndication::TransferTo`].
    TransferAccepted,
    TransferDone,
    TransferFailed {
        cause: ClearCause,
    },
}

impl LegRequest {
    /// The primitive's name, for traces.
    pub const fn name(&self) -> &'static str {
        match self {
            LegRequest::Setup(_) => "Setup",
            LegRequest::MoreDigits => "MoreDigits",
            LegRequest::Proceeding => "Proceeding",
            LegRequest::Alerting { .. } => "Alerting",
            LegRequest::Progress { .. } => "Progress",
            LegRequest::Answer { .. } => "Answer",
            LegRequest::Digits { .. } => "Digits",
            LegRequest::Key(_) => "Key",
            LegRequest::AnswerNow => "AnswerNow",
            LegRequest::Disconnect { .. } => "Disconnect",
            LegRequest::Release { .. } => "Release",
            LegRequest::Notify { .. } => "Notify",
            LegRequest::Hold => "Hold",
            LegRequest::Retrieve => "Retrieve",
            LegRequest::OfferImage { .. } => "OfferImage",
            LegRequest::AnswerImage { .. } => "AnswerImage",
            LegRequest::TransferAccepted => "TransferAccepted",
            LegRequest::TransferDone => "TransferDone",
            LegRequest::TransferFailed { .. } => "TransferFailed",
        }
    }
}

/// What a leg says to the exchange.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum LegIndication {
    /// A leg comes in.
    Setup(Box<Incoming>),
    /// Incoming, overlap: more digits.
    Digits {
        digits: Digits,
        complete: bool,
    },
    /// Outgoing: the far end asks for more digits.
    MoreDigits,
    /// Outgoing: the far end took the number.
    Proceeding,
    /// Outgoing: the far end is ringing. `inband`: listen to its speech path, else give ringback ourselves.
    Alerting {
        inband: bool,
    },
    /// Outgoing: in-band information before answer.
    Progress {
        inband: bool,
        cause: Option<ClearCause>,
    },
    /// Outgoing: answered.
    Answered {
        connected: Option<PartyNumber>,
    },
    /// Outgoing: who or what is heard at the far end, each time that the opinion changes. Answered or not is told beside.
    Sounds {
        like: FarParty,
    },
    /// A key pressed, reported by signalling (SIP INFO). Keys in the audio come from the media engine.
    Key {
        key: Key,
        millis: u32,
    },
    /// Something to know of the far end that changes no state (Q.931 5.9).
    Notified {
        notice: Notice,
    },
    /// The party put us on hold, or took us back.
    Held,
    Retrieved,
    /// The party wants to go on with packets of a fax instead of speech. Answered by [`LegRequest::AnswerImage`].
    ImageOffered {
        stream: ImageStream,
    },
    /// What it says to [`LegRequest::OfferImage`]; none: speech goes on.
    ImageAnswered {
        stream: Option<ImageStream>,
    },
    /// The party asks that its peer be transferred to this number (SIP REFER).
    Transfer {
        to: Digits,
    },
    /// The party asks that its peer be joined with the peer of `other`, another leg of the same phone (REFER with Replaces).
    TransferTo {
        other: LegId,
    },
    /// The line settled on another circuit than asked for.
    CircuitChanged {
        circuit: CircuitId,
    },
    /// The far end began to clear; with `inband` its tone may be heard until we release.
    Disconnecting {
        cause: ClearCause,
        inband: bool,
    },
    /// A leg came in and its line refused it by itself: told for the record. Its only word; it asks for nothing.
    TurnedAway {
        incoming: Box<Incoming>,
        cause: ClearCause,
    },
    /// The leg is gone. Its last word.
    Released {
        cause: ClearCause,
    },
}

impl LegIndication {
    /// The primitive's name, for traces.
    pub const fn name(&self) -> &'static str {
        match self {
            LegIndication::Setup(_) => "Setup",
            LegIndication::Digits { .. } => "Digits",
            LegIndication::MoreDigits => "MoreDigits",
            LegIndication::Proceeding => "Proceeding",
            LegIndication::Alerting { .. } => "Alerting",
            LegIndication::Progress { .. } => "Progress",
            LegIndication::Answered { .. } => "Answered",
            LegIndication::Sounds { .. } => "Sounds",
            LegIndication::Key { .. } => "Key",
            LegIndication::Notified { .. } => "Notified",
            LegIndication::Held => "Held",
            LegIndication::Retrieved => "Retrieved",
            LegIndication::ImageOffered { .. } => "ImageOffered",
            LegIndication::ImageAnswered { .. } => "ImageAnswered",
            LegIndication::Transfer { .. } => "Transfer",
            LegIndication::TransferTo { .. } => "TransferTo",
            LegIndication::CircuitChanged { .. } => "CircuitChanged",
            LegIndication::Disconnecting { .. } => "Disconnecting",
            LegIndication::TurnedAway { .. } => "TurnedAway",
            LegIndication::Released { .. } => "Released",
        }
    }
}

/// What the exchange asks of a whole span.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum SpanRequest {
    /// Take calls on this timeslot or refuse them (blocked by us).
    Serve { slot: u8, serve: bool },
    /// Restart one channel (Q.931 5.5), or reset the circuit by the line's own means.
    RestartCircuit { slot: u8 },
    /// Restart the whole interface.
    RestartSpan,
}

/// What a span says of itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum SpanIndication {
    /// Signalling works (data link established).
    Up,
    /// Signalling is lost. Answered calls may survive: the core decides with its timers (T309) and releases them leg by leg.
    Down,
    /// The line's alarms changed.
    Alarms(Alarms),
    /// A circuit was restarted, by us or by the far end: it is idle. Legs on it were released before.
    Restarted { slot: u8 },
    /// The far end blocked or unblocked a circuit.
    BlockedByPeer { slot: u8, blocked: bool },
    /// A restart that we asked for was not answered.
    RestartFailed { slot: Option<u8> },
    /// Something is wrong with the pair of an analog port, or nothing any more.
    Pair { slot: u8, trouble: Option<PairTrouble> },
}

/// What is wrong with an analog port's pair, or with the telephone at it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PairTrouble {
    /// A line to an exchange: nobody feeds it.
    NoFeed,
    /// Its ringing does not stop.
    RingsOn,
    /// Seized, it gives no dial tone.
    NoDialTone,
    /// A telephone is off hook, and nobody uses it.
    LeftOffHook,
}

/// A test of a circuit that carries no call.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineTest {
    /// What comes goes back: the far end measures.
    Loopback,
    /// A pseudo-random sequence of 2047 bits (O.152); the far end loops it.
    BitErrors,
    /// 1020 Hz at -10 dBm0 (O.6); the far end loops it, or measures.
    Tone,
}

/// What a test has found so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LineTestReport {
    pub test: LineTest,
    /// Octets received since it began.
    pub octets: u64,
    /// The sequence, or the tone, is there now.
    pub in_step: bool,
    /// Bits compared, and those of them that were wrong.
    pub bits: u64,
    pub errors: u64,
    /// Times that the sequence was lost: a slip, a break.
    pub losses: u64,
    /// Hundredths of dBm0: the tone, and everything else.
    pub level: Option<i32>,
    pub noise: Option<i32>,
}

impl LineTestReport {
    /// Nothing found yet.
    pub const fn of(test: LineTest) -> LineTestReport {
        LineTestReport { test, octets: 0, in_step: false, bits: 0, errors: 0, losses: 0, level: None, noise: None }
    }
}

/// Alarms of an E1, G.732, and of its card: any takes the span out of service.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Alarms {
    /// The card is not there, or does not answer.
    #[serde(default)]
    pub card: bool,
    /// Loss of signal.
    pub los: bool,
    /// Loss of frame alignment.
    pub lfa: bool,
    /// Alarm indication signal: all ones.
    pub ais: bool,
    /// Remote alarm indication: the far end does not receive us.
    pub rai: bool,
}

impl Alarms {
    pub const fn out_of_service(self) -> bool {
        self.card || self.los || self.lfa || self.ais || self.rai
    }
}

/// Addresses a span request or indication.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AtSpan<T> {
    pub span: SpanId,
    pub what: T,
}

/// Addresses a leg request or indication.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AtLeg<T> {
    pub leg: LegId,
    pub what: T,
}
