//! A network and its terminals on one bus under virtual time, with a D-channel that delays and loses frames.
#![allow(dead_code, unused_imports, reason = "each test file uses its part of the bus")]

mod ends;
mod wire;

pub use ends::{Bus, End, NETWORK, config, digits, plain_setup};
