//! A tap in the wire between telephones and the box: passes datagrams both ways and notes them.
//!
//! To the box the telephones behind it have its address, as telephones behind a NAT have that of the NAT; it answers to where
//! requests came from (RFC 3581), so both ends work as they are.

use crate::said::Said;
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// See the module's page. It ends with the process.
pub struct Tap {
    address: SocketAddr,
    said: Arc<Mutex<Vec<Said>>>,
}

impl Tap {
    /// Between one telephone address (or one program that plays many) and the box.
    pub fn open(ip: IpAddr, telephones: SocketAddr, server: SocketAddr) -> io::Result<Tap> {
        let near = UdpSocket::bind((ip, 0))?;
        let far = UdpSocket::bind((ip, 0))?;
        let tap = Tap { address: near.local_addr()?, said: Arc::default() };
        let start = Instant::now();
        for (from, to, source, target) in
            [(near.try_clone()?, far.try_clone()?, telephones, server), (far, near, server, telephones)]
        {
            let said = tap.said.clone();
            let pass = move || pass(&from, &to, (source, target), start, &said);
            std::thread::Builder::new().name("tap".into()).spawn(pass)?;
        }
        Ok(tap)
    }

    /// What telephones are to take for the box.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// All that passed so far.
    pub fn said(&self) -> Vec<Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn pass(
    from: &UdpSocket,
    to: &UdpSocket,
    (source, target): (SocketAddr, SocketAddr),
    start: Instant,
    said: &Mutex<Vec<Said>>,
) {
    let mut datagram = vec![0; 65_536];
    loop {
        // An end that is not there yet refuses what was sent before; the wire waits for it.
        let Ok((length, sender)) = from.recv_from(&mut datagram) else { continue };
        if sender != source {
            continue;
        }
        let bytes = datagram[..length].to_vec();
        // Lost like any datagram if nobody listens.
        to.send_to(&bytes, target).ok();
        let micros = start.elapsed().as_micros() as u64;
        let one = Said { micros, from: source, to: target, bytes };
        said.lock().unwrap_or_else(PoisonError::into_inner).push(one);
    }
}
