//! Two spans back to back under virtual time: a user and a network, and a line that delays, loses and garbles frames.
#![allow(dead_code, unused_imports, reason = "each test file uses its part of the pair")]

mod both_ends;
mod wire;

pub use both_ends::{End, Pair, config, digits, plain_setup};
