use crate::analog::AnalogSettings;
use identity::SpanId;
use numbering::Digits;
use serde::{Deserialize, Serialize};

/// One line card's span, whatever its signalling.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(from = "SavedSpan")]
pub struct SpanSettings {
    pub id: SpanId,
    pub name: String,
    pub enabled: bool,
    pub signalling: Signalling,
    /// Timeslots taken out of service by the administrator.
    pub blocked: Vec<u8>,
}

/// What signals on a span, with what only that signalling knows.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Signalling {
    Pri(PriSettings),
    R2(R2Settings),
    Bri(BriSettings),
    Analog(AnalogSettings),
}

/// An E1 with EuroISDN.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PriSettings {
    pub side: Side,
    pub dchannel: Dchannel,
    /// Collect digits one by one from the far end (overlap receiving), and send them so.
    pub overlap_receiving: bool,
    pub overlap_sending: bool,
    pub crc4: Crc4,
    /// Calls that go out are answered by what is heard: for a line whose network does not pass the answer on. An answer that is signalled counts
    /// all the same.
    pub answer_by_sound: bool,
    /// The line leads to a gateway with two-wire lines behind it that leaves their echo: take it off.
    pub cancel_echo: bool,
}

/// The E1's checksum multiframe (G.704 2.3.3), on real cards.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Crc4 {
    /// As lines of this signalling mostly are: on for PRI, off for R2.
    #[default]
    Usual,
    On,
    Off,
}

/// A basic access: ISDN with two channels.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BriSettings {
    pub side: Side,
    pub mode: BriMode,
    /// User side of a bus: the TEI that the carrier gave this line, 1 to 63; none: the network assigns one. Point to point it is 0 always.
    pub tei: Option<u8>,
    /// User side of a bus: calls to other numbers are not ours; none: all are.
    pub msns: Vec<Digits>,
    pub overlap_receiving: bool,
    pub overlap_sending: bool,
}

/// How many may be on a basic access.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BriMode {
    /// A bus of terminals, each with its TEI.
    #[default]
    Multipoint,
    /// One at each end: a PBX line.
    PointToPoint,
}

/// An E1 with R2: CAS bits and multifrequency registers.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct R2Settings {
    pub variant: R2Variant,
    /// Digits of a called number that the far end sends; 0: the dial plan says digit by digit when there are enough.
    pub called_digits: u8,
    /// Ask the far end for the caller's number.
    pub ask_caller: bool,
    /// Ask for it after so many digits of the called number; 0: behind the last.
    pub caller_after: u8,
    pub crc4: Crc4,
    /// As of [`PriSettings`].
    pub answer_by_sound: bool,
    /// As of [`PriSettings`].
    pub cancel_echo: bool,
}

/// Which network's R2.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum R2Variant {
    /// China No. 1 (GF 002-9002).
    #[default]
    Cn,
    /// ITU-T Q.421, Q.441.
    Itu,
    Br,
    Mx,
    Ar,
}

/// Which side of the interface this box is (the carrier's exchange is the network).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    #[default]
    User,
    Network,
}

/// How the card hands over timeslot 16.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dchannel {
    /// Frames: the card or kernel does HDLC.
    #[default]
    Hdlc,
    /// Octets: HDLC in software.
    Raw,
}

impl Default for Signalling {
    fn default() -> Signalling {
        Signalling::Pri(PriSettings::default())
    }
}

impl Default for R2Settings {
    fn default() -> R2Settings {
        R2Settings {
            variant: R2Variant::Cn,
            called_digits: 8,
            ask_caller: true,
            caller_after: 0,
            crc4: Crc4::Usual,
            answer_by_sound: false,
            cancel_echo: false,
        }
    }
}

impl Signalling {
    /// The echo of two-wire lines is taken off what this line brings.
    pub fn cancel_echo(&self) -> bool {
        match self {
            Signalling::Pri(pri) => pri.cancel_echo,
            Signalling::R2(r2) => r2.cancel_echo,
            // Its terminals are digital.
            Signalling::Bri(_) => false,
            Signalling::Analog(analog) => analog.cancel_echo,
        }
    }

    /// The same signalling with or without.
    #[must_use]
    pub fn with_cancel_echo(mut self, cancel: bool) -> Signalling {
        match &mut self {
            Signalling::Pri(pri) => pri.cancel_echo = cancel,
            Signalling::R2(r2) => r2.cancel_echo = cancel,
            Signalling::Bri(_) => {}
            Signalling::Analog(analog) => analog.cancel_echo = cancel,
        }
        self
    }

    /// The E1's checksum is on; of a line that is no E1 never.
    pub fn crc4(&self) -> bool {
        match self {
            Signalling::Pri(pri) => pri.crc4 != Crc4::Off,
            Signalling::R2(r2) => r2.crc4 == Crc4::On,
            Signalling::Bri(_) | Signalling::Analog(_) => false,
        }
    }

    /// Called numbers come digit by digit, and the dial plan says when they are complete.
    pub fn overlap_receiving(&self) -> bool {
        match self {
            Signalling::Pri(pri) => pri.overlap_receiving,
            Signalling::R2(r2) => r2.called_digits == 0,
            Signalling::Bri(bri) => bri.overlap_receiving,
            // Telephones dial digit by digit; lines say that their number is complete.
            Signalling::Analog(_) => true,
        }
    }
}

/// A span as it may have been saved: before spans had a kind of signalling each was a PRI with its fields beside the name.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedSpan {
    id: SpanId,
    name: String,
    enabled: bool,
    signalling: Option<Signalling>,
    #[serde(default)]
    side: Side,
    #[serde(default)]
    dchannel: Dchannel,
    #[serde(default)]
    overlap_receiving: bool,
    #[serde(default)]
    overlap_sending: bool,
    #[serde(default)]
    blocked: Vec<u8>,
}

impl From<SavedSpan> for SpanSettings {
    fn from(saved: SavedSpan) -> SpanSettings {
        let SavedSpan { id, name, enabled, signalling, side, dchannel, overlap_receiving, overlap_sending, blocked } =
            saved;
        let of_old = || {
            Signalling::Pri(PriSettings {
                side,
                dchannel,
                overlap_receiving,
                overlap_sending,
                ..PriSettings::default()
            })
        };
        SpanSettings { id, name, enabled, signalling: signalling.unwrap_or_else(of_old), blocked }
    }
}
