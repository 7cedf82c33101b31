//! RTP ports: even ones out of a range, used again only after a while, so that late packets of one call do not reach the next.

use clock::{Millis, Monotonic};
use std::collections::{BTreeSet, VecDeque};

/// How long a freed port rests.
const GRACE: Millis = Millis::secs(5);

#[derive(Clone, Debug)]
pub(crate) struct Ports {
    range: (u16, u16),
    free: VecDeque<u16>,
    resting: VecDeque<(Monotonic, u16)>,
    taken: BTreeSet<u16>,
}

impl Ports {
    /// The even ports of `first..=last` whose RTCP port lies within too.
    pub fn range(range: (u16, u16)) -> Ports {
        Ports { range, free: even(range).collect(), resting: VecDeque::new(), taken: BTreeSet::new() }
    }

    /// Another range from now on. Ports that are taken stay so until they are given back, wherever they lie.
    pub fn change(&mut self, range: (u16, u16)) {
        if range == self.range {
            return;
        }
        self.range = range;
        self.resting.retain(|(_, port)| lies_in(range, *port));
        let resting: BTreeSet<u16> = self.resting.iter().map(|(_, port)| *port).collect();
        self.free = even(range).filter(|port| !resting.contains(port) && !self.taken.contains(port)).collect();
    }

    pub fn take(&mut self, now: Monotonic) -> Option<u16> {
        while let Some((until, port)) = self.resting.front().copied() {
            if until > now {
                break;
            }
            self.resting.pop_front();
            self.free.push_back(port);
        }
        let port = self.free.pop_front()?;
        self.taken.insert(port);
        Some(port)
    }

    pub fn give_back(&mut self, now: Monotonic, port: u16) {
        self.taken.remove(&port);
        if lies_in(self.range, port) {
            self.resting.push_back((now + GRACE, port));
        }
    }
}

fn even((first, last): (u16, u16)) -> impl Iterator<Item = u16> {
    (first..last).filter(|port| port % 2 == 0)
}

fn lies_in((first, last): (u16, u16), port: u16) -> bool {
    (first..last).contains(&port)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The range is changed while two calls are up: they keep their ports, new ones get new ports, and none is given twice.
    #[test]
    fn the_range_changes_under_calls() {
        let mut ports = Ports::range((100, 105));
        let (first, second) = (ports.take(Monotonic(0)), ports.take(Monotonic(0)));
        assert_eq!((first, second), (Some(100), Some(102)));
        ports.change((102, 107));
        assert_eq!((ports.take(Monotonic(0)), ports.take(Monotonic(0))), (Some(104), Some(106)));
        assert_eq!(ports.take(Monotonic(0)), None);
        ports.give_back(Monotonic(0), 100);
        ports.give_back(Monotonic(0), 102);
        assert_eq!(ports.take(Monotonic(0)), None);
        let later = Monotonic(0) + GRACE;
        assert_eq!((ports.take(later), ports.take(later)), (Some(102), None));
    }
}
