//! Receivers of register signals by Q.455, every signal of both groups, through A-law.

use detect::{Pair, PairDetector};
use std::f64::consts::TAU;

const FORWARD: [u16; 6] = [1380, 1500, 1620, 1740, 1860, 1980];
const BACKWARD: [u16; 6] = [1140, 1020, 900, 780, 660, 540];

fn pairs() -> impl Iterator<Item = Pair> {
    (0..6).flat_map(|one| (one + 1..6).map(move |other| (one, other)))
}

#[derive(Clone, Copy)]
struct Sent {
    dbm0: f64,
    /// The higher place over the lower, dB.
    twist: f64,
    /// Hz off, of both.
    off: (f64, f64),
    millis: f64,
}

const GOOD: Sent = Sent { dbm0: -11.5, twist: 0.0, off: (0.0, 0.0), millis: 60.0 };

fn signal(group: [u16; 6], pair: Pair, sent: Sent) -> Vec<f64> {
    let (one, other) = (pcm::peak_of_dbm0(sent.dbm0), pcm::peak_of_dbm0(sent.dbm0 + sent.twist));
    let (low, high) = (f64::from(group[pair.0 as usize]) + sent.off.0, f64::from(group[pair.1 as usize]) + sent.off.1);
    let samples = (sent.millis * 8.0) as usize;
    (0..samples)
        .map(|n| n as f64 / 8000.0)
        .map(|t| one * (TAU * low * t + 0.3).sin() + other * (TAU * high * t + 1.1).sin())
        .collect()
}

/// What is told, each with the milliseconds at which it is.
fn heard(group: [u16; 6], samples: &[f64]) -> Vec<(Option<Pair>, f64)> {
    let mut detector = PairDetector::new(group);
    let mut told = Vec::new();
    for (n, chunk) in samples.chunks(40).enumerate() {
        let linear: Vec<i16> =
            chunk.iter().map(|s| pcm::alaw::decode(pcm::alaw::encode(s.clamp(-32768.0, 32767.0) as i16))).collect();
        detector.hear(&linear, |pair| told.push((pair, (n + 1) as f64 * 5.0)));
    }
    told
}

fn quiet(millis: f64) -> Vec<f64> {
    vec![0.0; (millis * 8.0) as usize]
}

/// Each pair, begun at several places of the detector's step: how often it is heard once, as itself, and ends.
fn all(sent: Sent) -> (usize, usize) {
    let (mut right, mut sum) = (0, 0);
    for group in [FORWARD, BACKWARD] {
        for pair in pairs() {
            for place in [0.0, 0.7, 1.9, 3.1, 4.4] {
                let line = [quiet(50.0 + place), signal(group, pair, sent), quiet(60.0)].concat();
                let told: Vec<Option<Pair>> = heard(group, &line).into_iter().map(|(pair, _)| pair).collect();
                right += usize::from(told == [Some(pair), None]);
                sum += 1;
            }
        }
    }
    (right, sum)
}

fn accepted(sent: Sent) {
    let (right, sum) = all(sent);
    assert_eq!(right, sum);
}

fn rejected(sent: Sent) {
    assert_eq!(all(sent).0, 0);
}

/// Q.455 4.5.2.1: -5 to -35 dBm0 each, 10 Hz off, 5 and 7 dB apart.
#[test]
fn levels_frequencies_and_twist() {
    for dbm0 in [-5.0, -11.5, -20.0, -35.0] {
        accepted(Sent { dbm0, ..GOOD });
        for off in [(10.0, 10.0), (-10.0, -10.0), (10.0, -10.0), (-10.0, 10.0)] {
            accepted(Sent { dbm0, off, ..GOOD });
        }
    }
    for twist in [5.0, -5.0] {
        accepted(Sent { dbm0: -20.0, twist, off: (10.0, -10.0), ..GOOD });
        accepted(Sent { dbm0: -20.0, twist, off: (-10.0, 10.0), ..GOOD });
    }
    for twist in [7.0, -7.0] {
        accepted(Sent { dbm0: -20.0, twist, ..GOOD });
    }
}

/// Q.455 4.5.3: below -42 dBm0 nothing is recognised; nor what is shorter than 7 ms.
#[test]
fn too_low_and_too_short() {
    rejected(Sent { dbm0: -42.0, ..GOOD });
    rejected(Sent { millis: 7.0, ..GOOD });
    rejected(Sent { dbm0: -5.0, millis: 7.0, ..GOOD });
}

/// One frequency, or three, is no signal.
#[test]
fn only_two_of_six_are_a_signal() {
    for pair in pairs() {
        let one = signal(FORWARD, pair, Sent { twist: -60.0, ..GOOD });
        assert_eq!(heard(FORWARD, &[quiet(40.0), one, quiet(40.0)].concat()), []);
        let third = (0..6).find(|f| *f != pair.0 && *f != pair.1).expect("four are left");
        let two = signal(FORWARD, pair, GOOD);
        let more = signal(FORWARD, (third, third), Sent { dbm0: -17.5, ..GOOD });
        let three: Vec<f64> = two.iter().zip(more).map(|(a, b)| a + b).collect();
        assert_eq!(heard(FORWARD, &[quiet(40.0), three, quiet(40.0)].concat()), [], "{pair:?} and {third}");
    }
}

/// The other direction's signal, our own, comes back 6 dB lower, and noise at -40 dBm0: both are passed over.
#[test]
fn our_own_signal_comes_back() {
    let mut dice = 7u64;
    let mut noise = || {
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        ((dice >> 11) as f64 / (1u64 << 52) as f64 - 1.0) * pcm::peak_of_dbm0(-40.0) * 1.2
    };
    for (own, pair) in pairs().zip(pairs().collect::<Vec<_>>().into_iter().rev()) {
        let far = [quiet(50.0), signal(BACKWARD, pair, GOOD), quiet(90.0)].concat();
        let echo = signal(FORWARD, own, Sent { dbm0: -17.5, millis: 200.0, ..GOOD });
        let line: Vec<f64> = far.iter().zip(echo).map(|(far, echo)| far + echo + noise()).collect();
        let told: Vec<Option<Pair>> = heard(BACKWARD, &line).into_iter().map(|(pair, _)| pair).collect();
        assert_eq!(told, [Some(pair), None], "{own:?} comes back");
    }
}

/// Q.451: recognising the beginning and the end of a signal takes at most 70 ms together; here it is below 50, the line's 5 ms steps included.
#[test]
fn beginnings_and_ends_are_told_soon() {
    let mut worst = 0.0f64;
    for group in [FORWARD, BACKWARD] {
        for pair in pairs() {
            for dbm0 in [-5.0, -11.5, -35.0] {
                let told =
                    heard(group, &[quiet(50.0), signal(group, pair, Sent { dbm0, ..GOOD }), quiet(60.0)].concat());
                let [(Some(_), began), (None, ended)] = told[..] else { panic!("{told:?}") };
                worst = worst.max(began - 50.0 + ended - 110.0);
            }
        }
    }
    assert!(worst <= 50.0, "{worst} ms");
    println!("beginning and end together: {worst} ms at most");
}

/// Signals that follow each other as fast as compelled signalling ever is are told one by one.
#[test]
fn one_after_the_other() {
    let mut line = quiet(30.0);
    for pair in pairs() {
        line.extend(signal(FORWARD, pair, Sent { millis: 45.0, ..GOOD }));
        line.extend(quiet(45.0));
    }
    let told: Vec<Pair> = heard(FORWARD, &line).into_iter().filter_map(|(pair, _)| pair).collect();
    assert_eq!(told, pairs().collect::<Vec<_>>());
}

/// Q.455 4.5.2.3: an interruption of 7 ms does not end a signal; nor does a slip of a few octets, or a click.
#[test]
fn a_signal_survives_short_disturbances() {
    let disturbances: [fn(&mut Vec<f64>); 3] = [
        |line| line[1000..1056].fill(0.0),
        |line| drop(line.drain(1000..1008)),
        |line| line[1000..1004].copy_from_slice(&[20_000.0, -20_000.0, 20_000.0, -20_000.0]),
    ];
    for group in [FORWARD, BACKWARD] {
        for pair in pairs() {
            for (which, disturb) in disturbances.iter().enumerate() {
                let mut line = [quiet(50.0), signal(group, pair, Sent { millis: 200.0, ..GOOD }), quiet(60.0)].concat();
                disturb(&mut line);
                let told: Vec<Option<Pair>> = heard(group, &line).into_iter().map(|(pair, _)| pair).collect();
                assert_eq!(told, [Some(pair), None], "disturbance {which}");
            }
        }
    }
}
