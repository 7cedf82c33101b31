//! The sockets on the loopback, with plain sockets of the standard library as telephones.

use sip::{Transmit, Transport};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;
use udp::{SipSockets, SocketEvent, SocketsConfig};

const MESSAGE: &[u8] = b"OPTIONS sip:a SIP/2.0\r\nContent-Length: 2\r\n\r\nhi";
const PATIENCE: Duration = Duration::from_secs(10);

fn start(change: impl FnOnce(&mut SocketsConfig)) -> (SipSockets, Receiver<SocketEvent>, SocketAddr) {
    let mut config = SocketsConfig::at("127.0.0.1:0".parse().unwrap());
    change(&mut config);
    let (tell, events) = sync_channel(64);
    let sockets = SipSockets::start(config, Box::new(move |event| tell.try_send(event).is_ok())).unwrap();
    let address = sockets.addresses()[0];
    (sockets, events, address)
}

fn message(events: &Receiver<SocketEvent>) -> (sip::Source, Vec<u8>) {
    match events.recv_timeout(PATIENCE).expect("an event") {
        SocketEvent::Message { source, bytes } => (source, bytes),
        SocketEvent::ConnectionClosed(conn) => panic!("{conn:?} closed"),
    }
}

/// A datagram comes in with its source, and the reply leaves from the address that it came to.
#[test]
fn a_datagram_and_its_reply() {
    let (sockets, events, address) = start(|_| {});
    let phone = UdpSocket::bind("127.0.0.1:0").unwrap();
    phone.set_read_timeout(Some(PATIENCE)).unwrap();
    phone.send_to(MESSAGE, address).unwrap();
    let (source, bytes) = message(&events);
    assert_eq!((source.transport, source.from, source.local), (Transport::Udp, phone.local_addr().unwrap(), address));
    assert_eq!(bytes, MESSAGE);
    let reply = b"SIP/2.0 200 OK\r\n\r\n".to_vec();
    let transport = Transport::Udp;
    sockets.sender().send(Transmit { to: source.from, from: address, transport, bytes: reply.clone() });
    let mut buffer = [0; 100];
    let (count, from) = phone.recv_from(&mut buffer).unwrap();
    assert_eq!((&buffer[..count], from), (reply.as_slice(), address));
}

/// A stream is cut into messages however its segments fall; replies go back over it; its end is told.
#[test]
fn a_stream_of_messages() {
    let (sockets, events, address) = start(|_| {});
    let mut phone = TcpStream::connect(address).unwrap();
    phone.set_read_timeout(Some(PATIENCE)).unwrap();
    phone.set_nodelay(true).unwrap();
    let both = [MESSAGE, MESSAGE].concat();
    phone.write_all(&both[..30]).unwrap();
    phone.write_all(&both[30..]).unwrap();
    let (source, first) = message(&events);
    let (_, second) = message(&events);
    assert_eq!((first.as_slice(), second.as_slice()), (MESSAGE, MESSAGE));
    let Transport::Tcp(conn) = source.transport else { panic!("{source:?}") };
    let (from, transport) = (address, source.transport);
    sockets.sender().send(Transmit { to: source.from, from, transport, bytes: b"reply".to_vec() });
    let mut buffer = [0; 5];
    phone.read_exact(&mut buffer).unwrap();
    assert_eq!(&buffer, b"reply");
    phone.write_all(b"\r\n\r\n").unwrap();
    phone.read_exact(&mut buffer[..2]).unwrap();
    assert_eq!(&buffer[..2], b"\r\n", "a ping is answered (RFC 5626)");
    drop(phone);
    assert_eq!(events.recv_timeout(PATIENCE), Ok(SocketEvent::ConnectionClosed(conn)));
}

/// One address has only so many connections; a stream that is no SIP is closed.
#[test]
fn connections_are_bounded() {
    let (sockets, events, address) = start(|c| c.connections_per_address = 1);
    let mut first = TcpStream::connect(address).unwrap();
    first.write_all(MESSAGE).unwrap();
    message(&events);
    let mut second = TcpStream::connect(address).unwrap();
    second.set_read_timeout(Some(PATIENCE)).unwrap();
    assert_eq!(second.read(&mut [0; 1]).unwrap_or(0), 0, "the second is closed at once");
    first.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    assert!(matches!(events.recv_timeout(PATIENCE), Ok(SocketEvent::ConnectionClosed(_))));
    let counts = sockets.counts();
    let ordering = std::sync::atomic::Ordering::Relaxed;
    assert_eq!((counts.refused_connections.load(ordering), counts.broken_streams.load(ordering)), (1, 1));
}

/// A full inbox loses messages and counts them; it never holds up the sockets.
#[test]
fn a_full_inbox() {
    let (tell, events) = sync_channel(1);
    let config = SocketsConfig::at("127.0.0.1:0".parse().unwrap());
    let sockets = SipSockets::start(config, Box::new(move |event| tell.try_send(event).is_ok())).unwrap();
    let phone = UdpSocket::bind("127.0.0.1:0").unwrap();
    for _ in 0..10 {
        phone.send_to(MESSAGE, sockets.addresses()[0]).unwrap();
    }
    let ordering = std::sync::atomic::Ordering::Relaxed;
    let end = std::time::Instant::now() + PATIENCE;
    while sockets.counts().received.load(ordering) < 10 && std::time::Instant::now() < end {
        std::thread::yield_now();
    }
    assert!(sockets.counts().inbox_full.load(ordering) >= 8);
    assert!(matches!(events.try_recv(), Ok(SocketEvent::Message { .. })));
    assert!(sockets.alive());
}

/// The port is changed while telephones use the old one: both are heard until the old one is closed, and connections outlive their listener.
#[test]
fn listening_elsewhere() {
    let (sockets, events, old) = start(|_| {});
    let sender = sockets.sender();
    let mut connected = TcpStream::connect(old).unwrap();
    connected.write_all(MESSAGE).unwrap();
    assert!(matches!(message(&events).0.transport, Transport::Tcp(_)));
    let free = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    sender.listen(&[free], &[free]).unwrap();
    sender.close_tcp(old).unwrap();
    let phone = UdpSocket::bind("127.0.0.1:0").unwrap();
    phone.set_read_timeout(Some(PATIENCE)).unwrap();
    for address in [free, old] {
        phone.send_to(MESSAGE, address).unwrap();
        assert_eq!(message(&events).0.local, address);
    }
    let bytes = b"SIP/2.0 200 OK\r\n\r\n".to_vec();
    let to = phone.local_addr().unwrap();
    sender.send(Transmit { to, from: free, transport: Transport::Udp, bytes });
    assert_eq!(phone.recv_from(&mut [0; 100]).unwrap().1, free);
    connected.write_all(MESSAGE).unwrap();
    assert!(matches!(message(&events).0.transport, Transport::Tcp(_)), "the connection goes on");
    TcpStream::connect(free).unwrap().write_all(MESSAGE).unwrap();
    assert_eq!(message(&events).0.local, free);
    sender.close_udp(old).unwrap();
    let taken = sender.listen(&[free], &[]).unwrap_err();
    assert!(taken.to_string().contains(&free.to_string()), "{taken}");
}
