use crate::batch::{Batch, Datagram, set_option};
use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};

/// DSCP EF (RFC 3246) in the traffic class.
const EXPEDITED: libc::c_int = 0xb8;
/// Ready sockets looked at in one call.
const READY: usize = 64;
/// Batches read from one socket in one turn, so that a flood on one port does not starve the others.
const BATCHES: usize = 8;

struct Pair {
    rtp: UdpSocket,
    rtcp: UdpSocket,
}

/// The RTP and RTCP sockets of every leg that has them.
pub(crate) struct Sockets {
    bind: IpAddr,
    /// By the even port.
    pairs: HashMap<u16, Pair>,
    poll: OwnedFd,
    /// Ports that had more than one turn takes; the poll does not tell of them again.
    unread: VecDeque<u16>,
    batch: Batch,
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
        Ok(Sockets { bind, pairs: HashMap::new(), poll, unread: VecDeque::with_capacity(READY), batch: Batch::new() })
    }

    /// Binds a port and the next. A port that is bound already stays.
    pub(crate) fn open(&mut self, port: u16) -> io::Result<()> {
        if self.pairs.contains_key(&port) {
            return Ok(());
        }
        let next = port.checked_add(1).ok_or(io::ErrorKind::InvalidInput)?;
        let pair = Pair { rtp: self.socket(port)?, rtcp: self.socket(next)? };
        self.watch(&pair.rtp, port)?;
        self.watch(&pair.rtcp, next)?;
        self.pairs.insert(port, pair);
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

    fn watch(&self, socket: &UdpSocket, port: u16) -> io::Result<()> {
        // Edge triggered: a socket is told of once for what came, and not looked at again to find it empty.
        let mut event = libc::epoll_event { events: (libc::EPOLLIN | libc::EPOLLET) as u32, u64: port as u64 };
        // SAFETY: both descriptors are open and the event lives over the call. Closing the socket takes it out again.
        let done =
            unsafe { libc::epoll_ctl(self.poll.as_raw_fd(), libc::EPOLL_CTL_ADD, socket.as_raw_fd(), &mut event) };
        if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }

    pub(crate) fn close(&mut self, port: u16) {
        self.pairs.remove(&port);
    }

    /// Reads every port that has something. `take` gets the port and the datagram.
    pub(crate) fn receive(&mut self, mut take: impl FnMut(u16, Datagram)) -> io::Result<()> {
        let mut events = [libc::epoll_event { events: 0, u64: 0 }; READY];
        for _ in 0..self.unread.len() {
            if let Some(port) = self.unread.pop_front() {
                self.drain(port, &mut take);
            }
        }
        // A flood makes sockets ready again and again: each is seen about once, the rest at the next turn.
        for _ in 0..=self.pairs.len() * 2 / READY {
            // SAFETY: the array is as long as is said and lives over the call.
            let count =
                unsafe { libc::epoll_wait(self.poll.as_raw_fd(), events.as_mut_ptr(), READY as libc::c_int, 0) };
            if count < 0 {
                let error = io::Error::last_os_error();
                return if error.kind() == io::ErrorKind::Interrupted { Ok(()) } else { Err(error) };
            }
            for event in &events[..count as usize] {
                self.drain(event.u64 as u16, &mut take);
            }
            if (count as usize) < READY {
                break;
            }
        }
        Ok(())
    }

    pub(crate) fn send(&self, port: u16, to: SocketAddr, octets: &[u8]) -> io::Result<()> {
        let pair = self.pairs.get(&(port & !1)).ok_or(io::ErrorKind::NotConnected)?;
        let socket = if port & 1 == 0 { &pair.rtp } else { &pair.rtcp };
        socket.send_to(octets, to).map(drop)
    }

    fn drain(&mut self, port: u16, take: &mut impl FnMut(u16, Datagram)) {
        let Some(pair) = self.pairs.get(&(port & !1)) else { return };
        let socket = if port & 1 == 0 { &pair.rtp } else { &pair.rtcp };
        for _ in 0..BATCHES {
            // An error is an ICMP message about a packet we sent: the far end's silence is watched elsewhere, and speech may wait
            // behind the message.
            if let Ok(false) = self.batch.receive(socket.as_fd(), |datagram| take(port, datagram)) {
                return;
            }
        }
        if !self.unread.contains(&port) {
            self.unread.push_back(port);
        }
    }
}
