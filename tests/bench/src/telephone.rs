//! One telephone that answers at once, speaks noise, and notes when every octet was spoken and heard.

use crate::box_under_test::{PASSWORD, PHONE_RTP, SIP, extension, local};
use crate::machine;
use crate::report::Trouble;
use crate::tap::Track;
use clock::Monotonic;
use far_exchange::random::Random;
use legs::LegIndication;
use pcm::{BLOCK, alaw};
use plan::{MediaRequest, Port, RtpSession};
use rtp::{HEADER, Header, Packet};
use sip::phone::{Phone, PhoneConfig, PhoneEvent};
use sip::{Source, Transport};
use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Loudness of the noise, linear.
const LOUD: u64 = 6000;

/// Noise: no piece resembles another, so that correlation has one peak.
pub fn noise(random: &mut Random) -> u8 {
    alaw::encode((random.below(2 * LOUD) as i64 - LOUD as i64) as i16)
}

/// What others see of the telephone.
#[derive(Clone, Default)]
pub struct Seen {
    pub spoken: Track,
    pub heard: Track,
    pub registered: Arc<AtomicBool>,
    pub talking: Arc<AtomicBool>,
}

struct Telephone {
    phone: Phone,
    socket: UdpSocket,
    start: Instant,
    speech: Option<UdpSocket>,
    session: Option<RtpSession>,
    next: Header,
    random: Random,
    seen: Seen,
}

/// Starts the first telephone on a thread of its own.
pub fn start(start: Instant) -> Result<Seen, Trouble> {
    let socket = UdpSocket::bind(local(0))?;
    socket.set_read_timeout(Some(Duration::from_millis(2)))?;
    let config = PhoneConfig {
        rtp_ports: (PHONE_RTP, PHONE_RTP + 19),
        ..PhoneConfig::of(&extension(1), PASSWORD, local(SIP), socket.local_addr()?, [7; 32])
    };
    let seen = Seen::default();
    let next = Header { marker: true, payload_type: 8, sequence: 1, timestamp: 0, ssrc: 77 };
    let random = Random::new(77);
    let phone = Phone::new(config);
    let mut telephone =
        Telephone { phone, socket, start, speech: None, session: None, next, random, seen: seen.clone() };
    std::thread::spawn(move || {
        machine::be_punctual();
        telephone.live();
    });
    Ok(seen)
}

impl Telephone {
    fn now(&self) -> Monotonic {
        Monotonic(self.start.elapsed().as_millis() as u64)
    }

    fn live(&mut self) {
        self.phone.register(self.now());
        let local = self.socket.local_addr().unwrap_or(local(0));
        let mut datagram = vec![0; sip::MAX_MESSAGE];
        let mut speak_at = Instant::now();
        loop {
            if let Ok((length, from)) = self.socket.recv_from(&mut datagram) {
                let source = Source { transport: Transport::Udp, from, local };
                self.phone.receive(self.now(), source, &datagram[..length]);
            }
            self.phone.expire(self.now());
            while let Some(event) = self.phone.poll() {
                self.event(event);
            }
            if Instant::now() >= speak_at {
                speak_at += Duration::from_millis(20);
                self.speak();
            }
        }
    }

    fn event(&mut self, event: PhoneEvent) {
        match event {
            // A message lost is sent again by its transaction.
            PhoneEvent::Transmit(message) => drop(self.socket.send_to(&message.bytes, message.to)),
            PhoneEvent::Registered { .. } => self.seen.registered.store(true, Ordering::Relaxed),
            PhoneEvent::RegistrationFailed { status } => eprintln!("the telephone is not registered: {status}"),
            PhoneEvent::Call { call, what: LegIndication::Setup(_) } => self.phone.answer(self.now(), call),
            PhoneEvent::Media(MediaRequest::Open { port: Port::Rtp { local_port }, .. }) => self.open(local_port),
            PhoneEvent::Media(MediaRequest::Negotiated { rtp, .. }) => self.session = Some(rtp),
            PhoneEvent::Media(MediaRequest::Close { .. }) => self.session = None,
            _ => {}
        }
    }

    /// A thread waits for the speech, so that its arrival is noted at once.
    fn open(&mut self, port: u16) {
        let opened = UdpSocket::bind(local(port)).and_then(|socket| Ok((socket.try_clone()?, socket)));
        let Ok((ear, mouth)) = opened else {
            eprintln!("the telephone cannot open port {port}");
            return;
        };
        self.speech = Some(mouth);
        let (seen, start) = (self.seen.clone(), self.start);
        std::thread::spawn(move || {
            machine::be_punctual();
            let mut datagram = [0; 2048];
            while let Ok(length) = ear.recv(&mut datagram) {
                let at = start.elapsed().as_secs_f64();
                if let Ok(packet) = Packet::parse(&datagram[..length])
                    && packet.header.payload_type == 8
                {
                    seen.heard.add(at, packet.payload.iter().copied());
                    seen.talking.store(true, Ordering::Relaxed);
                }
            }
        });
    }

    fn speak(&mut self) {
        let (Some(speech), Some(session)) = (&self.speech, &self.session) else { return };
        let octets: [u8; BLOCK] = std::array::from_fn(|_| noise(&mut self.random));
        self.next.payload_type = session.payload_type;
        let mut packet = [0; HEADER + BLOCK];
        packet[..HEADER].copy_from_slice(&self.next.octets());
        packet[HEADER..].copy_from_slice(&octets);
        self.seen.spoken.add(self.start.elapsed().as_secs_f64(), octets.into_iter());
        // A packet lost is a packet lost.
        drop(speech.send_to(&packet, session.remote));
        self.next.marker = false;
        self.next.sequence = self.next.sequence.wrapping_add(1);
        self.next.timestamp = self.next.timestamp.wrapping_add(BLOCK as u32);
    }
}
