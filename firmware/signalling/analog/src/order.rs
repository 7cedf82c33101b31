//! What crosses between a port's machine and its card.

use crate::practice::Modem;
use identity::LegId;
use legs::{LegIndication, SpanIndication};
use numbering::{Digits, FarParty, Key};

/// What the card of a port is to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Order {
    /// FXO: close the loop, or open it.
    Hook {
        off: bool,
    },
    /// FXS: ringing voltage.
    Ring {
        on: bool,
    },
    /// FXS: the polarity of the feed; reversed tells an answer.
    Polarity {
        reversed: bool,
    },
    /// FXS: the feed itself.
    Battery {
        feeding: bool,
    },
    /// FXS: what is sounded goes to the telephone though it is on hook.
    OnHookSpeech {
        on: bool,
    },
    /// Sound this instead of what the exchange's speech path brings; none: the speech path again.
    Sound(Option<Sound>),
    Listen(Listen),
}

/// What a card sounds by itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Sound {
    Tone(Tone),
    /// DTMF; [`crate::AnalogSpan::sounded`] tells when it is done.
    Keys(Digits),
    /// A message by modem; [`crate::AnalogSpan::sounded`] tells when it is done.
    Message {
        modem: Modem,
        octets: Vec<u8>,
    },
}

/// GB/T 3380 and ITU-T Q.35 / E.180.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tone {
    Dial,
    /// Dial tone that stutters: a message waits, or a call is held.
    SpecialDial,
    Busy,
    Congestion,
    SpecialInformation,
    /// Off-hook warning.
    Howler,
}

/// What to listen for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Listen {
    pub keys: bool,
    pub modem: Option<Modem>,
    /// Tones of the exchange, speech, silence.
    pub progress: Option<Moment>,
}

/// When the tones of an exchange are listened to: what they may be differs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Moment {
    /// The line was just seized: dial tone, or none.
    Seized,
    /// The number was dialled: how the call goes, and who answers it.
    Dialled,
    /// A call is up: its end.
    Talking,
}

impl Listen {
    pub const NOTHING: Listen = Listen { keys: false, modem: None, progress: None };
    pub const KEYS: Listen = Listen { keys: true, ..Listen::NOTHING };
    pub const SEIZED: Listen = Listen { progress: Some(Moment::Seized), ..Listen::NOTHING };
    pub const DIALLED: Listen = Listen { progress: Some(Moment::Dialled), ..Listen::NOTHING };
    pub const TALKING: Listen = Listen { progress: Some(Moment::Talking), ..Listen::NOTHING };
}

/// What the card sees on the wires.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Seen {
    /// FXS: the telephone.
    OffHook,
    OnHook,
    Flash,
    /// One pulse of a rotary dial.
    Pulse,
    /// FXO: the exchange's ringing voltage.
    Ring {
        on: bool,
    },
    Polarity {
        reversed: bool,
    },
    Battery {
        feeding: bool,
    },
}

/// What the card hears of what it was told to listen for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Heard {
    Key(Key),
    /// A modem begins.
    Carrier,
    Octet(u8),
    /// An octet was lost, or the modem went.
    Cut,
    Progress(Progress),
    /// Who or what is at the far end of the call that was dialled, as it sounds.
    Party(FarParty),
}

/// What is on the line, each told when it begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Progress {
    Dial,
    Ringback,
    Busy,
    Congestion,
    SpecialInformation,
    /// Somebody or something speaks.
    Speech,
    /// As speech, and it is certain that a person or machine took the call.
    Answer,
    Silence,
}

/// What a span wants done.
#[derive(Clone, PartialEq, Debug)]
pub enum AnalogOutput {
    Port { slot: u8, order: Order },
    Leg { leg: LegId, indication: LegIndication },
    Span(SpanIndication),
}
