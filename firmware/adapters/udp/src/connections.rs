//! TCP connections: who may have one, what came in, what waits to go out.

use mio::event::Source as _;
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use sip::{ConnId, TcpFramer};
use std::collections::{BTreeMap, HashMap};
use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

/// What may wait for a slow reader before its connection is closed.
const MAX_UNSENT: usize = 256 * 1024;
/// Octets read from one connection before others get their turn.
const READ_AT_ONCE: usize = 64 * 1024;

pub struct Connection {
    stream: TcpStream,
    pub from: SocketAddr,
    pub local: SocketAddr,
    framer: TcpFramer,
    unsent: Vec<u8>,
    heard: Instant,
}

/// How reading ended.
pub enum Heard {
    Open,
    Closed,
    /// What came is no stream of SIP messages.
    Broken,
}

#[derive(Default)]
pub struct Connections {
    open: BTreeMap<ConnId, Connection>,
    by_address: HashMap<IpAddr, usize>,
}

impl Connections {
    pub fn len(&self) -> usize {
        self.open.len()
    }

    pub fn of(&self, address: IpAddr) -> usize {
        self.by_address.get(&address).copied().unwrap_or(0)
    }

    pub fn ends(&self, id: ConnId) -> Option<(SocketAddr, SocketAddr)> {
        self.open.get(&id).map(|c| (c.from, c.local))
    }

    pub fn insert(
        &mut self,
        registry: &Registry,
        token: Token,
        id: ConnId,
        mut stream: TcpStream,
        from: SocketAddr,
    ) -> std::io::Result<()> {
        stream.set_nodelay(true)?;
        let local = stream.local_addr()?;
        stream.register(registry, token, Interest::READABLE)?;
        let (framer, unsent, heard) = (TcpFramer::default(), Vec::new(), Instant::now());
        self.open.insert(id, Connection { stream, from, local, framer, unsent, heard });
        *self.by_address.entry(from.ip()).or_default() += 1;
        Ok(())
    }

    /// Closes a connection; false if it was not there.
    pub fn close(&mut self, registry: &Registry, id: ConnId) -> bool {
        let Some(mut connection) = self.open.remove(&id) else { return false };
        // A socket that cannot be deregistered is dropped from the poll by closing it.
        connection.stream.deregister(registry).ok();
        if let Some(count) = self.by_address.get_mut(&connection.from.ip()) {
            *count -= 1;
            if *count == 0 {
                self.by_address.remove(&connection.from.ip());
            }
        }
        true
    }

    /// Connections that said nothing for `idle`.
    pub fn idle(&self, idle: Duration) -> Vec<ConnId> {
        let now = Instant::now();
        self.open.iter().filter(|(_, c)| now.duration_since(c.heard) > idle).map(|(id, _)| *id).collect()
    }

    /// Reads what is there; whole messages go to `take`. It stops after a while so that others get their turn.
    pub fn read(&mut self, id: ConnId, mut take: impl FnMut(Vec<u8>)) -> Heard {
        let Some(connection) = self.open.get_mut(&id) else { return Heard::Closed };
        let mut buffer = [0; 8192];
        let mut total = 0;
        while total < READ_AT_ONCE {
            let count = match connection.stream.read(&mut buffer) {
                Ok(0) => return Heard::Closed,
                Ok(count) => count,
                Err(e) if e.kind() == ErrorKind::WouldBlock => return Heard::Open,
                Err(e) if e.kind() == ErrorKind::Interrupted => continue,
                Err(_) => return Heard::Closed,
            };
            total += count;
            connection.heard = Instant::now();
            if connection.framer.push(&buffer[..count]).is_err() {
                return Heard::Broken;
            }
            loop {
                match connection.framer.next_message() {
                    Ok(Some(message)) => take(message),
                    Ok(None) => break,
                    Err(_) => return Heard::Broken,
                }
            }
            for _ in 0..connection.framer.take_pings().min(8) {
                connection.unsent.extend_from_slice(b"\r\n");
            }
        }
        Heard::Open
    }

    /// Queues octets; false if the far end reads too slowly or is gone.
    pub fn send(&mut self, registry: &Registry, token: Token, id: ConnId, bytes: &[u8]) -> bool {
        let Some(connection) = self.open.get_mut(&id) else { return false };
        if connection.unsent.len() + bytes.len() > MAX_UNSENT {
            return false;
        }
        connection.unsent.extend_from_slice(bytes);
        self.flush(registry, token, id)
    }

    /// Writes what can be written; false if the connection is broken.
    pub fn flush(&mut self, registry: &Registry, token: Token, id: ConnId) -> bool {
        let Some(connection) = self.open.get_mut(&id) else { return false };
        while !connection.unsent.is_empty() {
            match connection.stream.write(&connection.unsent) {
                Ok(0) => return false,
                Ok(count) => {
                    connection.unsent.drain(..count);
                }
                Err(e) if e.kind() == ErrorKind::WouldBlock => break,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(_) => return false,
            }
        }
        let interest = match connection.unsent.is_empty() {
            true => Interest::READABLE,
            false => Interest::READABLE | Interest::WRITABLE,
        };
        connection.stream.reregister(registry, token, interest).is_ok()
    }
}
