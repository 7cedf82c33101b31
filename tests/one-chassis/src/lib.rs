//! A house with lines of every kind in one chassis (R2, PRI, BRI, telephones and lines at analog ports, SIP telephones), and everybody outside
//! it, on one virtual clock: the real exchange, media engine, signalling and simulated cards, wired as in the daemon, but for threads.
//!
//! | module | what |
//! |---|---|
//! | `lines_and_numbers` | the house's lines and numbers: from each kind of line a number leads to each other |
//! | `far` | the carrier's exchange, the telephones, the exchange behind the analog lines |
//! | `office` | the house |
//!
//! SIP telephones speak leg primitives here; the SIP core has its own tests. Prompts, music and recordings are not played.

mod far;
mod lines_and_numbers;
mod office;

pub use far::{Far, Party};
pub use lines_and_numbers::{
    BASIC_IN, CALLED_STATIONS, Kind, LINES_IN, PRI, R2, STATIONS, dialled, line_number, service, sip, station,
};
pub use office::Town;
