//! Packets through a network that loses, delays, repeats and mixes them up.

use crate::speech::{tone, tone_heard};
use codec::{Encoder, Playout};
use plan::{Codec, OpusTerms};

const TICK: u64 = 20_000;

struct Network {
    codec: Codec,
    /// Milliseconds of a packet.
    millis: usize,
    /// When packet `n` comes, in microseconds after it was sent; `None`: never.
    delay: fn(u64) -> Option<u64>,
}

/// What is heard of a tone of 400 Hz in `ticks` blocks, and the playout.
fn heard(network: &Network, ticks: u64) -> (Vec<i16>, Playout) {
    let Network { codec, millis, delay } = *network;
    let mut encoder = Encoder::new(codec).expect("an encoder");
    let mut playout = Playout::new(codec).expect("a playout");
    let spoken = tone(encoder.khz(), 400.0, 8000.0, (ticks as usize + 10) * 20 * encoder.khz());
    let mut coming: Vec<(u64, u32, Vec<u8>)> = Vec::new();
    for (n, packet) in spoken.chunks_exact(millis * encoder.khz()).enumerate() {
        let sent = (n as u64 + 1) * millis as u64 * 1000;
        let timestamp = (n as u32).wrapping_mul(millis as u32 * codec.clock_khz()).wrapping_sub(9000);
        encoder.encode(packet, |_, payload| {
            coming.extend(delay(n as u64).map(|late| (sent + late, timestamp, payload.to_vec())));
        });
    }
    coming.sort_by_key(|(at, ..)| *at);
    let mut coming = coming.into_iter().peekable();
    let mut all = Vec::new();
    let mut block = vec![0; playout.block()];
    for tick in 1..=ticks {
        let now = tick * TICK + 7_000;
        while let Some((at, timestamp, payload)) = coming.next_if(|(at, ..)| *at <= now) {
            playout.insert(timestamp, &payload, at);
        }
        playout.pull(now, &mut block);
        all.extend_from_slice(&block);
    }
    (all, playout)
}

fn codecs() -> [Codec; 4] {
    [Codec::G722, Codec::Opus(OpusTerms::default()), Codec::L16 { wide: false }, Codec::L16 { wide: true }]
}

fn level_of(codec: Codec, heard: &[i16]) -> (f64, f64) {
    let khz = codec::samples_khz(codec);
    tone_heard(khz, 400.0, 8000.0, &heard[1000 * khz..])
}

/// An even network: every block is played as it was said, nothing is made up.
#[test]
fn an_even_network() {
    for codec in codecs() {
        for millis in [10, 20, 40] {
            if codec == (Codec::L16 { wide: true }) && millis > 20 {
                continue;
            }
            let (all, playout) = heard(&Network { codec, millis, delay: |_| Some(3_000) }, 200);
            let (level, purity) = level_of(codec, &all);
            assert!(level.abs() < 1.0 && purity > 0.98, "{codec:?} {millis} ms: {level:.2} dB, {purity:.3}");
            let counters = playout.counters;
            // Packets of two blocks: the first wait is learnt once.
            assert!(counters.concealed <= 1 && counters.late == 0, "{codec:?} {millis} ms: {counters:?}");
        }
    }
}

/// Every tenth packet is lost: the tone goes on, and the time is kept.
#[test]
fn losses_are_concealed() {
    for codec in codecs() {
        let (all, playout) = heard(&Network { codec, millis: 20, delay: |n| (n % 10 != 5).then_some(3_000) }, 300);
        let (level, purity) = level_of(codec, &all);
        assert!(level.abs() < 2.0 && purity > 0.8, "{codec:?}: {level:.2} dB, {purity:.3}");
        let counters = playout.counters;
        assert!((25..=35).contains(&counters.concealed) && counters.started == 1, "{codec:?}: {counters:?}");
    }
}

/// Packets come by threes, out of order, and twice: once the delay is learnt, nothing is concealed any more.
#[test]
fn jitter_is_learnt() {
    fn delay(n: u64) -> Option<u64> {
        Some(match n % 3 {
            0 => 3_000,
            1 => 22_000,
            _ => 65_000,
        })
    }
    for codec in codecs() {
        let (_, first) = heard(&Network { codec, millis: 20, delay }, 150);
        let (_, later) = heard(&Network { codec, millis: 20, delay }, 600);
        assert!(first.counters.grown > 0, "{codec:?}: {:?}", first.counters);
        let more = later.counters.concealed - first.counters.concealed;
        assert!(more <= 4, "{codec:?}: {more} blocks concealed after three seconds: {:?}", later.counters);
    }
}

/// Delay that was needed once is given back.
#[test]
fn delay_is_given_back() {
    let delay = |n: u64| Some(if (20..40).contains(&n) { 3_000 + (n % 2) * 60_000 } else { 3_000 });
    for codec in codecs() {
        let (_, playout) = heard(&Network { codec, millis: 20, delay }, 800);
        let counters = playout.counters;
        assert!(counters.grown > 0 && counters.shrunk == counters.grown, "{codec:?}: {counters:?}");
    }
}

/// The far end's clock jumps, and rubbish comes between: it goes on from there.
#[test]
fn a_clock_that_jumps() {
    let mut playout = Playout::new(Codec::G722).expect("a playout");
    let mut block = [0; 320];
    for n in 0..200u32 {
        let timestamp = n * 160 + if n >= 100 { 1 << 30 } else { 0 };
        playout.insert(timestamp, &[0x5a; 160], u64::from(n) * TICK);
        playout.insert(timestamp ^ 0x5000_0000, &[], u64::from(n) * TICK);
        playout.pull(u64::from(n) * TICK + 5_000, &mut block);
    }
    assert_eq!((playout.counters.started, playout.counters.unreadable), (2, 200));
    assert!(playout.counters.concealed <= 1, "{:?}", playout.counters);
}

/// Packets of any timestamp, length and content, at any time: a block comes out each tick, and nothing breaks.
#[test]
fn anything_at_any_time() {
    let mut seed = 11u64;
    let mut random = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize
    };
    let g729 = Codec::G729(plan::G729Terms { annex_b: true });
    for codec in codecs().into_iter().chain(codec::is_available(g729).then_some(g729)) {
        let mut playout = Playout::new(codec).expect("a playout");
        let mut block = vec![0; playout.block()];
        let (mut timestamp, mut now) = (0u32, 0u64);
        for _ in 0..4000 {
            let jump = match random() % 20 {
                0 => random() as u32,
                1 => (random() % 5000) as u32,
                2 => (random() % 5000) as u32 | 0xffff_0000,
                _ => 20 * codec.clock_khz(),
            };
            timestamp = timestamp.wrapping_add(jump);
            let length = [160, 20, 22, 320, 640, 2, 1, 0, 61, 1400][random() % 10];
            let payload: Vec<u8> = (0..length).map(|_| random() as u8).collect();
            playout.insert(timestamp, &payload, now);
            if random() % 50 == 0 {
                playout.restart();
            }
            for _ in 0..random() % 3 {
                now += TICK;
                block.fill(1);
                playout.pull(now, &mut block);
            }
        }
        let counters = playout.counters;
        assert!(counters.started > 10 && counters.unreadable > 10, "{codec:?}: {counters:?}");
    }
}
