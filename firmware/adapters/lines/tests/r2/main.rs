//! R2 between two boxes on an E1 wire: bits, registers and speech through cards and rings.

mod calls;
mod faults;
mod path;
mod town;
