//! Plays dialogues written down in `tests/vectors/q931`: what the line says, what we must say, what the call's user hears.

mod player;
mod words;

pub use player::play_file;
