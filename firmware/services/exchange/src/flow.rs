//! Callers in flows: the walk's orders become plans, plays and keys go back to it.

use crate::ending::Leaving;
use crate::machine::{Exchange, Timer};
use crate::table::Service;
use identity::{CallId, FlowId, LegId, PlayId};
use ivr::{Context, Flow, HangUp, Walk, WalkOutput};
use ledger::{Destination, Event, Outcome};
use numbering::{Cause, Key};
use plan::{Hears, PromptRef};
use settings::{Language, Settings};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The flows of the settings that can be walked.
#[derive(Debug, Default)]
pub(crate) struct Flows(BTreeMap<FlowId, Arc<Flow>>);

/// One caller's walk.
#[derive(Debug)]
pub(crate) struct Walking {
    pub leg: LegId,
    pub walk: Walk,
}

/// What a caller's path shows at most.
const MOST_TITLES: usize = 8;
const MOST_KEYED: usize = 64;

impl Flows {
    /// A flow with faults is not entered; the settings' check has named them to whoever wrote it.
    pub fn compile(settings: &Settings) -> Flows {
        let compiled = settings.flows.iter().filter_map(|flow| Flow::compile(flow).ok());
        let mut flows: BTreeMap<FlowId, Arc<Flow>> = BTreeMap::new();
        for flow in compiled {
            let newest = flows.get(&flow.id).is_none_or(|known| known.version < flow.version);
            if newest {
                flows.insert(flow.id, Arc::new(flow));
            }
        }
        Flows(flows)
    }

    pub fn has(&self, flow: FlowId) -> bool {
        self.0.contains_key(&flow)
    }
}

impl Exchange {
    pub(crate) fn enter_flow(&mut self, call: CallId, leg: LegId, flow: FlowId) -> Result<(), Cause> {
        let flow = self.house.flows.0.get(&flow).cloned().ok_or(Cause::DestinationOutOfOrder)?;
        let now = self.now();
        let (id, version) = (flow.id, flow.version);
        let entered = self.on(call, |call, out| {
            call.write(Event::Routed { to: Destination::Flow(id) }, out);
            call.answer(leg, None, out);
            call.serve(leg, Hears::Silence, true, out);
            call.write(Event::FlowEntered { flow: id, version }, out);
            (call.facts.calling.as_ref().map(|c| c.digits.clone()), call.facts.called.clone())
        });
        let Some((calling, called)) = entered else { return Err(Cause::TemporaryFailure) };
        let site = &self.house.settings.site;
        let context = Context {
            calling,
            called,
            utc_offset_minutes: site.utc_offset_minutes,
            language: site.language,
            first_play: self.table.reserve_plays(),
        };
        self.walked(call, Walking { leg, walk: Walk::begin(now, flow, context) });
        Ok(())
    }

    /// Carries out what the walk wants, and keeps it unless it is over.
    fn walked(&mut self, call: CallId, mut walking: Walking) {
        let leg = walking.leg;
        let mut last = None;
        while let Some(output) = walking.walk.poll() {
            match output {
                WalkOutput::NodeEntered { title, .. } => self.node_entered(call, title),
                WalkOutput::Play { play, prompts } => {
                    let hears = Hears::Play { play, prompts, repeat: false };
                    self.on(call, |call, out| call.serve(leg, hears, true, out));
                }
                WalkOutput::StopPlay { .. } => {
                    self.on(call, |call, out| call.serve(leg, Hears::Silence, true, out));
                }
                WalkOutput::KeyTaken { key } => {
                    if let Some(entry) = self.table.get_mut(call)
                        && entry.visit.keyed.len() < MOST_KEYED
                    {
                        entry.visit.keyed.push(key);
                    }
                    self.write(call, Event::KeyPressed { leg, key });
                }
                end => last = Some(end),
            }
        }
        let language = walking.walk.language();
        match walking.walk.deadline() {
            Some(due) => self.timers.arm(Timer::Flow(call), due),
            None => self.timers.disarm(&Timer::Flow(call)),
        }
        if let Some(entry) = self.table.get_mut(call) {
            entry.visit.language = Some(language);
            entry.visit.service = Service::Flow(Box::new(walking));
        }
        if let Some(end) = last {
            self.walk_ends(call, leg, end);
        }
    }

    fn node_entered(&mut self, call: CallId, title: String) {
        if let Some(entry) = self.table.get_mut(call) {
            let path = &mut entry.visit.path;
            if path.len() == MOST_TITLES {
                path.pop_front();
            }
            path.push_back(title.clone());
        }
        self.write(call, Event::FlowNode { node: title });
    }

    fn walk_ends(&mut self, call: CallId, leg: LegId, end: WalkOutput) {
        self.leave_service(call, Leaving::Done);
        match end {
            WalkOutput::Queue { queue, priority } => {
                if let Err(cause) = self.enter_queue(call, leg, queue, priority) {
                    self.fail(call, leg, cause.into());
                }
            }
            WalkOutput::Transfer { to } => {
                let route = self.house.plan.target(&to);
                self.send_on(call, leg, route);
            }
            WalkOutput::Voicemail | WalkOutput::HangUp { why: HangUp::Asked } => {
                self.on(call, |call, _| call.facts.ends_as(Outcome::ServedByFlow));
                self.release_leg(call, leg, Cause::NormalClearing.into());
            }
            WalkOutput::HangUp { why: HangUp::RunsInCircle | HangUp::NoSuchNode } => {
                self.fail(call, leg, Cause::TemporaryFailure.into());
            }
            WalkOutput::NodeEntered { .. }
            | WalkOutput::Play { .. }
            | WalkOutput::StopPlay { .. }
            | WalkOutput::KeyTaken { .. } => {}
        }
    }

    /// Hands the walk of a call to `step`, then carries out what it wants.
    fn walk(&mut self, call: CallId, step: impl FnOnce(&mut Walk, clock::Now)) {
        let now = self.now();
        let Some(entry) = self.table.get_mut(call) else { return };
        match std::mem::take(&mut entry.visit.service) {
            Service::Flow(mut walking) => {
                step(&mut walking.walk, now);
                self.walked(call, *walking);
            }
            other => entry.visit.service = other,
        }
    }

    pub(crate) fn flow_key(&mut self, call: CallId, key: Key) {
        self.walk(call, |walk, now| walk.key(now, key));
    }

    pub(crate) fn flow_play_ended(&mut self, call: CallId, play: PlayId) {
        self.walk(call, |walk, now| walk.play_ended(now, play));
    }

    pub(crate) fn flow_time_over(&mut self, call: CallId) {
        self.walk(call, |walk, now| walk.expire(now));
    }

    /// The service was a flow and lets go of the caller.
    pub(crate) fn flow_left(&mut self, call: CallId, flow: FlowId, why: Leaving) {
        self.timers.disarm(&Timer::Flow(call));
        self.on(call, |call, out| {
            call.write(Event::FlowLeft { flow }, out);
            match why {
                Leaving::Abandoned => call.facts.ends_as(Outcome::AbandonedInFlow),
                Leaving::Transferred => call.facts.ends_as(Outcome::ServedByFlow),
                Leaving::Done => {}
            }
        });
    }

    pub(crate) fn language(&self, call: CallId) -> Language {
        let own = self.table.get(call).and_then(|entry| entry.visit.language);
        own.unwrap_or(self.house.settings.site.language)
    }

    /// Shipped prompts, one after another, in the call's language.
    pub(crate) fn announcement(&mut self, call: CallId, names: &[&str]) -> (PlayId, Hears) {
        let play = self.table.new_play();
        let language = match self.language(call) {
            Language::Chinese => "zh",
            Language::English => "en",
        };
        let prompt = |name: &&str| PromptRef { name: (*name).to_owned(), language: language.to_owned() };
        (play, Hears::Play { play, prompts: names.iter().map(prompt).collect(), repeat: false })
    }
}
