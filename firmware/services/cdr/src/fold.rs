use crate::{Cdr, LegQuality, WrapUp};
use clock::WallTime;
use identity::{CallId, LegId};
use ledger::{Event, Outcome, Place, Record, Role};
use numbering::{Cause, Digits};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Why a chain of records makes no call record. Both are faults of who wrote the chain, never of a caller.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BadLedger {
    /// The chain does not begin with [`Event::Began`].
    NotBegun,
    /// The call is still up, or the daemon died before it closed. How far the chain goes.
    NotClosed { call: CallId, last_seq: u32 },
    /// A record of another call, or a gap in the numbers.
    Broken { call: CallId, at_seq: u32 },
}

impl fmt::Display for BadLedger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadLedger::NotBegun => f.write_str("the ledger does not begin with the call's beginning"),
            BadLedger::NotClosed { call, last_seq } => write!(f, "call {call} is not closed (last record {last_seq})"),
            BadLedger::Broken { call, at_seq } => write!(f, "the ledger of call {call} is broken at record {at_seq}"),
        }
    }
}

impl std::error::Error for BadLedger {}

/// Folds the ledger of one closed call into its record.
pub fn fold(records: &[Record]) -> Result<Cdr, BadLedger> {
    let first = records.first().ok_or(BadLedger::NotBegun)?;
    let mut fold = Fold::begin(first)?;
    for (record, seq) in records.iter().zip(first.seq..) {
        if record.call != first.call || record.seq != seq {
            return Err(BadLedger::Broken { call: first.call, at_seq: seq });
        }
        fold.take(record);
    }
    let last_seq = records.last().map_or(0, |record| record.seq);
    fold.finish().ok_or(BadLedger::NotClosed { call: first.call, last_seq })
}

/// The record that closes a ledger whose daemon died with the call up; none if it is closed. Append it, then [`fold`].
pub fn interrupted(records: &[Record], at: WallTime) -> Option<Record> {
    let last = records.last()?;
    let closed = records.iter().any(|record| matches!(record.event, Event::Closed { .. }));
    let seq = last.seq.checked_add(1)?;
    let at = at.max(last.at);
    (!closed).then_some(Record { call: last.call, seq, at, event: Event::Closed { outcome: Outcome::Interrupted } })
}

/// The fold in progress. What is known of the record, and what is needed to time its parts.
struct Fold {
    cdr: Cdr,
    closed: bool,
    in_flow: bool,
    caller: Party,
    speech: Speech,
    ringing: BTreeMap<LegId, WallTime>,
    legs: BTreeMap<LegId, Called>,
    /// Telephones that are silent, since when.
    silent: BTreeMap<LegId, WallTime>,
}

/// The leg that began the call.
struct Party {
    leg: LegId,
    released: bool,
}

/// A leg added to the call.
struct Called {
    role: Role,
    place: Place,
    agent: Option<identity::AgentId>,
}

/// Who speaks with whom since when.
#[derive(Default)]
struct Speech {
    bridges: BTreeSet<(LegId, LegId)>,
    conference: BTreeSet<LegId>,
    /// Who is in a meeting room: the others there are other calls.
    meeting: Option<LegId>,
    held: BTreeSet<LegId>,
}

impl Speech {
    fn talking(&self, caller: &Party) -> bool {
        if self.meeting.is_some() {
            return true;
        }
        if caller.released {
            return !self.bridges.is_empty() || self.conference.len() > 1;
        }
        self.bridges.iter().any(|(a, b)| *a == caller.leg || *b == caller.leg) || self.conference.contains(&caller.leg)
    }

    fn holding(&self) -> bool {
        !self.held.is_empty()
    }

    fn leave(&mut self, leg: LegId) {
        self.bridges.retain(|(a, b)| *a != leg && *b != leg);
        self.conference.remove(&leg);
        self.held.remove(&leg);
        self.meeting = self.meeting.filter(|member| *member != leg);
        if self.conference.len() < 2 {
            self.conference.clear();
        }
    }
}

fn pair(a: LegId, b: LegId) -> (LegId, LegId) {
    (a.min(b), a.max(b))
}

impl Fold {
    fn begin(first: &Record) -> Result<Fold, BadLedger> {
        let Event::Began { leg, place, port, calling, called, direction } = &first.event else {
            return Err(BadLedger::NotBegun);
        };
        let (circuit, extension) = match place {
            Place::Circuit(circuit) => (Some(*circuit), None),
            Place::Extension(extension) => (None, Some(extension.clone())),
        };
        let cdr = Cdr {
            call: first.call,
            direction: *direction,
            began: first.at,
            answered: None,
            ended: first.at,
            calling: calling.as_ref().map(|number| number.digits.clone()),
            called: called.clone(),
            circuit,
            port: *port,
            extension,
            flow: None,
            keyed: Digits::default(),
            queue: None,
            queued: None,
            left_queue: None,
            agent: None,
            agents: Vec::new(),
            ring_millis: 0,
            talk_millis: 0,
            hold_millis: 0,
            transfers: 0,
            outcome: Outcome::Interrupted,
            far_party: None,
            cause: Cause::NormalUnspecified,
            wrap_up_code: None,
            wrap_up_note: None,
            wrap_ups: Vec::new(),
            recordings: Vec::new(),
            silent_millis: 0,
            quality: Vec::new(),
        };
        Ok(Fold {
            cdr,
            closed: false,
            in_flow: false,
            caller: Party { leg: *leg, released: false },
            speech: Speech::default(),
            ringing: BTreeMap::new(),
            legs: BTreeMap::new(),
            silent: BTreeMap::new(),
        })
    }

    fn take(&mut self, record: &Record) {
        self.pass_time(record.at);
        match &record.event {
            Event::Began { .. } => {}
            Event::Closed { outcome } => {
                self.cdr.outcome = *outcome;
                self.closed = true;
            }
            Event::LegAdded { .. }
            | Event::LegRinging { .. }
            | Event::LegAnswered { .. }
            | Event::FarPartyHeard { .. }
            | Event::LegReleased { .. }
            | Event::Rerouted { .. } => self.leg_event(record),
            Event::FlowEntered { .. }
            | Event::FlowNode { .. }
            | Event::KeyPressed { .. }
            | Event::PromptMissing { .. }
            | Event::FlowLeft { .. } => self.flow_event(&record.event),
            Event::Queued { .. }
            | Event::Announced { .. }
            | Event::Offered { .. }
            | Event::OfferEnded { .. }
            | Event::Connected { .. }
            | Event::LeftQueue { .. }
            | Event::WrapUpBegan { .. }
            | Event::WrapUpEnded { .. }
            | Event::WrapUpAmended { .. } => self.queue_event(record),
            Event::Bridged { .. }
            | Event::Unbridged { .. }
            | Event::Held { .. }
            | Event::Retrieved { .. }
            | Event::HoldExpired { .. }
            | Event::Conference { .. }
            | Event::MeetingJoined { .. }
            | Event::Parked { .. }
            | Event::Unparked { .. } => self.speech_event(&record.event),
            Event::FarEndSilent { .. } | Event::FarEndHeard { .. } | Event::LegQuality { .. } => {
                self.media_event(record)
            }
            Event::RecordingStarted { recording, .. } => self.cdr.recordings.push(*recording),
            // Who is sent elsewhere, or back, is on hold no more.
            Event::Transferred { .. } => {
                self.cdr.transfers += 1;
                self.speech.held.clear();
            }
            Event::Recalled { .. } => self.speech.held.clear(),
            // Told by the ladder, not by the record.
            Event::Routed { .. }
            | Event::TransferAsked { .. }
            | Event::TransferFailed { .. }
            | Event::Supervised { .. }
            | Event::SupervisionEnded { .. }
            | Event::MeetingMuted { .. }
            | Event::FarEndDead { .. }
            | Event::RecordingPaused { .. }
            | Event::RecordingResumed { .. }
            | Event::RecordingEnded { .. }
            | Event::RecordingFailed { .. }
            | Event::MergedInto { .. } => {}
        }
    }

    /// Adds the time since the last record to what went on during it. Wrap-up after the call counts as nothing.
    fn pass_time(&mut self, at: WallTime) {
        if self.closed {
            return;
        }
        let passed = at.since(self.cdr.ended).0;
        self.cdr.ended = self.cdr.ended.max(at);
        if self.speech.talking(&self.caller) {
            self.cdr.talk_millis += passed;
        } else if self.speech.holding() {
            self.cdr.hold_millis += passed;
        }
    }

    fn leg_event(&mut self, record: &Record) {
        match &record.event {
            Event::LegAdded { leg, role, place, port, agent, .. } => {
                self.cdr.port = self.cdr.port.or(*port);
                self.legs.insert(*leg, Called { role: *role, place: place.clone(), agent: *agent });
                if let Place::Circuit(circuit) = place {
                    self.cdr.circuit.get_or_insert(*circuit);
                }
            }
            Event::LegRinging { leg } => {
                self.ringing.entry(*leg).or_insert(record.at);
            }
            Event::LegAnswered { leg } => {
                self.rang(*leg, record.at);
                self.answered(*leg, record.at);
            }
            Event::FarPartyHeard { like, .. } => self.cdr.far_party = Some(*like),
            Event::LegReleased { leg, cause } => {
                self.rang(*leg, record.at);
                self.silent_until(*leg, record.at);
                self.speech.leave(*leg);
                if *leg == self.caller.leg && !self.caller.released {
                    self.caller.released = true;
                    self.cdr.cause = cause.cause;
                }
            }
            _ => {}
        }
    }

    fn media_event(&mut self, record: &Record) {
        match &record.event {
            Event::FarEndSilent { leg, millis } => {
                let since = i64::try_from(*millis).unwrap_or(0);
                self.silent.entry(*leg).or_insert(WallTime(record.at.0 - since));
            }
            Event::FarEndHeard { leg } => self.silent_until(*leg, record.at),
            Event::LegQuality { leg, quality } => {
                let extension = match self.legs.get(leg).map(|called| &called.place) {
                    Some(Place::Extension(extension)) => Some(extension.clone()),
                    Some(Place::Circuit(_)) => None,
                    None => self.cdr.extension.clone().filter(|_| *leg == self.caller.leg),
                };
                self.cdr.quality.push(LegQuality { leg: *leg, extension, quality: *quality });
            }
            _ => {}
        }
    }

    fn silent_until(&mut self, leg: LegId, until: WallTime) {
        if let Some(since) = self.silent.remove(&leg) {
            self.cdr.silent_millis += until.since(since).0;
        }
    }

    fn rang(&mut self, leg: LegId, until: WallTime) {
        if let Some(since) = self.ringing.remove(&leg) {
            self.cdr.ring_millis += until.since(since).0;
        }
    }

    fn answered(&mut self, leg: LegId, at: WallTime) {
        let Some(called) = self.legs.get(&leg) else { return };
        match called.role {
            Role::Agent | Role::Callee => {}
            // Whom an agent consults speaks with the agent first; the caller was answered before.
            Role::Caller | Role::Consulted | Role::Supervisor => return,
        }
        self.cdr.answered.get_or_insert(at);
        if let Place::Extension(extension) = &called.place {
            self.cdr.extension.get_or_insert_with(|| extension.clone());
        }
        if let Some(agent) = called.agent {
            self.spoke(agent);
        }
    }

    fn spoke(&mut self, agent: identity::AgentId) {
        self.cdr.agent.get_or_insert(agent);
        if !self.cdr.agents.contains(&agent) {
            self.cdr.agents.push(agent);
        }
    }

    fn flow_event(&mut self, event: &Event) {
        match event {
            Event::FlowEntered { flow, .. } => {
                self.cdr.flow.get_or_insert(*flow);
                self.in_flow = true;
            }
            Event::FlowLeft { .. } => self.in_flow = false,
            Event::KeyPressed { leg, key } if self.in_flow && *leg == self.caller.leg => self.cdr.keyed.push(*key),
            _ => {}
        }
    }

    fn queue_event(&mut self, record: &Record) {
        match &record.event {
            Event::Queued { queue } => {
                self.cdr.queue = Some(*queue);
                self.cdr.queued = Some(record.at);
                self.cdr.left_queue = None;
            }
            Event::LeftQueue { .. } => self.cdr.left_queue = Some(record.at),
            Event::Connected { agent, .. } => {
                self.cdr.answered.get_or_insert(record.at);
                self.spoke(*agent);
            }
            Event::WrapUpEnded { agent, code, note } | Event::WrapUpAmended { agent, code, note } => {
                self.wrapped_up(WrapUp { agent: *agent, code: code.clone(), note: note.clone() });
            }
            _ => {}
        }
    }

    /// One entry an agent: who amends what it left, or had the call twice, is named once, with the latest.
    fn wrapped_up(&mut self, wrap_up: WrapUp) {
        let wrap_ups = &mut self.cdr.wrap_ups;
        match wrap_ups.iter_mut().find(|known| known.agent == wrap_up.agent) {
            Some(known) => *known = wrap_up,
            None => wrap_ups.push(wrap_up),
        }
        self.cdr.wrap_up_code = wrap_ups.iter().rev().find_map(|left| left.code.clone());
        self.cdr.wrap_up_note = wrap_ups.iter().rev().find_map(|left| left.note.clone());
    }

    fn speech_event(&mut self, event: &Event) {
        let speech = &mut self.speech;
        match event {
            Event::Bridged { a, b } => {
                speech.bridges.insert(pair(*a, *b));
                speech.conference.clear();
            }
            Event::Unbridged { a, b } => {
                speech.bridges.remove(&pair(*a, *b));
            }
            Event::Held { leg, .. } => {
                speech.held.insert(*leg);
            }
            Event::Retrieved { leg } | Event::HoldExpired { leg } => {
                speech.held.remove(leg);
            }
            Event::Conference { legs } => {
                speech.bridges.clear();
                speech.held.clear();
                speech.conference = legs.iter().copied().collect();
            }
            Event::MeetingJoined { leg, .. } => {
                speech.bridges.clear();
                speech.conference.clear();
                speech.held.clear();
                speech.meeting = Some(*leg);
                self.cdr.answered.get_or_insert(self.cdr.ended);
            }
            Event::Parked { .. } => {
                speech.held.insert(self.caller.leg);
            }
            Event::Unparked { .. } => {
                speech.held.remove(&self.caller.leg);
            }
            _ => {}
        }
    }

    fn finish(self) -> Option<Cdr> {
        self.closed.then_some(self.cdr)
    }
}
