//! What is heard on a line: keys, and the signals of registers.
//!
//! # Keys
//! [`KeyDetector`]: DTMF, ITU-T Q.23 frequencies within the limits of Q.24.
//!
//! | limit | accepted | rejected |
//! |---|---|---|
//! | frequency | +-1.5 % | +-3.5 % |
//! | level of each tone | 0 to -25 dBm0 | below -29 dBm0 |
//! | twist (high minus low) | -8 to +6 dB | beyond -11, +9 dB |
//! | length | 40 ms | 20 ms |
//! | pause that separates two keys | 40 ms | |
//! | interruption that does not | 10 ms | |
//!
//! Q.24 leaves the limits to administrations; these hold for its annex's tables of AT&T and NTT, and for GB/T 15279 senders.
//!
//! Sans-IO: linear blocks in, at most one key a block out, told as soon as it is certain (some 35 ms after its beginning). It does
//! not yet detect call progress or fax tones, and does not take out dial tone that sounds at the same time.
//!
//! # Signals of registers
//! [`PairDetector`]: two of six frequencies (Q.441), by Q.455: -5 to -35 dBm0, 10 Hz off, 7 dB apart; nothing below -42 dBm0 or shorter
//! than 7 ms. It takes samples in any number, as a card brings them, and tells beginnings and ends each within some 20 ms.
//!
//! # Modems
//! [`FskReceiver`]: 1200 baud, Bell 202 or V.23, as exchanges tell who calls: -8 to -36 dBm0, noise 20 dB below, 6 dB between the two
//! frequencies.
//!
//! # How
//! Every 5 ms the last 15 ms are correlated with the eight frequencies; this is all that speech costs. If one of each group stands
//! out, the last 25 ms are looked at closely: two Hann windows 5 ms apart give level (their lengths) and frequency (the turn from one
//! to the other), and how much of the energy the two tones account for. Speech has much else, and moves.
//!
//! ```
//! use detect::KeyDetector;
//! let mut sender = tones::Sender::default();
//! sender.send(&"7".parse().unwrap()).unwrap();
//! let mut detector = KeyDetector::default();
//! let heard: Vec<char> = (0..10)
//!     .filter_map(|_| {
//!         let mut block = [0; 160];
//!         sender.fill(&mut block);
//!         detector.hear(&block).map(|heard| heard.key.as_char())
//!     })
//!     .collect();
//! assert_eq!(heard, ['7']);
//! ```

mod detector;
mod fsk;
mod pair;
mod spectrum;

pub use detector::{Heard, KeyDetector};
pub use fsk::{FskEvent, FskReceiver};
pub use pair::{Pair, PairDetector};
