//! What a subscriber hears: frequency, cadence, level.

use pcm::{alaw, peak_of_dbm0};
use plan::Tone;
use tones::{KeyTiming, Sender, Tones, frequencies};

fn listen(tone: Tone, blocks: usize) -> Vec<i16> {
    let tones = Tones::default();
    let mut position = 0;
    let mut heard = Vec::new();
    for _ in 0..blocks {
        let mut block = alaw::SILENT;
        tones.of(tone).fill(&mut position, &mut block);
        heard.extend(alaw::decode_block(&block));
    }
    heard
}

/// Level of one frequency in a stretch of speech, dBm0.
fn level(samples: &[i16], hertz: f64) -> f64 {
    let step = std::f64::consts::TAU * hertz / 8000.0;
    let (mut re, mut im) = (0.0, 0.0);
    for (i, s) in samples.iter().enumerate() {
        re += *s as f64 * (step * i as f64).cos();
        im += *s as f64 * (step * i as f64).sin();
    }
    let peak = 2.0 * (re * re + im * im).sqrt() / samples.len() as f64;
    20.0 * (peak / peak_of_dbm0(0.0)).max(1e-9).log10()
}

/// Lengths in milliseconds of sound and silence, in turn.
fn cadence(samples: &[i16]) -> Vec<usize> {
    let mut lengths = Vec::new();
    let (mut sounding, mut length) = (true, 0);
    for millisecond in samples.chunks(8) {
        let sound = millisecond.iter().any(|s| s.abs() > 100);
        if sound != sounding {
            lengths.push(length);
            (sounding, length) = (sound, 0);
        }
        length += 1;
    }
    lengths.push(length);
    lengths
}

/// GB/T 3380: 450 Hz at -10 dBm0 with the cadence of each tone.
#[test]
fn cadences_of_the_chinese_network() {
    for (tone, turn) in [
        (Tone::Ringback, [1000, 4000]),
        (Tone::Busy, [350, 350]),
        (Tone::Congestion, [700, 700]),
        (Tone::SpecialDial, [400, 40]),
        (Tone::CallWaiting, [400, 4000]),
    ] {
        let millis = turn[0] + turn[1];
        let heard = listen(tone, 2 * millis / 20 + 1);
        assert_eq!(cadence(&heard)[..4], [turn[0], turn[1], turn[0], turn[1]], "{tone:?}");
        assert!((level(&heard[..turn[0] * 8], 450.0) + 10.0).abs() < 0.2, "{tone:?}");
    }
}

/// Dial tone has no seam where its loop starts again: no energy outside 450 Hz.
#[test]
fn dial_tone_never_stops() {
    let heard = listen(Tone::Dial, 150);
    assert_eq!(cadence(&heard).len(), 1);
    let total: f64 = heard.iter().map(|s| (*s as f64).powi(2)).sum::<f64>() / heard.len() as f64;
    let total_dbm0 = 10.0 * (2.0 * total / peak_of_dbm0(0.0).powi(2)).log10();
    assert!((total_dbm0 - level(&heard, 450.0)).abs() < 0.01);
}

#[test]
fn special_information_is_three_rising_tones() {
    let heard = listen(Tone::SpecialInformation, 99);
    for (i, hertz) in [950.0, 1400.0, 1800.0].into_iter().enumerate() {
        let part = &heard[i * 2640..(i + 1) * 2640];
        assert!((level(part, hertz) + 10.0).abs() < 0.3);
    }
    assert!(heard[3 * 2640 + 80..].iter().all(|s| s.abs() < 100));
}

/// A beep is given once.
#[test]
fn beep_ends() {
    assert_eq!(cadence(&listen(Tone::Beep, 200)), [200, 3800]);
}

/// Q.23: each key is its two frequencies, at the level and twist asked for, with the pause between keys.
#[test]
fn keys_are_sent_in_order() {
    let timing = KeyTiming { on_millis: 60, off_millis: 40, low_dbm0: -12.0, twist_db: 3.0 };
    let mut sender = Sender::new(timing);
    let keys = "159D*0#".parse().unwrap();
    sender.send(&keys).unwrap();
    let mut heard = Vec::new();
    while !sender.is_idle() {
        let mut block = [0; 160];
        sender.fill(&mut block);
        heard.extend(block);
    }
    assert_eq!(heard.len(), 7 * 800);
    for (key, part) in keys.keys().zip(heard.chunks(800)) {
        let (low, high) = frequencies(key);
        assert!((level(&part[..480], low) + 12.0).abs() < 0.3, "{key:?}");
        assert!((level(&part[..480], high) + 9.0).abs() < 0.3, "{key:?}");
        assert!(part[480..].iter().all(|s| *s == 0));
    }
}

/// A hostile script cannot make the sender's queue grow.
#[test]
fn a_full_sender_refuses() {
    let mut sender = Sender::default();
    assert!(sender.send(&"1".repeat(64).parse().unwrap()).is_ok());
    assert!(sender.send(&"2".parse().unwrap()).is_err());
    sender.clear();
    assert!(sender.is_idle());
}
