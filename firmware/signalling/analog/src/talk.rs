use crate::order::Progress;
use clock::{Millis, Monotonic};

/// A call that is up on a line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Talk {
    /// The answer was a reversal: its end is the release.
    pub(crate) reversal_ends: bool,
    silent_since: Option<Monotonic>,
}

impl Talk {
    pub(crate) fn begin(reversal_ends: bool) -> Talk {
        Talk { reversal_ends, silent_since: None }
    }

    /// True: what is heard is how an exchange tells that the far end has gone (Q.35 3, GB/T 3380).
    pub(crate) fn hear(&mut self, now: Monotonic, progress: Progress) -> bool {
        self.silent_since = match progress {
            Progress::Silence => self.silent_since.or(Some(now)),
            _ => None,
        };
        matches!(progress, Progress::Busy | Progress::Congestion | Progress::Dial)
    }

    pub(crate) fn deadline(&self, limit: Option<Millis>) -> Option<Monotonic> {
        Some(self.silent_since? + limit?)
    }

    pub(crate) fn silent_for_too_long(&self, now: Monotonic, limit: Option<Millis>) -> bool {
        self.deadline(limit).is_some_and(|at| at <= now)
    }
}
