//! Analog lines: the box as an exchange to telephones (FXS) and as a telephone to exchanges (FXO), and who calls ([`CallerId`]).
//!
//! Sans-IO: [`AnalogSpan`] is a card whose ports are the slots of a span. It takes what a card sees on the wires ([`Seen`]) and hears of them
//! ([`Heard`]), and the exchange's leg requests; it orders hook, ringing, polarity, feed, sounds and what to listen for ([`Order`]), and
//! indicates legs. It neither makes nor detects a sound, and does no metering pulses (12 or 16 kHz) and no ground start.
//!
//! # A telephone's port (FXS)
//! ```text
//! on hook -> [announcing by keys] -> ringing -> talking <-> held (flash), dialling -> calling
//! on hook -> dialling -> calling -> talking
//! left off hook: [break of the feed] -> tone -> howler -> silence -> on hook        on hook -> lamp told -> on hook
//! ```
//! # An exchange's line (FXO)
//! ```text
//! idle -> [announced] -> ringing -> offered -> talking -> releasing -> idle          offered -> unwanted -> idle
//! idle -> dial tone -> dialling -> waiting -> talking -> releasing -> idle           idle -> trouble -> idle
//! ```
//! A call is told to the exchange once the line said who calls, or will not say it: so the first ring and the message behind it are enough,
//! and a caller who rings once is on record with his number. A leg's last word comes when the line can be used again.
//!
//! Ringing, levels and times: YD/T 586, GB/T 3380, [`Practice`]. Tones: GB/T 3380, ITU-T Q.35 / E.180.
//!
//! # FSK (ETSI EN 300 659-1 and -3, YD/T 1277.1, Bellcore GR-30)
//! Octets behind the channel seizure and the mark, LSB first, one start and one stop bit:
//! ```text
//! message type, length, data ..., checksum          the sum of all octets is 0 modulo 256
//! 0x04  single data message (SDMF): month day hour minute (8 digits), number
//! 0x80  multiple data message (MDMF): parameters of type, length, data
//! ```
//! # DTMF (YD/T 1277.1 annex, EN 300 659-1 annex B)
//! `D number C` before or between rings; some exchanges begin with `A`, `B` or nothing and end with `#`.
//!
//! ```
//! use analog::{CallerId, Reader};
//! let caller = CallerId { number: Some("01062770334".into()), name: Some("海淀".into()), ..CallerId::default() };
//! let mut reader = Reader::default();
//! let read = caller.message().into_iter().find_map(|octet| reader.take(octet));
//! assert_eq!(read, Some(Ok(caller)));
//! ```
//! A telephone is lifted: the exchange hears of a leg that has dialled nothing yet.
//! ```
//! use analog::{AnalogOutput, AnalogSpan, Config, PortConfig, PortKind, Practice, Seen, Station};
//! use clock::Monotonic;
//! use identity::SpanId;
//! let port = PortConfig { slot: 1, kind: PortKind::Fxs(Station::default()) };
//! let mut card = AnalogSpan::new(Config { span: SpanId(3), practice: Practice::CHINA, ports: vec![port] });
//! card.expire(Monotonic(0));
//! card.seen(Monotonic(100), 1, Seen::OffHook);
//! let told = std::iter::from_fn(|| card.poll()).any(|output| matches!(output, AnalogOutput::Leg { .. }));
//! assert!(told);
//! ```

mod caller_id;
mod config;
mod dtmf;
mod fxo;
mod fxs;
mod lamp;
mod order;
mod outgoing;
mod polarity;
mod practice;
mod reader;
mod ringing;
mod rotary;
mod span;
mod talk;
mod tones;
mod window;

pub use caller_id::{CallTime, CallerId, Withheld};
pub use config::{AnsweredBy, ClockFace, Config, Office, PortConfig, PortKind, ShowCaller, Station};
pub use dtmf::{DtmfReader, dtmf_keys};
pub use order::{AnalogOutput, Heard, Listen, Moment, Order, Progress, Seen, Sound, Tone};
pub use practice::{Alert, Burst, Cadence, Modem, OfficeTimes, Practice, StationTimes};
pub use reader::{BadMessage, Reader};
pub use span::{AnalogSpan, Counters};
