use graph::Counters;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// How the thread is doing; read from anywhere.
#[derive(Debug, Default)]
pub struct Status {
    pub(crate) realtime: AtomicBool,
    pub(crate) wakes: AtomicU64,
    pub(crate) late: AtomicU64,
    pub(crate) latest: AtomicU64,
    pub(crate) busy: AtomicU64,
    pub(crate) skipped: AtomicU64,
    pub(crate) unsent: AtomicU64,
    pub(crate) indications_lost: AtomicU64,
    engine: [AtomicU64; Counters::COUNT],
}

impl Status {
    /// The kernel granted SCHED_FIFO.
    pub fn realtime(&self) -> bool {
        self.realtime.load(Ordering::Relaxed)
    }

    /// Wakes so far, every 5 ms.
    pub fn wakes(&self) -> u64 {
        self.wakes.load(Ordering::Relaxed)
    }

    /// Wakes that came more than 5 ms late.
    pub fn late_wakes(&self) -> u64 {
        self.late.load(Ordering::Relaxed)
    }

    /// The latest wake, microseconds after its time.
    pub fn latest_micros(&self) -> u64 {
        self.latest.load(Ordering::Relaxed)
    }

    /// Time spent awake, microseconds.
    pub fn busy_micros(&self) -> u64 {
        self.busy.load(Ordering::Relaxed)
    }

    /// Ticks given up because the thread did not run for too long.
    pub fn skipped_ticks(&self) -> u64 {
        self.skipped.load(Ordering::Relaxed)
    }

    /// Datagrams that the kernel did not take.
    pub fn unsent(&self) -> u64 {
        self.unsent.load(Ordering::Relaxed)
    }

    /// Indications lost because the exchange did not take them.
    pub fn indications_lost(&self) -> u64 {
        self.indications_lost.load(Ordering::Relaxed)
    }

    /// What the engine counted, by name: strangers' packets, underruns, blocks lost.
    pub fn engine(&self) -> [(&'static str, u64); Counters::COUNT] {
        let mut named = Counters::default().named();
        for ((_, shown), counted) in named.iter_mut().zip(&self.engine) {
            *shown = counted.load(Ordering::Relaxed);
        }
        named
    }

    pub(crate) fn show_engine(&self, counters: &Counters) {
        for ((_, counted), shown) in counters.named().iter().zip(&self.engine) {
            shown.store(*counted, Ordering::Relaxed);
        }
    }

    pub(crate) fn add(counter: &AtomicU64, count: u64) {
        counter.fetch_add(count, Ordering::Relaxed);
    }
}
