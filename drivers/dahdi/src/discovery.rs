//! What cards are there, and a plan of their spans to begin with.
//!
//! The plan is a proposal: an installer confirms it, for no card knows what the exchange at the far end speaks.

use crate::signalling::{CasBits, E1Line, Law, Signalling};
use crate::span::{ChannelNumber, SpanKind, SpanNumber, SpanStatus};
use std::collections::BTreeSet;
use std::fmt;

/// The timeslot of signalling on an E1.
const SIXTEEN: u16 = 16;

/// Which span of the kernel's.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Place {
    /// By its number: the order in which drivers registered, which another card can change.
    Number(u16),
    /// By where its card is plugged in, and its place on the card, from 1: the same after a restart.
    At { location: String, place: u16 },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Number(number) => write!(f, "DAHDI span {number}"),
            Place::At { location, place } => write!(f, "DAHDI card at {location:?}, span {place}"),
        }
    }
}

/// The span at a place, if there is one.
pub fn find<'a>(spans: &'a [SpanStatus], place: &Place) -> Option<&'a SpanStatus> {
    match place {
        Place::Number(number) => spans.iter().find(|span| span.number.0 == *number),
        Place::At { location, place } => {
            let there: Vec<&SpanStatus> = spans.iter().filter(|span| span.hardware.location == *location).collect();
            places_of(&there).iter().position(|of| of == place).and_then(|at| there.get(at).copied())
        }
    }
}

/// The place of each span of a card: as its driver tells, or counted where it does not tell them apart.
fn places_of(there: &[&SpanStatus]) -> Vec<u16> {
    let told: BTreeSet<u16> = there.iter().map(|span| span.on_card).filter(|place| *place > 0).collect();
    if told.len() == there.len() {
        return there.iter().map(|span| span.on_card).collect();
    }
    (1..).zip(there).map(|(place, _)| place).collect()
}

/// Each span with its place. Cards that do not say where they are (spans in software) are known by their number.
pub fn places(spans: &[SpanStatus]) -> Vec<Place> {
    let place = |span: &SpanStatus| {
        let location = &span.hardware.location;
        if location.is_empty() {
            return Place::Number(span.number.0);
        }
        let there: Vec<&SpanStatus> = spans.iter().filter(|other| other.hardware.location == *location).collect();
        let nth = there.iter().position(|other| other.number == span.number).unwrap_or(0);
        let place = places_of(&there).get(nth).copied().unwrap_or(1);
        Place::At { location: location.clone(), place }
    };
    spans.iter().map(place).collect()
}

/// What a span of a kind usually carries.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Carries {
    /// Timeslot 16 is a D-channel, the rest are B-channels.
    Pri,
    /// Timeslot 16 carries CAS.
    R2,
    /// Two B-channels and a D-channel.
    Bri,
    Telephones,
    ExchangeLines,
}

/// What is proposed for one span.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SpanPlan {
    pub span: SpanNumber,
    pub carries: Carries,
    /// Digital lines have one.
    pub line: Option<E1Line>,
    pub channels: Vec<(ChannelNumber, Signalling)>,
}

/// The law of digital lines where A-law rules, and of analog ports there.
pub const LAW: Law = Law::A;

/// Proposes a plan for every span that the box can use. Channels are numbered through in the order of spans, as the kernel does.
/// Clocks are ranked in the order of spans: each E1 may clock the box, the first by preference.
pub fn propose(spans: &[SpanStatus]) -> Vec<SpanPlan> {
    let mut plans = Vec::new();
    let mut first = 1;
    let mut clocks = 0;
    for span in spans {
        let carries = match span.kind {
            SpanKind::E1 | SpanKind::Dynamic if span.channels == 31 => Some(Carries::Pri),
            SpanKind::Bri | SpanKind::Dynamic if span.channels == 3 => Some(Carries::Bri),
            SpanKind::Fxs => Some(Carries::Telephones),
            SpanKind::Fxo => Some(Carries::ExchangeLines),
            // T1 and J1 are not lines of this market; of mixed analog spans each channel must be asked.
            _ => None,
        };
        if let Some(carries) = carries {
            clocks += u8::from(matches!(carries, Carries::Pri));
            plans.push(plan(span, carries, ChannelNumber(first), clocks));
        }
        first += span.channels;
    }
    plans
}

/// The plan of a span that carries this, its first channel being `first`.
pub fn plan(span: &SpanStatus, carries: Carries, first: ChannelNumber, clock_priority: u8) -> SpanPlan {
    let channels = (1..=span.channels)
        .map(|position| (ChannelNumber(first.0 + position - 1), signalling(carries, position)))
        .collect();
    let line = match carries {
        Carries::Pri => Some(E1Line { common_channel: true, crc4: true, hdb3: true, clock_priority }),
        // Chinese R2 lines are mostly without CRC-4.
        Carries::R2 => Some(E1Line { common_channel: false, crc4: false, hdb3: true, clock_priority }),
        Carries::Bri | Carries::Telephones | Carries::ExchangeLines => None,
    };
    SpanPlan { span: span.number, carries, line, channels }
}

fn signalling(carries: Carries, position: u16) -> Signalling {
    match carries {
        Carries::Pri if position == SIXTEEN => Signalling::Hdlc,
        Carries::R2 if position == SIXTEEN => Signalling::None,
        Carries::Bri if position == 3 => Signalling::Hdlc,
        Carries::Pri | Carries::Bri => Signalling::Clear,
        Carries::R2 => Signalling::Cas { idle: CasBits::IDLE },
        Carries::Telephones => Signalling::Fxs { feed_cut: true },
        Carries::ExchangeLines => Signalling::Fxo { feed_cut: true },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::span::{ErrorCounts, Hardware, SpanAlarms};

    fn span(number: u16, kind: SpanKind, channels: u16) -> SpanStatus {
        let empty = String::new;
        SpanStatus {
            number: SpanNumber(number),
            name: empty(),
            kind,
            hardware: Hardware { description: empty(), manufacturer: empty(), device: empty(), location: empty() },
            on_card: 0,
            alarms: SpanAlarms::default(),
            counts: ErrorCounts::default(),
            channels,
            configured: 0,
            clocked_by: None,
            line_config: 0,
            line_capabilities: 0,
        }
    }

    /// LIN-15: a box with two E1 and a card of telephones has a plan without anybody typing one.
    #[test]
    fn a_box_as_it_is_delivered_has_a_plan() {
        let spans = [span(1, SpanKind::E1, 31), span(2, SpanKind::E1, 31), span(3, SpanKind::Fxs, 4)];
        let plans = propose(&spans);
        assert_eq!(plans.len(), 3);
        assert_eq!(plans[0].channels[15], (ChannelNumber(16), Signalling::Hdlc));
        assert_eq!(plans[1].channels[15], (ChannelNumber(47), Signalling::Hdlc));
        assert_eq!(plans[1].line.map(|line| line.clock_priority), Some(2));
        assert_eq!(plans[2].channels[0], (ChannelNumber(63), Signalling::Fxs { feed_cut: true }));
    }

    /// A card keeps its spans when another is put in before it.
    #[test]
    fn spans_are_known_by_where_their_card_is() {
        let at = |number, location: &str| {
            let mut span = span(number, SpanKind::E1, 31);
            span.hardware.location = location.into();
            span
        };
        let spans = [at(1, "slot 3"), at(2, "slot 3"), at(3, "")];
        let places = places(&spans);
        assert_eq!(places[1], Place::At { location: "slot 3".into(), place: 2 });
        assert_eq!(places[2], Place::Number(3));
        let later = [at(1, "slot 1"), at(2, "slot 3"), at(3, "slot 3"), at(4, "")];
        assert_eq!(find(&later, &places[1]).map(|span| span.number), Some(SpanNumber(3)));
        assert_eq!(find(&later, &Place::At { location: "slot 9".into(), place: 1 }), None);
        // Of a card that tells its places, one span is gone: the other stays what it was.
        let left = [SpanStatus { on_card: 2, ..at(1, "slot 3") }];
        assert_eq!(find(&left, &places[1]).map(|span| span.number), Some(SpanNumber(1)));
        assert_eq!(find(&left, &places[0]), None);
    }

    /// A span that the box cannot use still takes up its numbers.
    #[test]
    fn a_card_of_another_market_is_left_alone() {
        let plans = propose(&[span(1, SpanKind::T1, 24), span(2, SpanKind::E1, 31)]);
        assert_eq!(plans.len(), 1);
        assert_eq!(plans[0].channels[0].0, ChannelNumber(25));
        assert_eq!(plans[0].line.map(|line| line.clock_priority), Some(1), "the first clock there is");
    }

    #[test]
    fn r2_has_cas_on_every_timeslot_but_its_own() {
        let r2 = plan(&span(1, SpanKind::E1, 31), Carries::R2, ChannelNumber(1), 1);
        let cas = r2.channels.iter().filter(|(_, signalling)| matches!(signalling, Signalling::Cas { .. })).count();
        assert_eq!((cas, r2.channels[15].1), (30, Signalling::None));
    }
}
