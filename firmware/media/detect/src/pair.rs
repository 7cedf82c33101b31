//! Two of six frequencies: the multifrequency signals of registers (Q.441, receivers by Q.455).

use std::f64::consts::TAU;

/// Samples that are taken together: 2.5 ms.
pub(crate) const HOP: usize = 20;
/// Hops between two looks: the 5 ms of a card, which are what is waited for anyway.
pub(crate) const HOPS_OF_LOOK: usize = 2;
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
/// While it sounds already, the two together have this ratio to the other four at least.
pub(crate) const STANDS_OUT_STILL: f32 = 2.0;
/// Silence for so many hops is the end, whatever came before.
pub(crate) const JUST_NOW: usize = 3;
/// Of the energy heard the two account for, at least: our own signal in the other direction may come back with it.
pub(crate) const LEAST_PURITY: f32 = 0.4;
/// Hops of the window in which it sounds, at least, before it may be believed: 7 ms are too short.
pub(crate) const LEAST_HOPS: usize = 5;
/// A hop of this share of the strongest one's energy sounds: two frequencies beat, but never to nothing for long.
pub(crate) const SOUNDS: f32 = 0.03;
/// Looks in a row that make a signal certain, and that make it over.
pub(crate) const CERTAIN: u8 = 2;
pub(crate) const OVER: u8 = 2;

/// A multiple of [`HOPS`] hops after which every frequency of whole hertz has its first phase again.
const ROUND: usize = 400 * HOPS;

/// Eight products of complex numbers: real parts, then imaginary ones.
fn times(a: &[f32; 16], b: &[f32; 16]) -> [f32; 16] {
    let mut product = [0.0; 16];
    for i in 0..8 {
        product[i] = a[i] * b[i] - a[i + 8] * b[i + 8];
        product[i + 8] = a[i] * b[i + 8] + a[i + 8] * b[i];
    }
    product
}

/// A slip or a click in a signal spreads it over the other frequencies, but not so far.
fn still_sounds(held: Pair, powers: &[f32; 6]) -> bool {
    let both = powers[held.0 as usize] + powers[held.1 as usize];
    let all: f32 = powers.iter().sum();
    both >= 2.0 * LEAST_PEAK * LEAST_PEAK && both >= (all - both) * STANDS_OUT_STILL
}

/// The places of two frequencies in their group of six, lower first.
pub type Pair = (u8, u8);

/// Listens to one party for pairs of one group's frequencies.
#[derive(Clone, Debug)]
pub struct PairDetector {
    frequencies: [u16; 6],
    /// For each sample of a hop: cosines, then negative sines, of the six; two places stay empty.
    hop: Box<[[f32; 16]; HOP]>,
    /// How far each frequency turns back in one hop, and since hop 0: cosines, then negative sines.
    turn: [f32; 16],
    turned: [f32; 16],
    /// The window's hops, each turned to hop 0, in a ring, and the sum of them.
    sums: [[f32; 16]; HOPS],
    window: [f32; 16],
    /// Hops since hop 0.
    hop_number: usize,
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
            turn: std::array::from_fn(|i| factor(HOP, i)),
            turned: std::array::from_fn(|i| factor(0, i)),
            sums: [[0.0; 16]; HOPS],
            window: [0.0; 16],
            hop_number: 0,
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
        self.window = [0.0; 16];
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
                self.take_hop();
                if self.hop_number.is_multiple_of(HOPS_OF_LOOK) {
                    let seen = self.look();
                    self.follow(seen, &mut tell);
                }
            }
        }
    }

    fn take_hop(&mut self) {
        let (mut sums, mut energy) = ([0f32; 16], 0f32);
        for (sample, row) in self.pending.iter().zip(self.hop.iter()) {
            energy += sample * sample;
            for (sum, factor) in sums.iter_mut().zip(row) {
                *sum += sample * factor;
            }
        }
        self.put_in(&sums, energy);
    }

    fn look(&self) -> Option<Pair> {
        let energy: f32 = self.energies.iter().sum();
        let samples = (HOP * HOPS) as f32;
        // Two tones of the least level would have this: silence, the usual case.
        if energy < LEAST_PEAK * LEAST_PEAK * samples {
            return None;
        }
        if self.fell_silent() {
            return None;
        }
        let powers = self.powers();
        let pair = self.pair(&powers, energy).filter(|pair| self.held == Some(*pair) || self.sounds_long_enough());
        pair.or_else(|| self.held.filter(|held| still_sounds(*held, &powers)))
    }

    fn fell_silent(&self) -> bool {
        let newest = (self.hop_number + HOPS - 1) % HOPS;
        let just_now: f32 = (0..JUST_NOW).map(|back| self.energies[(newest + HOPS - back) % HOPS]).sum();
        just_now < LEAST_PEAK * LEAST_PEAK * (HOP * JUST_NOW) as f32
    }

    /// Puts a hop into the window in place of the oldest.
    fn put_in(&mut self, sums: &[f32; 16], energy: f32) {
        let place = self.hop_number % HOPS;
        let now = times(sums, &self.turned);
        for ((all, new), oldest) in self.window.iter_mut().zip(now).zip(self.sums[place]) {
            *all += new - oldest;
        }
        self.sums[place] = now;
        self.energies[place] = energy;
        self.hop_number += 1;
        self.turned = times(&self.turned, &self.turn);
        // All is as at the beginning: what rounding left goes.
        if self.hop_number == ROUND {
            self.hop_number = 0;
            self.turned = std::array::from_fn(|i| if i < 8 { 1.0 } else { 0.0 });
        }
        if place == HOPS - 1 {
            self.window = [0.0; 16];
            for sums in &self.sums {
                self.window.iter_mut().zip(sums).for_each(|(all, sum)| *all += sum);
            }
        }
    }

    fn sounds_long_enough(&self) -> bool {
        let strongest = self.energies.iter().fold(0f32, |most, energy| most.max(*energy));
        self.energies.iter().filter(|energy| **energy >= strongest * SOUNDS).count() >= LEAST_HOPS
    }

    /// Power of each frequency over the window, so that a sine of peak p has p squared.
    fn powers(&self) -> [f32; 6] {
        let scale = 2.0 / (HOP * HOPS) as f32;
        let window = &self.window;
        std::array::from_fn(|f| (window[f] * window[f] + window[f + 8] * window[f + 8]) * scale * scale)
    }

    fn pair(&self, powers: &[f32; 6], energy: f32) -> Option<Pair> {
        let (mut first, mut second, mut third) = (0f32, 0f32, 0f32);
        for power in powers {
            third = third.max(second.min(*power));
            second = second.max(first.min(*power));
            first = first.max(*power);
        }
        let both = (first + second) / 2.0 * (HOP * HOPS) as f32;
        let clear = second >= LEAST_PEAK * LEAST_PEAK
            && first <= second * MOST_TWIST
            && second >= third * STANDS_OUT
            && both >= energy * LEAST_PURITY;
        let mut strong = (0u8..6).filter(|f| powers[*f as usize] >= second);
        if clear { strong.next().zip(strong.next()) } else { None }
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
