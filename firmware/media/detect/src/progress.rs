//! Stretches into signals of call progress.

use crate::frame::{Frame, Framer};
use crate::signal::{
    ANSWERING, CADENCES, Cadence, LOUD, NETWORK, Part, SPECIAL_GAP, SPECIAL_INFORMATION, SPECIAL_PART, Signal,
};
use crate::stretch::{Kind, MEMORY, Stretch, Stretches};

/// Milliseconds of a frame.
const FRAME: u32 = 10;
/// Steady 950 Hz is certain after this, milliseconds.
const STEADY: u32 = 1200;
/// The loudest a confirmation tone is, dBm0; GB/T 3380 sends a howler at 0 dBm and above.
const HOWLER_DBM0: f32 = -5.0;
/// Milliseconds of 2100 Hz, of flags, of any other tone and of sound that make them certain.
const ANSWERED: u32 = 500;
const FLAGS: u32 = 250;
const TONE: u32 = 120;
const SOUND: u32 = 80;
/// Pauses of speech shorter than this do not end it, milliseconds.
const PAUSE: u32 = 500;

/// A signal's beginning or end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Progress {
    Began(Signal),
    Ended(Signal),
}

/// How long what has no cadence must last, milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ProgressTiming {
    /// 450 Hz that goes on for this long is dial tone. Nothing shorter than 1.2 s tells it from ringback (1 s) and congestion (0.7 s): whoever
    /// has just seized a line and waits for nothing else may ask for less.
    pub dial_millis: u32,
    /// Quiet for this long is silence.
    pub silence_millis: u32,
}

impl Default for ProgressTiming {
    fn default() -> ProgressTiming {
        ProgressTiming { dial_millis: 1300, silence_millis: 3000 }
    }
}

/// Listens to one line for tones of the network, facsimile machines, sound and silence. Never allocates.
#[derive(Clone, Debug)]
pub struct ProgressDetector {
    timing: ProgressTiming,
    framer: Framer,
    stretches: Stretches,
    heard: Option<Signal>,
    /// Frames since any sound but a tone of the network.
    since_sound: u32,
}

impl Default for ProgressDetector {
    fn default() -> ProgressDetector {
        ProgressDetector::new(ProgressTiming::default())
    }
}

impl ProgressDetector {
    pub fn new(timing: ProgressTiming) -> ProgressDetector {
        ProgressDetector {
            timing,
            framer: Framer::default(),
            stretches: Stretches::default(),
            heard: None,
            since_sound: u32::MAX,
        }
    }

    /// Forgets what was heard before: another call. What sounded is not told to have ended.
    pub fn reset(&mut self) {
        *self = ProgressDetector::new(self.timing);
    }

    /// Other limits from now on.
    pub fn set_timing(&mut self, timing: ProgressTiming) {
        self.timing = timing;
    }

    /// What sounds at present, if it is certain.
    pub fn heard(&self) -> Option<Signal> {
        self.heard
    }

    /// Hears samples, any number of them.
    pub fn hear(&mut self, samples: &[i16], mut tell: impl FnMut(Progress)) {
        for sample in samples {
            self.sample(*sample, &mut tell);
        }
    }

    /// Hears A-law octets, any number of them.
    pub fn hear_alaw(&mut self, octets: &[u8], mut tell: impl FnMut(Progress)) {
        for octet in octets {
            self.sample(pcm::alaw::decode(*octet), &mut tell);
        }
    }

    /// One sample; the frame that it completed, with what changed told.
    pub(crate) fn sample(&mut self, sample: i16, tell: &mut impl FnMut(Progress)) -> Option<Frame> {
        if !self.framer.take(sample) {
            return None;
        }
        let frame = self.framer.frame(self.stretches.quiet_below());
        self.stretches.take(&frame);
        let seen = self.signal();
        if seen != self.heard {
            if let Some(before) = self.heard {
                tell(Progress::Ended(before));
            }
            if let Some(signal) = seen {
                tell(Progress::Began(signal));
            }
            self.heard = seen;
        }
        Some(frame)
    }

    /// The stretch under way, for those who judge what the sound is.
    pub(crate) fn now(&self) -> Stretch {
        self.stretches.now()
    }

    /// The one before it.
    pub(crate) fn before(&self) -> Stretch {
        self.stretches.past()[0]
    }

    fn signal(&mut self) -> Option<Signal> {
        let (now, past) = (self.stretches.now(), self.stretches.past());
        let tone = matches!(now.kind, Kind::Tone(hertz) if within(hertz, NETWORK));
        self.since_sound = match now.kind {
            Kind::Quiet | Kind::Modem => self.since_sound.saturating_add(1),
            Kind::Tone(_) if tone => u32::MAX,
            Kind::Sound if now.frames * FRAME < SOUND => self.since_sound.saturating_add(1),
            // A note of a melody is sound; a tone on its own is not.
            Kind::Tone(_) if self.heard != Some(Signal::Sound) => u32::MAX,
            Kind::Tone(_) | Kind::Sound => 0,
        };
        if special_information(now, past) {
            return Some(Signal::SpecialInformation);
        }
        let cadence = CADENCES.iter().find(|cadence| {
            let held = self.heard == Some(cadence.signal);
            follows(cadence, now, past, held)
        });
        if let Some(cadence) = cadence {
            self.since_sound = u32::MAX;
            return Some(cadence.signal);
        }
        self.lasting(now)
    }

    /// What has no cadence but lasts.
    fn lasting(&self, now: Stretch) -> Option<Signal> {
        let millis = now.frames.saturating_mul(FRAME);
        // A pause in speech, and a tone of a melody, are sound still.
        let sounds = self.since_sound.saturating_mul(FRAME) < PAUSE;
        match now.kind {
            Kind::Quiet if millis >= self.timing.silence_millis => Some(Signal::Silence),
            Kind::Tone(hertz) if within(hertz, NETWORK) => (millis >= self.timing.dial_millis).then_some(Signal::Dial),
            Kind::Tone(hertz) if within(hertz, LOUD) && millis >= STEADY => {
                Some(if now.dbm0 > HOWLER_DBM0 { Signal::Howler } else { Signal::Confirmation })
            }
            Kind::Tone(hertz) if within(hertz, ANSWERING) => (millis >= ANSWERED).then_some(Signal::FaxAnswering),
            Kind::Modem if millis >= FLAGS => Some(Signal::FaxFlags),
            Kind::Tone(hertz) if millis >= TONE => Some(match self.heard {
                // Told once with one frequency.
                Some(Signal::Tone { hertz: before }) if (f32::from(before) - hertz).abs() < 25.0 => {
                    Signal::Tone { hertz: before }
                }
                _ => Signal::Tone { hertz: ((hertz / 10.0).round() * 10.0) as u16 },
            }),
            Kind::Sound | Kind::Quiet | Kind::Tone(_) | Kind::Modem => sounds.then_some(Signal::Sound),
        }
    }
}

fn within(hertz: f32, (least, most): (f32, f32)) -> bool {
    (least..=most).contains(&hertz)
}

/// A stretch's length, with half a frame at each end that it may have had more or less.
fn lasts(stretch: Stretch, part: Part) -> bool {
    let millis = stretch.frames.saturating_mul(FRAME);
    (part.least..=part.most).contains(&millis)
}

/// True if the stretches are this cadence, in whatever part of its turn it is. Once it is told, two parts keep it.
fn follows(cadence: &Cadence, now: Stretch, past: &[Stretch; MEMORY], held: bool) -> bool {
    let needed = if held { cadence.parts.min(2) } else { cadence.parts };
    let and = if held { 0 } else { cadence.and };
    let turn = cadence.turn;
    let like = |stretch: Stretch, place: usize| match stretch.kind {
        Kind::Tone(hertz) => place.is_multiple_of(2) && within(hertz, cadence.hertz),
        Kind::Quiet => !place.is_multiple_of(2),
        Kind::Modem | Kind::Sound => false,
    };
    let millis = now.frames.saturating_mul(FRAME);
    // The last burst of a faster cadence that stopped is no first burst of a slow one.
    let faster = |off: Part| past[1].frames.saturating_mul(FRAME) < off.least && like(past[1], 1) && like(past[2], 0);
    if cadence.parts == 1 && turn.get(1).is_some_and(|off| faster(*off)) {
        return false;
    }
    (0..turn.len()).any(|place| {
        like(now, place)
            && millis <= turn[place].most
            && millis >= and
            && (1..=needed).all(|back| {
                let place = (place + 2 * turn.len() * needed - back) % turn.len();
                like(past[back - 1], place) && lasts(past[back - 1], turn[place])
            })
            // A tone alone is no cadence: the pause after it is waited for.
            && (held || cadence.and == 0 || matches!(now.kind, Kind::Quiet))
    })
}

/// Three tones, one after another.
fn special_information(now: Stretch, past: &[Stretch; MEMORY]) -> bool {
    let gap = |stretch: &&Stretch| matches!(stretch.kind, Kind::Quiet) && stretch.frames * FRAME <= SPECIAL_GAP;
    let is = |stretch: &Stretch, which: usize| match stretch.kind {
        Kind::Tone(hertz) => within(hertz, SPECIAL_INFORMATION[which]),
        Kind::Quiet | Kind::Modem | Kind::Sound => false,
    };
    // The third of them sounds, or the pause after it.
    let third_sounds = is(&now, 2) && now.frames * FRAME >= SPECIAL_PART.least / 2;
    let after = matches!(now.kind, Kind::Quiet) && now.frames * FRAME <= 1500;
    let mut before = past.iter().filter(|stretch| !gap(stretch));
    let third = third_sounds || after && before.next().is_some_and(|third| is(third, 2) && lasts(*third, SPECIAL_PART));
    third
        && before.next().is_some_and(|second| is(second, 1) && lasts(*second, SPECIAL_PART))
        && before.next().is_some_and(|first| is(first, 0))
}
