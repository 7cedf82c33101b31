//! An RTP datagram.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rtp::Packet;

fuzz_target!(|data: &[u8]| {
    let Ok(packet) = Packet::parse(data) else { return };
    assert!(packet.payload.len() + rtp::HEADER <= data.len());
    let whole = [&packet.header.octets()[..], packet.payload].concat();
    let again = Packet::parse(&whole).expect("we write what can be read");
    assert_eq!((again.header.octets(), again.payload), (packet.header.octets(), packet.payload));
});
