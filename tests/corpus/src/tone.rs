//! Tones of the network and of machines, at the edges of what their standards allow.

use crate::random::Dice;
use std::f64::consts::TAU;

/// Parts of a turn: hertz (0: silence) and milliseconds.
pub type Turn = &'static [(f64, f64)];

pub const RINGBACK: Turn = &[(450.0, 1000.0), (0.0, 4000.0)];
pub const BUSY: Turn = &[(450.0, 350.0), (0.0, 350.0)];
pub const CONGESTION: Turn = &[(450.0, 700.0), (0.0, 700.0)];
pub const UNOBTAINABLE: Turn = &[
    (450.0, 100.0),
    (0.0, 100.0),
    (450.0, 100.0),
    (0.0, 100.0),
    (450.0, 100.0),
    (0.0, 100.0),
    (450.0, 400.0),
    (0.0, 400.0),
];
pub const SPECIAL_INFORMATION: Turn = &[(950.0, 330.0), (1400.0, 330.0), (1800.0, 330.0), (0.0, 1000.0)];
pub const FAX_ANSWER: Turn = &[(2100.0, 3000.0), (0.0, 75.0)];

/// How far a sender is off: shares of frequency and cadence, and its level.
#[derive(Clone, Copy, Debug)]
pub struct Sender {
    pub off_hertz: f64,
    /// Share that each part is longer or shorter.
    pub off_cadence: f64,
    pub dbm0: f64,
}

impl Sender {
    /// Within GB/T 3380: -10 +-3 dBm0, 450 +-25 Hz, +-10 %.
    pub fn within_limits(dice: &mut Dice) -> Sender {
        Sender {
            off_hertz: dice.between(-0.055, 0.055),
            off_cadence: dice.between(-0.1, 0.1),
            dbm0: dice.between(-13.0, -7.0),
        }
    }

    /// Sends a turn so many times, the last one perhaps cut short.
    pub fn send(&self, turn: Turn, millis: f64) -> Vec<f64> {
        let (mut line, peak) = (Vec::new(), pcm::peak_of_dbm0(self.dbm0));
        let wanted = (millis * 8.0) as usize;
        while line.len() < wanted {
            for (hertz, part) in turn {
                // The frequency's own limits: 25 of 450 Hz, but 15 of 2100.
                let hertz =
                    if *hertz > 1000.0 { hertz * (1.0 + self.off_hertz / 9.0) } else { hertz * (1.0 + self.off_hertz) };
                let samples = (part * (1.0 + self.off_cadence) * 8.0) as usize;
                line.extend((0..samples).map(|n| peak * (TAU * hertz * n as f64 / 8000.0).sin()));
            }
        }
        line.truncate(wanted);
        line
    }
}

/// Flags of V.21 channel 2, 300 bit/s: 0x7e over and over (T.30 5.3.1).
pub fn fax_flags(millis: f64, dbm0: f64) -> Vec<f64> {
    let (peak, mut phase) = (pcm::peak_of_dbm0(dbm0), 0.0);
    let bits = [false, true, true, true, true, true, true, false];
    (0..(millis * 8.0) as usize)
        .map(|n| {
            let bit = bits[(n as f64 * 300.0 / 8000.0) as usize % 8];
            phase += TAU * if bit { 1650.0 } else { 1850.0 } / 8000.0;
            peak * f64::sin(phase)
        })
        .collect()
}

/// A single tone.
pub fn beep(hertz: f64, millis: f64, dbm0: f64) -> Vec<f64> {
    let peak = pcm::peak_of_dbm0(dbm0);
    (0..(millis * 8.0) as usize).map(|n| peak * (TAU * hertz * n as f64 / 8000.0).sin()).collect()
}

pub fn quiet(millis: f64) -> Vec<f64> {
    vec![0.0; (millis * 8.0).max(0.0) as usize]
}
