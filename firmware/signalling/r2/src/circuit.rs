//! One timeslot: its line signals, its register while it works, its leg.

use crate::incoming::{self, Asking};
use crate::line::{Bits, Filter};
use crate::outgoing::{self, Outcome, Step};
use crate::signals::{Direction, Signal};
use crate::span::{Desk, R2Output};
use crate::variant::Says;
use clock::{Millis, Monotonic};
use identity::{CircuitId, LegId};
use legs::{Incoming, LegIndication, Origin, Setup, SpanIndication};
use numbering::{Cause, CauseLocation, ClearCause, PartyNumber, Presentation};

/// A far end that does not become idle in this time is in trouble.
const RELEASE_WITHIN: Millis = Millis::secs(10);

/// A circuit in trouble is tried again after this.
const TRY_AGAIN: Millis = Millis::secs(60);

/// Q.118: a call that nobody answers is cleared by the outgoing end within two to four minutes.
const ANSWER_WITHIN: Millis = Millis::secs(180);

/// Q.118: so is, within one to two minutes, one whose called party has cleared.
const CLEARED_BACK_FOR: Millis = Millis::secs(90);

/// What the far end then takes to clear forward: at once where it was told in the register, by its T1 or T2 at the latest.
const CLEARS_REFUSED: Millis = Millis::secs(30);

/// And where it was told by clear-back, or by nothing, by its own supervision.
const CLEARS_WITHIN: Millis = Millis::secs(150);

/// Both ends seized, and the far end keeps to it: then it is its call.
const GLARE: Millis = Millis(500);

/// From the end of the register's last signal to the answer: the far end's speech path must be there (Q.440).
const BEFORE_ANSWER: Millis = Millis(150);

#[derive(Clone, Debug)]
pub(crate) enum State {
    Idle,
    /// Not to be used before this.
    Trouble {
        until: Monotonic,
    },
    // Outgoing.
    Seizing {
        until: Monotonic,
    },
    Dialling,
    Ringing {
        until: Monotonic,
    },
    Talking,
    /// None: the called party has lifted again.
    ClearedBack {
        until: Option<Monotonic>,
    },
    /// Clear-forward is sent; idle again when the far end is.
    Releasing {
        until: Monotonic,
        cause: ClearCause,
        glare: bool,
    },
    // Incoming.
    Receiving,
    Offered {
        answer_at: Option<Monotonic>,
    },
    Answered,
    /// Refused or cleared back: it is for the far end to clear. None: it did not in its time, and the leg is gone.
    WaitingClear {
        cause: ClearCause,
        until: Option<Monotonic>,
    },
    /// The span has an alarm.
    Dead,
}

#[derive(Clone, Debug)]
pub(crate) enum Register {
    None,
    Outgoing(outgoing::Register),
    Incoming(incoming::Register),
}

#[derive(Clone, Debug)]
pub(crate) struct Circuit {
    pub(crate) slot: u8,
    pub(crate) state: State,
    pub(crate) register: Register,
    pub(crate) leg: Option<LegId>,
    /// What the caller of an outgoing leg dialled, until the seizure is acknowledged.
    pub(crate) address: outgoing::Address,
    /// The exchange was told of the incoming leg.
    pub(crate) told: bool,
    /// The incoming leg was answered before its register had done.
    pub(crate) answer_wanted: bool,
    pub(crate) blocked: bool,
    pub(crate) blocked_by_peer: bool,
    filter: Filter,
    sent: Option<Bits>,
    sounding: bool,
}

pub(crate) fn ours(cause: Cause) -> ClearCause {
    ClearCause::ours(cause)
}

/// A cause that the far end's signals stand for.
fn theirs(cause: Cause) -> ClearCause {
    ClearCause { cause, location: CauseLocation::PublicLocal }
}

impl Circuit {
    pub(crate) fn new(slot: u8) -> Circuit {
        Circuit {
            slot,
            state: State::Idle,
            register: Register::None,
            leg: None,
            address: outgoing::Address::default(),
            told: false,
            answer_wanted: false,
            blocked: false,
            blocked_by_peer: false,
            filter: Filter::default(),
            sent: None,
            sounding: false,
        }
    }

    /// Free for an outgoing call: the far end is known to be idle as well.
    pub(crate) fn is_free(&self) -> bool {
        matches!(self.state, State::Idle) && !self.blocked && self.filter.believed() == Some(Bits::IDLE)
    }

    pub(crate) fn send(&mut self, desk: &mut Desk, bits: Bits) {
        if self.sent != Some(bits) {
            self.sent = Some(bits);
            self.note_sent(desk, bits);
            desk.out.push_back(R2Output::Bits { slot: self.slot, abcd: bits.abcd(desk.config.variant.cd) });
        }
    }

    /// What an idle circuit sends.
    pub(crate) fn rest(&mut self, desk: &mut Desk) {
        self.send(desk, if self.blocked { Bits::BLOCKED } else { Bits::IDLE });
    }

    fn sound(&mut self, desk: &mut Desk, direction: Direction, signal: Option<Signal>) {
        if signal.is_some() || self.sounding {
            self.sounding = signal.is_some();
            if let Some(signal) = signal {
                self.note_sounded(desk, signal);
            }
            desk.out.push_back(R2Output::Sound { slot: self.slot, direction, signal });
        }
    }

    fn listen(&self, desk: &mut Desk, direction: Option<Direction>) {
        desk.out.push_back(R2Output::Listen { slot: self.slot, direction });
    }

    pub(crate) fn tell(&self, desk: &mut Desk, indication: LegIndication) {
        if let Some(leg) = self.leg {
            desk.out.push_back(R2Output::Leg { leg, indication });
        }
    }

    fn tell_span(&self, desk: &mut Desk, indication: SpanIndication) {
        desk.out.push_back(R2Output::Span(indication));
    }

    pub(crate) fn see(&mut self, desk: &mut Desk, abcd: u8) {
        self.filter.see(desk.now, Bits::of_abcd(abcd), desk.config.variant.persistence);
    }

    /// A multifrequency signal begins or ends.
    pub(crate) fn hear(&mut self, desk: &mut Desk, heard: Option<Signal>) {
        if let Some(signal) = heard {
            self.note_heard(desk, signal);
        }
        let variant = &desk.config.variant;
        match &mut self.register {
            Register::Outgoing(register) => {
                let step = register.heard(desk.now, variant, heard);
                self.step(desk, step);
            }
            Register::Incoming(register) => {
                let (step, asking) = register.heard(desk.now, variant, heard);
                self.step(desk, step);
                self.asked(desk, asking);
            }
            Register::None => desk.counters.strange_signals += u64::from(heard.is_some()),
        }
    }

    pub(crate) fn deadline(&self) -> Option<Monotonic> {
        let register = match &self.register {
            Register::Outgoing(register) => register.deadline(),
            Register::Incoming(register) => register.deadline(),
            Register::None => None,
        };
        let state = match self.state {
            State::Trouble { until }
            | State::Seizing { until }
            | State::Ringing { until }
            | State::Releasing { until, .. } => Some(until),
            State::ClearedBack { until } | State::WaitingClear { until, .. } => until,
            State::Offered { answer_at } => answer_at,
            State::Idle | State::Dialling | State::Talking | State::Receiving | State::Answered | State::Dead => None,
        };
        [register, state, self.filter.deadline()].into_iter().flatten().min()
    }

    pub(crate) fn expire(&mut self, desk: &mut Desk) {
        if let Some(bits) = self.filter.expire(desk.now) {
            self.note_received(desk, bits);
            self.believe(desk, bits);
        }
        let step = match &mut self.register {
            Register::Outgoing(register) => register.expire(desk.now),
            Register::Incoming(register) => register.expire(desk.now, &desk.config.variant),
            Register::None => Step::Nothing,
        };
        self.step(desk, step);
        self.expire_state(desk);
    }

    fn expire_state(&mut self, desk: &mut Desk) {
        let now = desk.now;
        match self.state {
            State::Seizing { until } if until <= now => {
                desk.counters.unacknowledged += 1;
                self.send(desk, Bits::IDLE);
                let cause = ours(Cause::RequestedCircuitNotAvailable);
                self.state = State::Releasing { until: now, cause, glare: false };
                self.trouble(desk);
            }
            State::Releasing { until, glare: true, .. } if until <= now && self.far_end_seizes() => {
                self.released(desk);
                self.seized(desk);
            }
            State::Releasing { until, .. } if until <= now => self.trouble(desk),
            State::Trouble { until } if until <= now => match self.filter.believed() {
                Some(Bits::IDLE) => {
                    self.state = State::Idle;
                    self.block_by_peer(desk, false);
                }
                _ => self.state = State::Trouble { until: now + TRY_AGAIN },
            },
            State::Ringing { until } if until <= now => self.clear_forward(desk, ours(Cause::NoAnswer)),
            State::ClearedBack { until: Some(until) } if until <= now => {
                self.clear_forward(desk, theirs(Cause::NormalClearing));
            }
            State::WaitingClear { cause, until: Some(until) } if until <= now => {
                self.block_by_peer(desk, true);
                self.released(desk);
                self.state = State::WaitingClear { cause, until: None };
            }
            State::Offered { answer_at: Some(at) } if at <= now => self.answer(desk),
            _ => {}
        }
    }

    fn far_end_seizes(&self) -> bool {
        self.filter.believed() == Some(Bits::SEIZED)
    }

    /// The far end does not do as it should: nobody uses the circuit for a while.
    fn trouble(&mut self, desk: &mut Desk) {
        // First, so that the exchange does not take the circuit again at once.
        self.block_by_peer(desk, true);
        self.released(desk);
        self.state = State::Trouble { until: desk.now + TRY_AGAIN };
    }

    fn block_by_peer(&mut self, desk: &mut Desk, blocked: bool) {
        if std::mem::replace(&mut self.blocked_by_peer, blocked) != blocked {
            self.tell_span(desk, SpanIndication::BlockedByPeer { slot: self.slot, blocked });
        }
    }

    /// Line signals, Q.422 tables 2 and 3.
    fn believe(&mut self, desk: &mut Desk, bits: Bits) {
        match (&self.state, bits) {
            (State::Dead, _) => {}
            (State::Idle, Bits::SEIZED) if !self.blocked => self.seized(desk),
            (State::Idle, _) => self.block_by_peer(desk, bits != Bits::IDLE),
            (State::Trouble { .. }, Bits::SEIZED) => {
                self.block_by_peer(desk, false);
                self.seized(desk);
            }
            (State::Trouble { .. }, Bits::IDLE) => self.become_idle(desk),
            (State::Trouble { .. }, _) => {}
            (State::Seizing { .. }, Bits::ACKNOWLEDGED) => self.dial(desk),
            (State::Seizing { .. }, Bits::SEIZED) => self.glare(desk),
            (State::Seizing { .. }, Bits::IDLE) => {}
            (State::Dialling | State::Ringing { .. }, Bits::ANSWERED) => {
                self.end_register(desk);
                self.state = State::Talking;
                self.tell(desk, LegIndication::Answered { connected: None });
            }
            (State::Talking, Bits::CLEAR_BACK) => {
                self.state = State::ClearedBack { until: Some(desk.now + CLEARED_BACK_FOR) };
                let cause = theirs(Cause::NormalClearing);
                self.tell(desk, LegIndication::Disconnecting { cause, inband: true });
            }
            // It was heard before.
            (State::Talking, Bits::ANSWERED) => {}
            // He has lifted again; the exchange has heard that he may be gone, and decides.
            (State::ClearedBack { .. }, Bits::ANSWERED) => self.state = State::ClearedBack { until: None },
            (State::ClearedBack { .. }, Bits::CLEAR_BACK) => {
                self.state = State::ClearedBack { until: Some(desk.now + CLEARED_BACK_FOR) };
            }
            (State::Dialling | State::Ringing { .. }, Bits::ACKNOWLEDGED) => {}
            (State::ClearedBack { .. } | State::Talking, _) => self.clear_forward(desk, theirs(Cause::NormalClearing)),
            (State::Seizing { .. } | State::Dialling | State::Ringing { .. }, _) => {
                self.clear_forward(desk, theirs(Cause::NormalUnspecified));
            }
            (State::Releasing { .. }, Bits::IDLE) => self.become_idle(desk),
            (State::Releasing { .. }, _) => {}
            (State::Receiving | State::Offered { .. } | State::Answered, Bits::IDLE) => {
                self.end_register(desk);
                self.wait_clear(desk, theirs(Cause::NormalClearing), CLEARS_REFUSED);
                self.become_idle(desk);
            }
            (State::WaitingClear { .. }, Bits::IDLE) => self.become_idle(desk),
            (State::Receiving | State::Offered { .. } | State::Answered | State::WaitingClear { .. }, _) => {
                desk.counters.strange_bits += u64::from(bits != Bits::SEIZED);
            }
        }
    }

    fn become_idle(&mut self, desk: &mut Desk) {
        self.rest(desk);
        self.released(desk);
        self.state = State::Idle;
        self.block_by_peer(desk, false);
    }

    /// The leg's last word, if it has one.
    fn released(&mut self, desk: &mut Desk) {
        let cause = match self.state {
            State::Releasing { cause, .. } | State::WaitingClear { cause, .. } => cause,
            _ => ours(Cause::NormalClearing),
        };
        if self.told {
            self.tell(desk, LegIndication::Released { cause });
        }
        self.leg = None;
        self.told = false;
        self.answer_wanted = false;
    }

    /// Both ends seized at once: neither call goes on here (Q.422, double seizure).
    fn glare(&mut self, desk: &mut Desk) {
        desk.counters.glare += 1;
        self.send(desk, Bits::IDLE);
        let cause = ours(Cause::RequestedCircuitNotAvailable);
        self.state = State::Releasing { until: desk.now + GLARE, cause, glare: true };
    }

    pub(crate) fn clear_forward(&mut self, desk: &mut Desk, cause: ClearCause) {
        self.end_register(desk);
        self.send(desk, Bits::IDLE);
        self.state = State::Releasing { until: desk.now + RELEASE_WITHIN, cause, glare: false };
        if self.filter.believed() == Some(Bits::IDLE) {
            self.become_idle(desk);
        }
    }

    pub(crate) fn seize(&mut self, desk: &mut Desk) {
        self.send(desk, Bits::SEIZED);
        self.state = State::Seizing { until: desk.now + desk.config.variant.timers.seizure_acknowledged };
    }

    fn dial(&mut self, desk: &mut Desk) {
        let address = std::mem::take(&mut self.address);
        let mut register = outgoing::Register::new(&address, desk.now, &desk.config.variant);
        let step = register.begin(desk.now, &desk.config.variant);
        self.register = Register::Outgoing(register);
        self.state = State::Dialling;
        self.listen(desk, Some(Direction::Backward));
        self.step(desk, step);
    }

    fn seized(&mut self, desk: &mut Desk) {
        self.leg = Some(desk.ids.allocate());
        self.note_received(desk, Bits::SEIZED);
        self.send(desk, Bits::ACKNOWLEDGED);
        let register = incoming::Register::new(desk.config.wants, desk.now, &desk.config.variant);
        self.register = Register::Incoming(register);
        self.state = State::Receiving;
        self.listen(desk, Some(Direction::Forward));
    }

    pub(crate) fn end_register(&mut self, desk: &mut Desk) {
        let direction = match std::mem::replace(&mut self.register, Register::None) {
            Register::None => return,
            Register::Outgoing(_) => Direction::Forward,
            Register::Incoming(_) => Direction::Backward,
        };
        self.sound(desk, direction, None);
        self.listen(desk, None);
    }

    /// Carries out what a register's step asks.
    pub(crate) fn step(&mut self, desk: &mut Desk, step: Step) {
        let outgoing = matches!(self.register, Register::Outgoing(_));
        let direction = if outgoing { Direction::Forward } else { Direction::Backward };
        match step {
            Step::Nothing => {}
            Step::Sound(signal) => self.sound(desk, direction, Some(signal)),
            Step::Quiet => self.sound(desk, direction, None),
            Step::Wait => {
                self.sound(desk, direction, None);
                self.tell(desk, LegIndication::MoreDigits);
            }
            Step::Done(outcome) => {
                self.end_register(desk);
                if outgoing { self.dialled(desk, outcome) } else { self.received(desk, outcome) }
            }
        }
    }

    fn dialled(&mut self, desk: &mut Desk, outcome: Outcome) {
        match outcome {
            Outcome::Accepted(_) => {
                self.state = State::Ringing { until: desk.now + ANSWER_WITHIN };
                // The far exchange sends the ringback tone on the speech path.
                self.tell(desk, LegIndication::Alerting { inband: true });
            }
            Outcome::Refused(cause) => self.clear_forward(desk, theirs(cause)),
            Outcome::Failed => {
                desk.counters.registers_failed += 1;
                self.clear_forward(desk, ours(Cause::ProtocolError));
            }
        }
    }

    fn received(&mut self, desk: &mut Desk, outcome: Outcome) {
        match outcome {
            Outcome::Accepted(_) => {
                let answer_at = self.answer_wanted.then_some(desk.now + BEFORE_ANSWER);
                self.state = State::Offered { answer_at };
            }
            Outcome::Refused(cause) => self.wait_clear(desk, ours(cause), CLEARS_REFUSED),
            Outcome::Failed => {
                desk.counters.registers_failed += 1;
                self.wait_clear(desk, ours(Cause::ProtocolError), CLEARS_REFUSED);
            }
        }
    }

    /// Nobody waits for the answer any more (Q.118); that the line still signals it is no news then.
    pub(crate) fn answered_by_sound(&mut self, desk: &mut Desk) {
        if matches!(self.state, State::Ringing { .. }) {
            self.end_register(desk);
            self.state = State::Talking;
        }
    }

    pub(crate) fn answer(&mut self, desk: &mut Desk) {
        self.send(desk, Bits::ANSWERED);
        self.state = State::Answered;
    }

    pub(crate) fn clear_back(&mut self, desk: &mut Desk, cause: ClearCause) {
        self.send(desk, Bits::CLEAR_BACK);
        self.wait_clear(desk, cause, CLEARS_WITHIN);
    }

    /// After alerting nothing on the line says that the call is refused: the far end hears a tone, or clears by its own time.
    pub(crate) fn refuse_ringing(&mut self, desk: &mut Desk, cause: ClearCause) {
        self.wait_clear(desk, cause, CLEARS_WITHIN);
    }

    fn wait_clear(&mut self, desk: &mut Desk, cause: ClearCause, within: Millis) {
        self.state = State::WaitingClear { cause, until: Some(desk.now + within) };
    }

    /// What the register of an incoming call wants to know of the exchange.
    fn asked(&mut self, desk: &mut Desk, asking: Asking) {
        let Register::Incoming(register) = &self.register else { return };
        let found = &register.found;
        let complete = match asking {
            Asking::Nothing => return,
            Asking::MoreOrEnough => false,
            Asking::FreeOrNot => true,
        };
        if self.told {
            // The exchange has said that the number is complete, or it gets the digit that came last.
            if !complete && let Some(digit) = found.called.keys().last() {
                let mut digits = numbering::Digits::default();
                digits.push(digit);
                self.tell(desk, LegIndication::Digits { digits, complete: false });
            }
            return;
        }
        let presentation = if found.withheld { Presentation::Restricted } else { Presentation::Allowed };
        let number = PartyNumber { presentation, ..PartyNumber::plain(found.calling.clone()) };
        let setup = Setup {
            called: PartyNumber::plain(found.called.clone()),
            complete,
            calling: (!found.calling.is_empty() || found.withheld).then_some(number),
            ..Setup::default()
        };
        let origin = Origin::Circuit(CircuitId { span: desk.config.span, slot: self.slot });
        self.told = true;
        self.tell(desk, LegIndication::Setup(Box::new(Incoming { setup, origin, replaces: None })));
    }

    /// The exchange says what the called party is.
    pub(crate) fn decide(&mut self, desk: &mut Desk, says: Says) {
        if let Register::Incoming(register) = &mut self.register {
            let step = register.decide(desk.now, &desk.config.variant, says);
            self.step(desk, step);
        }
    }

    /// The span is dead: every call on it ends here and now.
    pub(crate) fn die(&mut self, desk: &mut Desk) {
        self.end_register(desk);
        self.wait_clear(desk, ours(Cause::DestinationOutOfOrder), CLEARS_REFUSED);
        self.released(desk);
        self.state = State::Dead;
        self.rest(desk);
    }

    /// The span lives again. Whatever the far end says by now counts as news.
    pub(crate) fn revive(&mut self, desk: &mut Desk) {
        self.state = State::Idle;
        self.filter.again(desk.now, desk.config.variant.persistence);
        self.rest(desk);
    }

    /// Back to the beginning, whatever it does.
    pub(crate) fn restart(&mut self, desk: &mut Desk) {
        match self.state {
            State::Idle | State::Dead => {}
            State::Seizing { .. }
            | State::Dialling
            | State::Ringing { .. }
            | State::Talking
            | State::ClearedBack { .. } => {
                self.clear_forward(desk, ours(Cause::NormalUnspecified));
            }
            State::Releasing { .. } | State::Trouble { .. } => self.become_idle(desk),
            State::Receiving | State::Offered { .. } | State::Answered | State::WaitingClear { .. } => {
                self.end_register(desk);
                self.wait_clear(desk, ours(Cause::NormalUnspecified), CLEARS_REFUSED);
                self.become_idle(desk);
            }
        }
        self.tell_span(desk, SpanIndication::Restarted { slot: self.slot });
    }
}
