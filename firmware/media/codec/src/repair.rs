//! What fills a gap in speech whose codec has nothing of its own for it: the last pitch period again and again, fading.
//!
//! After ITU-T G.711 Appendix I: repetition of the pitch, a cross-fade at the seams, full level for 10 ms, gone after 60.

/// Milliseconds remembered: two of the longest pitch periods and a window to compare them.
const MEMORY: usize = 48;
/// Samples a millisecond at most.
const MOST_KHZ: usize = 16;
/// Pitch periods looked for: 200 Hz down to 66 Hz, in 1/8 ms.
const SHORTEST: usize = 40;
const LONGEST: usize = 120;
/// Samples of 8 kHz compared: 20 ms.
const COMPARED: usize = 160;
/// Milliseconds over which two pieces fade into each other.
const SEAM: usize = 4;
/// Level is full for so long, and nothing is left after that.
const FULL: usize = 10;
const GONE: usize = 60;

#[derive(Clone, Debug)]
pub(crate) struct Repair {
    khz: usize,
    /// The last speech, newest last.
    memory: [i16; MEMORY * MOST_KHZ],
    /// Samples filled since the last speech.
    filled: usize,
    period: usize,
}

impl Repair {
    pub(crate) fn new(khz: usize) -> Repair {
        Repair { khz: khz.min(MOST_KHZ), memory: [0; MEMORY * MOST_KHZ], filled: 0, period: 0 }
    }

    fn length(&self) -> usize {
        MEMORY * self.khz
    }

    /// Speech that came: its beginning is faded in, if a gap ends with it.
    pub(crate) fn heard(&mut self, speech: &mut [i16]) {
        if self.filled > 0 {
            let seam = (SEAM * self.khz).min(speech.len());
            for (at, sample) in speech[..seam].iter_mut().enumerate() {
                let old = i32::from(self.repeated());
                *sample = ((i32::from(*sample) * at as i32 + old * (seam - at) as i32) / seam as i32) as i16;
            }
            self.filled = 0;
        }
        let length = self.length();
        let new = &speech[speech.len().saturating_sub(length)..];
        self.memory.copy_within(new.len()..length, 0);
        self.memory[length - new.len()..length].copy_from_slice(new);
    }

    /// Fills a gap, or its next piece.
    pub(crate) fn fill(&mut self, out: &mut [i16]) {
        if self.filled == 0 {
            self.period = self.pitch();
            self.smooth_seam();
        }
        for sample in out {
            *sample = self.repeated();
        }
    }

    /// The next sample of the repetition.
    fn repeated(&mut self) -> i16 {
        let sample = self.memory[self.length() - self.period + self.filled % self.period];
        let (full, gone) = (FULL * self.khz, GONE * self.khz);
        let left = gone.saturating_sub(self.filled).min(gone - full);
        self.filled = (self.filled + 1).min(usize::MAX - 1);
        (i32::from(sample) * left as i32 / (gone - full) as i32) as i16
    }

    /// The last period's end fades into what came before its beginning, so that it follows itself without a click.
    fn smooth_seam(&mut self) {
        let (length, seam) = (self.length(), (self.period / 4).max(1));
        for at in 0..seam {
            let end = length - seam + at;
            let before = i32::from(self.memory[end - self.period]);
            let now = i32::from(self.memory[end]);
            self.memory[end] = ((now * (seam - at) as i32 + before * (at + 1) as i32) / (seam + 1) as i32) as i16;
        }
    }

    /// The period after which the last 20 ms are most like themselves, in samples. Compared at 8 kHz whatever the rate.
    fn pitch(&self) -> usize {
        let step = self.khz / 8;
        let length = self.length();
        let at = |back: usize| i64::from(self.memory[length - 1 - back * step]);
        let likeness = |lag: usize| {
            let (mut product, mut power) = (0i64, 1i64);
            for back in 0..COMPARED {
                product += at(back) * at(back + lag);
                power += at(back + lag) * at(back + lag);
            }
            product as f32 / (power as f32).sqrt()
        };
        let best = (SHORTEST..=LONGEST).max_by(|a, b| likeness(*a).total_cmp(&likeness(*b)));
        best.unwrap_or(LONGEST) * step
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    fn voice(khz: usize, from: usize, count: usize) -> Vec<i16> {
        let rate = khz as f64 * 1000.0;
        let partial = |n: usize, k: f64| (TAU * 125.0 * k * n as f64 / rate).sin() / k;
        (from..from + count).map(|n| (6000.0 * (partial(n, 1.0) + partial(n, 3.0) + partial(n, 5.0))) as i16).collect()
    }

    /// A gap of 10 ms in a steady voice is filled with that voice: the noise is 20 dB below it. After 60 ms there is silence.
    #[test]
    fn a_voice_goes_on_and_fades() {
        for khz in [8, 16] {
            let mut repair = Repair::new(khz);
            repair.heard(&mut voice(khz, 0, 60 * khz));
            let mut out = vec![0; 10 * khz];
            repair.fill(&mut out);
            let real = voice(khz, 60 * khz, 10 * khz);
            let power = |samples: &mut dyn Iterator<Item = i32>| samples.map(|s| f64::from(s).powi(2)).sum::<f64>();
            let signal = power(&mut real.iter().map(|s| i32::from(*s)));
            let noise = power(&mut real.iter().zip(&out).map(|(a, b)| i32::from(*a) - i32::from(*b)));
            assert!(10.0 * (signal / noise).log10() > 20.0, "{khz} kHz: {:.1} dB", 10.0 * (signal / noise).log10());
            let mut rest = vec![0; 60 * khz];
            repair.fill(&mut rest);
            assert_eq!(rest[50 * khz..], vec![0; 10 * khz]);
        }
    }

    /// Silence in, silence out, and no period of nothing.
    #[test]
    fn nothing_heard_yet() {
        let mut out = [1; 320];
        Repair::new(16).fill(&mut out);
        assert_eq!(out, [0; 320]);
    }
}
