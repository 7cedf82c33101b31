//! The three times, as types that do not mix.
//!
//! * [`Monotonic`]: milliseconds since the daemon (or the simulated world) started; timers run on it.
//! * [`WallTime`]: UTC milliseconds; business hours and call records use it.
//! * [`Samples`]: the 8 kHz sample clock of the cards; media runs on it.
//!
//! Nothing here reads a clock: time is an argument. `adapters/wallclock` is the only reader.

mod civil;
mod deadlines;

pub use civil::Civil;
pub use deadlines::Deadlines;
use serde::{Deserialize, Serialize};
use std::ops::{Add, Sub};

/// A duration in milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millis(pub u64);

impl Millis {
    pub const ZERO: Millis = Millis(0);

    /// `n` seconds.
    pub const fn secs(n: u64) -> Millis {
        Millis(n * 1000)
    }

    /// Whole seconds, rounded down.
    pub const fn as_secs(self) -> u64 {
        self.0 / 1000
    }
}

impl Add for Millis {
    type Output = Millis;
    fn add(self, other: Millis) -> Millis {
        Millis(self.0 + other.0)
    }
}

/// A point on the monotonic clock.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Monotonic(pub u64);

impl Monotonic {
    /// Time passed since `earlier`; zero if `earlier` is later.
    pub const fn since(self, earlier: Monotonic) -> Millis {
        Millis(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Millis> for Monotonic {
    type Output = Monotonic;
    fn add(self, wait: Millis) -> Monotonic {
        Monotonic(self.0 + wait.0)
    }
}

/// A wall-clock instant: milliseconds of UTC since 1970.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WallTime(pub i64);

impl WallTime {
    /// Milliseconds passed since `earlier`; zero if the wall clock was set back in between.
    pub const fn since(self, earlier: WallTime) -> Millis {
        let passed = self.0 - earlier.0;
        Millis(if passed > 0 { passed as u64 } else { 0 })
    }
}

impl Add<Millis> for WallTime {
    type Output = WallTime;
    fn add(self, wait: Millis) -> WallTime {
        WallTime(self.0 + wait.0 as i64)
    }
}

/// Both clocks read at one moment: what a core is handed as `now`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Now {
    pub mono: Monotonic,
    pub wall: WallTime,
}

impl Add<Millis> for Now {
    type Output = Now;
    fn add(self, wait: Millis) -> Now {
        Now { mono: self.mono + wait, wall: self.wall + wait }
    }
}

/// A position on the 8 kHz sample clock, or a count of samples.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Samples(pub u64);

impl Samples {
    /// Samples per millisecond of G.711 (8 kHz).
    pub const PER_MILLI: u64 = 8;

    pub const fn from_millis(wait: Millis) -> Samples {
        Samples(wait.0 * Self::PER_MILLI)
    }

    pub const fn to_millis(self) -> Millis {
        Millis(self.0 / Self::PER_MILLI)
    }
}

impl Add for Samples {
    type Output = Samples;
    fn add(self, other: Samples) -> Samples {
        Samples(self.0 + other.0)
    }
}

impl Sub for Samples {
    type Output = Samples;
    fn sub(self, other: Samples) -> Samples {
        Samples(self.0 - other.0)
    }
}
