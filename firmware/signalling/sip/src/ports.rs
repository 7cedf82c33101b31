//! RTP ports: even ones out of a range, used again only after a while, so that late packets of one call do not reach the next.

use clock::{Millis, Monotonic};
use std::collections::VecDeque;

/// How long a freed port rests.
const GRACE: Millis = Millis::secs(5);

#[derive(Clone, Debug)]
pub(crate) struct Ports {
    free: VecDeque<u16>,
    resting: VecDeque<(Monotonic, u16)>,
}

impl Ports {
    /// The even ports of `first..=last` whose RTCP port lies within too.
    pub fn range((first, last): (u16, u16)) -> Ports {
        Ports { free: (first..last).filter(|port| port % 2 == 0).collect(), resting: VecDeque::new() }
    }

    pub fn take(&mut self, now: Monotonic) -> Option<u16> {
        while let Some((until, port)) = self.resting.front().copied() {
            if until > now {
                break;
            }
            self.resting.pop_front();
            self.free.push_back(port);
        }
        self.free.pop_front()
    }

    pub fn give_back(&mut self, now: Monotonic, port: u16) {
        self.resting.push_back((now + GRACE, port));
    }
}
