//! The two adaptive filters and what a block does to them.

use crate::BLOCK;
use multiversion::multiversion;
#[cfg(target_arch = "x86_64")]
use multiversion::target::match_target;

/// Taps are a multiple of it.
pub(crate) const LANES: usize = 16;

/// Samples that are filtered and learned from together: what each changes is reckoned into the next one's error.
const GROUP: usize = 4;

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
    let mut first = filters.sent.len() - near.len() + 1 - filters.heard.len();
    let mut powers = Powers::NONE;
    let (groups, rest) = near.as_chunks::<GROUP>();
    let (error_groups, error_rest) = errors.as_chunks_mut::<GROUP>();
    for (near, errors) in groups.iter().zip(error_groups) {
        group::<FUSED, GROUP>(filters, first, near, errors, step, &mut powers);
        first += GROUP;
    }
    for (near, error) in rest.iter().zip(error_rest) {
        group::<FUSED, 1>(filters, first, &[*near], std::array::from_mut(error), step, &mut powers);
        first += 1;
    }
    powers
}

/// Some samples: the window of the first begins at `first`, the next ones' a sample later each.
#[inline(always)]
fn group<const FUSED: bool, const G: usize>(
    filters: &mut Filters,
    first: usize,
    near: &[i16; G],
    errors: &mut [f32; G],
    step: Option<f32>,
    powers: &mut Powers,
) {
    let taps = filters.heard.len();
    let rows: [&[f32]; G] = std::array::from_fn(|g| &filters.sent[first + g..first + g + taps]);
    let windows = rows.map(lanes);
    let foretold = match step {
        None => through::<FUSED, G>(&filters.heard, &windows),
        Some(step) => {
            let [foretold, learned, products] = all::<FUSED, G>(filters, &windows);
            let step = step / (products[0] + FLOOR * taps as f32);
            let mut changes = [0f32; G];
            for g in 0..G {
                let mut error = f32::from(near[g]) - learned[g];
                for (earlier, change) in changes.iter().enumerate().take(g) {
                    // What the earlier samples have changed by now, as the windows hardly differ.
                    error -= change * products[g - earlier];
                }
                powers.learning += error * error;
                changes[g] = step * error;
            }
            learn::<FUSED, G>(&mut filters.learning, &filters.pace, &rows, &changes);
            foretold
        }
    };
    for g in 0..G {
        let near = f32::from(near[g]);
        let heard = near - foretold[g];
        powers.near += near * near;
        powers.heard += heard * heard;
        powers.foretold += foretold[g] * foretold[g];
        powers.common += heard * foretold[g];
        errors[g] = heard;
    }
}

/// a times b plus c.
#[inline(always)]
fn added<const FUSED: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}

#[inline(always)]
fn lanes(taps: &[f32]) -> &[[f32; LANES]] {
    taps.as_chunks::<LANES>().0
}

#[inline(always)]
fn totals<const G: usize>(sums: [[f32; LANES]; G]) -> [f32; G] {
    sums.map(|sums| sums.iter().sum())
}

/// Windows through one filter.
#[inline(always)]
fn through<const FUSED: bool, const G: usize>(weights: &[f32], windows: &[&[[f32; LANES]]; G]) -> [f32; G] {
    let weights = lanes(weights);
    let windows = windows.map(|window| &window[..weights.len()]);
    let mut sums = [[0f32; LANES]; G];
    for (at, weights) in weights.iter().enumerate() {
        let (weights, sent): (_, [[f32; LANES]; G]) = (*weights, std::array::from_fn(|g| windows[g][at]));
        for lane in 0..LANES {
            for g in 0..G {
                sums[g][lane] = added::<FUSED>(weights[lane], sent[g][lane], sums[g][lane]);
            }
        }
    }
    totals(sums)
}

/// Windows through either filter, and the products of the first window, times the pace, with each.
#[inline(always)]
fn all<const FUSED: bool, const G: usize>(filters: &Filters, windows: &[&[[f32; LANES]]; G]) -> [[f32; G]; 3] {
    let (heard, learning, pace) = (lanes(&filters.heard), lanes(&filters.learning), lanes(&filters.pace));
    let windows = windows.map(|window| &window[..heard.len()]);
    let mut sums = [[[0f32; LANES]; G]; 3];
    for (at, (heard, (learning, pace))) in heard.iter().zip(learning.iter().zip(pace)).enumerate() {
        let sent: [[f32; LANES]; G] = std::array::from_fn(|g| windows[g][at]);
        // By value: so the compiler knows that they do not overlap.
        let (heard, learning, pace) = (*heard, *learning, *pace);
        for lane in 0..LANES {
            let paced = pace[lane] * sent[0][lane];
            for g in 0..G {
                sums[0][g][lane] = added::<FUSED>(heard[lane], sent[g][lane], sums[0][g][lane]);
                sums[1][g][lane] = added::<FUSED>(learning[lane], sent[g][lane], sums[1][g][lane]);
                sums[2][g][lane] = added::<FUSED>(paced, sent[g][lane], sums[2][g][lane]);
            }
        }
    }
    sums.map(totals)
}

/// Over all taps as one row: nothing is added up, so the compiler finds the lanes itself.
#[inline(always)]
fn learn<const FUSED: bool, const G: usize>(
    weights: &mut [f32],
    pace: &[f32],
    windows: &[&[f32]; G],
    changes: &[f32; G],
) {
    let taps = weights.len();
    let (pace, windows) = (&pace[..taps], windows.map(|window| &window[..taps]));
    for tap in 0..taps {
        let mut change = 0f32;
        for g in 0..G {
            change = added::<FUSED>(changes[g], windows[g][tap], change);
        }
        weights[tap] = added::<FUSED>(pace[tap], change, weights[tap]);
    }
}
