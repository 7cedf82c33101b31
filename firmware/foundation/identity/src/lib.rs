//! Names of the things a call touches. Ids travel; the things themselves stay with their owner.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident($inner:ty), $letter:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($letter, "{}"), self.0)
            }
        }
    };
}

/// An id of 64 bits: a decimal string in JSON, because JavaScript's numbers hold 53 bits.
macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident($inner:ty), $letter:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(pub $inner);

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0.to_string()
            }
        }

        impl TryFrom<String> for $name {
            type Error = std::num::ParseIntError;
            fn try_from(text: String) -> Result<$name, Self::Error> {
                text.parse().map($name)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($letter, "{}"), self.0)
            }
        }
    };
}

text_id!(
    /// One call, from the first SETUP to the last release. Sortable by time of birth, unique for ever: the upper 42 bits
    /// are UTC milliseconds at birth, the lower 22 a serial (see [`CallIds`]).
    CallId(u64), "C"
);
text_id!(
    /// One party's way into a call.
    LegId(u64), "L"
);
number_id!(
    /// One E1 (or BRI, analog card) of the chassis, numbered from 1 as on the front panel.
    SpanId(u16), "S"
);
number_id!(
    /// One agent.
    AgentId(u32), "A"
);
number_id!(
    /// One ACD queue.
    QueueId(u32), "Q"
);
number_id!(
    /// One trunk group.
    GroupId(u32), "G"
);
number_id!(
    /// One skill that agents have and queues ask for.
    SkillId(u32), "K"
);
number_id!(
    /// One IVR flow.
    FlowId(u32), "F"
);
number_id!(
    /// One meeting room.
    RoomId(u32), "M"
);
text_id!(
    /// One recording.
    RecordingId(u64), "R"
);
text_id!(
    /// One play order to the media engine; its end is reported with it.
    PlayId(u64), "P"
);

text_id!(
    /// One alarm, from its beginning to its end. Sortable by time like [`CallId`].
    AlarmId(u64), "W"
);
text_id!(
    /// One fax, from its receipt or the wish to send it on. Sortable by time like [`CallId`].
    FaxId(u64), "X"
);

/// A timeslot of a span that carries speech: 1 to 31 on an E1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct CircuitId {
    pub span: SpanId,
    pub slot: u8,
}

impl fmt::Display for CircuitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.span.0, self.slot)
    }
}

/// Which signalling core carries a leg.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum LineId {
    Span(SpanId),
    Sip,
    /// A fax terminal of the box itself.
    Fax,
}

/// Hands out leg ids. Each core that opens legs has an allocator of its own (the exchange 0, SIP 1, faxes 2, span n 16 + n), so that
/// ids never meet without anybody sharing a counter.
#[derive(Clone, Debug)]
pub struct LegIds {
    next: u64,
}

impl LegIds {
    pub const EXCHANGE: u16 = 0;
    pub const SIP: u16 = 1;
    pub const FAX: u16 = 2;

    pub const fn span(span: SpanId) -> u16 {
        16 + span.0
    }

    pub const fn of(allocator: u16) -> LegIds {
        LegIds { next: (allocator as u64) << 48 | 1 }
    }

    pub fn allocate(&mut self) -> LegId {
        let id = LegId(self.next);
        self.next += 1;
        id
    }
}

/// Hands out numbers that sort by time of birth and stay unique over restarts.
#[derive(Clone, Debug, Default)]
struct Births {
    last: u64,
}

impl Births {
    fn allocate(&mut self, wall_millis: i64) -> u64 {
        let born = (wall_millis.max(0) as u64) << 22;
        self.last = born.max(self.last + 1);
        self.last
    }
}

/// Hands out call ids that sort by time of birth and stay unique over restarts.
#[derive(Clone, Debug, Default)]
pub struct CallIds(Births);

impl CallIds {
    /// `wall_millis`: UTC milliseconds now. A clock set back does not repeat an id.
    pub fn allocate(&mut self, wall_millis: i64) -> CallId {
        CallId(self.0.allocate(wall_millis))
    }
}

/// Hands out alarm ids, as [`CallIds`] does.
#[derive(Clone, Debug, Default)]
pub struct AlarmIds(Births);

impl AlarmIds {
    pub fn allocate(&mut self, wall_millis: i64) -> AlarmId {
        AlarmId(self.0.allocate(wall_millis))
    }
}

/// Hands out fax ids, as [`CallIds`] does.
#[derive(Clone, Debug, Default)]
pub struct FaxIds(Births);

impl FaxIds {
    pub fn allocate(&mut self, wall_millis: i64) -> FaxId {
        FaxId(self.0.allocate(wall_millis))
    }
}

impl CallId {
    /// UTC milliseconds at birth.
    pub const fn born(self) -> i64 {
        (self.0 >> 22) as i64
    }
}
