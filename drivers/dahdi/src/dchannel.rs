//! A D-channel whose HDLC the kernel does: frames in, frames out.

use crate::channel::{Buffers, Channel, Moved};
use crate::error::Error;
use crate::event::Event;
use crate::span::ChannelNumber;

/// The frame check sequence (ISO/IEC 13239): the kernel wants room for it in what is written, and leaves it in what is read.
const FCS: usize = 2;

/// The longest frame with its FCS: Q.921 N201 allows 260 octets of information, No.7 needs 278.
const LONGEST: usize = 1024;

/// What came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Received<'a> {
    /// A frame, without its FCS.
    Frame(&'a [u8]),
    /// A frame was aborted, was too long or had a bad FCS; or the line's alarm began or ended.
    Event(Event),
}

/// A D-channel, open.
#[derive(Debug)]
pub struct DChannel {
    channel: Channel,
    frame: Box<[u8; LONGEST]>,
}

impl DChannel {
    /// Takes a channel that is configured for HDLC.
    pub fn open(number: ChannelNumber) -> Result<DChannel, Error> {
        let channel = Channel::open(number)?;
        channel.set_buffers(Buffers::frames())?;
        Ok(DChannel { channel, frame: Box::new([0; LONGEST]) })
    }

    pub fn channel(&self) -> &Channel {
        &self.channel
    }

    /// Sends a frame, given without FCS. False: no room yet, or it is too long to be sent at all.
    pub fn send(&mut self, frame: &[u8]) -> Result<bool, Error> {
        let length = frame.len() + FCS;
        if length > LONGEST {
            return Ok(false);
        }
        self.frame[..frame.len()].copy_from_slice(frame);
        self.frame[frame.len()..length].fill(0);
        // An event does not keep a frame from being sent: it is the reader's.
        match self.channel.write(&self.frame[..length])? {
            Moved::Octets(_) => Ok(true),
            Moved::NotYet | Moved::EventFirst => Ok(false),
        }
    }

    /// What came next.
    pub fn receive(&mut self) -> Result<Option<Received<'_>>, Error> {
        match self.channel.read(&mut self.frame[..])? {
            Moved::Octets(count) if count > FCS => Ok(Some(Received::Frame(&self.frame[..count - FCS]))),
            Moved::Octets(_) => Ok(Some(Received::Event(Event::Abort))),
            Moved::NotYet => Ok(None),
            Moved::EventFirst => Ok(self.channel.event()?.map(Received::Event)),
        }
    }
}
