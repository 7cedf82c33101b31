//! The only reader of the machine's clocks.
//!
//! Everything else takes the time as an argument.

use clock::{Monotonic, Now, WallTime};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// The machine's clocks, monotonic time counted from when this was made.
#[derive(Clone, Copy, Debug)]
pub struct Wallclock {
    started: Instant,
}

impl Wallclock {
    pub fn start() -> Wallclock {
        Wallclock { started: Instant::now() }
    }

    pub fn now(&self) -> Now {
        Now { mono: self.mono(), wall: wall() }
    }

    pub fn mono(&self) -> Monotonic {
        Monotonic(self.started.elapsed().as_millis() as u64)
    }

    /// Microseconds since start, for media pacing and jitter.
    pub fn micros(&self) -> u64 {
        self.started.elapsed().as_micros() as u64
    }
}

/// UTC now. A clock before 1970 reads as 1970.
pub fn wall() -> WallTime {
    let passed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    WallTime(passed.as_millis() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn monotonic_time_does_not_go_back() {
        let clock = Wallclock::start();
        let earlier = clock.now();
        assert!(clock.mono() >= earlier.mono);
        assert!(earlier.wall > WallTime(1_600_000_000_000));
    }
}
