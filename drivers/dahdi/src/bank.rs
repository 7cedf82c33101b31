//! Hundreds of channels read and written together, a block each, with one wait for all.
//!
//! The kernel runs all spans by one clock, and a channel's blocks begin where it was started: when the last one started has a block, all
//! have one. Events need no second look: a read that an event holds back says so.

use crate::channel::{Buffers, Channel, Moved};
use crate::error::Error;
use crate::event::Event;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

/// Blocks sent ahead, so that a late tick is not heard.
const AHEAD: usize = 2;

/// Channels with speech, in the order in which they were put in.
#[derive(Debug)]
pub struct Bank {
    channels: Vec<Channel>,
    block: usize,
    /// Silence of the law in use, heard where nothing came.
    silence: u8,
    counts: BankCounts,
}

/// What went wrong since the bank was made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct BankCounts {
    /// Blocks that had not come, or that there was no room for.
    pub not_read: u64,
    pub not_written: u64,
}

impl Bank {
    /// Takes channels that move so many milliseconds at a time (1 to 60), and starts them together with silence ahead.
    pub fn new(channels: Vec<Channel>, block_millis: u16, silence: u8) -> Result<Bank, Error> {
        let block_millis = block_millis.clamp(1, 60);
        let block = usize::from(block_millis) * 8;
        for channel in &channels {
            channel.set_buffers(Buffers::speech(block_millis))?;
        }
        let mut bank = Bank { channels, block, silence, counts: BankCounts::default() };
        bank.restart()?;
        Ok(bank)
    }

    /// Throws away what waits and begins again with silence ahead: after a pause in which nobody read.
    pub fn restart(&mut self) -> Result<(), Error> {
        let quiet = vec![self.silence; self.block];
        for channel in &self.channels {
            channel.flush()?;
            for _ in 0..AHEAD {
                channel.write(&quiet)?;
            }
        }
        Ok(())
    }

    pub fn channels(&self) -> &[Channel] {
        &self.channels
    }

    /// Octets of one channel's block.
    pub fn block(&self) -> usize {
        self.block
    }

    pub fn counts(&self) -> BankCounts {
        self.counts
    }

    /// Waits for the next block, at most so long. False: it did not come.
    pub fn wait(&self, timeout_millis: u16) -> Result<bool, Error> {
        let Some(last) = self.channels.last() else { return Ok(false) };
        let mut waiting = [PollFd::new(last.descriptor(), PollFlags::POLLIN)];
        match poll(&mut waiting, PollTimeout::from(timeout_millis)) {
            Ok(ready) => Ok(ready > 0),
            Err(nix::errno::Errno::EINTR) => Ok(false),
            Err(errno) => {
                Err(Error::Fault { subject: crate::Subject::Interface, request: "poll", cause: errno.into() })
            }
        }
    }

    /// Reads each channel's block into its place of `heard` (channel after channel); silence where none came. Events go to `tell`, with
    /// the place of their channel.
    pub fn read(&mut self, heard: &mut [u8], mut tell: impl FnMut(usize, Event)) -> Result<(), Error> {
        for (place, (channel, block)) in self.channels.iter().zip(heard.chunks_exact_mut(self.block)).enumerate() {
            let mut moved = channel.read(block)?;
            while moved == Moved::EventFirst {
                match channel.event()? {
                    Some(event) => tell(place, event),
                    None => moved = channel.read(block)?,
                }
            }
            let came = if let Moved::Octets(count) = moved { count } else { 0 };
            if came < block.len() {
                self.counts.not_read += 1;
                block[came..].fill(self.silence);
            }
        }
        Ok(())
    }

    /// Writes each channel's block from its place of `spoken`.
    pub fn write(&mut self, spoken: &[u8]) -> Result<(), Error> {
        for (channel, block) in self.channels.iter().zip(spoken.chunks_exact(self.block)) {
            match channel.write(block)? {
                Moved::Octets(_) => {}
                // The event is read next tick; this block is lost, as it would be on a line whose state just changed.
                Moved::NotYet | Moved::EventFirst => self.counts.not_written += 1,
            }
        }
        Ok(())
    }
}
