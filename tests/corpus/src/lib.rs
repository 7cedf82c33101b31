//! A corpus for call progress, made anew from seeds: speech (espeak-ng), music, tones and lines, put together as outgoing calls; and the
//! confusion matrix of `detect`'s classifier on them.
//!
//! Voices and instruments are in two halves. What tells music from speech was fitted on the first ([`tuning`]), and `docs/call-progress.md` gives the
//! verdicts on the second, which nothing was fitted on. Nothing here ships.
//!
//! | module | what |
//! |---|---|
//! | [`speech`] | greetings, machines, announcements; 14 voices, Mandarin and three English accents, pitches, speeds |
//! | [`music`] | melodies in four scales, six instruments, chords, drums |
//! | `song` | six who sing: vowels, consonants, vibrato and breath over the instruments |
//! | [`tone`] | tones of GB/T 3380, E.180, T.30 at the edges of their limits |
//! | [`line`] | loss, noise, frequency offset, clipping, echo, band limits, A-law |
//! | [`condition`] | lines that lose packets, speech that was coded for a mobile, a talker at -30 dBm0 |
//! | [`scene`] | sixteen courses of a call |

pub mod condition;
pub mod line;
pub mod matrix;
pub mod music;
mod random;
pub mod scene;
mod song;
pub mod speech;
pub mod tone;
pub mod tuning;

pub use random::Dice;
pub use speech::{ANNOUNCEMENTS, GREETINGS, MACHINES, Part, Phrases, Speaker};
