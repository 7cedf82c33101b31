use crate::datagram::{self, Letter, Postmark, disconnect, set_option};
use crate::rhythm::{Calendar, Next, Rhythm};
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

/// DSCP EF (RFC 3246) in the traffic class.
const EXPEDITED: libc::c_int = 0xb8;
/// Ready sockets told of by one call.
const READY: usize = 256;

struct Pair {
    /// The RTP socket's descriptor, at hand: it is used for each packet.
    fd: RawFd,
    rhythm: Rhythm,
    /// The far end that the RTP socket is connected to: the kernel drops everybody else's packets, and need not look up the way.
    peer: Option<SocketAddr>,
    rtp: UdpSocket,
    rtcp: UdpSocket,
}

/// The RTP and RTCP sockets of every leg that has them.
pub(crate) struct Sockets {
    bind: IpAddr,
    /// By half the even port.
    pairs: Vec<Option<Box<Pair>>>,
    open: usize,
    poll: OwnedFd,
    calendar: Calendar,
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
        Ok(Sockets { bind, pairs: (0..1 << 15).map(|_| None).collect(), open: 0, poll, calendar: Calendar::new() })
    }

    /// Binds a port and the next. A port that is bound already stays.
    pub(crate) fn open(&mut self, port: u16) -> io::Result<()> {
        if self.pair(port).is_some() {
            return Ok(());
        }
        let next = port.checked_add(1).ok_or(io::ErrorKind::InvalidInput)?;
        let (rtp, rtcp) = (self.socket(port)?, self.socket(next)?);
        let pair = Pair { fd: rtp.as_raw_fd(), rhythm: Rhythm::new(), peer: None, rtp, rtcp };
        self.watch(pair.fd, port)?;
        self.watch(pair.rtcp.as_raw_fd(), next)?;
        self.pairs[port as usize / 2] = Some(Box::new(pair));
        self.open += 1;
        self.calendar.make_room(self.open);
        Ok(())
    }

    fn socket(&self, port: u16) -> io::Result<UdpSocket> {
        let socket = UdpSocket::bind((self.bind, port))?;
        socket.set_nonblocking(true)?;
        set_option(socket.as_raw_fd(), libc::SOL_SOCKET, libc::SO_TIMESTAMPNS, 1)?;
        match self.bind {
            IpAddr::V4(_) => set_option(socket.as_raw_fd(), libc::IPPROTO_IP, libc::IP_TOS, EXPEDITED)?,
            IpAddr::V6(_) => {
                set_option(socket.as_raw_fd(), libc::IPPROTO_IPV6, libc::IPV6_TCLASS, EXPEDITED)?;
                // What it sends to telephones of the older protocol has a mark of its own.
                set_option(socket.as_raw_fd(), libc::IPPROTO_IP, libc::IP_TOS, EXPEDITED)?;
            }
        }
        Ok(socket)
    }

    /// Edge triggered: a socket is told of once for what came, and not looked at again to find it empty.
    fn watch(&self, socket: RawFd, port: u16) -> io::Result<()> {
        let mut event = libc::epoll_event { events: (libc::EPOLLIN | libc::EPOLLET) as u32, u64: port as u64 };
        // SAFETY: both descriptors are open and the event lives over the call. Closing the socket takes it out again.
        let done = unsafe { libc::epoll_ctl(self.poll.as_raw_fd(), libc::EPOLL_CTL_ADD, socket, &mut event) };
        if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }

    fn unwatch(&self, socket: RawFd) -> io::Result<()> {
        let nothing = std::ptr::null_mut();
        // SAFETY: both descriptors are open; the kernel ignores the event.
        let done = unsafe { libc::epoll_ctl(self.poll.as_raw_fd(), libc::EPOLL_CTL_DEL, socket, nothing) };
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

    /// Ports that should have a packet at this wake, whether the poll tells or not. [`Sockets::looked`] takes the list back.
    pub(crate) fn due(&mut self) -> Vec<u16> {
        self.calendar.turn()
    }

    pub(crate) fn looked(&mut self, due: Vec<u16>) {
        self.calendar.over(due);
    }

    /// The port is still the one that was booked for this wake.
    pub(crate) fn is_due(&self, port: u16) -> bool {
        self.pair(port).is_some_and(|pair| pair.rhythm.is_due(self.calendar.wake))
    }

    /// The port will be read soon: what is known of it is brought near.
    pub(crate) fn expect(&self, port: u16) {
        if let Some(pair) = self.pair(port) {
            rtp::bring_near(pair, 2);
        }
    }

    /// The next datagram of a port. An error is an ICMP message about a packet we sent: the far end's silence is watched elsewhere, and
    /// speech may wait behind the message.
    pub(crate) fn read(&self, port: u16, letter: &mut Letter) -> io::Result<Option<Postmark>> {
        let Some(pair) = self.pair(port) else { return Ok(None) };
        if port & 1 == 1 {
            return letter.receive(pair.rtcp.as_raw_fd(), true);
        }
        let read = match pair.peer {
            Some(_) if !pair.rhythm.asks_when() => letter.receive_plainly(pair.fd)?,
            peer => letter.receive(pair.fd, peer.is_none())?,
        };
        Ok(read.map(|postmark| Postmark { from: pair.peer.or(postmark.from), ..postmark }))
    }

    /// Whether more may wait behind a packet that came at `arrival`.
    pub(crate) fn more_behind(&mut self, port: u16, arrival: u64, now: u64, wants_exact: bool) -> bool {
        let Some(pair) = self.pairs[port as usize / 2].as_deref_mut() else { return false };
        pair.rhythm.want_exact(wants_exact);
        pair.rhythm.heard(arrival, now)
    }

    /// The port was read, and whether anything came: settles who looks at it next, and when.
    pub(crate) fn was_read(&mut self, port: u16, any: bool, now: u64) -> io::Result<()> {
        let wake = self.calendar.wake;
        let Some(pair) = self.pairs[port as usize / 2].as_deref_mut().filter(|_| port & 1 == 0) else { return Ok(()) };
        let fd = pair.fd;
        match pair.rhythm.read(any, wake, now) {
            Next::Same => Ok(()),
            Next::Look { wake } => {
                self.calendar.book(port, wake);
                Ok(())
            }
            Next::LookAlone { wake } => {
                self.calendar.book(port, wake);
                self.unwatch(fd)
            }
            Next::Tell => self.watch(fd, port),
        }
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
        match datagram::send(pair.fd, octets) {
            // What the far end's host says of an earlier packet: this one was not sent yet.
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => datagram::send(pair.fd, octets),
            sent => sent,
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
