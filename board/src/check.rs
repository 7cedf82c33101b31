use crate::description::{Board, PortKind};
use std::collections::BTreeSet;
use std::fmt;

/// Ports of an analog card at most.
const MOST_PORTS: u16 = 15;

/// What a description says that cannot be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fault {
    SpanNumberedZero,
    SpanTwice(u16),
    PortTwice(u16),
    /// A port is of a span that is no analog card, or has no number from 1 to 15 there.
    PortOfNoCard {
        port: u16,
        span: u16,
    },
    /// A real card without the span of the driver that it is, or a simulated one with it.
    DriversSpan(u16),
    /// Two lamps, relays or keys of one name.
    NameTwice(String),
    LampOfNoSpan {
        led: String,
        span: u16,
    },
    LampWithoutColour(String),
    /// A bypass relay names a port that is not there, or is of the other kind.
    RelayJoinsWrongPort {
        relay: String,
        port: u16,
        wanted: PortKind,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::SpanNumberedZero => f.write_str("a span has the id 0: count from 1"),
            Fault::SpanTwice(id) => write!(f, "span {id} is described twice"),
            Fault::PortTwice(id) => write!(f, "port {id} is described twice"),
            Fault::PortOfNoCard { port, span } => {
                write!(f, "port {port} is of span {span}, which is no analog card with a port of that number (1 to 15)")
            }
            Fault::DriversSpan(id) => {
                write!(
                    f,
                    "span {id}: a card of the kernel's driver needs `dahdi` to say which span it is, and no other card has that"
                )
            }
            Fault::NameTwice(name) => write!(f, "the name {name:?} is used twice"),
            Fault::LampOfNoSpan { led, span } => write!(f, "lamp {led:?} shows span {span}, which is not described"),
            Fault::LampWithoutColour(led) => write!(f, "lamp {led:?} has no colour"),
            Fault::RelayJoinsWrongPort { relay, port, wanted } => {
                let wanted = match wanted {
                    PortKind::Fxs => "fxs",
                    PortKind::Fxo => "fxo",
                };
                write!(f, "relay {relay:?} joins port {port}, which is no {wanted} port")
            }
        }
    }
}

pub(crate) fn faults(board: &Board) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    for span in &board.spans {
        if span.id == 0 {
            faults.push(Fault::SpanNumberedZero);
        }
        if !seen.insert(span.id) {
            faults.push(Fault::SpanTwice(span.id));
        }
        if span.card.is_real() != span.dahdi.is_some() {
            faults.push(Fault::DriversSpan(span.id));
        }
    }
    let mut seen = BTreeSet::new();
    faults.extend(
        board.ports.iter().filter(|port| !seen.insert((port.span, port.id))).map(|port| Fault::PortTwice(port.id)),
    );
    for port in &board.ports {
        let Some(span) = port.span else { continue };
        let card = board.span(span).is_some_and(|span| span.card.is_analog());
        if !card || !(1..=MOST_PORTS).contains(&port.id) {
            faults.push(Fault::PortOfNoCard { port: port.id, span });
        }
    }
    let names = board.leds.iter().map(|led| &led.name);
    let names = names.chain(board.relays.iter().map(|relay| &relay.name)).chain(board.keys.iter().map(|key| &key.name));
    let mut seen = BTreeSet::new();
    faults.extend(names.filter(|name| !seen.insert(*name)).map(|name| Fault::NameTwice(name.clone())));
    lamps(board, &mut faults);
    relays(board, &mut faults);
    faults
}

fn lamps(board: &Board, faults: &mut Vec<Fault>) {
    for led in &board.leds {
        if led.colours.is_empty() {
            faults.push(Fault::LampWithoutColour(led.name.clone()));
        }
        if let Some(span) = led.span
            && board.span(span).is_none()
        {
            faults.push(Fault::LampOfNoSpan { led: led.name.clone(), span });
        }
    }
}

fn relays(board: &Board, faults: &mut Vec<Fault>) {
    for relay in &board.relays {
        let Some(joins) = relay.joins else { continue };
        for (port, wanted) in [(joins.fxs, PortKind::Fxs), (joins.fxo, PortKind::Fxo)] {
            if board.port(port).is_none_or(|found| found.kind != wanted) {
                faults.push(Fault::RelayJoinsWrongPort { relay: relay.name.clone(), port, wanted });
            }
        }
    }
}
