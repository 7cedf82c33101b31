//! What crosses between the media thread, which owns the cards, and the exchange thread, which owns the signalling.

use crate::by_sound::SlotSounds;
use crate::card::Framing;
use crate::kernel_span::LineFraming;
use crate::port_orders::{PortNews, PortOrder};
use chassis::{Abcd, Counters, DchannelFrame, Direction, Fault};
use legs::{Alarms, LineTest, LineTestReport};
use r2::Signal;
use rtrb::{Consumer, Producer, RingBuffer};

/// News and orders on their way at most. At 64 kbit/s the shortest frames come 5 in a card's 5 ms; thirty registers have thirty signals
/// and thirty changes of bits at once.
const WAITING: usize = 256;

/// From a span's card. Frames go by value: a box would be freed on the media thread.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FromCard {
    Frame(DchannelFrame),
    /// The far end's CAS bits of a timeslot, when first known and when changed.
    Cas {
        slot: u8,
        abcd: Abcd,
    },
    /// A register hears a multifrequency signal, or its end.
    Heard {
        slot: u8,
        signal: Option<Signal>,
    },
    /// What a test of a timeslot has found so far.
    Tested {
        slot: u8,
        report: LineTestReport,
    },
    /// What a port of an analog card sees or hears.
    Port {
        slot: u8,
        news: PortNews,
    },
    /// What the ear of a timeslot hears.
    Sounds {
        slot: u8,
        sounds: SlotSounds,
    },
    Alarms(Alarms),
    Counters {
        card: Counters,
        lost_to_ring: u64,
    },
}

/// To a span's card.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::large_enum_variant, reason = "a box would be freed on the media thread")]
pub(crate) enum ToCard {
    Frame(DchannelFrame),
    /// A change of the settings: rare, so that it may allocate on the media thread.
    Framing(Framing),
    /// A change of the settings, or of which line clocks the box.
    Line(LineFraming),
    /// New signalling begins on a span with CAS: registers rest, and the far end's bits are told again.
    CasBegins,
    Cas {
        slot: u8,
        abcd: Abcd,
    },
    Sound {
        slot: u8,
        direction: r2::Direction,
        signal: Option<Signal>,
    },
    Listen {
        slot: u8,
        direction: Option<r2::Direction>,
    },
    /// New signalling begins on an analog card, or on one port: nothing sounds, and the pairs' states are told again.
    PortsBegin {
        only: Option<u8>,
    },
    Port {
        slot: u8,
        order: PortOrder,
    },
    /// New signalling begins: whether timeslots have ears.
    Ears(bool),
    /// Another call is to be heard on a timeslot, or none any more.
    Ear {
        slot: u8,
        open: bool,
    },
    /// Take the echo of two-wire lines off what comes, or leave it. A change of the settings: rare, so that it may allocate on the media
    /// thread.
    CancelEcho(bool),
    SendAis(bool),
    Inject(Direction, Fault),
    /// Test a timeslot, or stop.
    Test {
        slot: u8,
        test: Option<LineTest>,
    },
}

/// The card's ends.
#[derive(Debug)]
pub(crate) struct CardEnd {
    pub(crate) news: Producer<FromCard>,
    pub(crate) orders: Consumer<ToCard>,
}

/// The line's ends: hand them to [`crate::LineSet::add`].
#[derive(Debug)]
pub struct LineEnd {
    pub(crate) news: Consumer<FromCard>,
    pub(crate) orders: Producer<ToCard>,
}

pub(crate) fn link() -> (CardEnd, LineEnd) {
    let (tell, news) = RingBuffer::new(WAITING);
    let (order, orders) = RingBuffer::new(WAITING);
    (CardEnd { news: tell, orders }, LineEnd { news, orders: order })
}
