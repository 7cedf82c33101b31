use crate::config::T3;
use clock::Monotonic;
use std::collections::VecDeque;

/// Frames that wait for the line to wake up at most.
const WAITING: usize = 64;

/// Layer 1 of an S/T interface as far as a card tells: I.430 6.2, states F3/G1, F4/G2, F7/G3.
#[derive(Debug)]
enum State {
    Active,
    Inactive,
    /// PH-ACTIVATE was requested; T3 runs.
    Activating {
        until: Monotonic,
    },
}

#[derive(Debug)]
pub(crate) struct Layer1 {
    state: State,
    waiting: VecDeque<Vec<u8>>,
    pub(crate) lost: u64,
}

/// What to do with a frame.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Sending {
    Now(Vec<u8>),
    /// Kept; ask the card to wake the line.
    Wake,
    Kept,
}

impl Layer1 {
    /// A line that sleeps is asleep at first; any other counts as awake, and its alarms tell when it is not.
    pub(crate) fn new(power_save: bool) -> Layer1 {
        let state = if power_save { State::Inactive } else { State::Active };
        Layer1 { state, waiting: VecDeque::new(), lost: 0 }
    }

    /// PH-DATA request.
    pub(crate) fn send(&mut self, now: Monotonic, frame: Vec<u8>) -> Sending {
        if let State::Active = self.state {
            return Sending::Now(frame);
        }
        if self.waiting.len() < WAITING {
            self.waiting.push_back(frame);
        } else {
            self.lost += 1;
        }
        if let State::Inactive = self.state {
            self.state = State::Activating { until: now + T3 };
            return Sending::Wake;
        }
        Sending::Kept
    }

    /// PH-ACTIVATE indication: what waited goes out.
    pub(crate) fn activated(&mut self) -> VecDeque<Vec<u8>> {
        self.state = State::Active;
        std::mem::take(&mut self.waiting)
    }

    /// PH-DEACTIVATE indication.
    pub(crate) fn deactivated(&mut self) {
        self.state = State::Inactive;
        self.lost += self.waiting.len() as u64;
        self.waiting.clear();
    }

    pub(crate) fn deadline(&self) -> Option<Monotonic> {
        if let State::Activating { until } = self.state { Some(until) } else { None }
    }

    /// T3: true if the activation has failed just now.
    pub(crate) fn expire(&mut self, now: Monotonic) -> bool {
        let failed = self.deadline().is_some_and(|until| until <= now);
        if failed {
            self.deactivated();
        }
        failed
    }
}
