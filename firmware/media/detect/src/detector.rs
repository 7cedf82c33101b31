use crate::screen::{Glance, SCREEN, glance};
use crate::spectrum::{CLOSE, Complex, FREQUENCIES, HOP, TABLES, Tables, hann_response};
use multiversion::multiversion;
use numbering::Key;
use pcm::{BLOCK, Linear};
use std::sync::LazyLock;

/// Blocks that are kept: the one to look at, and what looks at it reach back to.
const KEPT: usize = 3;
/// Looks in a block.
const LOOKS: usize = BLOCK / HOP;

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
/// Less than this needs no closer look: tones off frequency and just begun have more.
const LEAST_HINT: f32 = 0.35;
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
    /// What the newest, and the one before, may hold.
    glances: [Glance; 2],
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
            glances: [Glance::Quiet; 2],
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
        let (now, before) = (glance(&SCREEN, block), self.glances[0]);
        self.glances = [now, before];
        match (now, before) {
            // Most of the time: speech, or nothing.
            (Glance::Quiet | Glance::Other, Glance::Quiet | Glance::Other) if self.is_idle() => None,
            // The end of a key at a block's edge looks quiet: it matters where the key is not certain yet.
            (Glance::Quiet, Glance::MayBe { low, high, .. }) if self.held.is_none() => self.look_closely(low, high),
            (Glance::Quiet, _) => self.follow_all(&[None; LOOKS]),
            (Glance::MayBe { pure: true, .. }, Glance::MayBe { pure: true, .. }) if self.goes_on() => None,
            // A key of 40 ms fills a block wherever it begins. Looks reach back 25 ms, so none sees it in the block before that.
            (Glance::MayBe { low, high, .. }, _) | (Glance::Other, Glance::MayBe { low, high, .. }) => {
                self.look_closely(low, high)
            }
            (Glance::Other, Glance::Quiet | Glance::Other) => self.follow_all(&[None; LOOKS]),
        }
    }

    fn is_idle(&self) -> bool {
        self.held.is_none() && self.candidate.is_none()
    }

    /// The key that was told still sounds, without a doubt.
    fn goes_on(&mut self) -> bool {
        let [Glance::MayBe { low, high, .. }, Glance::MayBe { low: low_before, high: high_before, .. }] = self.glances
        else {
            return false;
        };
        let goes_on = self.held.is_some()
            && (low, high) == (low_before, high_before)
            && self.held == key(low, high)
            && self.candidate == self.held;
        if goes_on {
            self.missed = 0;
            self.agreed = self.agreed.saturating_add(LOOKS as u8);
        }
        goes_on
    }

    /// Looks at the newest block, 5 ms by 5 ms.
    #[inline(never)]
    fn look_closely(&mut self, low: u8, high: u8) -> Option<Heard> {
        let mut samples = [0f32; KEPT * BLOCK];
        for (place, chunk) in samples.as_chunks_mut::<BLOCK>().0.iter_mut().enumerate() {
            let block = &self.blocks[(self.newest + 1 + place) % KEPT];
            chunk.iter_mut().zip(block).for_each(|(to, from)| *to = f32::from(*from));
        }
        let seen = looks(&TABLES, &samples, low as usize, high as usize);
        self.follow_all(&seen.map(|seen| if seen { key(low, high) } else { None }))
    }

    fn follow_all(&mut self, seen: &[Option<Key>; LOOKS]) -> Option<Heard> {
        seen.iter().fold(None, |told, key| told.or(self.follow(*key)))
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

fn key(low: u8, high: u8) -> Option<Key> {
    Key::new(KEYS[low as usize][high as usize - 4])
}

/// Whether the two frequencies are a key beyond doubt, at the end of each 5 ms of the newest block.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl+avx512dq", "x86_64+avx2+fma", "aarch64+neon"))]
fn looks(tables: &Tables, samples: &[f32; KEPT * BLOCK], low: usize, high: usize) -> [bool; LOOKS] {
    let window = |end: usize| Window::of(tables, samples[..end].last_chunk().unwrap_or(&[0.0; CLOSE]), low, high);
    let first = (KEPT - 1) * BLOCK;
    let mut before = window(first);
    let mut seen = [false; LOOKS];
    for (look, seen) in seen.iter_mut().enumerate() {
        let now = window(first + (look + 1) * HOP);
        *seen = close_look(tables, low, high, &before, &now);
        before = now;
    }
    seen
}

/// Two frequencies in a close window.
struct Window {
    tones: [Complex; 2],
    energy: f32,
}

impl Window {
    #[inline(always)]
    fn of(tables: &Tables, samples: &[f32; CLOSE], low: usize, high: usize) -> Window {
        let (tones, energy) = tables.close(samples, low, high);
        Window { tones, energy }
    }
}

/// Level, frequency, twist, steadiness and purity of the pair.
#[inline(always)]
fn close_look(tables: &Tables, low: usize, high: usize, before: &Window, now: &Window) -> bool {
    // Most of what sounds is no key: nothing else is worth asking before that.
    let pure = |window: &Window| {
        let scale = 2.0 / tables.window_sum;
        let power = (window.tones[0].power() + window.tones[1].power()) * scale * scale;
        power / 2.0 * tables.window_power >= LEAST_HINT * window.energy
    };
    if !pure(now) || !pure(before) {
        return false;
    }
    let Some(low) = tone(tables, before.tones[0], now.tones[0], low) else { return false };
    let Some(high) = tone(tables, before.tones[1], now.tones[1], high) else { return false };
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
