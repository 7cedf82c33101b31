//! Frames into stretches: so long quiet, so long one tone, so long anything else.

use crate::frame::{Frame, dbm0};

/// Frames in a row that make a stretch of another kind certain.
const QUIET_AFTER: u32 = 2;
const TONE_AFTER: u32 = 3;
const SOUND_AFTER: u32 = 4;
/// Two tones nearer than this are one.
const SAME_HERTZ: f32 = 22.0;
/// Least level that is heard, dBm0: noise of a good line is below.
const LEAST_DBM0: f32 = -43.0;
/// And so much above the line's own noise.
const ABOVE_NOISE_DB: f32 = 6.0;
/// What the line's noise is taken for, at least and at most.
const NOISE_DBM0: (f32, f32) = (-70.0, -38.0);
/// The quietest frame of the last one to two times so many is the noise.
const NOISE_FRAMES: u32 = 100;
/// A tone is over when it falls by this.
const FALL_DB: f32 = 10.0;
/// And for so many frames its echo is no tone of its own.
const ECHO_FRAMES: u32 = 8;
/// Stretches that are remembered.
pub(crate) const MEMORY: usize = 10;

#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Kind {
    Quiet,
    /// Hertz.
    Tone(f32),
    /// A V.21 modem of channel 2.
    Modem,
    /// Speech, music, noise.
    Sound,
}

impl Kind {
    fn is(self, other: Kind) -> bool {
        match (self, other) {
            (Kind::Tone(a), Kind::Tone(b)) => (a - b).abs() < SAME_HERTZ,
            (a, b) => a == b,
        }
    }

    fn certain_after(self) -> u32 {
        match self {
            Kind::Quiet => QUIET_AFTER,
            Kind::Tone(_) => TONE_AFTER,
            Kind::Modem | Kind::Sound => SOUND_AFTER,
        }
    }
}

/// So long so.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Stretch {
    pub(crate) kind: Kind,
    /// Frames of 10 ms.
    pub(crate) frames: u32,
    /// Of the loudest frame.
    pub(crate) dbm0: f32,
}

const NOTHING: Stretch = Stretch { kind: Kind::Quiet, frames: 0, dbm0: -90.0 };

/// The stretch under way and those before it.
#[derive(Clone, Debug)]
pub(crate) struct Stretches {
    /// Newest first.
    past: [Stretch; MEMORY],
    now: Stretch,
    /// Another kind that may have begun: how often it was seen in a row.
    other: Option<(Kind, u32)>,
    /// Frames since the present kind was seen last.
    unlike: u32,
    noise: Noise,
}

impl Default for Stretches {
    fn default() -> Stretches {
        Stretches { past: [NOTHING; MEMORY], now: NOTHING, other: None, unlike: 0, noise: Noise::default() }
    }
}

/// The line's own noise, dBm0: speech and music have pauses, it has none.
#[derive(Clone, Debug)]
struct Noise {
    least_before: f32,
    least_now: f32,
    frames: u32,
}

impl Default for Noise {
    fn default() -> Noise {
        Noise { least_before: -60.0, least_now: 0.0, frames: 0 }
    }
}

impl Noise {
    fn take(&mut self, level: f32) {
        self.least_now = self.least_now.min(level);
        self.frames += 1;
        if self.frames == NOISE_FRAMES {
            *self = Noise { least_before: self.least_now, least_now: 0.0, frames: 0 };
        }
    }

    fn dbm0(&self) -> f32 {
        self.least_before.min(self.least_now).clamp(NOISE_DBM0.0, NOISE_DBM0.1)
    }
}

impl Stretches {
    /// The stretch under way.
    pub(crate) fn now(&self) -> Stretch {
        self.now
    }

    /// The last ones, newest first.
    pub(crate) fn past(&self) -> &[Stretch; MEMORY] {
        &self.past
    }

    /// Below this power nothing is heard.
    pub(crate) fn quiet_below(&self) -> f32 {
        let least = (self.noise.dbm0() + ABOVE_NOISE_DB).max(LEAST_DBM0);
        let least = match self.now.kind {
            Kind::Tone(_) => least.max(self.now.dbm0 - FALL_DB),
            Kind::Quiet if self.now.frames < ECHO_FRAMES && matches!(self.past[0].kind, Kind::Tone(_)) => {
                least.max(self.past[0].dbm0 - FALL_DB)
            }
            Kind::Quiet | Kind::Modem | Kind::Sound => least,
        };
        22_827.0 * 22_827.0 / 2.0 * 10f32.powf(least / 10.0)
    }

    /// True if another stretch began.
    pub(crate) fn take(&mut self, frame: &Frame) -> bool {
        let quiet = frame.power < self.quiet_below();
        let level = dbm0(frame.power);
        if !matches!(self.now.kind, Kind::Tone(_)) {
            self.noise.take(level);
        }
        let seen = match (quiet, frame.single, frame.modem) {
            (true, ..) => Kind::Quiet,
            (false, Some(single), _) => Kind::Tone(single.hertz),
            (false, None, true) => Kind::Modem,
            (false, None, false) => Kind::Sound,
        };
        self.follow(seen, level)
    }

    fn follow(&mut self, seen: Kind, level: f32) -> bool {
        self.now.frames = self.now.frames.saturating_add(1);
        if seen.is(self.now.kind) {
            self.unlike = 0;
            self.other = None;
            if let (Kind::Tone(hertz), Kind::Tone(heard)) = (&mut self.now.kind, seen) {
                // What was measured at the edge of the tone counts less and less.
                *hertz += (heard - *hertz) * 0.25;
            }
            self.now.dbm0 = self.now.dbm0.max(level);
            return false;
        }
        self.unlike += 1;
        let count = match self.other {
            Some((kind, count)) if kind.is(seen) => count + 1,
            _ => 1,
        };
        self.other = Some((seen, count));
        if count < seen.certain_after() {
            return false;
        }
        // It began where the old one was left; what lies between was an edge.
        let frames = if matches!(seen, Kind::Quiet) { count } else { self.unlike };
        let ended = Stretch { frames: self.now.frames.saturating_sub(frames), ..self.now };
        self.past.copy_within(..MEMORY - 1, 1);
        self.past[0] = ended;
        self.now = Stretch { kind: seen, frames, dbm0: level };
        self.unlike = 0;
        self.other = None;
        true
    }
}
