use clock::{Millis, Monotonic};

/// The polarity of a line's feed: as it is believed, and a change that has not stood for long yet.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Polarity {
    reversed: bool,
    since: Option<Monotonic>,
}

impl Polarity {
    /// What the pair shows now. A change that goes back before it settled was a contact or a neighbour's, and means nothing.
    pub(crate) fn see(&mut self, now: Monotonic, reversed: bool) {
        self.since = (reversed != self.reversed).then(|| self.since.unwrap_or(now));
    }

    pub(crate) fn deadline(&self, settles: Millis) -> Option<Monotonic> {
        Some(self.since? + settles)
    }

    /// The polarity has changed, and when: told once for each change.
    pub(crate) fn expire(&mut self, now: Monotonic, settles: Millis) -> Option<Monotonic> {
        let changed = self.since.take_if(|since| *since + settles <= now)?;
        self.reversed = !self.reversed;
        Some(changed)
    }
}
