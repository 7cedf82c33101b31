//! Sixteen receivers of register signals at once, a channel in each lane of the processor's registers.

use crate::pair::{
    CERTAIN, HOP, HOPS, JUST_NOW, LEAST_HOPS, LEAST_PEAK, LEAST_PURITY, MOST_TWIST, OVER, Pair, SOUNDS, STANDS_OUT,
    STANDS_OUT_STILL,
};
use multiversion::multiversion;
use multiversion::target::selected_target;
#[cfg(target_arch = "x86_64")]
use multiversion::target_features::x86_64::FMA;
use std::f64::consts::TAU;
use wide::i16x8;

/// Channels of a bank.
pub const LANES: usize = 16;
/// Samples that each channel brings at a time: the 5 ms of a card.
pub const BANK_BLOCK: usize = 2 * HOP;
const HALF: usize = HOP / 2;
/// After so many hops every frequency of whole hertz has the same phase again.
const ROUND: usize = 400;

type Lanes = [f32; LANES];

/// Cosine and sine parts of six frequencies.
type Sums = [[Lanes; 6]; 2];

/// Factors of a group of frequencies.
#[derive(Debug)]
struct Factors {
    /// For each frequency, from the hop's middle outwards.
    cosines: [[f32; HALF]; 6],
    sines: [[f32; HALF]; 6],
    /// How far each frequency turned since hop 0.
    turns: [[(f32, f32); 6]; ROUND],
}

/// Listens to sixteen parties for pairs of one group's frequencies. Tells what sixteen [`crate::PairDetector`]s would.
#[derive(Debug)]
pub struct PairBank {
    factors: Box<Factors>,
    /// The window's hops, each turned to hop 0, in a ring, and the sum of them.
    hops: Box<[Sums; HOPS]>,
    energies: [Lanes; HOPS],
    window: Box<Sums>,
    /// Hops since the beginning, modulo [`ROUND`], and the ring's oldest.
    hop: usize,
    oldest: usize,
    followers: Followers,
}

/// What is heard in each lane as six bits, a one for each frequency of a pair; 0 is nothing.
type Codes = [u8; LANES];

#[derive(Clone, Debug, Default)]
struct Followers {
    candidate: Codes,
    agreed: [u8; LANES],
    held: Codes,
    missed: [u8; LANES],
}

impl PairBank {
    /// For a group of frequencies, Hz.
    pub fn new(frequencies: [u16; 6]) -> PairBank {
        let step = |f: usize| TAU * f64::from(frequencies[f]) / f64::from(pcm::RATE);
        let from_middle = |f: usize, k: usize| step(f) * (k as f64 + 0.5);
        let turned = |hop: usize, f: usize| {
            let angle = step(f) * (hop * HOP) as f64;
            (angle.cos() as f32, -angle.sin() as f32)
        };
        PairBank {
            factors: Box::new(Factors {
                cosines: std::array::from_fn(|f| std::array::from_fn(|k| from_middle(f, k).cos() as f32)),
                sines: std::array::from_fn(|f| std::array::from_fn(|k| -from_middle(f, k).sin() as f32)),
                turns: std::array::from_fn(|hop| std::array::from_fn(|f| turned(hop, f))),
            }),
            hops: Box::new([[[[0.0; LANES]; 6]; 2]; HOPS]),
            energies: [[0.0; LANES]; HOPS],
            window: Box::new([[[0.0; LANES]; 6]; 2]),
            hop: 0,
            oldest: 0,
            followers: Followers::default(),
        }
    }

    /// Forgets what was heard in a lane: another call.
    pub fn reset(&mut self, lane: usize) {
        let all = self.hops.iter_mut().chain(std::iter::once(&mut *self.window)).flatten().flatten();
        all.chain(&mut self.energies).for_each(|lanes| lanes[lane] = 0.0);
        let followers = &mut self.followers;
        for codes in [&mut followers.candidate, &mut followers.agreed, &mut followers.held, &mut followers.missed] {
            codes[lane] = 0;
        }
    }

    /// Hears 5 ms of each channel. Tells the lane and its pair when it is certain, and `None` when it is over.
    pub fn hear(&mut self, blocks: &[&[i16; BANK_BLOCK]; LANES], mut tell: impl FnMut(usize, Option<Pair>)) {
        let rows = rows(blocks);
        for row in rows.as_chunks::<HOP>().0 {
            let mut told = Told::default();
            if !hop(self, row, &mut told) {
                continue;
            }
            for lane in 0..LANES {
                if told.ended[lane] != 0 {
                    tell(lane, None);
                }
                if told.began[lane] != 0 {
                    tell(lane, Some(pair_of(self.followers.held[lane])));
                }
            }
        }
    }
}

/// Lanes in which a pair began or ended.
#[derive(Default)]
struct Told {
    began: Codes,
    ended: Codes,
}

fn pair_of(code: u8) -> Pair {
    (code.trailing_zeros() as u8, 7 - code.leading_zeros() as u8)
}

/// Samples of a channel each into channels of a sample each.
fn rows(blocks: &[&[i16; BANK_BLOCK]; LANES]) -> [[i16; LANES]; BANK_BLOCK] {
    let mut rows = [[0; LANES]; BANK_BLOCK];
    for eight in 0..BANK_BLOCK / 8 {
        for half in 0..LANES / 8 {
            let square: [i16x8; 8] = std::array::from_fn(|lane| {
                let block = blocks[half * 8 + lane];
                i16x8::from(std::array::from_fn::<i16, 8, _>(|n| block[eight * 8 + n]))
            });
            for (n, row) in i16x8::transpose(square).into_iter().enumerate() {
                rows[eight * 8 + n][half * 8..half * 8 + 8].copy_from_slice(&row.to_array());
            }
        }
    }
    rows
}

/// a times b plus c.
#[inline(always)]
fn added<const FUSED: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}

/// One hop of all lanes; true if something is to be told.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl+avx512dq+fma+avx2", "x86_64+avx2+fma", "aarch64+neon"))]
fn hop(bank: &mut PairBank, rows: &[[i16; LANES]; HOP], told: &mut Told) -> bool {
    #[cfg(target_arch = "x86_64")]
    let fused = const { selected_target!().contains(FMA) };
    #[cfg(not(target_arch = "x86_64"))]
    let fused = cfg!(target_arch = "aarch64");
    if fused { step::<true>(bank, rows, told) } else { step::<false>(bank, rows, told) }
}

#[inline(always)]
fn step<const FUSED: bool>(bank: &mut PairBank, rows: &[[i16; LANES]; HOP], told: &mut Told) -> bool {
    let energy = correlate::<FUSED>(bank, rows);
    let (seen, strong) = look::<FUSED>(bank, &energy);
    if !strong && bank.followers.are_idle() {
        return false;
    }
    bank.followers.follow(&seen, told)
}

/// Puts the hop into the window; the window's energy.
///
/// Loops over the lanes have no loop inside that is not unrolled: so the compiler puts all lanes into one register.
#[inline(always)]
fn correlate<const FUSED: bool>(bank: &mut PairBank, rows: &[[i16; LANES]; HOP]) -> Lanes {
    let (mut sums, mut differences) = ([[0f32; LANES]; HALF], [[0f32; LANES]; HALF]);
    let mut energy = [0f32; LANES];
    for lane in 0..LANES {
        for k in 0..HALF {
            let (after, before) = (f32::from(rows[HALF + k][lane]), f32::from(rows[HALF - 1 - k][lane]));
            sums[k][lane] = after + before;
            differences[k][lane] = after - before;
            energy[lane] = added::<FUSED>(after, after, added::<FUSED>(before, before, energy[lane]));
        }
    }
    let (factors, oldest) = (&*bank.factors, bank.oldest);
    let turns = &factors.turns[bank.hop];
    let [window_re, window_im] = &mut *bank.window;
    let [old_re, old_im] = &mut bank.hops[oldest];
    for f in 0..6 {
        let (cosines, sines, (turn_re, turn_im)) = (&factors.cosines[f], &factors.sines[f], turns[f]);
        let (window_re, window_im) = (&mut window_re[f], &mut window_im[f]);
        let (old_re, old_im) = (&mut old_re[f], &mut old_im[f]);
        for lane in 0..LANES {
            let (mut re, mut im) = (0f32, 0f32);
            for k in 0..HALF {
                re = added::<FUSED>(sums[k][lane], cosines[k], re);
                im = added::<FUSED>(differences[k][lane], sines[k], im);
            }
            let turned_re = re * turn_re - im * turn_im;
            let turned_im = re * turn_im + im * turn_re;
            window_re[lane] += turned_re - old_re[lane];
            window_im[lane] += turned_im - old_im[lane];
            old_re[lane] = turned_re;
            old_im[lane] = turned_im;
        }
    }
    bank.energies[oldest] = energy;
    bank.hop = (bank.hop + 1) % ROUND;
    bank.oldest = (oldest + 1) % HOPS;
    if bank.oldest == 0 {
        add_up(bank);
    }
    let mut all = [0f32; LANES];
    for lane in 0..LANES {
        for energy in &bank.energies {
            all[lane] += energy[lane];
        }
    }
    all
}

/// The window from its hops, once a round: what rounding left in the running sum goes.
#[inline(always)]
fn add_up(bank: &mut PairBank) {
    let window = bank.window.as_flattened_mut().as_flattened_mut();
    window.fill(0.0);
    for hop in bank.hops.iter() {
        for (sum, part) in window.iter_mut().zip(hop.as_flattened().as_flattened()) {
            *sum += part;
        }
    }
}

/// The pair in each lane's window, and whether there is any.
#[inline(always)]
fn look<const FUSED: bool>(bank: &PairBank, energy: &Lanes) -> (Codes, bool) {
    const SAMPLES: f32 = (HOP * HOPS) as f32;
    const LEAST: f32 = LEAST_PEAK * LEAST_PEAK;
    const SCALE: f32 = (2.0 / SAMPLES) * (2.0 / SAMPLES);
    // Two tones of the least level would have this: silence, the usual case.
    let loud = energy.iter().fold(0u8, |any, energy| any | u8::from(*energy >= LEAST * SAMPLES));
    if loud == 0 {
        return ([0; LANES], false);
    }
    let [window_re, window_im] = &*bank.window;
    let newest = [1, 2].map(|back| &bank.energies[(bank.oldest + HOPS - back) % HOPS]);
    let mut seen = [0u32; LANES];
    for lane in 0..LANES {
        let mut powers = [0f32; 6];
        let (mut first, mut second, mut third) = (0f32, 0f32, 0f32);
        for f in 0..6 {
            let (re, im) = (window_re[f][lane], window_im[f][lane]);
            let power = added::<FUSED>(re, re, im * im) * SCALE;
            powers[f] = power;
            let below_first = least_of(first, power);
            first = most_of(first, power);
            let below_second = least_of(second, below_first);
            second = most_of(second, below_first);
            third = most_of(third, below_second);
        }
        let mut strongest = 0f32;
        for energy in &bank.energies {
            strongest = most_of(strongest, energy[lane]);
        }
        let mut count = 0u32;
        for energy in &bank.energies {
            count += u32::from(energy[lane] >= strongest * SOUNDS);
        }
        let mut code = 0u32;
        for (f, power) in powers.iter().enumerate() {
            code |= u32::from(*power >= second) << f;
        }
        let held = u32::from(bank.followers.held[lane]);
        let believed = (second >= LEAST)
            & (first <= second * MOST_TWIST)
            & (second >= third * STANDS_OUT)
            & ((first + second) / 2.0 * SAMPLES >= energy[lane] * LEAST_PURITY)
            & ((code == held) | (count >= LEAST_HOPS as u32));
        let (mut both, mut all) = (0f32, 0f32);
        for (f, power) in powers.iter().enumerate() {
            both += if held >> f & 1 != 0 { *power } else { 0.0 };
            all += *power;
        }
        let still = (held != 0) & (both >= 2.0 * LEAST) & (both >= (all - both) * STANDS_OUT_STILL);
        let loud =
            (energy[lane] >= LEAST * SAMPLES) & (newest[0][lane] + newest[1][lane] >= LEAST * (HOP * JUST_NOW) as f32);
        let code = if believed {
            code
        } else if still {
            held
        } else {
            0
        };
        seen[lane] = if loud { code } else { 0 };
    }
    let (mut codes, mut any) = ([0u8; LANES], 0);
    for lane in 0..LANES {
        codes[lane] = seen[lane] as u8;
        any |= seen[lane];
    }
    (codes, any != 0)
}

#[inline(always)]
fn most_of(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

#[inline(always)]
fn least_of(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}

impl Followers {
    #[inline(always)]
    fn are_idle(&self) -> bool {
        let any = |codes: &Codes| codes.iter().fold(0, |any, code| any | code);
        any(&self.candidate) | any(&self.held) == 0
    }

    /// As one channel's, in all lanes without a branch.
    #[inline(always)]
    fn follow(&mut self, seen: &Codes, told: &mut Told) -> bool {
        let mut any = 0;
        for lane in 0..LANES {
            let (seen, held) = (seen[lane], self.held[lane]);
            let some = u8::from(seen != 0);
            let same = u8::from(seen == self.candidate[lane]) & some;
            let agreed = if same != 0 { self.agreed[lane].saturating_add(1) } else { some };
            let missed = if (seen == held) | (held == 0) { 0 } else { self.missed[lane] + 1 };
            let ended = u8::from(missed >= OVER);
            let free = u8::from(held == 0) | ended;
            let began = free & u8::from(agreed >= CERTAIN);
            self.candidate[lane] = seen;
            self.agreed[lane] = agreed;
            self.missed[lane] = if ended != 0 { 0 } else { missed };
            self.held[lane] = if began != 0 {
                seen
            } else if ended != 0 {
                0
            } else {
                held
            };
            told.began[lane] = began;
            told.ended[lane] = ended;
            any |= began | ended;
        }
        any != 0
    }
}
