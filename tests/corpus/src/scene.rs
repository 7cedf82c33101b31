//! Outgoing calls as they are heard, from the last digit on, with what they really are.

use crate::condition::Condition;
use crate::music;
use crate::random::Dice;
use crate::song;
use crate::speech::{ANNOUNCEMENTS, GREETINGS, MACHINES, Part, Speaker};
use crate::tone::{self, Sender, Turn};
use detect::Answer;

/// What happens in a call.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Course {
    Ringback,
    Busy,
    Congestion,
    Unobtainable,
    ColourRingback,
    Announcement,
    HumanAfterRingback,
    HumanAfterColour,
    HumanAfterSpokenColour,
    MachineAfterRingback,
    MachineAfterColour,
    Fax,
    Silent,
    SungColour,
    HumanAfterSong,
    MachineAfterSong,
}

impl Course {
    pub const ALL: [Course; 16] = [
        Course::Ringback,
        Course::ColourRingback,
        Course::SungColour,
        Course::Announcement,
        Course::Busy,
        Course::Congestion,
        Course::Unobtainable,
        Course::HumanAfterRingback,
        Course::HumanAfterColour,
        Course::HumanAfterSong,
        Course::HumanAfterSpokenColour,
        Course::MachineAfterRingback,
        Course::MachineAfterColour,
        Course::MachineAfterSong,
        Course::Fax,
        Course::Silent,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Course::Ringback => "rings, nobody answers",
            Course::Busy => "busy",
            Course::Congestion => "congestion",
            Course::Unobtainable => "number unobtainable",
            Course::ColourRingback => "彩铃 (music), nobody answers",
            Course::Announcement => "announcement of the network",
            Course::HumanAfterRingback => "ringback, then a person",
            Course::HumanAfterColour => "彩铃 (music), then a person",
            Course::HumanAfterSpokenColour => "彩铃 (speech), then a person",
            Course::MachineAfterRingback => "ringback, then a machine",
            Course::MachineAfterColour => "彩铃 (music), then a machine",
            Course::Fax => "ringback, then a facsimile machine",
            Course::Silent => "ringback, then silence",
            Course::SungColour => "彩铃 (song), nobody answers",
            Course::HumanAfterSong => "彩铃 (song), then a person",
            Course::MachineAfterSong => "彩铃 (song), then a machine",
        }
    }

    /// The right verdict.
    pub fn truth(self) -> Answer {
        match self {
            Course::Ringback => Answer::Ringback,
            Course::Busy | Course::Congestion | Course::Unobtainable => Answer::Refused,
            Course::ColourRingback | Course::SungColour => Answer::ColourRingback,
            Course::Announcement => Answer::Announcement,
            Course::HumanAfterRingback
            | Course::HumanAfterColour
            | Course::HumanAfterSong
            | Course::HumanAfterSpokenColour => Answer::Human,
            Course::MachineAfterRingback | Course::MachineAfterColour | Course::MachineAfterSong => Answer::Machine,
            Course::Fax => Answer::Fax,
            Course::Silent => Answer::Silent,
        }
    }
}

/// One call as the box hears it.
pub struct Scene {
    pub course: Course,
    /// A-law.
    pub octets: Vec<u8>,
    /// When somebody answered, milliseconds; none if nobody did.
    pub answered: Option<u32>,
}

/// Makes calls of one half of the voices and instruments, over lines of one condition.
pub struct Stage<'a> {
    pub speaker: &'a Speaker,
    pub part: Part,
    pub condition: Condition,
}

impl Stage<'_> {
    pub fn scene(&self, course: Course, dice: &mut Dice) -> std::io::Result<Scene> {
        let mut sent = tone::quiet(dice.between(400.0, 2500.0));
        self.before_answer(course, dice, &mut sent)?;
        let mut answered = Some((sent.len() / 8) as u32);
        match course.truth() {
            Answer::Human => {
                // The switch of the path, and the hand on its way to the ear.
                sent.extend(tone::quiet(dice.between(200.0, 900.0)));
                sent.extend(self.said(&GREETINGS, dice)?);
                sent.extend(tone::quiet(dice.between(1900.0, 2600.0)));
            }
            Answer::Machine => {
                sent.extend(tone::quiet(dice.between(300.0, 1200.0)));
                sent.extend(self.said(&MACHINES, dice)?);
                sent.extend(tone::quiet(dice.between(200.0, 900.0)));
                sent.extend(tone::beep(dice.between(400.0, 1600.0), dice.between(200.0, 700.0), -10.0));
                sent.extend(tone::quiet(2500.0));
            }
            Answer::Fax => {
                sent.extend(tone::quiet(dice.between(200.0, 1500.0)));
                let sender = Sender::within_limits(dice);
                if dice.below(3) > 0 {
                    sent.extend(sender.send(tone::FAX_ANSWER, 3000.0));
                    sent.extend(tone::quiet(75.0));
                }
                sent.extend(tone::fax_flags(1000.0, sender.dbm0));
                sent.extend(tone::quiet(1000.0));
            }
            Answer::Silent => sent.extend(tone::quiet(9000.0)),
            Answer::Ringback | Answer::Refused | Answer::ColourRingback | Answer::Announcement => answered = None,
        }
        let octets = self.condition.carry(&sent, self.speaker.folder(), dice)?;
        Ok(Scene { course, octets, answered })
    }

    fn before_answer(&self, course: Course, dice: &mut Dice, sent: &mut Vec<f64>) -> std::io::Result<()> {
        let sender = Sender::within_limits(dice);
        let mut tone = |turn: Turn, millis: f64| sent.extend(sender.send(turn, millis));
        match course {
            Course::Ringback => tone(tone::RINGBACK, dice.between(8000.0, 22_000.0)),
            Course::Busy => tone(tone::BUSY, 6000.0),
            Course::Congestion => tone(tone::CONGESTION, 8000.0),
            Course::Unobtainable => tone(tone::UNOBTAINABLE, 7000.0),
            Course::HumanAfterRingback | Course::MachineAfterRingback | Course::Fax | Course::Silent => {
                tone(tone::RINGBACK, dice.between(2000.0, 16_000.0));
            }
            Course::ColourRingback => sent.extend(music::piece(dice.between(8000.0, 20_000.0), self.part, dice)),
            Course::HumanAfterColour | Course::MachineAfterColour => {
                sent.extend(music::piece(dice.between(3000.0, 15_000.0), self.part, dice));
            }
            Course::SungColour => sent.extend(song::song(dice.between(8000.0, 20_000.0), self.part, dice)),
            Course::HumanAfterSong | Course::MachineAfterSong => {
                sent.extend(song::song(dice.between(3000.0, 15_000.0), self.part, dice));
            }
            Course::Announcement => {
                if dice.below(2) == 0 {
                    tone(tone::SPECIAL_INFORMATION, 990.0 + 200.0);
                }
                let said = self.said(&ANNOUNCEMENTS, dice)?;
                for _ in 0..2 {
                    sent.extend(&said);
                    sent.extend(tone::quiet(dice.between(600.0, 2000.0)));
                }
            }
            Course::HumanAfterSpokenColour => {
                let said = self.said(&ANNOUNCEMENTS, dice)?;
                // Somebody answers in the midst of it.
                let cut = (said.len() as f64 * dice.between(0.5, 1.0)) as usize;
                sent.extend(&said[..cut]);
            }
        }
        Ok(())
    }

    fn said(&self, phrases: &crate::speech::Phrases, dice: &mut Dice) -> std::io::Result<Vec<f64>> {
        self.speaker.say(phrases, self.part, dice)
    }
}
