//! RTP as a telephone needs it: packets, reception statistics, RTCP, telephone events, source locking, and a jitter buffer for G.711.
//!
//! RFC 3550 (RTP, RTCP: SR, RR, SDES, BYE), RFC 3551 (static payload types), RFC 4733 (telephone events). Sans-IO: bytes and arrival
//! times in, bytes and speech out; nothing allocates after construction, and no bytes from the network panic.
//!
//! It knows no sockets and no legs (see `graph`), does no SRTP and no other codec.
//!
//! # The jitter buffer
//! Octets are stored by timestamp, so packets of any length and order fit. Time to spare of each packet before the tick that needs
//! its first sample is the *margin*; the least margin of the last seconds steers the delay, in steps of one block:
//!
//! ```text
//!           first packet                      2 ms before a tick, or a tick later
//!   Idle ────────────────> Starting ────────────────────────────────────────────> Running
//!    ^                                                                             │ │ ^
//!    │            nothing for 200 ms (silence suppression, a dead line)            │ │ │ packet late: play it later, delay +20 ms
//!    └─────────────────────────────────────────────────────────────────────────────┘ └─┘ margin never below 22 ms: delay -20 ms
//! ```
//! ```
//! use rtp::{JitterBuffer, Packet};
//! let mut buffer = JitterBuffer::default();
//! buffer.insert(1000, &[0x55; 160], 0);
//! let heard = buffer.pull(5_000, plan::Law::A);
//! assert_eq!(heard, [0x55; 160]);
//! assert!(Packet::parse(b"not RTP").is_err());
//! ```

mod bursts;
mod comfort;
mod conceal;
mod emodel;
mod event;
mod jitter;
mod marks;
mod nearby;
mod packet;
mod rtcp;
mod source;
mod statistics;
mod voip;

pub use bursts::{BurstFigures, Bursts};
pub use comfort::{COMFORT_NOISE, ComfortNoise};
pub use emodel::{Path, judge, mean_opinion, rating};
pub use event::{EVENT_PAYLOAD, Event, EventClock, EventPacket, EventQueueFull, EventReceiver, EventSender};
pub use jitter::{JitterBuffer, JitterCounters, MOST_BUFFER_MILLIS};
pub use nearby::bring_near;
pub use packet::{HEADER, Header, Malformed, Packet};
pub use rtcp::{MAX_REPORT, ReportBlock, Reports, Rtcp, SenderInfo, compound, ntp_of_unix, write_bye, write_report};
pub use source::{SourceLock, Verdict};
pub use statistics::Reception;
pub use voip::{VOIP_REPORT, VoipMetrics, write_voip};
