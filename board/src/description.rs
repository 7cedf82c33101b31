use serde::Deserialize;

/// One model of the box in one revision.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Board {
    pub model: String,
    pub revision: String,
    /// For people.
    pub name: String,
    /// Whether real cards that nobody described are looked for.
    #[serde(default)]
    pub cards: Cards,
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

/// Where spans come from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cards {
    /// From this description alone.
    #[default]
    Described,
    /// And from the cards that the kernel's driver finds.
    Auto,
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
    /// Real cards only: which span of the kernel's driver it is.
    #[serde(default)]
    pub dahdi: Option<Dahdi>,
}

/// A span of the kernel's driver.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(untagged)]
pub enum Dahdi {
    /// By its number, where the box has the same cards always.
    Number(u16),
    /// By where its card is plugged in and its place on the card, from 1: stays when another card comes or goes.
    At {
        location: String,
        #[serde(default = "first")]
        place: u16,
    },
}

fn first() -> u16 {
    1
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
    /// Real cards, by the kernel's driver.
    DahdiE1,
    DahdiBri,
    /// Its ports are described by themselves: the number of each is its place on the card.
    DahdiAnalog,
}

impl Card {
    pub fn is_analog(self) -> bool {
        matches!(self, Card::AnalogSimulated | Card::DahdiAnalog)
    }

    pub fn is_real(self) -> bool {
        matches!(self, Card::DahdiE1 | Card::DahdiBri | Card::DahdiAnalog)
    }
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
