//! The tables against independent descriptions of the law.

use pcm::{Gain, Mix, alaw, mulaw};

/// The decision values of G.711 table 1a on the 16-bit scale, built from the table's own columns: eight segments' ends and
/// their number of intervals.
fn alaw_decisions() -> Vec<i32> {
    let mut decisions = vec![0];
    for (start, end, intervals) in [
        (0, 64, 32),
        (64, 128, 16),
        (128, 256, 16),
        (256, 512, 16),
        (512, 1024, 16),
        (1024, 2048, 16),
        (2048, 4096, 16),
    ] {
        let step = (end - start) / intervals;
        decisions.extend((1..=intervals).map(|i| (start + i * step) * 8));
    }
    decisions
}

/// Every 16-bit value lands in the interval that table 1a gives it, and decodes to the interval's middle.
#[test]
fn alaw_follows_table_1a() {
    let decisions = alaw_decisions();
    assert_eq!(decisions.len(), 129);
    for sample in 0..=32767i32 {
        let code = alaw::encode(sample as i16) ^ 0x55;
        assert_eq!(code & 0x80, 0x80, "{sample} is positive");
        let interval = (code & 0x7f) as usize;
        assert!(decisions[interval] <= sample && sample < decisions[interval + 1], "{sample} in {interval}");
        let middle = (decisions[interval] + decisions[interval + 1]) / 2;
        assert_eq!(alaw::decode(code ^ 0x55) as i32, middle);
        // The negative half mirrors it, by ones' complement.
        assert_eq!(alaw::encode(!(sample as i16)), (code & 0x7f) ^ 0x55);
        assert_eq!(alaw::decode((code & 0x7f) ^ 0x55) as i32, -middle);
    }
}

/// The decision values of table 2a: x1 = 1, steps of 2, 4, ... 256, the last virtual value 8159.
#[test]
fn mulaw_follows_table_2a() {
    let mut decisions = vec![0, 1];
    let mut value = 1;
    for segment in 0..8 {
        let intervals = if segment == 0 { 15 } else { 16 };
        for _ in 0..intervals {
            value += 2 << segment;
            decisions.push(value);
        }
    }
    assert_eq!(*decisions.last().unwrap(), 8159);
    for sample in 0..=32767i32 {
        let octet = mulaw::encode(sample as i16);
        let number = (!octet & 0x7f) as usize;
        let magnitude = sample / 4;
        assert_eq!(octet & 0x80, 0x80);
        assert!(decisions[number] <= magnitude, "{magnitude} in {number}");
        assert!(magnitude < decisions[number + 1] || number == 127, "{magnitude} in {number}");
        let middle = if number == 0 { 0 } else { (decisions[number] + decisions[number + 1]) * 2 };
        assert_eq!(mulaw::decode(octet) as i32, middle);
        assert_eq!(mulaw::decode(octet & 0x7f) as i32, -middle);
    }
}

/// Every code survives decoding and encoding.
#[test]
fn codes_survive_a_round_trip() {
    for octet in 0..=255u8 {
        assert_eq!(alaw::encode(alaw::decode(octet)), octet);
        // Negative zero of mu-law becomes positive zero: both decode to 0.
        if octet != 0x7f {
            assert_eq!(mulaw::encode(mulaw::decode(octet)), octet);
        }
    }
}

/// The conversion tables never move a value by more than one interval of the law it goes to, keep its sign and its order.
#[test]
fn conversion_stays_within_an_interval() {
    for octet in 0..=255u8 {
        let by_value = alaw::encode(mulaw::decode(octet)) ^ 0x55;
        let by_table = alaw::from_mulaw(octet) ^ 0x55;
        assert!(by_value.abs_diff(by_table) <= 1 || octet == 0x7f, "{octet:02x}: {by_value:02x} {by_table:02x}");
        let by_value = !mulaw::encode(alaw::decode(octet));
        let by_table = !mulaw::from_alaw(octet);
        assert!(by_value.abs_diff(by_table) <= 1, "{octet:02x}: {by_value:02x} {by_table:02x}");
    }
    let magnitudes: Vec<u8> = (0..128).map(|n| (alaw::from_mulaw(!n) ^ 0x55) & 0x7f).collect();
    assert!(magnitudes.is_sorted());
    let magnitudes: Vec<u8> = (0..128).map(|n: u8| !mulaw::from_alaw((n | 0x80) ^ 0x55) & 0x7f).collect();
    assert!(magnitudes.is_sorted());
}

/// G.711 section 3.4: A to mu to A loses nothing but what the coarser law cannot hold (at most one interval).
#[test]
fn there_and_back_is_nearly_transparent() {
    let mut changed = 0;
    for octet in 0..=255u8 {
        let back = alaw::from_mulaw(mulaw::from_alaw(octet)) ^ 0x55;
        assert!(back.abs_diff(octet ^ 0x55) <= 1);
        changed += usize::from(back != octet ^ 0x55);
    }
    assert!(changed <= 2 * 8, "{changed} codes changed");
}

/// A conference louder than the scale is limited, not wrapped; a party does not hear itself.
#[test]
fn mix_saturates_and_leaves_out_self() {
    let (loud, soft) = ([30000i16; 160], [-1000i16; 160]);
    let mut mix = Mix::default();
    for voice in [&loud, &loud, &soft] {
        mix.add(voice);
    }
    assert_eq!(mix.sum()[7], i16::MAX);
    assert_eq!(mix.sum_without(&loud)[7], 29000);
    mix.clear();
    assert_eq!(mix.sum()[0], 0);
}

#[test]
fn gain_is_in_decibels_and_saturates() {
    let mut block = [10000i16; 160];
    Gain::decibels(-6.0206).apply(&mut block);
    assert!((block[0] - 5000).abs() <= 2);
    Gain::decibels(24.0).apply(&mut block);
    assert_eq!(block[0], i16::MAX);
}
