//! The modem of calling line identification, on lines good and bad (GR-30, ETS 300 659-1 table 1).

use detect::{FskEvent, FskReceiver};
use std::f64::consts::TAU;
use tones::{FskModem, FskSender};

const TEXT: &[u8] = b"\x80\x1a\x01\x0811230805\x02\x0b01062770334\x07\x01W and all octets: \x00\xff\x55\xaa\x01\x80";

/// What a line does to a modem's signal.
#[derive(Clone, Copy)]
struct Line {
    modem: FskModem,
    dbm0: f64,
    noise_dbm0: f64,
    /// Space over mark, dB, by a line that loses more at high frequencies.
    slope_db: f64,
    /// The sender's clock, parts in a thousand fast.
    fast: f64,
}

const GOOD: Line = Line { modem: FskModem::BELL_202, dbm0: -13.5, noise_dbm0: -80.0, slope_db: 0.0, fast: 0.0 };

struct Dice(u64);

impl Dice {
    fn uniform(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }

    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() / 2.0
    }
}

fn sent(line: Line) -> Vec<f64> {
    let mut sender = FskSender::new(line.modem, line.dbm0);
    sender.send(TEXT);
    let mut samples = vec![0.0; 800];
    while !sender.is_idle() {
        let mut block = [0; 160];
        sender.fill(&mut block);
        samples.extend(block.map(f64::from));
    }
    samples.extend([0.0; 800]);
    // Read at another pace.
    let pace = 1.0 + line.fast / 1000.0;
    let count = (samples.len() as f64 / pace) as usize - 1;
    (0..count)
        .map(|n| n as f64 * pace)
        .map(|at| {
            let (place, part) = (at as usize, at.fract());
            samples[place] * (1.0 - part) + samples[place + 1] * part
        })
        .collect()
}

fn received(line: Line, seed: u64) -> (Vec<u8>, Vec<FskEvent>) {
    let mut samples = sent(line);
    if line.slope_db != 0.0 {
        // One zero: y = x + a x' has its gains at mark and space apart by the slope.
        let gain = |hertz: f64, a: f64| (1.0 + a * a + 2.0 * a * (TAU * hertz / 8000.0).cos()).sqrt();
        let (mark, space) = (f64::from(line.modem.mark), f64::from(line.modem.space));
        let apart = |a: f64| 20.0 * (gain(space, a) / gain(mark, a)).log10();
        let a = (-99..=99).map(|n| f64::from(n) / 100.0);
        let a = a.min_by(|x, y| (apart(*x) - line.slope_db).abs().total_cmp(&(apart(*y) - line.slope_db).abs()));
        let a = a.expect("a hundred were tried");
        let unity = gain(mark, a);
        let mut before = 0.0;
        for sample in &mut samples {
            let now = *sample;
            *sample = (now + a * before) / unity;
            before = now;
        }
    }
    let mut dice = Dice(seed | 1);
    let deviation = pcm::peak_of_dbm0(line.noise_dbm0) / 2f64.sqrt();
    let mut receiver = FskReceiver::new(line.modem.mark, line.modem.space);
    let (mut octets, mut events) = (Vec::new(), Vec::new());
    for chunk in samples.chunks(40) {
        let linear: Vec<i16> = chunk
            .iter()
            .map(|sample| sample + deviation * dice.normal())
            .map(|sample| pcm::alaw::decode(pcm::alaw::encode(sample.clamp(-32768.0, 32767.0) as i16)))
            .collect();
        receiver.hear(&linear, |event| match event {
            FskEvent::Octet(octet) => octets.push(octet),
            other => events.push(other),
        });
    }
    (octets, events)
}

/// The text, behind whatever the seizure looked like.
fn text_arrives(line: Line) -> bool {
    (0..5).all(|seed| received(line, 77 + seed * 1000).0.ends_with(TEXT))
}

#[test]
fn both_modems_are_heard() {
    for modem in [FskModem::BELL_202, FskModem::V23] {
        let (octets, events) = received(Line { modem, ..GOOD }, 1);
        assert!(octets.ends_with(TEXT), "{octets:02x?}");
        assert_eq!(events.first(), Some(&FskEvent::Carrier));
        assert_eq!(events.last(), Some(&FskEvent::Silence));
        // The seizure's alternating bits are 0x55 to a receiver that falls in step with them; its last octet runs into the mark.
        let before = &octets[..octets.len() - TEXT.len() - 1];
        assert!(before.iter().all(|octet| *octet == 0x55), "{octets:02x?}");
    }
}

/// -8 to -36 dBm0.
#[test]
fn levels() {
    for dbm0 in [-8.0, -13.5, -20.0, -30.0, -36.0] {
        for modem in [FskModem::BELL_202, FskModem::V23] {
            assert!(text_arrives(Line { modem, dbm0, ..GOOD }), "{dbm0} dBm0, {modem:?}");
        }
    }
    let (octets, events) = received(Line { dbm0: -48.0, ..GOOD }, 1);
    assert!(octets.is_empty() && events.is_empty(), "too low to be a modem");
}

/// Noise 20 dB below the signal (ETS 300 659-1 asks for 25).
#[test]
fn noise() {
    for modem in [FskModem::BELL_202, FskModem::V23] {
        assert!(text_arrives(Line { modem, noise_dbm0: GOOD.dbm0 - 20.0, ..GOOD }), "{modem:?}");
    }
}

/// The line loses up to 6 dB more of one frequency than of the other; the sender's clock is 1 % off.
#[test]
fn twist_and_pace() {
    for modem in [FskModem::BELL_202, FskModem::V23] {
        for slope_db in [-6.0, -3.0, 3.0] {
            for fast in [-10.0, 10.0] {
                let line = Line { modem, slope_db, fast, noise_dbm0: -45.0, ..GOOD };
                assert!(text_arrives(line), "{modem:?} {slope_db} dB {fast} per mille");
            }
        }
    }
}

/// Noise, dial tone and a voice-like sum of sines are no modem.
#[test]
fn what_is_no_modem() {
    let mut dice = Dice(5);
    let tone = |n: usize, hertz: f64| (TAU * hertz * n as f64 / 8000.0).sin() * 4000.0;
    let noise: Vec<i16> = (0..80_000).map(|_| (dice.normal() * 3000.0) as i16).collect();
    let dial: Vec<i16> = (0..80_000).map(|n| tone(n, 450.0) as i16).collect();
    let voice: Vec<i16> = (0..80_000)
        .map(|n| {
            (1..12).map(|k| tone(n, 130.0 * f64::from(k) * (1.0 + 0.1 * (n as f64 / 3000.0).sin())) / 6.0).sum::<f64>()
        })
        .map(|sample| sample as i16)
        .collect();
    for (what, samples) in [("noise", noise), ("dial tone", dial), ("voice", voice)] {
        let mut octets = 0;
        FskReceiver::new(1200, 2200).hear(&samples, |event| octets += usize::from(matches!(event, FskEvent::Octet(_))));
        assert_eq!(octets, 0, "{what}");
    }
}
