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

/// A block at most.
const MOST_MILLIS: u16 = 60;
const MOST_OCTETS: usize = MOST_MILLIS as usize * 8;

/// Channels with speech, in the order in which they were put in.
#[derive(Debug)]
pub struct Bank {
    channels: Vec<Channel>,
    /// Channels that move nothing for now: the kernel connects them.
    away: Vec<bool>,
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
        let block_millis = block_millis.clamp(1, MOST_MILLIS);
        let block = usize::from(block_millis) * 8;
        for channel in &channels {
            channel.set_buffers(Buffers::speech(block_millis))?;
        }
        let away = vec![false; channels.len()];
        let mut bank = Bank { channels, away, block, silence, counts: BankCounts::default() };
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

    /// Leaves a channel to the kernel, which connects it to another, or takes it back with silence ahead. One that is away is neither read nor
    /// written: silence is heard from it. Its events are told. The last channel is read all the same, for its blocks pace the bank.
    pub fn set_away(&mut self, place: usize, away: bool) -> Result<(), Error> {
        let (Some(channel), Some(was)) = (self.channels.get(place), self.away.get_mut(place)) else { return Ok(()) };
        if std::mem::replace(was, away) && !away {
            channel.flush_octets(place + 1 < self.channels.len())?;
            let quiet = [self.silence; MOST_OCTETS];
            for _ in 0..AHEAD {
                channel.write(&quiet[..self.block])?;
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
        let last = self.channels.len().saturating_sub(1);
        for (place, (channel, block)) in self.channels.iter().zip(heard.chunks_exact_mut(self.block)).enumerate() {
            if self.away[place] && place != last {
                while let Some(event) = channel.event()? {
                    tell(place, event);
                }
                block.fill(self.silence);
                continue;
            }
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
            if self.away[place] {
                block.fill(self.silence);
            }
        }
        Ok(())
    }

    /// Writes each channel's block from its place of `spoken`.
    pub fn write(&mut self, spoken: &[u8]) -> Result<(), Error> {
        let present = self.channels.iter().zip(spoken.chunks_exact(self.block)).zip(&self.away);
        for ((channel, block), _) in present.filter(|(_, away)| !**away) {
            match channel.write(block)? {
                Moved::Octets(_) => {}
                // The event is read next tick; this block is lost, as it would be on a line whose state just changed.
                Moved::NotYet | Moved::EventFirst => self.counts.not_written += 1,
            }
        }
        Ok(())
    }
}
