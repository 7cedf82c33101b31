//! The thread and its two ends.

use crate::connections::{Connections, Heard};
use mio::net::{TcpListener, UdpSocket};
use mio::{Events, Interest, Poll, Registry, Token, Waker};
use sip::{ConnId, MAX_MESSAGE, Source, Transmit, Transport};
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

const WAKE: Token = Token(0);
/// Listening sockets come first, connections after.
const FIRST_SOCKET: usize = 1;
const FIRST_CONNECTION: usize = 1 << 16;
/// Datagrams read in a row before other sockets get their turn.
const DATAGRAMS_AT_ONCE: usize = 256;
/// How often idle connections are looked for.
const SWEEP: Duration = Duration::from_secs(5);

/// Where to listen, and bounds.
#[derive(Clone, Debug)]
pub struct SocketsConfig {
    pub udp: Vec<SocketAddr>,
    pub tcp: Vec<SocketAddr>,
    /// Messages that may wait to be sent.
    pub outbox: usize,
    pub connections: usize,
    pub connections_per_address: usize,
    /// A connection that says nothing for so long is closed. Above a telephone's keep-alive (RFC 5626: two minutes).
    pub idle: Duration,
}

impl SocketsConfig {
    /// UDP and TCP at one address, usual bounds.
    pub fn at(address: SocketAddr) -> SocketsConfig {
        SocketsConfig {
            udp: vec![address],
            tcp: vec![address],
            outbox: 8192,
            connections: 2048,
            connections_per_address: 32,
            idle: Duration::from_secs(3900),
        }
    }
}

/// What the sockets report.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SocketEvent {
    Message { source: Source, bytes: Vec<u8> },
    ConnectionClosed(ConnId),
}

/// Takes one event; false: there was no room. It runs on the sockets' thread and must not wait.
pub type Deliver = Box<dyn FnMut(SocketEvent) -> bool + Send>;

/// What came, went and was lost.
#[derive(Debug, Default)]
pub struct Counts {
    pub received: AtomicU64,
    pub sent: AtomicU64,
    /// The exchange's inbox was full.
    pub inbox_full: AtomicU64,
    /// The outbox was full, or a datagram could not be sent.
    pub unsent: AtomicU64,
    pub connections: AtomicU64,
    /// Connections refused because there were too many, in all or from one address.
    pub refused_connections: AtomicU64,
    /// Connections closed for what they sent.
    pub broken_streams: AtomicU64,
    pub idle_closed: AtomicU64,
}

/// Sockets opened and closed at a time, at most.
const ORDERS: usize = 64;

/// What the thread is told beside messages.
enum Order {
    Adopt(Vec<Socket>),
    CloseUdp(SocketAddr),
    CloseTcp(SocketAddr),
}

/// Sends messages through the thread. Cheap to clone.
#[derive(Clone)]
pub struct Sender {
    outbox: SyncSender<Transmit>,
    orders: SyncSender<Order>,
    waker: Arc<Waker>,
    counts: Arc<Counts>,
}

impl Sender {
    /// Queues a message. If there is no room it is lost and counted: what matters is sent again by its transaction.
    pub fn send(&self, message: Transmit) {
        match self.outbox.try_send(message) {
            Ok(()) => {
                // A wake-up that fails is made good by the next one or by the thread's own clock.
                self.waker.wake().ok();
            }
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => bump(&self.counts.unsent),
        }
    }

    /// Listens at these addresses too; those that were open stay so. Either all are opened or none, and the error names the address.
    pub fn listen(&self, udp: &[SocketAddr], tcp: &[SocketAddr]) -> io::Result<()> {
        let mut sockets = Vec::new();
        for address in udp {
            sockets.push(Socket::udp(*address)?);
        }
        for address in tcp {
            sockets.push(Socket::tcp(*address)?);
        }
        self.order(Order::Adopt(sockets))
    }

    /// Nothing comes from this UDP address any more.
    pub fn close_udp(&self, address: SocketAddr) -> io::Result<()> {
        self.order(Order::CloseUdp(address))
    }

    /// No new connections at this address; those that are open go on.
    pub fn close_tcp(&self, address: SocketAddr) -> io::Result<()> {
        self.order(Order::CloseTcp(address))
    }

    fn order(&self, order: Order) -> io::Result<()> {
        self.orders.try_send(order).map_err(|_| io::Error::other("the SIP sockets' thread does not take orders"))?;
        self.waker.wake()
    }
}

/// The running sockets; dropping them ends the thread.
pub struct SipSockets {
    sender: Sender,
    addresses: Vec<SocketAddr>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl SipSockets {
    /// Binds and starts. An address that cannot be bound is an error that names it.
    pub fn start(config: SocketsConfig, deliver: Deliver) -> io::Result<SipSockets> {
        let poll = Poll::new()?;
        let mut sockets = Vec::new();
        for address in &config.udp {
            sockets.push(Socket::udp(*address)?);
        }
        for address in &config.tcp {
            // Port 0 in tests: TCP takes the port that UDP got.
            let port = match (address.port(), sockets.first()) {
                (0, Some(first)) => first.local()?.port(),
                (port, _) => port,
            };
            sockets.push(Socket::tcp(SocketAddr::new(address.ip(), port))?);
        }
        for (i, socket) in sockets.iter_mut().enumerate() {
            socket.register(poll.registry(), Token(FIRST_SOCKET + i))?;
        }
        let addresses = sockets.iter().map(Socket::local).collect::<io::Result<Vec<_>>>()?;
        let (outbox, queue) = sync_channel(config.outbox);
        let (orders, told) = sync_channel(ORDERS);
        let waker = Arc::new(Waker::new(poll.registry(), WAKE)?);
        let counts = Arc::new(Counts::default());
        let stop = Arc::new(AtomicBool::new(false));
        let sender = Sender { outbox, orders, waker, counts: Arc::clone(&counts) };
        let state = State {
            poll,
            sockets: sockets.into_iter().map(Some).collect(),
            connections: Connections::default(),
            next: 0,
            queue,
            told,
            deliver,
            counts,
            stop: Arc::clone(&stop),
            config,
        };
        let thread = std::thread::Builder::new().name("sip".to_owned()).spawn(move || state.run())?;
        Ok(SipSockets { sender, addresses, stop, thread: Some(thread) })
    }

    pub fn sender(&self) -> Sender {
        self.sender.clone()
    }

    pub fn counts(&self) -> &Counts {
        &self.sender.counts
    }

    /// The addresses really bound, UDP first.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// The thread still runs. It ends by itself only if polling fails.
    pub fn alive(&self) -> bool {
        self.thread.as_ref().is_some_and(|t| !t.is_finished())
    }
}

impl Drop for SipSockets {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.sender.waker.wake().ok();
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was reported by the panic hook; there is nobody left to tell.
            thread.join().ok();
        }
    }
}

enum Socket {
    Udp(UdpSocket),
    Tcp(TcpListener),
}

impl Socket {
    fn udp(address: SocketAddr) -> io::Result<Socket> {
        UdpSocket::bind(address).map(Socket::Udp).map_err(|e| naming(e, "UDP", address))
    }

    fn tcp(address: SocketAddr) -> io::Result<Socket> {
        TcpListener::bind(address).map(Socket::Tcp).map_err(|e| naming(e, "TCP", address))
    }

    fn local(&self) -> io::Result<SocketAddr> {
        match self {
            Socket::Udp(socket) => socket.local_addr(),
            Socket::Tcp(listener) => listener.local_addr(),
        }
    }

    fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        match self {
            Socket::Udp(socket) => registry.register(socket, token, Interest::READABLE),
            Socket::Tcp(listener) => registry.register(listener, token, Interest::READABLE),
        }
    }
}

struct State {
    poll: Poll,
    /// A place is empty once its socket is closed.
    sockets: Vec<Option<Socket>>,
    connections: Connections,
    next: u64,
    queue: Receiver<Transmit>,
    told: Receiver<Order>,
    deliver: Deliver,
    counts: Arc<Counts>,
    stop: Arc<AtomicBool>,
    config: SocketsConfig,
}

impl State {
    fn run(mut self) {
        let mut events = Events::with_capacity(1024);
        let mut datagram = vec![0; MAX_MESSAGE];
        while !self.stop.load(Ordering::Relaxed) {
            match self.poll.poll(&mut events, Some(SWEEP)) {
                Ok(()) => {}
                Err(e) if e.kind() == ErrorKind::Interrupted => continue,
                Err(_) => return,
            }
            let ready: Vec<(usize, bool, bool)> =
                events.iter().map(|e| (e.token().0, e.is_readable(), e.is_writable())).collect();
            for (token, readable, writable) in ready {
                match token {
                    0 => {}
                    t if t < FIRST_CONNECTION => self.socket_ready(t - FIRST_SOCKET, &mut datagram),
                    t => self.connection_ready(connection(t), readable, writable),
                }
            }
            self.obey();
            self.send_queued();
            for id in self.connections.idle(self.config.idle) {
                bump(&self.counts.idle_closed);
                self.close(id);
            }
        }
    }

    fn obey(&mut self) {
        while let Ok(order) = self.told.try_recv() {
            match order {
                Order::Adopt(sockets) => sockets.into_iter().for_each(|socket| self.adopt(socket)),
                Order::CloseUdp(address) => self.close_sockets(address, |socket| matches!(socket, Socket::Udp(_))),
                Order::CloseTcp(address) => self.close_sockets(address, |socket| matches!(socket, Socket::Tcp(_))),
            }
        }
    }

    fn adopt(&mut self, mut socket: Socket) {
        let place = self.sockets.iter().position(Option::is_none).unwrap_or(self.sockets.len());
        if place >= FIRST_CONNECTION - FIRST_SOCKET {
            return;
        }
        // A socket that cannot be polled is closed: who sends to it is refused and tries elsewhere.
        if socket.register(self.poll.registry(), Token(FIRST_SOCKET + place)).is_ok() {
            if place == self.sockets.len() {
                self.sockets.push(None);
            }
            self.sockets[place] = Some(socket);
        }
    }

    /// Closing a socket takes it out of the poll.
    fn close_sockets(&mut self, address: SocketAddr, kind: impl Fn(&Socket) -> bool) {
        for place in &mut self.sockets {
            if place.as_ref().is_some_and(|socket| kind(socket) && socket.local().is_ok_and(|local| local == address)) {
                *place = None;
            }
        }
    }

    fn socket_ready(&mut self, index: usize, datagram: &mut [u8]) {
        match self.sockets.get(index) {
            Some(Some(Socket::Udp(_))) => self.receive(index, datagram),
            Some(Some(Socket::Tcp(_))) => self.accept(index),
            Some(None) | None => {}
        }
    }

    fn receive(&mut self, index: usize, datagram: &mut [u8]) {
        for turn in 0.. {
            let Some(Some(Socket::Udp(socket))) = self.sockets.get_mut(index) else { return };
            if turn == DATAGRAMS_AT_ONCE {
                // Edge-triggered: registering anew reports what is still there.
                registered_anew(self.poll.registry(), socket, Token(FIRST_SOCKET + index));
                return;
            }
            match (socket.recv_from(datagram), socket.local_addr()) {
                (Ok((count, from)), Ok(local)) => {
                    bump(&self.counts.received);
                    let source = Source { transport: Transport::Udp, from, local };
                    self.hand_over(SocketEvent::Message { source, bytes: datagram[..count].to_vec() });
                }
                (Err(e), _) if e.kind() == ErrorKind::WouldBlock => return,
                // An ICMP error of an earlier datagram, reported here: the next one may be fine.
                (Err(_), _) | (_, Err(_)) => {}
            }
        }
    }

    fn accept(&mut self, index: usize) {
        loop {
            let Some(Some(Socket::Tcp(listener))) = self.sockets.get_mut(index) else { return };
            let (stream, from) = match listener.accept() {
                Ok(accepted) => accepted,
                Err(e) if matches!(e.kind(), ErrorKind::Interrupted | ErrorKind::ConnectionAborted) => continue,
                Err(_) => return,
            };
            let full = self.connections.len() >= self.config.connections
                || self.connections.of(from.ip()) >= self.config.connections_per_address;
            if full {
                bump(&self.counts.refused_connections);
                continue;
            }
            let id = ConnId(self.next);
            self.next += 1;
            if self.connections.insert(self.poll.registry(), token(id), id, stream, from).is_ok() {
                bump(&self.counts.connections);
            }
        }
    }

    fn connection_ready(&mut self, id: ConnId, readable: bool, writable: bool) {
        let Some((from, local)) = self.connections.ends(id) else { return };
        if writable && !self.connections.flush(self.poll.registry(), token(id), id) {
            self.close(id);
            return;
        }
        if !readable {
            return;
        }
        let source = Source { transport: Transport::Tcp(id), from, local };
        let mut messages = Vec::new();
        let heard = self.connections.read(id, |bytes| messages.push(bytes));
        for bytes in messages {
            bump(&self.counts.received);
            self.hand_over(SocketEvent::Message { source, bytes });
        }
        match heard {
            Heard::Open => {
                // Sends replies to pings; registering anew reports what was left unread.
                if !self.connections.flush(self.poll.registry(), token(id), id) {
                    self.close(id);
                }
            }
            Heard::Closed => self.close(id),
            Heard::Broken => {
                bump(&self.counts.broken_streams);
                self.close(id);
            }
        }
    }

    fn send_queued(&mut self) {
        while let Ok(message) = self.queue.try_recv() {
            let sent = match message.transport {
                Transport::Udp => self.send_datagram(&message),
                Transport::Tcp(id) => {
                    let sent = self.connections.send(self.poll.registry(), token(id), id, &message.bytes);
                    if !sent {
                        self.close(id);
                    }
                    sent
                }
            };
            bump(if sent { &self.counts.sent } else { &self.counts.unsent });
        }
    }

    fn send_datagram(&self, message: &Transmit) -> bool {
        let same_family =
            |socket: &UdpSocket| socket.local_addr().is_ok_and(|local| local.is_ipv4() == message.to.is_ipv4());
        let exact = |socket: &UdpSocket| socket.local_addr().is_ok_and(|local| local == message.from);
        let open = || self.sockets.iter().flatten();
        let udp = || open().filter_map(|s| if let Socket::Udp(socket) = s { Some(socket) } else { None });
        let socket = udp().find(|s| exact(s)).or_else(|| udp().find(|s| same_family(s)));
        socket.is_some_and(|socket| socket.send_to(&message.bytes, message.to).is_ok())
    }

    fn close(&mut self, id: ConnId) {
        if self.connections.close(self.poll.registry(), id) {
            self.hand_over(SocketEvent::ConnectionClosed(id));
        }
    }

    fn hand_over(&mut self, event: SocketEvent) {
        if !(self.deliver)(event) {
            bump(&self.counts.inbox_full);
        }
    }
}

fn registered_anew(registry: &Registry, socket: &mut UdpSocket, token: Token) {
    // If this fails the socket stays registered as it was, and the next datagram reports it again.
    registry.reregister(socket, token, Interest::READABLE).ok();
}

fn token(id: ConnId) -> Token {
    Token(FIRST_CONNECTION + usize::try_from(id.0).unwrap_or(usize::MAX - FIRST_CONNECTION))
}

fn connection(token: usize) -> ConnId {
    ConnId((token - FIRST_CONNECTION) as u64)
}

fn bump(count: &AtomicU64) {
    count.fetch_add(1, Ordering::Relaxed);
}

fn naming(error: io::Error, what: &str, address: SocketAddr) -> io::Error {
    io::Error::new(error.kind(), format!("{what} {address}: {error}"))
}
