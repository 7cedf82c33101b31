//! The versioned HTTP API, the event stream and the console.
//!
//! `docs/api.md` is the reading guide, [`routes::TABLE`] the list of routes with who may use them: the guard enforces it, the OpenAPI
//! document is made from it, and a test holds the router to it. Nothing here decides about calls: commands go to the exchange
//! through the [`CommandSink`], what it shows comes through the [`LiveFeed`].

mod access;
mod assets;
mod discretion;
mod errors;
mod feed;
mod guard;
mod health;
mod openapi;
mod progress;
pub mod routes;
mod schemas;
mod server;
mod state;

pub use access::Throttle;
pub use errors::ApiError;
pub use feed::LiveFeed;
pub use health::{HealthReport, KeysKept, Warning};
pub use routes::{Access, Route};
pub use server::{router, serve};
pub use state::{
    Api, ApiParts, CardReport, CardSource, Cards, CircuitReport, ClockLine, ClockReport, CommandReply, CommandSink,
    Congested, FaxDesk, FittedPort, FittedSpan, LadderLine, LadderSource, LineAnswer, LineQuestion, LineSource,
    SettingsInForce, SettingsSink,
};
