//! The API from a client's side: a router over a real database and a stand-in for the exchange.

mod accounts;
mod alarms;
mod bench;
mod calls;
mod custody;
mod exports;
mod lines;
mod live;
mod prompts;
mod rights;
mod settings;
mod trace;
