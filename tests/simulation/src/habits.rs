//! Habits of people in a random town: what makes a day at the call centre.

use clock::Monotonic;

/// How a caller behaves; drawn at the call's beginning.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    /// Hangs up then, wherever the call is; who is talking talks until then.
    pub patience: Monotonic,
    /// Out of a thousand thoughts so many press a key.
    pub keys: u32,
    /// Calls again after hanging up.
    pub redials: bool,
}

/// How an agent behaves.
#[derive(Clone, Copy, Debug, Default)]
pub struct Diligence {
    /// Out of a thousand thoughts, each.
    pub holds: u32,
    pub transfers: u32,
    pub hangs_up: u32,
    pub goes_busy: u32,
    pub signs_out: u32,
    pub dials: u32,
    /// Sets after-call work down at once, or never.
    pub wraps_up: u32,
}
