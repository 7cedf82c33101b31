//! What the calls of one interface share: configuration, timers, counters, primitives.

mod config;
mod counters;
mod line;
mod primitive;
mod timer;

pub use config::{Access, Config, Side};
pub use counters::Counters;
pub(crate) use line::{Line, Owner};
pub use primitive::{
    CallHandle, CallIndication, CallRequest, DataLink, InterfaceIndication, Output, Refusal, RestartScope,
    SetupIndication, SetupRequest, Trace,
};
pub use timer::{Timer, Timers};
