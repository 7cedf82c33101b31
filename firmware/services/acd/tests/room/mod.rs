//! A call room for the tests: the machine, a clock, and what it ordered.

mod floor;

pub use floor::{Room, agent, queue};
