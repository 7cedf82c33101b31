//! The API from a client's side: a router over a real database and a stand-in for the exchange.

mod bench;
mod calls;
mod rights;
mod settings;
