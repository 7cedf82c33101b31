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
//! Sans-IO: linear blocks in, at most one key a block out, told as soon as it is certain (some 35 ms after its beginning). It
//! does not take out dial tone that sounds at the same time.
//!
//! # Signals of registers
//! [`PairDetector`]: two of six frequencies (Q.441), by Q.455: -5 to -35 dBm0, 10 Hz off, 7 dB apart; nothing below -42 dBm0 or shorter
//! than 7 ms. It takes samples in any number, as a card brings them, and tells beginnings and ends each within some 20 ms.
//!
//! # Modems
//! [`FskReceiver`]: 1200 baud, Bell 202 or V.23, as exchanges tell who calls: -8 to -36 dBm0, noise 20 dB below, 6 dB between the two
//! frequencies.
//!
//! # Call progress
//! [`ProgressDetector`]: the tones of GB/T 3380 and ITU-T E.180, facsimile machines (T.30), sound and silence, from samples or A-law octets in
//! blocks of any length; each signal's beginning and end is told once. Levels down to -40 dBm0.
//!
//! | signal | hertz | seconds on, off | told after |
//! |---|---|---|---|
//! | dial | 450 +-25 | steady | 1.3 s, or less if asked for |
//! | special dial | 450 | 0.4, 0.04 | two turns |
//! | ringback | 450 | 1, 4 | a burst and 0.95 s of pause |
//! | busy | 450 | 0.35, 0.35 (0.24 to 0.51) | two turns |
//! | congestion | 450 | 0.7, 0.7 (0.53 to 0.85) | two turns |
//! | number unobtainable | 450 | three of 0.1, 0.1, then 0.4, 0.4 | seven parts of the eight |
//! | trunk offering | 450 | 0.2, 0.2, 0.2, 0.6 | a turn |
//! | call waiting | 450 | 0.4, 4 | two bursts |
//! | reminder, recorder | 1400 | 0.4, 8 to 20 | a burst and 1 s |
//! | special information (E.180 6.1) | 950, 1400, 1800 +-50 | 0.33 +-0.07 each | the middle of the third |
//! | confirmation, howler | 950 +-50 | steady; a howler is above -5 dBm0 | 1.2 s |
//! | CNG (T.30 4.1.1) | 1100 +-38 | 0.5, 3, +-15 % | a burst and 0.3 s |
//! | CED, ANSam (T.30 4.1.2, V.8) | 2100 +-15 | steady | 0.5 s |
//! | V.21 flags (T.30 5.3.1) | 1650, 1850 | steady | 0.25 s |
//! | any other tone | 200 to 3500 | steady | 0.12 s |
//! | sound | | pauses below 0.5 s | 0.08 s |
//! | silence | | | 3 s, or as asked for |
//!
//! Every 10 ms a spectrum of the last 32 ms says quiet, one tone, a modem, or anything else; these make stretches, and stretches cadences.
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

mod answer;
mod bank;
mod character;
mod detector;
mod fourier;
mod frame;
mod fsk;
mod pair;
mod progress;
mod screen;
mod signal;
mod spectrum;
mod stretch;
#[cfg(target_arch = "x86_64")]
mod vnni;

pub use answer::{Answer, AnswerClassifier, AnswerHeard};
pub use bank::{BANK_BLOCK, LANES, PairBank};
pub use character::{Character, MEASURE_NAMES, MEASURES, music};
pub use detector::{Heard, KeyDetector};
pub use fsk::{FskEvent, FskReceiver};
pub use pair::{Pair, PairDetector};
pub use progress::{Progress, ProgressDetector, ProgressTiming};
pub use signal::Signal;
