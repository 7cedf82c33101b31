//! Rules checked after every step, and when the house is quiet.

use crate::core::Core;
use crate::sip_net::SipNet;
use crate::watch::RECORDING_TOLERANCE;
use crate::world::World;
use clock::{Millis, Monotonic};
use desk::{AgentState, CallPhase, CallView, SlotState};
use identity::LegId;
use ledger::{Event, Outcome, QueueExit};
use plan::Hears;
use std::collections::BTreeSet;

/// The inbox of the exchange is bounded by what the lines can say at once.
const INBOX_AT_MOST: usize = 4096;
/// The house must become quiet within this once nobody wants anything.
const QUIET_WITHIN: Millis = Millis::secs(3600);
/// A timer that may outlive the last call: an agent's phone that refused is left alone for so long.
const REST: Millis = Millis::secs(5);

impl World {
    pub(crate) fn check_step(&mut self) {
        if !self.house.up() {
            return;
        }
        let mut broken = Vec::new();
        if self.house.inbox.len() > INBOX_AT_MOST {
            broken.push("the exchange's inbox is not bounded".to_owned());
        }
        if self.store.pending() > crate::store::PENDING_AT_MOST {
            broken.push("the store's queue is not bounded".to_owned());
        }
        if let Some(exchange) = &self.house.exchange {
            broken.extend(exchange.audit().into_iter().map(|violation| format!("{violation:?}")));
        }
        self.check_circuits(&mut broken);
        self.check_speech(&mut broken);
        self.check_rest(&mut broken);
        let now = self.now;
        broken.into_iter().for_each(|what| self.watch.violated(now, what));
    }

    /// One owner a circuit: no call is on two slots by the same leg, no slot in two calls, and a slot in use has a call.
    fn check_circuits(&self, broken: &mut Vec<String>) {
        let mut owners = BTreeSet::new();
        for call in self.watch.view.calls.values() {
            for circuit in call.parties.iter().filter_map(|party| party.circuit) {
                if !owners.insert(circuit) {
                    broken.push(format!("circuit {circuit} is in two parties' hands"));
                }
            }
        }
    }

    /// The media graph says what the calls say.
    fn check_speech(&self, broken: &mut Vec<String>) {
        for (leg, open) in &self.media.legs {
            let heard: &[LegId] = match &open.plan.hears {
                Hears::Leg(other) => std::slice::from_ref(other),
                Hears::Mix(others) => others,
                Hears::Silence | Hears::Room(_) | Hears::Tone(_) | Hears::Play { .. } | Hears::Music(_) => &[],
            };
            if heard.contains(leg) {
                broken.push(format!("{leg} hears itself"));
            }
            for other in heard.iter().filter(|other| !self.media.legs.contains_key(other)) {
                broken.push(format!("{leg} hears {other}, which has no port"));
            }
        }
        for call in self.watch.view.calls.values() {
            self.check_call_speech(call, broken);
        }
    }

    fn check_call_speech(&self, call: &CallView, broken: &mut Vec<String>) {
        if call.phase != CallPhase::Talking {
            return;
        }
        let talking: Vec<LegId> =
            call.parties.iter().filter(|party| party.answered && !party.held).map(|party| party.leg).collect();
        if talking.len() < 2 {
            return;
        }
        let supervised = call.parties.iter().any(|party| party.supervises.is_some());
        if supervised {
            return self.check_supervised(call, broken);
        }
        for leg in &talking {
            let others: BTreeSet<LegId> = talking.iter().copied().filter(|other| other != leg).collect();
            let heard: BTreeSet<LegId> = match self.media.hears(*leg) {
                Some(Hears::Leg(other)) => BTreeSet::from([*other]),
                Some(Hears::Mix(others)) => others.iter().copied().collect(),
                _ => BTreeSet::new(),
            };
            if heard != others {
                broken.push(format!("{} talks, but {leg} hears {:?}", call.id, self.media.hears(*leg)));
            }
        }
    }

    /// Nobody outside hears who only listens or whispers, and nobody at all hears who has not answered.
    fn check_supervised(&self, call: &CallView, broken: &mut Vec<String>) {
        for supervisor in &call.parties {
            let Some(mode) = supervisor.supervises else { continue };
            for party in call.parties.iter().filter(|party| party.leg != supervisor.leg) {
                let heard = match self.media.hears(party.leg) {
                    Some(Hears::Leg(other)) => *other == supervisor.leg,
                    Some(Hears::Mix(others)) => others.contains(&supervisor.leg),
                    _ => false,
                };
                let outside = party.extension.is_none();
                let may = supervisor.answered && mode.heard_by_agent() && (!outside || mode.heard_by_others());
                if heard && !may {
                    broken.push(format!("{}: {} hears {}, who is to {mode:?}", call.id, party.leg, supervisor.leg));
                }
            }
        }
    }

    /// No timer runs in a rest state.
    fn check_rest(&self, broken: &mut Vec<String>) {
        let wraps_up = |state| state == AgentState::WrapUp;
        let at_rest = self.watch.view.calls.is_empty()
            && self.watch.open.is_empty()
            && !self.watch.view.agents.values().any(|agent| wraps_up(agent.state));
        let Some(due) = self.house.deadline().filter(|_| at_rest) else { return };
        let midnight = self.is_midnight(due);
        if !midnight && due > self.now.mono + REST {
            broken.push(format!("at rest, but a timer runs until {} ms", due.0));
        }
    }

    fn is_midnight(&self, at: Monotonic) -> bool {
        let wall = self.now.wall.0 + at.since(self.now.mono).0 as i64;
        let local = wall + i64::from(self.house.settings.site.utc_offset_minutes) * 60_000;
        local.rem_euclid(86_400_000) == 0
    }

    /// Nothing is going on any more, anywhere.
    pub fn quiet(&self) -> bool {
        self.house.up()
            && self.watch.view.calls.is_empty()
            && self.watch.open.is_empty()
            && self.media.legs.is_empty()
            && self.phones.legs.is_empty()
            && self.sip.as_ref().is_none_or(SipNet::quiet)
            && self.town.quiet()
            && self.store.pending() == 0
            && !self.agenda.busy()
            && !self.restarting()
            && self.lines.values().all(|line| line.far.legs() == 0 && line.near.as_ref().map_or(0, Core::legs) == 0)
    }

    /// A RESTART that a reset of the data link swallowed is repeated after T316, two minutes (Q.931 table 9-1).
    fn restarting(&self) -> bool {
        let up = self.watch.view.spans.values().filter(|span| span.up && span.alarms.is_empty());
        up.flat_map(|span| &span.slots).any(|slot| slot.state == SlotState::Clearing)
    }

    /// Lets everything come to its end, then checks what holds when the house is quiet.
    pub fn settle(&mut self) -> &mut World {
        let limit = self.now.mono + QUIET_WITHIN;
        while !self.quiet() && self.now.mono < limit {
            self.run_for(Millis::secs(1));
        }
        if self.quiet() {
            self.run_for(Millis::secs(10));
            self.check_quiet();
        } else {
            let why = self.unquiet();
            self.watch.violated(self.now, format!("the house does not become quiet: {why}"));
        }
        self
    }

    fn unquiet(&self) -> String {
        let calls: Vec<String> =
            self.watch.view.calls.values().map(|call| format!("{} {:?}", call.id, call.phase)).collect();
        format!(
            "up {}, sip {:?}, calls {calls:?}, ledgers {:?}, ports {:?}, phones {:?}, callers {:?}, called {}, pending {}, agenda busy {}, legs {:?}",
            self.house.up(),
            self.sip.as_ref().map(SipNet::unquiet),
            self.watch.open.keys().map(ToString::to_string).collect::<Vec<_>>(),
            self.media.legs.keys().collect::<Vec<_>>(),
            self.phones.legs,
            self.town.legs,
            self.town.called.len(),
            self.store.pending(),
            self.agenda.busy(),
            self.lines.values().map(|l| (l.near.as_ref().map_or(0, Core::legs), l.far.legs())).collect::<Vec<_>>(),
        )
    }

    pub(crate) fn check_quiet(&mut self) {
        let mut broken = Vec::new();
        self.quiet_lines(&mut broken);
        self.quiet_records(&mut broken);
        self.quiet_recordings(&mut broken);
        self.quiet_queues(&mut broken);
        let alive: Vec<String> = self.watch.legs.iter().map(|(leg, way)| format!("{leg} ({way})")).collect();
        if !alive.is_empty() {
            broken.push(format!("legs never released: {alive:?}"));
        }
        if self.watch.offers() > 0 {
            broken.push("an offer stands with no call".to_owned());
        }
        for caller in self.town.callers.values().filter(|caller| caller.releases != 1) {
            broken.push(format!("caller {} was released {} times", caller.number, caller.releases));
        }
        let whole = self.house.exchange.as_ref().map(|exchange| exchange.live_view());
        if whole.is_some_and(|whole| !self.watch.view.same_as(&whole)) {
            broken.push("the changes of the view do not add up to the whole view".to_owned());
        }
        let now = self.now;
        broken.into_iter().for_each(|what| self.watch.violated(now, what));
    }

    /// Both ends agree, and everything seized is idle again.
    fn quiet_lines(&self, broken: &mut Vec<String>) {
        for line in self.lines.values() {
            let near = line.near.as_ref().map_or(0, Core::seized);
            if near != 0 || line.far.seized() != 0 {
                broken.push(format!("{}: {near} channels seized here, {} there", line.name, line.far.seized()));
            }
            let Some(view) = self.watch.view.spans.get(&line.id) else { continue };
            if line.failed() || !view.up {
                continue;
            }
            for slot in &view.slots {
                let rests = matches!(slot.state, SlotState::Idle | SlotState::BlockedByUs | SlotState::BlockedByPeer);
                if !rests || slot.call.is_some() {
                    broken.push(format!("{}: slot {} is {:?}", line.name, slot.slot, slot.state));
                }
            }
        }
    }

    /// One record a call, in the store as the exchange wrote it.
    fn quiet_records(&self, broken: &mut Vec<String>) {
        for (call, records) in &self.store.ledgers {
            match (cdr::fold(records), self.store.cdrs.get(call)) {
                (Ok(folded), Some(stored)) if folded == *stored => {}
                (Ok(_), Some(_)) => broken.push(format!("{call}: the stored record is not the stored ledger's")),
                (Err(bad), _) => broken.push(bad.to_string()),
                (Ok(_), None) => broken.push(format!("{call} has a ledger and no record")),
            }
        }
        if self.house.life == 1 {
            for call in self.watch.cdrs.keys().filter(|call| !self.store.cdrs.contains_key(call)) {
                broken.push(format!("the record of {call} never reached the store"));
            }
        }
        for call in self.store.cdrs.keys().filter(|call| !self.store.ledgers.contains_key(call)) {
            broken.push(format!("{call} has a record without a ledger"));
        }
        let tally = cdr::Tally::of(self.store.cdrs.values());
        if tally.difference() != 0 {
            broken.push(format!("offered differs from the sum of outcomes by {}", tally.difference()));
        }
    }

    /// Recordings cover the talk: no second missing, none too many.
    fn quiet_recordings(&self, broken: &mut Vec<String>) {
        for (id, recording) in &self.media.recordings {
            if recording.closed.is_none() {
                broken.push(format!("recording {id} of {} is not closed", recording.call));
            }
        }
        if self.house.life > 1 {
            return;
        }
        for recording in self.watch.endless_recordings() {
            broken.push(format!("recording {recording} ends in no ledger"));
        }
        for (call, chain) in &self.watch.closed {
            let Some(cdr) = self.watch.cdrs.get(call).filter(|cdr| cdr.outcome != Outcome::Interrupted) else {
                continue;
            };
            let of_call = || self.media.recordings.values().filter(|recording| recording.call == *call);
            if cdr.agents.is_empty() || of_call().any(|recording| recording.fault.is_some()) {
                continue;
            }
            let recorded: u64 = of_call().map(|recording| recording.written.0).sum();
            // Two extensions talked, of which nothing is recorded, before an agent was brought in.
            let unrecorded = before_agents(chain);
            let talk = cdr.talk_millis - unrecorded.talk_millis;
            if recorded + RECORDING_TOLERANCE.0 < talk {
                broken.push(format!("{call}: {recorded} ms recorded of {talk} ms talk"));
            }
            let simple = !chain.iter().any(|record| {
                matches!(
                    record.event,
                    Event::TransferAsked { .. }
                        | Event::Transferred { .. }
                        | Event::Conference { .. }
                        | Event::Supervised { .. }
                        | Event::MeetingJoined { .. }
                        | Event::Parked { .. }
                        | Event::MergedInto { .. }
                        | Event::LegAdded { role: ledger::Role::Consulted, .. }
                )
            });
            let connected = talk + cdr.hold_millis - unrecorded.hold_millis;
            if simple && recorded.abs_diff(connected) > RECORDING_TOLERANCE.0 {
                broken.push(format!("{call}: {recorded} ms recorded, {connected} ms connected"));
            }
        }
    }

    /// The board's counts are those of the ledgers, with nothing left over.
    fn quiet_queues(&self, broken: &mut Vec<String>) {
        if self.house.life > 1 {
            return;
        }
        for queue in self.watch.view.queues.values() {
            let left = |how| self.watch.left_queue(queue.id, how) as u32;
            let counted = (queue.answered, queue.abandoned, queue.overflowed);
            let written = (left(QueueExit::Connected), left(QueueExit::Abandoned), left(QueueExit::Overflowed));
            let transferred = left(QueueExit::Transferred);
            let sum = counted.0 + counted.1 + counted.2 + transferred;
            if queue.waiting != 0 || queue.offered != sum || counted != written {
                broken.push(format!(
                    "queue {}: offered {}, counted {counted:?}, in ledgers {written:?}, transferred {transferred}, waiting {}",
                    queue.name, queue.offered, queue.waiting
                ));
            }
        }
    }
}

/// Talk and hold of a call until an agent was first connected; none if its first party was the agent.
fn before_agents(chain: &[ledger::Record]) -> Spoken {
    let connected = |record: &ledger::Record| matches!(record.event, Event::Connected { .. });
    let Some(at) = chain.iter().position(connected) else { return Spoken::default() };
    let mut before = chain[..at].to_vec();
    before.extend(cdr::interrupted(&before, chain[at].at));
    cdr::fold(&before)
        .map_or(Spoken::default(), |cdr| Spoken { talk_millis: cdr.talk_millis, hold_millis: cdr.hold_millis })
}

#[derive(Default)]
struct Spoken {
    talk_millis: u64,
    hold_millis: u64,
}

#[cfg(test)]
mod tests {
    use crate::*;
    use clock::Millis;

    /// A house in which one call was answered, recorded and ended.
    fn after_a_call() -> World {
        let mut town = World::seeded(1).span("E1-1", pri_user()).queue("orders").agent("anna", Presence::Ready);
        let customer = town.dial("4951234567");
        town.after(secs(30)).hang_up(customer).settle();
        assert_eq!(town.watch.violations, Vec::<String>::new());
        town
    }

    fn found(town: &World, part: &str) {
        assert!(town.watch.violations.iter().any(|told| told.contains(part)), "{:?}", town.watch.violations);
    }

    /// The checks bite: seconds missing from a recording are found though nobody reported a fault.
    #[test]
    fn missing_seconds_are_found() {
        let mut town = after_a_call();
        for recording in town.media.recordings.values_mut() {
            recording.written = Millis(recording.written.0 - 2000);
        }
        town.check_quiet();
        found(&town, "ms recorded");
    }

    /// The checks bite: a record that never reached the store is found.
    #[test]
    fn a_lost_record_is_found() {
        let mut town = after_a_call();
        town.store.cdrs.clear();
        town.check_quiet();
        found(&town, "never reached the store");
        found(&town, "has a ledger and no record");
    }

    /// The checks bite: a circuit that one end believes to be in use is found.
    #[test]
    fn a_stuck_circuit_is_found() {
        let mut town = after_a_call();
        town.dial("4951234567");
        town.after(secs(5)).check_quiet();
        found(&town, "channels seized here");
        found(&town, "legs never released");
    }

    /// The checks bite: one-way speech is found at the step where it begins.
    #[test]
    fn one_way_speech_is_found() {
        let mut town = after_a_call();
        town.dial("4951234567");
        town.after(secs(5));
        if let Some(open) = town.media.legs.values_mut().next() {
            open.plan.hears = plan::Hears::Silence;
        }
        town.check_step();
        found(&town, "talks, but");
    }

    /// The checks bite: a leg that is released twice is found.
    #[test]
    fn a_second_release_is_found() {
        let mut town = after_a_call();
        let cause = numbering::Cause::NormalClearing.into();
        let indication = legs::LegIndication::Released { cause };
        let input = exchange::Input::Leg { line: identity::LineId::Sip, leg: identity::LegId(1), indication };
        town.house.input(input);
        town.drain();
        found(&town, "released twice");
    }
}
