//! Datagrams of the UDP wire, and wires as a board file writes them.
#![no_main]

use chassis::{Span, SpanConfig, Timeslots, Wire, WireAddress};
use clock::Monotonic;
use libfuzzer_sys::fuzz_target;
use std::net::UdpSocket;

fuzz_target!(|data: &[u8]| {
    if let Ok(Ok(address)) = std::str::from_utf8(data).map(str::parse::<WireAddress>) {
        assert_eq!(address.to_string().parse(), Ok(address));
    }
    let Ok(far) = UdpSocket::bind("127.0.0.1:0") else { return };
    let Some(near) = UdpSocket::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).ok() else { return };
    let Ok(remote) = far.local_addr() else { return };
    let Ok(wire) = Wire::open(WireAddress::Udp { local: near, remote }) else { return };
    let mut span = Span::new(SpanConfig::default(), wire, Monotonic(0));
    let mut heard = Timeslots::millis(5);
    for (tick, piece) in (0..).zip(fuzz::pieces(data)) {
        // Numbers near each other, and now and then not; one to seven frames.
        let [number, rest @ ..] = piece else { continue };
        let datagram = [&[0, 0, 0][..], &[*number], rest].concat();
        let datagram = if number & 0x80 == 0 { datagram } else { piece.to_vec() };
        // The kernel may have no room: then it is a lost datagram.
        far.send_to(&datagram, near).ok();
        span.receive(Monotonic(tick * 5), &mut heard);
        while span.poll().is_some() {}
    }
});
