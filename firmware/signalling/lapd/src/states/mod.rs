//! What each state does with each frame, primitive and timer; functions named as annex B names the states.

mod established;
mod establishing;
mod procedures;
mod requests;

pub(crate) use established::{established, timer_recovery};
pub(crate) use establishing::{awaiting_establishment, awaiting_release, tei_assigned};
