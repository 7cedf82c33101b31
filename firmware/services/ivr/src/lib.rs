//! IVR flows as data, and the machine that walks them.
//!
//! A flow is a graph of nodes out of the settings. [`check`] says what is wrong with one, [`Flow::compile`] takes one that is sound,
//! and a [`Walk`] leads one caller through it: what to play, what keys mean, where the caller ends. The walk plays nothing itself and
//! knows nothing of legs; the exchange turns [`WalkOutput`] into media plans and reports ends of plays and keys.
//! [`speak`] says numbers and times with the prompt fragments of `prompts.toml`, for flows and for queue announcements.
//!
//! ```text
//! begin -> [set, branch, time: pass at once]
//!        -> playing --end, or key if interruptible--> next          (the key counts for the next menu)
//!        -> asking  --key--> next   --time over--> again, or otherwise after the last try
//!        -> queue | transfer | voicemail | hang up                  (the last word)
//! ```
//!
//! ```
//! use clock::Now;
//! use identity::{FlowId, PlayId, QueueId};
//! use ivr::{Context, Flow, Walk, WalkOutput};
//! use settings::{FlowSettings, Language, Node, NodeKind};
//! use std::sync::Arc;
//!
//! let greet = NodeKind::Play { prompts: vec!["welcome".into()], interruptible: true, next: "orders".into() };
//! let orders = NodeKind::Queue { queue: QueueId(1), priority: None };
//! let node = |id: &str, kind| Node { id: id.into(), title: id.into(), kind };
//! let flow = FlowSettings {
//!     id: FlowId(1), name: "day".into(), version: 1, start: "greet".into(),
//!     nodes: vec![node("greet", greet), node("orders", orders)],
//! };
//! let flow = Arc::new(Flow::compile(&flow).unwrap());
//! let context = Context {
//!     calling: None, called: "4008001".parse().unwrap(), utc_offset_minutes: 480,
//!     language: Language::Chinese, first_play: PlayId(1),
//! };
//! let mut walk = Walk::begin(Now::default(), flow, context);
//! walk.play_ended(Now::default(), PlayId(1));
//! let last = std::iter::from_fn(|| walk.poll()).last();
//! assert_eq!(last, Some(WalkOutput::Queue { queue: QueueId(1), priority: None }));
//! ```

mod ask;
mod calendar;
mod check;
mod flow;
mod output;
pub mod prompts;
pub mod speak;
mod template;
mod values;
mod walk;

pub use check::{Problem, Severity, check};
pub use flow::Flow;
pub use output::{HangUp, WalkOutput};
pub use walk::{Context, STEPS_AT_MOST, Walk};
