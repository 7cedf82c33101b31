//! The jitter buffer on networks good and bad. Delay is measured from the arrival of a packet's octets to the tick that plays them.

use plan::Law;
use rtp::JitterBuffer;

/// A far end that sends packets of `millis`, a network that delays each by a rule, and ticks of 20 ms at a phase.
struct Line {
    millis: u64,
    /// Microseconds of network delay of packet `n`; `None` loses it.
    network: Box<dyn FnMut(u64) -> Option<u64>>,
    /// When the ticks fall, microseconds after the first packet is sent.
    phase: u64,
    /// The far end's clock runs so many parts in a million fast.
    fast_ppm: i64,
}

struct Heard {
    /// Longest and last delay of a sample that was played, microseconds after the packet left the far end.
    delays: Vec<u64>,
    buffer: JitterBuffer,
}

impl Heard {
    fn longest(&self) -> u64 {
        *self.delays.iter().max().expect("something was heard")
    }

    fn last(&self) -> u64 {
        *self.delays.last().expect("something was heard")
    }
}

/// The octets of packet `n` name it; the law is A, and the numbers are far from the silence code.
fn mark(n: u64) -> u8 {
    (n % 128) as u8
}

fn run(mut line: Line, packets: u64) -> Heard {
    let period = (line.millis as i64 * 1000 - line.millis as i64 * line.fast_ppm / 1000) as u64;
    let mut arrivals: Vec<(u64, u64)> =
        (0..packets).filter_map(|n| (line.network)(n).map(|delay| (n * period + delay, n))).collect();
    arrivals.sort();
    let mut arrivals = arrivals.into_iter().peekable();
    let mut buffer = JitterBuffer::default();
    let samples = line.millis as u32 * 8;
    let mut delays = Vec::new();
    let mut now = line.phase;
    while now < packets * period {
        while let Some((at, n)) = arrivals.next_if(|(at, _)| *at <= now) {
            buffer.insert(5_000_000 + n as u32 * samples, &vec![mark(n); samples as usize], at);
        }
        let before = buffer.counters;
        let block = buffer.pull(now, Law::A);
        let clean = before.concealed == buffer.counters.concealed && before.shrunk == buffer.counters.shrunk;
        if clean && block != pcm::alaw::SILENT {
            // The packet whose octets the block begins with: the latest of that mark that was sent.
            let sent = (0..=now / period).rev().find(|n| mark(*n) == block[0]).expect("sent before");
            let inside = block.iter().take_while(|octet| **octet == block[0]).count() as u64 % samples as u64;
            let first = if inside == 0 { 0 } else { (samples as u64 - inside) * 125 };
            delays.push(now - (sent * period + first.min(now - sent * period)));
        }
        now += 20_000;
    }
    Heard { delays, buffer }
}

fn clean(millis: u64, phase: u64) -> Line {
    Line { millis, network: Box::new(|_| Some(0)), phase, fast_ppm: 0 }
}

/// A small random number, the same at each run.
fn dice(n: u64) -> u64 {
    let mut x = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ x >> 31
}

/// On a clean network every packet plays at the first tick that leaves 2 ms to spare, whatever the phase, and nothing is concealed.
#[test]
fn a_clean_network_costs_at_most_one_tick() {
    for phase in (0..20_000).step_by(500) {
        let heard = run(clean(20, phase), 500);
        assert_eq!(heard.buffer.counters.concealed, 0, "phase {phase}");
        let expected = if phase < 2_000 { phase + 20_000 } else { phase };
        assert_eq!((heard.longest(), heard.last()), (expected, expected), "phase {phase}");
    }
}

/// Packets of 10 to 60 ms play whole, however they fall between the ticks.
#[test]
fn all_packet_times_play() {
    for millis in [10, 20, 30, 40, 50, 60] {
        for phase in [0, 1_000, 5_000, 11_000, 19_000] {
            let heard = run(clean(millis, phase), 300);
            assert_eq!(heard.buffer.counters.concealed, 0, "{millis} ms, phase {phase}");
            assert!(heard.longest() <= 40_000, "{millis} ms, phase {phase}: {}", heard.longest());
        }
    }
}

/// A lost packet is one concealed block and no more delay.
#[test]
fn loss_is_concealed() {
    let line = Line { network: Box::new(|n| (n % 50 != 25).then_some(0)), ..clean(20, 8_000) };
    let heard = run(line, 1000);
    assert_eq!(heard.buffer.counters.concealed, 20);
    assert_eq!((heard.longest(), heard.buffer.counters.grown), (8_000, 0));
}

/// Jitter of 40 ms: the delay grows to what the network needs and then hardly a packet is late; 60 ms is enough.
#[test]
fn delay_grows_under_jitter() {
    let line = Line { network: Box::new(|n| Some(dice(n) % 40_000)), ..clean(20, 8_000) };
    let heard = run(line, 3000);
    let counters = heard.buffer.counters;
    assert!(counters.concealed < 40, "{counters:?}");
    assert!(heard.longest() <= 80_000, "{}", heard.longest());
    assert!(counters.grown >= 1);
}

/// Once the network is quiet again the delay comes back.
#[test]
fn delay_shrinks_when_the_network_is_quiet() {
    let rough = |n: u64| if n < 500 { Some(dice(n) % 60_000) } else { Some(0) };
    let heard = run(Line { network: Box::new(rough), ..clean(20, 8_000) }, 3000);
    assert!(heard.buffer.counters.shrunk >= 1);
    assert!(heard.last() <= 8_000, "{}", heard.last());
}

/// One stall of the network, and the delay that it left is given back within six seconds: nobody talks over a long line for a minute.
#[test]
fn one_stall_is_forgotten_soon() {
    let stall = |n: u64| Some(if (500..508).contains(&n) { (508 - n) * 20_000 } else { 0 });
    let heard = run(Line { network: Box::new(stall), ..clean(20, 8_000) }, 508 + 300);
    assert!(heard.longest() > 100_000, "{}", heard.longest());
    assert_eq!(heard.last(), 8_000);
}

/// Packets that overtake each other are put in order; after the first surprise nothing is concealed.
#[test]
fn reordering_is_undone() {
    let swap = |n: u64| Some(if n % 10 == 5 { 25_000 } else { 0 });
    let heard = run(Line { network: Box::new(swap), ..clean(20, 8_000) }, 1000);
    assert!(heard.buffer.counters.concealed <= 3, "{:?}", heard.buffer.counters);
}

/// A sender 200 ppm fast or slow for ten minutes: now and then a block more or less, no pile of delay.
#[test]
fn clock_drift_is_followed() {
    for fast_ppm in [-200, 200] {
        let heard = run(Line { fast_ppm, ..clean(20, 8_000) }, 30_000);
        let counters = heard.buffer.counters;
        assert!(heard.longest() <= 46_000, "{fast_ppm}: {}", heard.longest());
        assert!(counters.concealed <= 20 && counters.shrunk <= 20, "{fast_ppm}: {counters:?}");
    }
}

/// A far end that sends nothing in silence: each talkspurt starts at once.
#[test]
fn talkspurts_start_anew() {
    let spurts = |n: u64| (n % 200 < 100).then_some(0);
    let heard = run(Line { network: Box::new(spurts), ..clean(20, 8_000) }, 1000);
    assert_eq!(heard.buffer.counters.started, 5);
    assert_eq!(heard.longest(), 8_000);
}

/// A stall of a second and the burst after it do not leave a second of delay.
#[test]
fn a_burst_after_a_stall_is_cut() {
    let stall = |n: u64| Some(if (100..150).contains(&n) { (150 - n) * 20_000 } else { 0 });
    let heard = run(Line { network: Box::new(stall), ..clean(20, 8_000) }, 1000);
    assert!(heard.last() <= 48_000, "{}", heard.last());
}

/// Duplicates change nothing.
#[test]
fn duplicates_are_ignored() {
    let mut buffer = JitterBuffer::default();
    for n in 0..100u32 {
        let now = n as u64 * 20_000;
        buffer.insert(n * 160, &[mark(n as u64); 160], now);
        buffer.insert(n * 160, &[mark(n as u64); 160], now + 1);
        if n > 2 {
            buffer.insert((n - 2) * 160, &[0; 160], now + 2);
        }
        buffer.pull(now + 5_000, Law::A);
    }
    assert_eq!((buffer.counters.duplicate, buffer.counters.grown, buffer.counters.late), (197, 0, 0));
    assert_eq!(buffer.counters.concealed, 0);
}

/// A gap fades: the last block again and softer, silent after 60 ms.
#[test]
fn concealment_fades() {
    let mut buffer = JitterBuffer::default();
    let loud = pcm::alaw::encode(8000);
    buffer.insert(0, &[loud; 320], 0);
    let peaks: Vec<i16> = (1..8)
        .map(|tick| pcm::alaw::decode_block(&buffer.pull(tick * 20_000, Law::A)).iter().map(|s| s.abs()).max().unwrap())
        .collect();
    assert!(peaks[2] > 7000 && peaks[3] < peaks[2] && peaks[4] < peaks[3], "{peaks:?}");
    assert!(peaks[5] <= 8, "{peaks:?}");
}
