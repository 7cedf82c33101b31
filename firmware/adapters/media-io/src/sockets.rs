use crate::datagram::{Letter, Postmark, disconnect, set_option};
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::ops::RangeInclusive;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};

/// DSCP EF (RFC 3246) in the traffic class.
const EXPEDITED: libc::c_int = 0xb8;
/// Ready sockets told of by one call.
const READY: usize = 256;
/// Between packets of 20 ms, on an even network, microseconds.
const REGULAR: RangeInclusive<u64> = 15_000..=25_000;

struct Pair {
    rtp: UdpSocket,
    rtcp: UdpSocket,
    /// When the last RTP packet came, microseconds.
    heard: u64,
    /// The far end that the RTP socket is connected to: the kernel drops everybody else's packets, and need not look up the way.
    peer: Option<SocketAddr>,
}

/// The RTP and RTCP sockets of every leg that has them.
pub(crate) struct Sockets {
    bind: IpAddr,
    /// By half the even port.
    pairs: Vec<Option<Box<Pair>>>,
    open: usize,
    poll: OwnedFd,
}

/// Ports that have something, as one call tells them.
pub(crate) struct Ready {
    events: [libc::epoll_event; READY],
    count: usize,
}

impl Ready {
    pub(crate) fn new() -> Ready {
        Ready { events: [libc::epoll_event { events: 0, u64: 0 }; READY], count: 0 }
    }

    pub(crate) fn port(&self, place: usize) -> Option<u16> {
        let event = self.events.get(place).filter(|_| place < self.count)?;
        Some(event.u64 as u16)
    }

    /// There may be more.
    pub(crate) fn is_full(&self) -> bool {
        self.count == READY
    }
}

impl Sockets {
    pub(crate) fn new(bind: IpAddr) -> io::Result<Sockets> {
        // SAFETY: a plain system call; the descriptor it returns is nobody else's.
        let poll = unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) };
        if poll < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: just made, and owned by nobody.
        let poll = unsafe { OwnedFd::from_raw_fd(poll) };
        Ok(Sockets { bind, pairs: (0..1 << 15).map(|_| None).collect(), open: 0, poll })
    }

    /// Binds a port and the next. A port that is bound already stays.
    pub(crate) fn open(&mut self, port: u16) -> io::Result<()> {
        if self.pair(port).is_some() {
            return Ok(());
        }
        let next = port.checked_add(1).ok_or(io::ErrorKind::InvalidInput)?;
        let pair = Pair { rtp: self.socket(port)?, rtcp: self.socket(next)?, heard: 0, peer: None };
        self.watch(&pair.rtp, port)?;
        self.watch(&pair.rtcp, next)?;
        self.pairs[port as usize / 2] = Some(Box::new(pair));
        self.open += 1;
        Ok(())
    }

    fn socket(&self, port: u16) -> io::Result<UdpSocket> {
        let socket = UdpSocket::bind((self.bind, port))?;
        socket.set_nonblocking(true)?;
        set_option(socket.as_raw_fd(), libc::SOL_SOCKET, libc::SO_TIMESTAMPNS, 1)?;
        match self.bind {
            IpAddr::V4(_) => set_option(socket.as_raw_fd(), libc::IPPROTO_IP, libc::IP_TOS, EXPEDITED)?,
            IpAddr::V6(_) => set_option(socket.as_raw_fd(), libc::IPPROTO_IPV6, libc::IPV6_TCLASS, EXPEDITED)?,
        }
        Ok(socket)
    }

    /// Edge triggered: a socket is told of once for what came, and not looked at again to find it empty.
    fn watch(&self, socket: &UdpSocket, port: u16) -> io::Result<()> {
        let mut event = libc::epoll_event { events: (libc::EPOLLIN | libc::EPOLLET) as u32, u64: port as u64 };
        // SAFETY: both descriptors are open and the event lives over the call. Closing the socket takes it out again.
        let done =
            unsafe { libc::epoll_ctl(self.poll.as_raw_fd(), libc::EPOLL_CTL_ADD, socket.as_raw_fd(), &mut event) };
        if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }

    fn pair(&self, port: u16) -> Option<&Pair> {
        self.pairs[port as usize / 2].as_deref()
    }

    pub(crate) fn close(&mut self, port: u16) {
        if self.pairs[port as usize / 2].take().is_some() {
            self.open -= 1;
        }
    }

    /// How often a wake may ask which ports have something: a flood keeps its port ready, and the others must have their turn.
    pub(crate) fn turns(&self) -> usize {
        1 + self.open * 2 / READY
    }

    pub(crate) fn ready(&self, ready: &mut Ready) -> io::Result<()> {
        ready.count = 0;
        // SAFETY: the array is as long as is said and lives over the call.
        let count =
            unsafe { libc::epoll_wait(self.poll.as_raw_fd(), ready.events.as_mut_ptr(), READY as libc::c_int, 0) };
        if count < 0 {
            let error = io::Error::last_os_error();
            return if error.kind() == io::ErrorKind::Interrupted { Ok(()) } else { Err(error) };
        }
        ready.count = count as usize;
        Ok(())
    }

    /// The next datagram of a port. An error is an ICMP message about a packet we sent: the far end's silence is watched elsewhere, and
    /// speech may wait behind the message.
    pub(crate) fn read(&self, port: u16, letter: &mut Letter) -> io::Result<Option<Postmark>> {
        let Some(pair) = self.pair(port) else { return Ok(None) };
        if port & 1 == 1 {
            return letter.receive(pair.rtcp.as_fd(), true);
        }
        let read = letter.receive(pair.rtp.as_fd(), pair.peer.is_none())?;
        Ok(read.map(|postmark| Postmark { from: pair.peer.or(postmark.from), ..postmark }))
    }

    /// Whether more may wait behind a packet that came at `arrival`: not if it came a packet's time after the one before, for then the next
    /// is as far behind. The port will be told of for it.
    pub(crate) fn more_behind(&mut self, port: u16, arrival: u64) -> bool {
        let Some(pair) = self.pairs[port as usize / 2].as_deref_mut() else { return false };
        let regular = port & 1 == 0 && REGULAR.contains(&arrival.saturating_sub(pair.heard));
        pair.heard = arrival;
        !regular
    }

    /// The far end of an RTP port is where it said: from now on the kernel takes packets from there only.
    pub(crate) fn settle(&mut self, port: u16, peer: SocketAddr) -> io::Result<()> {
        let to = self.name_of(peer);
        let Some(pair) = self.pairs[port as usize / 2].as_deref_mut() else { return Ok(()) };
        if pair.peer.is_none() {
            pair.rtp.connect(to)?;
            pair.peer = Some(peer);
        }
        Ok(())
    }

    /// The far end may be elsewhere now.
    pub(crate) fn unsettle(&mut self, port: u16, negotiated: SocketAddr) -> io::Result<()> {
        let Some(pair) = self.pairs[port as usize / 2].as_deref_mut() else { return Ok(()) };
        if pair.peer.is_some_and(|peer| peer != negotiated) {
            disconnect(pair.rtp.as_raw_fd())?;
            pair.peer = None;
        }
        Ok(())
    }

    pub(crate) fn send(&self, port: u16, to: SocketAddr, octets: &[u8]) -> io::Result<()> {
        let pair = self.pair(port).ok_or(io::ErrorKind::NotConnected)?;
        if port & 1 == 1 {
            return pair.rtcp.send_to(octets, self.name_of(to)).map(drop);
        }
        if pair.peer != Some(to) {
            return pair.rtp.send_to(octets, self.name_of(to)).map(drop);
        }
        match pair.rtp.send(octets) {
            // What the far end's host says of an earlier packet: this one was not sent yet.
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => pair.rtp.send(octets).map(drop),
            sent => sent.map(drop),
        }
    }

    /// An address as our sockets name it: a dual-stack socket names IPv4 peers by mapped addresses.
    fn name_of(&self, address: SocketAddr) -> SocketAddr {
        match (self.bind, address.ip()) {
            (IpAddr::V6(_), IpAddr::V4(v4)) => SocketAddr::new(v4.to_ipv6_mapped().into(), address.port()),
            _ => address,
        }
    }
}
