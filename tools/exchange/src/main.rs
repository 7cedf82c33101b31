//! A far-end exchange, its callers and simulated agents.

fn main() {}
