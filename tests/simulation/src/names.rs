//! Names by which scenarios call things.

use clock::Millis;
use numbering::Digits;

/// A caller of the town, at the far exchange.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct CallerId(pub u32);

/// A call that somebody dialled at a phone of the house.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct PhoneCall(pub identity::LegId);

pub const fn secs(n: u64) -> Millis {
    Millis::secs(n)
}

pub const fn millis(n: u64) -> Millis {
    Millis(n)
}

/// Digits out of a literal of a scenario.
pub fn digits(text: &str) -> Digits {
    text.parse().unwrap_or_else(|bad| panic!("{text:?} is no number: {bad}"))
}
