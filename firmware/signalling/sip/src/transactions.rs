//! Transactions on the wire: sipx-sip's machines of RFC 3261 17 with addresses, numbers and timers put to them.

use crate::transport::{ConnId, MAX_MESSAGE, Source, Transmit, Transport};
use clock::{Deadlines, Millis, Monotonic};
use sipx_sip::transaction::Dispatch;
use sipx_sip::{
    Message, Method, Output, Reliability, Request, Response, Timer, Timers, TransactionKey, TransactionLayer, TuEvent,
};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::SocketAddr;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct TxId(u64);

/// The far end of a transaction or dialog: where to send, over what, from which of our addresses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Peer {
    pub transport: Transport,
    pub to: SocketAddr,
    pub local: SocketAddr,
}

impl From<Source> for Peer {
    /// Answers go to where the request came from: what the sender says of itself is not true behind a NAT.
    fn from(source: Source) -> Peer {
        Peer { transport: source.transport, to: source.from, local: source.local }
    }
}

/// What transactions tell their user.
#[derive(Debug)]
pub(crate) enum TxEvent {
    /// A new request; the transaction waits for a response.
    Request {
        tx: TxId,
        request: Box<Request>,
        source: Source,
    },
    /// An ACK of a 2xx.
    Ack {
        request: Box<Request>,
    },
    Response {
        tx: TxId,
        response: Box<Response>,
        source: Source,
    },
    /// Nobody answered within 64 * T1, or the connection is gone.
    Unanswered {
        tx: TxId,
    },
    /// The transaction is over.
    Ended {
        tx: TxId,
    },
}

#[derive(Debug)]
struct Live {
    key: TransactionKey,
    peer: Peer,
    client: bool,
}

#[derive(Debug)]
pub(crate) struct Transactions {
    clients: TransactionLayer,
    servers: TransactionLayer,
    client_ids: HashMap<TransactionKey, TxId>,
    server_ids: HashMap<TransactionKey, TxId>,
    live: BTreeMap<TxId, Live>,
    timers: Deadlines<(TxId, usize)>,
    events: VecDeque<TxEvent>,
    transmits: VecDeque<Transmit>,
    next: u64,
    limit: usize,
}

impl Transactions {
    pub fn new(limit: usize) -> Transactions {
        Transactions {
            clients: TransactionLayer::new(Timers::default()),
            servers: TransactionLayer::new(Timers::default()),
            client_ids: HashMap::new(),
            server_ids: HashMap::new(),
            live: BTreeMap::new(),
            timers: Deadlines::default(),
            events: VecDeque::new(),
            transmits: VecDeque::new(),
            next: 0,
            limit,
        }
    }

    pub fn full(&self) -> bool {
        self.live.len() >= self.limit
    }

    pub fn len(&self) -> usize {
        self.live.len()
    }

    /// Sends a request in a transaction of its own. `None`: it has no usable Via (our bug) or there are too many.
    pub fn send(&mut self, now: Monotonic, request: Request, peer: Peer) -> Option<TxId> {
        if self.full() {
            return None;
        }
        let (key, outputs) = self.clients.send_request(request, reliability(peer.transport))?;
        let tx = self.enlist(key.clone(), peer, true);
        self.client_ids.insert(key, tx);
        self.perform(now, tx, outputs, None);
        Some(tx)
    }

    /// Sends a response in its transaction; nothing happens if that is over.
    pub fn respond(&mut self, now: Monotonic, tx: TxId, response: Response) {
        let Some(live) = self.live.get(&tx) else { return };
        let outputs = self.servers.send_response(&live.key, response);
        self.perform(now, tx, outputs, None);
    }

    /// Sends a message outside any transaction: an ACK of a 2xx, a stateless refusal.
    pub fn send_raw(&mut self, message: &Message, peer: Peer) {
        let mut bytes = Vec::with_capacity(1024);
        message.write_to(&mut bytes);
        if bytes.len() <= MAX_MESSAGE {
            self.transmits.push_back(Transmit { to: peer.to, from: peer.local, transport: peer.transport, bytes });
        }
    }

    /// Gives a received message to its transaction.
    pub fn receive(&mut self, now: Monotonic, message: Message, source: Source) {
        let reliability = reliability(source.transport);
        let (client, dispatch) = match message {
            Message::Request(_) => (false, self.servers.receive(message, reliability)),
            Message::Response(_) => (true, self.clients.receive(message, reliability)),
        };
        match dispatch {
            Dispatch::Matched { key, outputs } => {
                let ids = if client { &self.client_ids } else { &self.server_ids };
                let Some(tx) = ids.get(&key).copied() else { return };
                self.perform(now, tx, outputs, Some(source));
            }
            Dispatch::Created { key, outputs } => {
                let tx = self.enlist(key.clone(), Peer::from(source), false);
                self.server_ids.insert(key, tx);
                self.perform(now, tx, outputs, Some(source));
            }
            Dispatch::Unmatched(message) => {
                if let Message::Request(request) = *message
                    && request.method == Method::Ack
                {
                    self.events.push_back(TxEvent::Ack { request: Box::new(request) });
                }
            }
        }
    }

    /// The server transaction that a CANCEL aims at (RFC 3261 9.2).
    pub fn cancelled_by(&self, cancel: &Request) -> Option<TxId> {
        let key = TransactionKey::for_cancelled_invite(cancel)?;
        self.server_ids.get(&key).copied()
    }

    /// The request of a server transaction that is still there.
    pub fn server_request(&self, tx: TxId) -> Option<&Request> {
        self.servers.server_request(&self.live.get(&tx)?.key)
    }

    pub fn client_request(&self, tx: TxId) -> Option<&Request> {
        self.clients.client_request(&self.live.get(&tx)?.key)
    }

    /// Drops a client transaction whose answer nobody waits for any more.
    pub fn forget(&mut self, now: Monotonic, tx: TxId) {
        let Some(live) = self.live.get(&tx) else { return };
        if !live.client {
            return;
        }
        let outputs = self.clients.on_transport_error(&live.key);
        self.perform(now, tx, outputs, None);
    }

    pub fn connection_closed(&mut self, now: Monotonic, conn: ConnId) {
        let lost: Vec<TxId> =
            self.live.iter().filter(|(_, l)| l.peer.transport == Transport::Tcp(conn)).map(|(tx, _)| *tx).collect();
        for tx in lost {
            let Some(live) = self.live.get(&tx) else { continue };
            let layer = if live.client { &mut self.clients } else { &mut self.servers };
            let outputs = layer.on_transport_error(&live.key);
            self.perform(now, tx, outputs, None);
        }
    }

    pub fn expire(&mut self, now: Monotonic) {
        while let Some((tx, index)) = self.timers.expire(now) {
            let (Some(live), Some(timer)) = (self.live.get(&tx), Timer::ALL.get(index)) else { continue };
            let layer = if live.client { &mut self.clients } else { &mut self.servers };
            let outputs = layer.on_timer(&live.key, *timer);
            self.perform(now, tx, outputs, None);
        }
    }

    pub fn deadline(&self) -> Option<Monotonic> {
        self.timers.deadline()
    }

    pub fn poll_event(&mut self) -> Option<TxEvent> {
        self.events.pop_front()
    }

    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.transmits.pop_front()
    }

    fn enlist(&mut self, key: TransactionKey, peer: Peer, client: bool) -> TxId {
        self.next += 1;
        let tx = TxId(self.next);
        self.live.insert(tx, Live { key, peer, client });
        tx
    }

    fn perform(&mut self, now: Monotonic, tx: TxId, outputs: Vec<Output>, source: Option<Source>) {
        for output in outputs {
            match output {
                Output::Send(message) => {
                    if let Some(peer) = self.live.get(&tx).map(|live| live.peer) {
                        self.send_raw(&message, peer);
                    }
                }
                Output::SetTimer { timer, after } => {
                    let wait = Millis(u64::try_from(after.as_millis()).unwrap_or(u64::MAX));
                    self.timers.arm((tx, index(timer)), now + wait);
                }
                Output::ClearTimer(timer) => self.timers.disarm(&(tx, index(timer))),
                Output::ToTu(event) => self.tell(tx, *event, source),
                Output::Terminated(_) => {
                    self.retire(tx);
                    self.events.push_back(TxEvent::Ended { tx });
                }
                // The enumeration may grow within version 1; nothing it could add is ours to do.
                _ => {}
            }
        }
    }

    fn tell(&mut self, tx: TxId, event: TuEvent, source: Option<Source>) {
        match (event, source) {
            (TuEvent::Request(request), Some(source)) => {
                self.events.push_back(TxEvent::Request { tx, request, source });
            }
            (TuEvent::Response(response), Some(source)) => {
                self.events.push_back(TxEvent::Response { tx, response, source });
            }
            (TuEvent::Ack(request), _) => self.events.push_back(TxEvent::Ack { request }),
            (TuEvent::Timeout | TuEvent::TransportError, _) if self.live.get(&tx).is_some_and(|live| live.client) => {
                self.events.push_back(TxEvent::Unanswered { tx });
            }
            _ => {}
        }
    }

    fn retire(&mut self, tx: TxId) {
        if let Some(live) = self.live.remove(&tx) {
            let ids = if live.client { &mut self.client_ids } else { &mut self.server_ids };
            ids.remove(&live.key);
        }
        for timer in 0..Timer::ALL.len() {
            self.timers.disarm(&(tx, timer));
        }
    }
}

fn reliability(transport: Transport) -> Reliability {
    match transport {
        Transport::Udp => Reliability::Unreliable,
        Transport::Tcp(_) => Reliability::Reliable,
    }
}

fn index(timer: Timer) -> usize {
    Timer::ALL.iter().position(|t| *t == timer).unwrap_or_default()
}
