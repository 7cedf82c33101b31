//! Call progress tones of the Chinese network, DTMF, and the modem that tells who calls, generated.
//!
//! Tones: GB/T 3380 and YD/T 586 (450 Hz), the special information tone of ITU-T E.180. Levels are -10 dBm0 (the standards
//! allow -10 +-3), three-frequency tones alike. DTMF: ITU-T Q.23 frequencies; the low group at -9 dBm0 and the high group 2 dB
//! louder (GB/T 15279 senders), 100 ms on, 100 ms off unless told otherwise.
//!
//! It detects nothing (see `detect`). Once built, nothing here allocates: tones are A-law loops made at start, DTMF runs on two
//! oscillators.
//!
//! | tone | cadence, seconds |
//! |---|---|
//! | dial | continuous |
//! | ringback | 1 on, 4 off |
//! | busy | 0.35 on, 0.35 off |
//! | congestion | 0.7 on, 0.7 off |
//! | special dial | 0.4 on, 0.04 off |
//! | call waiting | 0.4 on, 4 off |
//! | special information | 950, 1400, 1800 Hz for 0.33 each, 1 off |
//! | beep | 1000 Hz for 0.2, then silence |
//!
//! ```
//! use plan::Tone;
//! let tones = tones::Tones::default();
//! let mut position = 0;
//! let mut heard = pcm::alaw::SILENT;
//! tones.of(Tone::Dial).fill(&mut position, &mut heard);
//! assert_ne!(heard, pcm::alaw::SILENT);
//! ```

mod cadence;
mod dtmf;
mod fsk;
mod oscillator;

pub use cadence::{LEVEL_DBM0, ToneLoop, Tones};
pub use dtmf::{HIGH_GROUP, KeyTiming, LOW_GROUP, Sender, SenderFull, frequencies};
pub use fsk::{FskModem, FskSender};
pub use oscillator::Oscillator;
