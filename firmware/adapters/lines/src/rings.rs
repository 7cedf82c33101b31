//! What crosses between the media thread, which owns the cards, and the exchange thread, which owns the signalling.

use crate::card::Framing;
use chassis::{Counters, DchannelFrame, Direction, Fault};
use legs::Alarms;
use rtrb::{Consumer, Producer, RingBuffer};

/// Frames on their way at most. At 64 kbit/s the shortest frames come 5 in a card's 5 ms.
const FRAMES: usize = 128;

/// From a span's card. Frames go by value: a box would be freed on the media thread.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FromCard {
    Frame(DchannelFrame),
    Alarms(Alarms),
    Counters { card: Counters, lost_to_ring: u64 },
}

/// To a span's card.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::large_enum_variant, reason = "a box would be freed on the media thread")]
pub(crate) enum ToCard {
    Frame(DchannelFrame),
    /// A change of the settings: rare, so that it may allocate on the media thread.
    Framing(Framing),
    SendAis(bool),
    Inject(Direction, Fault),
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
    let (tell, news) = RingBuffer::new(FRAMES);
    let (order, orders) = RingBuffer::new(FRAMES);
    (CardEnd { news: tell, orders }, LineEnd { news, orders: order })
}
