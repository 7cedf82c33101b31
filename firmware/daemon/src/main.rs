//! The daemon: wiring, threads, supervision.

fn main() {}
