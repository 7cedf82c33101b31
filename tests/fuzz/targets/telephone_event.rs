//! RFC 4733 payloads in any order.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rtp::EventReceiver;

fuzz_target!(|data: &[u8]| {
    let mut receiver = EventReceiver::default();
    for packet in data.chunks(4 + rtp::EVENT_PAYLOAD) {
        let Some((timestamp, payload)) = packet.split_first_chunk::<4>() else { return };
        let timestamp = u32::from_be_bytes(*timestamp);
        let first = receiver.receive(timestamp, payload);
        // Sent three times, reported once.
        assert!(receiver.receive(timestamp, payload).is_none(), "{first:?} reported twice");
    }
});
