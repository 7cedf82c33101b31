//! Octets of a raw timeslot: no frame is longer than the longest, and what was decoded comes through an encoder unchanged.
#![no_main]

use hdlc::{Decoder, Encoder, MAX_FRAME, Received};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let (at, line) = data.split_first().unwrap_or((&0, &[]));
    let (first, second) = line.split_at(usize::from(*at).min(line.len()));
    let mut frames = Vec::new();
    let mut decoder = Decoder::default();
    for part in [first, second] {
        decoder.take(part, |received| {
            if let Received::Frame(frame) = received {
                assert!(frame.len() <= MAX_FRAME);
                frames.push(frame.to_vec());
            }
        });
    }
    for frame in frames {
        let mut encoder = Encoder::default();
        if encoder.send(&frame).is_err() {
            continue;
        }
        let mut octets = vec![0; frame.len() * 2 + 16];
        encoder.fill(&mut octets);
        let mut back = Vec::new();
        Decoder::default().take(&octets, |received| {
            if let Received::Frame(frame) = received {
                back.push(frame.to_vec());
            }
        });
        assert_eq!(back, [frame]);
    }
});
