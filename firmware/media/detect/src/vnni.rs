//! Sums of products of samples on processors with AVX-512 and VNNI: what the detectors spend their time on, written out because compilers do
//! not find it. Each has a plain form beside its caller that gives the same sums, for every other processor.

use crate::bank::{BANK_BLOCK, LANES, Products};
use crate::pair::HOP;
use bytemuck::cast;
use pcm::{BLOCK, Linear};
use std::arch::asm;
use std::arch::x86_64::*;

/// Samples of a register.
const WIDE: usize = 32;
/// Pairs of samples in half a block.
pub(crate) const STEPS: usize = BLOCK / 4;

/// Pairs of products, added up. As one instruction: compilers take the intrinsic apart into a product and a sum, which are done sooner where one waits for
/// another, and need twice the room where many are under way.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")]
fn add_products(mut sums: __m512i, a: __m512i, b: __m512i) -> __m512i {
    // SAFETY: it works on these registers alone, and the processor has it: the features are enabled here.
    unsafe {
        asm!("vpdpwssd {0}, {1}, {2}", inout(zmm_reg) sums, in(zmm_reg) a, in(zmm_reg) b, options(pure, nomem, nostack, preserves_flags));
    }
    sums
}

/// Places of a block's registers.
fn registers<const N: usize>(samples: &[i16; N], at: usize) -> [__m512i; BLOCK / WIDE] {
    std::array::from_fn(|register| wide(samples, at + register * WIDE))
}

/// Register's worth of samples.
#[inline(always)]
fn wide<const N: usize>(samples: &[i16; N], at: usize) -> __m512i {
    cast(*samples[at..].first_chunk::<WIDE>().unwrap_or(&[0; WIDE]))
}

#[inline(always)]
fn half<const N: usize>(samples: &[i16; N], at: usize) -> __m256i {
    cast(*samples[at..].first_chunk::<{ WIDE / 2 }>().unwrap_or(&[0; WIDE / 2]))
}

/// Energy of a block through a window.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")]
pub(crate) fn energy(block: &Linear, window: &[i16; BLOCK]) -> i32 {
    let mut energy = _mm512_setzero_si512();
    for (samples, window) in registers(block, 0).into_iter().zip(registers(window, 0)) {
        let windowed = _mm512_mulhrs_epi16(samples, window);
        energy = _mm512_dpwssd_epi32(energy, windowed, windowed);
    }
    _mm512_reduce_add_epi32(energy)
}

/// The pair of samples, counted from the block's middle, that each step of [`correlate`] takes.
pub(crate) fn pair_of_step(step: usize) -> usize {
    let (group, place) = (step / 16 * 16, step % 16);
    let in_half = if group + 16 <= STEPS { 8 } else { 4 };
    let (upper, place) = (place / in_half, place % in_half);
    group + place / 2 * 4 + upper * 2 + place % 2
}

/// A folded block times rows: in each row a place for each sum, cosines at even ones, sines at odd ones.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")]
pub(crate) fn correlate(block: &Linear, rows: &[[i16; WIDE]; STEPS]) -> [i32; 16] {
    let folded = fold(block);
    let mut sums = [_mm512_setzero_si512(); 4];
    for (rows, folded) in rows.as_chunks::<4>().0.iter().zip(folded.as_chunks::<4>().0) {
        for (sum, (row, folded)) in sums.iter_mut().zip(rows.iter().zip(folded)) {
            *sum = _mm512_dpwssd_epi32(*sum, cast(*row), _mm512_set1_epi64(*folded));
        }
    }
    let [a, b, c, d] = sums;
    cast(_mm512_add_epi32(_mm512_add_epi32(a, b), _mm512_add_epi32(c, d)))
}

/// Two sums and two differences of samples around the middle, halved, for each step.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")]
fn fold(block: &Linear) -> [i64; STEPS] {
    const MIDDLE: usize = BLOCK / 2;
    let mut folded = [0i64; STEPS];
    let backwards = cast(std::array::from_fn::<i16, WIDE, _>(|n| (WIDE - 1 - n) as i16));
    for group in 0..2 {
        let after = _mm512_srai_epi16::<1>(wide(block, MIDDLE + group * WIDE));
        let before = _mm512_srai_epi16::<1>(wide(block, MIDDLE - (group + 1) * WIDE));
        let before = _mm512_permutexvar_epi16(backwards, before);
        let (sums, differences) = (_mm512_add_epi16(after, before), _mm512_sub_epi16(after, before));
        let quads: [[i64; 8]; 2] =
            [cast(_mm512_unpacklo_epi32(sums, differences)), cast(_mm512_unpackhi_epi32(sums, differences))];
        folded[group * 16..][..16].copy_from_slice(quads.as_flattened());
    }
    let backwards = cast(std::array::from_fn::<i16, { WIDE / 2 }, _>(|n| (WIDE / 2 - 1 - n) as i16));
    let after = _mm256_srai_epi16::<1>(half(block, BLOCK - WIDE / 2));
    let before = _mm256_permutexvar_epi16(backwards, _mm256_srai_epi16::<1>(half(block, 0)));
    let (sums, differences) = (_mm256_add_epi16(after, before), _mm256_sub_epi16(after, before));
    let quads: [[i64; 4]; 2] =
        [cast(_mm256_unpacklo_epi32(sums, differences)), cast(_mm256_unpackhi_epi32(sums, differences))];
    folded[32..].copy_from_slice(quads.as_flattened());
    folded
}

/// Sums of four windows, a quarter of a block apart, the first a quarter behind the beginning: times four rows of factors, and their energies.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")]
pub(crate) fn windows(samples: &[i16; 2 * BLOCK], factors: [&[i16; BLOCK]; 4], window: &[i16; BLOCK]) -> [[i32; 4]; 5] {
    let factors = factors.map(|factors| registers(factors, 0));
    let window = registers(window, 0);
    let mut tones = [_mm512_setzero_si512(); 16];
    let mut energies = [_mm512_setzero_si512(); 4];
    for (place, energy) in energies.iter_mut().enumerate() {
        let samples = registers(samples, (place + 1) * BLOCK / 4);
        for (register, samples) in samples.into_iter().enumerate() {
            for (row, factors) in factors.iter().enumerate() {
                let sum = &mut tones[row * 4 + place];
                *sum = _mm512_dpwssd_epi32(*sum, samples, factors[register]);
            }
            let windowed = _mm512_mulhrs_epi16(samples, window[register]);
            *energy = _mm512_dpwssd_epi32(*energy, windowed, windowed);
        }
    }
    let tones: [[i32; 4]; 4] = cast(totals(tones));
    [tones[0], tones[1], tones[2], tones[3], four_totals(energies)]
}

/// The same of one window at the beginning.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")]
pub(crate) fn first_window(samples: &[i16; 2 * BLOCK], factors: [&[i16; BLOCK]; 4], window: &[i16; BLOCK]) -> [i32; 5] {
    let mut tones = [_mm512_setzero_si512(); 4];
    let mut energy = _mm512_setzero_si512();
    for register in 0..BLOCK / WIDE {
        let samples = wide(samples, register * WIDE);
        for (sum, factors) in tones.iter_mut().zip(factors) {
            *sum = _mm512_dpwssd_epi32(*sum, samples, wide(factors, register * WIDE));
        }
        let windowed = _mm512_mulhrs_epi16(samples, wide(window, register * WIDE));
        energy = _mm512_dpwssd_epi32(energy, windowed, windowed);
    }
    let [a, b, c, d] = four_totals(tones);
    [a, b, c, d, _mm512_reduce_add_epi32(energy)]
}

/// The sum of each of four registers' parts.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")]
fn four_totals(all: [__m512i; 4]) -> [i32; 4] {
    let [a, b, c, d] = all;
    let low = _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
    let high = _mm512_add_epi32(_mm512_unpacklo_epi32(c, d), _mm512_unpackhi_epi32(c, d));
    let sums = _mm512_add_epi32(_mm512_unpacklo_epi64(low, high), _mm512_unpackhi_epi64(low, high));
    let sums = _mm256_add_epi32(_mm512_castsi512_si256(sums), _mm512_extracti64x4_epi64::<1>(sums));
    cast(_mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256::<1>(sums)))
}

/// The sum of each register's parts.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")]
fn totals(all: [__m512i; 16]) -> [i32; 16] {
    let halves: [__m512i; 8] = std::array::from_fn(|n| {
        let (a, b) = (all[2 * n], all[2 * n + 1]);
        _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b))
    });
    let quarters: [__m512i; 4] = std::array::from_fn(|n| {
        let (a, b) = (halves[2 * n], halves[2 * n + 1]);
        _mm512_add_epi32(_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b))
    });
    let [a, b, c, d] = quarters;
    let low = _mm512_add_epi32(_mm512_shuffle_i32x4::<0x44>(a, b), _mm512_shuffle_i32x4::<0xee>(a, b));
    let high = _mm512_add_epi32(_mm512_shuffle_i32x4::<0x44>(c, d), _mm512_shuffle_i32x4::<0xee>(c, d));
    cast(_mm512_add_epi32(_mm512_shuffle_i32x4::<0x88>(low, high), _mm512_shuffle_i32x4::<0xdd>(low, high)))
}

/// Samples of a channel each, a quarter of what they are, into pairs of samples of every channel.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")]
pub(crate) fn interleave(blocks: &[&[i16; BANK_BLOCK]; LANES]) -> [__m512i; BANK_BLOCK / 2] {
    let mut rows = [_mm512_setzero_si512(); BANK_BLOCK / 2];
    for (eight, rows) in rows.as_chunks_mut::<4>().0.iter_mut().enumerate() {
        let part =
            |channel: usize| -> __m128i { cast(*blocks[channel][eight * 8..].first_chunk::<8>().unwrap_or(&[0; 8])) };
        // Channels 0, 4, 8 and 12 in the quarters of the first register, 1, 5, 9 and 13 in those of the second.
        let four = |first: usize| {
            let quarters = _mm512_castsi128_si512(part(first));
            let quarters = _mm512_inserti32x4::<1>(quarters, part(first + 4));
            let quarters = _mm512_inserti32x4::<2>(quarters, part(first + 8));
            _mm512_srai_epi16::<2>(_mm512_inserti32x4::<3>(quarters, part(first + 12)))
        };
        let [a, b, c, d] = [four(0), four(1), four(2), four(3)];
        let (low, high) = (_mm512_unpacklo_epi32(a, b), _mm512_unpacklo_epi32(c, d));
        rows[0] = _mm512_unpacklo_epi64(low, high);
        rows[1] = _mm512_unpackhi_epi64(low, high);
        let (low, high) = (_mm512_unpackhi_epi32(a, b), _mm512_unpackhi_epi32(c, d));
        rows[2] = _mm512_unpacklo_epi64(low, high);
        rows[3] = _mm512_unpackhi_epi64(low, high);
    }
    rows
}

/// Pairs of factors of a frequency's cosine and sine, from a hop's middle outwards.
pub(crate) type PairFactors = [[[i16; 2]; HOP / 4]; 2];

/// A hop of interleaved samples times factors of six frequencies: cosine and sine parts, to be scaled by [`crate::bank::WHOLE`], and the energy.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")]
pub(crate) fn products(rows: &[__m512i; HOP / 2], factors: &[PairFactors; 6]) -> Products {
    const STEPS: usize = HOP / 4;
    let mut folded = [[_mm512_setzero_si512(); STEPS]; 2];
    let mut energies = [_mm512_setzero_si512(); 2];
    for k in 0..STEPS {
        let (after, before) = (rows[STEPS + k], rows[STEPS - 1 - k]);
        energies = [add_products(energies[0], after, after), add_products(energies[1], before, before)];
        // Away from the middle the later sample of a pair comes first.
        let before = _mm512_rol_epi32::<16>(before);
        folded[0][k] = _mm512_add_epi16(after, before);
        folded[1][k] = _mm512_sub_epi16(after, before);
    }
    let mut products = Products { sums: [[[0.0; LANES]; 6]; 2], energy: [0.0; LANES] };
    for (f, factors) in factors.iter().enumerate() {
        for part in 0..2 {
            let mut sum = _mm512_setzero_si512();
            for k in 0..STEPS {
                sum = add_products(sum, folded[part][k], _mm512_set1_epi32(cast(factors[part][k])));
            }
            products.sums[part][f] = cast(_mm512_cvtepi32_ps(sum));
        }
    }
    products.energy =
        cast(_mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_add_epi32(energies[0], energies[1])), _mm512_set1_ps(16.0)));
    products
}
