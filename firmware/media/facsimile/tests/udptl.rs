//! T.38's packets over a net that loses, repeats and turns them round.

use facsimile::{MOST_DATAGRAM, UdptlFault, UdptlReceiver, UdptlSender};
use proptest::prelude::*;

fn ifp(number: u16) -> Vec<u8> {
    vec![number as u8; 1 + number as usize % 200]
}

/// T.38 9.1.4 as X.691 lays it out: number, open type, choice of copies, how many, each an open type.
#[test]
fn the_octets_are_those_of_the_standard() {
    let mut sender = UdptlSender::new(2);
    assert_eq!(sender.pack(&[0x06]).unwrap(), [0, 0, 1, 0x06, 0, 0]);
    assert_eq!(sender.pack(&[0xc0, 0x01]).unwrap(), [0, 1, 2, 0xc0, 0x01, 0, 1, 1, 0x06]);
    let long = sender.pack(&[7; 200]).unwrap();
    assert_eq!(long[..5], [0, 2, 0x80, 200, 7]);
    assert_eq!(long[204..], [0, 2, 2, 0xc0, 0x01, 1, 0x06]);
    assert_eq!(sender.pack(&[0; 2000]), None);
}

#[test]
fn as_many_lost_in_a_row_as_there_are_copies_cost_nothing() {
    let (mut sender, mut receiver) = (UdptlSender::new(3), UdptlReceiver::default());
    let mut heard = Vec::new();
    for number in 0..400u16 {
        let datagram = sender.pack(&ifp(number)).unwrap();
        if number % 4 == 0 {
            heard.extend(receiver.receive(&datagram).unwrap());
        }
    }
    assert_eq!(heard.len(), 397);
    assert!(heard.iter().enumerate().all(|(number, packet)| packet.ifp == ifp(number as u16)));
    assert_eq!((receiver.lost, receiver.recovered), (0, 297));
}

#[test]
fn broken_datagrams_are_told() {
    let mut receiver = UdptlReceiver::default();
    assert_eq!(receiver.receive(&[0]), Err(UdptlFault::Truncated));
    assert_eq!(receiver.receive(&[0, 0, 5, 1]), Err(UdptlFault::Truncated));
    assert_eq!(receiver.receive(&[0, 0, 0xc1, 1]), Err(UdptlFault::Fragmented));
    assert_eq!(receiver.receive(&[0, 0, 0xbf, 0xff]), Err(UdptlFault::TooLong));
    assert_eq!(receiver.receive(&[0, 0, 1, 6, 0, 3, 1, 1]), Err(UdptlFault::Truncated));
    // One with parities is taken for its packet.
    assert_eq!(receiver.receive(&[0, 0, 1, 6, 0x80, 9]).unwrap().len(), 1);
}

proptest! {
    /// Each packet comes at most once, in order, and as it was sent.
    #[test]
    fn packets_come_once_and_in_order(copies in 0..6usize, fates in prop::collection::vec(0..4u8, 1..300), first in any::<u16>()) {
        let (mut sender, mut receiver) = (UdptlSender::new(copies), UdptlReceiver::default());
        for _ in 0..first % 64 {
            sender.pack(&[]).unwrap();
        }
        let (mut heard, mut late, mut delivered) = (Vec::new(), None, 0);
        for (number, fate) in fates.iter().enumerate() {
            let datagram = sender.pack(&ifp(number as u16)).unwrap();
            prop_assert!(datagram.len() <= MOST_DATAGRAM);
            match fate {
                0 => {}
                1 => late = Some(datagram),
                2 => {
                    heard.extend(receiver.receive(&datagram).unwrap());
                    heard.extend(receiver.receive(&datagram).unwrap());
                    delivered += 1;
                }
                _ => {
                    heard.extend(receiver.receive(&datagram).unwrap());
                    delivered += 1;
                    if let Some(late) = late.take() {
                        heard.extend(receiver.receive(&late).unwrap());
                    }
                }
            }
        }
        prop_assert!(heard.windows(2).all(|pair| pair[0].sequence < pair[1].sequence));
        let base = first % 64;
        prop_assert!(heard.iter().all(|packet| packet.sequence < base || packet.ifp == ifp(packet.sequence - base)));
        prop_assert!(heard.len() >= delivered);
    }

    #[test]
    fn any_datagram_is_taken_or_refused(datagrams in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 1..20)) {
        let mut receiver = UdptlReceiver::default();
        for datagram in datagrams {
            let _either = receiver.receive(&datagram);
        }
    }
}
