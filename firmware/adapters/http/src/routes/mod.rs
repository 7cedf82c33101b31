//! The routes: one table of who may use which, and a file a subject.

mod accounts;
mod alarms;
mod calls;
mod columns;
mod custody;
mod deeds;
mod exports;
mod extensions;
mod faxes;
mod lines;
mod listening;
mod live;
mod prompts;
mod queues;
mod recordings;
mod session;
mod settings;
mod system;
mod table;
mod tables;
mod trace;

pub use table::{Access, PREFIX, Route, TABLE};
pub(crate) use table::{api_router, find};
