//! An E1 over UDP between two programs (here two ports of one).

use chassis::{Span, SpanConfig, Timeslots, Wire, WireAddress};
use clock::Monotonic;
use std::net::UdpSocket;

fn free_port() -> u16 {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    socket.local_addr().expect("an address").port()
}

fn wires() -> (WireAddress, WireAddress) {
    let (one, other) = (free_port(), free_port());
    let address = |local, remote| format!("udp:127.0.0.1:{local}->127.0.0.1:{remote}").parse().expect("a wire");
    (address(one, other), address(other, one))
}

/// Frames cross, and a far end that goes away and comes back (another process) is LOS and then heard again.
#[test]
fn far_end_in_another_program_comes_goes_and_comes_back() {
    let (ours, theirs) = wires();
    let mut near = Span::new(SpanConfig::default(), Wire::open(ours).unwrap(), Monotonic(0));
    let mut now = 0;
    let mut spoken = Timeslots::millis(5);
    spoken.slot_mut(3).fill(0x33);
    let mut heard = Timeslots::millis(5);
    for _ in 0..2 {
        let mut far = Span::new(SpanConfig::default(), Wire::open(theirs).unwrap(), Monotonic(now));
        for _ in 0..20 {
            now += 5;
            far.exchange(Monotonic(now), &spoken, &mut Timeslots::millis(5));
            near.exchange(Monotonic(now), &Timeslots::millis(5), &mut heard);
        }
        assert!(!near.alarms().out_of_service());
        assert!(heard.slot(3).iter().all(|octet| *octet == 0x33));
        drop(far);
        for _ in 0..30 {
            now += 5;
            near.exchange(Monotonic(now), &Timeslots::millis(5), &mut heard);
        }
        assert!(near.alarms().los);
    }
    assert_eq!(near.counters().datagrams_lost, 0);
}

/// Bad input: datagrams that are no frames are counted and do no harm.
#[test]
fn rubbish_datagrams_are_counted() {
    let (ours, WireAddress::Udp { local, remote }) = wires() else { panic!("udp wires") };
    let mut near = Span::new(SpanConfig::default(), Wire::open(ours).unwrap(), Monotonic(0));
    let stranger = UdpSocket::bind(local).unwrap();
    for length in [0, 1, 4, 5, 35, 1284 + 32] {
        stranger.send_to(&vec![0xaa; length], remote).unwrap();
    }
    near.exchange(Monotonic(5), &Timeslots::millis(5), &mut Timeslots::millis(5));
    assert_eq!(near.counters().datagrams_bad, 6);
    assert!(near.alarms().los);
}
