//! The register that calls (the compelled procedure of Q.440, times of Q.476).
//!
//! ```text
//! silent --digit--> sounding --backward heard--> quiet --backward ended--> what it asks: sounding | silent | done
//!   ^  \--backward pulse heard--> pulse --ended--> what it asks
//! ```

use crate::ladder::Series;
use crate::signals::{self, Signal};
use crate::variant::{Asks, Charge, Says, Variant};
use clock::Monotonic;
use numbering::{Cause, Digits};

/// Backward signals that a call may take at most: a far end that asks for the number again and again never gets its call.
const MOST_ANSWERS: u16 = 200;

/// What the register knows of the call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Address {
    pub(crate) called: Digits,
    /// No more digits of the called number will come.
    pub(crate) complete: bool,
    /// None: there is none, or it may not be told.
    pub(crate) calling: Option<Digits>,
}

/// How the register's work ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Outcome {
    /// The called party is free and being rung; `Charge::Free`: the call costs nothing.
    Accepted(Charge),
    Refused(Cause),
    /// The far end broke the rules, or was silent too long.
    Failed,
}

/// What a step changes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Step {
    Nothing,
    Sound(Signal),
    Quiet,
    /// Silent until more digits come.
    Wait,
    Done(Outcome),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// Nothing sounds: digits are missing, or none was asked for.
    Silent,
    Sounding,
    /// The far end's signal still sounds.
    Quiet(Signal),
    /// The far end's signal sounds without one of ours.
    Pulse(Signal),
    Over,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Group {
    /// Backward signals are of group A.
    A,
    /// Backward signals are of the caller's group.
    C,
    /// Group II was sent: backward signals are of group B.
    B,
}

/// What a forward signal tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Tells {
    Number,
    Category,
    Kind,
}

/// The caller, as far as he was told.
#[derive(Clone, Debug)]
struct Caller {
    number: Vec<Signal>,
    sent: usize,
    category_sent: bool,
    /// The end of the number was sent.
    ended: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Register {
    called: Vec<Signal>,
    complete: bool,
    /// Digits sent so far.
    called_sent: usize,
    caller: Caller,
    group: Group,
    /// Of the signal sent last.
    told: Tells,
    state: State,
    /// The far end wants a digit that is not known yet.
    owed: bool,
    /// Backward signals so far.
    answered: u16,
    limit: Monotonic,
}

impl Register {
    pub(crate) fn new(address: &Address, now: Monotonic, variant: &Variant) -> Register {
        Register {
            called: signals::of_digits(&address.called),
            complete: address.complete,
            called_sent: 0,
            caller: Caller {
                number: address.calling.as_ref().map(signals::of_digits).unwrap_or_default(),
                sent: 0,
                category_sent: false,
                ended: false,
            },
            answered: 0,
            group: Group::A,
            told: Tells::Number,
            state: State::Silent,
            owed: true,
            limit: now + variant.timers.forward_off,
        }
    }

    /// The series of the signal that sounds, and of those that are heard.
    pub(crate) fn sounds(&self, variant: &Variant) -> Series {
        match self.told {
            Tells::Number => Series::GroupI,
            Tells::Category => variant.series.category,
            Tells::Kind => variant.series.kind,
        }
    }

    pub(crate) fn hears(&self, variant: &Variant) -> Series {
        match self.group {
            Group::A => Series::A,
            Group::C => variant.series.group_c,
            Group::B => variant.series.group_b,
        }
    }

    /// The far end is ready: the first digit.
    pub(crate) fn begin(&mut self, now: Monotonic, variant: &Variant) -> Step {
        self.next_of_called(now, variant)
    }

    pub(crate) fn more(&mut self, now: Monotonic, variant: &Variant, digits: &Digits, complete: bool) -> Step {
        self.called.extend(signals::of_digits(digits));
        self.complete |= complete;
        if self.owed && self.state == State::Silent { self.next_of_called(now, variant) } else { Step::Nothing }
    }

    /// A backward signal begins or ends.
    pub(crate) fn heard(&mut self, now: Monotonic, variant: &Variant, heard: Option<Signal>) -> Step {
        match (self.state, heard) {
            (State::Sounding, Some(signal)) => {
                self.state = State::Quiet(signal);
                self.limit = now + variant.timers.forward_off;
                Step::Quiet
            }
            (State::Silent, Some(signal)) => {
                self.state = State::Pulse(signal);
                Step::Nothing
            }
            (State::Quiet(signal) | State::Pulse(signal), None) => {
                self.state = State::Silent;
                self.act(now, variant, signal)
            }
            // A signal that turns into another under way: the first was a mistake of the receiver.
            (State::Quiet(_), Some(signal)) => {
                self.state = State::Quiet(signal);
                Step::Nothing
            }
            (State::Pulse(_), Some(signal)) => {
                self.state = State::Pulse(signal);
                Step::Nothing
            }
            (State::Sounding | State::Silent, None) | (State::Over, _) => Step::Nothing,
        }
    }

    pub(crate) fn deadline(&self) -> Option<Monotonic> {
        (self.state != State::Over).then_some(self.limit)
    }

    /// T1 and T2 of Q.476.
    pub(crate) fn expire(&mut self, now: Monotonic) -> Step {
        if self.deadline().is_some_and(|limit| limit <= now) { self.over(Outcome::Failed) } else { Step::Nothing }
    }

    fn over(&mut self, outcome: Outcome) -> Step {
        self.state = State::Over;
        Step::Done(outcome)
    }

    fn sound(&mut self, now: Monotonic, variant: &Variant, (told, signal): (Tells, Signal)) -> Step {
        self.state = State::Sounding;
        self.told = told;
        self.owed = false;
        self.limit = now + variant.timers.forward_on;
        Step::Sound(signal)
    }

    fn act(&mut self, now: Monotonic, variant: &Variant, signal: Signal) -> Step {
        self.answered += 1;
        if self.answered > MOST_ANSWERS {
            return self.over(Outcome::Failed);
        }
        let asks = match self.group {
            Group::A => Variant::asked(variant.group_a, signal),
            Group::C => Variant::asked(variant.group_c, signal),
            Group::B => return self.act_on_b(variant, signal),
        };
        match asks {
            Some(Asks::Next) => {
                self.group = Group::A;
                self.next_of_called(now, variant)
            }
            Some(Asks::Back(count)) => {
                self.called_sent = self.called_sent.saturating_sub(1 + usize::from(count));
                self.next_of_called(now, variant)
            }
            Some(Asks::FromFirst) => {
                self.called_sent = 0;
                self.next_of_called(now, variant)
            }
            Some(Asks::Category) if self.caller.category_sent => self.next_of_caller(now, variant),
            Some(Asks::Category) => self.send_category(now, variant),
            Some(Asks::CategoryAndNumber) => {
                self.group = Group::C;
                self.send_category(now, variant)
            }
            // Behind the end of the caller's number the same signal asks for the called number to go on.
            Some(Asks::NextOfCaller) if self.caller.ended => {
                self.group = Group::A;
                self.next_of_called(now, variant)
            }
            Some(Asks::NextOfCaller) => self.next_of_caller(now, variant),
            Some(Asks::ChangeToB) => {
                self.group = Group::B;
                self.sound(now, variant, (Tells::Kind, variant.kind))
            }
            Some(Asks::Accept(charge)) => self.over(Outcome::Accepted(charge)),
            Some(Asks::Refuse(cause)) => self.over(Outcome::Refused(cause)),
            None => self.over(Outcome::Failed),
        }
    }

    fn act_on_b(&mut self, variant: &Variant, signal: Signal) -> Step {
        match Variant::asked(variant.group_b, signal) {
            Some(Says::Free(charge)) => self.over(Outcome::Accepted(charge)),
            Some(Says::Refused(cause)) => self.over(Outcome::Refused(cause)),
            None => self.over(Outcome::Failed),
        }
    }

    fn next_of_called(&mut self, now: Monotonic, variant: &Variant) -> Step {
        if let Some(signal) = self.called.get(self.called_sent).copied() {
            self.called_sent += 1;
            return self.sound(now, variant, (Tells::Number, signal));
        }
        match variant.end_of_called.filter(|_| self.complete) {
            Some(end) => self.sound(now, variant, (Tells::Number, end)),
            // The far end finds the number complete by itself, and says so by a pulse.
            None => {
                self.owed = true;
                self.limit = now + variant.timers.forward_off;
                if self.complete { Step::Nothing } else { Step::Wait }
            }
        }
    }

    fn send_category(&mut self, now: Monotonic, variant: &Variant) -> Step {
        self.caller.category_sent = true;
        self.sound(now, variant, (Tells::Category, variant.category))
    }

    fn next_of_caller(&mut self, now: Monotonic, variant: &Variant) -> Step {
        let caller = &mut self.caller;
        let next = caller.number.get(caller.sent).copied();
        caller.sent += usize::from(next.is_some());
        caller.ended |= next.is_none();
        let ends = if caller.number.is_empty() { variant.no_caller } else { variant.end_of_caller };
        self.sound(now, variant, (Tells::Number, next.unwrap_or(ends)))
    }
}
