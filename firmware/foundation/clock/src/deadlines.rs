use crate::Monotonic;
use std::collections::{BTreeMap, BTreeSet};

/// The running timers of one machine, each known by its name in the standard.
///
/// Arming a timer that runs moves it. Timers due at the same millisecond fire in the order of their keys, so that
/// a replay with the same seed sees the same order.
///
/// ```
/// use clock::{Deadlines, Millis, Monotonic};
/// let mut timers = Deadlines::default();
/// timers.arm("T303", Monotonic(0) + Millis::secs(4));
/// assert_eq!(timers.deadline(), Some(Monotonic(4000)));
/// assert_eq!(timers.expire(Monotonic(3999)), None);
/// assert_eq!(timers.expire(Monotonic(4000)), Some("T303"));
/// assert_eq!(timers.deadline(), None);
/// ```
#[derive(Clone, Debug)]
pub struct Deadlines<K> {
    order: BTreeSet<(Monotonic, K)>,
    running: BTreeMap<K, Monotonic>,
}

impl<K> Default for Deadlines<K> {
    fn default() -> Self {
        Deadlines { order: BTreeSet::new(), running: BTreeMap::new() }
    }
}

impl<K: Ord + Clone> Deadlines<K> {
    /// Starts `timer`, or moves it if it runs.
    pub fn arm(&mut self, timer: K, at: Monotonic) {
        self.disarm(&timer);
        self.order.insert((at, timer.clone()));
        self.running.insert(timer, at);
    }

    /// Stops `timer`; nothing happens if it does not run.
    pub fn disarm(&mut self, timer: &K) {
        if let Some(at) = self.running.remove(timer) {
            self.order.remove(&(at, timer.clone()));
        }
    }

    /// Stops every timer whose key `gone` names.
    pub fn disarm_all(&mut self, gone: impl Fn(&K) -> bool) {
        let keys: Vec<K> = self.running.keys().filter(|k| gone(k)).cloned().collect();
        for key in keys {
            self.disarm(&key);
        }
    }

    pub fn runs(&self, timer: &K) -> bool {
        self.running.contains_key(timer)
    }

    /// Takes one timer that is due at `now`; call again until `None`.
    pub fn expire(&mut self, now: Monotonic) -> Option<K> {
        let (at, _) = self.order.first()?;
        if *at > now {
            return None;
        }
        let (_, timer) = self.order.pop_first()?;
        self.running.remove(&timer);
        Some(timer)
    }

    /// When the next timer is due.
    pub fn deadline(&self) -> Option<Monotonic> {
        self.order.first().map(|(at, _)| *at)
    }

    /// The names of the timers that run, in key order.
    pub fn running(&self) -> impl Iterator<Item = &K> {
        self.running.keys()
    }
}
