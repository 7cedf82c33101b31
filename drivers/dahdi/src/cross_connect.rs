//! Two channels connected in the kernel: a TDM to TDM call whose octets never come to us.

use crate::abi::ConfInfo;
use crate::channel::Channel;
use crate::error::Error;

/// Each sends what the other receives, octet for octet (gains and echo cancellers off).
pub(crate) const DIGITAL_MONITOR: i32 = 9;

/// A connection, undone when dropped. Both channels carry speech: see [`Channel::set_speech`].
#[derive(Debug)]
pub struct CrossConnect<'a> {
    pair: [&'a Channel; 2],
}

impl<'a> CrossConnect<'a> {
    pub fn new(one: &'a Channel, other: &'a Channel) -> Result<CrossConnect<'a>, Error> {
        for (sender, source) in [(one, other), (other, one)] {
            sender.connect(ConfInfo { chan: 0, confno: source.number().raw(), confmode: DIGITAL_MONITOR })?;
        }
        Ok(CrossConnect { pair: [one, other] })
    }
}

impl Drop for CrossConnect<'_> {
    fn drop(&mut self) {
        for channel in self.pair {
            // A card that is gone has no connection left to undo.
            let _gone = channel.connect(ConfInfo::default());
        }
    }
}
