//! The World: a town of exchanges, phones and callers under one seed.
