//! What 10 ms on a line look like: quiet, one tone, a modem, or anything else.

use crate::fourier::{LINES, SPACING, SPAN, TABLES, frequency};
use crate::signal::NETWORK;

/// Samples between two frames: 10 ms.
pub(crate) const HOP: usize = 80;
/// A sine of 0 dBm0 has this peak on the 16-bit scale, and half its square as power.
const POWER_0_DBM0: f32 = 22_827.0 * 22_827.0 / 2.0;
/// Lines 200 to 3500 Hz: hum and the line's own noise below do not count.
const FIRST: usize = 6;
const LAST: usize = 112;
/// Of the energy a tone accounts for, at least: 9 dB over what else there is.
const TONE_PURITY: f32 = 0.88;
/// Of the energy a tone of the network has at least in its fundamental.
const CLIPPED_PURITY: f32 = 0.7;
/// Of the energy a V.21 modem of channel 2 has in its band, at least.
const MODEM_PURITY: f32 = 0.8;
/// A tone that is not keyed has more.
const STEADY_PURITY: f32 = 0.95;
const MODEM_HERTZ: (f32, f32) = (1600.0, 1900.0);
/// 1500 to 2000 Hz.
const MODEM_BAND: (usize, usize) = (48, 64);
/// Strong lines that are followed from frame to frame.
pub(crate) const PEAKS: usize = 6;

/// A power in dBm0.
pub(crate) fn dbm0(power: f32) -> f32 {
    10.0 * (power / POWER_0_DBM0).max(1e-9).log10()
}

/// A tone that is nearly all that is heard.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Single {
    pub(crate) hertz: f32,
}

/// A strong line: hertz and power.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(crate) struct Peak {
    pub(crate) hertz: f32,
    pub(crate) power: f32,
}

/// One frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    /// Power of the newest 10 ms.
    pub(crate) power: f32,
    pub(crate) single: Option<Single>,
    pub(crate) modem: bool,
    /// The strongest first; power 0 where there are fewer.
    pub(crate) peaks: [Peak; PEAKS],
    /// Power of the window between 200 and 3500 Hz, on the scale of the peaks.
    pub(crate) band: f32,
    /// From 2000 Hz on, on the same scale.
    pub(crate) high: f32,
}

/// Collects samples into frames.
#[derive(Clone, Debug)]
pub(crate) struct Framer {
    samples: [f32; SPAN],
    pending: [f32; HOP],
    filled: usize,
}

impl Default for Framer {
    fn default() -> Framer {
        Framer { samples: [0.0; SPAN], pending: [0.0; HOP], filled: 0 }
    }
}

impl Framer {
    /// Takes one sample; true for every 80th, with which a frame is due.
    #[inline(always)]
    pub(crate) fn take(&mut self, sample: i16) -> bool {
        self.pending[self.filled] = f32::from(sample);
        self.filled = (self.filled + 1) % HOP;
        self.filled == 0
    }

    /// The frame that is due; below this power it is quiet, and costs little.
    pub(crate) fn frame(&mut self, quiet_below: f32) -> Frame {
        self.samples.copy_within(HOP.., 0);
        self.samples[SPAN - HOP..].copy_from_slice(&self.pending);
        let mean = self.pending.iter().sum::<f32>() / HOP as f32;
        let power = self.pending.iter().map(|s| (s - mean) * (s - mean)).sum::<f32>() / HOP as f32;
        if power < quiet_below {
            return Frame::quiet(power);
        }
        Frame::of(power, &TABLES.powers(&self.samples))
    }
}

impl Frame {
    fn quiet(power: f32) -> Frame {
        Frame { power, single: None, modem: false, peaks: [Peak::default(); PEAKS], band: 0.0, high: 0.0 }
    }

    fn of(power: f32, lines: &[f32; LINES]) -> Frame {
        let band: f32 = lines[FIRST..LAST].iter().sum::<f32>().max(1.0);
        let peaks = strongest(lines);
        let lobe = |peak: &Peak| {
            let middle = (peak.hertz / SPACING).round() as usize;
            lines[middle.saturating_sub(2)..(middle + 3).min(LINES)].iter().sum::<f32>()
        };
        let mut pure = lobe(&peaks[0]);
        if (NETWORK.0..=NETWORK.1).contains(&peaks[0].hertz) && pure >= CLIPPED_PURITY * band {
            // An amplifier that clips makes odd harmonics.
            pure += [3.0, 5.0].map(|n| lobe(&Peak { hertz: n * peaks[0].hertz, power: 0.0 })).iter().sum::<f32>();
        }
        let modem: f32 = lines[MODEM_BAND.0..=MODEM_BAND.1].iter().sum();
        let keyed = (MODEM_HERTZ.0..=MODEM_HERTZ.1).contains(&peaks[0].hertz) && modem >= MODEM_PURITY * band;
        let least = if keyed { STEADY_PURITY } else { TONE_PURITY };
        let single = (pure >= least * band).then_some(Single { hertz: peaks[0].hertz });
        Frame { power, single, modem: single.is_none() && keyed, peaks, band, high: lines[64..LAST].iter().sum() }
    }
}

/// The strongest lines that stand out of their neighbours.
fn strongest(lines: &[f32; LINES]) -> [Peak; PEAKS] {
    let mut peaks = [Peak::default(); PEAKS];
    for k in FIRST..LAST {
        let power = lines[k];
        let weakest = peaks[PEAKS - 1].power;
        if power <= weakest || power < lines[k - 1] || power <= lines[k + 1] {
            continue;
        }
        let place = peaks.iter().position(|peak| power > peak.power).unwrap_or(PEAKS - 1);
        peaks.copy_within(place..PEAKS - 1, place + 1);
        peaks[place] = Peak { hertz: frequency(lines, k), power };
    }
    peaks
}
