//! Q.931 / ETS 300 102 call control, user and network side, sans-IO.
mod codec;
pub use codec::*;
