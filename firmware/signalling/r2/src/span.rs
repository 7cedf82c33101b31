use crate::circuit::Circuit;
use crate::incoming::{Length, Wants};
use crate::signals::{Direction, Signal};
use crate::variant::Variant;
use clock::Monotonic;
use identity::{LegId, LegIds, SpanId};
use legs::{Alarms, LegIndication, SpanIndication};
use std::collections::VecDeque;
use trace::Way;

/// How one span is run.
#[derive(Clone, PartialEq, Debug)]
pub struct Config {
    pub span: SpanId,
    pub variant: Variant,
    /// Timeslots that carry speech.
    pub slots: Vec<u8>,
    pub wants: Wants,
    /// Emit `R2Output::Message`.
    pub trace: bool,
}

impl Config {
    /// An E1 with its 30 circuits; called numbers of four digits, then the caller's.
    pub fn new(span: SpanId, variant: Variant) -> Config {
        let wants = Wants { called: Length::Fixed(4), caller: true, caller_after: 0 };
        Config { span, variant, slots: (1..=15).chain(17..=31).collect(), wants, trace: false }
    }
}

/// What a span wants done.
#[derive(Clone, PartialEq, Debug)]
pub enum R2Output {
    /// The signalling bits to send on a timeslot, a highest.
    Bits {
        slot: u8,
        abcd: u8,
    },
    /// Sound a multifrequency signal on a timeslot, or none.
    Sound {
        slot: u8,
        direction: Direction,
        signal: Option<Signal>,
    },
    /// Which signals of the far end's to listen for.
    Listen {
        slot: u8,
        direction: Option<Direction>,
    },
    Leg {
        leg: LegId,
        indication: LegIndication,
    },
    Span(SpanIndication),
    /// A signal crossed the line, by its name: for the ladder of the call.
    Message {
        leg: Option<LegId>,
        way: Way,
        name: &'static str,
    },
}

/// What happened on the span so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counters {
    pub ignored_requests: u64,
    /// Both ends seized the same circuit.
    pub glare: u64,
    /// Seizures that the far end did not acknowledge.
    pub unacknowledged: u64,
    /// Registers that gave up: a signal that means nothing, or none in time.
    pub registers_failed: u64,
    /// Line signals that mean nothing in their state.
    pub strange_bits: u64,
    /// Multifrequency signals on a circuit whose register does not work.
    pub strange_signals: u64,
}

/// What a circuit works with.
pub(crate) struct Desk<'a> {
    pub(crate) now: Monotonic,
    pub(crate) config: &'a Config,
    pub(crate) ids: &'a mut LegIds,
    pub(crate) counters: &'a mut Counters,
    pub(crate) out: &'a mut VecDeque<R2Output>,
}

impl Desk<'_> {
    pub(crate) fn tell(&mut self, leg: LegId, indication: LegIndication) {
        self.out.push_back(R2Output::Leg { leg, indication });
    }
}

/// One E1 with channel associated R2 signalling.
#[derive(Debug)]
pub struct R2Span {
    config: Config,
    circuits: Vec<Circuit>,
    ids: LegIds,
    alarms: Alarms,
    started: bool,
    counters: Counters,
    out: VecDeque<R2Output>,
}

impl R2Span {
    pub fn new(config: Config) -> R2Span {
        R2Span {
            circuits: config.slots.iter().map(|slot| Circuit::new(*slot)).collect(),
            ids: LegIds::of(LegIds::span(config.span)),
            alarms: Alarms::default(),
            started: false,
            counters: Counters::default(),
            out: VecDeque::new(),
            config,
        }
    }

    pub fn span(&self) -> SpanId {
        self.config.span
    }

    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Circuits that a leg has.
    pub fn seized(&self) -> usize {
        self.circuits.iter().filter(|circuit| circuit.leg.is_some()).count()
    }

    /// Each leg that is not released, with its timeslot.
    pub fn each_leg(&self) -> impl Iterator<Item = (LegId, u8)> + '_ {
        let told = self.circuits.iter().filter(|circuit| circuit.told);
        told.filter_map(|circuit| circuit.leg.map(|leg| (leg, circuit.slot)))
    }

    pub(crate) fn parts(&mut self, now: Monotonic) -> (&mut [Circuit], Desk<'_>) {
        let R2Span { config, circuits, ids, counters, out, .. } = self;
        (circuits, Desk { now, config, ids, counters, out })
    }

    fn with(&mut self, now: Monotonic, slot: u8, act: impl FnOnce(&mut Circuit, &mut Desk)) {
        let (circuits, mut desk) = self.parts(now);
        if let Some(circuit) = circuits.iter_mut().find(|circuit| circuit.slot == slot) {
            act(circuit, &mut desk);
        }
    }

    /// The signalling bits of a timeslot as the line brings them, a highest; only a and b are looked at.
    pub fn bits(&mut self, now: Monotonic, slot: u8, abcd: u8) {
        self.with(now, slot, |circuit, desk| circuit.see(desk, abcd));
    }

    /// The detector hears a multifrequency signal on a timeslot, of the direction that was asked for, or its end.
    pub fn signal(&mut self, now: Monotonic, slot: u8, heard: Option<Signal>) {
        self.with(now, slot, |circuit, desk| circuit.hear(desk, heard));
    }

    /// The line's alarms: one that takes it out of service ends its calls.
    pub fn alarm(&mut self, now: Monotonic, alarms: Alarms) {
        let was_dead = self.alarms.out_of_service();
        if std::mem::replace(&mut self.alarms, alarms) == alarms {
            return;
        }
        self.out.push_back(R2Output::Span(SpanIndication::Alarms(alarms)));
        let dead = alarms.out_of_service();
        if dead == was_dead {
            return;
        }
        self.out.push_back(R2Output::Span(if dead { SpanIndication::Down } else { SpanIndication::Up }));
        let (circuits, mut desk) = self.parts(now);
        for circuit in circuits {
            if dead { circuit.die(&mut desk) } else { circuit.revive(&mut desk) }
        }
    }

    /// The called party of an outgoing leg answered, as is heard on the speech path: for a line that does not signal it (or not yet).
    pub fn answered_by_sound(&mut self, now: Monotonic, leg: LegId) {
        let (circuits, mut desk) = self.parts(now);
        if let Some(circuit) = circuits.iter_mut().find(|circuit| circuit.leg == Some(leg)) {
            circuit.answered_by_sound(&mut desk);
        }
    }

    /// Runs the timers that are due; the first call says that the span is there.
    pub fn expire(&mut self, now: Monotonic) {
        if !std::mem::replace(&mut self.started, true) {
            self.out.push_back(R2Output::Span(SpanIndication::Up));
            let (circuits, mut desk) = self.parts(now);
            circuits.iter_mut().for_each(|circuit| circuit.rest(&mut desk));
        }
        let (circuits, mut desk) = self.parts(now);
        for circuit in circuits {
            if circuit.deadline().is_some_and(|at| at <= now) {
                circuit.expire(&mut desk);
            }
        }
    }

    pub fn deadline(&self) -> Option<Monotonic> {
        let first = (!self.started).then_some(Monotonic(0));
        self.circuits.iter().filter_map(Circuit::deadline).chain(first).min()
    }

    pub fn poll(&mut self) -> Option<R2Output> {
        self.out.pop_front()
    }
}
