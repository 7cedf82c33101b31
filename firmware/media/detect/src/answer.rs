//! Who or what answered a call on a line that does not say so.

use crate::character::Character;
use crate::progress::{Progress, ProgressDetector};
use crate::signal::{NETWORK, Signal};
use crate::stretch::Kind;

const FRAME: u32 = 10;
/// A pause this long parts two passages, milliseconds.
const PAUSE: u32 = 300;
/// A person says less than this, and waits...
const GREETING: u32 = 2200;
/// ...for an answer at least so long. After speech that may be the network's he must wait longer, and have said less.
const WAITING: u32 = 900;
const LONG_WAITING: u32 = 1500;
const SHORT_GREETING: u32 = 1200;
/// Less sound than this is a click or a cough.
const LEAST: u32 = 120;
/// A machine, and the network, talk at least so long without such a pause.
const SPEECH: u32 = 3000;
/// So much sound tells music from speech.
const MUSIC: u32 = 1500;
/// A burst of 450 Hz this long is a telephone that rings, unless it turns out otherwise.
const RING: u32 = 300;
/// A machine's beep: hertz at least and at most, and milliseconds after its speech at most.
const BEEP: (u16, u16) = (380, 2300);
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

/// Listens to one outgoing call from the moment that the number is dialled.
#[derive(Clone, Debug, Default)]
pub struct AnswerClassifier {
    progress: ProgressDetector,
    passage: Passage,
    /// Ringback, or what may be its first burst, was heard.
    rang: bool,
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
        let now = self.progress.now();
        let rings = matches!(now.kind, Kind::Tone(hertz) if (NETWORK.0..=NETWORK.1).contains(&hertz));
        if rings && now.frames * FRAME >= RING {
            // What sounded before it was its edge.
            self.rang = true;
            self.passage = Passage::default();
        }
        let quiet = matches!(now.kind, Kind::Quiet);
        if !(rings && self.passage.character.loud_millis() == 0) && (self.passage.character.loud_millis() > 0 || !quiet)
        {
            self.passage.character.take(&frame);
        }
        self.passage.quiet = if quiet { self.passage.quiet + FRAME } else { 0 };
        let said = said.or_else(|| self.judge());
        if self.passage.quiet >= LONG_WAITING {
            self.passage.character = Character::default();
        }
        self.think(said, tell);
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
            Signal::SpecialInformation => Some(Answer::Announcement),
            Signal::FaxAnswering | Signal::FaxFlags | Signal::FaxCalling => Some(Answer::Fax),
            Signal::Tone { hertz } => {
                let beep = (BEEP.0..=BEEP.1).contains(&hertz) && self.spoke.is_some_and(|since| since <= BEEP_WITHIN);
                beep.then_some(Answer::Machine)
            }
            Signal::Silence => None,
            Signal::Dial
            | Signal::SpecialDial
            | Signal::TrunkOffering
            | Signal::CallWaiting
            | Signal::Reminder
            | Signal::Confirmation
            | Signal::Howler
            | Signal::Sound => None,
        }
    }

    /// What the passage under way says, as soon as it says anything.
    fn judge(&mut self) -> Option<Answer> {
        let (loud, quiet) = (self.passage.character.loud_millis(), self.passage.quiet);
        if loud < LEAST {
            let nobody = self.rang && quiet >= NOBODY_SPEAKS && self.opinion == Some(Answer::Ringback);
            return nobody.then_some(Answer::Silent);
        }
        let music = loud >= MUSIC && self.passage.character.music() > 0.0;
        let coloured = matches!(self.opinion, Some(Answer::ColourRingback));
        let announced = matches!(self.opinion, Some(Answer::Announcement));
        if quiet >= PAUSE {
            return self.pause(loud, quiet, music, announced);
        }
        if loud >= SPEECH {
            if music {
                return (!self.rang || coloured).then_some(Answer::ColourRingback);
            }
            self.spoke = Some(0);
            return Some(if self.rang || coloured { Answer::Machine } else { Answer::Announcement });
        }
        (music && !self.rang).then_some(Answer::ColourRingback)
    }

    /// The passage has ended, or pauses.
    fn pause(&mut self, loud: u32, quiet: u32, music: bool, announced: bool) -> Option<Answer> {
        let (most, wait) = if announced { (SHORT_GREETING, LONG_WAITING) } else { (GREETING, WAITING) };
        if loud <= most && !music {
            return (quiet >= wait).then_some(Answer::Human);
        }
        // More was said than a greeting, or it was music: what follows is another passage.
        self.passage.character = Character::default();
        None
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
