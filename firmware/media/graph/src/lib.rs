//! The media engine: legs, plans and the 20 ms tick.
