//! How long the exchange machine takes for simple calls from trunk to queue to agent, at the level of leg primitives, with ledger,
//! call records, recordings and live view.

use crate::machine;
use crate::report::{Row, Trouble};
use clock::{Millis, Monotonic, Now, WallTime};
use desk::{Actor, Command, SeatCommand, Ticket};
use exchange::{Effect, Exchange, Input, RecordingOrder};
use identity::{AgentId, CircuitId, LegId, LegIds, LineId, QueueId, SpanId};
use legs::{Incoming, LegIndication, LegRequest, Origin, Setup, SpanIndication};
use numbering::{Cause, ClearCause, Digits, PartyNumber};
use settings::{AgentSettings, ExtensionSettings, QueueSettings, ServiceRoute, Settings, SpanSettings, Target};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

/// Calls that are up at the same time, one a circuit of two spans.
const UP: usize = 60;
const AGENTS: u32 = 80;

fn digits(text: &str) -> Digits {
    text.parse().unwrap_or_default()
}

fn settings() -> Settings {
    let span = |id: u16| SpanSettings {
        id: SpanId(id),
        name: format!("E1-{id}"),
        enabled: true,
        signalling: settings::Signalling::default(),
        blocked: vec![],
    };
    let number = |id: u32| digits(&format!("8{id:03}"));
    let extension = |id: u32| ExtensionSettings {
        number: number(id),
        name: format!("desk {id}"),
        password: String::new(),
        may_dial_out: false,
        port: None,
        fax: None,
    };
    let agent = |id: u32| AgentSettings {
        id: AgentId(id),
        login: format!("agent{id}"),
        name: format!("agent {id}"),
        role: settings::Role::Agent,
        skills: vec![],
        extension: Some(number(id)),
        automatic_answer: false,
    };
    let queue = QueueSettings {
        id: QueueId(1),
        name: "orders".into(),
        needs: vec![],
        strategy: settings::Strategy::LongestIdle,
        priority: 5,
        ageing_seconds: 60,
        ring_seconds: 20,
        busy_after_no_answers: 0,
        wrap_up_seconds: 1,
        wrap_up_codes: vec![],
        music: String::new(),
        announcements: settings::Announcements::default(),
        max_waiting: 0,
        max_wait_seconds: 0,
        overflow: settings::Overflow::Release,
        goal_percent: 80,
        goal_seconds: 20,
    };
    Settings {
        spans: vec![span(1), span(2)],
        extensions: (1..=AGENTS).map(extension).collect(),
        agents: (1..=AGENTS).map(agent).collect(),
        services: vec![ServiceRoute {
            pattern: "4001".into(),
            name: "orders".into(),
            target: Target::Queue(QueueId(1)),
        }],
        queues: vec![queue],
        ..Settings::default()
    }
}

struct Run {
    exchange: Exchange,
    now: Now,
    ids: LegIds,
    /// Telephones that ring, and legs that were told to go.
    ringing: VecDeque<LegId>,
    leaving: VecDeque<(LineId, LegId, ClearCause)>,
    records: u64,
    cdrs: u64,
    recordings: u64,
    views: u64,
}

impl Run {
    fn input(&mut self, input: Input) {
        self.exchange.handle(self.now, input);
        self.drain();
        while let Some((line, leg, cause)) = self.leaving.pop_front() {
            self.exchange.handle(self.now, Input::Leg { line, leg, indication: LegIndication::Released { cause } });
            self.drain();
        }
    }

    fn drain(&mut self) {
        while let Some(effect) = self.exchange.poll() {
            match effect {
                Effect::Leg { leg, request: LegRequest::Setup(_), .. } => self.ringing.push_back(leg),
                Effect::Leg { line, leg, request: LegRequest::Release { cause } } => {
                    self.leaving.push_back((line, leg, cause));
                }
                Effect::Ledger(_) => self.records += 1,
                Effect::Cdr(_) => self.cdrs += 1,
                Effect::Recording(RecordingOrder::Start { .. }) => self.recordings += 1,
                Effect::View(_) => self.views += 1,
                _ => {}
            }
        }
    }

    fn pass(&mut self, wait: Millis) {
        self.now = self.now + wait;
        if self.exchange.deadline().is_some_and(|due| due <= self.now.mono) {
            self.exchange.expire(self.now);
            self.drain();
        }
    }

    fn call_on(&mut self, circuit: CircuitId) -> LegId {
        let leg = self.ids.allocate();
        let calling = Some(PartyNumber::plain(digits("13800138000")));
        let setup = Setup { called: PartyNumber::plain(digits("4001")), complete: true, calling, ..Setup::default() };
        let incoming = Incoming { setup, origin: Origin::Circuit(circuit), replaces: None };
        let line = LineId::Span(circuit.span);
        self.input(Input::Leg { line, leg, indication: LegIndication::Setup(Box::new(incoming)) });
        while let Some(phone) = self.ringing.pop_front() {
            for indication in [LegIndication::Alerting { inband: false }, LegIndication::Answered { connected: None }] {
                self.input(Input::Leg { line: LineId::Sip, leg: phone, indication });
            }
        }
        leg
    }
}

impl Run {
    fn new(now: Now) -> Run {
        let mut run = Run {
            exchange: Exchange::new(Arc::new(settings()), now),
            now,
            ids: LegIds::of(LegIds::SIP),
            ringing: VecDeque::new(),
            leaving: VecDeque::new(),
            records: 0,
            cdrs: 0,
            recordings: 0,
            views: 0,
        };
        for span in [SpanId(1), SpanId(2)] {
            run.input(Input::Span { span, indication: SpanIndication::Up });
        }
        for id in 1..=AGENTS {
            run.sign_in(AgentId(id), digits(&format!("8{id:03}")));
        }
        run
    }

    fn sign_in(&mut self, agent: AgentId, extension: Digits) {
        self.input(Input::Registration { extension: extension.clone(), contact: Some("phone".into()) });
        for command in [SeatCommand::SignIn { extension }, SeatCommand::Ready] {
            let command = Command::Seat { agent, command };
            self.input(Input::Command { ticket: Ticket(0), actor: Actor::Agent(agent), command });
        }
    }

    fn hang_up(&mut self, circuit: CircuitId, leg: LegId) {
        let cause = ClearCause::ours(Cause::NormalClearing);
        let line = LineId::Span(circuit.span);
        self.input(Input::Leg { line, leg, indication: LegIndication::Released { cause } });
    }
}

/// Calls of a whole run; a tenth of them warms up before memory is looked at.
const CALLS: usize = 1_000_000;

/// Time that a million calls may take, seconds.
const GOAL: f64 = 60.0;

pub fn run(quick: bool) -> Result<Vec<Row>, Trouble> {
    let calls = if quick { CALLS / 10 } else { CALLS };
    let mut run = Run::new(Now { mono: Monotonic(0), wall: WallTime(1_795_406_400_000) });
    let slots = || (1..=15).chain(17..=31);
    let circuits: Vec<CircuitId> =
        [1, 2].into_iter().flat_map(|span| slots().map(move |slot| CircuitId { span: SpanId(span), slot })).collect();
    let mut up: VecDeque<(CircuitId, LegId)> = VecDeque::new();
    let (began, before) = (Instant::now(), machine::own_thread_seconds());
    let mut warm = f64::NAN;
    for call in 0..calls {
        if up.len() == UP
            && let Some((circuit, leg)) = up.pop_front()
        {
            run.hang_up(circuit, leg);
        }
        run.pass(Millis(500));
        let circuit = circuits[call % UP];
        let leg = run.call_on(circuit);
        up.push_back((circuit, leg));
        if call == calls / 10 {
            warm = machine::megabytes(std::process::id());
        }
    }
    let (elapsed, spent) = (began.elapsed().as_secs_f64(), machine::own_thread_seconds() - before);
    let grown = machine::megabytes(std::process::id()) - warm;
    for (circuit, leg) in up {
        run.hang_up(circuit, leg);
    }
    run.pass(Millis::secs(10));
    let wrong = run.exchange.audit();
    if !wrong.is_empty() {
        return Err(format!("the exchange's own audit: {wrong:?}").into());
    }
    let count = calls as f64;
    let share = count / CALLS as f64;
    Ok(vec![
        // The machine has one thread, and this one may share its core with others: what it used is what it takes alone.
        Row::at_most(format!("{calls} calls, processor time"), spent, "s", ("limit", GOAL * share), 1.0),
        Row::figure("elapsed", elapsed, "s", ("processor time", spent)),
        Row::figure("calls a second", count / spent, "1/s", ("needed", CALLS as f64 / GOAL)),
        Row::figure("a call", spent * 1e6 / count, "us", ("limit", GOAL * 1e6 / CALLS as f64)),
        Row::at_least("call records", run.cdrs as f64, "records", ("calls", count), 1.0),
        Row::at_least("recordings begun", run.recordings as f64, "calls", ("calls", count), 1.0),
        Row::figure("ledger records", run.records as f64, "records", ("calls", count)),
        Row::figure("view changes", run.views as f64, "changes", ("calls", count)),
        Row::at_most("memory grown after a tenth", grown, "MB", ("in use then", warm), 0.1),
    ])
}
