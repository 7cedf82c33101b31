use crate::config::{ClockFace, Config, PortConfig, PortKind};
use crate::fxo::{State, Trunk};
use crate::fxs::Telephone;
use crate::order::{AnalogOutput, Heard, Listen, Order, Seen};
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
    fn new(port: &PortConfig) -> Port {
        match &port.kind {
            PortKind::Fxs(station) => Port::Fxs(Telephone::new(port.slot, *station)),
            PortKind::Fxo(office) => Port::Fxo(Trunk::new(port.slot, office.clone())),
        }
    }

    fn is_like(&self, kind: &PortKind) -> bool {
        matches!((self, kind), (Port::Fxs(_), PortKind::Fxs(_)) | (Port::Fxo(_), PortKind::Fxo(_)))
    }

    /// A call, or what may become one, ends by the settings that it began with.
    fn takes_settings(&self) -> bool {
        let announced = matches!(self, Port::Fxo(Trunk { state: State::Announced { .. }, .. }));
        self.leg().is_none() && !announced
    }

    /// False: it will when its call is over.
    fn take_settings(&mut self, desk: &mut Desk, kind: &PortKind) -> bool {
        let takes = self.takes_settings();
        match (self, kind) {
            (Port::Fxs(port), PortKind::Fxs(station)) if port.station != *station => {
                if takes {
                    port.station = *station;
                    // Its lamp may be lit now, or not any more.
                    port.set_message_waiting(desk, port.lamp.waiting);
                }
                takes
            }
            (Port::Fxo(port), PortKind::Fxo(office)) if port.office != *office => {
                if takes {
                    port.office = office.clone();
                    if matches!(port.state, State::Idle) {
                        port.rest(desk);
                    }
                }
                takes
            }
            (Port::Fxs(_) | Port::Fxo(_), _) => true,
        }
    }

    /// The settings know it no more.
    fn retire(&mut self, desk: &mut Desk) {
        let slot = self.slot();
        match self {
            Port::Fxs(port) => {
                port.die(desk);
                desk.order(slot, Order::Ring { on: false });
                desk.order(slot, Order::Battery { feeding: true });
                desk.order(slot, Order::OnHookSpeech { on: false });
                desk.order(slot, Order::Polarity { reversed: false });
            }
            Port::Fxo(port) => port.die(desk),
        }
        desk.order(slot, Order::Sound(None));
        desk.order(slot, Order::Listen(Listen::NOTHING));
    }

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
    /// Settings wait for ports that have calls.
    settings_wait: bool,
    counters: Counters,
    out: VecDeque<AnalogOutput>,
}

impl AnalogSpan {
    pub fn new(config: Config) -> AnalogSpan {
        AnalogSpan {
            ports: config.ports.iter().map(Port::new).collect(),
            clock: None,
            ids: LegIds::of(LegIds::span(config.span)),
            alarms: Alarms::default(),
            started: false,
            settings_wait: false,
            counters: Counters::default(),
            out: VecDeque::new(),
            config,
        }
    }

    /// Other settings, while calls go on: a port with a call takes its own when the call is over; one that is no more, or is of another
    /// kind, ends its call. Ports that begin are given back: the card is to tell how their pairs are. Another network's practice is for
    /// the whole card, and begins with a new one: it is refused.
    pub fn reconfigure(&mut self, now: Monotonic, config: Config) -> Result<Vec<u8>, Box<Config>> {
        if config.practice != self.config.practice || config.span != self.config.span {
            return Err(Box::new(config));
        }
        let mut before = std::mem::take(&mut self.ports);
        let (mut ports, mut begun) = (Vec::with_capacity(config.ports.len()), Vec::new());
        for wanted in &config.ports {
            let like = |port: &Port| port.slot() == wanted.slot && port.is_like(&wanted.kind);
            match before.iter().position(like) {
                Some(place) => ports.push(before.swap_remove(place)),
                None => {
                    begun.push(wanted.slot);
                    ports.push(Port::new(wanted));
                }
            }
        }
        (self.config, self.settings_wait) = (config, true);
        let (started, dead) = (self.started, self.alarms.out_of_service());
        let (_, mut desk) = self.parts(now);
        before.iter_mut().for_each(|port| port.retire(&mut desk));
        for port in ports.iter_mut().filter(|port| started && begun.contains(&port.slot())) {
            start(port, &mut desk);
            if dead {
                die(port, &mut desk);
            }
        }
        self.ports = ports;
        self.settle(now);
        Ok(begun)
    }

    /// Ports whose calls are over take the settings that wait for them.
    fn settle(&mut self, now: Monotonic) {
        if !std::mem::take(&mut self.settings_wait) {
            return;
        }
        let (ports, mut desk) = self.parts(now);
        let mut wait = false;
        for (port, wanted) in ports.iter_mut().zip(&desk.config.ports) {
            wait |= !port.take_settings(&mut desk, &wanted.kind);
        }
        self.settings_wait = wait;
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
        self.settle(now);
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
        self.settle(now);
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
            if dead {
                die(port, &mut desk);
            } else {
                rest(port, &mut desk);
            }
        }
    }

    /// Runs the timers that are due; the first call says that the span is there.
    pub fn expire(&mut self, now: Monotonic) {
        if !std::mem::replace(&mut self.started, true) {
            self.out.push_back(AnalogOutput::Span(SpanIndication::Up));
            let (ports, mut desk) = self.parts(now);
            ports.iter_mut().for_each(|port| start(port, &mut desk));
        }
        self.settle(now);
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

fn start(port: &mut Port, desk: &mut Desk) {
    if let Port::Fxo(port) = port {
        // Signalling that ran before may have said otherwise.
        desk.tell_span(SpanIndication::BlockedByPeer { slot: port.slot, blocked: false });
    }
    rest(port, desk);
}

fn rest(port: &mut Port, desk: &mut Desk) {
    match port {
        Port::Fxs(port) => port.rest(desk),
        Port::Fxo(port) => port.rest(desk),
    }
}

fn die(port: &mut Port, desk: &mut Desk) {
    match port {
        Port::Fxs(port) => port.die(desk),
        Port::Fxo(port) => port.die(desk),
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
