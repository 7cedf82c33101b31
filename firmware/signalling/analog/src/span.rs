use crate::config::{ClockFace, Config, PortKind};
use crate::fxo::{State, Trunk};
use crate::fxs::Telephone;
use crate::order::{AnalogOutput, Heard, Order, Seen};
use clock::Monotonic;
use identity::{CircuitId, LegId, LegIds, SpanId};
use legs::{Alarms, LegIndication, LegRequest, Outgoing, SpanIndication, SpanRequest, Target};
use numbering::{Cause, ClearCause};
use std::collections::VecDeque;

/// What happened on the card so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counters {
    pub ignored_requests: u64,
    /// Ringing voltage too short to be ringing.
    pub false_rings: u64,
    /// Messages about a caller that the line garbled.
    pub garbled_callers: u64,
    /// Seizures without dial tone.
    pub no_dial_tone: u64,
    /// Ringing that did not stop, and feeds that went away.
    pub line_faults: u64,
}

/// What a port works with.
pub(crate) struct Desk<'a> {
    pub(crate) now: Monotonic,
    pub(crate) config: &'a Config,
    pub(crate) clock: Option<ClockFace>,
    pub(crate) ids: &'a mut LegIds,
    pub(crate) counters: &'a mut Counters,
    pub(crate) out: &'a mut VecDeque<AnalogOutput>,
}

impl Desk<'_> {
    pub(crate) fn order(&mut self, slot: u8, order: Order) {
        self.out.push_back(AnalogOutput::Port { slot, order });
    }

    pub(crate) fn tell(&mut self, leg: LegId, indication: LegIndication) {
        self.out.push_back(AnalogOutput::Leg { leg, indication });
    }

    pub(crate) fn tell_span(&mut self, indication: SpanIndication) {
        self.out.push_back(AnalogOutput::Span(indication));
    }

    pub(crate) fn circuit(&self, slot: u8) -> CircuitId {
        CircuitId { span: self.config.span, slot }
    }
}

#[derive(Clone, Debug)]
pub(crate) enum Port {
    Fxs(Telephone),
    Fxo(Trunk),
}

impl Port {
    pub(crate) fn slot(&self) -> u8 {
        match self {
            Port::Fxs(port) => port.slot,
            Port::Fxo(port) => port.slot,
        }
    }

    fn leg(&self) -> Option<LegId> {
        match self {
            Port::Fxs(port) => port.leg(),
            Port::Fxo(port) => port.leg(),
        }
    }

    fn told_leg(&self) -> Option<LegId> {
        match self {
            Port::Fxo(port) if matches!(port.state, State::Ringing { .. }) => None,
            Port::Fxo(_) | Port::Fxs(_) => self.leg(),
        }
    }

    fn deadline(&self, config: &Config) -> Option<Monotonic> {
        match self {
            Port::Fxs(port) => port.deadline(),
            Port::Fxo(port) => port.deadline(config),
        }
    }
}

/// One analog card.
#[derive(Debug)]
pub struct AnalogSpan {
    config: Config,
    ports: Vec<Port>,
    clock: Option<ClockFace>,
    ids: LegIds,
    alarms: Alarms,
    started: bool,
    counters: Counters,
    out: VecDeque<AnalogOutput>,
}

impl AnalogSpan {
    pub fn new(config: Config) -> AnalogSpan {
        let port = |port: &crate::PortConfig| match &port.kind {
            PortKind::Fxs(station) => Port::Fxs(Telephone::new(port.slot, *station)),
            PortKind::Fxo(office) => Port::Fxo(Trunk::new(port.slot, office.clone())),
        };
        AnalogSpan {
            ports: config.ports.iter().map(port).collect(),
            clock: None,
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

    /// Ports that a leg has.
    pub fn seized(&self) -> usize {
        self.ports.iter().filter(|port| port.leg().is_some()).count()
    }

    /// Each leg with its port. A call that rings and that the exchange has not heard of yet is none.
    pub fn each_leg(&self) -> impl Iterator<Item = (LegId, u8)> + '_ {
        self.ports.iter().filter_map(|port| Some((port.told_leg()?, port.slot())))
    }

    /// What the clock on the wall says, for telephones that show the time of a call.
    pub fn set_clock(&mut self, clock: ClockFace) {
        self.clock = Some(clock);
    }

    /// Messages wait for a telephone's owner: its dial tone stutters, and its lamp is lit if it has one.
    pub fn set_message_waiting(&mut self, now: Monotonic, slot: u8, waiting: bool) {
        self.with(now, slot, |port, desk| {
            if let Port::Fxs(port) = port {
                port.set_message_waiting(desk, waiting);
            }
        });
    }

    fn parts(&mut self, now: Monotonic) -> (&mut [Port], Desk<'_>) {
        let AnalogSpan { config, ports, clock, ids, counters, out, .. } = self;
        (ports, Desk { now, config, clock: *clock, ids, counters, out })
    }

    fn with(&mut self, now: Monotonic, slot: u8, act: impl FnOnce(&mut Port, &mut Desk)) {
        let (ports, mut desk) = self.parts(now);
        if let Some(port) = ports.iter_mut().find(|port| port.slot() == slot) {
            act(port, &mut desk);
        }
    }

    /// The card sees something on a port's wires.
    pub fn seen(&mut self, now: Monotonic, slot: u8, seen: Seen) {
        self.with(now, slot, |port, desk| match port {
            Port::Fxs(port) => port.see(desk, seen),
            Port::Fxo(port) => port.see(desk, seen),
        });
    }

    /// The card hears something that it was told to listen for.
    pub fn heard(&mut self, now: Monotonic, slot: u8, heard: Heard) {
        self.with(now, slot, |port, desk| match port {
            Port::Fxs(port) => port.hear(desk, heard),
            Port::Fxo(port) => port.hear(desk, heard),
        });
    }

    /// Keys or a message have been sounded to their end.
    pub fn sounded(&mut self, now: Monotonic, slot: u8) {
        self.with(now, slot, |port, desk| match port {
            Port::Fxs(port) => port.sounded(desk),
            Port::Fxo(port) => port.sounded(desk),
        });
    }

    pub fn request(&mut self, now: Monotonic, leg: LegId, request: LegRequest) {
        if let LegRequest::Setup(outgoing) = request {
            return self.set_up(now, leg, &outgoing);
        }
        let (ports, mut desk) = self.parts(now);
        match ports.iter_mut().find(|port| port.leg() == Some(leg)) {
            Some(Port::Fxs(port)) => port.request(&mut desk, request),
            Some(Port::Fxo(port)) => port.request(&mut desk, request),
            None => desk.counters.ignored_requests += 1,
        }
    }

    fn set_up(&mut self, now: Monotonic, leg: LegId, outgoing: &Outgoing) {
        let (ports, mut desk) = self.parts(now);
        let wanted = match outgoing.target {
            Target::Circuit(circuit) if circuit.span == desk.config.span => Some(circuit.slot),
            Target::Circuit(_) | Target::Extension(_) => None,
        };
        let refused = match ports.iter_mut().find(|port| Some(port.slot()) == wanted) {
            Some(Port::Fxs(port)) => port.set_up(&mut desk, leg, &outgoing.setup),
            Some(Port::Fxo(port)) => port.set_up(&mut desk, leg, &outgoing.setup),
            None => Err(Cause::RequestedCircuitNotAvailable),
        };
        if let Err(cause) = refused {
            desk.tell(leg, LegIndication::Released { cause: ClearCause::ours(cause) });
        }
    }

    pub fn span_request(&mut self, now: Monotonic, request: SpanRequest) {
        let (ports, mut desk) = self.parts(now);
        for port in ports {
            let slot = port.slot();
            match (request, port) {
                (SpanRequest::Serve { slot: at, serve }, Port::Fxs(port)) if at == slot => port.blocked = !serve,
                (SpanRequest::Serve { slot: at, serve }, Port::Fxo(port)) if at == slot => port.blocked = !serve,
                (SpanRequest::RestartCircuit { slot: at }, port) if at == slot => restart(port, &mut desk),
                (SpanRequest::RestartSpan, port) => restart(port, &mut desk),
                (SpanRequest::Serve { .. } | SpanRequest::RestartCircuit { .. }, _) => {}
            }
        }
    }

    /// The card's alarms: one that takes it out of service ends its calls.
    pub fn alarm(&mut self, now: Monotonic, alarms: Alarms) {
        let was_dead = self.alarms.out_of_service();
        if std::mem::replace(&mut self.alarms, alarms) == alarms {
            return;
        }
        self.out.push_back(AnalogOutput::Span(SpanIndication::Alarms(alarms)));
        let dead = alarms.out_of_service();
        if dead == was_dead {
            return;
        }
        self.out.push_back(AnalogOutput::Span(if dead { SpanIndication::Down } else { SpanIndication::Up }));
        let (ports, mut desk) = self.parts(now);
        for port in ports {
            match (port, dead) {
                (Port::Fxs(port), true) => port.die(&mut desk),
                (Port::Fxs(port), false) => port.rest(&mut desk),
                (Port::Fxo(port), true) => port.die(&mut desk),
                (Port::Fxo(port), false) => port.rest(&mut desk),
            }
        }
    }

    /// Runs the timers that are due; the first call says that the span is there.
    pub fn expire(&mut self, now: Monotonic) {
        if !std::mem::replace(&mut self.started, true) {
            self.out.push_back(AnalogOutput::Span(SpanIndication::Up));
            let (ports, mut desk) = self.parts(now);
            for port in ports {
                match port {
                    Port::Fxs(port) => port.rest(&mut desk),
                    Port::Fxo(port) => {
                        // Signalling that ran before may have said otherwise.
                        desk.tell_span(SpanIndication::BlockedByPeer { slot: port.slot, blocked: false });
                        port.rest(&mut desk);
                    }
                }
            }
        }
        let (ports, mut desk) = self.parts(now);
        for port in ports {
            match port {
                Port::Fxs(port) if port.deadline().is_some_and(|at| at <= now) => port.expire(&mut desk),
                Port::Fxo(port) if port.deadline(desk.config).is_some_and(|at| at <= now) => port.expire(&mut desk),
                Port::Fxs(_) | Port::Fxo(_) => {}
            }
        }
    }

    pub fn deadline(&self) -> Option<Monotonic> {
        let first = (!self.started).then_some(Monotonic(0));
        self.ports.iter().filter_map(|port| port.deadline(&self.config)).chain(first).min()
    }

    pub fn poll(&mut self) -> Option<AnalogOutput> {
        self.out.pop_front()
    }
}

/// Back to the beginning, whatever the port does.
fn restart(port: &mut Port, desk: &mut Desk) {
    match port {
        Port::Fxs(port) => port.restart(desk),
        Port::Fxo(port) => port.restart(desk),
    }
    desk.tell_span(SpanIndication::Restarted { slot: port.slot() });
}
