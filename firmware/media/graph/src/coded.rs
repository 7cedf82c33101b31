//! What a stream has beside when its codec is not G.711: a decoder behind its packets, an encoder, and the way between 8 and 16 kHz.

use crate::outbox::Outbox;
use crate::stream::{Sending, Stream};
use codec::{Down, Encoder, NoCodec, Playout, Up};
use pcm::{BLOCK, Linear};
use plan::Codec;
use rtp::Header;
use std::net::SocketAddr;

/// A block at 16 kHz.
pub(crate) const WIDE: usize = 2 * BLOCK;
/// Speech of the longest packet, 60 ms at 16 kHz.
const LONGEST: usize = 3 * WIDE;

/// A block of speech for the encoder.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Block<'a> {
    Narrow(&'a Linear),
    Wide(&'a [i16; WIDE]),
}

/// What the far end says in this tick, and what it was before it was brought to the telephone band.
#[derive(Debug)]
pub struct Coded {
    codec: Codec,
    pub(crate) playout: Playout,
    encoder: Encoder,
    down: Down,
    up: Up,
    said: [i16; WIDE],
    /// Speech on its way into a packet.
    waiting: [i16; LONGEST],
    pub(crate) filled: usize,
}

impl Coded {
    /// `None` for G.711, which needs nothing of this.
    pub(crate) fn of(codec: Codec) -> Result<Option<Box<Coded>>, NoCodec> {
        if codec.law().is_some() {
            return Ok(None);
        }
        Ok(Some(Box::new(Coded {
            codec,
            playout: Playout::new(codec)?,
            encoder: Encoder::new(codec)?,
            down: Down::default(),
            up: Up::default(),
            said: [0; WIDE],
            waiting: [0; LONGEST],
            filled: 0,
        })))
    }

    fn is_wide(&self) -> bool {
        self.playout.block() == WIDE
    }

    /// What the far end says in this tick, in the telephone band.
    pub(crate) fn capture(&mut self, now: u64, narrow: &mut Linear) {
        if self.is_wide() {
            self.playout.pull(now, &mut self.said);
            self.down.convert(&self.said, narrow);
        } else {
            self.playout.pull(now, narrow);
        }
    }

    /// What it says in this tick, if that is more than the telephone band.
    pub(crate) fn wide(&self) -> Option<&[i16; WIDE]> {
        self.is_wide().then_some(&self.said)
    }

    /// What of the packet in the making is there already, in timestamp units.
    pub(crate) fn waiting_units(&self) -> u32 {
        (self.filled / self.encoder.khz()) as u32 * self.codec.clock_khz()
    }

    /// Takes a block, and codes a packet of `millis` whenever there is enough for it.
    pub(crate) fn deliver(&mut self, heard: Block<'_>, millis: usize, mut emit: impl FnMut(Sent<'_>)) {
        let khz = self.encoder.khz();
        let wanted = (millis * khz).clamp(10 * khz, LONGEST);
        let mut block = [0; WIDE];
        let block = match heard {
            Block::Wide(speech) if khz == 16 => {
                block.copy_from_slice(speech);
                &block[..]
            }
            Block::Narrow(speech) if khz == 16 => {
                self.up.convert(speech, &mut block);
                &block[..]
            }
            Block::Narrow(speech) => {
                block[..BLOCK].copy_from_slice(speech);
                &block[..BLOCK]
            }
            Block::Wide(speech) => {
                self.down.convert(speech, &mut block[..BLOCK]);
                &block[..BLOCK]
            }
        };
        let mut rest = block;
        while !rest.is_empty() {
            let (part, after) = rest.split_at(rest.len().min(wanted.saturating_sub(self.filled)));
            self.waiting[self.filled..][..part.len()].copy_from_slice(part);
            self.filled += part.len();
            rest = after;
            if self.filled >= wanted {
                self.filled = 0;
                self.encoder.encode(&self.waiting[..wanted], |skipped, payload| {
                    emit(Sent::Payload { skipped_millis: (skipped / khz) as u32, payload });
                });
                emit(Sent::PacketOver);
            }
        }
    }
}

/// What comes of a packet's speech.
pub(crate) enum Sent<'a> {
    Payload {
        skipped_millis: u32,
        payload: &'a [u8],
    },
    /// The sample clock goes on by a packet.
    PacketOver,
}

impl Stream {
    /// Puts what the leg hears into packets of its codec, or events in their stead.
    pub(crate) fn deliver_coded(&mut self, heard: Block<'_>, outbox: &mut Outbox) {
        let (Some(session), Some(lock)) = (self.session, self.lock) else { return };
        let clock = session.codec.clock_khz();
        let Some(mut coded) = self.coded.take() else { return };
        if !session.send {
            self.sending.timestamp = self.sending.timestamp.wrapping_add(20 * clock);
            self.sending.marker = true;
            self.coded = Some(coded);
            return;
        }
        let millis = session.packet_millis.clamp(10, 60);
        let units = u32::from(millis) * clock;
        let (mut asked, mut due, mut silent) = (false, None, true);
        coded.deliver(heard, millis.into(), |sent| {
            let began = self.sending.timestamp;
            if !std::mem::replace(&mut asked, true) {
                due = session.event_payload_type.and_then(|kind| Some((kind, self.keys.due(began, units)?)));
            }
            match sent {
                Sent::Payload { skipped_millis, payload } if due.is_none() => {
                    let marker = std::mem::take(&mut self.sending.marker) || skipped_millis > 0;
                    let timestamp = began.wrapping_add(skipped_millis * clock);
                    let way = (self.local_port, lock.remote());
                    self.sending.put(way, (session.payload_type, marker, timestamp), payload, outbox);
                    silent = false;
                }
                Sent::Payload { .. } => silent = false,
                Sent::PacketOver => {
                    if let Some((kind, event)) = due.take() {
                        let way = (self.local_port, lock.remote());
                        self.sending.put(way, (kind, event.marker, event.timestamp), &event.payload, outbox);
                    }
                    // RFC 3551 4.1: the marker says where speech begins after silence that was not sent.
                    self.sending.marker |= silent;
                    self.sending.timestamp = began.wrapping_add(units);
                    (asked, silent) = (false, true);
                }
            }
        });
        self.coded = Some(coded);
    }
}

impl Sending {
    /// A packet: payload type, marker and timestamp, and what is in it.
    fn put(
        &mut self,
        (port, remote): (u16, SocketAddr),
        (payload_type, marker, timestamp): (u8, bool, u32),
        payload: &[u8],
        outbox: &mut Outbox,
    ) {
        let header = Header { marker, payload_type, sequence: self.sequence, timestamp, ssrc: self.ssrc };
        outbox.push(port, remote, &header.octets(), payload);
        self.sequence = self.sequence.wrapping_add(1);
        self.packets = self.packets.wrapping_add(1);
        self.octets = self.octets.wrapping_add(payload.len() as u32);
    }
}
