use crate::screen::{Blocks, Glance, SCREEN, glance};
use crate::spectrum::{Before, Kept, LOOKS, TABLES, looks};
use numbering::Key;
use pcm::{BLOCK, Linear};
use std::sync::LazyLock;

const KEYS: [[char; 4]; 4] = [['1', '2', '3', 'A'], ['4', '5', '6', 'B'], ['7', '8', '9', 'C'], ['*', '0', '#', 'D']];

const BLOCK_MILLIS: u32 = BLOCK as u32 * 1000 / pcm::RATE;
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
    /// The block before and the newest: looks at it reach back to that.
    blocks: Blocks,
    /// What the newest, and the one before, may hold.
    glances: [Glance; 2],
    /// Of the close look at the block before, if there was one.
    kept: Option<Kept>,
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
            blocks: Blocks([[0; BLOCK]; 2]),
            glances: [Glance::Quiet; 2],
            kept: None,
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
        let (now, before) = (glance(&SCREEN, &mut self.blocks, block), self.glances[0]);
        self.glances = [now, before];
        let kept = self.kept.take();
        let kept = match before {
            Glance::MayBe { .. } => Before::MayBe(kept),
            Glance::Quiet | Glance::Other => Before::Nothing,
        };
        match (now, before) {
            // Most of the time: speech, or nothing.
            (Glance::Quiet | Glance::Other, Glance::Quiet | Glance::Other) if self.is_idle() => None,
            // The end of a key at a block's edge looks quiet: it matters where the key is not certain yet.
            (Glance::Quiet, Glance::MayBe { low, high, .. }) if self.held.is_none() => {
                self.look_closely(low, high, kept)
            }
            (Glance::Quiet, _) => self.follow_all(&[None; LOOKS]),
            (Glance::MayBe { pure: true, .. }, Glance::MayBe { pure: true, .. }) if self.goes_on() => None,
            // The key that was told ends, or is interrupted: an interruption of 10 ms spoils 8 looks so, and a pause of 40 ms far more.
            (Glance::Other, Glance::MayBe { .. }) if self.held.is_some() => self.follow_all(&[None; LOOKS]),
            // A key of 40 ms fills a block wherever it begins. Looks reach back 25 ms, so none sees it in the block before that.
            (Glance::MayBe { low, high, .. }, _) | (Glance::Other, Glance::MayBe { low, high, .. }) => {
                self.look_closely(low, high, kept)
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
    fn look_closely(&mut self, low: u8, high: u8, before: Before) -> Option<Heard> {
        let (seen, kept) = looks(&TABLES, &self.blocks, (low as usize, high as usize), before);
        self.kept = Some(kept);
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
        let millis = BLOCK_MILLIS + u32::from(self.agreed) * BLOCK_MILLIS / LOOKS as u32;
        Some(Heard { key, millis })
    }
}

fn key(low: u8, high: u8) -> Option<Key> {
    Key::new(KEYS[low as usize][high as usize - 4])
}
