//! Packets of any timestamp, length and time of arrival: a block comes out each tick, and no more is held than there is room for.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rtp::JitterBuffer;

fuzz_target!(|data: &[u8]| {
    let mut buffer = JitterBuffer::default();
    let mut arrival = 0u64;
    let mut tick = 0u64;
    let mut timestamp = 0u32;
    for step in data.chunks_exact(4) {
        let [how, length, ahead, wait] = [step[0], step[1], step[2], step[3]];
        // Mostly in order, now and then anywhere.
        let jump = if how & 0x80 == 0 { u32::from(ahead) } else { u32::from(ahead) << 24 };
        timestamp = timestamp.wrapping_add(jump);
        arrival += u64::from(wait) * 250;
        let law = if how & 1 == 0 { plan::Law::A } else { plan::Law::Mu };
        while tick < arrival {
            tick += 20_000;
            buffer.pull(tick, law);
        }
        if how & 0x7e == 0x7e {
            buffer.restart();
        }
        buffer.insert(timestamp, &vec![how; usize::from(length) * 2], arrival);
        assert!(buffer.held() <= 8000, "holds {} samples", buffer.held());
    }
});
