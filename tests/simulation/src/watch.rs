//! What is seen of the exchange from outside, and the rules that hold at every step.

use cdr::Cdr;
use clock::{Millis, Now};
use desk::{
    AgentView, AlarmKind, AlarmView, CallView, EntityId, EntityView, ExtensionView, LiveView, QueueView, RoomView,
    SpanView,
};
use exchange::{Effect, Input};
use identity::{AgentId, AlarmId, CallId, LegId, QueueId, RecordingId, RoomId, SpanId};
use ledger::{Event, QueueExit, Record};
use legs::{LegIndication, LegRequest};
use numbering::Digits;
use std::collections::{BTreeMap, BTreeSet};

/// Everything watched since the daemon started, and the records of all its lives.
#[derive(Debug, Default)]
pub struct Watch {
    pub violations: Vec<String>,
    /// Ledgers of calls without a record yet.
    pub open: BTreeMap<CallId, Vec<Record>>,
    /// Ledgers of calls that have one.
    pub closed: BTreeMap<CallId, Vec<Record>>,
    pub cdrs: BTreeMap<CallId, Cdr>,
    pub view: View,
    offers: BTreeMap<AgentId, CallId>,
    /// Alarms that stand.
    alarms: BTreeMap<AlarmId, AlarmView>,
    /// Circuits that the channel audit cleared: none unless a test makes a core forget.
    pub healed: u64,
    /// Legs alive, as both sides know them.
    pub legs: BTreeMap<LegId, &'static str>,
}

/// The live view as a console that applies every change has it.
#[derive(Debug, Default)]
pub struct View {
    pub seq: u64,
    pub spans: BTreeMap<SpanId, SpanView>,
    pub queues: BTreeMap<QueueId, QueueView>,
    pub agents: BTreeMap<AgentId, AgentView>,
    pub calls: BTreeMap<CallId, CallView>,
    pub extensions: BTreeMap<Digits, ExtensionView>,
    pub alarms: BTreeMap<AlarmId, AlarmView>,
    pub rooms: BTreeMap<RoomId, RoomView>,
}

impl Watch {
    /// A rule is broken; one that stays broken is told once.
    pub fn violated(&mut self, now: Now, what: String) {
        if self.violations.iter().any(|told| told.ends_with(&what)) || self.violations.len() > 50 {
            return;
        }
        let at = now.mono.0;
        self.violations.push(format!("at {}.{:03} s: {what}", at / 1000, at % 1000));
    }

    /// A rule: broken if not so.
    pub fn must(&mut self, now: Now, so: bool, what: impl FnOnce() -> String) {
        if !so {
            self.violated(now, what());
        }
    }

    pub fn input(&mut self, now: Now, input: &Input) {
        let Input::Leg { leg, indication, .. } = input else { return };
        match indication {
            LegIndication::Setup(_) => {
                if self.legs.insert(*leg, "incoming").is_some() {
                    self.violated(now, format!("{leg} comes in twice"));
                }
            }
            // Its first and only word.
            LegIndication::TurnedAway { .. } => {
                if self.legs.contains_key(leg) {
                    self.violated(now, format!("{leg} comes in and is turned away"));
                }
            }
            LegIndication::Released { .. } => {
                if self.legs.remove(leg).is_none() {
                    self.violated(now, format!("{leg} is released twice, or never was"));
                }
            }
            other => {
                if !self.legs.contains_key(leg) {
                    self.violated(now, format!("{leg} speaks after its last word: {other:?}"));
                }
            }
        }
    }

    pub fn effect(&mut self, now: Now, effect: &Effect) {
        match effect {
            Effect::Leg { leg, request: LegRequest::Setup(_), .. } => {
                if self.legs.insert(*leg, "outgoing").is_some() {
                    self.violated(now, format!("{leg} is set up twice"));
                }
            }
            Effect::Ledger(record) => self.ledger(now, record),
            Effect::Cdr(cdr) => self.cdr(now, cdr),
            Effect::View(change) => {
                if change.seq != self.view.seq + 1 {
                    let before = self.view.seq;
                    self.violated(now, format!("the view jumps from {before} to {}", change.seq));
                }
                self.view.apply(change.seq, change.id.clone(), change.view.clone());
            }
            Effect::Alarm(alarm) => self.alarm(now, alarm),
            Effect::Leg { .. }
            | Effect::Span { .. }
            | Effect::TestCircuit { .. }
            | Effect::ShowMessageWaiting { .. }
            | Effect::KeepMessageWaiting { .. }
            | Effect::Media(_)
            | Effect::Recording(_)
            | Effect::Reply { .. } => {}
        }
    }

    /// Each alarm begins once and ends once.
    fn alarm(&mut self, now: Now, alarm: &AlarmView) {
        let momentary = alarm.ended == Some(alarm.began) && alarm.kind == AlarmKind::CircuitHealed;
        let sound = match alarm.ended {
            _ if momentary => true,
            None => self.alarms.insert(alarm.id, alarm.clone()).is_none(),
            Some(_) => self.alarms.remove(&alarm.id).is_some(),
        };
        self.healed += u64::from(momentary);
        self.must(now, sound, || format!("an alarm begins or ends twice: {alarm:?}"));
    }

    fn ledger(&mut self, now: Now, record: &Record) {
        let call = record.call;
        if self.closed.contains_key(&call) {
            return self.violated(now, format!("{call} has a ledger line after its record: {:?}", record.event));
        }
        let chain = self.open.entry(call).or_default();
        let begins = matches!(record.event, Event::Began { .. });
        let sound = record.seq as usize == chain.len() && begins == chain.is_empty();
        chain.push(record.clone());
        if !sound {
            self.violated(now, format!("{call} has a broken ledger at {}: {:?}", record.seq, record.event));
        }
        match &record.event {
            Event::Offered { agent, .. } => {
                if let Some(other) = self.offers.insert(*agent, call) {
                    self.violated(now, format!("{agent} is offered {call} while offered {other}"));
                }
            }
            Event::OfferEnded { agent, .. } => {
                let made = self.offers.remove(agent) == Some(call);
                self.must(now, made, || format!("an offer of {call} to {agent} ends that was not made"));
            }
            _ => {}
        }
    }

    fn cdr(&mut self, now: Now, cdr: &Cdr) {
        let call = cdr.call;
        let Some(chain) = self.open.remove(&call) else {
            return self.violated(now, format!("{call} has a second record, or no ledger"));
        };
        match cdr::fold(&chain) {
            Ok(folded) if folded == *cdr => {}
            Ok(_) => self.violated(now, format!("{call}: its record is not its ledger's")),
            Err(bad) => self.violated(now, format!("{call}: {bad}")),
        }
        let queued = count(&chain, |event| matches!(event, Event::Queued { .. }));
        let left = count(&chain, |event| matches!(event, Event::LeftQueue { .. }));
        if queued != left {
            self.violated(now, format!("{call} entered queues {queued} times and left them {left} times"));
        }
        let started = count(&chain, |event| matches!(event, Event::RecordingStarted { .. }));
        let ended =
            count(&chain, |event| matches!(event, Event::RecordingEnded { .. } | Event::RecordingFailed { .. }));
        // A leg that goes on in another call takes its recording along: it ends there.
        let merged = count(&chain, |event| matches!(event, Event::MergedInto { .. })) > 0;
        if ended < started && !merged {
            self.violated(now, format!("{call} started {started} recordings and ended {ended}"));
        }
        self.closed.insert(call, chain);
        self.cdrs.insert(call, cdr.clone());
    }

    /// The daemon died: what was open stays without a record from the exchange.
    pub fn daemon_died(&mut self) {
        self.open.clear();
        self.offers.clear();
        self.legs.clear();
        self.view = View::default();
    }

    /// Recordings that began in some ledger and ended in none.
    pub fn endless_recordings(&self) -> Vec<RecordingId> {
        let events = || self.closed.values().flatten().map(|record| &record.event);
        let started = events().filter_map(|event| match event {
            Event::RecordingStarted { recording, .. } => Some(*recording),
            _ => None,
        });
        let ended: BTreeSet<RecordingId> = events()
            .filter_map(|event| match event {
                Event::RecordingEnded { recording, .. } | Event::RecordingFailed { recording, .. } => Some(*recording),
                _ => None,
            })
            .collect();
        started.filter(|recording| !ended.contains(recording)).collect()
    }

    /// Offers that stand.
    pub fn offers(&self) -> usize {
        self.offers.len()
    }

    /// Callers who left a queue so, by the ledgers.
    pub fn left_queue(&self, queue: QueueId, how: QueueExit) -> usize {
        let chains = self.closed.values().chain(self.open.values()).flatten();
        let left = |record: &&Record| matches!(record.event, Event::LeftQueue { queue: here, why } if here == queue && why == how);
        chains.filter(left).count()
    }
}

fn count(chain: &[Record], wanted: impl Fn(&Event) -> bool) -> usize {
    chain.iter().filter(|record| wanted(&record.event)).count()
}

impl View {
    fn apply(&mut self, seq: u64, id: EntityId, view: Option<EntityView>) {
        fn set<K: Ord, V>(table: &mut BTreeMap<K, V>, id: K, view: Option<V>) {
            match view {
                Some(view) => table.insert(id, view),
                None => table.remove(&id),
            };
        }
        self.seq = seq;
        match (id, view) {
            (EntityId::Span(id), Some(EntityView::Span(view))) => set(&mut self.spans, id, Some(view)),
            (EntityId::Queue(id), Some(EntityView::Queue(view))) => set(&mut self.queues, id, Some(view)),
            (EntityId::Agent(id), Some(EntityView::Agent(view))) => set(&mut self.agents, id, Some(view)),
            (EntityId::Call(id), Some(EntityView::Call(view))) => set(&mut self.calls, id, Some(view)),
            (EntityId::Extension(id), Some(EntityView::Extension(view))) => set(&mut self.extensions, id, Some(view)),
            (EntityId::Alarm(id), Some(EntityView::Alarm(view))) => set(&mut self.alarms, id, Some(view)),
            (EntityId::Room(id), Some(EntityView::Room(view))) => set(&mut self.rooms, id, Some(view)),
            (EntityId::Room(id), _) => set(&mut self.rooms, id, None),
            (EntityId::Span(id), _) => set(&mut self.spans, id, None),
            (EntityId::Queue(id), _) => set(&mut self.queues, id, None),
            (EntityId::Agent(id), _) => set(&mut self.agents, id, None),
            (EntityId::Call(id), _) => set(&mut self.calls, id, None),
            (EntityId::Extension(id), _) => set(&mut self.extensions, id, None),
            (EntityId::Alarm(id), _) => set(&mut self.alarms, id, None),
        }
    }

    /// Whether a console that read everything anew would see the same.
    pub fn same_as(&self, whole: &LiveView) -> bool {
        self.spans.values().eq(&whole.spans)
            && self.queues.values().eq(&whole.queues)
            && self.agents.values().eq(&whole.agents)
            && self.calls.values().eq(&whole.calls)
            && self.extensions.values().eq(&whole.extensions)
            && self.alarms.values().eq(&whole.alarms)
            && self.rooms.values().eq(&whole.rooms)
    }
}

/// What the recorder may be off by: blocks, and the time between an effect and its carrying out.
pub const RECORDING_TOLERANCE: Millis = Millis(600);
