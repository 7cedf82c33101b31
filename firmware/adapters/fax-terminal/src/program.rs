use crate::terminal::{BLOCK, Begin, Terminal};
use facsimile::{MOST_DATAGRAM, Order, Outcome, Report, UdptlReceiver, UdptlSender};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::resource::{Resource, setrlimit};
use pcm::alaw;
use rtp::{Header, Packet};
use std::collections::VecDeque;
use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

const TICK: Duration = Duration::from_millis(20);
/// RTP's A-law (RFC 3551).
const ALAW: u8 = 8;
/// Packets in a row that are made up for; more, and the stream began anew.
const MOST_MISSED: u16 = 50;
/// Blocks that may be late before they are taken for lost.
const MOST_LATE: u32 = 10;
/// Later than this, ticks are given up rather than caught up with.
const MOST_BEHIND: u32 = 25;
/// Earlier packets that each datagram repeats: so many lost in a row cost nothing.
const COPIES: usize = 3;
/// So long after the end the daemon has to hang up.
const LINGER: Duration = Duration::from_secs(60);
/// Memory and file that one fax may take, octets.
const MOST_MEMORY: u64 = 1 << 30;
const MOST_FILE: u64 = 256 << 20;
const LONGEST_ORDER: usize = 64 << 10;

/// Runs one fax call: orders from the standard input, reports to the standard output.
pub fn run() -> io::Result<()> {
    confine()?;
    let mut orders = Orders::default();
    let first = loop {
        if let Some(order) = orders.next()? {
            break order;
        }
        if orders.over {
            return Ok(());
        }
        orders.read()?;
    };
    let Order::Begin { bind, ports, .. } = &first else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the first order has to be `begin`"));
    };
    let socket = bound(*bind, *ports)?;
    socket.set_nonblocking(true)?;
    report(&Report::Listening { port: socket.local_addr()?.port() })?;
    Call { socket, begin: first, orders, side: Side::Waiting, ended: None, next_tick: Instant::now() }.run()
}

/// A socket on a free port of the range; which is tried first is chance, so that calls do not all try the same.
fn bound(address: IpAddr, (first, last): (u16, u16)) -> io::Result<UdpSocket> {
    let count = u32::from(last.saturating_sub(first)) + 1;
    let start = std::process::id() % count;
    let ports = (0..count).map(|n| first.saturating_add(((start + n) % count) as u16));
    let free = ports.into_iter().find_map(|port| UdpSocket::bind((address, port)).ok());
    free.ok_or_else(|| io::Error::from(io::ErrorKind::AddrInUse))
}

/// What decodes strangers' data gets no more rights, and bounded memory and files.
fn confine() -> io::Result<()> {
    nix::sys::prctl::set_no_new_privs()?;
    setrlimit(Resource::RLIMIT_AS, MOST_MEMORY, MOST_MEMORY)?;
    setrlimit(Resource::RLIMIT_FSIZE, MOST_FILE, MOST_FILE)?;
    setrlimit(Resource::RLIMIT_CORE, 0, 0)?;
    Ok(())
}

fn report(report: &Report) -> io::Result<()> {
    let mut line = serde_json::to_vec(report)?;
    line.push(b'\n');
    let mut out = io::stdout().lock();
    out.write_all(&line)?;
    out.flush()
}

/// Lines of the standard input.
#[derive(Default)]
struct Orders {
    octets: Vec<u8>,
    whole: VecDeque<Order>,
    /// The input ended: the daemon is gone, or has hung up.
    over: bool,
}

impl Orders {
    fn read(&mut self) -> io::Result<()> {
        let mut some = [0; 4096];
        // Past the library's buffer, which a poll does not see.
        let count = nix::unistd::read(io::stdin(), &mut some)?;
        self.over |= count == 0;
        self.octets.extend(&some[..count]);
        if self.octets.len() > LONGEST_ORDER {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "an order too long"));
        }
        while let Some(end) = self.octets.iter().position(|octet| *octet == b'\n') {
            let line: Vec<u8> = self.octets.drain(..=end).collect();
            self.whole.push_back(serde_json::from_slice(&line)?);
        }
        Ok(())
    }

    fn next(&mut self) -> io::Result<Option<Order>> {
        Ok(self.whole.pop_front())
    }
}

/// What the call is carried by.
enum Side {
    Waiting,
    Sound(Box<Sound>),
    Packets(Box<Packets>),
}

struct Sound {
    terminal: Terminal,
    remote: SocketAddr,
    /// The number of the next packet to come.
    expected: Option<u16>,
    /// Blocks said that none was heard for.
    late: u32,
    said: Header,
}

struct Packets {
    terminal: Terminal,
    remote: SocketAddr,
    /// Where sound came from before: what is still on its way from there is no packet of a fax.
    sound: Option<SocketAddr>,
    sender: UdptlSender,
    receiver: UdptlReceiver,
}

struct Call {
    socket: UdpSocket,
    begin: Order,
    orders: Orders,
    side: Side,
    ended: Option<Instant>,
    next_tick: Instant,
}

impl Call {
    fn run(mut self) -> io::Result<()> {
        loop {
            while let Some(order) = self.orders.next()? {
                if matches!(order, Order::End) {
                    return self.hang_up();
                }
                self.obey(order)?;
            }
            if self.orders.over || self.ended.is_some_and(|when| when.elapsed() > LINGER) {
                return self.hang_up();
            }
            self.wait()?;
            self.read_socket()?;
            self.tick();
            self.tell()?;
        }
    }

    fn wait(&mut self) -> io::Result<()> {
        let stdin = io::stdin();
        let left = self.next_tick.saturating_duration_since(Instant::now());
        let mut sources =
            [PollFd::new(stdin.as_fd(), PollFlags::POLLIN), PollFd::new(self.socket.as_fd(), PollFlags::POLLIN)];
        let timeout = PollTimeout::try_from(left.as_millis().min(20) as i32).unwrap_or(PollTimeout::ZERO);
        poll(&mut sources, timeout)?;
        if sources[0].any().unwrap_or(false) { self.orders.read() } else { Ok(()) }
    }

    fn obey(&mut self, order: Order) -> io::Result<()> {
        let Order::Begin { kind, file, station, header, error_correction, .. } = &self.begin else { return Ok(()) };
        let begin = Begin { kind: *kind, file, station, header, error_correction: *error_correction };
        let memory = || io::Error::from(io::ErrorKind::OutOfMemory);
        match order {
            Order::Sound { remote } => {
                let said =
                    Header { marker: true, payload_type: ALAW, sequence: 0, timestamp: 0, ssrc: std::process::id() };
                let terminal = Terminal::by_sound(&begin).ok_or_else(memory)?;
                self.next_tick = Instant::now() + TICK;
                self.side = Side::Sound(Box::new(Sound { terminal, remote, expected: None, late: 0, said }));
            }
            Order::Packets { remote, max_datagram } => {
                // What spoke before lets go of the file.
                let sound = match std::mem::replace(&mut self.side, Side::Waiting) {
                    Side::Sound(sound) => Some(sound.remote),
                    Side::Packets(packets) => packets.sound,
                    Side::Waiting => None,
                };
                let terminal = Terminal::by_packets(&begin).ok_or_else(memory)?;
                let sender = UdptlSender::new(COPIES).at_most(max_datagram.into());
                let receiver = UdptlReceiver::default();
                self.side = Side::Packets(Box::new(Packets { terminal, remote, sound, sender, receiver }));
                self.next_tick = Instant::now() + TICK;
            }
            Order::Begin { .. } | Order::End => {}
        }
        Ok(())
    }

    fn read_socket(&mut self) -> io::Result<()> {
        let mut octets = [0; MOST_DATAGRAM + 1];
        loop {
            let (count, from) = match self.socket.recv_from(&mut octets) {
                Ok(got) => got,
                Err(nothing) if nothing.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                // What the net says of packets sent before.
                Err(refused) if refused.kind() == io::ErrorKind::ConnectionRefused => continue,
                Err(trouble) => return Err(trouble),
            };
            let datagram = &octets[..count];
            match &mut self.side {
                Side::Sound(sound) if sound.remote == from => sound.received(datagram),
                // T.38's far end may send from another port than it said; its address has to be the one that was agreed.
                Side::Packets(packets) if packets.remote.ip() == from.ip() && packets.sound != Some(from) => {
                    packets.remote = from;
                    packets.received(datagram);
                }
                Side::Sound(_) | Side::Packets(_) | Side::Waiting => {}
            }
        }
    }

    fn tick(&mut self) {
        let now = Instant::now();
        if now.saturating_duration_since(self.next_tick) > TICK * MOST_BEHIND {
            self.next_tick = now;
        }
        while self.next_tick <= now {
            self.next_tick += TICK;
            match &mut self.side {
                Side::Sound(sound) => sound.tick(&self.socket),
                Side::Packets(packets) => packets.terminal.pass_time(),
                Side::Waiting => {}
            }
        }
        if let Side::Packets(packets) = &mut self.side {
            packets.send(&self.socket);
        }
    }

    /// Tells the daemon what happened.
    fn tell(&mut self) -> io::Result<()> {
        let terminal = match &mut self.side {
            Side::Sound(sound) => &mut sound.terminal,
            Side::Packets(packets) => &mut packets.terminal,
            Side::Waiting => return Ok(()),
        };
        while let Some(what) = terminal.report() {
            if matches!(what, Report::Ended { .. }) {
                self.ended.get_or_insert_with(Instant::now);
            }
            report(&what)?;
        }
        Ok(())
    }

    fn hang_up(mut self) -> io::Result<()> {
        match &mut self.side {
            Side::Sound(sound) => sound.terminal.hang_up(),
            Side::Packets(packets) => packets.terminal.hang_up(),
            Side::Waiting => {
                let outcome = Outcome::NoFax { reason: "the call ended before it began".to_owned() };
                return report(&Report::Ended { outcome, pages: 0, station: String::new(), bits_a_second: 0 });
            }
        }
        self.tell()
    }
}

impl Sound {
    fn received(&mut self, datagram: &[u8]) {
        let Ok(packet) = Packet::parse(datagram) else { return };
        let Ok(speech) = <&[u8; BLOCK]>::try_from(packet.payload) else { return };
        let sequence = packet.header.sequence;
        let missed = self.expected.map_or(0, |expected| sequence.wrapping_sub(expected));
        if missed >= 0x8000 {
            return;
        }
        self.expected = Some(sequence.wrapping_add(1));
        for _ in 0..missed.min(MOST_MISSED) {
            self.terminal.miss();
        }
        self.terminal.hear(&alaw::decode_block(speech));
        self.late = self.late.saturating_sub(1 + u32::from(missed.min(MOST_MISSED)));
    }

    /// Says the next block. By a clock of its own: between two terminals packets pass as they come, and one has to be first. If nothing comes from
    /// the line, its silence is heard.
    fn tick(&mut self, socket: &UdpSocket) {
        self.speak(socket);
        self.late += 1;
        if self.late > MOST_LATE {
            self.late -= 1;
            self.terminal.miss();
        }
    }

    fn speak(&mut self, socket: &UdpSocket) {
        let said = alaw::encode_block(&self.terminal.say());
        let mut datagram = self.said.octets().to_vec();
        datagram.extend(said);
        self.said.marker = false;
        self.said.sequence = self.said.sequence.wrapping_add(1);
        self.said.timestamp = self.said.timestamp.wrapping_add(BLOCK as u32);
        // A packet that cannot be sent is one that the net lost.
        let _lost = socket.send_to(&datagram, self.remote);
    }
}

impl Packets {
    fn received(&mut self, datagram: &[u8]) {
        let Ok(received) = self.receiver.receive(datagram) else { return };
        for packet in received {
            self.terminal.take_packet(packet.sequence, &packet.ifp);
        }
    }

    fn send(&mut self, socket: &UdpSocket) {
        while let Some(packet) = self.terminal.packet() {
            let Some(datagram) = self.sender.pack(&packet.ifp) else { continue };
            for _ in 0..packet.times {
                // A packet that cannot be sent is one that the net lost.
                let _lost = socket.send_to(&datagram, self.remote);
            }
        }
    }
}
