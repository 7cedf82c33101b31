//! A two-wire line in the laboratory: hybrids, test signals and meters of ITU-T G.168, for tests and benchmarks of echo cancellers.
//!
//! The eight echo paths are annex D's, measured on lines; the composite source signals are annex C's in their timing and their voiced sounds,
//! with noise of our own making between. The meter has no band filter. Nothing here ships.
//!
//! ```
//! use two_wire::{Hybrid, css, mean};
//! let mut hybrid = Hybrid::new(0, 10.0, 20.0);
//! let sent = css(-10.0, 700, 1);
//! let back: Vec<i16> = sent.iter().map(|sample| hybrid.step(f64::from(*sample)) as i16).collect();
//! assert!((mean(&sent) - mean(&back) - 10.0).abs() < 3.0);
//! ```

mod annexes;
mod hybrid;
mod meters;
mod signals;

pub use hybrid::{Hybrid, PATH_COUNT};
pub use meters::{dbm0, loudest, mean, rms_of_dbm0};
pub use signals::{Noise, Resonator, css, near_css, noise, silence, tones};
