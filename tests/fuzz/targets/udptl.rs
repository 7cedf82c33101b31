//! T.38's datagrams: each IFP packet comes once and in order, whatever a peer sends.

#![no_main]

use facsimile::UdptlReceiver;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|datagrams: Vec<&[u8]>| {
    let mut receiver = UdptlReceiver::default();
    let mut last = None;
    for datagram in datagrams {
        let Ok(received) = receiver.receive(datagram) else { continue };
        for packet in received {
            assert_ne!(last, Some(packet.sequence), "the same packet twice in a row");
            last = Some(packet.sequence);
        }
    }
});
