use crate::circuit::Circuit;
use crate::crossing::Crossing;
use crate::hearing::Hearing;
use crate::limits::{Counters, Limits, Moment};
use crate::music::MusicShelf;
use crate::outbox::{Outbox, OutgoingPacket};
use crate::passing::Passed;
use crate::rings::{Discarded, EngineEnd};
use crate::rooms::{Rooms, Talk};
use crate::secrecy::{LONGEST_SEALED, seal_outbox};
use crate::straight::Wiring;
use crate::streams::Streams;
use detect::KeyDetector;
use identity::{CircuitId, LegId, RecordingId};
use pcm::{Linear, Mix, Speech};
use plan::{Law, MediaIndication};
use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;

/// Where a leg's port is in its pool.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum PortSlot {
    Circuit { place: u16, id: CircuitId },
    Rtp { place: u16 },
}

#[derive(Debug)]
pub(crate) struct Leg {
    pub(crate) id: LegId,
    pub(crate) port: PortSlot,
    pub(crate) hearing: Hearing,
    pub(crate) detect_keys: bool,
    pub(crate) detector: KeyDetector,
    pub(crate) record: Option<RecordingId>,
    /// The recorder was told that this recording lost audio.
    pub(crate) record_failed: bool,
    pub(crate) sender: tones::Sender,
    /// The room that it is heard in, by its place.
    pub(crate) speaks: Option<u16>,
    pub(crate) talk: Talk,
    /// Of the mix that it hears.
    pub(crate) limiter: pcm::Limiter,
}

/// What the legs say in this tick, by slot.
#[derive(Debug)]
pub(crate) struct Voices {
    pub(crate) said: Vec<Speech>,
    pub(crate) law: Vec<Law>,
    linear: Vec<Linear>,
    linear_tick: Vec<u64>,
}

impl Voices {
    fn new(room: usize) -> Voices {
        Voices {
            said: vec![pcm::alaw::SILENT; room],
            law: vec![Law::A; room],
            linear: vec![[0; pcm::BLOCK]; room],
            linear_tick: vec![0; room],
        }
    }

    /// Where a leg's speech goes that is decoded in this tick already; its octets are to follow.
    pub(crate) fn decoded(&mut self, slot: usize, tick: u64) -> &mut Linear {
        self.linear_tick[slot] = tick;
        &mut self.linear[slot]
    }

    /// Decoded once a tick, however many listen.
    pub(crate) fn linear(&mut self, slot: usize, tick: u64) -> &Linear {
        if self.linear_tick[slot] != tick {
            self.linear_tick[slot] = tick;
            self.linear[slot] = match self.law[slot] {
                Law::A => pcm::alaw::decode_block(&self.said[slot]),
                Law::Mu => pcm::mulaw::decode_block(&self.said[slot]),
            };
        }
        &self.linear[slot]
    }
}

/// Which circuits there are and who has them.
#[derive(Debug)]
pub(crate) struct Circuits {
    /// Indexed by span and timeslot.
    owner: Vec<Option<u16>>,
    pub(crate) pool: Vec<Circuit>,
    free: Vec<u16>,
}

impl Circuits {
    fn new(limits: &Limits) -> Circuits {
        Circuits {
            owner: vec![None; limits.spans as usize * 32],
            pool: vec![Circuit::new(); limits.circuits],
            free: (0..limits.circuits as u16).rev().collect(),
        }
    }

    pub(crate) fn index(&self, circuit: CircuitId) -> Option<usize> {
        let index = (circuit.span.0 as usize).checked_sub(1)? * 32 + circuit.slot as usize;
        (circuit.slot < 32 && index < self.owner.len()).then_some(index)
    }

    /// `None`: no such circuit, it has an owner, or all ports are taken.
    pub(crate) fn take(&mut self, circuit: CircuitId) -> Option<u16> {
        let index = self.index(circuit)?;
        if self.owner[index].is_some() {
            return None;
        }
        let place = self.free.pop()?;
        self.owner[index] = Some(place);
        self.pool[place as usize] = Circuit::new();
        Some(place)
    }

    pub(crate) fn give_back(&mut self, circuit: CircuitId) {
        if let Some(index) = self.index(circuit)
            && let Some(place) = self.owner[index].take()
        {
            self.free.push(place);
        }
    }

    pub(crate) fn at(&mut self, circuit: CircuitId) -> Option<&mut Circuit> {
        let place = self.owner[self.index(circuit)?]?;
        self.pool.get_mut(place as usize)
    }
}

/// When a datagram came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Arrival {
    /// Of the clock that [`Moment::micros`] is of.
    pub micros: u64,
    /// The kernel said so. If not, it was found at that time and came a little earlier.
    pub exact: bool,
}

impl From<u64> for Arrival {
    fn from(micros: u64) -> Arrival {
        Arrival { micros, exact: true }
    }
}

/// What is to be done about a datagram that came.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Arrived {
    /// Its leg is heard by ears that wait for each block: the port's next arrivals should be exact.
    pub wants_exact: bool,
    /// Its memory holds another leg's packet now.
    pub pass: Option<Passed>,
    /// From now on the port takes packets from this sender only, until it is negotiated anew.
    pub settled: bool,
}

/// The media engine. See the crate's page.
#[derive(Debug)]
pub struct Engine {
    pub(crate) legs: Vec<Option<Leg>>,
    pub(crate) slots: HashMap<LegId, u16>,
    pub(crate) voices: Voices,
    pub(crate) wiring: Wiring,
    pub(crate) circuits: Circuits,
    pub(crate) crossing: Crossing,
    pub(crate) streams: Streams,
    pub(crate) outbox: Outbox,
    /// Of the last tick.
    pub(crate) now: Moment,
    pub(crate) music: MusicShelf,
    pub(crate) tones: tones::Tones,
    pub(crate) mix: Mix,
    pub(crate) rooms: Rooms,
    pub(crate) ends: EngineEnd,
    pub(crate) indications: VecDeque<MediaIndication>,
    pub(crate) counters: Counters,
    /// A packet sealed for its hearer.
    sealed: Box<[u8; LONGEST_SEALED]>,
    /// Legs came or went: parties are looked up again.
    pub(crate) legs_changed: bool,
    pub(crate) serial: u32,
}

impl Engine {
    pub fn new(limits: Limits, ends: EngineEnd) -> Engine {
        let room = limits.legs();
        Engine {
            legs: (0..room).map(|_| None).collect(),
            slots: HashMap::with_capacity(room),
            voices: Voices::new(room),
            wiring: Wiring::new(room),
            circuits: Circuits::new(&limits),
            crossing: Crossing::new(limits.spans as usize * 32),
            streams: Streams::new(&limits),
            // Two packets of 10 ms each, and the reports of the legs whose turn it is.
            outbox: Outbox::new(limits.rtp * 9 / 4 + 64),
            now: Moment::default(),
            music: MusicShelf::new(limits.music),
            tones: tones::Tones::default(),
            mix: Mix::default(),
            rooms: Rooms::new(&limits),
            ends,
            indications: VecDeque::with_capacity(room * 4 + 64),
            counters: Counters::default(),
            sealed: Box::new([0; LONGEST_SEALED]),
            legs_changed: false,
            serial: 0,
        }
    }

    /// Octets that a circuit's line sent, A-law, as many as the card has (1 ms is 8). Nothing happens if no leg has the circuit.
    pub fn circuit_received(&mut self, circuit: CircuitId, octets: &[u8]) {
        if let Some(port) = self.circuits.at(circuit) {
            port.received(octets, &mut self.counters);
        }
    }

    /// The next octets for a circuit's line: silence if no leg has it.
    pub fn circuit_transmit(&mut self, circuit: CircuitId, out: &mut [u8]) {
        match self.circuits.at(circuit) {
            Some(port) => port.transmit(out, &mut self.counters),
            None => out.fill(pcm::alaw::SILENCE),
        }
    }

    /// A packet is due at a port, two packets of other ports from now: what it will touch is brought near.
    pub fn expect_soon(&self, local_port: u16) {
        self.streams.expect_soon(local_port);
    }

    /// The same, one packet from now.
    pub fn expect_next(&self, local_port: u16) {
        self.streams.expect_next(local_port);
    }

    /// A datagram that came to a leg's RTP port. It may have become another leg's packet, in place, and is to be sent at once.
    pub fn rtp_received(
        &mut self,
        local_port: u16,
        from: SocketAddr,
        datagram: &mut [u8],
        arrival: impl Into<Arrival>,
    ) -> Arrived {
        let arrival = arrival.into();
        self.wire();
        let Some((stream, slot)) = self.streams.at(local_port) else {
            self.counters.no_such_port += 1;
            return Arrived::default();
        };
        let datagram = match &mut stream.secrecy {
            None => datagram,
            Some(secrecy) => match secrecy.open(datagram, false, &mut self.counters) {
                Some(length) => &mut datagram[..length],
                None => return Arrived::default(),
            },
        };
        let received = stream.received(from, datagram, arrival, &mut self.counters);
        let wants_exact = stream.passing.wanted && stream.passing.to.is_none();
        if let (Some((key, millis)), Some(leg)) = (received.key, &self.legs[slot])
            && leg.detect_keys
        {
            let heard = MediaIndication::Key { leg: leg.id, key, millis };
            self.indicate(heard);
        }
        let pass = received.pass_to.and_then(|(place, speaking)| {
            let hearer = self.streams.pool.get_mut(place as usize)?;
            let passed = hearer.pass(datagram, &speaking, arrival.micros)?;
            let Some(secrecy) = &mut hearer.secrecy else { return Some(passed) };
            let sealed = secrecy.seal_copy(&datagram[..passed.length], &mut self.sealed[..]);
            self.counters.rtp_unsealed += u64::from(sealed.is_err());
            Some(Passed { length: sealed.ok()?, sealed: true, ..passed })
        });
        Arrived { wants_exact, pass, settled: received.settled }
    }

    /// A datagram that came to the port after a leg's RTP port.
    pub fn rtcp_received(&mut self, local_port: u16, from: SocketAddr, datagram: &[u8], now_micros: u64) {
        let Some((stream, _)) = self.streams.at(local_port) else {
            self.counters.no_such_port += 1;
            return;
        };
        let Some(secrecy) = &mut stream.secrecy else {
            stream.control_received(from, datagram, now_micros, &mut self.counters);
            return;
        };
        let room = &mut self.sealed[..datagram.len().min(LONGEST_SEALED)];
        room.copy_from_slice(&datagram[..room.len()]);
        if let Some(length) = secrecy.open(room, true, &mut self.counters) {
            stream.control_received(from, &room[..length], now_micros, &mut self.counters);
        }
    }

    /// The packet that passes, if it is sealed: see [`Passed::sealed`].
    pub fn sealed(&self, length: usize) -> &[u8] {
        &self.sealed[..length.min(LONGEST_SEALED)]
    }

    /// Datagrams to send, since [`Engine::packets_sent`]. Take them after each tick, and before a closed leg's port is given up.
    pub fn packets(&self) -> &[OutgoingPacket] {
        self.outbox.packets()
    }

    /// The datagrams were sent (or could not be): their memory is free for the next tick.
    pub fn packets_sent(&mut self) {
        self.outbox.clear();
    }

    /// The loader has something to read: whoever runs the engine wakes it.
    pub fn wants_audio(&self) -> bool {
        self.ends.waiting_wishes()
    }

    /// The next indication, until `None`. Take them after each tick and each request.
    pub fn indication(&mut self) -> Option<MediaIndication> {
        self.indications.pop_front()
    }

    pub fn counters(&self) -> Counters {
        Counters { packets_lost: self.outbox.lost, ..self.counters }
    }

    pub(crate) fn indicate(&mut self, indication: MediaIndication) {
        if self.indications.len() == self.indications.capacity() {
            self.counters.indications_lost += 1;
        } else {
            self.indications.push_back(indication);
        }
    }

    pub(crate) fn discard(&mut self, memory: Discarded) {
        if self.ends.discarded.push(memory).is_err() {
            self.counters.freed_here += 1;
        }
    }

    /// Executes every plan for 20 ms.
    pub fn tick(&mut self, now: Moment) {
        self.counters.ticks += 1;
        self.now = now;
        self.ask_cards_again();
        self.wire();
        self.take_audio();
        self.capture();
        self.detect_keys();
        self.mix_rooms();
        self.render();
        self.tend();
        seal_outbox(&mut self.outbox, &mut self.streams);
    }
}
