//! Analog lines. So far: who calls ([`CallerId`]), as octets of an FSK modem or as DTMF keys; ringing, hook and release follow.
//!
//! # FSK (ETS 300 659-1 and -3, YD/T 1277.1, Bellcore GR-30)
//! Octets behind the channel seizure and the mark, LSB first, one start and one stop bit:
//! ```text
//! message type, length, data ..., checksum          the sum of all octets is 0 modulo 256
//! 0x04  single data message (SDMF): month day hour minute (8 digits), number
//! 0x80  multiple data message (MDMF): parameters of type, length, data
//! ```
//! # DTMF (YD/T 1277.1 annex, ETS 300 659-1 annex B)
//! `D number C` before or between rings; some exchanges begin with `A`, `B` or nothing and end with `#`.
//!
//! ```
//! use analog::{CallerId, Reader};
//! let caller = CallerId { number: Some("01062770334".into()), name: Some("海淀".into()), ..CallerId::default() };
//! let mut reader = Reader::default();
//! let read = caller.message().into_iter().find_map(|octet| reader.take(octet));
//! assert_eq!(read, Some(Ok(caller)));
//! ```

mod caller_id;
mod dtmf;
mod reader;

pub use caller_id::{CallTime, CallerId, Withheld};
pub use dtmf::{DtmfReader, dtmf_keys};
pub use reader::{BadMessage, Reader};
