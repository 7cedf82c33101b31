//! A corpus for call progress, made anew from seeds.

mod random;
mod speech;

pub use random::Dice;
pub use speech::{ANNOUNCEMENTS, GREETINGS, MACHINES, Part, Phrases, Speaker};
