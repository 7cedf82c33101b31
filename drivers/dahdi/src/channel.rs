//! One channel, open: its octets, its events, its signalling.

use crate::abi::{
    self, BufferInfo, ConfInfo, Gains, MAX_BUFFER_SPACE, MAX_BUFFERS, Params, Plain, Request, RingCadence,
};
use crate::control::ringing;
use crate::cross_connect::DIGITAL_MONITOR;
use crate::error::{Error, Subject, event_waits};
use crate::event::Event;
use crate::ioctl;
use crate::signalling::{Capabilities, CasBits, Law};
use crate::span::{ChannelNumber, SpanAlarms, SpanNumber};
use nix::fcntl::OFlag;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::OpenOptionsExt;

const NODE: &str = "/dev/dahdi/channel";

/// When the kernel hands over what came, and starts to send what it got.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum StartWhen {
    Immediately,
    BuffersFull,
}

/// A channel's buffers in the kernel.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Buffers {
    pub count: u8,
    /// Octets each; of speech 8 a millisecond.
    pub octets: u16,
    pub transmit: StartWhen,
}

impl Buffers {
    /// Speech in blocks of so many milliseconds, two sent ahead.
    pub const fn speech(millis: u16) -> Buffers {
        Buffers { count: 4, octets: millis * 8, transmit: StartWhen::Immediately }
    }

    /// A D-channel: whole frames, as many as the kernel holds.
    pub const fn frames() -> Buffers {
        Buffers { count: 32, octets: 1024, transmit: StartWhen::Immediately }
    }

    fn encode(self) -> Option<BufferInfo> {
        let (count, octets) = (usize::from(self.count), usize::from(self.octets));
        let fits = (2..=MAX_BUFFERS).contains(&count) && octets > 0 && count * octets <= MAX_BUFFER_SPACE;
        fits.then(|| BufferInfo {
            txbufpolicy: i32::from(self.transmit == StartWhen::BuffersFull),
            rxbufpolicy: 0,
            numbufs: i32::from(self.count),
            bufsize: i32::from(self.octets),
            readbufs: 0,
            writebufs: 0,
        })
    }
}

/// What a read or write did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Moved {
    /// So many octets.
    Octets(usize),
    /// Nothing came yet, or there is no room yet.
    NotYet,
    /// An event waits: nothing moves before [`Channel::event`] has fetched it.
    EventFirst,
}

/// What a channel is and how its signalling stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChannelStatus {
    pub number: ChannelNumber,
    pub span: SpanNumber,
    /// Its place in the span, from 1.
    pub position: u16,
    pub name: String,
    pub capabilities: Capabilities,
    /// FXS: the telephone is off hook. FXO: the line has feed.
    pub off_hook: bool,
    pub alarms: SpanAlarms,
}

/// A channel that this program has, until it is dropped: the kernel then hangs up and sends idle.
#[derive(Debug)]
pub struct Channel {
    node: File,
    number: ChannelNumber,
}

impl Channel {
    /// Takes a channel. Reads and writes do not wait.
    pub fn open(number: ChannelNumber) -> Result<Channel, Error> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).custom_flags(OFlag::O_NONBLOCK.bits());
        let node = options.open(NODE).map_err(Error::NotLoaded)?;
        let channel = Channel { node, number };
        match channel.ask(&abi::SPECIFY, &mut number.raw()) {
            Ok(()) => Ok(channel),
            Err(Error::Refused { .. }) => Err(Error::Absent(Subject::Channel(number.0))),
            Err(other) => Err(other),
        }
    }

    pub fn number(&self) -> ChannelNumber {
        self.number
    }

    pub fn descriptor(&self) -> BorrowedFd<'_> {
        self.node.as_fd()
    }

    pub fn status(&self) -> Result<ChannelStatus, Error> {
        let params = self.params()?;
        let small = |number: i32| u16::try_from(number).unwrap_or(0);
        Ok(ChannelStatus {
            number: ChannelNumber(small(params.channo)),
            span: SpanNumber(small(params.spanno)),
            position: small(params.chanpos),
            name: abi::words(&params.name),
            capabilities: Capabilities::decode(params.sigcap),
            off_hook: params.rxisoffhook != 0,
            alarms: SpanAlarms::from_bits(params.chan_alarms),
        })
    }

    pub(crate) fn params(&self) -> Result<Params, Error> {
        let mut params = EMPTY_PARAMS;
        self.ask(&abi::GET_PARAMS, &mut params)?;
        Ok(params)
    }

    pub fn set_buffers(&self, buffers: Buffers) -> Result<(), Error> {
        let refused = || Error::Refused { subject: Subject::Channel(self.number.0), request: abi::SET_BUFINFO.name };
        let mut info = buffers.encode().ok_or_else(refused)?;
        self.ask(&abi::SET_BUFINFO, &mut info)
    }

    /// Octets in each block of speech that is read and written: 8 a millisecond.
    pub fn set_block(&self, octets: u16) -> Result<(), Error> {
        self.ask(&abi::SET_BLOCKSIZE, &mut i32::from(octets))
    }

    /// Buffers that wait: received ones to be read, and written ones to be sent.
    pub fn backlog(&self) -> Result<(u16, u16), Error> {
        let mut info = BufferInfo::default();
        self.ask(&abi::GET_BUFINFO, &mut info)?;
        let small = |number: i32| u16::try_from(number).unwrap_or(0);
        Ok((small(info.readbufs), small(info.writebufs)))
    }

    /// Speech (echo cancelled, gains applied, cross-connected) on a clear channel; or octets untouched.
    pub fn set_speech(&self, speech: bool) -> Result<(), Error> {
        self.ask(&abi::AUDIOMODE, &mut i32::from(speech))
    }

    pub fn set_law(&self, law: Law) -> Result<(), Error> {
        self.ask(&abi::SETLAW, &mut law.raw())
    }

    /// Throws away what waits: received octets, octets to send, events.
    pub fn flush(&self) -> Result<(), Error> {
        self.ask(&abi::FLUSH, &mut 7)
    }

    /// Throws away octets that wait to be sent, and received ones if those too; events stay.
    pub fn flush_octets(&self, received_too: bool) -> Result<(), Error> {
        self.ask(&abi::FLUSH, &mut (2 + i32::from(received_too)))
    }

    /// Reads a block of speech, or a frame.
    pub fn read(&self, octets: &mut [u8]) -> Result<Moved, Error> {
        self.moved("read", (&self.node).read(octets))
    }

    /// Writes a block of speech, or a frame. Only the first block's length of a longer one is taken.
    pub fn write(&self, octets: &[u8]) -> Result<Moved, Error> {
        self.moved("write", (&self.node).write(octets))
    }

    fn moved(&self, request: &'static str, outcome: io::Result<usize>) -> Result<Moved, Error> {
        match outcome {
            Ok(count) => Ok(Moved::Octets(count)),
            Err(cause) if cause.kind() == io::ErrorKind::WouldBlock => Ok(Moved::NotYet),
            Err(cause) if event_waits(&cause) => Ok(Moved::EventFirst),
            Err(cause) => Err(Error::of(Subject::Channel(self.number.0), request, cause)),
        }
    }

    /// The next event, oldest first.
    pub fn event(&self) -> Result<Option<Event>, Error> {
        let mut number = 0;
        self.ask(&abi::GETEVENT, &mut number)?;
        Ok(Event::decode(number.cast_unsigned()))
    }

    /// Sends these bits (on a channel of CAS).
    pub fn set_cas(&self, bits: CasBits) -> Result<(), Error> {
        self.ask(&abi::SETTXBITS, &mut i32::from(bits.nibble()))
    }

    /// The far end's bits. None: the channel does not signal so.
    pub fn cas(&self) -> Result<Option<CasBits>, Error> {
        let mut bits = 0;
        self.ask(&abi::GETRXBITS, &mut bits)?;
        Ok((bits >= 0).then(|| CasBits::new(bits.to_le_bytes()[0])))
    }

    /// Sends back to the line what the line brings: a loop for this channel alone.
    pub fn set_loopback(&self, looped: bool) -> Result<(), Error> {
        self.ask(&abi::LOOPBACK, &mut i32::from(looped))
    }

    /// Events when a buffer of the kernel ran over or dry.
    pub fn report_buffers(&self, report: bool) -> Result<(), Error> {
        self.ask(&abi::BUFFER_EVENTS, &mut i32::from(report))
    }

    /// Cancels the echo of what we send, over so many milliseconds of tail. None: off.
    pub fn cancel_echo(&self, tail_millis: Option<u8>) -> Result<(), Error> {
        // Taps of 8 kHz; the kernel takes 32 to 1024, and 1 as its default.
        let taps = tail_millis.map_or(0, |tail| (i32::from(tail) * 8).clamp(32, 1024));
        self.ask(&abi::ECHOCANCEL, &mut taps.clone())
    }

    /// Learns the line's echo for so long, muted.
    pub fn train_echo(&self, millis: u16) -> Result<(), Error> {
        self.ask(&abi::ECHOTRAIN, &mut i32::from(millis))
    }

    /// Puts the canceller out of a fax's or modem's way, where it knows how.
    pub fn echo_canceller_for_fax(&self, fax: bool) -> Result<(), Error> {
        self.ask(&abi::ECHOCANCEL_FAX_MODE, &mut i32::from(fax))
    }

    /// The cadence in which this port rings: milliseconds of ring and rest by turns.
    pub fn set_ringing(&self, cadence: &[u16]) -> Result<(), Error> {
        self.ask(&abi::SETCADENCE, &mut RingCadence { ringcadence: ringing(cadence) })
    }

    /// Gains as tables over the law's 256 codes: what is received, and what is sent. Cross-connected octets pass untouched only without.
    pub fn set_gains(&self, received: &[u8; 256], sent: &[u8; 256]) -> Result<(), Error> {
        self.ask(&abi::SETGAINS, &mut Gains { chan: 0, rxgain: *received, txgain: *sent })
    }

    /// Turns a clear channel into a D-channel whose HDLC the kernel does, until it is closed.
    pub fn set_frames(&self) -> Result<(), Error> {
        self.ask(&abi::HDLCFCSMODE, &mut 1)
    }

    /// The channel that this one is cross-connected to.
    pub fn connected_to(&self) -> Result<Option<ChannelNumber>, Error> {
        self.connection_of(self.number)
    }

    /// The channel that another one is cross-connected to, whoever has it open.
    pub fn connection_of(&self, channel: ChannelNumber) -> Result<Option<ChannelNumber>, Error> {
        let mut conference = ConfInfo { chan: channel.raw(), ..ConfInfo::default() };
        self.ask(&abi::GETCONF, &mut conference)?;
        let number = u16::try_from(conference.confno).unwrap_or(0);
        Ok((conference.confmode == DIGITAL_MONITOR).then_some(ChannelNumber(number)))
    }

    pub(crate) fn set_conference(&self, mut conference: ConfInfo) -> Result<(), Error> {
        self.ask(&abi::SETCONF, &mut conference)
    }

    pub(crate) fn ask<T: Plain>(&self, request: &Request<T>, argument: &mut T) -> Result<(), Error> {
        match ioctl::request(self.node.as_fd(), request, argument) {
            Ok(_) => Ok(()),
            Err(cause) => Err(Error::of(Subject::Channel(self.number.0), request.name, cause)),
        }
    }
}

const EMPTY_PARAMS: Params = Params {
    channo: 0,
    spanno: 0,
    chanpos: 0,
    sigtype: 0,
    sigcap: 0,
    rxisoffhook: 0,
    rxbits: 0,
    txbits: 0,
    txhooksig: 0,
    rxhooksig: 0,
    curlaw: 0,
    idlebits: 0,
    name: [0; 40],
    prewinktime: 0,
    preflashtime: 0,
    winktime: 0,
    flashtime: 0,
    starttime: 0,
    rxwinktime: 0,
    rxflashtime: 0,
    debouncetime: 0,
    pulsebreaktime: 0,
    pulsemaketime: 0,
    pulseaftertime: 0,
    chan_alarms: 0,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_stay_within_what_the_kernel_holds() {
        assert!(Buffers::speech(20).encode().is_some());
        let frames = Buffers::frames().encode().map(|info| (info.numbufs, info.bufsize, info.txbufpolicy));
        assert_eq!(frames, Some((32, 1024, 0)));
        for bad in [(1, 160), (33, 8), (32, 1025), (4, 0)] {
            let buffers = Buffers { count: bad.0, octets: bad.1, transmit: StartWhen::Immediately };
            assert!(buffers.encode().is_none(), "{bad:?}");
        }
    }
}
