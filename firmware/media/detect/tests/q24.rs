//! The limits of Q.24, with every tone through A-law as it comes from a line.

use detect::KeyDetector;
use std::f64::consts::TAU;

/// A small repeatable noise.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// -1 to 1.
    fn uniform(&mut self) -> f64 {
        (self.roll() >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }

    /// Normal, variance 1.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() / 2.0
    }
}

/// A line that a sender draws on: seconds of linear samples.
#[derive(Default)]
struct Recorded {
    samples: Vec<f64>,
}

/// One press as the limits describe it.
#[derive(Clone, Copy)]
struct Press {
    key: char,
    low_dbm0: f64,
    twist_db: f64,
    low_off: f64,
    high_off: f64,
    millis: f64,
}

fn press(key: char) -> Press {
    Press { key, low_dbm0: -10.0, twist_db: 0.0, low_off: 0.0, high_off: 0.0, millis: 70.0 }
}

impl Recorded {
    fn silence(mut self, millis: f64) -> Self {
        self.samples.extend(std::iter::repeat_n(0.0, (millis * 8.0) as usize));
        self
    }

    fn press(mut self, press: Press) -> Self {
        let (low, high) = tones::frequencies(numbering::Key::new(press.key).expect("on the keypad"));
        let peak = pcm::peak_of_dbm0;
        let (a, b) = (peak(press.low_dbm0), peak(press.low_dbm0 + press.twist_db));
        let start = self.samples.len();
        for n in start..start + (press.millis * 8.0) as usize {
            let t = n as f64 / 8000.0;
            let low = a * (TAU * low * (1.0 + press.low_off / 100.0) * t).sin();
            let high = b * (TAU * high * (1.0 + press.high_off / 100.0) * t + 1.0).sin();
            self.samples.push(low + high);
        }
        self
    }

    fn noise(mut self, dbm0: f64, seed: u64) -> Self {
        let mut dice = Dice(seed | 1);
        let deviation = pcm::peak_of_dbm0(dbm0) / 2f64.sqrt();
        self.samples.iter_mut().for_each(|s| *s += deviation * dice.normal());
        self
    }

    fn heard(&self) -> String {
        heard(&self.samples)
    }
}

fn heard(samples: &[f64]) -> String {
    let mut detector = KeyDetector::default();
    let mut keys = String::new();
    for chunk in samples.chunks(160) {
        let block = std::array::from_fn(|i| {
            let sample = chunk.get(i).copied().unwrap_or(0.0).clamp(-32768.0, 32767.0);
            pcm::alaw::decode(pcm::alaw::encode(sample as i16))
        });
        keys.extend(detector.hear(&block).map(|heard| heard.key.as_char()));
    }
    keys
}

const ALL: &str = "123A456B789C*0#D";

/// Each press alone, at many places between two blocks; returns how many were heard right, out of how many.
fn rate(presses: impl Fn(char) -> Press) -> (usize, usize) {
    let mut right = 0;
    let mut all = 0;
    for key in ALL.chars() {
        for place in 0..10 {
            let line = Recorded::default().silence(60.0 + place as f64 * 2.125).press(presses(key)).silence(80.0);
            right += usize::from(line.heard() == key.to_string());
            all += 1;
        }
    }
    (right, all)
}

fn all_heard(presses: impl Fn(char) -> Press) {
    let (right, all) = rate(presses);
    assert_eq!(right, all);
}

fn none_heard(presses: impl Fn(char) -> Press) {
    assert_eq!(rate(presses).0, 0);
}

#[test]
fn a_number_is_heard() {
    let mut line = Recorded::default();
    for key in ALL.chars() {
        line = line.press(press(key)).silence(70.0);
    }
    assert_eq!(line.heard(), ALL);
}

/// IVR: the same key twice is two keys; a long press is one.
#[test]
fn repeated_and_long_presses() {
    let long = Press { millis: 3000.0, ..press('5') };
    assert_eq!(Recorded::default().press(long).silence(100.0).heard(), "5");
    let twice = Recorded::default().press(press('5')).silence(50.0).press(press('5')).silence(50.0);
    assert_eq!(twice.heard(), "55");
}

#[test]
fn frequency_within_1_5_percent_is_accepted() {
    for (low_off, high_off) in [(1.5, 1.5), (-1.5, -1.5), (1.5, -1.5), (-1.5, 1.5)] {
        all_heard(|key| Press { low_off, high_off, ..press(key) });
        all_heard(|key| Press { low_off, high_off, millis: 40.0, ..press(key) });
    }
}

#[test]
fn frequency_off_by_3_5_percent_is_rejected() {
    for off in [3.5, -3.5, 5.0, -5.0] {
        none_heard(|key| Press { low_off: off, ..press(key) });
        none_heard(|key| Press { high_off: off, ..press(key) });
    }
}

#[test]
fn levels_of_0_to_minus_25_are_accepted() {
    for low_dbm0 in [-2.0, -6.0, -15.0, -20.0, -25.0] {
        all_heard(|key| Press { low_dbm0, millis: 40.0, ..press(key) });
    }
    // 0 dBm0 each is above the overload point together: A-law clips them.
    all_heard(|key| Press { low_dbm0: 0.0, ..press(key) });
}

#[test]
fn levels_below_minus_29_are_rejected() {
    none_heard(|key| Press { low_dbm0: -29.0, ..press(key) });
    none_heard(|key| Press { low_dbm0: -40.0, ..press(key) });
}

#[test]
fn twist_limits() {
    for twist_db in [-8.0, -6.0, -4.0, 4.0, 6.0] {
        all_heard(|key| Press { twist_db, millis: 40.0, ..press(key) });
    }
    for twist_db in [-11.0, -15.0, 9.0, 15.0] {
        none_heard(|key| Press { twist_db, ..press(key) });
    }
}

#[test]
fn presses_of_40_ms_are_heard_and_of_20_ms_not() {
    for millis in [40.0, 45.0, 50.0] {
        all_heard(|key| Press { millis, ..press(key) });
    }
    for millis in [5.0, 10.0, 15.0, 20.0] {
        none_heard(|key| Press { millis, ..press(key) });
    }
}

/// A pause of 40 ms separates two presses of one key; an interruption of 10 ms does not.
#[test]
fn pauses_and_interruptions() {
    for place in 0..20 {
        let start = |line: Recorded| line.silence(40.0 + place as f64 * 1.125);
        let pause = start(Recorded::default()).press(press('9')).silence(40.0).press(press('9')).silence(60.0);
        assert_eq!(pause.heard(), "99", "place {place}");
        let gap = start(Recorded::default()).press(press('9')).silence(10.0).press(press('9')).silence(60.0);
        assert_eq!(gap.heard(), "9", "place {place}");
    }
}

/// Noise 15 dB below the tones: every press of a thousand is heard, and nothing else.
#[test]
fn keys_in_noise() {
    let mut dice = Dice(77);
    let sent: String = (0..1000).map(|_| ALL.as_bytes()[dice.roll() as usize % 16] as char).collect();
    let mut line = Recorded::default();
    for key in sent.chars() {
        line = line.press(Press { low_dbm0: -20.0, millis: 50.0, ..press(key) }).silence(50.0);
    }
    assert_eq!(line.noise(-32.0, 5).heard(), sent);
}

/// Noise, dial tone, ringback, sweeps and single tones are no keys.
#[test]
fn what_is_no_key() {
    assert_eq!(Recorded::default().silence(60_000.0).noise(-15.0, 3).heard(), "");
    for hertz in (200..3400).step_by(7) {
        let tone: Vec<f64> = (0..1600).map(|n| 8000.0 * (TAU * hertz as f64 * n as f64 / 8000.0).sin()).collect();
        assert_eq!(heard(&tone), "", "{hertz} Hz");
    }
    let mut phase = 0.0;
    let sweep: Vec<f64> = (0..80_000)
        .map(|n| {
            phase += TAU * (300.0 + 3000.0 * n as f64 / 80_000.0) / 8000.0;
            8000.0 * f64::sin(phase)
        })
        .collect();
    assert_eq!(heard(&sweep), "");
}

/// A voice: glottal pulses of gliding pitch through three formants that move from vowel to vowel, with pauses and hiss.
struct Voice {
    dice: Dice,
    formants: [Formant; 3],
}

#[derive(Default, Clone, Copy)]
struct Formant {
    hertz: f64,
    y1: f64,
    y2: f64,
}

impl Formant {
    fn pass(&mut self, x: f64, bandwidth: f64) -> f64 {
        let r = (-std::f64::consts::PI * bandwidth / 8000.0).exp();
        let y = x * (1.0 - r) + 2.0 * r * (TAU * self.hertz / 8000.0).cos() * self.y1 - r * r * self.y2;
        self.y2 = self.y1;
        self.y1 = y;
        y
    }
}

const VOWELS: [[f64; 3]; 7] = [
    [270.0, 2290.0, 3010.0],
    [390.0, 1990.0, 2550.0],
    [530.0, 1840.0, 2480.0],
    [730.0, 1090.0, 2440.0],
    [570.0, 840.0, 2410.0],
    [300.0, 870.0, 2240.0],
    [640.0, 1190.0, 2390.0],
];

impl Voice {
    fn vowel(&mut self, out: &mut Vec<f64>, bandwidth: f64, level: f64) {
        let to = VOWELS[self.dice.roll() as usize % VOWELS.len()];
        let size = 1.0 + 0.2 * self.dice.uniform();
        let (pitch, glide) = (80.0 + 220.0 * self.dice.uniform().abs(), 60.0 * self.dice.uniform());
        let length = 800 + self.dice.roll() as usize % 2000;
        let start = out.len();
        let mut phase = 0.0;
        for n in 0..length {
            let along = n as f64 / length as f64;
            phase += (pitch + glide * along) / 8000.0;
            let pulse = if phase >= 1.0 { 1.0 } else { 0.0 };
            phase -= pulse;
            let source = pulse * 40.0 + 0.02 * self.dice.normal();
            let mut sample = 0.0;
            for (i, formant) in self.formants.iter_mut().enumerate() {
                formant.hertz += (to[i] * size - formant.hertz) * 0.002;
                sample += formant.pass(source, bandwidth * (1.0 + i as f64 * 0.3)) / (1.0 + i as f64 * 0.5);
            }
            out.push(sample);
        }
        let peak = out[start..].iter().fold(1e-6f64, |m, s| m.max(s.abs()));
        out[start..].iter_mut().for_each(|s| *s *= level / peak);
    }
}

/// Twenty minutes of a voice of many pitches, loud and soft, sharp and dull formants: no key is imagined.
#[test]
fn speech_is_no_key() {
    let mut imagined = String::new();
    for seed in 1..=40u64 {
        let mut voice = Voice { dice: Dice(seed * 7919), formants: [Formant { hertz: 500.0, y1: 0.0, y2: 0.0 }; 3] };
        let mut speech = Vec::new();
        while speech.len() < 30 * 8000 {
            let bandwidth = 30.0 + 90.0 * voice.dice.uniform().abs();
            let level = 3000.0 + 25_000.0 * voice.dice.uniform().abs();
            voice.vowel(&mut speech, bandwidth, level);
            let pause = voice.dice.roll() as usize % 1200;
            speech.extend((0..pause).map(|_| 200.0 * voice.dice.normal()));
        }
        imagined += &heard(&speech);
    }
    assert_eq!(imagined, "");
}

/// Whistles and sung duets: two steady voices of harmonics, no pair of which is a key's.
#[test]
fn music_is_no_key() {
    let mut dice = Dice(4242);
    let mut imagined = 0;
    for _ in 0..2000 {
        let (a, b) = (200.0 + 800.0 * dice.uniform().abs(), 200.0 + 800.0 * dice.uniform().abs());
        let samples: Vec<f64> = (0..1600)
            .map(|n| {
                let t = TAU * n as f64 / 8000.0;
                (1..=4).map(|h| 4000.0 / h as f64 * ((a * h as f64 * t).sin() + (b * h as f64 * t).sin())).sum()
            })
            .collect();
        imagined += heard(&samples).len();
    }
    assert_eq!(imagined, 0);
}

/// The earliest a key is told: within 50 ms of its beginning.
#[test]
fn a_key_is_told_soon() {
    for place in 0..40 {
        let before = 40.0 + place as f64 * 0.5;
        let line = Recorded::default().silence(before).press(Press { millis: 200.0, ..press('3') });
        let mut detector = KeyDetector::default();
        let told = line
            .samples
            .chunks_exact(160)
            .position(|chunk| detector.hear(&std::array::from_fn(|i| chunk[i] as i16)).is_some());
        let after = (told.unwrap() + 1) as f64 * 20.0 - before;
        assert!(after <= 60.0, "{after} ms");
    }
}
