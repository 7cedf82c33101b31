//! A compound RTCP datagram: reading it comes to an end.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rtp::{Rtcp, compound};

fuzz_target!(|data: &[u8]| {
    let mut count = 0;
    for packet in compound(data) {
        count += 1;
        assert!(count <= data.len(), "reads without end");
        if let Ok(Rtcp::SenderReport { reports, .. } | Rtcp::ReceiverReport { reports, .. }) = packet {
            assert!(reports.count() <= 31, "RFC 3550 6.4.1: the count has five bits");
        }
    }
});
