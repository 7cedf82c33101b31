//! Who or what answered a call on a line that does not say so.

use crate::character::Character;
use crate::frame::Frame;
use crate::progress::{Progress, ProgressDetector};
use crate::signal::{NETWORK, Signal};
use crate::stretch::{Kind, Stretch};

const FRAME: u32 = 10;
/// In what sounds in place of ringback a pause this long may be where somebody answered, milliseconds.
const PAUSE: u32 = 200;
/// And in speech, which has shorter pauses of its own.
const BREATH: u32 = 350;
/// A person says less than this, and waits...
const GREETING: u32 = 2200;
/// ...for an answer at least so long. After speech that may be the network's he must wait longer, and have said less.
const WAITING: u32 = 900;
const LONG_WAITING: u32 = 1500;
/// Who sings in place of ringback breathes, too, where his instruments are silent.
const WAITING_AFTER_MUSIC: u32 = 1200;
const SHORT_GREETING: u32 = 1200;
/// Less sound than this is a click or a cough.
const LEAST: u32 = 120;
/// A machine, and the network, talk at least so long without waiting.
const SPEECH: u32 = 3000;
/// So much sound tells music from speech.
const MUSIC: u32 = 1500;
/// A burst of 450 Hz this long, and a pause as long behind it, is a telephone that rings, unless it turns out otherwise.
const RING: u32 = 300;
/// What a tone's beginning may have looked like before it was one, milliseconds.
const EDGE: u32 = 60;
/// Other sound just before a facsimile machine's, milliseconds at most: music has such notes too.
const FAX_EDGE: u32 = 300;
/// A machine's beep: hertz, frames of it, frames of quiet before it, and milliseconds after its speech at most.
const BEEP: (f32, f32) = (380.0, 2060.0);
const BEEP_FRAMES: u32 = 16;
const BEEP_QUIET: u32 = 8;
const BEEP_WITHIN: u32 = 3000;
/// After ringback stopped for this long without a sound somebody has answered and says nothing.
const NOBODY_SPEAKS: u32 = 6000;

/// What is at the other end, as far as it can be heard.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Answer {
    /// Not answered: ringback tone.
    Ringback,
    /// Not answered: 彩铃, music in place of ringback.
    ColourRingback,
    /// Not answered: the network says something, or a subscriber's recording in place of ringback does.
    Announcement,
    /// Not answered, and it will not be: the tone that says so is told beside.
    Refused,
    /// Answered by a person.
    Human,
    /// Answered by a machine that speaks.
    Machine,
    /// Answered by a facsimile machine.
    Fax,
    /// Ringback stopped and nothing is heard.
    Silent,
}

impl Answer {
    /// True if the call is through.
    pub fn is_answered(self) -> bool {
        match self {
            Answer::Human | Answer::Machine | Answer::Fax | Answer::Silent => true,
            Answer::Ringback | Answer::ColourRingback | Answer::Announcement | Answer::Refused => false,
        }
    }
}

/// What the classifier tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AnswerHeard {
    Progress(Progress),
    /// A new opinion. Those that say it is answered are final.
    Answer(Answer),
}

/// A stretch of sound with pauses below [`PAUSE`].
#[derive(Clone, Debug, Default)]
struct Passage {
    character: Character,
    /// Milliseconds of quiet at its end.
    quiet: u32,
}

/// What was said last, after a pause of [`BREATH`].
#[derive(Clone, Debug, Default)]
struct Burst {
    character: Character,
    quiet: u32,
    /// Something sounded before it.
    apart: bool,
}

impl Burst {
    fn take(&mut self, frame: &Frame, quiet: bool) {
        if quiet {
            self.quiet += FRAME;
            return;
        }
        if self.quiet >= BREATH {
            let apart = self.character.loud_millis() > 0;
            *self = Burst { apart, ..Burst::default() };
        }
        self.quiet = 0;
        self.character.take(frame);
    }

    /// Short speech, apart from what sounded in place of ringback.
    fn is_greeting(&self) -> bool {
        let loud = self.character.loud_millis();
        self.apart && (LEAST..=SHORT_GREETING).contains(&loud) && self.character.music() < 0.0
    }
}

/// Listens to one outgoing call from the moment that the number is dialled.
#[derive(Clone, Debug, Default)]
pub struct AnswerClassifier {
    progress: ProgressDetector,
    passage: Passage,
    burst: Burst,
    /// Ringback, or what may be its first burst, was heard.
    rang: bool,
    /// Special information tone was heard: what follows is an announcement.
    failed: bool,
    /// A long passage of speech was heard: milliseconds since.
    spoke: Option<u32>,
    opinion: Option<Answer>,
}

impl AnswerClassifier {
    /// The present opinion.
    pub fn opinion(&self) -> Option<Answer> {
        self.opinion
    }

    /// Measures on the passage under way, for those who tune.
    pub fn character(&self) -> &Character {
        &self.passage.character
    }

    /// Forgets what was heard before: another call.
    pub fn reset(&mut self) {
        *self = AnswerClassifier::default();
    }

    /// Hears samples, any number of them.
    pub fn hear(&mut self, samples: &[i16], mut tell: impl FnMut(AnswerHeard)) {
        for sample in samples {
            self.sample(*sample, &mut tell);
        }
    }

    /// Hears A-law octets, any number of them.
    pub fn hear_alaw(&mut self, octets: &[u8], mut tell: impl FnMut(AnswerHeard)) {
        for octet in octets {
            self.sample(pcm::alaw::decode(*octet), &mut tell);
        }
    }

    fn sample(&mut self, sample: i16, tell: &mut impl FnMut(AnswerHeard)) {
        let mut begun = None;
        let frame = self.progress.sample(sample, &mut |progress| {
            if let Progress::Began(signal) = progress {
                begun = Some(signal);
            }
            tell(AnswerHeard::Progress(progress));
        });
        let Some(frame) = frame else { return };
        let said = begun.and_then(|signal| self.signal(signal));
        self.spoke = self.spoke.map(|millis| millis.saturating_add(FRAME));
        self.collect(&frame);
        let said = said.or_else(|| self.judge());
        if self.passage.quiet >= LONG_WAITING {
            self.passage.character = Character::default();
        }
        self.think(said, tell);
    }

    /// Adds a frame to the passage. Tones of the network on their own are no part of it.
    fn collect(&mut self, frame: &Frame) {
        let (now, past) = (self.progress.now(), self.progress.before());
        let network =
            |stretch: Stretch| matches!(stretch.kind, Kind::Tone(hertz) if (NETWORK.0..=NETWORK.1).contains(&hertz));
        let quiet = matches!(now.kind, Kind::Quiet);
        let loud = self.passage.character.loud_millis();
        self.passage.quiet = if quiet { self.passage.quiet + FRAME } else { 0 };
        if self.progress.heard() == Some(Signal::SpecialInformation) {
            self.passage = Passage::default();
            return;
        }
        // Only 450 Hz after a pause, and with a pause behind it, may be a telephone that rings: a melody has that note too.
        if network(now) && loud <= now.frames * FRAME + EDGE {
            self.passage = Passage::default();
            return;
        }
        let rings = quiet && network(past) && past.frames * FRAME >= RING && now.frames * FRAME == RING && loud == 0;
        self.rang |= rings;
        self.burst.take(frame, quiet);
        if loud > 0 || !quiet {
            self.passage.character.take(frame);
        }
    }

    /// What a signal of call progress says of the answer.
    fn signal(&mut self, signal: Signal) -> Option<Answer> {
        match signal {
            Signal::Ringback => {
                self.rang = true;
                self.passage = Passage::default();
                Some(Answer::Ringback)
            }
            Signal::Busy | Signal::Congestion | Signal::NumberUnobtainable => Some(Answer::Refused),
            Signal::SpecialInformation => {
                self.failed = true;
                Some(Answer::Announcement)
            }
            Signal::FaxAnswering | Signal::FaxFlags | Signal::FaxCalling => {
                let alone = self.passage.character.loud_millis() <= self.progress.now().frames * FRAME + FAX_EDGE;
                // A note, too, may be 2100 Hz and stand alone.
                let note = self.opinion == Some(Answer::ColourRingback) && signal != Signal::FaxFlags;
                (alone && !note).then_some(Answer::Fax)
            }
            Signal::Silence
            | Signal::Tone { .. }
            | Signal::Dial
            | Signal::SpecialDial
            | Signal::TrunkOffering
            | Signal::CallWaiting
            | Signal::Reminder
            | Signal::Confirmation
            | Signal::Howler
            | Signal::Sound => None,
        }
    }

    /// A tone on its own after speech.
    fn beeps(&self) -> bool {
        let (now, past) = (self.progress.now(), self.progress.before());
        let tone = matches!(now.kind, Kind::Tone(hertz) if (BEEP.0..=BEEP.1).contains(&hertz));
        let alone = matches!(past.kind, Kind::Quiet) && past.frames >= BEEP_QUIET;
        tone && alone && now.frames == BEEP_FRAMES && self.spoke.is_some_and(|since| since <= BEEP_WITHIN)
    }

    /// What the passage under way says, as soon as it says anything.
    fn judge(&mut self) -> Option<Answer> {
        if self.beeps() {
            return Some(Answer::Machine);
        }
        let (loud, quiet) = (self.passage.character.loud_millis(), self.passage.quiet);
        if loud < LEAST {
            if quiet == LONG_WAITING
                && self.burst.is_greeting()
                && !self.failed
                && self.opinion != Some(Answer::Ringback)
            {
                return Some(Answer::Human);
            }
            let nobody = self.rang && quiet >= NOBODY_SPEAKS && self.opinion == Some(Answer::Ringback);
            return nobody.then_some(Answer::Silent);
        }
        let music = self.passage.character.music();
        if quiet >= PAUSE {
            return self.pause(loud, quiet, music);
        }
        if loud >= MUSIC && music > 0.0 {
            return self.in_place_of_ringback();
        }
        (loud >= SPEECH).then(|| self.long_speech())
    }

    /// The passage pauses, or has ended.
    fn pause(&mut self, loud: u32, quiet: u32, music: f32) -> Option<Answer> {
        if music > 0.0 {
            // Somebody may have answered: what follows is another passage.
            self.passage.character = Character::default();
            return if loud >= MUSIC { self.in_place_of_ringback() } else { None };
        }
        let after_music = self.opinion == Some(Answer::ColourRingback);
        if quiet != if after_music { WAITING_AFTER_MUSIC } else { WAITING } {
            return None;
        }
        let announced = self.failed || self.opinion == Some(Answer::Announcement);
        let said = match (loud > GREETING, announced) {
            (true, _) => Some(self.long_speech()),
            // What the network says has pauses too: see the longer wait.
            (false, true) => None,
            (false, false) => Some(Answer::Human),
        };
        self.passage.character = Character::default();
        said
    }

    /// Music: unless the telephone rang, a subscriber's own.
    fn in_place_of_ringback(&mut self) -> Option<Answer> {
        if self.opinion == Some(Answer::Ringback) || self.failed {
            return None;
        }
        // A note may have been taken for a burst of ringback.
        self.rang = false;
        Some(Answer::ColourRingback)
    }

    /// More than a person says at first.
    fn long_speech(&mut self) -> Answer {
        self.spoke = Some(0);
        let answered = !self.failed && (self.rang || self.opinion == Some(Answer::ColourRingback));
        if answered { Answer::Machine } else { Answer::Announcement }
    }

    fn think(&mut self, said: Option<Answer>, tell: &mut impl FnMut(AnswerHeard)) {
        let Some(answer) = said else { return };
        if self.opinion == Some(answer) || self.opinion.is_some_and(Answer::is_answered) {
            // Only a beep and a facsimile machine correct what was taken for a person.
            let corrects = self.opinion == Some(Answer::Human) && matches!(answer, Answer::Machine | Answer::Fax);
            if !corrects || self.opinion == Some(answer) {
                return;
            }
        }
        self.opinion = Some(answer);
        tell(AnswerHeard::Answer(answer));
    }
}
