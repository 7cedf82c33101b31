//! The two adaptive filters and what a block does to them.

use crate::BLOCK;
use multiversion::multiversion;
#[cfg(target_arch = "x86_64")]
use multiversion::target::match_target;

/// Taps are a multiple of it.
pub(crate) const LANES: usize = 16;

/// The share of a tap's own size in its step: how much more is learned where the path already shows something.
const PROPORTION: f32 = 0.75;

/// Power a tap that counts as none (-59 dBm0): no step is larger than that allows.
const FLOOR: f32 = 300.0;

/// Weights oldest sample first, so that a window of the past and the weights run the same way.
#[derive(Debug)]
pub(crate) struct Filters {
    pub(crate) heard: Box<[f32]>,
    pub(crate) learning: Box<[f32]>,
    /// How fast each tap learns; one on average.
    pace: Box<[f32]>,
    /// The window times the pace.
    paced: Box<[f32]>,
    /// What was sent: the taps' past and the block.
    sent: Box<[f32]>,
}

/// Powers of a block, summed over its samples.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Powers {
    pub(crate) near: f32,
    pub(crate) heard: f32,
    pub(crate) learning: f32,
    /// What the heard filter foretells, and what of it is in its error still: nothing on average, if the path is the one it learned.
    pub(crate) foretold: f32,
    pub(crate) common: f32,
}

impl Powers {
    pub(crate) const NONE: Powers = Powers { near: 0.0, heard: 0.0, learning: 0.0, foretold: 0.0, common: 0.0 };

    /// Goes a share of the way to others.
    pub(crate) fn follow(&mut self, powers: Powers, share: f32) {
        let follow = |mean: &mut f32, power: f32| *mean += (power - *mean) * share;
        follow(&mut self.near, powers.near);
        follow(&mut self.heard, powers.heard);
        follow(&mut self.learning, powers.learning);
        follow(&mut self.foretold, powers.foretold);
        follow(&mut self.common, powers.common);
    }
}

impl Filters {
    pub(crate) fn new(taps: usize) -> Filters {
        let zeros = |length| vec![0f32; length].into_boxed_slice();
        Filters {
            heard: zeros(taps),
            learning: zeros(taps),
            pace: vec![1f32; taps].into_boxed_slice(),
            paced: zeros(taps),
            sent: zeros(taps + BLOCK),
        }
    }

    pub(crate) fn forget(&mut self) {
        for weights in [&mut self.heard, &mut self.learning, &mut self.sent] {
            weights.fill(0.0);
        }
        self.pace.fill(1.0);
    }

    /// The latest of what was sent, after [`Filters::run`].
    pub(crate) fn latest(&self, samples: usize) -> &[f32] {
        &self.sent[self.sent.len() - samples..]
    }

    /// Filters a block of at most [`BLOCK`] samples; `errors` is `near` without what the heard filter takes for echo. With a step, the other
    /// one learns by so much of each error.
    pub(crate) fn run(&mut self, far: &[i16], near: &[i16], errors: &mut [f32], step: Option<f32>) -> Powers {
        self.pass(far);
        if step.is_some() {
            set_pace(&mut self.pace, &self.learning);
        }
        block(self, near, errors, step)
    }

    /// Remembers a block that is not filtered.
    pub(crate) fn pass(&mut self, far: &[i16]) {
        self.sent.copy_within(far.len().., 0);
        let begin = self.sent.len() - far.len();
        for (sent, far) in self.sent[begin..].iter_mut().zip(far) {
            *sent = f32::from(*far);
        }
    }

    pub(crate) fn take_learned(&mut self) {
        self.heard.copy_from_slice(&self.learning);
    }

    pub(crate) fn unlearn(&mut self) {
        self.learning.copy_from_slice(&self.heard);
    }
}

fn set_pace(pace: &mut [f32], weights: &[f32]) {
    let mut sums = [0f32; LANES];
    for lanes in weights.as_chunks::<LANES>().0 {
        for (sum, weight) in sums.iter_mut().zip(lanes) {
            *sum += weight.abs();
        }
    }
    let total: f32 = sums.iter().sum();
    // Nothing learned yet: all alike.
    let share = PROPORTION * pace.len() as f32 / (total + 0.01);
    let even = 1.0 - PROPORTION * (total / (total + 0.01));
    for (pace, weight) in pace.iter_mut().zip(weights) {
        *pace = even + share * weight.abs();
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+fma+avx2", "x86_64+avx2+fma", "aarch64+neon"))]
fn block(filters: &mut Filters, near: &[i16], errors: &mut [f32], step: Option<f32>) -> Powers {
    #[cfg(target_arch = "x86_64")]
    return match_target! {
        "x86_64+avx512f+avx512vl+fma+avx2" => samples::<true>(filters, near, errors, step),
        "x86_64+avx2+fma" => samples::<true>(filters, near, errors, step),
        _ => samples::<false>(filters, near, errors, step),
    };
    #[cfg(not(target_arch = "x86_64"))]
    samples::<{ cfg!(target_arch = "aarch64") }>(filters, near, errors, step)
}

#[inline(always)]
fn samples<const FUSED: bool>(filters: &mut Filters, near: &[i16], errors: &mut [f32], step: Option<f32>) -> Powers {
    let taps = filters.heard.len();
    let first = filters.sent.len() - near.len() + 1 - taps;
    let mut powers = Powers::default();
    for (n, (near, error)) in near.iter().zip(errors.iter_mut()).enumerate() {
        let window = &filters.sent[first + n..first + n + taps];
        let near = f32::from(*near);
        let [foretold, learning] = both::<FUSED>(&filters.heard, &filters.learning, window);
        let (heard, learning) = (near - foretold, near - learning);
        powers.foretold += foretold * foretold;
        powers.common += heard * foretold;
        powers.near += near * near;
        powers.heard += heard * heard;
        powers.learning += learning * learning;
        *error = heard;
        if let Some(step) = step {
            let energy = weigh::<FUSED>(&mut filters.paced, &filters.pace, window);
            let step = step * learning / (energy + FLOOR * taps as f32);
            for (weight, paced) in filters.learning.iter_mut().zip(&filters.paced) {
                *weight = added::<FUSED>(*paced, step, *weight);
            }
        }
    }
    powers
}

/// a times b plus c.
#[inline(always)]
fn added<const FUSED: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}

/// The window through either filter.
#[inline(always)]
fn both<const FUSED: bool>(one: &[f32], other: &[f32], window: &[f32]) -> [f32; 2] {
    let mut sums = [[0f32; LANES]; 2];
    let filters = one.as_chunks::<LANES>().0.iter().zip(other.as_chunks::<LANES>().0);
    for ((one, other), window) in filters.zip(window.as_chunks::<LANES>().0) {
        for lane in 0..LANES {
            sums[0][lane] = added::<FUSED>(one[lane], window[lane], sums[0][lane]);
            sums[1][lane] = added::<FUSED>(other[lane], window[lane], sums[1][lane]);
        }
    }
    sums.map(|sums| sums.iter().sum())
}

/// The window times the pace, and the product of both.
#[inline(always)]
fn weigh<const FUSED: bool>(paced: &mut [f32], pace: &[f32], window: &[f32]) -> f32 {
    let mut sums = [0f32; LANES];
    let inputs = pace.as_chunks::<LANES>().0.iter().zip(window.as_chunks::<LANES>().0);
    for (paced, (pace, window)) in paced.as_chunks_mut::<LANES>().0.iter_mut().zip(inputs) {
        for lane in 0..LANES {
            let product = pace[lane] * window[lane];
            paced[lane] = product;
            sums[lane] = added::<FUSED>(product, window[lane], sums[lane]);
        }
    }
    sums.iter().sum()
}
