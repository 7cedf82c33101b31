//! The exchange as a whole: one input in, effects out.

use crate::alarms::Alarms;
use crate::board::Board;
use crate::far_ends::FarEnds;
use crate::healing::Suspects;
use crate::house::House;
use crate::lines::Lines;
use crate::meetings::Meetings;
use crate::port::{Effect, Input};
use crate::table::{Attempt, Table};
use crate::tracing::{Notes, name_of};
use acd::Acd;
use calls::{Call, Outbox, Output};
use circuits::Circuits;
use clock::{Deadlines, Monotonic, Now};
use desk::LiveView;
use identity::{AgentId, CallId, CircuitId, LegId};
use legs::LineTest;
use recording::{Policy, Recordings};
use settings::Settings;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// The exchange. See the crate's page.
#[derive(Debug)]
pub struct Exchange {
    pub(crate) house: House,
    pub(crate) circuits: Circuits,
    pub(crate) lines: Lines,
    pub(crate) table: Table,
    pub(crate) acd: Acd,
    pub(crate) recordings: Recordings,
    pub(crate) far_ends: FarEnds,
    /// Outgoing calls over trunks that may be tried over another one.
    pub(crate) attempts: BTreeMap<LegId, Attempt>,
    /// The legs of each agent's telephone, the one in hand last.
    pub(crate) seats: BTreeMap<AgentId, Vec<SeatLeg>>,
    pub(crate) timers: Deadlines<Timer>,
    pub(crate) outbox: Outbox,
    pub(crate) meetings: Meetings,
    pub(crate) alarms: Alarms,
    pub(crate) suspects: Suspects,
    /// Circuits under test.
    pub(crate) tests: BTreeMap<CircuitId, LineTest>,
    pub(crate) board: Board,
    pub(crate) notes: Notes,
    effects: VecDeque<Effect>,
}

/// A leg of an agent's telephone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct SeatLeg {
    pub leg: LegId,
    /// Not offered by a queue: dialled, consulted, called directly.
    pub own: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Timer {
    /// The limit on a call's stage: see `Visit::limit`.
    Stage(CallId),
    /// Between dialled digits.
    Digits(CallId),
    /// What the flow waits for.
    Flow(CallId),
    /// A telephone of the call is silent.
    Silence(CallId),
    /// Telephones of supervisors ring.
    Supervisors(CallId),
    /// Its recordings are paused.
    Pause(CallId),
}

impl Timer {
    pub(crate) fn call(self) -> CallId {
        match self {
            Timer::Stage(call)
            | Timer::Digits(call)
            | Timer::Flow(call)
            | Timer::Silence(call)
            | Timer::Supervisors(call)
            | Timer::Pause(call) => call,
        }
    }
}

impl Exchange {
    /// An exchange with these settings. No line is up and no telephone registered until an input says so.
    pub fn new(settings: Arc<Settings>, now: Now) -> Exchange {
        let recordings = Recordings::new(Policy::from(&settings.recording));
        let mut exchange = Exchange {
            house: House::new(settings),
            circuits: Circuits::default(),
            lines: Lines::default(),
            table: Table::new(),
            acd: Acd::new(),
            recordings,
            far_ends: FarEnds::default(),
            attempts: BTreeMap::new(),
            seats: BTreeMap::new(),
            timers: Deadlines::default(),
            outbox: Outbox::at(now),
            meetings: Meetings::default(),
            alarms: Alarms::default(),
            suspects: Suspects::default(),
            tests: BTreeMap::new(),
            board: Board::default(),
            notes: Notes::default(),
            effects: VecDeque::new(),
        };
        exchange.apply_settings(&BTreeSet::new());
        exchange.settle();
        exchange
    }

    /// What the site's day has brought before this start. Before the first input.
    pub fn resume_day(&mut self, now: Now, so_far: acd::DaySoFar) {
        self.outbox.now = now;
        self.acd.resume_day(now, so_far);
        self.settle();
    }

    /// Takes one input. Then drain [`Exchange::poll`].
    pub fn handle(&mut self, now: Now, input: Input) {
        self.outbox.now = now;
        self.notes.by = name_of(&input);
        match input {
            Input::Leg { line, leg, indication } => {
                self.note_primitive((line, leg), trace::Way::In, indication.name());
                self.leg_indicated(line, leg, indication);
            }
            Input::Span { span, indication } => self.span_indicated(span, indication),
            Input::SpanAudit { span, legs } => self.audit_span(span, &legs),
            Input::Registration { extension, contact } => self.phone_registered(extension, contact),
            Input::Media(indication) => self.media_indicated(indication),
            Input::Box { part, wrong } => self.box_is(part, wrong),
            Input::Command { ticket, actor, command } => {
                let result = self.command(actor, command);
                self.effect(Effect::Reply { ticket, result });
            }
            Input::Settings(settings) => {
                let blocked = self.house.blocked();
                self.house = House::new(settings);
                self.apply_settings(&blocked);
            }
        }
        self.settle();
    }

    /// Runs the timers that are due. Then drain [`Exchange::poll`].
    pub fn expire(&mut self, now: Now) {
        self.outbox.now = now;
        while let Some(timer) = self.timers.expire(now.mono) {
            self.note_timer(timer);
            match timer {
                Timer::Stage(call) => self.stage_limit_reached(call),
                Timer::Digits(call) => self.no_more_digits(call),
                Timer::Flow(call) => self.flow_time_over(call),
                Timer::Silence(call) => self.silence_over(call),
                Timer::Supervisors(call) => self.supervisors_not_answering(call),
                Timer::Pause(call) => self.pause_over(call),
            }
        }
        if self.acd.deadline().is_some_and(|due| due <= now.mono) {
            self.notes.by = "queue timer";
            self.acd.expire(now);
        }
        self.settle();
    }

    /// When [`Exchange::expire`] is due.
    pub fn deadline(&self) -> Option<Monotonic> {
        match (self.timers.deadline(), self.acd.deadline()) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// The next effect, in order.
    pub fn poll(&mut self) -> Option<Effect> {
        self.flush();
        self.effects.pop_front()
    }

    /// All that a console shows, at the sequence number of the last view change.
    pub fn live_view(&self) -> LiveView {
        self.board.snapshot()
    }

    pub(crate) fn now(&self) -> Now {
        self.outbox.now
    }

    /// Puts an effect behind what calls have asked for so far.
    pub(crate) fn effect(&mut self, effect: Effect) {
        self.flush();
        self.effects.push_back(effect);
    }

    pub(crate) fn flush(&mut self) {
        while let Some(output) = self.outbox.poll() {
            if let Output::Leg { line, leg, request } = &output {
                self.note_primitive((*line, *leg), trace::Way::Out, request.name());
            }
            self.effects.push_back(match output {
                Output::Leg { line, leg, request } => Effect::Leg { line, leg, request },
                Output::Media(request) => Effect::Media(request),
                Output::Ledger(record) => Effect::Ledger(record),
            });
        }
    }

    /// Runs an operation on a call that is up, and marks the call as changed.
    pub(crate) fn on<R>(&mut self, call: CallId, operation: impl FnOnce(&mut Call, &mut Outbox) -> R) -> Option<R> {
        let entry = self.table.get_mut(call)?;
        self.board.touched.calls.insert(call);
        Some(operation(&mut entry.call, &mut self.outbox))
    }

    pub(crate) fn write(&mut self, call: CallId, event: ledger::Event) {
        self.on(call, |call, out| call.write(event, out));
    }

    pub(crate) fn media(&mut self, request: plan::MediaRequest) {
        self.outbox.push(Output::Media(request));
    }

    /// How many calls the box takes at most: every circuit and telephone may be in one, and each agent may do after-call work.
    pub(crate) fn capacity(&self) -> usize {
        let settings = &self.house.settings;
        self.circuits.count() + 2 * settings.extensions.len() + settings.agents.len()
    }

    /// Kept free for emergency calls: one from every telephone.
    pub(crate) fn reserve(&self) -> usize {
        self.house.settings.extensions.len()
    }
}
