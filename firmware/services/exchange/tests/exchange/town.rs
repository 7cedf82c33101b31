use cdr::Cdr;
use clock::{Millis, Monotonic, Now, WallTime};
use desk::{Actor, AgentView, CallView, Command, EntityView, LiveView, Refusal, SeatCommand, SlotState, Ticket};
use exchange::{Effect, Exchange, Input, RecordingOrder};
use identity::{
    AgentId, CallId, CircuitId, FlowId, GroupId, LegId, LegIds, LineId, QueueId, RecordingId, RoomId, SpanId,
};
use ledger::{Event, Record};
use legs::{Incoming, LegIndication, LegRequest, Origin, Outgoing, Setup, SpanIndication, SpanRequest, Target};
use numbering::{Cause, ClearCause, Digits, Key, PartyNumber};
use plan::{Hears, MediaIndication, MediaRequest, Plan, Port};
use settings::*;
use std::collections::BTreeMap;
use std::sync::Arc;

pub const ANNA: AgentId = AgentId(1);
pub const BOB: AgentId = AgentId(2);
pub const ORDERS: QueueId = QueueId(1);
/// Noon of a Monday in China.
const NOON: i64 = 1_795_406_400_000;

pub fn digits(text: &str) -> Digits {
    text.parse().expect("digits")
}

/// The far ends of every line, and what they saw.
pub struct Town {
    pub exchange: Exchange,
    now: Now,
    ids: LegIds,
    tickets: u64,
    pub legs: BTreeMap<LegId, Far>,
    pub ledger: BTreeMap<CallId, Vec<Record>>,
    pub cdrs: Vec<Cdr>,
    pub recordings: BTreeMap<RecordingId, bool>,
    pub spans: Vec<(SpanId, SpanRequest)>,
    /// Each beginning and each end.
    pub alarms: Vec<desk::AlarmView>,
    pub tests: Vec<(CircuitId, Option<legs::LineTest>)>,
    /// What telephones at ports were told last of waiting messages, and what is kept of it.
    pub messages_shown: BTreeMap<CircuitId, bool>,
    pub messages_kept: BTreeMap<Digits, bool>,
    pub keys_sent: Vec<(LegId, Digits)>,
    pub settings: Settings,
    live: LiveView,
    reply: Option<Result<(), Refusal>>,
    pub refusals: Vec<Refusal>,
}

/// The far end of one leg.
pub struct Far {
    pub line: LineId,
    pub setup: Option<Outgoing>,
    pub requests: Vec<LegRequest>,
    pub plan: Plan,
    pub port: Option<Port>,
    pub gone: bool,
}

impl Far {
    fn new(line: LineId) -> Far {
        Far { line, setup: None, requests: vec![], plan: Plan::default(), port: None, gone: false }
    }
}

fn agent(id: AgentId, login: &str, extension: &str) -> AgentSettings {
    AgentSettings {
        id,
        login: login.into(),
        name: login.into(),
        role: Role::Agent,
        skills: vec![],
        extension: Some(digits(extension)),
        automatic_answer: false,
    }
}

fn queue(id: QueueId, name: &str) -> QueueSettings {
    QueueSettings {
        id,
        name: name.into(),
        needs: vec![],
        strategy: Strategy::LongestIdle,
        priority: 5,
        ageing_seconds: 0,
        ring_seconds: 20,
        busy_after_no_answers: 0,
        wrap_up_seconds: 30,
        wrap_up_codes: vec!["sold".into(), "not sold".into()],
        music: "music/orders".into(),
        announcements: Announcements::default(),
        max_waiting: 5,
        max_wait_seconds: 300,
        overflow: Overflow::Release,
        goal_percent: 80,
        goal_seconds: 20,
    }
}

fn flow() -> FlowSettings {
    let node = |id: &str, kind| Node { id: id.into(), title: format!("title of {id}"), kind };
    let keys: BTreeMap<Key, NodeId> = [('1', "orders"), ('2', "shop"), ('3', "mobile")]
        .into_iter()
        .map(|(key, node)| (Key::new(key).expect("a key"), node.to_owned()))
        .collect();
    let menu = NodeKind::Menu {
        prompts: vec!["menu/main".into()],
        keys,
        timeout_seconds: 5,
        attempts: 2,
        invalid_prompt: String::new(),
        otherwise: "bye".into(),
    };
    FlowSettings {
        id: FlowId(1),
        name: "day".into(),
        version: 3,
        start: "menu".into(),
        nodes: vec![
            node("menu", menu),
            node("orders", NodeKind::Queue { queue: ORDERS, priority: None }),
            node("shop", NodeKind::Transfer { to: settings::Target::Extension(digits("8003")) }),
            node("mobile", NodeKind::Transfer { to: settings::Target::Number(digits("013800138000")) }),
            node("bye", NodeKind::HangUp { prompts: vec!["bye".into()] }),
        ],
    }
}

/// One without PIN, for three; one with PIN 123.
pub fn rooms() -> Vec<RoomSettings> {
    let room =
        |id, name: &str, pin: &str, most| RoomSettings { id: RoomId(id), name: name.into(), pin: digits(pin), most };
    vec![room(1, "open", "", 3), room(2, "board", "123", 100)]
}

pub fn ways_to_rooms() -> Vec<ServiceRoute> {
    let way = |pattern: &str, room| ServiceRoute {
        pattern: pattern.into(),
        name: format!("room {room}"),
        target: settings::Target::Room(RoomId(room)),
    };
    vec![way("4004", 1), way("4005", 2)]
}

pub fn house() -> Settings {
    let span = |id: u16, overlap_receiving| SpanSettings {
        id: SpanId(id),
        name: format!("E1-{id}"),
        enabled: true,
        signalling: Signalling::Pri(PriSettings { overlap_receiving, ..PriSettings::default() }),
        blocked: vec![],
    };
    let group = |id: u32| GroupSettings {
        id: GroupId(id),
        name: format!("carrier {id}"),
        selection: Selection::Ascending,
        spans: vec![SpanId(id as u16)],
        calling: Some(digits("02160000000")),
    };
    let extension = |number: &str, may_dial_out| ExtensionSettings {
        number: digits(number),
        name: format!("desk {number}"),
        password: String::new(),
        may_dial_out,
        port: None,
        fax: None,
    };
    let service =
        |pattern: &str, target| ServiceRoute { pattern: pattern.into(), name: format!("service {pattern}"), target };
    let outbound = OutboundRoute {
        pattern: "0.".into(),
        name: "outside".into(),
        strip: 1,
        prepend: Digits::default(),
        groups: vec![GroupId(1), GroupId(2)],
    };
    Settings {
        spans: vec![span(1, false), span(2, true)],
        groups: vec![group(1), group(2)],
        extensions: vec![
            extension("8001", true),
            extension("8002", true),
            extension("8003", true),
            extension("8004", false),
        ],
        services: vec![
            service("4001", settings::Target::Flow(FlowId(1))),
            service("4002", settings::Target::Queue(ORDERS)),
            service("4003", settings::Target::Extension(digits("8003"))),
        ],
        outbound: vec![outbound],
        agents: vec![agent(ANNA, "anna", "8001"), agent(BOB, "bob", "8002")],
        queues: vec![queue(ORDERS, "orders")],
        flows: vec![flow()],
        ..Settings::default()
    }
}

impl Town {
    /// Both spans up, telephones 8001 to 8004 registered, nobody signed in.
    pub fn new() -> Town {
        Town::with(house())
    }

    pub fn with(settings: Settings) -> Town {
        let now = Now { mono: Monotonic(1000), wall: WallTime(NOON) };
        let mut town = Town {
            exchange: Exchange::new(Arc::new(settings.clone()), now),
            now,
            ids: LegIds::of(LegIds::SIP),
            tickets: 0,
            legs: BTreeMap::new(),
            ledger: BTreeMap::new(),
            cdrs: vec![],
            recordings: BTreeMap::new(),
            spans: vec![],
            alarms: vec![],
            tests: vec![],
            messages_shown: BTreeMap::new(),
            messages_kept: BTreeMap::new(),
            keys_sent: vec![],
            settings,
            live: LiveView::default(),
            reply: None,
            refusals: vec![],
        };
        town.drain();
        for span in [1, 2] {
            town.span(span, SpanIndication::Up);
        }
        for extension in ["8001", "8002", "8003", "8004"] {
            town.register(extension, true);
        }
        town
    }

    /// Anna signed in at 8001 and ready.
    pub fn with_anna() -> Town {
        let mut town = Town::new();
        town.sign_in(ANNA, "8001");
        town
    }

    pub fn sign_in(&mut self, agent: AgentId, extension: &str) {
        self.seat(agent, SeatCommand::SignIn { extension: digits(extension) }).expect("signed in");
        self.seat(agent, SeatCommand::Ready).expect("ready");
    }

    pub fn input(&mut self, input: Input) {
        self.exchange.handle(self.now, input);
        self.drain();
    }

    pub fn say(&mut self, leg: LegId, indication: LegIndication) {
        let line = self.legs[&leg].line;
        if matches!(indication, LegIndication::Released { .. }) {
            self.legs.get_mut(&leg).expect("a leg").gone = true;
        }
        self.input(Input::Leg { line, leg, indication });
    }

    pub fn span(&mut self, span: u16, indication: SpanIndication) {
        self.input(Input::Span { span: SpanId(span), indication });
    }

    pub fn register(&mut self, extension: &str, registered: bool) {
        let contact = registered.then(|| format!("192.0.2.1 {extension}"));
        self.input(Input::Registration { extension: digits(extension), contact });
    }

    pub fn change(&mut self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.settings);
        self.input(Input::Settings(Arc::new(self.settings.clone())));
    }

    pub fn command(&mut self, actor: Actor, command: Command) -> Result<(), Refusal> {
        self.tickets += 1;
        self.input(Input::Command { ticket: Ticket(self.tickets), actor, command });
        self.reply.take().expect("a command is answered")
    }

    pub fn seat(&mut self, agent: AgentId, command: SeatCommand) -> Result<(), Refusal> {
        self.command(Actor::Agent(agent), Command::Seat { agent, command })
    }

    /// A command that may be refused.
    pub fn try_seat(&mut self, agent: AgentId, command: SeatCommand) {
        if let Err(refusal) = self.seat(agent, command) {
            self.refusals.push(refusal);
        }
    }

    pub fn admin(&mut self, command: Command) -> Result<(), Refusal> {
        self.command(Actor::Administrator, command)
    }

    /// Carries out what the exchange wants, as lines and media engine do, and checks its invariants.
    fn drain(&mut self) {
        let mut last_words = vec![];
        while let Some(effect) = self.exchange.poll() {
            match effect {
                Effect::Leg { line, leg, request } => {
                    let far = self.legs.entry(leg).or_insert_with(|| Far::new(line));
                    match &request {
                        LegRequest::Setup(outgoing) => far.setup = Some((**outgoing).clone()),
                        LegRequest::Release { cause } if !far.gone => {
                            far.gone = true;
                            last_words.push((line, leg, *cause));
                        }
                        _ => {}
                    }
                    far.requests.push(request);
                }
                Effect::Media(request) => self.media_asked(request),
                Effect::Recording(RecordingOrder::Start { recording, .. }) => {
                    assert!(self.recordings.insert(recording, true).is_none(), "a recording starts once");
                }
                Effect::Recording(RecordingOrder::Stop { recording }) => {
                    assert!(self.legs.values().all(|far| far.gone || far.plan.record != Some(recording)));
                    assert_eq!(self.recordings.insert(recording, false), Some(true), "a recording stops once");
                }
                Effect::Recording(RecordingOrder::Pause { recording } | RecordingOrder::Resume { recording }) => {
                    assert_eq!(self.recordings.get(&recording), Some(&true), "what runs is paused and resumed");
                }
                Effect::Ledger(record) => {
                    let chain = self.ledger.entry(record.call).or_default();
                    assert_eq!(record.seq as usize, chain.len(), "the ledger has no gap");
                    chain.push(record);
                }
                Effect::Cdr(cdr) => {
                    assert!(self.cdrs.iter().all(|other| other.call != cdr.call), "one record a call");
                    self.cdrs.push(*cdr);
                }
                Effect::Reply { result, .. } => self.reply = Some(result),
                Effect::Span { span, request } => self.spans.push((span, request)),
                Effect::ShowMessageWaiting { port, waiting } => {
                    self.messages_shown.insert(port, waiting);
                }
                Effect::KeepMessageWaiting { extension, waiting } => {
                    self.messages_kept.insert(extension, waiting);
                }
                Effect::TestCircuit { circuit, test } => self.tests.push((circuit, test)),
                Effect::Alarm(alarm) => self.alarms.push(alarm),
                Effect::View(change) => {
                    assert_eq!(change.seq, self.live.seq + 1, "views are numbered without a gap");
                    self.live.seq = change.seq;
                }
            }
        }
        self.live = self.exchange.live_view();
        for (line, leg, cause) in last_words {
            self.input(Input::Leg { line, leg, indication: LegIndication::Released { cause } });
        }
        assert_eq!(self.exchange.audit(), vec![]);
    }

    fn media_asked(&mut self, request: MediaRequest) {
        match request {
            MediaRequest::Open { leg, port } => {
                let Port::Circuit(circuit) = port else { panic!("only circuits are opened by the exchange") };
                self.legs.entry(leg).or_insert_with(|| Far::new(LineId::Span(circuit.span))).port = Some(port);
            }
            MediaRequest::Plan { leg, plan } => self.legs.get_mut(&leg).expect("a leg").plan = plan,
            MediaRequest::SendKeys { leg, keys } => self.keys_sent.push((leg, keys)),
            MediaRequest::Close { leg } => self.legs.get_mut(&leg).expect("a leg").port = None,
            MediaRequest::Negotiated { .. } | MediaRequest::Secure { .. } => panic!("negotiation is the SIP core's"),
        }
    }

    /// Lets time pass, timer by timer.
    pub fn after(&mut self, seconds: u64) {
        let end = self.now + Millis::secs(seconds);
        while let Some(due) = self.exchange.deadline().filter(|due| *due <= end.mono) {
            self.now = self.now + due.since(self.now.mono);
            self.exchange.expire(self.now);
            self.drain();
        }
        self.now = end;
    }

    // Callers and telephones.

    pub fn dial_in_on(&mut self, span: u16, slot: u8, number: &str, complete: bool) -> LegId {
        let leg = self.ids.allocate();
        let circuit = CircuitId { span: SpanId(span), slot };
        let calling = Some(PartyNumber::plain(digits("13800138000")));
        self.set_up(LineId::Span(SpanId(span)), leg, Origin::Circuit(circuit), number, complete, calling, None)
    }

    /// A telephone at a port is lifted.
    pub fn lift(&mut self, span: u16, slot: u8) -> LegId {
        let leg = self.ids.allocate();
        let circuit = CircuitId { span: SpanId(span), slot };
        self.set_up(LineId::Span(SpanId(span)), leg, Origin::Circuit(circuit), "", false, None, None)
    }

    /// It dials, key by key.
    pub fn key_in(&mut self, leg: LegId, number: &str) {
        for digit in number.chars() {
            self.say(leg, LegIndication::Digits { digits: digits(&digit.to_string()), complete: false });
        }
    }

    /// A caller from outside, on the first free circuit of span 2.
    pub fn dial_in(&mut self, number: &str) -> LegId {
        let slots = &self.live.spans.iter().find(|s| s.id == SpanId(2)).expect("span 2").slots;
        let slot = slots.iter().find(|s| s.state == SlotState::Idle).expect("an idle circuit").slot;
        self.dial_in_on(2, slot, number, true)
    }

    /// A caller from outside on the first idle circuit of any span.
    pub fn dial_in_somewhere(&mut self, number: &str) -> LegId {
        let live = &self.live;
        let idle = live.spans.iter().find_map(|span| {
            let slot = span.slots.iter().find(|s| s.state == SlotState::Idle)?;
            Some((span.id.0, slot.slot))
        });
        let (span, slot) = idle.expect("an idle circuit");
        self.dial_in_on(span, slot, number, true)
    }

    pub fn dial_from(&mut self, extension: &str, number: &str) -> LegId {
        let leg = self.ids.allocate();
        self.set_up(LineId::Sip, leg, Origin::Extension(digits(extension)), number, true, None, None)
    }

    pub fn replace(&mut self, extension: &str, replaces: LegId) -> LegId {
        let leg = self.ids.allocate();
        self.set_up(LineId::Sip, leg, Origin::Extension(digits(extension)), "", true, None, Some(replaces))
    }

    #[allow(clippy::too_many_arguments)]
    fn set_up(
        &mut self,
        line: LineId,
        leg: LegId,
        origin: Origin,
        number: &str,
        complete: bool,
        calling: Option<PartyNumber>,
        replaces: Option<LegId>,
    ) -> LegId {
        self.legs.insert(leg, Far::new(line));
        let setup = Setup { called: PartyNumber::plain(digits(number)), complete, calling, ..Setup::default() };
        let incoming = Incoming { setup, origin, replaces };
        self.input(Input::Leg { line, leg, indication: LegIndication::Setup(Box::new(incoming)) });
        leg
    }

    /// The newest leg by which the exchange calls this telephone.
    pub fn rung(&self, extension: &str) -> LegId {
        self.try_rung(extension).unwrap_or_else(|| panic!("{extension} is not being called"))
    }

    pub fn try_rung(&self, extension: &str) -> Option<LegId> {
        let target = Target::Extension(digits(extension));
        let called = |far: &Far| !far.gone && far.setup.as_ref().is_some_and(|s| s.target == target);
        self.legs.iter().filter(|(_, far)| called(far)).map(|(leg, _)| *leg).max()
    }

    /// The newest leg by which the exchange calls out over a trunk.
    pub fn trunk(&self) -> LegId {
        let called = |far: &Far| far.setup.as_ref().is_some_and(|s| matches!(s.target, Target::Circuit(_)));
        let legs = self.legs.iter().filter(|(_, far)| !far.gone && called(far));
        legs.map(|(leg, _)| *leg).max().expect("a call over a trunk")
    }

    pub fn circuit(&self, leg: LegId) -> CircuitId {
        match self.legs[&leg].port {
            Some(Port::Circuit(circuit)) => circuit,
            _ => panic!("{leg} has no circuit"),
        }
    }

    pub fn ring(&mut self, leg: LegId) {
        self.say(leg, LegIndication::Alerting { inband: false });
    }

    pub fn answer(&mut self, leg: LegId) {
        self.say(leg, LegIndication::Answered { connected: None });
    }

    pub fn hang_up(&mut self, leg: LegId) {
        self.refuse(leg, Cause::NormalClearing);
    }

    pub fn refuse(&mut self, leg: LegId, cause: Cause) {
        self.say(leg, LegIndication::Released { cause: ClearCause::ours(cause) });
    }

    pub fn press(&mut self, leg: LegId, key: char) {
        let key = Key::new(key).expect("a key");
        self.input(Input::Media(MediaIndication::Key { leg, key, millis: 80 }));
    }

    /// The prompts that a leg hears come to their end.
    pub fn heard_out(&mut self, leg: LegId) {
        let Hears::Play { play, .. } = self.hears(leg) else { panic!("{leg} hears no prompt") };
        self.input(Input::Media(MediaIndication::PlayEnded { leg, play }));
    }

    // What can be seen.

    pub fn hears(&self, leg: LegId) -> Hears {
        self.legs[&leg].plan.hears.clone()
    }

    pub fn talk(&self, a: LegId, b: LegId) -> bool {
        self.hears(a) == Hears::Leg(b) && self.hears(b) == Hears::Leg(a)
    }

    pub fn prompts(&self, leg: LegId) -> Vec<String> {
        match self.hears(leg) {
            Hears::Play { prompts, .. } => prompts.into_iter().map(|p| p.name).collect(),
            _ => vec![],
        }
    }

    pub fn asked(&self, leg: LegId, wanted: impl Fn(&LegRequest) -> bool) -> bool {
        self.legs[&leg].requests.iter().any(wanted)
    }

    pub fn answered(&self, leg: LegId) -> bool {
        self.asked(leg, |r| matches!(r, LegRequest::Answer { .. }))
    }

    pub fn gone(&self, leg: LegId) -> bool {
        self.legs[&leg].gone
    }

    pub fn agent(&self, agent: AgentId) -> AgentView {
        self.live().agents.into_iter().find(|a| a.id == agent).expect("an agent")
    }

    pub fn calls(&self) -> Vec<CallView> {
        self.live().calls
    }

    pub fn live(&self) -> LiveView {
        self.exchange.live_view()
    }

    pub fn slot(&self, circuit: CircuitId) -> SlotState {
        let live = self.live();
        let span = live.spans.iter().find(|s| s.id == circuit.span).expect("a span");
        span.slots.iter().find(|s| s.slot == circuit.slot).expect("a slot").state
    }

    /// The record of the call that ended last.
    pub fn cdr(&self) -> &Cdr {
        self.cdrs.last().expect("a call has ended")
    }

    /// What the one call that was ever made left in its ledger.
    pub fn wrote(&self, wanted: impl Fn(&Event) -> bool) -> usize {
        self.ledger.values().flatten().filter(|r| wanted(&r.event)).count()
    }

    pub fn recording_now(&self) -> usize {
        self.recordings.values().filter(|running| **running).count()
    }

    /// Every leg is gone, every circuit idle, every call has its record, nothing is recorded, no caller waits.
    pub fn all_quiet(&self) {
        assert!(self.legs.values().all(|far| far.gone), "a leg is still up");
        assert!(self.legs.values().all(|far| far.port.is_none()), "a speech path is still open");
        let slots = self.live().spans.into_iter().flat_map(|s| s.slots);
        assert!(slots.into_iter().all(|s| s.state != SlotState::Talking && s.state != SlotState::Clearing));
        assert_eq!(self.exchange.load(), (0, 0));
        assert_eq!(self.cdrs.len(), self.ledger.len());
        assert_eq!(self.recording_now(), 0);
        assert!(self.live().calls.is_empty());
        assert!(!matches!(self.live().agents.first().map(|a| &a.call), Some(Some(_))));
        let _: &EntityView = &EntityView::Queue(self.live().queues[0].clone());
    }
}
