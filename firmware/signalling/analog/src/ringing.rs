//! Ringing, made and watched.

use crate::practice::{Cadence, OfficeTimes};
use clock::{Millis, Monotonic};

/// The ringing of a telephone.
#[derive(Clone, Debug)]
pub(crate) struct Ringer {
    cadence: Cadence,
    place: usize,
    turn: u32,
    on: bool,
    until: Monotonic,
}

impl Ringer {
    /// Begins with the first burst.
    pub(crate) fn start(cadence: Cadence, now: Monotonic) -> Ringer {
        let on = cadence.first().map_or(Millis(1000), |burst| burst.on);
        Ringer { cadence, place: 0, turn: 0, on: true, until: now + on }
    }

    pub(crate) fn deadline(&self) -> Monotonic {
        self.until
    }

    /// Moves on if it is time: whether it rings now.
    pub(crate) fn expire(&mut self, now: Monotonic) -> Option<bool> {
        if self.until > now {
            return None;
        }
        let burst = self.cadence.get(self.place)?;
        if self.on {
            self.until = now + burst.off;
        } else {
            self.place += 1;
            if self.place == self.cadence.len() {
                self.place = 0;
                self.turn += 1;
            }
            self.until = now + self.cadence.get(self.place)?.on;
        }
        self.on = !self.on;
        Some(self.on)
    }

    /// The long pause after the first ring: here the exchange tells who calls.
    pub(crate) fn in_first_pause(&self) -> bool {
        !self.on && self.turn == 0 && self.place + 1 == self.cadence.len()
    }
}

/// The ringing of a line as it comes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RingWatch {
    on: bool,
    since: Monotonic,
    /// Bursts long enough to count; those of a distinctive ring that follow at once count as one.
    pub(crate) rings: u16,
    counted: bool,
    last_end: Monotonic,
}

/// A pause shorter than this is within one distinctive ring.
const WITHIN_A_RING: Millis = Millis(1000);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum RingNews {
    /// This burst counts: the first, or a further one.
    Rang { first: bool },
    /// The ringing has stopped for good.
    Over,
    /// It does not stop.
    Stuck,
}

impl RingWatch {
    pub(crate) fn begin(now: Monotonic) -> RingWatch {
        RingWatch { on: true, since: now, rings: 0, counted: false, last_end: now }
    }

    pub(crate) fn see(&mut self, now: Monotonic, on: bool) {
        if self.on == on {
            return;
        }
        self.on = on;
        self.since = now;
        if on {
            self.counted = self.rings > 0 && now.since(self.last_end) < WITHIN_A_RING;
        } else if std::mem::take(&mut self.counted) {
            self.last_end = now;
        }
    }

    /// Nothing rang long enough yet, and nothing rings now: it was none.
    pub(crate) fn was_none(&self) -> bool {
        !self.on && self.rings == 0
    }

    pub(crate) fn deadline(&self, times: &OfficeTimes) -> Monotonic {
        match (self.on, self.counted) {
            (true, false) => self.since + times.shortest_ring,
            (true, true) => self.since + times.longest_ring,
            (false, _) => self.last_end + times.rings_within,
        }
    }

    pub(crate) fn expire(&mut self, now: Monotonic, times: &OfficeTimes) -> Option<RingNews> {
        if self.deadline(times) > now {
            return None;
        }
        Some(match (self.on, self.counted) {
            (true, false) => {
                self.counted = true;
                self.rings = self.rings.saturating_add(1);
                RingNews::Rang { first: self.rings == 1 }
            }
            (true, true) => RingNews::Stuck,
            (false, _) => RingNews::Over,
        })
    }
}
