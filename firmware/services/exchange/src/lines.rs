//! Spans and telephones: what they say of themselves.

use crate::machine::Exchange;
use crate::port::Effect;
use acd::OverflowReason;
use clock::WallTime;
use identity::{CircuitId, SpanId};
use legs::{Alarms, PairTrouble, SpanIndication, SpanRequest};
use numbering::Digits;
use recording::Policy;
use std::collections::{BTreeMap, BTreeSet};

/// Every span and telephone as last heard of.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    spans: BTreeMap<SpanId, SpanLine>,
    phones: BTreeMap<Digits, Phone>,
    /// Telephones at ports that are there.
    ports: BTreeMap<Digits, CircuitId>,
    /// Pairs of analog ports with which something is wrong.
    troubles: BTreeMap<CircuitId, PairTrouble>,
    /// For whose owners messages wait.
    pub(crate) messages_wait: BTreeSet<Digits>,
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SpanLine {
    pub up: bool,
    pub alarms: Alarms,
    pub since: WallTime,
    /// The line is good, and its signalling has been missed for long enough to say so.
    pub missed: bool,
    /// Audits that found it down.
    pub found_down: u8,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Phone {
    pub contact: Option<String>,
    /// Legs to and from it, those clearing included.
    pub legs: u32,
}

impl Lines {
    pub fn span(&self, span: SpanId) -> SpanLine {
        self.spans.get(&span).copied().unwrap_or_default()
    }

    pub fn span_mut(&mut self, span: SpanId) -> &mut SpanLine {
        self.spans.entry(span).or_default()
    }

    pub fn ports_mut(&mut self) -> &mut BTreeMap<Digits, CircuitId> {
        &mut self.ports
    }

    /// What is wrong with pairs of a span.
    pub fn troubles(&self, span: SpanId) -> impl Iterator<Item = (u8, PairTrouble)> + '_ {
        let of_span = self.troubles.iter().filter(move |(circuit, _)| circuit.span == span);
        of_span.map(|(circuit, trouble)| (circuit.slot, *trouble))
    }

    pub fn phone(&self, extension: &Digits) -> Option<&Phone> {
        self.phones.get(extension)
    }

    /// A telephone is registered there.
    pub fn reachable(&self, extension: &Digits) -> bool {
        self.phones.get(extension).is_some_and(|phone| phone.contact.is_some())
    }

    pub fn leg_begins(&mut self, extension: &Digits) {
        self.phones.entry(extension.clone()).or_default().legs += 1;
    }

    pub fn leg_ends(&mut self, extension: &Digits) {
        if let Some(phone) = self.phones.get_mut(extension) {
            phone.legs = phone.legs.saturating_sub(1);
        }
        self.forget_if_unused(extension);
    }

    fn forget_if_unused(&mut self, extension: &Digits) {
        if self.phones.get(extension).is_some_and(|phone| phone.legs == 0 && phone.contact.is_none()) {
            self.phones.remove(extension);
        }
    }
}

impl Exchange {
    pub(crate) fn span_indicated(&mut self, span: SpanId, indication: SpanIndication) {
        let now = self.now().wall;
        let circuit = |slot| CircuitId { span, slot };
        let misuse = match indication {
            SpanIndication::Up => {
                self.span_changed(span, |line| {
                    line.up = true;
                    line.missed = false;
                });
                self.circuits.signalling(span, true, now);
                self.tell_messages_wait(Some(span));
                None
            }
            SpanIndication::Down => {
                self.span_changed(span, |line| {
                    line.up = false;
                    line.missed = true;
                });
                self.circuits.signalling(span, false, now);
                None
            }
            SpanIndication::Alarms(alarms) => {
                self.span_changed(span, |line| {
                    line.alarms = alarms;
                    // Signalling needs a moment to come back with the line: the audit misses it if it does not.
                    line.missed &= alarms.out_of_service();
                });
                self.circuits.alarmed(span, alarms.out_of_service(), now);
                None
            }
            SpanIndication::Restarted { slot } => self.circuits.restarted(circuit(slot), now).err(),
            SpanIndication::BlockedByPeer { slot, blocked } => {
                self.circuits.block_by_peer(circuit(slot), blocked, now).err()
            }
            SpanIndication::RestartFailed { slot: Some(slot) } => {
                self.circuits.restart_failed(circuit(slot), now).err()
            }
            SpanIndication::Pair { slot, trouble } => {
                match trouble {
                    Some(trouble) => self.lines.troubles.insert(circuit(slot), trouble),
                    None => self.lines.troubles.remove(&circuit(slot)),
                };
                self.board.touched.spans.insert(span);
                None
            }
            SpanIndication::RestartFailed { slot: None } => {
                let slots: Vec<u8> = self.circuits.of_span(span).map(|(slot, ..)| slot).collect();
                slots.into_iter().filter_map(|slot| self.circuits.restart_failed(circuit(slot), now).err()).last()
            }
        };
        // A far end may name a timeslot that carries no speech: counted, nothing else.
        if misuse.is_some() {
            self.board.refused += 1;
        }
    }

    fn span_changed(&mut self, span: SpanId, change: impl FnOnce(&mut SpanLine)) {
        let now = self.now().wall;
        let line = self.lines.spans.entry(span).or_default();
        change(line);
        line.since = now;
        self.board.touched.spans.insert(span);
        self.refresh_ports();
    }

    /// A telephone on the network registered or is gone. One at a port has no need to.
    pub(crate) fn phone_registered(&mut self, extension: Digits, contact: Option<String>) {
        if self.house.port_of(&extension).is_none() {
            self.registered(extension, contact);
        }
    }

    pub(crate) fn registered(&mut self, extension: Digits, contact: Option<String>) {
        let reachable = contact.is_some();
        self.lines.phones.entry(extension.clone()).or_default().contact = contact;
        self.lines.forget_if_unused(&extension);
        if let Some(agent) = self.acd.agent_at(&extension) {
            self.acd.set_reachable(self.outbox.now, agent, reachable);
        }
        self.board.touched.extensions.insert(extension);
    }

    /// Applies the settings of `house` as a difference; calls that are up go on.
    pub(crate) fn apply_settings(&mut self, blocked_before: &BTreeSet<CircuitId>) {
        let now = self.now();
        let known: Vec<SpanId> = self.circuits.spans().collect();
        self.circuits.configure(self.house.circuits(), now.wall);
        for (span, slots) in self.house.slots() {
            self.circuits.set_slots(span, slots);
        }
        let spans: Vec<SpanId> = self.circuits.spans().collect();
        // What a span that is taken out said of itself is void: put back, it speaks for itself.
        let served = self.house.circuits().spans;
        self.lines.spans.retain(|span, _| served.contains(span) || !known.contains(span));
        self.lines.troubles.retain(|circuit, _| served.contains(&circuit.span));
        let blocked = self.house.blocked();
        for span in spans.iter().copied() {
            let line = self.lines.span(span);
            self.circuits.signalling(span, line.up, now.wall);
            self.circuits.alarmed(span, line.alarms.out_of_service(), now.wall);
        }
        // A circuit that the administrator blocked by hand stays so until the settings change their mind about it.
        for circuit in blocked_before.symmetric_difference(&blocked).copied() {
            let block = blocked.contains(&circuit);
            if self.circuits.block(circuit, block, now.wall) == Ok(true) {
                self.end_test(circuit);
                let CircuitId { span, slot } = circuit;
                self.effect(Effect::Span { span, request: SpanRequest::Serve { slot, serve: !block } });
            }
        }
        let configured = self.house.settings.extensions.iter().map(|e| e.number.clone());
        self.board.touched.extensions.extend(configured);
        self.board.touched.extensions.extend(self.lines.phones.keys().cloned());
        self.board.touched.spans.extend(known.into_iter().chain(spans));
        self.board.touched.queues.extend(self.acd.queues().chain(self.house.settings.queues.iter().map(|q| q.id)));
        self.board.touched.agents.extend(self.acd.agents().chain(self.house.settings.agents.iter().map(|a| a.id)));
        self.recordings.configure(Policy::from(&self.house.settings.recording));
        let acd = self.house.acd();
        self.acd.configure(now, acd);
        self.rooms_configured();
        self.refresh_ports();
        self.tell_messages_wait(None);
    }

    /// Whether a queue that is full or gone has anything to say to the caller: all reasons sound alike to a caller.
    pub(crate) fn overflow_is_final(&self, queue: identity::QueueId, why: OverflowReason) -> bool {
        match why {
            OverflowReason::QueueRemoved => true,
            OverflowReason::Full | OverflowReason::TooLong | OverflowReason::NoAgents => {
                self.house.queue(queue).is_none_or(|q| q.overflow == settings::Overflow::Release)
            }
        }
    }
}
