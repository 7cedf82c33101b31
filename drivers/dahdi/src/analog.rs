//! Analog ports: hook, ringing, flash, polarity, message lamp.
//!
//! | port | can |
//! |---|---|
//! | FXS (a telephone hangs on it) | ring, reverse polarity, send caller ID while it rests, light the message lamp, cut the feed |
//! | FXO (an exchange line) | seize, release, flash |

use crate::abi::{self, DialOperation, Params};
use crate::channel::Channel;
use crate::error::Error;

/// A dialling that takes the place of what is being dialled.
const REPLACE: i32 = 2;

/// What is done to the hook.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Hook {
    On,
    Off,
    Flash,
    Ring,
    RingOff,
}

impl Hook {
    fn raw(self) -> i32 {
        match self {
            Hook::On => 0,
            Hook::Off => 1,
            Hook::Flash => 3,
            Hook::Ring => 5,
            Hook::RingOff => 6,
        }
    }
}

impl Channel {
    /// FXO: hangs up. FXS: ends the call; the feed is cut a moment if the port is configured so.
    pub fn on_hook(&self) -> Result<(), Error> {
        self.hook(Hook::On)
    }

    /// FXO: closes the loop, which seizes the line or answers it. FXS: gives the telephone its feed.
    pub fn off_hook(&self) -> Result<(), Error> {
        self.hook(Hook::Off)
    }

    /// FXO: opens the loop for the flash time. [`crate::Event::HookComplete`] tells when it is done.
    pub fn flash(&self) -> Result<(), Error> {
        self.hook(Hook::Flash)
    }

    /// FXO: dials with pulses of the loop (10 a second); other letters than digits are left out. [`crate::Event::DialComplete`] tells the end.
    pub fn dial_pulses(&self, digits: &str) -> Result<(), Error> {
        let wanted: String = digits.chars().filter(char::is_ascii_digit).collect();
        let mut operation = DialOperation { op: REPLACE, dialstr: abi::text(&format!("P{wanted}")) };
        self.ask(&abi::DIAL, &mut operation)
    }

    /// FXS: rings in its cadence until the telephone is lifted, or [`Channel::stop_ringing`].
    pub fn ring(&self) -> Result<(), Error> {
        self.hook(Hook::Ring)
    }

    pub fn stop_ringing(&self) -> Result<(), Error> {
        self.hook(Hook::RingOff)
    }

    fn hook(&self, hook: Hook) -> Result<(), Error> {
        match self.ask(&abi::HOOK, &mut hook.raw()) {
            // The kernel says so of whatever takes time; an event tells when it is done.
            Err(Error::Fault { cause, .. }) if cause.raw_os_error() == Some(nix::libc::EINPROGRESS) => Ok(()),
            outcome => outcome,
        }
    }

    /// FXS: the polarity of the feed, reversed to say that the called party answered, or released.
    pub fn set_polarity_reversed(&self, reversed: bool) -> Result<(), Error> {
        self.ask(&abi::SETPOLARITY, &mut i32::from(reversed))
    }

    /// FXS: sends what is written although the telephone is on hook, for so long: caller ID between rings.
    pub fn transmit_on_hook(&self, millis: u16) -> Result<(), Error> {
        self.ask(&abi::ONHOOKTRANSFER, &mut i32::from(millis))
    }

    /// FXS: lights the telephone's lamp for so many messages; 0 puts it out.
    pub fn set_messages_waiting(&self, messages: u16) -> Result<(), Error> {
        self.ask(&abi::VMWI, &mut i32::from(messages))
    }

    /// How long a flash of ours lasts, and the longest of the telephone's that is a flash and not the end of the call.
    pub fn set_flash(&self, ours_millis: u16, theirs_millis: u16) -> Result<(), Error> {
        let params = self.params()?;
        let mut changed = Params { flashtime: i32::from(ours_millis), rxflashtime: i32::from(theirs_millis), ..params };
        self.ask(&abi::SET_PARAMS, &mut changed)
    }
}
