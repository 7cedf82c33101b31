//! SIP telephones with people at them: they register, ring, are answered after a while, babble, and hear.

use crate::arguments::{PhoneAccount, SeatHabits, Span};
use crate::random::Random;
use crate::voice::{Ear, Mouth, Saying, Talker};
use clock::{Millis, Monotonic};
use identity::LegId;
use legs::LegIndication;
use numbering::Cause;
use pcm::{BLOCK, alaw};
use plan::{Law, MediaRequest, Port, RtpSession};
use rtp::{HEADER, Header, Packet};
use sip::phone::{Phone, PhoneConfig, PhoneEvent};
use sip::{Source, Transport};
use std::collections::BTreeMap;
use std::io;
use std::net::{SocketAddr, UdpSocket};

/// Lowest pitch of the people at telephones: each speaks 12 Hz above the one before, all above the customers.
pub const PHONE_PITCH: f64 = 220.0;
const PITCH_STEP: f64 = 12.0;

/// RTP ports of one telephone.
const PORTS: u16 = 20;

/// Time between two packets.
pub const PACKET: Millis = Millis(20);

/// Who hears nothing at all for so long hangs up: the box is gone.
const DEAD_AIR: Millis = Millis::secs(5);

/// What the telephones did so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct PhoneCounts {
    pub registered: usize,
    pub talking: usize,
    pub rung: u64,
    pub answered: u64,
    /// Milliseconds of sound heard by all.
    pub heard_millis: u64,
}

/// All simulated telephones.
#[derive(Debug)]
pub struct Phones {
    phones: Vec<Station>,
    next_packet: Monotonic,
}

#[derive(Debug)]
struct Station {
    phone: Phone,
    socket: UdpSocket,
    local: SocketAddr,
    registered: bool,
    calls: BTreeMap<LegId, Conversation>,
    answer_after: Option<Span>,
    pitch: f64,
    random: Random,
    counts: PhoneCounts,
}

/// One call of a telephone.
#[derive(Debug)]
struct Conversation {
    audio: Option<UdpSocket>,
    session: Option<RtpSession>,
    answer: Option<Monotonic>,
    talking: bool,
    last_packet: Monotonic,
    mouth: Mouth,
    ear: Ear,
    next: Header,
}

impl Phones {
    /// Opens sockets and begins to register.
    pub fn start(habits: &SeatHabits, seed: u64, now: Monotonic) -> io::Result<Phones> {
        let agents = habits.agents.iter().map(|agent| &agent.phone);
        let accounts: Vec<&PhoneAccount> = agents.chain(&habits.phones).collect();
        let mut phones = Vec::new();
        for (account, place) in accounts.into_iter().zip(0u16..) {
            let mut station = Station::open(account, habits, place, seed)?;
            station.phone.register(now);
            phones.push(station);
        }
        Ok(Phones { phones, next_packet: now })
    }

    pub fn counts(&self) -> PhoneCounts {
        let mut total = PhoneCounts::default();
        for station in &self.phones {
            total.registered += usize::from(station.registered);
            total.talking += station.calls.values().filter(|call| call.talking).count();
            total.rung += station.counts.rung;
            total.answered += station.counts.answered;
            total.heard_millis += station.counts.heard_millis;
        }
        total
    }

    /// To be called each few milliseconds.
    pub fn live(&mut self, now: Monotonic) {
        for station in &mut self.phones {
            station.receive(now);
            station.phone.expire(now);
            station.answer_due(now);
            station.hang_up_dead_calls(now);
            station.events(now);
        }
        // After a stall the packets that were not sent are not made up for.
        if now.since(self.next_packet) > Millis(200) {
            self.next_packet = now;
        }
        while self.next_packet <= now {
            self.next_packet = self.next_packet + PACKET;
            self.phones.iter_mut().for_each(Station::speak);
        }
    }

    /// Telephones leave in order.
    pub fn unregister(&mut self, now: Monotonic) {
        for station in &mut self.phones {
            station.phone.unregister(now);
            station.events(now);
        }
    }
}

impl Station {
    fn open(account: &PhoneAccount, habits: &SeatHabits, place: u16, seed: u64) -> io::Result<Station> {
        // Which of this machine's addresses leads to the box.
        let probe = UdpSocket::bind((if habits.sip.is_ipv4() { "0.0.0.0" } else { "::" }, 0))?;
        probe.connect(habits.sip)?;
        let socket = UdpSocket::bind((probe.local_addr()?.ip(), 0))?;
        socket.set_nonblocking(true)?;
        let local = socket.local_addr()?;
        let mut random = Random::new(seed ^ u64::from(place) << 32 ^ u64::from(local.port()));
        let secret = std::array::from_fn(|_| random.below(256) as u8);
        let first = habits.rtp_base + place * PORTS;
        let config = PhoneConfig {
            rtp_ports: (first, first + PORTS - 1),
            expires_seconds: 120,
            ..PhoneConfig::of(account.number.as_str(), &account.password, habits.sip, local, secret)
        };
        Ok(Station {
            phone: Phone::new(config),
            socket,
            local,
            registered: false,
            calls: BTreeMap::new(),
            answer_after: habits.answer_after,
            pitch: PHONE_PITCH + PITCH_STEP * f64::from(place),
            random,
            counts: PhoneCounts::default(),
        })
    }

    fn receive(&mut self, now: Monotonic) {
        let mut datagram = vec![0; sip::MAX_MESSAGE];
        while let Ok((length, from)) = self.socket.recv_from(&mut datagram) {
            let source = Source { transport: Transport::Udp, from, local: self.local };
            self.phone.receive(now, source, &datagram[..length]);
        }
        let heard: u64 = self.calls.values_mut().map(|call| call.hear(now)).sum();
        self.counts.heard_millis += heard;
    }

    fn answer_due(&mut self, now: Monotonic) {
        let due: Vec<LegId> = self
            .calls
            .iter()
            .filter(|(_, call)| call.answer.is_some_and(|at| at <= now))
            .map(|(leg, _)| *leg)
            .collect();
        for leg in due {
            if let Some(call) = self.calls.get_mut(&leg) {
                call.answer = None;
            }
            self.phone.answer(now, leg);
        }
    }

    /// A box that was started anew knows neither the call nor the telephone.
    fn hang_up_dead_calls(&mut self, now: Monotonic) {
        let dead = |call: &Conversation| call.talking && now.since(call.last_packet) > DEAD_AIR;
        let legs: Vec<LegId> = self.calls.iter().filter(|(_, call)| dead(call)).map(|(leg, _)| *leg).collect();
        for leg in legs {
            self.calls.remove(&leg);
            self.phone.hang_up(now, leg, Cause::NormalClearing.into());
            self.phone.register(now);
        }
    }

    fn events(&mut self, now: Monotonic) {
        while let Some(event) = self.phone.poll() {
            match event {
                // A message lost is sent again by its transaction.
                PhoneEvent::Transmit(message) => drop(self.socket.send_to(&message.bytes, message.to)),
                PhoneEvent::Registered { .. } => self.registered = true,
                PhoneEvent::Unregistered => self.registered = false,
                PhoneEvent::RegistrationFailed { status } => {
                    self.registered = false;
                    eprintln!("telephone {}: not registered, {status}", self.phone.extension());
                }
                PhoneEvent::Call { call, what } => self.call_says(now, call, &what),
                PhoneEvent::Media(request) => self.media(now, request),
                PhoneEvent::Talk { .. } | PhoneEvent::Referred { .. } | PhoneEvent::TransferProgress { .. } => {}
            }
        }
    }

    fn call_says(&mut self, now: Monotonic, leg: LegId, what: &LegIndication) {
        match what {
            LegIndication::Setup(_) => {
                self.counts.rung += 1;
                let wait = self.answer_after.map(|Span(from, to)| Millis(self.random.between(from * 1000, to * 1000)));
                self.conversation(leg).answer = wait.map(|wait| now + wait);
            }
            LegIndication::Released { .. } => {
                self.calls.remove(&leg);
            }
            _ => {}
        }
    }

    fn conversation(&mut self, leg: LegId) -> &mut Conversation {
        let pitch = self.pitch;
        let ssrc = self.random.below(1 << 32) as u32;
        self.calls.entry(leg).or_insert_with(|| {
            let mut mouth = Mouth::default();
            mouth.say(Saying::Babble(Talker::new(pitch)));
            let next = Header { marker: true, payload_type: 8, sequence: 1, timestamp: 0, ssrc };
            Conversation {
                audio: None,
                session: None,
                answer: None,
                talking: false,
                last_packet: Monotonic(0),
                mouth,
                ear: Ear::default(),
                next,
            }
        })
    }

    fn media(&mut self, now: Monotonic, request: MediaRequest) {
        match request {
            MediaRequest::Open { leg, port: Port::Rtp { local_port } } => {
                let address = SocketAddr::new(self.local.ip(), local_port);
                let opened = UdpSocket::bind(address).and_then(|socket| socket.set_nonblocking(true).map(|()| socket));
                match opened {
                    Ok(socket) => self.conversation(leg).audio = Some(socket),
                    Err(problem) => eprintln!("telephone {}: {address}: {problem}", self.phone.extension()),
                }
            }
            MediaRequest::Negotiated { leg, rtp } => {
                let call = self.conversation(leg);
                let first = !std::mem::replace(&mut call.talking, true);
                call.last_packet = now;
                call.answer = None;
                call.session = Some(rtp);
                self.counts.answered += u64::from(first);
            }
            MediaRequest::Close { leg } => {
                self.calls.remove(&leg);
            }
            MediaRequest::Open { port: Port::Circuit(_), .. }
            | MediaRequest::Secure { .. }
            | MediaRequest::Plan { .. }
            | MediaRequest::SendKeys { .. } => {}
        }
    }

    fn speak(&mut self) {
        self.calls.values_mut().for_each(Conversation::speak);
    }
}

impl Conversation {
    fn speak(&mut self) {
        let (Some(audio), Some(session)) = (&self.audio, &self.session) else { return };
        let mut speech = [alaw::SILENCE; BLOCK];
        self.mouth.fill(&mut speech);
        self.next.payload_type = session.payload_type;
        if session.send {
            let mut packet = [0; HEADER + BLOCK];
            packet[..HEADER].copy_from_slice(&self.next.octets());
            for (out, octet) in packet[HEADER..].iter_mut().zip(speech) {
                // These telephones offer nothing but G.711.
                *out = match session.codec.law() {
                    Some(Law::A) | None => octet,
                    Some(Law::Mu) => pcm::mulaw::encode(alaw::decode(octet)),
                };
            }
            // A packet lost is a packet lost.
            drop(audio.send_to(&packet, session.remote));
            self.next.marker = false;
        }
        self.next.sequence = self.next.sequence.wrapping_add(1);
        self.next.timestamp = self.next.timestamp.wrapping_add(BLOCK as u32);
    }

    /// Hears what came; returns milliseconds of sound.
    fn hear(&mut self, now: Monotonic) -> u64 {
        let Some(audio) = &self.audio else { return 0 };
        let before = self.ear.millis();
        let mut datagram = [0; 2048];
        while let Ok((length, _)) = audio.recv_from(&mut datagram) {
            self.last_packet = now;
            if let Ok(packet) = Packet::parse(&datagram[..length])
                && packet.header.payload_type == 8
            {
                self.ear.hear(packet.payload);
            }
        }
        self.ear.millis() - before
    }
}
