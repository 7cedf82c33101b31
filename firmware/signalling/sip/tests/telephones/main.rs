//! Telephones and the exchange's side over a virtual network.

mod calls;
mod changes;
mod storms;
mod strangers;
mod torture;
mod town;
