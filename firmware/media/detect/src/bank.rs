//! Sixteen receivers of register signals at once, a channel in each lane of the processor's registers.

use crate::pair::{
    CERTAIN, HOP, HOPS, HOPS_OF_LOOK, JUST_NOW, LEAST_HOPS, LEAST_PEAK, LEAST_PURITY, MOST_TWIST, OVER, Pair, SOUNDS,
    STANDS_OUT, STANDS_OUT_STILL,
};
#[cfg(target_arch = "x86_64")]
use crate::vnni;
use multiversion::multiversion;
#[cfg(target_arch = "x86_64")]
use multiversion::target::match_target;
use std::f64::consts::TAU;
use wide::i16x8;

/// Channels of a bank.
pub const LANES: usize = 16;
/// Samples that each channel brings at a time: the 5 ms of a card.
pub const BANK_BLOCK: usize = HOPS_OF_LOOK * HOP;
const HALF: usize = HOP / 2;
/// One of a factor in whole numbers: products with a quarter of a sample, summed over a hop, stay within 31 bits.
#[cfg(target_arch = "x86_64")]
pub(crate) const WHOLE_ONE: f64 = 8192.0;
/// What a sum of whole numbers is multiplied by: in the turns, which all sums are multiplied by anyway.
#[cfg(target_arch = "x86_64")]
pub(crate) const WHOLE: f64 = 4.0 / WHOLE_ONE;
/// After so many hops every frequency of whole hertz has the same phase again.
const ROUND: usize = 400;

pub(crate) type Lanes = [f32; LANES];

/// Cosine and sine parts of six frequencies.
pub(crate) type Sums = [[Lanes; 6]; 2];

/// Factors of a group of frequencies.
#[derive(Debug)]
struct Factors {
    /// For each frequency, from the hop's middle outwards.
    cosines: [[f32; HALF]; 6],
    sines: [[f32; HALF]; 6],
    /// The same in whole numbers.
    #[cfg(target_arch = "x86_64")]
    pairs: [vnni::PairFactors; 6],
    /// How far each frequency turned since hop 0.
    turns: [[(f32, f32); 6]; ROUND],
}

/// Listens to sixteen parties for pairs of one group's frequencies. Tells what sixteen [`crate::PairDetector`]s would.
#[derive(Debug)]
pub struct PairBank {
    factors: Box<Factors>,
    window: Box<Window>,
    /// Hops since the beginning, modulo [`ROUND`], and the ring's oldest.
    hop: usize,
    oldest: usize,
    followers: Followers,
}

/// The last hops, where registers are loaded from lines of the cache as a whole.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
struct Window {
    /// Each turned to hop 0 and scaled, in a ring.
    hops: [Sums; HOPS],
    energies: [Lanes; HOPS],
    /// Of all hops.
    sum: Sums,
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
        // A sine of peak p then has p over the window.
        let scale = scale_of_sums() * 2.0 / (HOP * HOPS) as f64;
        let turned = |hop: usize, f: usize| {
            let angle = step(f) * (hop * HOP) as f64;
            ((scale * angle.cos()) as f32, (scale * -angle.sin()) as f32)
        };
        PairBank {
            factors: Box::new(Factors {
                cosines: std::array::from_fn(|f| std::array::from_fn(|k| from_middle(f, k).cos() as f32)),
                sines: std::array::from_fn(|f| std::array::from_fn(|k| -from_middle(f, k).sin() as f32)),
                #[cfg(target_arch = "x86_64")]
                pairs: std::array::from_fn(|f| {
                    let whole = |angle: f64| (WHOLE_ONE * angle).round() as i16;
                    let both = |k: usize| [2 * k, 2 * k + 1].map(|k| from_middle(f, k));
                    [
                        std::array::from_fn(|k| both(k).map(|angle| whole(angle.cos()))),
                        std::array::from_fn(|k| both(k).map(|angle| whole(-angle.sin()))),
                    ]
                }),
                turns: std::array::from_fn(|hop| std::array::from_fn(|f| turned(hop, f))),
            }),
            window: Box::new(Window {
                hops: [[[[0.0; LANES]; 6]; 2]; HOPS],
                energies: [[0.0; LANES]; HOPS],
                sum: [[[0.0; LANES]; 6]; 2],
            }),
            hop: 0,
            oldest: 0,
            followers: Followers::default(),
        }
    }

    /// Forgets what was heard in a lane: another call.
    pub fn reset(&mut self, lane: usize) {
        let window = &mut *self.window;
        let all = window.hops.iter_mut().chain(std::iter::once(&mut window.sum)).flatten().flatten();
        all.chain(&mut window.energies).for_each(|lanes| lanes[lane] = 0.0);
        let followers = &mut self.followers;
        for codes in [&mut followers.candidate, &mut followers.agreed, &mut followers.held, &mut followers.missed] {
            codes[lane] = 0;
        }
    }

    /// Hears 5 ms of each channel. Tells the lane and its pair when it is certain, and `None` when it is over.
    pub fn hear(&mut self, blocks: &[&[i16; BANK_BLOCK]; LANES], mut tell: impl FnMut(usize, Option<Pair>)) {
        let mut told = Told::default();
        if !listen(self, blocks, &mut told) {
            return;
        }
        let mut either = u128::from_le_bytes(told.began) | u128::from_le_bytes(told.ended);
        while either != 0 {
            let lane = either.trailing_zeros() as usize / 8;
            either &= !(0xff << (8 * lane));
            if told.ended[lane] != 0 {
                tell(lane, None);
            }
            if told.began[lane] != 0 {
                tell(lane, Some(pair_of(told.began[lane])));
            }
        }
    }
}

/// Lanes in which a pair began, with its code, or ended.
#[derive(Clone, Copy, Default)]
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

/// What the sums of this processor's way are to be multiplied by.
#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512vl+avx512dq+avx512vnni+fma+avx2",
    "x86_64+avx2+fma",
    "aarch64+neon"
))]
fn scale_of_sums() -> f64 {
    #[cfg(target_arch = "x86_64")]
    return match_target! {
        "x86_64+avx512f+avx512bw+avx512vl+avx512dq+avx512vnni" => WHOLE,
        _ => 1.0,
    };
    #[cfg(not(target_arch = "x86_64"))]
    1.0
}

/// A block of all lanes; true if something is to be told.
#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512vl+avx512dq+avx512vnni+fma+avx2",
    "x86_64+avx2+fma",
    "aarch64+neon"
))]
fn listen(bank: &mut PairBank, blocks: &[&[i16; BANK_BLOCK]; LANES], told: &mut Told) -> bool {
    #[cfg(target_arch = "x86_64")]
    return match_target! {
        "x86_64+avx512f+avx512bw+avx512vl+avx512dq+avx512vnni" => {
            let rows = vnni::interleave(blocks);
            for rows in rows.as_chunks::<{ HOP / 2 }>().0 {
                bank.put_in(&vnni::products(rows, &bank.factors.pairs));
            }
            judge::<true>(bank, told)
        },
        "x86_64+avx2+fma" => plainly::<true>(bank, blocks, told),
        _ => plainly::<false>(bank, blocks, told),
    };
    #[cfg(not(target_arch = "x86_64"))]
    plainly::<{ cfg!(target_arch = "aarch64") }>(bank, blocks, told)
}

/// On any processor.
#[inline(always)]
fn plainly<const FUSED: bool>(bank: &mut PairBank, blocks: &[&[i16; BANK_BLOCK]; LANES], told: &mut Told) -> bool {
    let rows = rows(blocks);
    for rows in rows.as_chunks::<HOP>().0 {
        bank.put_in(&correlate::<FUSED>(&bank.factors, rows));
    }
    judge::<FUSED>(bank, told)
}

/// What the windows of all lanes hold now.
#[inline(always)]
fn judge<const FUSED: bool>(bank: &mut PairBank, told: &mut Told) -> bool {
    let (seen, strong) = look::<FUSED>(bank, &bank.energy());
    if !strong && bank.followers.are_idle() {
        return false;
    }
    bank.followers.follow(&seen, told)
}

/// A hop's correlations and its energy.
#[repr(C, align(64))]
pub(crate) struct Products {
    pub(crate) sums: Sums,
    pub(crate) energy: Lanes,
}

/// Loops over the lanes have no loop inside that is not unrolled: so the compiler puts all lanes into one register.
#[inline(always)]
fn correlate<const FUSED: bool>(factors: &Factors, rows: &[[i16; LANES]; HOP]) -> Products {
    let (mut sums, mut differences) = ([[0f32; LANES]; HALF], [[0f32; LANES]; HALF]);
    let mut products = Products { sums: [[[0.0; LANES]; 6]; 2], energy: [0.0; LANES] };
    for lane in 0..LANES {
        for k in 0..HALF {
            let (after, before) = (f32::from(rows[HALF + k][lane]), f32::from(rows[HALF - 1 - k][lane]));
            sums[k][lane] = after + before;
            differences[k][lane] = after - before;
            products.energy[lane] = added::<FUSED>(after, after, added::<FUSED>(before, before, products.energy[lane]));
        }
    }
    for f in 0..6 {
        let (cosines, sines) = (&factors.cosines[f], &factors.sines[f]);
        for lane in 0..LANES {
            let (mut re, mut im) = (0f32, 0f32);
            for k in 0..HALF {
                re = added::<FUSED>(sums[k][lane], cosines[k], re);
                im = added::<FUSED>(differences[k][lane], sines[k], im);
            }
            products.sums[0][f][lane] = re;
            products.sums[1][f][lane] = im;
        }
    }
    products
}

impl PairBank {
    /// Puts a hop into the window in place of the oldest.
    #[inline(always)]
    fn put_in(&mut self, products: &Products) {
        let oldest = self.oldest;
        let turns = &self.factors.turns[self.hop];
        let window = &mut *self.window;
        for (f, (turn_re, turn_im)) in turns.iter().enumerate() {
            let (re, im) = (products.sums[0][f], products.sums[1][f]);
            // By value: so the compiler knows that they do not overlap.
            let (mut window_re, mut window_im) = (window.sum[0][f], window.sum[1][f]);
            let (mut old_re, mut old_im) = (window.hops[oldest][0][f], window.hops[oldest][1][f]);
            for lane in 0..LANES {
                let turned_re = re[lane] * turn_re - im[lane] * turn_im;
                let turned_im = re[lane] * turn_im + im[lane] * turn_re;
                window_re[lane] += turned_re - old_re[lane];
                window_im[lane] += turned_im - old_im[lane];
                old_re[lane] = turned_re;
                old_im[lane] = turned_im;
            }
            (window.sum[0][f], window.sum[1][f]) = (window_re, window_im);
            (window.hops[oldest][0][f], window.hops[oldest][1][f]) = (old_re, old_im);
        }
        window.energies[oldest] = products.energy;
        self.hop = (self.hop + 1) % ROUND;
        self.oldest = (oldest + 1) % HOPS;
        if self.hop == 0 {
            self.add_up();
        }
    }

    /// The window's.
    #[inline(always)]
    fn energy(&self) -> Lanes {
        let mut all = [0f32; LANES];
        for lane in 0..LANES {
            for energy in &self.window.energies {
                all[lane] += energy[lane];
            }
        }
        all
    }

    /// The window from its hops, once a round: what rounding left in the running sum goes.
    #[cold]
    fn add_up(&mut self) {
        let Window { hops, sum, .. } = &mut *self.window;
        let sums = sum.as_flattened_mut().as_flattened_mut();
        sums.fill(0.0);
        for hop in hops.iter() {
            for (sum, part) in sums.iter_mut().zip(hop.as_flattened().as_flattened()) {
                *sum += part;
            }
        }
    }
}

/// The pair in each lane's window, and whether there is any.
#[inline(always)]
fn look<const FUSED: bool>(bank: &PairBank, energy: &Lanes) -> (Codes, bool) {
    const SAMPLES: f32 = (HOP * HOPS) as f32;
    const LEAST: f32 = LEAST_PEAK * LEAST_PEAK;
    // Both tones' share of the energy, from the squares of their peaks.
    const PURITY: f32 = LEAST_PURITY * 2.0 / SAMPLES;
    const STILL: f32 = STANDS_OUT_STILL / (1.0 + STANDS_OUT_STILL);
    // Two tones of the least level would have this: silence, the usual case.
    let loud = energy.iter().fold(0u8, |any, energy| any | u8::from(*energy >= LEAST * SAMPLES));
    if loud == 0 {
        return ([0; LANES], false);
    }
    let Window { energies, sum: [window_re, window_im], .. } = &*bank.window;
    let newest: [&Lanes; JUST_NOW] = std::array::from_fn(|back| &energies[(bank.oldest + HOPS - 1 - back) % HOPS]);
    let mut seen = [0u32; LANES];
    for lane in 0..LANES {
        let mut powers = [0f32; 6];
        for f in 0..6 {
            let (re, im) = (window_re[f][lane], window_im[f][lane]);
            powers[f] = added::<FUSED>(re, re, im * im);
        }
        let [first, second, third] = strongest_three(&powers);
        let mut strongest = energies[0][lane];
        for energy in &energies[1..] {
            strongest = most_of(strongest, energy[lane]);
        }
        let (limit, mut count) = (strongest * SOUNDS, 0f32);
        for energy in energies {
            count += if energy[lane] >= limit { 1.0 } else { 0.0 };
        }
        let mut code = 0u32;
        for (f, power) in powers.iter().enumerate() {
            code |= u32::from(*power >= second) << f;
        }
        let held = u32::from(bank.followers.held[lane]);
        let believed = (second >= LEAST)
            & (first <= second * MOST_TWIST)
            & (second >= third * STANDS_OUT)
            & (first + second >= energy[lane] * PURITY)
            & ((code == held) | (count >= LEAST_HOPS as f32));
        let (mut both, mut all) = (0f32, 0f32);
        for (f, power) in powers.iter().enumerate() {
            both += if held >> f & 1 != 0 { *power } else { 0.0 };
            all += *power;
        }
        let still = (held != 0) & (both >= 2.0 * LEAST) & (both >= all * STILL);
        let mut just_now = newest[0][lane];
        for energy in &newest[1..] {
            just_now += energy[lane];
        }
        let loud = (energy[lane] >= LEAST * SAMPLES) & (just_now >= LEAST * (HOP * JUST_NOW) as f32);
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

/// In order: as a network of the least comparisons, without a branch.
#[inline(always)]
fn strongest_three(powers: &[f32; 6]) -> [f32; 3] {
    let [a, b, c, d, e, f] = *powers;
    let (a, b, c, d, e, f) =
        (most_of(a, b), least_of(a, b), most_of(c, d), least_of(c, d), most_of(e, f), least_of(e, f));
    // The first three of four, then of all six.
    let (one, loser, runner) = (most_of(a, c), least_of(a, c), most_of(b, d));
    let (two, three) = (most_of(loser, runner), least_of(loser, runner));
    let (loser, runner) = (least_of(one, e), most_of(two, f));
    [most_of(one, e), most_of(loser, runner), most_of(least_of(loser, runner), three)]
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
            told.began[lane] = if began != 0 { seen } else { 0 };
            told.ended[lane] = ended;
            any |= began | ended;
        }
        any != 0
    }
}
