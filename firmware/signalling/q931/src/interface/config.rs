use super::timer::Timers;
use numbering::{Cause, CauseLocation, ClearCause};

/// Which side of the interface we are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    User,
    Network,
}

#[derive(Clone, Debug)]
pub struct Config {
    pub side: Side,
    /// B-channels of the interface; twice as many calls are held at once, which bounds everything here.
    pub channels: usize,
    pub timers: Timers,
    /// Serve suspension and resumption (5.6, terminal portability). No primary rate access of a public network offers it; without it
    /// SUSPEND and RESUME are rejected as messages that are not implemented (5.6.3, 5.6.5).
    pub rearrangement: bool,
    /// Emit [`crate::Trace`] records.
    pub trace: bool,
}

impl Config {
    pub fn new(side: Side, channels: usize) -> Config {
        Config { side, channels, timers: Timers::default(), rearrangement: false, trace: false }
    }

    pub(crate) fn max_calls(&self) -> usize {
        self.channels * 2
    }

    /// The location we give in causes of our own (Q.850 table 1): a user is a user, our network side serves a private network.
    pub(crate) fn location(&self) -> CauseLocation {
        match self.side {
            Side::User => CauseLocation::User,
            Side::Network => CauseLocation::PrivateLocal,
        }
    }

    pub(crate) fn cause(&self, cause: Cause) -> ClearCause {
        ClearCause { cause, location: self.location() }
    }
}
