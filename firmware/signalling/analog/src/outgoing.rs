//! A call that goes out over a line: dial tone, digits, what the far exchange says then.

use crate::config::AnsweredBy;
use crate::fxo::{State, Trunk, theirs};
use crate::order::{Listen, Order, Progress};
use crate::practice::{OfficeTimes, Practice};
use crate::span::Desk;
use crate::talk::Talk;
use clock::Monotonic;
use legs::LegIndication;
use numbering::{Cause, Digits};

/// Digits dialled in one call at most.
const MOST_DIGITS: usize = 32;

#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    stage: Stage,
    /// Still to be dialled.
    digits: Digits,
    dialled: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    WaitingForTone {
        until: Monotonic,
    },
    BeforeDialling {
        until: Monotonic,
    },
    /// The card sounds keys, and says when they are out.
    Dialling {
        until: Monotonic,
    },
    Waiting {
        rang: bool,
        until: Monotonic,
    },
    /// A call that is up has its loop open for a moment.
    Flashing {
        until: Monotonic,
        reversal_ends: bool,
    },
}

/// What is to be done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Step {
    Nothing,
    Dial(Digits),
    /// All digits are out: the line is to be heard.
    Dialled,
    Rings,
    Answered {
        by_reversal: bool,
    },
    Refused(Cause),
    NoDialTone,
    FlashOver {
        reversal_ends: bool,
    },
}

impl Outgoing {
    pub(crate) fn seize(digits: &Digits, wait: bool, now: Monotonic, times: &OfficeTimes) -> Outgoing {
        let stage = match wait {
            true => Stage::WaitingForTone { until: now + times.dial_tone_within },
            false => Stage::BeforeDialling { until: now + times.before_dialling },
        };
        let mut call = Outgoing { stage, digits: Digits::default(), dialled: 0 };
        call.add(digits);
        call
    }

    pub(crate) fn flashing(until: Monotonic, reversal_ends: bool) -> Outgoing {
        Outgoing { stage: Stage::Flashing { until, reversal_ends }, digits: Digits::default(), dialled: 0 }
    }

    fn add(&mut self, digits: &Digits) {
        for key in digits.keys() {
            if self.dialled + self.digits.len() < MOST_DIGITS {
                self.digits.push(key);
            }
        }
    }

    pub(crate) fn deadline(&self) -> Monotonic {
        match self.stage {
            Stage::WaitingForTone { until }
            | Stage::BeforeDialling { until }
            | Stage::Dialling { until }
            | Stage::Waiting { until, .. }
            | Stage::Flashing { until, .. } => until,
        }
    }

    pub(crate) fn expire(&mut self, now: Monotonic, answered_by: AnsweredBy, practice: &Practice) -> Step {
        if self.deadline() > now {
            return Step::Nothing;
        }
        match self.stage {
            Stage::WaitingForTone { .. } => Step::NoDialTone,
            Stage::BeforeDialling { .. } => self.dial(now, practice),
            Stage::Dialling { .. } => self.sounded(answered_by, now, practice),
            Stage::Waiting { .. } => Step::Refused(Cause::NoAnswer),
            Stage::Flashing { reversal_ends, .. } => Step::FlashOver { reversal_ends },
        }
    }

    fn dial(&mut self, now: Monotonic, practice: &Practice) -> Step {
        let digits = std::mem::take(&mut self.digits);
        self.dialled += digits.len();
        if digits.is_empty() {
            self.wait(now, practice);
            return Step::Dialled;
        }
        self.stage = Stage::Dialling { until: now + practice.keys_within(digits.len()) };
        Step::Dial(digits)
    }

    fn wait(&mut self, now: Monotonic, practice: &Practice) {
        self.stage = Stage::Waiting { rang: false, until: now + practice.office.answer_within };
    }

    pub(crate) fn more(&mut self, digits: &Digits, now: Monotonic, practice: &Practice) -> Step {
        self.add(digits);
        match self.stage {
            Stage::Waiting { .. } if !self.digits.is_empty() => self.dial(now, practice),
            _ => Step::Nothing,
        }
    }

    pub(crate) fn sounded(&mut self, answered_by: AnsweredBy, now: Monotonic, practice: &Practice) -> Step {
        if !matches!(self.stage, Stage::Dialling { .. }) {
            return Step::Nothing;
        }
        if !self.digits.is_empty() {
            return self.dial(now, practice);
        }
        self.wait(now, practice);
        match answered_by {
            AnsweredBy::Dialled => Step::Answered { by_reversal: false },
            AnsweredBy::Polarity | AnsweredBy::Sound => Step::Dialled,
        }
    }

    /// Some exchanges reverse at seizure as well: only after dialling does it mean an answer.
    pub(crate) fn polarity_changed(
        &mut self,
        changed: Monotonic,
        answered_by: AnsweredBy,
        times: &OfficeTimes,
    ) -> Step {
        let after_dialling = match self.stage {
            Stage::Waiting { until, .. } => changed + times.answer_within >= until,
            _ => false,
        };
        match answered_by {
            AnsweredBy::Polarity | AnsweredBy::Sound if after_dialling => Step::Answered { by_reversal: true },
            _ => Step::Nothing,
        }
    }

    pub(crate) fn hear(
        &mut self,
        heard: Progress,
        answered_by: AnsweredBy,
        now: Monotonic,
        times: &OfficeTimes,
    ) -> Step {
        match self.stage {
            Stage::WaitingForTone { .. } => match heard {
                Progress::Dial => {
                    self.stage = Stage::BeforeDialling { until: now + times.before_dialling };
                    Step::Nothing
                }
                Progress::Busy | Progress::Congestion => Step::Refused(Cause::SwitchingCongestion),
                _ => Step::Nothing,
            },
            Stage::Waiting { rang, until } => match heard {
                Progress::Busy => Step::Refused(Cause::UserBusy),
                Progress::Congestion => Step::Refused(Cause::SwitchingCongestion),
                Progress::SpecialInformation => Step::Refused(Cause::UnallocatedNumber),
                Progress::Ringback if !rang => {
                    self.stage = Stage::Waiting { rang: true, until };
                    Step::Rings
                }
                Progress::Answer if answered_by == AnsweredBy::Sound => Step::Answered { by_reversal: false },
                _ => Step::Nothing,
            },
            Stage::BeforeDialling { .. } | Stage::Dialling { .. } | Stage::Flashing { .. } => Step::Nothing,
        }
    }
}

impl Trunk {
    pub(crate) fn step(&mut self, desk: &mut Desk, step: Step) {
        let State::Outgoing { leg, .. } = self.state else { return };
        match step {
            Step::Nothing => {}
            Step::Dial(digits) => self.dial(desk, digits),
            Step::Dialled => {
                self.order(desk, Order::Listen(Listen::DIALLED));
                desk.tell(leg, LegIndication::Proceeding);
                desk.tell(leg, LegIndication::Progress { inband: true, cause: None });
            }
            Step::Rings => desk.tell(leg, LegIndication::Alerting { inband: true }),
            Step::Answered { by_reversal } => {
                self.state = State::Talking { leg, talk: Talk::begin(by_reversal) };
                self.order(desk, Order::Listen(Listen::TALKING));
                desk.tell(leg, LegIndication::Answered { connected: None });
            }
            Step::Refused(cause) => {
                let cause = theirs(cause);
                desk.tell(leg, LegIndication::Disconnecting { cause, inband: false });
                self.go_on_hook(desk, cause);
            }
            Step::NoDialTone => self.no_dial_tone(desk),
            Step::FlashOver { reversal_ends } => {
                self.order(desk, Order::Hook { off: true });
                self.state = State::Talking { leg, talk: Talk::begin(reversal_ends) };
            }
        }
    }
}
