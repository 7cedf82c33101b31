//! The exchange from a shell.

fn main() {}
