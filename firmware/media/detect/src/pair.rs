//! Two of six frequencies: the multifrequency signals of registers (Q.441, receivers by Q.455).

use std::f64::consts::TAU;

/// Samples between two looks: 2.5 ms.
pub(crate) const HOP: usize = 20;
/// Hops of a window: 17.5 ms, over which frequencies 120 Hz apart hardly see each other.
pub(crate) const HOPS: usize = 7;
/// A sine of 0 dBm0 has this peak on the 16-bit scale.
const PEAK_0_DBM0: f32 = 22_827.0;
/// -38.5 dBm0: between what must be accepted (-35) and what must not (-42).
pub(crate) const LEAST_PEAK: f32 = PEAK_0_DBM0 * 0.0119;
/// The two may differ by 7 dB; as a power ratio, with room for the window.
pub(crate) const MOST_TWIST: f32 = 9.0;
/// The weaker of the two stands out of the other four by this power ratio at least.
pub(crate) const STANDS_OUT: f32 = 5.0;
/// Of the energy heard the two account for, at least: our own signal in the other direction may come back with it.
pub(crate) const LEAST_PURITY: f32 = 0.4;
/// Hops of the window in which it sounds, at least, before it may be believed: 7 ms are too short.
pub(crate) const LEAST_HOPS: usize = 5;
/// A hop of this share of the strongest one's energy sounds: two frequencies beat, but never to nothing for long.
pub(crate) const SOUNDS: f32 = 0.03;
/// Looks in a row that make a signal certain, and that make it over.
pub(crate) const CERTAIN: u8 = 3;
pub(crate) const OVER: u8 = 4;

/// The places of two frequencies in their group of six, lower first.
pub type Pair = (u8, u8);

/// Listens to one party for pairs of one group's frequencies.
#[derive(Clone, Debug)]
pub struct PairDetector {
    frequencies: [u16; 6],
    /// For each sample of a hop: cosines, then negative sines, of the six; two places stay empty.
    hop: Box<[[f32; 16]; HOP]>,
    /// How far each frequency turns back in one hop.
    turn: [(f32, f32); 6],
    sums: [[f32; 16]; HOPS],
    energies: [f32; HOPS],
    pending: [f32; HOP],
    filled: usize,
    candidate: Option<Pair>,
    agreed: u8,
    held: Option<Pair>,
    missed: u8,
}

impl PairDetector {
    /// For a group of frequencies, Hz.
    pub fn new(frequencies: [u16; 6]) -> PairDetector {
        let step = |f: usize| TAU * f64::from(frequencies[f]) / f64::from(pcm::RATE);
        let factor = |n: usize, i: usize| match i {
            0..6 => (step(i) * n as f64).cos() as f32,
            8..14 => -(step(i - 8) * n as f64).sin() as f32,
            _ => 0.0,
        };
        PairDetector {
            frequencies,
            hop: Box::new(std::array::from_fn(|n| std::array::from_fn(|i| factor(n, i)))),
            turn: std::array::from_fn(|f| {
                let angle = -step(f) * HOP as f64;
                (angle.cos() as f32, angle.sin() as f32)
            }),
            sums: [[0.0; 16]; HOPS],
            energies: [0.0; HOPS],
            pending: [0.0; HOP],
            filled: 0,
            candidate: None,
            agreed: 0,
            held: None,
            missed: 0,
        }
    }

    /// Forgets what it heard.
    pub fn reset(&mut self) {
        self.sums = [[0.0; 16]; HOPS];
        self.energies = [0.0; HOPS];
        self.filled = 0;
        self.candidate = None;
        self.agreed = 0;
        self.held = None;
        self.missed = 0;
    }

    pub fn frequencies(&self) -> [u16; 6] {
        self.frequencies
    }

    /// Hears samples, any number of them. Tells each pair when it is certain, and `None` when it is over.
    pub fn hear(&mut self, samples: &[i16], mut tell: impl FnMut(Option<Pair>)) {
        for sample in samples {
            self.pending[self.filled] = f32::from(*sample);
            self.filled += 1;
            if self.filled == HOP {
                self.filled = 0;
                let seen = self.look();
                self.follow(seen, &mut tell);
            }
        }
    }

    fn look(&mut self) -> Option<Pair> {
        let (mut sums, mut energy) = ([0f32; 16], 0f32);
        for (sample, row) in self.pending.iter().zip(self.hop.iter()) {
            energy += sample * sample;
            for (sum, factor) in sums.iter_mut().zip(row) {
                *sum += sample * factor;
            }
        }
        self.sums.copy_within(1.., 0);
        self.sums[HOPS - 1] = sums;
        self.energies.copy_within(1.., 0);
        self.energies[HOPS - 1] = energy;
        let energy: f32 = self.energies.iter().sum();
        let samples = (HOP * HOPS) as f32;
        // Two tones of the least level would have this: silence, the usual case.
        if energy < LEAST_PEAK * LEAST_PEAK * samples {
            return None;
        }
        let pair = self.pair(&self.powers(), energy);
        pair.filter(|pair| self.held == Some(*pair) || self.sounds_long_enough())
    }

    fn sounds_long_enough(&self) -> bool {
        let strongest = self.energies.iter().fold(0f32, |most, energy| most.max(*energy));
        self.energies.iter().filter(|energy| **energy >= strongest * SOUNDS).count() >= LEAST_HOPS
    }

    /// Power of each frequency over the window, so that a sine of peak p has p squared.
    fn powers(&self) -> [f32; 6] {
        let scale = 2.0 / (HOP * HOPS) as f32;
        std::array::from_fn(|f| {
            let (turn_re, turn_im) = self.turn[f];
            let (mut re, mut im) = (0f32, 0f32);
            // Newest first: each older hop turns what came after it back to its own beginning.
            for sums in self.sums.iter().rev() {
                (re, im) = (re * turn_re - im * turn_im + sums[f], re * turn_im + im * turn_re + sums[f + 8]);
            }
            (re * re + im * im) * scale * scale
        })
    }

    fn pair(&self, powers: &[f32; 6], energy: f32) -> Option<Pair> {
        let mut order: [u8; 6] = [0, 1, 2, 3, 4, 5];
        order.sort_unstable_by(|a, b| powers[*b as usize].total_cmp(&powers[*a as usize]));
        let [first, second, third] = [order[0], order[1], order[2]].map(|f| powers[f as usize]);
        let both = (first + second) / 2.0 * (HOP * HOPS) as f32;
        let clear = second >= LEAST_PEAK * LEAST_PEAK
            && first <= second * MOST_TWIST
            && second >= third * STANDS_OUT
            && both >= energy * LEAST_PURITY;
        clear.then(|| (order[0].min(order[1]), order[0].max(order[1])))
    }

    fn follow(&mut self, seen: Option<Pair>, tell: &mut impl FnMut(Option<Pair>)) {
        if seen.is_some() && seen == self.candidate {
            self.agreed = self.agreed.saturating_add(1);
        } else {
            self.candidate = seen;
            self.agreed = seen.is_some() as u8;
        }
        if self.held.is_some() {
            self.missed = if seen == self.held { 0 } else { self.missed + 1 };
            if self.missed < OVER {
                return;
            }
            self.held = None;
            tell(None);
        }
        if self.agreed >= CERTAIN {
            self.held = seen;
            self.missed = 0;
            tell(seen);
        }
    }
}
