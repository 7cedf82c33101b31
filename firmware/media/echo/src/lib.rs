//! Echo of a hybrid taken off a two-wire line's speech: ITU-T G.168 (2015), at the line's end of the box.
//!
//! What we send to the line (`far`) comes back through the hybrid, late and coloured, in what the line sends (`near`). Two adaptive filters
//! of up to 128 ms learn that path: one in the background, always learning (improved proportionate NLMS), and one in the foreground that is
//! heard and takes the other's weights only when these have been better for a while. Double talk is to spoil the first alone.
//! What is left is taken off by a non-linear processor that puts comfort noise in its place.
//!
//! | what comes | what is done |
//! |---|---|
//! | speech from afar alone | learn, cancel, suppress the rest (NLP, clause 8) |
//! | speech from both sides | cancel; the background is taken back afterwards if it went astray |
//! | tones, DTMF | cancel; a path that is known is not unlearned (test 6) |
//! | 2,100 Hz with phase reversals, either way | everything passes untouched until both sides are silent for 250 ms (clause 7) |
//! | silence from afar | nothing; the path is kept (test 4) |
//!
//! A near end that talks over a known path leaves an error that has nothing in common with what the filter foretells, and that no path explains;
//! another path leaves one that has. So the one is told from the other, and only then the path is learned anew, fast (test 3B, test 2A b).
//!
//! It does no I/O and does not allocate after [`Canceller::new`]. It cancels no acoustic echo of a room, no echo behind a path that changes
//! its delay, and takes no direct current off (a card's codec does).
//!
//! ```
//! use echo::{Canceller, Settings};
//! let mut canceller = Canceller::new(Settings::default());
//! let (far, mut near) = ([1000i16; 40], [0i16; 40]);
//! canceller.process(&far, &mut near);
//! assert_eq!(near, [0; 40]);
//! ```

mod canceller;
mod disabler;
mod filters;
mod narrow;
mod residue;

pub use canceller::{Canceller, Settings, State};

/// Power of a sine of 0 dBm0: the full scale of A-law is +3.14 dBm0.
pub(crate) const ZERO_DBM0: f32 = 2.504e8;

/// Samples that are judged as one: 5 ms.
pub(crate) const BLOCK: usize = 40;
