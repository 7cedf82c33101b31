//! Asks registered contacts now and then whether they are there: OPTIONS, RFC 3261 11.
//!
//! ```text
//! registered --interval--> asked --any answer--> registered
//!                            | silence for timer F: a miss; three in a row: unreachable, and asked on
//! ```

use crate::transactions::TxId;
use clock::{Deadlines, Millis, Monotonic};
use numbering::Digits;
use std::collections::HashMap;

/// A contact of an extension.
pub(crate) type Place = (Digits, String);

/// How a question of ours ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Asked {
    /// By whatever response: somebody is there.
    Answered,
    Missed,
}

#[derive(Debug, Default)]
pub(crate) struct Qualifier {
    due: Deadlines<Place>,
    /// Questions that are out, and since when.
    asked: HashMap<TxId, (Place, Monotonic)>,
}

impl Qualifier {
    /// The contact is to be asked after `wait`, unless it is asked at this moment.
    pub fn schedule(&mut self, now: Monotonic, place: Place, wait: Millis) {
        if !self.asked.values().any(|(asked, _)| *asked == place) {
            self.due.arm(place, now + wait);
        }
    }

    /// The next contact to ask.
    pub fn take_due(&mut self, now: Monotonic) -> Option<Place> {
        self.due.expire(now)
    }

    pub fn asked(&mut self, now: Monotonic, tx: TxId, place: Place) {
        self.asked.insert(tx, (place, now));
    }

    /// The question has its answer, or will have none: who was asked, and since when. `None`: no question of ours.
    pub fn concluded(&mut self, tx: TxId) -> Option<(Place, Monotonic)> {
        self.asked.remove(&tx)
    }

    /// Nobody is to be asked any more.
    pub fn stop(&mut self) {
        self.due = Deadlines::default();
        self.asked.clear();
    }

    pub fn deadline(&self) -> Option<Monotonic> {
        self.due.deadline()
    }
}
