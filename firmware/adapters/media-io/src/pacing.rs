//! Sleeping to an absolute time, and the scheduling class.

use std::time::{Duration, Instant};

/// SCHED_FIFO priority: above everything ordinary, below the kernel's interrupt threads (50).
const PRIORITY: libc::c_int = 40;

/// Asks for SCHED_FIFO for the calling thread. False: not permitted here.
pub fn ask_for_realtime() -> bool {
    let parameters = libc::sched_param { sched_priority: PRIORITY };
    // SAFETY: the pointer is to a live struct that the call only reads; 0 is the calling thread.
    unsafe { libc::sched_setscheduler(0, libc::SCHED_FIFO, &parameters) == 0 }
}

/// Sleeps until `at` of the monotonic clock; returns how late it is.
pub(crate) fn sleep_until(at: Instant) -> Duration {
    loop {
        let now = Instant::now();
        let left = at.saturating_duration_since(now);
        if left.is_zero() {
            return now.duration_since(at);
        }
        std::thread::sleep(left);
    }
}

/// Real time minus `monotonic`, microseconds: turns the kernel's packet times into ours.
pub(crate) fn real_micros() -> u64 {
    let now = std::time::SystemTime::now();
    now.duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_micros() as u64)
}
