//! A tone of 1020 Hz at -10 dBm0 (O.6), and how much of it arrives.

use tones::Oscillator;

/// O.6: 1004 to 1020 Hz, no part of 8 kHz.
const HERTZ: f64 = 1020.0;
const LEVEL_DBM0: f64 = -10.0;

/// One measurement: 51 turns of the tone in 400 samples, so that no window is needed.
const SAMPLES: u32 = 400;

/// Nothing below this is told: A-law's own noise.
const FLOOR_DBM0: f64 = -70.0;

/// Less than this of the tone is no tone.
const HEARD_DBM0: f64 = -45.0;

#[derive(Debug)]
pub(crate) struct Source(Oscillator);

impl Default for Source {
    fn default() -> Source {
        Source(Oscillator::new(HERTZ, LEVEL_DBM0))
    }
}

impl Source {
    pub(crate) fn octet(&mut self) -> u8 {
        pcm::alaw::encode(self.0.sample() as i16)
    }
}

/// Level of the tone, and of everything that is not the tone.
#[derive(Debug)]
pub(crate) struct Meter {
    turn: (f64, f64),
    /// Of the last two sums of Goertzel's algorithm.
    sums: (f64, f64),
    power: f64,
    seen: u32,
    measured: Option<(f64, f64)>,
}

impl Default for Meter {
    fn default() -> Meter {
        let turn = (std::f64::consts::TAU * HERTZ / f64::from(pcm::RATE)).sin_cos();
        Meter { turn, sums: (0.0, 0.0), power: 0.0, seen: 0, measured: None }
    }
}

impl Meter {
    pub(crate) fn take(&mut self, octet: u8) {
        let sample = f64::from(pcm::alaw::decode(octet));
        let sum = sample + 2.0 * self.turn.1 * self.sums.0 - self.sums.1;
        self.sums = (sum, self.sums.0);
        self.power += sample * sample;
        self.seen += 1;
        if self.seen == SAMPLES {
            self.measure();
        }
    }

    fn measure(&mut self) {
        let (last, before) = self.sums;
        let square = last * last + before * before - 2.0 * self.turn.1 * last * before;
        let half = f64::from(SAMPLES) / 2.0;
        // Mean power of a sine is half the square of its peak.
        let tone = square.max(0.0) / (half * half) / 2.0;
        let all = self.power / f64::from(SAMPLES);
        self.measured = Some((dbm0(tone), dbm0((all - tone).max(0.0))));
        (self.sums, self.power, self.seen) = ((0.0, 0.0), 0.0, 0);
    }

    /// Hundredths of dBm0, once the tone is heard.
    pub(crate) fn level(&self) -> Option<i32> {
        self.measured.filter(|(level, _)| *level >= HEARD_DBM0).map(|(level, _)| hundredths(level))
    }

    pub(crate) fn noise(&self) -> Option<i32> {
        self.measured.map(|(_, noise)| hundredths(noise))
    }
}

fn hundredths(level: f64) -> i32 {
    (level * 100.0).round() as i32
}

fn dbm0(power: f64) -> f64 {
    let reference = pcm::peak_of_dbm0(0.0).powi(2) / 2.0;
    (10.0 * (power / reference).max(1e-12).log10()).max(FLOOR_DBM0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(hertz: f64, level: f64) -> Meter {
        let (mut source, mut meter) = (Oscillator::new(hertz, level), Meter::default());
        (0..800).for_each(|_| meter.take(pcm::alaw::encode(source.sample() as i16)));
        meter
    }

    /// The tone's level is right to a tenth of a decibel, and A-law's own distortion lies 35 dB below it (G.712).
    #[test]
    fn the_level_is_measured() {
        for level in [0.0, -10.0, -16.5, -30.0] {
            let meter = measured(HERTZ, level);
            let told = f64::from(meter.level().unwrap()) / 100.0;
            assert!((told - level).abs() < 0.1, "{level} dBm0 measured as {told}");
            let noise = f64::from(meter.noise().unwrap()) / 100.0;
            assert!(noise < level - 33.0, "{level} dBm0 with noise of {noise}");
        }
    }

    /// Another tone, and silence, are not the tone; the other tone is told as what else there is.
    #[test]
    fn other_sounds_are_noise() {
        let other = measured(1400.0, -10.0);
        assert_eq!((other.level(), other.noise().map(|noise| (noise + 1000).abs() < 20)), (None, Some(true)));
        let mut silence = Meter::default();
        (0..400).for_each(|_| silence.take(pcm::alaw::SILENCE));
        assert_eq!(silence.level(), None);
    }
}
