//! The live view: what consoles see of each entity.

use crate::machine::Exchange;
use crate::port::Effect;
use crate::table::{Entry, Service};
use calls::{Call, Leg, Signal, Stage};
use circuits::State;
use clock::WallTime;
use desk::{
    AgentState, AgentView, CallPhase, CallView, EntityId, EntityView, ExtensionView, Party, PortView, QueueView,
    SlotState, SlotView, SpanView,
};
use identity::{AgentId, CallId, CircuitId, LegId, LineId, QueueId, SpanId};
use numbering::Digits;
use std::collections::BTreeMap;

impl Exchange {
    /// Shows every entity that changed within this input, once.
    pub(crate) fn publish_views(&mut self) {
        let mut touched = std::mem::take(&mut self.board.touched);
        touched.spans.extend(self.circuits.take_changed());
        let positions = self.positions(&touched.queues);
        for (call, position) in &positions {
            let shown = self.board.shown(&EntityId::Call(*call));
            if !matches!(shown, Some(EntityView::Call(view)) if view.position == Some(*position)) {
                touched.views.insert(*call);
            }
        }
        for id in &touched.views {
            if let Some(entry) = self.table.get(*id) {
                touched.spans.extend(entry.call.legs().iter().filter_map(|l| match l.line {
                    LineId::Span(span) => Some(span),
                    LineId::Sip | LineId::Fax => None,
                }));
                touched.agents.extend(entry.call.legs().iter().filter_map(|l| l.agent));
            }
        }
        for span in touched.spans {
            self.show(EntityId::Span(span), self.span_view(span).map(EntityView::Span));
            self.update_alarms(span);
        }
        for queue in touched.queues {
            self.show(EntityId::Queue(queue), self.queue_view(queue).map(EntityView::Queue));
        }
        for agent in touched.agents {
            self.show(EntityId::Agent(agent), self.agent_view(agent).map(EntityView::Agent));
        }
        for call in touched.views {
            let view = self.table.get(call).and_then(|entry| self.call_view(entry, positions.get(&call).copied()));
            self.show(EntityId::Call(call), view.map(EntityView::Call));
        }
        for room in touched.rooms {
            self.show(EntityId::Room(room), self.room_view(room).map(EntityView::Room));
        }
        for extension in touched.extensions {
            let view = self.extension_view(&extension).map(EntityView::Extension);
            self.show(EntityId::Extension(extension), view);
        }
    }

    pub(crate) fn show(&mut self, id: EntityId, view: Option<EntityView>) {
        if let Some(change) = self.board.show(id, view) {
            self.effect(Effect::View(change));
        }
    }

    fn positions(&self, queues: &std::collections::BTreeSet<QueueId>) -> BTreeMap<CallId, u32> {
        let now = self.now();
        let places = queues.iter().flat_map(|queue| self.acd.places(now, *queue));
        places.map(|place| (place.call, place.position)).collect()
    }

    fn span_view(&self, id: SpanId) -> Option<SpanView> {
        if !self.circuits.has_span(id) {
            return None;
        }
        let line = self.lines.span(id);
        let alarms = line.alarms;
        let standing = [
            ("card_failed", alarms.card),
            ("los", alarms.los),
            ("lfa", alarms.lfa),
            ("ais", alarms.ais),
            ("rai", alarms.rai),
        ];
        let slots = self
            .circuits
            .of_span(id)
            .map(|(slot, state, since)| self.slot_view(CircuitId { span: id, slot }, state, since));
        Some(SpanView {
            id,
            name: self.house.span(id).map(|s| s.name.clone()).unwrap_or_default(),
            group: self.circuits.group_of(id),
            up: line.up,
            alarms: standing.iter().filter(|(_, stands)| *stands).map(|(name, _)| (*name).to_owned()).collect(),
            since: line.since,
            slots: slots.collect(),
        })
    }

    pub(crate) fn slot_view(&self, circuit: CircuitId, state: State, since: WallTime) -> SlotView {
        let (state, call) = match state {
            State::Idle => (SlotState::Idle, None),
            State::Restarting => (SlotState::Clearing, None),
            State::BlockedByUs => (SlotState::BlockedByUs, None),
            State::BlockedByPeer => (SlotState::BlockedByPeer, None),
            State::OutOfService => (SlotState::OutOfService, None),
            State::Seized { leg } => {
                let call = self.table.of_leg(leg);
                let signal = call.and_then(|call| self.table.call(call)?.leg(leg)).map(Leg::signal);
                (slot_state(signal), call)
            }
        };
        let port = self.house.port_kind(circuit).map(|(kind, number)| {
            let mut troubles = self.lines.troubles(circuit.span);
            let trouble = troubles.find(|(slot, _)| *slot == circuit.slot).map(|(_, trouble)| trouble);
            PortView { kind, number, trouble }
        });
        SlotView { slot: circuit.slot, state, call, since, port }
    }

    fn queue_view(&self, id: QueueId) -> Option<QueueView> {
        let settings = self.house.queue(id)?;
        let status = self.acd.queue(id)?;
        Some(QueueView {
            id,
            name: settings.name.clone(),
            waiting: status.waiting,
            longest_since: status.longest_since.map(|since| since.wall),
            agents_signed_in: status.agents_signed_in,
            agents_ready: status.agents_ready,
            agents_talking: status.agents_talking,
            offered: status.today.offered,
            answered: status.today.answered,
            abandoned: status.today.abandoned,
            overflowed: status.today.overflowed,
            answered_in_goal: status.today.in_goal,
            goal_percent: settings.goal_percent,
            goal_seconds: settings.goal_seconds,
        })
    }

    fn agent_view(&self, id: AgentId) -> Option<AgentView> {
        let settings = self.house.agent(id)?;
        let status = self.acd.agent(id)?;
        let hand = self.hand(id).and_then(|(call, leg)| Some((self.table.call(call)?, leg)));
        let now = self.now();
        let (state, since, call, until) = match (hand, &status.state) {
            (Some((call, leg)), _) => (state_in_call(call, leg), call.since(), Some(call.id), None),
            (None, acd::AgentState::WrapUp { call, until, .. }) => {
                let until = until.map(|until| now.wall + until.since(now.mono));
                (AgentState::WrapUp, status.since.wall, Some(*call), until)
            }
            (None, state) => (resting(state), status.since.wall, None, None),
        };
        let others = self.seats.get(&id).into_iter().flatten().filter_map(|seat| self.table.of_leg(seat.leg));
        // Two calls at one telephone: the earlier one waits while the later one is the consultation.
        let earlier = others.rev().find(|other| Some(*other) != call);
        Some(AgentView {
            id,
            login: settings.login.clone(),
            name: settings.name.clone(),
            state,
            since,
            extension: status.extension,
            reachable: status.reachable,
            reason: status.reason,
            call: earlier.or(call),
            consult: earlier.and(call),
            supervises: hand.and_then(|(call, leg)| self.supervised_by(call.id, leg)),
            calls_today: status.calls,
            wrap_up_until: until,
            wrap_up_codes: match state {
                AgentState::WrapUp => self.acd.wrap_up_codes(id).to_vec(),
                _ => Vec::new(),
            },
        })
    }

    fn call_view(&self, entry: &Entry, position: Option<u32>) -> Option<CallView> {
        let Entry { call, visit } = entry;
        if visit.closed {
            return None;
        }
        let phase = phase(call, &visit.service);
        let queued = matches!(visit.service, Service::Queue { .. });
        let position = position.or_else(|| self.acd.place(self.now(), call.id).map(|place| place.position));
        Some(CallView {
            id: call.id,
            direction: call.facts.direction,
            phase,
            began: call.facts.began,
            since: call.since(),
            calling: call.facts.calling.as_ref().map(|c| c.digits.clone()),
            called: call.facts.called.clone(),
            service: call.facts.service.as_deref().map(str::to_owned),
            queue: visit.queue,
            position: position.filter(|_| queued),
            flow_path: visit.path.iter().cloned().collect(),
            keyed: visit.keyed.clone(),
            agent: call.legs().iter().filter(|leg| leg.live()).find_map(|leg| leg.agent),
            parties: call
                .legs()
                .iter()
                .filter(|leg| leg.live())
                .map(|leg| party(call, leg, self.far_ends.silent(leg.id)))
                .collect(),
            recording_paused: self.recordings.is_paused(call.id),
            recorded: call.legs().iter().any(|leg| leg.live() && self.recordings.of_leg(leg.id).is_some()),
        })
    }

    fn extension_view(&self, number: &Digits) -> Option<ExtensionView> {
        let name = self.house.name_of(number)?;
        let phone = self.lines.phone(number);
        Some(ExtensionView {
            number: number.clone(),
            name: name.to_owned(),
            registered: phone.is_some_and(|p| p.contact.is_some()),
            contact: phone.and_then(|p| p.contact.clone()),
            in_call: phone.is_some_and(|p| p.legs > 0),
            message_waiting: self.lines.messages_wait.contains(number),
        })
    }
}

fn slot_state(signal: Option<Signal>) -> SlotState {
    match signal {
        Some(Signal::Dialling | Signal::Proceeding | Signal::Calling) => SlotState::Seized,
        Some(Signal::Alerted { .. } | Signal::Ringing) => SlotState::Ringing,
        Some(Signal::Answered) => SlotState::Talking,
        Some(Signal::Clearing) | None => SlotState::Clearing,
    }
}

fn state_in_call(call: &Call, leg: LegId) -> AgentState {
    if call.supervisor(leg).is_some() {
        return AgentState::Supervising;
    }
    match *call.stage() {
        Stage::Served { offer: Some(offer), .. } if offer == leg => AgentState::Ringing,
        Stage::Ringing { to, .. } if to == leg => AgentState::Ringing,
        Stage::Consulting { with, answered: false, .. } if with == leg => AgentState::Ringing,
        Stage::Dialling { .. } | Stage::Fetching { .. } | Stage::Ringing { .. } | Stage::Failing { .. } => {
            AgentState::Dialling
        }
        Stage::Held { by, .. } if by == leg => AgentState::Holding,
        Stage::Consulting { by, .. } | Stage::Directing { by, .. } if by == leg => AgentState::Consulting,
        Stage::ThreeWay { .. } => AgentState::ThreeWay,
        Stage::Served { .. }
        | Stage::Talking { .. }
        | Stage::Held { .. }
        | Stage::Consulting { .. }
        | Stage::Directing { .. }
        | Stage::Meeting { .. }
        | Stage::Parked { .. }
        | Stage::Over => AgentState::Talking,
    }
}

fn resting(state: &acd::AgentState) -> AgentState {
    match state {
        acd::AgentState::SignedOut => AgentState::SignedOut,
        acd::AgentState::Ready | acd::AgentState::Unreachable => AgentState::Ready,
        acd::AgentState::Busy | acd::AgentState::OwnCall => AgentState::Busy,
        acd::AgentState::Offered { .. } => AgentState::Ringing,
        acd::AgentState::Talking { .. } => AgentState::Talking,
        acd::AgentState::WrapUp { .. } => AgentState::WrapUp,
    }
}

fn phase(call: &Call, service: &Service) -> CallPhase {
    match call.stage() {
        Stage::Dialling { .. } | Stage::Fetching { .. } => CallPhase::Dialling,
        Stage::Served { offer: Some(_), .. } | Stage::Ringing { .. } => CallPhase::Ringing,
        Stage::Served { .. } => match service {
            Service::Flow(_) => CallPhase::InFlow,
            Service::Queue { .. } => CallPhase::Queued,
            Service::Returning { .. } => CallPhase::Held,
            Service::Entering { .. } => CallPhase::InFlow,
            Service::None | Service::Collecting { .. } | Service::Farewell { .. } => CallPhase::Clearing,
        },
        Stage::Talking { .. } | Stage::Consulting { .. } | Stage::ThreeWay { .. } | Stage::Meeting { .. } => {
            CallPhase::Talking
        }
        Stage::Held { .. } | Stage::Directing { .. } => CallPhase::Held,
        Stage::Parked { .. } => CallPhase::Parked,
        Stage::Failing { .. } | Stage::Over => CallPhase::Clearing,
    }
}

fn party(call: &Call, leg: &Leg, silent: bool) -> Party {
    let held = match *call.stage() {
        Stage::Held { held, .. } | Stage::Consulting { held, .. } | Stage::Directing { held, .. } => held == leg.id,
        _ => false,
    };
    Party {
        leg: leg.id,
        role: leg.role,
        number: Some(leg.number.clone()).filter(|number| !number.is_empty()),
        circuit: leg.seized(),
        extension: leg.extension().cloned(),
        answered: leg.answered(),
        held,
        silent,
        supervises: call.supervisor(leg.id).map(|supervisor| supervisor.mode),
    }
}
