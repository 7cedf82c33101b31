use crate::screen::{SCREEN, may_hold_key};
use crate::spectrum::{CLOSE, Complex, FREQUENCIES, HOP, HopSpectrum, QUICK_HOPS, TABLES, Tables, hann_response};
use multiversion::multiversion;
use numbering::Key;
use pcm::{BLOCK, Linear};
use std::sync::LazyLock;

/// Blocks that are kept: two to look at, and what looks at the older of them reach back to.
const KEPT: usize = 4;

const KEYS: [[char; 4]; 4] = [['1', '2', '3', 'A'], ['4', '5', '6', 'B'], ['7', '8', '9', 'C'], ['*', '0', '#', 'D']];

/// A sine of 0 dBm0 has this peak on the 16-bit scale (see `pcm::peak_of_dbm0`).
const PEAK_0_DBM0: f32 = 22_827.0;
/// -27 dBm0: between what must be accepted (-25) and what must not (-29).
const LEAST_PEAK: f32 = PEAK_0_DBM0 * 0.0447;
/// Between 1.5 and 3.5 %.
const MOST_OFFSET: f32 = 0.025;
/// High minus low, as power ratios: +7.5 dB, and -9.5 dB.
const MOST_TWIST: f32 = 5.62;
const LEAST_TWIST: f32 = 0.112;
/// Of the energy the two tones account for, at least.
const LEAST_PURITY: f32 = 0.90;
/// The quick look lets through what the close look may accept: tones off frequency and just begun included.
const QUICK_PURITY: f32 = 0.35;
/// A tone's power may change between two close windows by no more than 2 dB.
const STEADY: f32 = 1.6;
/// Looks in a row that make a key certain.
const CERTAIN: u8 = 4;
/// Looks without a key, 5 ms each, that make it over: an interruption of 10 ms spoils up to 8.
const OVER: u8 = 9;

/// A key that is certain.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Heard {
    pub key: Key,
    /// How long it has sounded so far.
    pub millis: u32,
}

/// Listens to one party.
#[derive(Clone, Debug)]
pub struct KeyDetector {
    /// The last blocks, in a ring.
    blocks: [Linear; KEPT],
    /// The newest of them.
    newest: usize,
    /// The newest may hold a key.
    alarmed: bool,
    /// It was looked at.
    looked: bool,
    candidate: Option<Key>,
    /// Looks in a row that agreed on the candidate.
    agreed: u8,
    /// The key that was told and still sounds.
    held: Option<Key>,
    /// Looks since it was seen last.
    missed: u8,
}

impl Default for KeyDetector {
    fn default() -> Self {
        LazyLock::force(&TABLES);
        LazyLock::force(&SCREEN);
        KeyDetector {
            blocks: [[0; BLOCK]; KEPT],
            newest: 0,
            alarmed: false,
            looked: false,
            candidate: None,
            agreed: 0,
            held: None,
            missed: 0,
        }
    }
}

impl KeyDetector {
    /// Forgets what was heard before: another party speaks.
    pub fn reset(&mut self) {
        *self = KeyDetector::default();
    }

    /// Hears 20 ms. Tells a key once, when it is certain.
    pub fn hear(&mut self, block: &Linear) -> Option<Heard> {
        self.newest = (self.newest + 1) % KEPT;
        self.blocks[self.newest] = *block;
        // A key of 40 ms fills a block wherever it begins: both its neighbours are looked at too.
        let alarm = may_hold_key(&SCREEN, block);
        let alarmed = std::mem::replace(&mut self.alarmed, alarm);
        let look = alarm || alarmed || self.held.is_some() || self.candidate.is_some();
        let looked = std::mem::replace(&mut self.looked, look);
        if !look {
            return None;
        }
        self.look_closely(if looked { BLOCK } else { 2 * BLOCK })
    }

    /// Looks at the end of the last `length` samples, 5 ms by 5 ms.
    #[inline(never)]
    fn look_closely(&mut self, length: usize) -> Option<Heard> {
        let mut samples = [0f32; KEPT * BLOCK];
        for (place, chunk) in samples.chunks_exact_mut(BLOCK).enumerate() {
            let block = &self.blocks[(self.newest + 1 + place) % KEPT];
            chunk.iter_mut().zip(block).for_each(|(to, from)| *to = f32::from(*from));
        }
        let mut told = None;
        for seen in &looks(&TABLES, &samples, length)[..length / HOP] {
            let key = seen.and_then(|(low, high)| Key::new(KEYS[low as usize][high as usize - 4]));
            told = told.or(self.follow(key));
        }
        told
    }

    /// Verdicts into keys.
    fn follow(&mut self, seen: Option<Key>) -> Option<Heard> {
        if seen.is_some() && seen == self.candidate {
            self.agreed = self.agreed.saturating_add(1);
        } else {
            self.candidate = seen;
            self.agreed = seen.is_some() as u8;
        }
        if seen.is_some() && seen == self.held {
            self.missed = 0;
            return None;
        }
        if self.held.is_some() {
            self.missed += 1;
            if self.missed >= OVER {
                self.held = None;
            }
        }
        let key = seen.filter(|_| self.agreed >= CERTAIN)?;
        self.held = Some(key);
        self.missed = 0;
        let millis = (CLOSE as u32 / 8) + self.agreed as u32 * (HOP as u32 / 8);
        Some(Heard { key, millis })
    }
}

/// The places of a key's frequencies, if there is one beyond doubt.
type Seen = Option<(u8, u8)>;

/// What is seen in each 5 ms of the last `length` samples.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl+avx512dq", "x86_64+avx2+fma", "aarch64+neon"))]
fn looks(tables: &Tables, samples: &[f32; KEPT * BLOCK], length: usize) -> [Seen; 2 * BLOCK / HOP] {
    let mut seen = [None; 2 * BLOCK / HOP];
    let first = samples.len() - length + HOP;
    let hop = |end: usize| samples[..end].last_chunk().map_or(HopSpectrum::default(), |hop| tables.hop(hop));
    let mut hops = [HopSpectrum::default(), hop(first - 2 * HOP), hop(first - HOP)];
    let mut before = None;
    for (look, end) in (first..=samples.len()).step_by(HOP).enumerate() {
        hops = [hops[1], hops[2], hop(end)];
        let window = |end: usize| samples[..end].last_chunk::<CLOSE>();
        let found = stand_out(tables, &hops).and_then(|(low, high)| {
            let known = before.take().filter(|window: &Window| window.is(low, high, end - HOP));
            let earlier = known.or_else(|| Some(Window::of(tables, window(end - HOP)?, low, high, end - HOP)))?;
            let now = Window::of(tables, window(end)?, low, high, end);
            let clear = close_look(tables, &earlier, &now);
            before = Some(now);
            clear.then_some((low as u8, high as u8))
        });
        if let Some(place) = seen.get_mut(look) {
            *place = found;
        }
    }
    seen
}

/// Two frequencies in a close window that ends at a sample.
#[derive(Clone, Copy)]
struct Window {
    low: usize,
    high: usize,
    end: usize,
    tones: [Complex; 2],
    energy: f32,
}

impl Window {
    #[inline(always)]
    fn of(tables: &Tables, samples: &[f32; CLOSE], low: usize, high: usize, end: usize) -> Window {
        let tones = [tables.close(low, samples), tables.close(high, samples)];
        Window { low, high, end, tones, energy: tables.close_energy(samples) }
    }

    fn is(&self, low: usize, high: usize, end: usize) -> bool {
        (self.low, self.high, self.end) == (low, high, end)
    }
}

/// The strongest of each group, if together they are most of what is heard.
#[inline(always)]
fn stand_out(tables: &Tables, hops: &[HopSpectrum; QUICK_HOPS]) -> Option<(usize, usize)> {
    let energy: f32 = hops.iter().map(|hop| hop.energy).sum();
    let samples = (QUICK_HOPS * HOP) as f32;
    // Not even 3 dB below the least level: silence.
    if energy < LEAST_PEAK * LEAST_PEAK * samples / 4.0 {
        return None;
    }
    let powers = tables.quick(hops);
    let strongest = |from: usize| (from..from + 4).max_by(|a, b| powers[*a].total_cmp(&powers[*b]));
    let (low, high) = (strongest(0)?, strongest(4)?);
    ((powers[low] + powers[high]) * 2.0 / samples >= QUICK_PURITY * energy).then_some((low, high))
}

/// Level, frequency, twist, steadiness and purity of the pair.
#[inline(always)]
fn close_look(tables: &Tables, before: &Window, now: &Window) -> bool {
    // Most of what sounds is no key: nothing else is worth asking before that.
    let pure = |window: &Window| {
        let scale = 2.0 / tables.window_sum;
        let power = (window.tones[0].power() + window.tones[1].power()) * scale * scale;
        power / 2.0 * tables.window_power >= QUICK_PURITY * window.energy
    };
    if !pure(now) || !pure(before) {
        return false;
    }
    let Some(low) = tone(tables, before.tones[0], now.tones[0], now.low) else { return false };
    let Some(high) = tone(tables, before.tones[1], now.tones[1], now.high) else { return false };
    let twist = high.peak_power / low.peak_power;
    if !(LEAST_TWIST..=MOST_TWIST).contains(&twist) {
        return false;
    }
    // A sine of peak p has p^2 / 2 of power.
    let explained = |of: fn(&Tone) -> f32| (of(&low) + of(&high)) / 2.0 * tables.window_power;
    explained(|tone| tone.first_power) >= LEAST_PURITY * before.energy
        && explained(|tone| tone.peak_power) >= LEAST_PURITY * now.energy
}

/// One tone as the two windows show it: squares of its peak.
struct Tone {
    first_power: f32,
    peak_power: f32,
}

fn tone(tables: &Tables, before: Complex, now: Complex, f: usize) -> Option<Tone> {
    let offset = tables.offset(f, before, now);
    if offset.abs() > MOST_OFFSET * FREQUENCIES[f] as f32 {
        return None;
    }
    let scale = 2.0 / (tables.window_sum * hann_response(offset));
    let (first_power, peak_power) = (before.power() * scale * scale, now.power() * scale * scale);
    let steady = first_power < peak_power * STEADY && peak_power < first_power * STEADY;
    (steady && peak_power >= LEAST_PEAK * LEAST_PEAK).then_some(Tone { first_power, peak_power })
}
