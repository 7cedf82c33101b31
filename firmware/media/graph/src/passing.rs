//! The sending half of a stream whose packets are another one's.

use crate::stream::{LONGEST, Speaking, Stream};
use rtp::{EVENT_PAYLOAD, HEADER, Header};
use std::net::SocketAddr;

/// A number further than this from the one that is due is of another count: RFC 3550 A.1; and a timestamp 10 s from it.
const MAX_DROPOUT: u16 = 3000;
const MAX_MISORDER: u16 = 100;
const MAX_PAUSE_MILLIS: u32 = 10_000;

/// How the other stream's count becomes ours.
#[derive(Clone, Copy, Debug)]
struct Offsets {
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
}

/// Who gets this stream's packets, and whose it sends.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Passing {
    /// The stream that gets ours as they come.
    pub(crate) to: Option<u16>,
    /// Somebody wants our speech by blocks.
    pub(crate) wanted: bool,
    /// The stream whose packets we send instead of the tick's.
    pub(crate) from: Option<u16>,
    offsets: Option<Offsets>,
    /// When the last one went.
    last: u64,
}

/// A datagram to send at once: the memory that it came in holds it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Passed {
    pub local_port: u16,
    pub remote: SocketAddr,
    pub length: usize,
    /// It is not there: [`crate::Engine::sealed`] has it.
    pub sealed: bool,
}

impl Stream {
    /// Both have the same law and packet time, one may speak and the other be sent to.
    pub(crate) fn may_pass_to(&self, hearer: &Stream) -> bool {
        let Some((ours, theirs)) = self.session.zip(hearer.session) else { return false };
        ours.codec.passes_to(theirs.codec) && ours.packet_millis == theirs.packet_millis && ours.receive && theirs.send
    }

    /// What the plans ask of this stream from now on.
    pub(crate) fn wire(&mut self, to: Option<u16>, from: Option<u16>, wanted: bool, now: u64) {
        if wanted && !self.passing.wanted {
            // What is left from when it was wanted last is old.
            self.restart_speech();
        }
        if from != self.passing.from {
            if self.passing.offsets.take().is_some() {
                // The sample clock ran on since the last packet that passed.
                let units = now.saturating_sub(self.passing.last) * u64::from(self.clock_khz()) / 1000;
                self.sending.timestamp = self.sending.timestamp.wrapping_add(units as u32);
            }
            self.sending.marker = true;
            self.drop_waiting();
        }
        self.passing = Passing { to, from, wanted, ..self.passing };
    }

    /// Makes another stream's packet one of ours, in place. While keys are sent, their events go in its stead.
    pub(crate) fn pass(&mut self, datagram: &mut [u8], speaking: &Speaking, now: u64) -> Option<Passed> {
        let (session, lock) = (self.session.filter(|session| session.send)?, self.lock?);
        let Speaking { header, begin, size } = *speaking;
        let lasts = match session.codec.law() {
            Some(_) if size == 0 || size > LONGEST => return None,
            Some(_) => size as u32,
            None => codec::duration(session.codec, datagram.get(begin..begin + size)?)?,
        };
        let (sequence, timestamp, first) = self.count_of(&header, lasts, now);
        let event = session.event_payload_type.and_then(|kind| Some((kind, self.keys.due(timestamp, lasts)?)));
        let (ours, length) = match &event {
            Some((kind, event)) => ((*kind, event.marker, event.timestamp), EVENT_PAYLOAD),
            None => ((session.payload_type, first || header.marker, timestamp), size),
        };
        let (payload_type, marker, timestamp) = ours;
        let ours = Header { marker, payload_type, sequence, timestamp, ssrc: self.sending.ssrc };
        if let Some((_, event)) = &event {
            datagram.get_mut(HEADER..HEADER + EVENT_PAYLOAD)?.copy_from_slice(&event.payload);
        } else if begin != HEADER {
            datagram.copy_within(begin..begin + size, HEADER);
        }
        datagram.get_mut(..HEADER)?.copy_from_slice(&ours.octets());
        self.sending.packets = self.sending.packets.wrapping_add(1);
        self.sending.octets = self.sending.octets.wrapping_add(length as u32);
        Some(Passed { local_port: self.local_port, remote: lock.remote(), length: HEADER + length, sealed: false })
    }

    /// Sequence number and timestamp of ours for a packet of the other's, and whether a new count begins with it.
    fn count_of(&mut self, header: &Header, samples: u32, now: u64) -> (u16, u32, bool) {
        let khz = self.clock_khz();
        let sending = &mut self.sending;
        let known = self.passing.offsets.filter(|offsets| {
            let ahead = header.sequence.wrapping_add(offsets.sequence).wrapping_sub(sending.sequence);
            let pause = header.timestamp.wrapping_add(offsets.timestamp).wrapping_sub(sending.timestamp) as i32;
            let near = !(MAX_DROPOUT..=u16::MAX - MAX_MISORDER).contains(&ahead);
            offsets.ssrc == header.ssrc && near && pause.unsigned_abs() < MAX_PAUSE_MILLIS * khz
        });
        let offsets = known.unwrap_or_else(|| {
            let paused = match self.passing.offsets {
                Some(_) => now.saturating_sub(self.passing.last) * u64::from(khz) / 1000,
                None => 0,
            };
            sending.timestamp = sending.timestamp.wrapping_add(paused as u32);
            Offsets {
                ssrc: header.ssrc,
                sequence: sending.sequence.wrapping_sub(header.sequence),
                timestamp: sending.timestamp.wrapping_sub(header.timestamp),
            }
        });
        self.passing.offsets = Some(offsets);
        self.passing.last = now;
        let sequence = header.sequence.wrapping_add(offsets.sequence);
        let timestamp = header.timestamp.wrapping_add(offsets.timestamp);
        if sequence.wrapping_sub(sending.sequence) < MAX_DROPOUT {
            sending.sequence = sequence.wrapping_add(1);
            sending.timestamp = timestamp.wrapping_add(samples);
        }
        (sequence, timestamp, known.is_none())
    }
}
