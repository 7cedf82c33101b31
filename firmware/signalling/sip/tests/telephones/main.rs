//! Telephones and the exchange's side over a virtual network.

mod calls;
mod changes;
mod codecs;
mod faxes;
mod presence;
mod storms;
mod strangers;
mod torture;
mod town;
