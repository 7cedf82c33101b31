use super::timer::Timers;
use crate::codec::ChannelIdentification;
use numbering::{Cause, CauseLocation, ClearCause};

/// Which side of the interface we are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    User,
    Network,
}

/// Which access the interface is: it decides how channels and call references are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Access {
    /// Call references of two octets, channels by timeslot.
    #[default]
    Primary,
    /// Call references of one octet (4.3), channels B1 and B2 (4.5.13).
    Basic,
}

#[derive(Clone, Debug)]
pub struct Config {
    pub side: Side,
    pub access: Access,
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
        Config {
            side,
            access: Access::Primary,
            channels,
            timers: Timers::default(),
            rearrangement: false,
            trace: false,
        }
    }

    /// A basic access, or one terminal of it.
    pub fn basic(side: Side) -> Config {
        Config { access: Access::Basic, ..Config::new(side, 2) }
    }

    /// The element that names one B-channel.
    pub(crate) fn channel(&self, slot: u8, exclusive: bool) -> ChannelIdentification {
        match self.access {
            Access::Primary => ChannelIdentification::slot(slot, exclusive),
            Access::Basic => ChannelIdentification::basic(slot, exclusive),
        }
    }

    /// The highest call reference value, 4.3.
    pub(crate) fn last_reference(&self) -> u16 {
        match self.access {
            Access::Primary => 0x7fff,
            Access::Basic => 0x7f,
        }
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
