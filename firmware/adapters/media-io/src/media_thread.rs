use crate::datagram::Letter;
use crate::pacing;
use crate::sockets::{Ready, Sockets};
use crate::status::Status;
use graph::{Arrival, CrossOrder, Engine, Moment};
use identity::{CircuitId, LegId};
use plan::{MediaIndication, MediaRequest, Port};
use rtrb::{Consumer, Producer};
use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Time between two wakes.
pub const WAKE_MICROS: u64 = 5_000;
const TICK_MICROS: u64 = 20_000;
/// Further behind than this, ticks are given up rather than caught up with.
const MOST_BEHIND_MICROS: u64 = 100_000;
/// Datagrams read from one port at one wake, so that a flood on it does not starve the others.
const MOST_AT_ONCE: usize = 32;
/// Ports that are flooded at once, at most: another one is told of again with its next packet.
const UNREAD: usize = 1024;

/// The cards of the chassis, as the media thread sees them.
pub trait CardIo: Send + 'static {
    /// Hands the engine what each line said since the last wake ([`Engine::circuit_received`]).
    fn receive(&mut self, now_micros: u64, engine: &mut Engine);
    /// Fetches as much for each line to hear ([`Engine::circuit_transmit`]).
    fn transmit(&mut self, now_micros: u64, engine: &mut Engine);
    /// Waits for the cards' next 5 ms, at most so long: cards that have a clock pace the thread. False: they did not come. None: the
    /// cards have no clock, and the thread goes by its own.
    fn wait(&mut self, _at_most: Duration) -> Option<bool> {
        None
    }
    /// Connects two circuits below us: each line hears the other, and the engine is neither given what they say nor asked what they hear,
    /// until [`CardIo::disconnect`]. A card that cannot any more says so by [`Engine::crossed`]. False: they cannot be connected.
    fn connect(&mut self, _pair: [CircuitId; 2]) -> bool {
        false
    }
    fn disconnect(&mut self, _pair: [CircuitId; 2]) {}
}

/// A box without cards.
#[derive(Clone, Copy, Debug)]
pub struct NoCards;

impl CardIo for NoCards {
    fn receive(&mut self, _now_micros: u64, _engine: &mut Engine) {}
    fn transmit(&mut self, _now_micros: u64, _engine: &mut Engine) {}
}

/// The exchange's side of the media thread.
pub struct Wiring {
    pub requests: Consumer<MediaRequest>,
    pub indications: Producer<MediaIndication>,
    /// Called after indications were put into the ring.
    pub notify: Box<dyn Fn() + Send>,
    /// Called while audio is asked for that the loader has not fetched.
    pub wake_loader: Box<dyn Fn() + Send>,
}

/// The media thread before it runs.
pub struct MediaIo<C> {
    engine: Engine,
    cards: C,
    wiring: Wiring,
    sockets: Sockets,
    ready: Ready,
    /// Ports that had more than one wake takes; the kernel does not tell of them again.
    unread: VecDeque<u16>,
    letter: Letter,
    /// RTP ports of legs, to close them by.
    ports: HashMap<LegId, u16>,
    status: Arc<Status>,
    start: Instant,
}

/// The media thread while it runs.
pub struct Running {
    thread: JoinHandle<()>,
    stop: Arc<AtomicBool>,
    status: Arc<Status>,
}

impl Running {
    pub fn status(&self) -> &Arc<Status> {
        &self.status
    }

    /// The thread died: the daemon must restart.
    pub fn is_finished(&self) -> bool {
        self.thread.is_finished()
    }

    /// Ends the thread and waits for it.
    pub fn stop(self) -> io::Result<()> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| io::Error::other("the media thread panicked"))
    }
}

impl<C: CardIo> MediaIo<C> {
    /// `bind`: the address RTP ports are opened on.
    pub fn new(bind: IpAddr, engine: Engine, wiring: Wiring, cards: C) -> io::Result<MediaIo<C>> {
        Ok(MediaIo {
            engine,
            cards,
            wiring,
            sockets: Sockets::new(bind)?,
            ready: Ready::new(),
            unread: VecDeque::with_capacity(UNREAD),
            letter: Letter::new(),
            ports: HashMap::new(),
            status: Arc::default(),
            start: Instant::now(),
        })
    }

    pub fn status(&self) -> Arc<Status> {
        self.status.clone()
    }

    pub fn spawn(self) -> io::Result<Running> {
        let stop = Arc::new(AtomicBool::new(false));
        let status = self.status();
        let told = stop.clone();
        let thread = std::thread::Builder::new().name("media".into()).spawn(move || self.run(&told))?;
        Ok(Running { thread, stop, status })
    }

    fn run(mut self, stop: &AtomicBool) {
        self.status.realtime.store(pacing::ask_for_realtime(), Ordering::Relaxed);
        let mut wake = Instant::now();
        let mut wakes = 0u64;
        while !stop.load(Ordering::Relaxed) {
            wake += Duration::from_micros(WAKE_MICROS);
            let late = self.await_wake(&mut wake);
            if late > MOST_BEHIND_MICROS {
                Status::add(&self.status.skipped, late / TICK_MICROS);
                wake = Instant::now();
            }
            self.note_wake(late);
            let awake = Instant::now();
            // Ticks go by wakes and not by the clock: late wakes are caught up with one by one, and the cards move as much at each.
            wakes += 1;
            self.wake(wakes.is_multiple_of(TICK_MICROS / WAKE_MICROS));
            Status::add(&self.status.busy, awake.elapsed().as_micros() as u64);
        }
    }

    /// Returns when it is time, and how late that is in microseconds. The cards' clock rules while it runs; a card that stops brings us back to
    /// our own.
    fn await_wake(&mut self, wake: &mut Instant) -> u64 {
        // A block that is half a period late is still waited for.
        let latest = *wake + Duration::from_micros(WAKE_MICROS / 2);
        let paced = self.cards.wait(latest.saturating_duration_since(Instant::now()));
        if paced == Some(true) {
            let late = Instant::now().saturating_duration_since(*wake).as_micros() as u64;
            *wake = Instant::now();
            return late;
        }
        pacing::sleep_until(*wake).as_micros() as u64
    }

    fn micros(&self) -> u64 {
        self.start.elapsed().as_micros() as u64
    }

    fn note_wake(&self, late: u64) {
        Status::add(&self.status.wakes, 1);
        if late > WAKE_MICROS {
            Status::add(&self.status.late, 1);
        }
        self.status.latest.fetch_max(late, Ordering::Relaxed);
    }

    fn wake(&mut self, tick: bool) {
        self.take_requests();
        self.cross();
        let now = self.micros();
        self.cards.receive(now, &mut self.engine);
        self.receive_packets(now);
        if tick {
            self.engine.tick(Moment { micros: now, unix_micros: pacing::real_micros() });
            self.send_packets();
            self.status.show_engine(&self.engine.counters());
        }
        self.cards.transmit(now, &mut self.engine);
        if self.engine.wants_audio() {
            (self.wiring.wake_loader)();
        }
        self.hand_over_indications();
    }

    fn take_requests(&mut self) {
        while let Ok(request) = self.wiring.requests.pop() {
            match &request {
                MediaRequest::Open { leg, port } => {
                    let (leg, port) = (*leg, *port);
                    self.open(leg, port, request);
                }
                MediaRequest::Close { leg } => {
                    let port = self.ports.remove(leg);
                    self.engine.request(request);
                    self.send_packets();
                    port.into_iter().for_each(|port| self.sockets.close(port));
                }
                MediaRequest::Negotiated { leg, rtp } => {
                    let (port, remote) = (self.ports.get(leg).copied(), rtp.remote);
                    self.engine.request(request);
                    if let Some(port) = port
                        && self.sockets.unsettle(port, remote).is_err()
                    {
                        Status::add(&self.status.unsent, 1);
                    }
                }
                MediaRequest::Secure { .. } | MediaRequest::Plan { .. } | MediaRequest::SendKeys { .. } => {
                    self.engine.request(request);
                }
            }
        }
    }

    /// Leaves circuits to the cards, and takes them back, before anything else is said or heard.
    fn cross(&mut self) {
        while let Some(order) = self.engine.cross_order() {
            match order {
                CrossOrder::Connect(pair) => {
                    let done = self.cards.connect(pair);
                    self.engine.crossed(pair, done);
                }
                CrossOrder::Disconnect(pair) => self.cards.disconnect(pair),
            }
        }
    }

    /// Binds the leg's port before the engine knows it. A port that cannot be bound is handed on as 0, which the engine refuses.
    fn open(&mut self, leg: LegId, port: Port, request: MediaRequest) {
        let before = self.ports.remove(&leg);
        match port {
            Port::Rtp { local_port } if self.sockets.open(local_port).is_ok() => {
                self.ports.insert(leg, local_port);
                self.engine.request(request);
            }
            Port::Rtp { .. } => {
                self.engine.request(MediaRequest::Open { leg, port: Port::Rtp { local_port: 0 } });
            }
            Port::Circuit(_) => self.engine.request(request),
        }
        self.send_packets();
        if let Some(before) = before.filter(|before| !self.ports.values().any(|port| port == before)) {
            self.sockets.close(before);
        }
    }

    fn receive_packets(&mut self, now: u64) {
        let real_now = pacing::real_micros();
        for _ in 0..self.unread.len() {
            if let Some(port) = self.unread.pop_front() {
                self.read_port(port, now, real_now);
            }
        }
        let due = self.sockets.due();
        for (place, port) in due.iter().enumerate() {
            if let Some(soon) = due.get(place + 2) {
                self.sockets.expect(*soon);
                self.engine.expect_soon(*soon);
            }
            if let Some(next) = due.get(place + 1) {
                self.engine.expect_next(*next);
            }
            if self.sockets.is_due(*port) {
                self.read_port(*port, now, real_now);
            }
        }
        self.sockets.looked(due);
        for _ in 0..self.sockets.turns() {
            if self.sockets.ready(&mut self.ready).is_err() {
                // The poll itself failed: next wake tries again; silence of the far ends will tell.
                Status::add(&self.status.late, 1);
                return;
            }
            let mut place = 0;
            while let Some(port) = self.ready.port(place) {
                self.read_port(port, now, real_now);
                place += 1;
            }
            if !self.ready.is_full() {
                return;
            }
        }
    }

    fn read_port(&mut self, port: u16, now: u64, real_now: u64) {
        let mut read = 0;
        while read < MOST_AT_ONCE {
            let Some(more) = self.read_datagram(port, now, real_now) else { break };
            read += 1;
            if !more {
                break;
            }
        }
        // A poll that fails to take a port tells nothing of it: the far end's silence will.
        if self.sockets.was_read(port, read > 0, now).is_err() {
            Status::add(&self.status.late, 1);
        }
        if read == MOST_AT_ONCE && self.unread.len() < UNREAD && !self.unread.contains(&port) {
            self.unread.push_back(port);
        }
    }

    /// Whether more may wait behind the datagram; none: there is no datagram.
    fn read_datagram(&mut self, port: u16, now: u64, real_now: u64) -> Option<bool> {
        let postmark = self.sockets.read(port, &mut self.letter).ok()??;
        // The kernel's time of arrival, on our clock: how long ago it was. A wall clock set meanwhile must not make it absurd.
        let ago = postmark.real_micros.map_or(0, |at| real_now.saturating_sub(at)).min(MOST_BEHIND_MICROS);
        let at = now.saturating_sub(ago);
        let from = postmark.from?;
        let octets = self.letter.octets(postmark.length);
        if port & 1 == 1 {
            self.engine.rtcp_received(port, from, octets, at);
            return Some(true);
        }
        let arrival = Arrival { micros: at, exact: postmark.real_micros.is_some() };
        let arrived = self.engine.rtp_received(port, from, octets, arrival);
        if let Some(passed) = arrived.pass {
            let octets = if passed.sealed { self.engine.sealed(passed.length) } else { &octets[..passed.length] };
            if self.sockets.send(passed.local_port, passed.remote, octets).is_err() {
                Status::add(&self.status.unsent, 1);
            }
        }
        if arrived.settled && self.sockets.settle(port, from).is_err() {
            Status::add(&self.status.unsent, 1);
        }
        Some(self.sockets.more_behind(port, at, now, arrived.wants_exact))
    }

    fn send_packets(&mut self) {
        for packet in self.engine.packets() {
            if self.sockets.send(packet.local_port, packet.remote, packet.octets()).is_err() {
                Status::add(&self.status.unsent, 1);
            }
        }
        self.engine.packets_sent();
    }

    fn hand_over_indications(&mut self) {
        let mut any = false;
        while let Some(indication) = self.engine.indication() {
            any = true;
            if self.wiring.indications.push(indication).is_err() {
                Status::add(&self.status.indications_lost, 1);
            }
        }
        if any {
            (self.wiring.notify)();
        }
    }
}
