//! Each codec to itself, and behind a network.

mod coding;
mod playout;
mod speech;
