//! What the exchange asks of the media engine and what it hears back.
//!
//! The engine decides nothing: per leg it holds one immutable [`Plan`] that says what the leg hears, whether keys are
//! detected and where the leg is recorded. A change is a whole new plan.

mod codec;
mod secrecy;
mod supervision;

pub use codec::{Codec, CodecName, G729Terms, Law, OpusTerms};
pub use secrecy::{SrtpKey, SrtpKeys, SrtpSuite, SrtpUse};
pub use supervision::Supervision;

use identity::{CircuitId, LegId, PlayId, RecordingId, RoomId};
use numbering::{Digits, Key};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// Voices mixed in a room at once: more than four talking is noise to everybody.
pub const TALKERS: usize = 4;

/// Orders to the media engine.
#[derive(Clone, PartialEq, Debug)]
pub enum MediaRequest {
    /// Give `leg` a port on the chassis or the network. Opening an open leg moves it.
    Open { leg: LegId, port: Port },
    /// Where the far end of an RTP leg wants its packets, and how. Comes once negotiated and at each renegotiation.
    Negotiated { leg: LegId, rtp: RtpSession },
    /// SRTP with these keys from now on, or none. Comes before the [`MediaRequest::Negotiated`] that it belongs to.
    Secure { leg: LegId, keys: Option<SrtpKeys> },
    /// What the leg hears from the next tick on.
    Plan { leg: LegId, plan: Plan },
    /// Send these keys to the leg's far end as tones or RFC 4733 events.
    SendKeys { leg: LegId, keys: Digits },
    /// The leg is gone: free its port.
    Close { leg: LegId },
}

/// Where a leg's audio enters and leaves the box.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Port {
    Circuit(CircuitId),
    /// A local even UDP port (RTCP on the next), out of the range that the SIP core manages.
    Rtp {
        local_port: u16,
    },
}

/// One negotiated RTP session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RtpSession {
    /// Where the far end's SDP says it listens. With symmetric RTP the engine locks on to where packets come from.
    pub remote: SocketAddr,
    pub codec: Codec,
    /// Payload type of the audio (8 A-law, 0 mu-law).
    pub payload_type: u8,
    /// Payload type of RFC 4733 events, if negotiated.
    pub event_payload_type: Option<u8>,
    /// Units in a millisecond by which events tell how long they last: those of the audio's clock, but with some far ends' Opus.
    pub event_khz: u8,
    /// Packet time, milliseconds of audio a packet (10 to 60).
    pub packet_millis: u8,
    pub send: bool,
    pub receive: bool,
}

/// What the engine does for one leg at each tick.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Plan {
    pub hears: Hears,
    /// It is heard in this room. Who only listens there is not.
    pub speaks: Option<RoomId>,
    /// Report keys heard from this leg.
    pub detect_keys: bool,
    /// Record this leg: what it says left, what it hears right.
    pub record: Option<RecordingId>,
}

/// What a leg hears.
#[derive(Clone, PartialEq, Debug, Default)]
pub enum Hears {
    #[default]
    Silence,
    /// The other party of a bridge.
    Leg(LegId),
    /// All of these, mixed (three-way, supervision). Never lists the leg itself.
    Mix(Vec<LegId>),
    /// The loudest of those who speak in a room, but for the leg itself.
    Room(RoomId),
    Tone(Tone),
    /// Prompts one after another without a gap. Ends with [`MediaIndication::PlayEnded`] unless `repeat`.
    Play {
        play: PlayId,
        prompts: Vec<PromptRef>,
        repeat: bool,
    },
    /// Music on hold, by name; goes on where the last listener left it.
    Music(String),
}

/// One fragment of speech in the prompt library: the files adapter finds the file. Number fragments are prompts too.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct PromptRef {
    pub name: String,
    pub language: String,
}

/// Tones of the Chinese network (GB/T 3380, YD/T 586): 450 Hz unless said otherwise.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Continuous.
    Dial,
    /// 1 s on, 4 s off.
    Ringback,
    /// 0.35 s on, 0.35 s off.
    Busy,
    /// 0.7 s on, 0.7 s off.
    Congestion,
    /// 0.4 s on, 0.04 s off, continuous.
    SpecialDial,
    /// Special information: 950, 1400, 1800 Hz.
    SpecialInformation,
    /// A short beep before a recorded message or announcement.
    Beep,
    /// Call waiting: 0.4 s on, 4 s off.
    CallWaiting,
}

/// What the engine reports.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum MediaIndication {
    /// A key began to be heard from a leg (reported once, at its end or when it is certain).
    Key { leg: LegId, key: Key, millis: u32 },
    /// A play came to its end.
    PlayEnded { leg: LegId, play: PlayId },
    /// A prompt could not be read; the play went on with the next one, or ended.
    PromptMissing { leg: LegId, play: PlayId, prompt: PromptRef },
    /// No packet came from a leg for a while (RTP only).
    FarEndSilent { leg: LegId, millis: u64 },
    /// Packets come again.
    FarEndHeard { leg: LegId },
    /// Who is heard in a room now, the loudest at most. Told when it changes, a few times a second at most.
    Talkers { room: RoomId, legs: [Option<LegId>; TALKERS] },
    /// How packets fare, told every few seconds for each RTP leg and once more when it is closed; the last figures stand.
    Quality { leg: LegId, quality: Quality },
    /// The recording lost audio or stopped: disk full, disk failing, writer too slow.
    RecordingFailed { recording: RecordingId, reason: RecordingFault },
    /// The recording is closed and on disk, `millis` long.
    RecordingClosed { recording: RecordingId, millis: u64 },
    /// A request named an unknown leg or port, or no port was free.
    Refused { leg: LegId },
}

/// How the packets of one RTP leg fared since it was opened (RFC 3550 section 6.4). `far_`: what the far end's reports say of ours.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Quality {
    pub received: u64,
    pub lost: u64,
    pub jitter_micros: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub far_lost: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub far_jitter_micros: Option<u32>,
    /// What people would say of what came here, and of what the far end hears: the E-model of ITU-T G.107, hundredths of 1 to 4.5. Of codecs
    /// that have a place on its scale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mos_hundredths: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub far_mos_hundredths: Option<u16>,
    /// To the far end and back, by its reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round_trip_micros: Option<u32>,
    /// Whether nobody on the way could listen. None in records from before it was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub srtp: Option<SrtpTold>,
}

/// How much of a leg's speech was encrypted between the box and the far end.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SrtpTold {
    Never,
    /// It began or ended within the call.
    AtTimes,
    Always(SrtpSuite),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordingFault {
    DiskFull,
    DiskFailed,
    WriterTooSlow,
}
