//! Frames of an E1 with anything in them: the framer, CAS, HDLC and play-out stay whole.
#![no_main]

use chassis::{SLOTS, Span, SpanConfig, Timeslot16, Timeslots, Wire};
use clock::Monotonic;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let (how, octets) = data.split_first().unwrap_or((&0, &[]));
    let timeslot16 = match how % 3 {
        0 => Timeslot16::Hdlc,
        1 => Timeslot16::Clear,
        _ => Timeslot16::Cas,
    };
    // Some frames repeat, so that alignment can be found.
    let frames: Vec<[u8; SLOTS]> = octets.as_chunks().0.to_vec();
    let repeated = frames.iter().flat_map(|frame| std::iter::repeat_n(*frame, 1 + usize::from(how >> 4)));
    let mut span =
        Span::new(SpanConfig { timeslot16, ..SpanConfig::default() }, Wire::Loop(repeated.collect()), Monotonic(0));
    let mut heard = Timeslots::millis(5);
    for tick in 0..8 {
        span.receive(Monotonic(tick * 5), &mut heard);
        while span.poll().is_some() {}
        while span.receive_frame().is_some() {}
    }
});
