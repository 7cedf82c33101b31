use crate::disabler::Disabler;
use crate::filters::{Filters, LANES, Powers};
use crate::narrow::Narrow;
use crate::residue::Residue;
use crate::{BLOCK, ZERO_DBM0};

/// The longest tail: 128 ms.
const MOST_TAPS: usize = 1024;

/// Blocks of the longest tail, and one for where blocks begin.
const TAIL: usize = MOST_TAPS / BLOCK + 1;

/// -50 dBm0 from afar is worth learning from.
const WORTH: f32 = ZERO_DBM0 * 1e-5;

/// -60 dBm0 in all of the tail has no echo to speak of.
pub(crate) const SILENCE: f32 = ZERO_DBM0 * 1e-6;

/// Near by so little below far: both talk, as no hybrid returns that much (6 dB at least, 5 of G.168, and 2 for the shape of speech).
const BOTH: f32 = 0.4;
/// The same of a path that is not known, or no more.
const BOTH_UNKNOWN: f32 = 1.0;
/// Blocks that it is believed on: 30 ms.
const BOTH_HANG: u32 = 6;

/// The learning filter is better by so much (1 dB), over so many blocks running; over a path that is known, on a mean.
const BETTER: f32 = 0.8;
const BETTER_BLOCKS: u32 = 3;
const BETTER_BLOCKS_KNOWN: u32 = 12;
/// By so much (6 dB) where a known path leaves more than it is used to: speech of the near end cannot be learned so well, another path can.
const MUCH_BETTER: f32 = 0.25;
/// Worse by so much (3 dB) over so many blocks running, it is taken back.
const WORSE: f32 = 2.0;
const WORSE_BLOCKS: u32 = 20;
/// Means are of so many blocks: 120 ms.
const MEAN_BLOCKS: f32 = 24.0;

/// So many times over what is usually left of the echo (9 dB), there is something else.
const UNUSUAL: f32 = 8.0;
/// How fast the usual rest is believed to be less, and more (0.6 dB a second), a block.
const LESS: f32 = 0.05;
const MORE: f32 = 1.0007;

/// Of the error that is learned at once: of a new path, of one that is known long since, and the way between, a block.
const FAST: f32 = 0.6;
const SLOW: f32 = 0.15;
const SLOWER: f32 = 0.995;

/// What the heard filter leaves (6 dB) of a path that is not the one it learned, and the correlation of that with what it foretells: speech of the near end has none.
const CHANGED: f32 = 0.25;
const ALIKE: f32 = 0.2;
/// Blocks running after which the path is believed to be another one: 40 ms.
const CHANGED_BLOCKS: u32 = 8;

/// What the heard filter has taken off (10 dB) where a path counts as known.
const KNOWN: f32 = 0.1;

#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The longest echo, milliseconds: 16 to 128.
    pub tail_millis: u16,
    /// Suppress what the filter leaves.
    pub suppress: bool,
    /// Put noise like the line's in its place.
    pub comfort_noise: bool,
    /// Learn; without, what was learned is kept (the H register's freeze of the tests).
    pub learn: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { tail_millis: 128, suppress: true, comfort_noise: true, learn: true }
    }
}

/// What the canceller makes of the line.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct State {
    /// A modem or fax asked to be left alone.
    pub disabled: bool,
    /// Echo return loss enhancement, dB: what the filter takes off, on average of the last half second of echo.
    pub enhancement: f32,
}

/// One port's canceller.
#[derive(Debug)]
pub struct Canceller {
    settings: Settings,
    filters: Box<Filters>,
    disabler: Disabler,
    narrow: Narrow,
    residue: Residue,
    judgement: Judgement,
}

/// How the filters fared.
#[derive(Clone, Copy, Debug)]
struct Judgement {
    /// Mean power of each block of the tail.
    far: [f32; TAIL],
    at: usize,
    both: u32,
    /// Blocks until a tone has left the tail.
    tone: u32,
    /// This block is as loud as double talk; the last was echo nevertheless.
    loud: bool,
    explained: bool,
    /// The filter has taken off what it should, and no other path was learned since.
    known: bool,
    better: u32,
    worse: u32,
    changed: u32,
    means: Powers,
    /// What is left of the echo of a known path, of what is foretold.
    usual: f32,
    /// The share of the error that is learned.
    step: f32,
    /// Near, and what was left of it, over half a second of echo.
    near: f32,
    left: f32,
}

impl Canceller {
    pub fn new(settings: Settings) -> Canceller {
        let taps = (usize::from(settings.tail_millis) * 8).clamp(8 * LANES, MOST_TAPS) / LANES * LANES;
        Canceller {
            settings,
            filters: Box::new(Filters::new(taps)),
            disabler: Disabler::default(),
            narrow: Narrow::default(),
            residue: Residue::new(),
            judgement: Judgement::NEW,
        }
    }

    /// Another call: nothing is known of its path.
    pub fn reset(&mut self) {
        self.filters.forget();
        self.disabler = Disabler::default();
        self.narrow = Narrow::default();
        self.residue = Residue::new();
        self.judgement = Judgement::NEW;
    }

    pub fn set(&mut self, settings: Settings) {
        // The tail is made once.
        self.settings = Settings { tail_millis: self.settings.tail_millis, ..settings };
    }

    pub fn state(&self) -> State {
        let Judgement { near, left, .. } = self.judgement;
        let enhancement = if near > 0.0 { 10.0 * (near / left.max(near * 1e-9)).log10() } else { 0.0 };
        State { disabled: self.disabler.is_disabled(), enhancement }
    }

    /// Takes the echo of `far`, sent to the line, off `near`, received at the same time. The shorter one counts.
    pub fn process(&mut self, far: &[i16], near: &mut [i16]) {
        for (far, near) in far.chunks(BLOCK).zip(near.chunks_mut(BLOCK)) {
            let count = far.len().min(near.len());
            self.block(&far[..count], &mut near[..count]);
        }
    }

    fn block(&mut self, far: &[i16], near: &mut [i16]) {
        let disabled = self.disabler.hear(far, near);
        let count = near.len() as f32;
        let near_power = near.iter().map(|near| f32::from(*near).powi(2)).sum::<f32>() / count;
        let far_power = far.iter().map(|far| f32::from(*far).powi(2)).sum::<f32>() / count;
        let loudest = self.judgement.hear(far_power, near_power);
        let mut errors = [0f32; BLOCK];
        let errors = &mut errors[..near.len()];
        errors.iter_mut().zip(near.iter()).for_each(|(error, near)| *error = f32::from(*near));
        if disabled || loudest < SILENCE {
            self.filters.pass(far);
            if !disabled {
                self.finish(errors, near, loudest, false);
            }
            return;
        }
        let tone = self.tone_in_tail(far) && self.judgement.known;
        let learn = self.settings.learn && self.judgement.both == 0 && !tone && loudest >= WORTH;
        let mut rest = [0f32; BLOCK];
        let powers = self.filters.run(far, near, &mut rest[..near.len()], learn.then_some(self.judgement.step));
        if learn {
            self.judge(powers);
        }
        let both = self.judgement.count(powers, loudest);
        // A filter that makes it worse is better not heard: the path is gone.
        if powers.heard <= WORSE * powers.near {
            errors.copy_from_slice(&rest[..near.len()]);
        }
        self.finish(errors, near, loudest, both);
    }

    /// What the far end hears of a block's rest.
    fn finish(&mut self, errors: &mut [f32], near: &mut [i16], loudest: f32, both: bool) {
        if self.settings.suppress {
            self.residue.treat(errors, loudest, both, self.settings.comfort_noise);
        }
        for (near, error) in near.iter_mut().zip(errors) {
            *near = error.round().clamp(-32768.0, 32767.0) as i16;
        }
    }

    /// Whether this block is a tone, with the samples before it, or one of the tail was.
    fn tone_in_tail(&mut self, far: &[i16]) -> bool {
        let mut sent = [0f32; Narrow::PAST + BLOCK];
        sent[..Narrow::PAST].copy_from_slice(self.filters.latest(Narrow::PAST));
        for (sent, far) in sent[Narrow::PAST..].iter_mut().zip(far) {
            *sent = f32::from(*far);
        }
        let tone = self.narrow.is_tone(&sent[..Narrow::PAST + far.len()]);
        self.judgement.tone = if tone { TAIL as u32 } else { self.judgement.tone.saturating_sub(1) };
        self.judgement.tone > 0
    }

    /// Which filter is the better one.
    fn judge(&mut self, powers: Powers) {
        let judgement = &mut self.judgement;
        judgement.means.follow(powers, 1.0 / MEAN_BLOCKS);
        let unusual = judgement.is_unusual();
        judgement.step = if judgement.is_changed(powers) { FAST } else { (judgement.step * SLOWER).max(SLOW) };
        let Judgement { better, worse, known, means, .. } = judgement;
        let at = if *known { *means } else { powers };
        let least = if *known && unusual { MUCH_BETTER } else { BETTER };
        let wins = at.learning < least * at.heard && (powers.learning < powers.near || powers.heard > powers.near);
        *better = if wins { *better + 1 } else { 0 };
        *worse = if powers.learning > WORSE * powers.heard { *worse + 1 } else { 0 };
        if *better >= if *known { BETTER_BLOCKS_KNOWN } else { BETTER_BLOCKS } {
            if powers.heard > CHANGED * powers.near {
                self.residue.unknown();
                (*known, judgement.usual) = (false, KNOWN);
            }
            self.filters.take_learned();
            means.heard = means.learning;
            *better = 0;
        } else if *worse >= WORSE_BLOCKS {
            self.filters.unlearn();
            means.learning = means.heard;
            *worse = 0;
        }
    }
}

impl Judgement {
    const NEW: Judgement = Judgement {
        far: [0.0; TAIL],
        at: 0,
        both: 0,
        tone: 0,
        loud: false,
        explained: false,
        known: false,
        better: 0,
        worse: 0,
        changed: 0,
        means: Powers::NONE,
        usual: KNOWN,
        step: FAST,
        near: 0.0,
        left: 0.0,
    };

    /// The loudest of the tail, this block included.
    fn hear(&mut self, far: f32, near: f32) -> f32 {
        self.far[self.at] = far;
        self.at = (self.at + 1) % TAIL;
        let loudest = self.far.iter().copied().fold(0.0, f32::max);
        let most = if self.known && self.changed < CHANGED_BLOCKS { BOTH } else { BOTH_UNKNOWN };
        self.loud = near > most * loudest && near > WORTH;
        self.both = if self.loud && !self.explained { BOTH_HANG } else { self.both.saturating_sub(1) };
        loudest
    }

    /// Whether a known path leaves more than it is used to.
    fn is_unusual(&mut self) -> bool {
        let Powers { heard, foretold, .. } = self.means;
        if !self.known || foretold <= 0.0 {
            return false;
        }
        let left = heard / foretold;
        self.usual =
            if left < self.usual { self.usual + LESS * (left - self.usual) } else { (self.usual * MORE).min(KNOWN) };
        left > UNUSUAL * self.usual
    }

    /// Whether the path is not the one that was learned.
    fn is_changed(&mut self, powers: Powers) -> bool {
        let Powers { heard, foretold, common, .. } = self.means;
        let alike = !self.known || common * common > ALIKE * heard * foretold;
        self.changed = if alike && powers.heard > CHANGED * powers.near { self.changed + 1 } else { 0 };
        self.changed >= CHANGED_BLOCKS
    }

    /// True if both talk, for all that can be told when the block is filtered.
    fn count(&mut self, powers: Powers, loudest: f32) -> bool {
        // A hybrid that resonates with a voice returns more than its loss tells; what the filter foretells is echo.
        self.explained = powers.heard < KNOWN * powers.near;
        if self.loud && self.explained {
            self.both = 0;
        }
        if loudest >= WORTH && self.both == 0 && powers.near > 0.0 {
            self.near += 0.01 * (powers.near - self.near);
            self.left += 0.01 * (powers.heard - self.left);
            self.known |= self.left < KNOWN * self.near;
        }
        self.both > 0
    }
}
