//! Keys and register signals at the limits of their recommendations, through A-law, for the benchmark of the detectors.

use corpus::Dice;
use std::f64::consts::TAU;

pub const KEYS: &str = "123A456B789C*0#D";
pub const FORWARD: [u16; 6] = [1380, 1500, 1620, 1740, 1860, 1980];
pub const BACKWARD: [u16; 6] = [1140, 1020, 900, 780, 660, 540];
/// spandsp's letters for the pairs of Q.441 table 5, in the order of [`pairs`].
const LETTERS: [((u8, u8), char); 15] = [
    ((0, 1), '1'),
    ((0, 2), '2'),
    ((1, 2), '3'),
    ((0, 3), '4'),
    ((1, 3), '5'),
    ((2, 3), '6'),
    ((0, 4), '7'),
    ((1, 4), '8'),
    ((2, 4), '9'),
    ((3, 4), '0'),
    ((0, 5), 'B'),
    ((1, 5), 'C'),
    ((2, 5), 'D'),
    ((3, 5), 'E'),
    ((4, 5), 'F'),
];

pub fn pairs() -> impl Iterator<Item = ((u8, u8), char)> {
    LETTERS.into_iter()
}

pub fn letter(pair: (u8, u8)) -> char {
    LETTERS.iter().find(|(known, _)| *known == pair).map_or('?', |(_, letter)| *letter)
}

/// Two tones together.
#[derive(Clone, Copy)]
pub struct TwoTones {
    pub hertz: (f64, f64),
    /// Of the first.
    pub dbm0: f64,
    /// The second over the first.
    pub twist_db: f64,
    pub millis: f64,
}

impl TwoTones {
    pub fn key(key: char) -> TwoTones {
        let place = KEYS.find(key).unwrap_or(0);
        let hertz = (tones::LOW_GROUP[place / 4], tones::HIGH_GROUP[place % 4]);
        TwoTones { hertz, dbm0: -10.0, twist_db: 0.0, millis: 70.0 }
    }

    pub fn pair(group: &[u16; 6], pair: (u8, u8)) -> TwoTones {
        let hertz = (f64::from(group[pair.0 as usize]), f64::from(group[pair.1 as usize]));
        TwoTones { hertz, dbm0: -11.5, twist_db: 0.0, millis: 60.0 }
    }

    pub fn sound(&self, line: &mut Vec<f64>, phase: f64) {
        let (one, other) = (pcm::peak_of_dbm0(self.dbm0), pcm::peak_of_dbm0(self.dbm0 + self.twist_db));
        line.extend((0..(self.millis * 8.0) as usize).map(|n| {
            let t = TAU * n as f64 / 8000.0;
            one * (self.hertz.0 * t + phase).sin() + other * (self.hertz.1 * t + 1.0 + 2.0 * phase).sin()
        }));
    }
}

pub fn quiet(line: &mut Vec<f64>, millis: f64) {
    line.extend(std::iter::repeat_n(0.0, (millis * 8.0) as usize));
}

/// As it comes from a line: noise on it, companded.
pub fn through_line(line: &[f64], noise_dbm0: Option<f64>, dice: &mut Dice) -> Vec<i16> {
    let deviation = noise_dbm0.map_or(0.0, |dbm0| pcm::peak_of_dbm0(dbm0) / 2f64.sqrt());
    let mut noisy = |sample: &f64| if deviation > 0.0 { sample + deviation * dice.normal() } else { *sample };
    line.iter().map(|s| pcm::alaw::decode(pcm::alaw::encode(noisy(s).clamp(-32768.0, 32767.0) as i16))).collect()
}

/// One case: a line, and what must be heard on it.
pub struct Case {
    pub samples: Vec<i16>,
    pub sent: String,
}

/// A set of cases of one limit.
pub struct Limit {
    pub name: &'static str,
    pub cases: Vec<Case>,
}

/// Lengths of all lines of cases, milliseconds.
const LINE: f64 = 260.0;

fn case(tones: TwoTones, sent: String, noise_dbm0: Option<f64>, dice: &mut Dice) -> Case {
    let mut line = Vec::new();
    quiet(&mut line, 60.0 + dice.between(0.0, 30.0));
    tones.sound(&mut line, dice.between(0.0, TAU));
    line.resize((LINE * 8.0) as usize, 0.0);
    Case { samples: through_line(&line, noise_dbm0, dice), sent }
}

type Variation = fn(TwoTones, usize) -> TwoTones;

fn limit(
    name: &'static str,
    signals: &[(TwoTones, char)],
    noise: Option<f64>,
    heard: bool,
    variations: usize,
    vary: Variation,
) -> Limit {
    let mut dice = Dice::new(name.len() as u64 + 77);
    let mut cases = Vec::new();
    for (tones, letter) in signals {
        for variation in 0..variations {
            for _ in 0..4 {
                let sent = if heard { letter.to_string() } else { String::new() };
                cases.push(case(vary(*tones, variation), sent, noise, &mut dice));
            }
        }
    }
    Limit { name, cases }
}

/// Q.24's limits (annex A, AT&T and NTT).
pub fn key_limits() -> Vec<Limit> {
    let keys: Vec<(TwoTones, char)> = KEYS.chars().map(|key| (TwoTones::key(key), key)).collect();
    const CORNERS: [(f64, f64); 4] = [(1.5, 1.5), (-1.5, -1.5), (1.5, -1.5), (-1.5, 1.5)];
    const BEYOND: [(f64, f64); 4] = [(3.5, 0.0), (-3.5, 0.0), (0.0, 3.5), (0.0, -3.5)];
    vec![
        limit("0 to -25 dBm0, 40 ms", &keys, None, true, 5, |tones, n| TwoTones {
            dbm0: [-3.0, -8.0, -15.0, -20.0, -25.0][n],
            millis: 40.0,
            ..tones
        }),
        limit("twist -8 to +4 dB", &keys, None, true, 4, |tones, n| TwoTones {
            twist_db: [-8.0, -4.0, 2.0, 4.0][n],
            ..tones
        }),
        limit("1.5 % off frequency", &keys, None, true, 4, |tones, n| moved(tones, CORNERS[n])),
        limit("3.5 % off frequency", &keys, None, false, 4, |tones, n| moved(tones, BEYOND[n])),
        limit("20 ms are too short", &keys, None, false, 1, |tones, _| TwoTones { millis: 20.0, ..tones }),
        limit("50 ms, noise 15 dB below", &keys, Some(-32.0), true, 3, |tones, _| TwoTones {
            dbm0: -20.0,
            millis: 50.0,
            ..tones
        }),
        limit("45 ms, noise 12 dB below", &keys, Some(-32.0), true, 3, |tones, _| TwoTones {
            dbm0: -23.0,
            millis: 45.0,
            ..tones
        }),
    ]
}

fn moved(tones: TwoTones, percent: (f64, f64)) -> TwoTones {
    let hertz = (tones.hertz.0 * (1.0 + percent.0 / 100.0), tones.hertz.1 * (1.0 + percent.1 / 100.0));
    TwoTones { hertz, ..tones }
}

/// Q.455's limits, of a group of frequencies.
pub fn pair_limits(group: &[u16; 6]) -> Vec<Limit> {
    let signals: Vec<(TwoTones, char)> = pairs().map(|(pair, letter)| (TwoTones::pair(group, pair), letter)).collect();
    const CORNERS: [(f64, f64); 4] = [(10.0, 10.0), (-10.0, -10.0), (10.0, -10.0), (-10.0, 10.0)];
    let off = |tones: TwoTones, n: usize| TwoTones {
        hertz: (tones.hertz.0 + CORNERS[n].0, tones.hertz.1 + CORNERS[n].1),
        ..tones
    };
    vec![
        limit("-5 to -35 dBm0", &signals, None, true, 5, |tones, n| TwoTones {
            dbm0: [-5.0, -11.5, -20.0, -30.0, -35.0][n],
            ..tones
        }),
        limit("10 Hz off", &signals, None, true, 4, off),
        limit("5 dB apart", &signals, None, true, 2, |tones, n| TwoTones {
            dbm0: -20.0,
            twist_db: [-5.0, 5.0][n],
            ..tones
        }),
        limit("-42 dBm0 is too low", &signals, None, false, 1, |tones, _| TwoTones { dbm0: -42.0, ..tones }),
        limit("7 ms are too short", &signals, None, false, 1, |tones, _| TwoTones { millis: 7.0, ..tones }),
        limit("noise at -40 dBm0", &signals, Some(-40.0), true, 3, |tones, _| TwoTones { dbm0: -25.0, ..tones }),
    ]
}
