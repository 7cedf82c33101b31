//! One leg's RTP session, both directions.

use crate::coded::Coded;
use crate::engine::Arrival;
use crate::limits::{Counters, Moment};
use crate::outbox::Outbox;
use crate::passing::Passing;
use crate::quality::Figures;
use crate::secrecy::Secrecy;
use codec::NoCodec;
use numbering::{Digits, Key};
use pcm::{BLOCK, Speech};
use plan::{Law, Quality, RtpSession, SrtpTold};
use rtp::{
    COMFORT_NOISE, ComfortNoise, EVENT_PAYLOAD, EventClock, EventReceiver, EventSender, Header, JitterBuffer,
    MAX_REPORT, Reception, Rtcp, SenderInfo, SourceLock, Verdict, VoipMetrics,
};
use std::net::SocketAddr;

/// No packet for so long: the far end is silent.
const SILENT_MICROS: u64 = 10_000_000;
/// RFC 3550 section 6.2: a report every 5 s, here spread between half and one and a half of it by the SSRC.
const REPORT_MICROS: u64 = 5_000_000;
/// The longest packet: 60 ms.
pub(crate) const LONGEST: usize = 480;

/// Who sends what: fixed while a negotiation holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sending {
    pub(crate) ssrc: u32,
    pub(crate) sequence: u16,
    /// Timestamp of the next sample.
    pub(crate) timestamp: u32,
    pub(crate) marker: bool,
    pub(crate) packets: u32,
    pub(crate) octets: u32,
}

/// Speech on its way into a packet.
#[derive(Clone, Debug)]
pub(crate) struct Packetiser {
    octets: [u8; LONGEST],
    pub(crate) filled: usize,
}

/// RTCP of one session.
#[derive(Clone, Copy, Debug, Default)]
struct Reporting {
    next: u64,
    /// Middle bits of the last sender report's time, and when it came.
    last_sr: u32,
    last_sr_micros: u64,
    /// The same of ours.
    sent_sr: u32,
    sent_sr_micros: u64,
    /// Where the far end's RTCP comes from.
    remote: Option<SocketAddr>,
}

/// What the engine must report of a stream after a tick.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum FarEnd {
    Silent { millis: u64 },
    Heard,
}

/// What a datagram came to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Received {
    /// The beginning of a key.
    pub(crate) key: Option<(Key, u32)>,
    /// The far end is where it said it would be, and only from there packets will be taken.
    pub(crate) settled: bool,
    /// The stream that gets it as it is.
    pub(crate) pass_to: Option<(u16, Speaking)>,
}

/// A packet that passes: its header as it came, and where its payload is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Speaking {
    pub(crate) header: Header,
    pub(crate) begin: usize,
    pub(crate) size: usize,
}

impl Received {
    const NOTHING: Received = Received { key: None, settled: false, pass_to: None };
}

/// What a packet that passes needs comes first and together: at a thousand calls the streams are in no near cache, and each line of it counts.
#[derive(Debug)]
#[repr(C, align(64))]
pub(crate) struct Stream {
    pub(crate) session: Option<RtpSession>,
    pub(crate) sending: Sending,
    pub(crate) passing: Passing,
    last_heard: u64,
    reception: Option<Reception>,
    pub(crate) lock: Option<SourceLock>,
    pub(crate) local_port: u16,
    /// Silence was reported.
    silent: bool,
    pub(crate) keys: EventSender,
    pub(crate) jitter: JitterBuffer,
    events: EventReceiver,
    figures: Figures,
    reporting: Reporting,
    pub(crate) packetiser: Packetiser,
    /// In the place of jitter buffer and packetiser, if the codec is not G.711.
    pub(crate) coded: Option<Box<Coded>>,
    /// The far end does not send its silence, and said how loud it is.
    comfort: Option<ComfortNoise>,
    /// SRTP, if it is agreed on.
    pub(crate) secrecy: Option<Box<Secrecy>>,
    /// It began or ended when packets went already.
    srtp_changed: bool,
}

impl Stream {
    pub(crate) fn new() -> Stream {
        Stream {
            local_port: 0,
            session: None,
            lock: None,
            jitter: JitterBuffer::default(),
            reception: None,
            figures: Figures::default(),
            events: EventReceiver::default(),
            keys: EventSender::default(),
            sending: Sending { ssrc: 0, sequence: 0, timestamp: 0, marker: true, packets: 0, octets: 0 },
            packetiser: Packetiser { octets: [0; LONGEST], filled: 0 },
            coded: None,
            comfort: None,
            secrecy: None,
            srtp_changed: false,
            passing: Passing::default(),
            reporting: Reporting::default(),
            last_heard: 0,
            silent: false,
        }
    }

    /// A new leg takes the port; `random` makes its SSRC and first numbers (RFC 3550 section 5.1).
    pub(crate) fn open(&mut self, local_port: u16, random: [u64; 2]) {
        self.local_port = local_port;
        self.session = None;
        self.lock = None;
        self.jitter.reset();
        self.reception = None;
        self.figures = Figures::default();
        self.comfort = None;
        self.events = EventReceiver::default();
        self.keys = EventSender::default();
        self.sending = Sending {
            ssrc: random[0] as u32,
            // In the lower half, as SRTP wants it (RFC 3711 3.3.1).
            sequence: (random[0] >> 32) as u16 & 0x7fff,
            timestamp: random[1] as u32,
            marker: true,
            packets: 0,
            octets: 0,
        };
        self.packetiser.filled = 0;
        self.passing = Passing::default();
        self.reporting = Reporting::default();
        self.silent = false;
        self.srtp_changed = false;
    }

    /// SRTP begins, or ends.
    pub(crate) fn srtp_changes(&mut self) {
        self.srtp_changed |= self.session.is_some();
    }

    /// Takes the terms; gives back what the codec before needed. `Err`: this machine has not the codec, and all is as it was.
    pub(crate) fn negotiated(&mut self, session: RtpSession, now: u64) -> Result<Option<Box<Coded>>, NoCodec> {
        let mut gone = None;
        if self.session.map(|before| before.codec) != Some(session.codec) {
            gone = std::mem::replace(&mut self.coded, Coded::of(session.codec)?);
        }
        match &mut self.lock {
            Some(lock) => lock.negotiated(session.remote),
            None => self.lock = Some(SourceLock::new(session.remote)),
        }
        let before = self.session.replace(session);
        if before.is_none_or(|before| before.codec != session.codec || before.packet_millis != session.packet_millis) {
            self.jitter.restart();
            self.packetiser.filled = 0;
            self.sending.marker = true;
        }
        self.set_clock(before, session);
        if before.is_none_or(|before| !before.receive && session.receive) {
            self.last_heard = now;
        }
        if self.reporting.next == 0 {
            self.reporting.next = now + REPORT_MICROS / 2;
        }
        Ok(gone)
    }

    /// RFC 7160: what counts in units of the clock begins anew when that changes.
    fn set_clock(&mut self, before: Option<RtpSession>, session: RtpSession) {
        let clock_of = |session: RtpSession| EventClock {
            timestamp_khz: session.codec.clock_khz() as u8,
            duration_khz: session.event_khz,
        };
        let clock = clock_of(session);
        if before.map_or(EventClock::default(), clock_of) != clock {
            self.keys.set_clock(clock);
            self.events = EventReceiver::at(clock);
            self.figures.keep(self.reception.take());
        }
    }

    /// Timestamp units a millisecond.
    pub(crate) fn clock_khz(&self) -> u32 {
        self.session.map_or(8, |session| session.codec.clock_khz())
    }

    /// Speech of the codec begins anew: another source, or nobody listened for a while.
    pub(crate) fn restart_speech(&mut self) {
        self.jitter.restart();
        if let Some(coded) = &mut self.coded {
            coded.playout.restart();
        }
    }

    pub(crate) fn law(&self) -> Law {
        self.session.and_then(|session| session.codec.law()).unwrap_or_default()
    }

    pub(crate) fn has_events(&self) -> bool {
        self.session.is_some_and(|session| session.event_payload_type.is_some())
    }

    /// A datagram on the RTP port.
    pub(crate) fn received(
        &mut self,
        from: SocketAddr,
        datagram: &[u8],
        arrival: Arrival,
        counters: &mut Counters,
    ) -> Received {
        let now = arrival.micros;
        let (Some(session), Some(lock)) = (self.session, &mut self.lock) else {
            counters.rtp_early += 1;
            return Received::NOTHING;
        };
        let Ok((header, payload)) = Header::parse(datagram) else {
            counters.rtp_malformed += 1;
            return Received::NOTHING;
        };
        let kind = header.payload_type;
        let event = session.event_payload_type == Some(kind);
        let comfort = kind == COMFORT_NOISE && session.codec.law().is_some() && !event;
        if kind != session.payload_type && !event && !comfort {
            counters.rtp_wrong_type += 1;
            return Received::NOTHING;
        }
        let mut settled = false;
        match lock.judge(from) {
            Verdict::Ours => {}
            Verdict::NewSource => {
                settled = from == session.remote;
                self.figures.keep(self.reception.take());
                self.reporting.remote = None;
            }
            Verdict::Stranger => {
                counters.rtp_strangers += 1;
                return Received::NOTHING;
            }
        }
        self.last_heard = now;
        if !self.count(&header, arrival) || !session.receive {
            return Received { settled, ..Received::NOTHING };
        }
        if event {
            let heard = self.events.receive(header.timestamp, &datagram[payload]);
            let key = heard.and_then(|heard| Some((Key::from_event(heard.code)?, heard.millis)));
            return Received { key, settled, pass_to: None };
        }
        if comfort && kind != session.payload_type {
            // Who gets our packets as they are gets none now, which is silence to it.
            self.comfort = ComfortNoise::parse(&datagram[payload]);
            return Received { settled, ..Received::NOTHING };
        }
        self.comfort = None;
        let speaking = Speaking { header, begin: payload.start, size: payload.len() };
        if self.passing.wanted {
            match &mut self.coded {
                Some(coded) => coded.playout.insert(header.timestamp, &datagram[payload], now),
                None => self.jitter.insert(header.timestamp, &datagram[payload], now),
            }
        }
        Received { key: None, settled, pass_to: self.passing.to.map(|to| (to, speaking)) }
    }

    /// Statistics; false for a packet whose number is far off.
    fn count(&mut self, header: &Header, arrival: Arrival) -> bool {
        match &mut self.reception {
            Some(reception) if reception.ssrc() == header.ssrc => {
                reception.receive_at(header.sequence, header.timestamp, arrival.micros, arrival.exact)
            }
            _ => {
                self.restart_speech();
                self.events.restart();
                self.figures.keep(self.reception.take());
                let Header { ssrc, sequence, timestamp, .. } = *header;
                let khz = self.clock_khz() as u8;
                self.reception = Some(Reception::begin_at(khz, ssrc, sequence, timestamp, arrival.micros));
                true
            }
        }
    }

    /// A datagram on the RTCP port, from the host that sends the RTP.
    pub(crate) fn control_received(&mut self, from: SocketAddr, datagram: &[u8], now: u64, counters: &mut Counters) {
        let Some(lock) = &self.lock else {
            counters.rtp_early += 1;
            return;
        };
        if lock.remote().ip() != from.ip() {
            counters.rtp_strangers += 1;
            return;
        }
        let khz = self.clock_khz();
        let last = (self.reporting.sent_sr, now.saturating_sub(self.reporting.sent_sr_micros));
        for packet in rtp::compound(datagram) {
            match packet {
                Ok(Rtcp::SenderReport { info, reports, .. }) => {
                    self.figures.reported(self.sending.ssrc, khz, reports, last);
                    self.reporting.last_sr = (info.ntp >> 16) as u32;
                    self.reporting.last_sr_micros = now;
                    self.reporting.remote = Some(from);
                }
                Ok(Rtcp::ReceiverReport { reports, .. }) => {
                    self.figures.reported(self.sending.ssrc, khz, reports, last);
                    self.reporting.remote = Some(from);
                }
                Ok(Rtcp::Extended { metrics, .. }) => self.figures.told(self.sending.ssrc, &metrics),
                Ok(Rtcp::Description { .. } | Rtcp::Bye { .. } | Rtcp::Other { .. }) => {}
                Err(_) => counters.rtp_malformed += 1,
            }
        }
    }

    /// What the far end says in this tick.
    pub(crate) fn capture(&mut self, now: Moment, said: &mut Speech) {
        let law = self.law();
        if !self.jitter.pull_into(now.micros, law, said)
            && let Some(comfort) = &mut self.comfort
        {
            comfort.fill(law, said);
        }
    }

    /// Whether the far end fell silent or is heard again.
    pub(crate) fn watch(&mut self, now: u64) -> Option<FarEnd> {
        let expected = self.session.is_some_and(|session| session.receive);
        let quiet = now.saturating_sub(self.last_heard);
        if self.silent && (quiet < SILENT_MICROS || !expected) {
            self.silent = false;
            return expected.then_some(FarEnd::Heard);
        }
        if expected && !self.silent && quiet >= SILENT_MICROS {
            self.silent = true;
            return Some(FarEnd::Silent { millis: quiet / 1000 });
        }
        None
    }

    pub(crate) fn send_keys(&mut self, keys: &Digits) -> Option<()> {
        for key in keys.keys() {
            self.keys.send(key.event()).ok()?;
        }
        Some(())
    }

    /// Puts what the leg hears, in the session's law, into packets.
    pub(crate) fn deliver(&mut self, heard: &Speech, outbox: &mut Outbox) {
        let (Some(session), Some(lock)) = (self.session, self.lock) else { return };
        if session.send {
            let size = (session.packet_millis.clamp(10, 60) as usize * 8).min(LONGEST);
            let mut rest = &heard[..];
            while !rest.is_empty() {
                let count = rest.len().min(size.saturating_sub(self.packetiser.filled));
                let (part, after) = rest.split_at(count);
                self.packetiser.octets[self.packetiser.filled..][..count].copy_from_slice(part);
                self.packetiser.filled += count;
                rest = after;
                if self.packetiser.filled >= size {
                    self.packetiser.filled = 0;
                    self.send(session, lock.remote(), size, outbox);
                }
            }
        } else {
            // The sample clock runs on: timestamps after a hold say how long it was.
            self.sending.timestamp = self.sending.timestamp.wrapping_add(BLOCK as u32);
            self.sending.marker = true;
        }
    }

    fn send(&mut self, session: RtpSession, remote: SocketAddr, size: usize, outbox: &mut Outbox) {
        let began = self.sending.timestamp;
        let event = session.event_payload_type.and_then(|kind| Some((kind, self.keys.due(began, size as u32)?)));
        let sending = &mut self.sending;
        let (payload_type, marker, timestamp) = match &event {
            Some((kind, event)) => (*kind, event.marker, event.timestamp),
            None => (session.payload_type, std::mem::take(&mut sending.marker), began),
        };
        let header = Header { marker, payload_type, sequence: sending.sequence, timestamp, ssrc: sending.ssrc };
        let length = match &event {
            Some((_, event)) => {
                outbox.push(self.local_port, remote, &header.octets(), &event.payload);
                EVENT_PAYLOAD
            }
            None => {
                outbox.push(self.local_port, remote, &header.octets(), &self.packetiser.octets[..size]);
                size
            }
        };
        sending.sequence = sending.sequence.wrapping_add(1);
        sending.timestamp = began.wrapping_add(size as u32);
        sending.packets = sending.packets.wrapping_add(1);
        sending.octets = sending.octets.wrapping_add(length as u32);
    }

    /// RTCP, when it is due.
    pub(crate) fn report(&mut self, now: Moment, outbox: &mut Outbox) {
        let (Some(_), Some(lock)) = (self.session, self.lock) else { return };
        if now.micros < self.reporting.next {
            return;
        }
        let remote = lock.remote();
        let spread = self.sending.ssrc.wrapping_mul(self.sending.packets | 1) as u64 % REPORT_MICROS;
        self.reporting.next = now.micros + REPORT_MICROS / 2 + spread;
        self.figures.due = true;
        let delay = match self.reporting.last_sr {
            0 => 0,
            _ => (now.micros.saturating_sub(self.reporting.last_sr_micros) * 65_536 / 1_000_000) as u32,
        };
        let last_sr = self.reporting.last_sr;
        let block = self.reception.as_mut().map(|reception| reception.report(last_sr, delay));
        let sending = &self.sending;
        let info = SenderInfo {
            ntp: rtp::ntp_of_unix(now.unix_micros),
            timestamp: sending.timestamp.wrapping_add(self.waiting_units()),
            packets: sending.packets,
            octets: sending.octets,
        };
        let mut out = [0; MAX_REPORT];
        let sender = (sending.packets > 0).then_some(&info);
        let length = rtp::write_report(&mut out, sending.ssrc, sender, block.as_ref());
        if sender.is_some() {
            (self.reporting.sent_sr, self.reporting.sent_sr_micros) = ((info.ntp >> 16) as u32, now.micros);
        }
        let metrics = self.metrics().map(|metrics| rtp::write_voip(self.sending.ssrc, &metrics));
        let extended = metrics.as_ref().map_or(&[][..], |octets| &octets[..]);
        outbox.push(self.local_port.wrapping_add(1), self.control_remote(remote), &out[..length], extended);
    }

    /// What is told of the far end's packets in an extended report.
    fn metrics(&self) -> Option<VoipMetrics> {
        let (session, reception) = (self.session?, self.reception.as_ref()?);
        let quality = self.quality()?;
        let share = |share: f64| (share * 256.0).min(255.0) as u8;
        let buffer = if self.passing.wanted { self.jitter.held() / 8 } else { 0 };
        let late = f64::from(self.jitter.counters.late) / f64::from(reception.received().max(1));
        let tenths = quality.mos_hundredths.map(|hundredths| ((hundredths + 5) / 10) as u8);
        Some(VoipMetrics {
            ssrc: reception.ssrc(),
            lost: share(reception.share_lost()),
            discarded: share(if self.passing.wanted { late } else { 0.0 }),
            bursts: reception.bursts().figures(),
            packet_millis: session.packet_millis,
            round_trip_millis: self.figures.round_trip_millis(),
            end_system_millis: u16::from(session.packet_millis) + buffer as u16,
            rating: None,
            mos_tenths: tenths,
            buffer_millis: buffer as u16,
            most_buffer_millis: if self.passing.wanted { rtp::MOST_BUFFER_MILLIS } else { 0 },
        })
    }

    /// The packet in the making is not sent.
    pub(crate) fn drop_waiting(&mut self) {
        self.packetiser.filled = 0;
        if let Some(coded) = &mut self.coded {
            coded.filled = 0;
        }
    }

    /// What of the packet in the making is there already.
    fn waiting_units(&self) -> u32 {
        match &self.coded {
            Some(coded) => coded.waiting_units(),
            None => self.packetiser.filled as u32,
        }
    }

    /// How its packets fare: as often as reports are sent.
    pub(crate) fn quality_due(&mut self) -> Option<Quality> {
        if std::mem::take(&mut self.figures.due) { self.quality() } else { None }
    }

    /// How its packets fared, if it was ever negotiated.
    pub(crate) fn quality(&self) -> Option<Quality> {
        let session = self.session?;
        // A packet's time, and a tick if speech goes through the buffer.
        let here = f64::from(session.packet_millis) + if self.passing.wanted { 20.0 } else { 0.0 };
        let figures = self.figures.of(self.reception.as_ref(), session.codec, self.sending.packets.into(), here);
        let srtp = match &self.secrecy {
            _ if self.srtp_changed => SrtpTold::AtTimes,
            Some(secrecy) => SrtpTold::Always(secrecy.suite()),
            None => SrtpTold::Never,
        };
        Some(Quality { srtp: Some(srtp), ..figures })
    }

    fn control_remote(&self, remote: SocketAddr) -> SocketAddr {
        let next = SocketAddr::new(remote.ip(), remote.port().wrapping_add(1));
        self.reporting.remote.unwrap_or(next)
    }

    /// The leg ends: the far end is told.
    pub(crate) fn close(&mut self, outbox: &mut Outbox) {
        let (Some(_), Some(lock)) = (self.session.take(), self.lock.take()) else { return };
        let mut out = [0; MAX_REPORT];
        let length = rtp::write_bye(&mut out, self.sending.ssrc);
        outbox.push(self.local_port.wrapping_add(1), self.control_remote(lock.remote()), &[], &out[..length]);
    }
}
