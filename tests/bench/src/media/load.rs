//! Telephones that speak to the box and note when what they hear was spoken at the other end.

use crate::machine;
use crate::report::Trouble;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use rtp::{HEADER, Header, Packet};
use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const TURN: Duration = Duration::from_millis(1);
/// Turns between two packets of a telephone: 20 ms. The telephones are spread over them.
const TURNS: usize = 20;
const SPEECH: usize = 160;
/// Delays are counted in steps of this.
const STEP_MICROS: u64 = 100;
const STEPS: usize = 5_000;
/// What is under way when the last packet was sent is waited for.
const LAST: Duration = Duration::from_millis(500);

/// What the telephones heard.
pub struct Heard {
    pub sent: u64,
    pub received: u64,
    delays: Vec<u64>,
}

impl Heard {
    pub fn lost(&self) -> u64 {
        self.sent.saturating_sub(self.received)
    }

    /// Milliseconds that `share` of the packets do not exceed.
    pub fn delay(&self, share: f64) -> f64 {
        let wanted = (self.received as f64 * share).ceil() as u64;
        let mut seen = 0;
        for (step, count) in self.delays.iter().enumerate() {
            seen += count;
            if seen >= wanted && seen > 0 {
                return (step as u64 + 1) as f64 * STEP_MICROS as f64 / 1e3;
            }
        }
        f64::NAN
    }
}

/// Telephones before they speak.
pub struct Load {
    sockets: Vec<UdpSocket>,
    ports: Vec<u16>,
    epoll: Epoll,
}

/// Telephones that speak.
pub struct Running {
    thread: JoinHandle<Result<Heard, String>>,
    counting: Arc<AtomicBool>,
    over: Arc<AtomicBool>,
}

impl Load {
    /// A telephone for each of the box's ports.
    pub fn new(boxes: &[u16]) -> Result<Load, Trouble> {
        let (mut sockets, mut ports) = (Vec::new(), Vec::new());
        let epoll = Epoll::new(EpollCreateFlags::empty())?;
        for (leg, port) in boxes.iter().enumerate() {
            let socket = UdpSocket::bind("127.0.0.1:0")?;
            socket.connect(("127.0.0.1", *port))?;
            socket.set_nonblocking(true)?;
            epoll.add(&socket, EpollEvent::new(EpollFlags::EPOLLIN | EpollFlags::EPOLLET, leg as u64))?;
            ports.push(socket.local_addr()?.port());
            sockets.push(socket);
        }
        Ok(Load { sockets, ports, epoll })
    }

    pub fn ports(&self) -> &[u16] {
        &self.ports
    }

    pub fn start(self) -> Running {
        let (counting, over) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let (count, stop) = (counting.clone(), over.clone());
        let thread = std::thread::spawn(move || {
            machine::be_punctual();
            Town::new(self).run(&count, &stop).map_err(|problem| problem.to_string())
        });
        Running { thread, counting, over }
    }
}

impl Running {
    /// From now on packets count.
    pub fn count(&self) {
        self.counting.store(true, Ordering::Relaxed);
    }

    pub fn stop(self) -> Result<Heard, Trouble> {
        self.over.store(true, Ordering::Relaxed);
        Ok(self.thread.join().map_err(|_| "the telephones died")??)
    }
}

struct Town {
    load: Load,
    start: Instant,
    sequence: Vec<u16>,
    /// The newest packet that each telephone heard, by the speaker's count, and whether it ever heard one.
    newest: Vec<u64>,
    heard: Heard,
}

impl Town {
    fn new(load: Load) -> Town {
        let legs = load.sockets.len();
        let heard = Heard { sent: 0, received: 0, delays: vec![0; STEPS] };
        Town { load, start: Instant::now(), sequence: vec![0; legs], newest: vec![0; legs], heard }
    }

    fn run(mut self, counting: &AtomicBool, over: &AtomicBool) -> std::io::Result<Heard> {
        let mut events = [EpollEvent::empty(); 512];
        let mut end = None;
        for turn in 0u32.. {
            let counted = counting.load(Ordering::Relaxed);
            if end.is_none() {
                self.speak(turn as usize % TURNS, counted);
                end = over.load(Ordering::Relaxed).then(|| Instant::now() + LAST);
            }
            loop {
                let count = self.load.epoll.wait(&mut events, EpollTimeout::ZERO)?;
                events[..count].iter().for_each(|event| self.listen(event.data() as usize));
                if count < events.len() {
                    break;
                }
            }
            if end.is_some_and(|end| Instant::now() > end) {
                break;
            }
            std::thread::sleep((self.start + TURN * (turn + 1)).saturating_duration_since(Instant::now()));
        }
        Ok(self.heard)
    }

    fn micros(&self) -> u64 {
        self.start.elapsed().as_micros() as u64
    }

    /// The telephones of this turn send a packet each. Its speech says when, and whether it counts.
    fn speak(&mut self, turn: usize, counted: bool) {
        for leg in (turn..self.load.sockets.len()).step_by(TURNS) {
            let sequence = self.sequence[leg];
            self.sequence[leg] = sequence.wrapping_add(1);
            let timestamp = u32::from(sequence).wrapping_mul(SPEECH as u32);
            let header = Header { marker: sequence == 0, payload_type: 8, sequence, timestamp, ssrc: leg as u32 + 1 };
            let mut packet = [0x55 ^ leg as u8; HEADER + SPEECH];
            packet[..HEADER].copy_from_slice(&header.octets());
            packet[HEADER..HEADER + 8].copy_from_slice(&self.micros().to_be_bytes());
            packet[HEADER + 8..HEADER + 12].copy_from_slice(&(leg as u32).to_be_bytes());
            packet[HEADER + 12] = u8::from(counted);
            // A full buffer loses a packet, as a network would: it counts as lost.
            drop(self.load.sockets[leg].send(&packet));
            self.heard.sent += u64::from(counted);
        }
    }

    fn listen(&mut self, leg: usize) {
        let mut datagram = [0; 512];
        while let Ok(length) = self.load.sockets[leg].recv(&mut datagram) {
            let now = self.micros();
            let Ok(packet) = Packet::parse(&datagram[..length]) else { continue };
            let Some((stamp, rest)) = packet.payload.split_first_chunk() else { continue };
            let (spoken, speaker) =
                (u64::from_be_bytes(*stamp), rest.first_chunk().map(|leg| u32::from_be_bytes(*leg)));
            // Silence, a repetition, or somebody else's.
            if speaker != Some(leg as u32 ^ 1) || spoken <= self.newest[leg] || rest.get(4) != Some(&1) {
                continue;
            }
            self.newest[leg] = spoken;
            self.heard.received += 1;
            let step = (now.saturating_sub(spoken) / STEP_MICROS) as usize;
            self.heard.delays[step.min(STEPS - 1)] += 1;
        }
    }
}
