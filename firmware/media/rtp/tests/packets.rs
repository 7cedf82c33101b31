//! Packets as the network brings them, good and hostile.

use proptest::prelude::*;
use rtp::*;
use std::net::SocketAddr;

fn header(sequence: u16) -> Header {
    Header { marker: true, payload_type: 8, sequence, timestamp: 0x01020304, ssrc: 0xa0b0c0d0 }
}

/// RFC 3550 section 5.1, octet by octet.
#[test]
fn a_header_is_as_the_standard_draws_it() {
    let octets = header(0x1122).octets();
    assert_eq!(octets, [0x80, 0x88, 0x11, 0x22, 1, 2, 3, 4, 0xa0, 0xb0, 0xc0, 0xd0]);
    let mut datagram = octets.to_vec();
    datagram.extend([9, 9, 9]);
    let packet = Packet::parse(&datagram).unwrap();
    assert_eq!((packet.header, packet.payload), (header(0x1122), &[9u8, 9, 9][..]));
}

/// Contributing sources, an extension and padding are stepped over.
#[test]
fn optional_parts_are_stepped_over() {
    let mut datagram = header(1).octets().to_vec();
    datagram[0] |= 0x20 | 0x10 | 2;
    datagram.extend([0; 8]);
    datagram.extend([0xbe, 0xde, 0, 1, 1, 2, 3, 4]);
    datagram.extend([7, 7, 0, 0, 3]);
    assert_eq!(Packet::parse(&datagram).unwrap().payload, [7, 7]);
    *datagram.last_mut().unwrap() = 0;
    assert_eq!(Packet::parse(&datagram), Err(Malformed::Padding));
    *datagram.last_mut().unwrap() = 6;
    assert_eq!(Packet::parse(&datagram), Err(Malformed::Padding));
    datagram[0] = 0x40;
    assert_eq!(Packet::parse(&datagram), Err(Malformed::Version));
    assert_eq!(Packet::parse(&[0x80; 11]), Err(Malformed::TooShort));
}

/// RFC 3550 A.3 and A.8: two of ten lost is a fraction of 51/256; steady spacing is no jitter.
#[test]
fn statistics_count_loss_and_jitter() {
    let mut reception = Reception::begin(1, 65_530, 0, 0);
    for n in 1..10u32 {
        if n != 3 && n != 7 {
            assert!(reception.receive(65_530u16.wrapping_add(n as u16), n * 160, n as u64 * 20_000));
        }
    }
    let report = reception.report(0, 0);
    assert_eq!((report.lost, report.fraction_lost, report.highest, report.jitter), (2, 51, 65_536 + 3, 0));
    assert_eq!(reception.report(0, 0).fraction_lost, 0);
    for n in 10..200u32 {
        reception.receive(65_530u16.wrapping_add(n as u16), n * 160, n as u64 * 20_000 + (n % 2) as u64 * 10_000);
    }
    assert!((75..=85).contains(&reception.jitter()), "10 ms back and forth is 80: {}", reception.jitter());
}

/// RFC 3550 A.1: one packet far off is ignored, two in a row are a sender that restarted.
#[test]
fn a_restarted_sender_is_counted_anew() {
    let mut reception = Reception::begin(1, 100, 0, 0);
    assert!(!reception.receive(40_000, 0, 0));
    assert!(reception.receive(101, 160, 20_000));
    assert!(!reception.receive(40_000, 0, 0));
    assert!(reception.receive(40_001, 160, 20_000));
    assert_eq!((reception.lost(), reception.received()), (0, 1));
}

/// What we report is what the far end reads.
#[test]
fn reports_survive_the_wire() {
    let info = SenderInfo { ntp: ntp_of_unix(1_500_000), timestamp: 3, packets: 4, octets: 5 };
    let block =
        ReportBlock { ssrc: 9, fraction_lost: 77, lost: -3, highest: 8, jitter: 7, last_sr: 6, delay_since_last_sr: 5 };
    assert_eq!(info.ntp, (2_208_988_801 << 32) | 0x8000_0000);
    let mut out = [0; MAX_REPORT];
    let length = write_report(&mut out, 42, Some(&info), Some(&block));
    let packets: Vec<Rtcp> = compound(&out[..length]).map(Result::unwrap).collect();
    let [Rtcp::SenderReport { ssrc: 42, info: read, reports }, Rtcp::Description { chunks }] = packets[..] else {
        panic!("{packets:?}")
    };
    assert_eq!(read, info);
    assert_eq!(reports.collect::<Vec<_>>(), [block]);
    assert_eq!(&chunks[..14], b"\0\0\0\x2a\x01\x080000002a");
    let length = write_report(&mut out, 42, None, Some(&block));
    assert!(matches!(compound(&out[..length]).next(), Some(Ok(Rtcp::ReceiverReport { ssrc: 42, .. }))));
    let length = write_bye(&mut out, 42);
    assert_eq!(compound(&out[..length]).last(), Some(Ok(Rtcp::Bye { ssrc: Some(42) })));
}

/// RFC 4733 section 2.5.1: the first packet is marked, all carry the time of the beginning, the end is sent three times; then a pause.
#[test]
fn an_event_is_sent_by_the_book() {
    let mut sender = EventSender::default();
    sender.send(5).unwrap();
    sender.send(11).unwrap();
    let packets: Vec<_> = (0..30u32).map(|n| sender.due(8000 + n * 160, 160)).collect();
    let first: Vec<_> = packets.iter().take_while(|p| p.is_some()).flatten().collect();
    assert_eq!(first.len(), 7);
    assert!(first[0].marker && first[1..].iter().all(|p| !p.marker));
    assert!(first.iter().all(|p| p.timestamp == 8000 && p.payload[0] == 5));
    let durations: Vec<u16> = first.iter().map(|p| u16::from_be_bytes([p.payload[2], p.payload[3]])).collect();
    assert_eq!(durations, [160, 320, 480, 640, 800, 800, 800]);
    let ends: Vec<bool> = first.iter().map(|p| p.payload[1] & 0x80 != 0).collect();
    assert_eq!(ends, [false, false, false, false, true, true, true]);
    assert_eq!(packets[7..].iter().take_while(|p| p.is_none()).count(), 3, "60 ms of pause");
    assert_eq!(packets[10].unwrap().payload[0], 11);
    assert!(sender.is_idle());
}

/// Each event is told once: at its first packet, even if only its end arrives; late repetitions are silent.
#[test]
fn an_event_is_heard_once() {
    let mut receiver = EventReceiver::default();
    assert_eq!(receiver.receive(100, &[5, 10, 0, 160]), Some(Event { code: 5, millis: 20 }));
    assert_eq!(receiver.receive(100, &[5, 0x8a, 3, 32]), None);
    assert_eq!(receiver.receive(2000, &[5, 0x8a, 3, 32]), Some(Event { code: 5, millis: 100 }));
    assert_eq!(receiver.receive(100, &[5, 0x8a, 3, 32]), None);
    assert_eq!(receiver.receive(3000, &[5, 0x8a, 3]), None);
}

/// Behind a NAT the far end is where its packets come from; others are counted and ignored; the negotiated address may come later.
#[test]
fn the_source_is_locked() {
    let address = |port: u16| SocketAddr::from(([192, 0, 2, 1], port));
    let mut lock = SourceLock::new(address(1000));
    assert_eq!(lock.remote(), address(1000));
    assert_eq!(lock.judge(address(2000)), Verdict::NewSource);
    assert_eq!(lock.remote(), address(2000));
    assert_eq!(lock.judge(address(3000)), Verdict::Stranger);
    assert_eq!(lock.judge(address(2000)), Verdict::Ours);
    assert_eq!(lock.judge(address(1000)), Verdict::NewSource);
    assert_eq!(lock.judge(address(2000)), Verdict::Stranger);
    lock.negotiated(address(1000));
    assert_eq!(lock.judge(address(1000)), Verdict::Ours);
    lock.negotiated(address(4000));
    assert_eq!((lock.judge(address(4000)), lock.strangers), (Verdict::NewSource, 2));
}

proptest! {
    /// Nothing the network sends panics a parser.
    #[test]
    fn hostile_packets_do_no_harm(datagram in proptest::collection::vec(any::<u8>(), 0..600)) {
        let parsed = Packet::parse(&datagram);
        if let Ok(packet) = parsed {
            prop_assert!(packet.payload.len() + HEADER <= datagram.len());
        }
        for packet in compound(&datagram) {
            if let Ok(Rtcp::SenderReport { reports, .. } | Rtcp::ReceiverReport { reports, .. }) = packet {
                prop_assert!(reports.count() <= 31);
            }
        }
        EventReceiver::default().receive(0, &datagram);
    }

    /// Any timestamps, lengths and times: the buffer neither panics nor holds more than it has room for.
    #[test]
    fn hostile_streams_do_no_harm(
        packets in proptest::collection::vec((any::<u32>(), 0usize..2000, any::<u64>(), any::<u16>()), 0..60),
        near in any::<bool>(),
    ) {
        let mut buffer = JitterBuffer::default();
        let mut reception = Reception::begin(1, 0, 0, 0);
        for (timestamp, length, time, sequence) in packets {
            let timestamp = if near { timestamp % 8000 } else { timestamp };
            let time = time >> 2;
            buffer.insert(timestamp, &vec![1; length], time);
            reception.receive(sequence, timestamp, time);
            reception.report(timestamp, 0);
            buffer.pull(time, plan::Law::Mu);
            prop_assert!(buffer.held() <= 8192);
        }
    }
}

/// Of most packets it is known only when they were found, up to 5 ms after they came: jitter is measured on the pairs whose time the kernel
/// told, and the others neither add to it nor hide it.
#[test]
fn jitter_is_measured_on_pairs_of_known_time() {
    for (swing, expected) in [(0, 0), (4_000, 32)] {
        let mut reception = Reception::begin(1, 0, 0, 0);
        for n in 1..2000u32 {
            let came = u64::from(n) * 20_000 + u64::from(n % 2) * swing;
            let exact = n % 8 < 2;
            let found = if exact { came } else { came.next_multiple_of(5_000) };
            reception.receive_at(n as u16, n * 160, found, exact);
        }
        assert!(reception.jitter().abs_diff(expected) <= 1, "{}", reception.jitter());
    }
}
