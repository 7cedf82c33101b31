//! The register that is called.
//!
//! ```text
//! listening --forward heard--> answering (a backward signal sounds) --forward ended--> listening | done
//!     |  \--the exchange must decide--> holding --decided--> answering
//!     |--last digit long ago--> pulsing (change to group B without a forward signal) --> listening
//!     \--nothing for T3--> pulsing (congestion) --> done
//! ```

use crate::ladder::Series;
use crate::outgoing::{Outcome, Step};
use crate::signals::Signal;
use crate::variant::{Asks, Charge, Says, Variant};
use clock::{Millis, Monotonic};
use numbering::{Cause, Digits};

/// Digits of a number at most: more is a far end that does not stop.
const LONGEST: usize = 32;

/// When the called number is complete.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Length {
    /// After so many digits.
    Fixed(u8),
    /// When the exchange says so, digit by digit.
    Asked,
}

/// How numbers are asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wants {
    pub called: Length,
    /// Ask for the caller's number.
    pub caller: bool,
    /// Ask for it after so many digits of the called number; 0: behind the last.
    pub caller_after: u8,
}

/// What the register found out so far.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Found {
    pub called: Digits,
    pub calling: Digits,
    /// The caller withholds his number, or there is none.
    pub withheld: bool,
    /// Signal of the caller's category (KA in China, group II elsewhere), and of the kind of call (KD, group II).
    pub category: Option<Signal>,
    pub kind: Option<Signal>,
}

/// What a step changes, beside what sounds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Asking {
    Nothing,
    /// A digit came: is the number complete?
    MoreOrEnough,
    /// The call is known: is the called party free?
    FreeOrNot,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Listening,
    Answering(Signal),
    Holding,
    Pulsing { until: Monotonic },
    Over,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Expects {
    CalledDigit,
    Category,
    CallerDigit,
    Kind,
    /// The last backward signal sounds: what follows.
    End(Outcome),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Group {
    A,
    C,
    B,
}

#[derive(Clone, Debug)]
pub(crate) struct Register {
    pub(crate) found: Found,
    wants: Wants,
    caller_asked: bool,
    /// The caller's number has just ended: the next backward signal is of its group still.
    behind_caller: bool,
    expects: Expects,
    state: State,
    /// The group of the signal that sounds, or did last.
    group: Group,
    /// The exchange said that the called party is free.
    free: bool,
    /// The exchange wants the call refused; a signal of ours sounds.
    refused: Option<Cause>,
    limit: Monotonic,
}

impl Register {
    pub(crate) fn new(wants: Wants, now: Monotonic, variant: &Variant) -> Register {
        Register {
            found: Found::default(),
            wants,
            caller_asked: !wants.caller,
            behind_caller: false,
            expects: Expects::CalledDigit,
            state: State::Listening,
            group: Group::A,
            free: false,
            refused: None,
            limit: now + variant.timers.next_forward,
        }
    }

    /// The series of the signal that sounds, and of those that are heard.
    pub(crate) fn sounds(&self, variant: &Variant) -> Series {
        match self.group {
            Group::A => Series::A,
            Group::C => variant.series.group_c,
            Group::B => variant.series.group_b,
        }
    }

    pub(crate) fn hears(&self, variant: &Variant) -> Series {
        match self.expects {
            Expects::CalledDigit | Expects::CallerDigit | Expects::End(_) => Series::GroupI,
            Expects::Category => variant.series.category,
            Expects::Kind => variant.series.kind,
        }
    }

    /// A forward signal begins or ends.
    pub(crate) fn heard(&mut self, now: Monotonic, variant: &Variant, heard: Option<Signal>) -> (Step, Asking) {
        match (self.state, heard) {
            (State::Listening, Some(signal)) => {
                self.state = State::Holding;
                self.limit = now + variant.timers.decide;
                match self.refused {
                    Some(cause) => (self.refuse(now, variant, cause), Asking::Nothing),
                    None => self.take(now, variant, signal),
                }
            }
            (State::Answering(_), None) => {
                self.state = State::Listening;
                self.limit = now + self.patience(variant);
                match self.expects {
                    Expects::End(outcome) => (self.over(outcome), Asking::Nothing),
                    _ => (Step::Quiet, Asking::Nothing),
                }
            }
            // The far end gave up while we thought.
            (State::Holding, None) => (self.over(Outcome::Failed), Asking::Nothing),
            (State::Answering(_) | State::Holding | State::Pulsing { .. } | State::Over, Some(_))
            | (State::Listening | State::Pulsing { .. } | State::Over, None) => (Step::Nothing, Asking::Nothing),
        }
    }

    /// Where the length is not known a number may just have ended.
    fn patience(&self, variant: &Variant) -> Millis {
        match (self.expects, self.wants.called) {
            (Expects::CalledDigit, Length::Asked) if !self.found.called.is_empty() => variant.timers.last_digit,
            _ => variant.timers.next_forward,
        }
    }

    pub(crate) fn deadline(&self) -> Option<Monotonic> {
        match self.state {
            State::Pulsing { until } => Some(until),
            State::Listening | State::Answering(_) | State::Holding => Some(self.limit),
            State::Over => None,
        }
    }

    pub(crate) fn expire(&mut self, now: Monotonic, variant: &Variant) -> Step {
        if self.deadline().is_none_or(|limit| limit > now) {
            return Step::Nothing;
        }
        match (self.state, self.expects) {
            (State::Pulsing { .. }, Expects::End(outcome)) => self.over(outcome),
            (State::Pulsing { .. }, _) => {
                self.state = State::Listening;
                self.limit = now + variant.timers.next_forward;
                Step::Quiet
            }
            // The number has ended: only a pulse can say so (Q.442).
            (State::Listening, Expects::CalledDigit) if !self.found.called.is_empty() => {
                match Variant::ask(variant.group_a, Asks::ChangeToB) {
                    Some(change) => {
                        self.expects = Expects::Kind;
                        self.pulse(now, variant, change)
                    }
                    None => self.over(Outcome::Failed),
                }
            }
            (State::Holding, Expects::Kind) => self.decide(now, variant, Says::Free(Charge::Charged)),
            // A-4 also says that a register's time has run out (Q.441 table 8, Q.442): the far end need not wait for its own.
            (State::Listening, _) => match Variant::ask(variant.group_a, Asks::Refuse(Cause::SwitchingCongestion)) {
                Some(congestion) => {
                    self.expects = Expects::End(Outcome::Failed);
                    self.pulse(now, variant, congestion)
                }
                None => self.over(Outcome::Failed),
            },
            _ => self.over(Outcome::Failed),
        }
    }

    fn pulse(&mut self, now: Monotonic, variant: &Variant, signal: Signal) -> Step {
        self.group = Group::A;
        self.state = State::Pulsing { until: now + variant.timers.pulse };
        Step::Sound(signal)
    }

    fn over(&mut self, outcome: Outcome) -> Step {
        self.state = State::Over;
        Step::Done(outcome)
    }

    fn take(&mut self, now: Monotonic, variant: &Variant, signal: Signal) -> (Step, Asking) {
        match self.expects {
            Expects::CalledDigit => self.take_called(now, variant, signal),
            Expects::Category => {
                self.found.category = Some(signal);
                self.expects = Expects::CallerDigit;
                (self.ask(now, variant, self.next_of_caller(variant)), Asking::Nothing)
            }
            Expects::CallerDigit => self.take_caller(now, variant, signal),
            Expects::Kind => {
                self.found.kind = Some(signal);
                match self.free {
                    true => (self.decide(now, variant, Says::Free(Charge::Charged)), Asking::Nothing),
                    false => (Step::Nothing, Asking::FreeOrNot),
                }
            }
            Expects::End(outcome) => (self.over(outcome), Asking::Nothing),
        }
    }

    fn take_called(&mut self, now: Monotonic, variant: &Variant, signal: Signal) -> (Step, Asking) {
        let Some(digit) = signal.digit() else {
            let ended = variant.end_of_called == Some(signal) && !self.found.called.is_empty();
            let step =
                if ended { self.complete(now, variant) } else { self.refuse(now, variant, Cause::InvalidNumberFormat) };
            return (step, Asking::Nothing);
        };
        if self.found.called.len() == LONGEST {
            return (self.refuse(now, variant, Cause::InvalidNumberFormat), Asking::Nothing);
        }
        self.found.called.push(digit);
        match self.wants.called {
            Length::Fixed(length) if self.found.called.len() >= usize::from(length) => {
                (self.complete(now, variant), Asking::Nothing)
            }
            Length::Fixed(_) => (self.next_called(now, variant), Asking::Nothing),
            // The exchange hears of the call with its caller.
            Length::Asked if !self.caller_asked => (self.ask_caller(now, variant), Asking::Nothing),
            Length::Asked => (Step::Nothing, Asking::MoreOrEnough),
        }
    }

    /// The exchange wants more digits.
    pub(crate) fn more(&mut self, now: Monotonic, variant: &Variant) -> Step {
        let waits = self.state == State::Holding && self.expects == Expects::CalledDigit;
        if waits { self.next_called(now, variant) } else { Step::Nothing }
    }

    /// The exchange has enough digits.
    pub(crate) fn enough(&mut self, now: Monotonic, variant: &Variant) -> Step {
        let waits = self.state == State::Holding && self.expects == Expects::CalledDigit;
        if waits { self.complete(now, variant) } else { Step::Nothing }
    }

    /// The exchange knows of the called party.
    pub(crate) fn decide(&mut self, now: Monotonic, variant: &Variant, says: Says) -> Step {
        if self.state != State::Holding || self.expects != Expects::Kind {
            return Step::Nothing;
        }
        self.expects = Expects::End(match says {
            Says::Free(charge) => Outcome::Accepted(charge),
            Says::Refused(cause) => Outcome::Refused(cause),
        });
        self.group = Group::B;
        self.answer(now, variant, variant.say(says))
    }

    /// The exchange knows already that the called party is free, before the caller's end asks.
    pub(crate) fn will_be_free(&mut self) {
        self.free = true;
    }

    /// Refuses whatever the register does: by group B, else by a signal of group A that ends the call, pulsed if nothing sounds.
    pub(crate) fn refuse(&mut self, now: Monotonic, variant: &Variant, cause: Cause) -> Step {
        if self.state == State::Holding && self.expects == Expects::Kind {
            return self.decide(now, variant, Says::Refused(cause));
        }
        self.group = Group::A;
        let refusal = Variant::ask(variant.group_a, Asks::Refuse(cause))
            .or_else(|| Variant::ask(variant.group_a, Asks::Refuse(Cause::SwitchingCongestion)));
        let Some(signal) = refusal else { return self.over(Outcome::Refused(cause)) };
        match self.state {
            State::Holding | State::Listening => self.expects = Expects::End(Outcome::Refused(cause)),
            // Told at the next forward signal.
            State::Answering(_) | State::Pulsing { .. } => self.refused = Some(cause),
            State::Over => {}
        }
        match self.state {
            State::Holding => self.answer(now, variant, signal),
            State::Listening => self.pulse(now, variant, signal),
            State::Answering(_) | State::Pulsing { .. } | State::Over => Step::Nothing,
        }
    }

    fn answer(&mut self, now: Monotonic, variant: &Variant, signal: Signal) -> Step {
        self.state = State::Answering(signal);
        self.limit = now + variant.timers.next_forward;
        Step::Sound(signal)
    }

    fn ask(&mut self, now: Monotonic, variant: &Variant, asks: Asks) -> Step {
        let callers = self.expects == Expects::CallerDigit;
        let table = if callers { variant.group_c } else { variant.group_a };
        self.group = if callers { Group::C } else { Group::A };
        match Variant::ask(table, asks).or_else(|| Variant::ask(variant.group_a, asks)) {
            Some(signal) => self.answer(now, variant, signal),
            None => self.over(Outcome::Failed),
        }
    }

    fn next_of_caller(&self, variant: &Variant) -> Asks {
        let own_group = Variant::ask(variant.group_c, Asks::NextOfCaller).is_some();
        if own_group { Asks::NextOfCaller } else { Asks::Category }
    }

    fn next_called(&mut self, now: Monotonic, variant: &Variant) -> Step {
        if std::mem::take(&mut self.behind_caller) {
            return self.ask_behind_caller(now, variant);
        }
        let digits = self.found.called.len();
        if !self.caller_asked && self.wants.caller_after > 0 && digits >= usize::from(self.wants.caller_after) {
            return self.ask_caller(now, variant);
        }
        self.ask(now, variant, Asks::Next)
    }

    /// In a group of its own, the signal for the caller's next digit asks for the called number's next one behind the end.
    fn ask_behind_caller(&mut self, now: Monotonic, variant: &Variant) -> Step {
        self.expects = Expects::CallerDigit;
        let own_group = self.next_of_caller(variant) == Asks::NextOfCaller;
        let only_one = own_group && Variant::ask(variant.group_c, Asks::Next).is_none();
        let step = self.ask(now, variant, if only_one { Asks::NextOfCaller } else { Asks::Next });
        self.expects = Expects::CalledDigit;
        step
    }

    fn ask_caller(&mut self, now: Monotonic, variant: &Variant) -> Step {
        self.caller_asked = true;
        self.expects = Expects::Category;
        let own_group = Variant::ask(variant.group_a, Asks::CategoryAndNumber).is_some();
        self.ask(now, variant, if own_group { Asks::CategoryAndNumber } else { Asks::Category })
    }

    /// The called number is complete.
    fn complete(&mut self, now: Monotonic, variant: &Variant) -> Step {
        if !self.caller_asked {
            return self.ask_caller(now, variant);
        }
        self.behind_caller = false;
        let step = self.ask(now, variant, Asks::ChangeToB);
        self.expects = Expects::Kind;
        step
    }

    fn take_caller(&mut self, now: Monotonic, variant: &Variant, signal: Signal) -> (Step, Asking) {
        if let Some(digit) = signal.digit().filter(|_| self.found.calling.len() < LONGEST) {
            self.found.calling.push(digit);
            return (self.ask(now, variant, self.next_of_caller(variant)), Asking::Nothing);
        }
        self.found.withheld = self.found.calling.is_empty();
        match self.wants.called {
            Length::Fixed(length) if self.found.called.len() >= usize::from(length) => {
                (self.complete(now, variant), Asking::Nothing)
            }
            Length::Fixed(_) => (self.ask_behind_caller(now, variant), Asking::Nothing),
            Length::Asked => {
                self.expects = Expects::CalledDigit;
                self.behind_caller = true;
                (Step::Nothing, Asking::MoreOrEnough)
            }
        }
    }
}
