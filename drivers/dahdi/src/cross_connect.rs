//! Two channels connected in the kernel: a TDM to TDM call whose octets never come to us.

use crate::abi::ConfInfo;
use crate::channel::Channel;
use crate::error::Error;

/// Each sends what the other receives, octet for octet (gains and echo cancellers off).
pub(crate) const DIGITAL_MONITOR: i32 = 9;

impl Channel {
    /// Each sends what the other receives, until [`Channel::disconnect`] or until it is closed. Both carry speech: see
    /// [`Channel::set_speech`]. What is written to them meanwhile is not sent.
    pub fn connect(&self, other: &Channel) -> Result<(), Error> {
        self.send_what_comes_to(other)?;
        other.send_what_comes_to(self).inspect_err(|_| {
            // The first half alone would be a monitor.
            self.disconnect().ok();
        })
    }

    /// Sends what is written to it again. The other channel of a connection needs its own word.
    pub fn disconnect(&self) -> Result<(), Error> {
        self.set_conference(ConfInfo::default())
    }

    fn send_what_comes_to(&self, source: &Channel) -> Result<(), Error> {
        self.set_conference(ConfInfo { chan: 0, confno: source.number().raw(), confmode: DIGITAL_MONITOR })
    }
}

/// A connection, undone when dropped.
#[derive(Debug)]
pub struct CrossConnect<'a> {
    pair: [&'a Channel; 2],
}

impl<'a> CrossConnect<'a> {
    pub fn new(one: &'a Channel, other: &'a Channel) -> Result<CrossConnect<'a>, Error> {
        one.connect(other)?;
        Ok(CrossConnect { pair: [one, other] })
    }
}

impl Drop for CrossConnect<'_> {
    fn drop(&mut self) {
        for channel in self.pair {
            // A card that is gone has no connection left to undo.
            channel.disconnect().ok();
        }
    }
}
