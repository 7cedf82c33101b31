//! The dial plan: where a number leads.
//!
//! Pure questions and answers: it holds no call and seizes no circuit. Numbers of the house (extensions, park slots), called
//! numbers to services, outbound patterns to trunk groups, and the emergency numbers that pass every rule.
//!
//! Who asks decides what is tried, in this order:
//!
//! | asker | emergency | extensions | park slots | services | outbound |
//! |---|---|---|---|---|---|
//! | a trunk caller | no | yes | no | yes, first | no: dialled digits never leave by another trunk (toll fraud) |
//! | an extension | yes | yes | yes | yes | if it may dial out |
//! | the house (settings, agents' transfers) | yes | yes | no | yes | yes |
//!
//! With overlap receiving (Q.931 5.1.3, E.164) the answer may also be "more digits".
//!
//! ```
//! use routing::{Answer, Asker, DialPlan, Route};
//! let settings = settings::Settings::default();
//! let plan = DialPlan::new(&settings);
//! let number = "110".parse().unwrap();
//! let Answer::Complete(found) = plan.look_up(&Asker::House, &number) else { panic!() };
//! assert!(matches!(found.route, Route::Emergency { .. }));
//! ```

mod pattern;
mod plan;
mod reroute;

pub use pattern::{BadPattern, Fit, Pattern};
pub use plan::{Answer, Asker, DialPlan, Found, MAX_HOPS, Route, ServiceIndex};
pub use reroute::{may_try_next, must_try_next};
