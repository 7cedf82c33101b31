use serde::Deserialize;

/// One model of the box in one revision.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Board {
    pub model: String,
    pub revision: String,
    /// For people.
    pub name: String,
    #[serde(default, rename = "span")]
    pub spans: Vec<Span>,
    #[serde(default, rename = "port")]
    pub ports: Vec<Port>,
    #[serde(default, rename = "relay")]
    pub relays: Vec<Relay>,
    #[serde(default, rename = "led")]
    pub leds: Vec<Led>,
    #[serde(default, rename = "key")]
    pub keys: Vec<Key>,
}

/// One E1 port, or one card of analog ports.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// As on the front panel, from 1: the span's id everywhere.
    pub id: u16,
    pub card: Card,
    /// What is printed beside the socket.
    pub connector: String,
    /// Simulated cards only: what is plugged in, as the chassis crate writes wires.
    #[serde(default = "open")]
    pub wire: String,
}

fn open() -> String {
    "open".to_owned()
}

/// Which driver a span's card has.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Card {
    E1Simulated,
    /// Its ports are described by themselves.
    AnalogSimulated,
}

/// One analog port: a timeslot of its card's span, by its number.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Port {
    pub id: u16,
    pub kind: PortKind,
    pub connector: String,
    /// The span of the card that has it; none: of a card that is not driven.
    #[serde(default)]
    pub span: Option<u16>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PortKind {
    /// Feeds a telephone.
    Fxs,
    /// Is a telephone to another exchange.
    Fxo,
}

/// A relay and what it does without current.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relay {
    pub name: String,
    pub rest: RelayRest,
    #[serde(default)]
    pub joins: Option<Joins>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RelayRest {
    /// The ports it joins are connected past the box.
    Bypassed,
    Open,
}

/// The ports that a bypass relay joins.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Joins {
    pub fxs: u16,
    pub fxo: u16,
}

/// A lamp of the front panel.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Led {
    pub name: String,
    pub colours: Vec<Colour>,
    /// The span whose state it shows.
    #[serde(default)]
    pub span: Option<u16>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Colour {
    Green,
    Yellow,
    Red,
}

/// A key of the front panel.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    pub name: String,
}

impl Board {
    pub fn span(&self, id: u16) -> Option<&Span> {
        self.spans.iter().find(|span| span.id == id)
    }

    /// The analog ports of a span.
    pub fn ports_of(&self, span: u16) -> impl Iterator<Item = &Port> + '_ {
        self.ports.iter().filter(move |port| port.span == Some(span))
    }

    pub fn port(&self, id: u16) -> Option<&Port> {
        self.ports.iter().find(|port| port.id == id)
    }
}
