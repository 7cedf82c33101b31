//! HDLC framing of a D-channel in software, for cards that hand over raw timeslot octets.
//!
//! ISO/IEC 13239 as Q.921 section 2 uses it: opening and closing flags, bit stuffing after five ones, a 16-bit FCS, abort by
//! seven ones. The first bit of a frame octet on the line is its least significant; the first bit of a timeslot octet is its
//! most significant. Frames here carry no FCS: it is added and checked inside.
//!
//! Cards and kernels that do HDLC themselves need none of this.
//!
//! ```
//! use hdlc::{Decoder, Encoder, Received};
//! let mut sender = Encoder::default();
//! sender.send(&[0x00, 0x01, 0x7f]).unwrap();
//! let mut octets = [0u8; 16];
//! sender.fill(&mut octets);
//! let mut receiver = Decoder::default();
//! let mut frames = Vec::new();
//! receiver.take(&octets, |received| if let Received::Frame(frame) = received { frames.push(frame.to_vec()) });
//! assert_eq!(frames, [vec![0x00, 0x01, 0x7f]]);
//! ```

mod decoder;
mod encoder;

pub use decoder::{Counters, Decoder, Fault, Received};
pub use encoder::{Encoder, QueueFull};

/// Octets between two flags at most, FCS included: Q.921 N201 (260) and its header, with room.
pub const MAX_FRAME: usize = 300;

const FLAG: u8 = 0x7e;

const FCS: crc::Crc<u16> = crc::Crc::<u16>::new(&crc::CRC_16_IBM_SDLC);
