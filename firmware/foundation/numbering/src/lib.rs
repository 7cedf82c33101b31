//! Digits, party numbers and cause values.

mod cause;
mod number;
mod party;

pub use cause::{Cause, CauseLocation, ClearCause};
pub use number::{
    BadDigit, Digits, Key, NumberPlan, NumberType, PartyNumber, Presentation, RedirectReason, Redirection, Screening,
    SubAddress,
};
pub use party::FarParty;
