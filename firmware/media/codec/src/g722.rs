//! ITU-T G.722 (09/2012) at 64 kbit/s: two bands of a quadrature mirror filter, each with its own adaptive differential coder. Bit for bit;
//! blocks are named as clause 6.2 names them.

/// Samples of 16 kHz taken at once: 120 ms.
const MOST: usize = 1920;
/// Samples that the filter remembers, of its 24.
const MEMORY: usize = 22;

/// Table 11/G.722: one half of the filter, in 1/4096 of its gain.
const QMF: [i32; 12] = [3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11];

/// Tables of clause 6.2.1.
const Q6: [i32; 30] = [
    0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1023, 1121, 1219, 1339,
    1458, 1612, 1765, 1980, 2195, 2557, 2919,
];
const QM6: [i32; 64] = [
    -136, -136, -136, -136, -24808, -21904, -19008, -16704, -14984, -13512, -12280, -11192, -10232, -9360, -8576,
    -7856, -7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776, -2400, -2032, -1688, -1360, -1040,
    -728, 24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456,
    4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728, 432, 136, -432, -136,
];
const QM4: [i32; 16] =
    [0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288, 4240, 2584, 1200, 0];
const QM2: [i32; 4] = [-7408, -1616, 7408, 1616];
const WL: [i32; 8] = [-60, -30, 58, 172, 334, 538, 1198, 3042];
const RL42: [u8; 16] = [0, 7, 6, 5, 4, 3, 2, 1, 7, 6, 5, 4, 3, 2, 1, 0];
/// W_H by code: the two inner levels and the two outer ones.
const WH: [i32; 4] = [798, -214, 798, -214];
const ILB: [i32; 32] = [
    2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834, 2896, 2960, 3025,
    3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
];

fn saturate(value: i32) -> i32 {
    value.clamp(i16::MIN.into(), i16::MAX.into())
}

/// The state of one band's predictor and quantizer.
#[derive(Clone, Copy, Debug, Default)]
struct Band {
    /// Prediction, and its part from the zeros.
    s: i32,
    sz: i32,
    /// Reconstructed signal, partly reconstructed signal, of the last two samples.
    r: [i32; 2],
    p: [i32; 2],
    /// Coefficients of poles and zeros.
    a: [i32; 2],
    b: [i32; 6],
    /// Quantized differences of the last six samples.
    d: [i32; 6],
    /// Logarithm of the scale factor, and the scale factor.
    nb: i32,
    det: i32,
}

impl Band {
    const fn new(det: i32) -> Band {
        Band { s: 0, sz: 0, r: [0; 2], p: [0; 2], a: [0; 2], b: [0; 6], d: [0; 6], nb: 0, det }
    }

    /// LOGSCL and SCALEL, or LOGSCH and SCALEH.
    fn scale(&mut self, weight: i32, most: i32, shift: i32) {
        self.nb = (((self.nb * 127) >> 7) + weight).clamp(0, most);
        let shift = shift - (self.nb >> 11);
        let mantissa = ILB[(self.nb >> 6 & 31) as usize];
        self.det = if shift < 0 { mantissa << -shift } else { mantissa >> shift } << 2;
    }

    /// Block 4: adapts the predictor to a quantized difference.
    fn adapt(&mut self, d: i32) {
        // RECONS, PARREC.
        let r = saturate(self.s + d);
        let p = saturate(self.sz + d);
        let (same_one, same_two) = ((p ^ self.p[0]) >= 0, (p ^ self.p[1]) >= 0);
        // UPPOL2.
        let slope = saturate(self.a[0] << 2);
        let slope = if same_one { -slope } else { slope }.min(32_767);
        let second = (slope >> 7) + if same_two { 128 } else { -128 } + ((self.a[1] * 32_512) >> 15);
        let second = second.clamp(-12_288, 12_288);
        // UPPOL1.
        let first = saturate(if same_one { 192 } else { -192 } + ((self.a[0] * 32_640) >> 15));
        let limit = saturate(15_360 - second);
        let first = first.clamp(-limit, limit);
        // UPZERO.
        let step = if d == 0 { 0 } else { 128 };
        for (b, before) in self.b.iter_mut().zip(&self.d) {
            let change = if (before ^ d) >= 0 { step } else { -step };
            *b = saturate(change + ((*b * 32_640) >> 15));
        }
        // DELAYA.
        self.d.copy_within(0..5, 1);
        self.d[0] = d;
        self.r = [r, self.r[0]];
        self.p = [p, self.p[0]];
        self.a = [first, second];
        // FILTEP, FILTEZ, PREDIC.
        let pole = |a: i32, r: i32| (a * saturate(r + r)) >> 15;
        let sp = saturate(pole(first, self.r[0]) + pole(second, self.r[1]));
        self.sz = saturate(self.b.iter().zip(&self.d).map(|(b, d)| (b * saturate(d + d)) >> 15).sum());
        self.s = saturate(sp + self.sz);
    }
}

/// The predictors of both bands: the same at both ends.
#[derive(Clone, Copy, Debug)]
struct Bands {
    low: Band,
    high: Band,
}

impl Bands {
    const NEW: Bands = Bands { low: Band::new(32), high: Band::new(8) };

    /// INVQAL and all that follows, for six bits of the lower band.
    fn adapt_low(&mut self, code: usize) {
        let d = (self.low.det * QM4[code >> 2]) >> 15;
        self.low.scale(WL[usize::from(RL42[code >> 2])], 18_432, 8);
        self.low.adapt(d);
    }

    /// INVQAH and all that follows, for two bits of the upper band.
    fn adapt_high(&mut self, code: usize) -> i32 {
        let d = (self.high.det * QM2[code]) >> 15;
        let reconstructed = (self.high.s + d).clamp(-16_384, 16_383);
        self.high.scale(WH[code], 22_528, 10);
        self.high.adapt(d);
        reconstructed
    }
}

/// The last samples of a filter, and room for those of a packet behind them.
#[derive(Clone, Debug)]
struct Window {
    samples: [i32; MEMORY + MOST],
}

impl Window {
    const fn new() -> Window {
        Window { samples: [0; MEMORY + MOST] }
    }

    /// The two halves of the filter over the 24 samples that end with pair `at`: of the first of each pair, of the second.
    fn halves(&self, at: usize) -> (i32, i32) {
        let window = self.samples[2 * at..].first_chunk::<24>().unwrap_or(&[0; 24]);
        let (mut first, mut second) = (0, 0);
        for (n, pair) in window.as_chunks::<2>().0.iter().enumerate() {
            first += pair[0] * QMF[n];
            second += pair[1] * QMF[11 - n];
        }
        (first, second)
    }

    fn keep(&mut self, pairs: usize) {
        self.samples.copy_within(2 * pairs..2 * pairs + MEMORY, 0);
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Encoder {
    bands: Bands,
    window: Window,
}

impl Encoder {
    pub(crate) const fn new() -> Encoder {
        Encoder { bands: Bands::NEW, window: Window::new() }
    }

    /// An octet of each two samples; how many.
    pub(crate) fn encode(&mut self, speech: &[i16], octets: &mut [u8]) -> usize {
        let count = (speech.len() / 2).min(octets.len()).min(MOST / 2);
        for (place, sample) in self.window.samples[MEMORY..].iter_mut().zip(&speech[..2 * count]) {
            *place = (*sample).into();
        }
        for (at, octet) in octets[..count].iter_mut().enumerate() {
            // Transmit QMF, clause 5.2.1.
            let (odd, even) = self.window.halves(at);
            let low = self.low((even + odd) >> 14);
            let high = self.high((even - odd) >> 14);
            *octet = high << 6 | low;
        }
        self.window.keep(count);
        count
    }

    /// SUBTRA, QUANTL.
    fn low(&mut self, sample: i32) -> u8 {
        let band = &self.bands.low;
        let difference = saturate(sample - band.s);
        let size = if difference < 0 { -(difference + 1) } else { difference };
        // Levels rise, so those that are reached are counted: no branch to guess.
        let level = 1 + Q6[1..].iter().filter(|q6| size >= (**q6 * band.det) >> 12).count();
        let code = match (difference < 0, level) {
            (true, 1) => 63,
            (true, 2) => 62,
            (true, level) => 34 - level,
            (false, level) => 62 - level,
        };
        self.bands.adapt_low(code);
        code as u8
    }

    /// SUBTRA, QUANTH.
    fn high(&mut self, sample: i32) -> u8 {
        let band = &self.bands.high;
        let difference = saturate(sample - band.s);
        let size = if difference < 0 { -(difference + 1) } else { difference };
        let outer = size >= (564 * band.det) >> 12;
        let code = match (difference < 0, outer) {
            (true, true) => 0,
            (true, false) => 1,
            (false, true) => 2,
            (false, false) => 3,
        };
        self.bands.adapt_high(code);
        code as u8
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Decoder {
    bands: Bands,
    window: Window,
}

impl Decoder {
    pub(crate) const fn new() -> Decoder {
        Decoder { bands: Bands::NEW, window: Window::new() }
    }

    /// Two samples of each octet.
    pub(crate) fn decode(&mut self, octets: &[u8], speech: &mut [i16]) {
        let count = octets.len().min(speech.len() / 2).min(MOST / 2);
        for (pair, octet) in self.window.samples[MEMORY..].as_chunks_mut::<2>().0.iter_mut().zip(&octets[..count]) {
            let (low, high) = (usize::from(octet & 0x3f), usize::from(octet >> 6));
            let band = &self.bands.low;
            // INVQBL, RECONS, LIMIT.
            let r_low = (band.s + ((band.det * QM6[low]) >> 15)).clamp(-16_384, 16_383);
            self.bands.adapt_low(low);
            let r_high = self.bands.adapt_high(high);
            // Receive QMF, clause 5.2.2.
            *pair = [r_low + r_high, r_low - r_high];
        }
        for (at, out) in speech.as_chunks_mut::<2>().0[..count].iter_mut().enumerate() {
            let (second, first) = self.window.halves(at);
            *out = [saturate(first >> 11) as i16, saturate(second >> 11) as i16];
        }
        self.window.keep(count);
    }
}
