//! Style as a test: sizes, layers, banned clocks, leftover markers.

fn main() {}
