//! Circuits: every speech timeslot of every span, who owns it, and which one a trunk group takes next.
//!
//! The only place that knows whether a timeslot is free. It seizes nothing on the wire and sends no blocking message: the
//! exchange asks the span's signalling core for that. Vocabulary of Q.764 2.8 and Q.931 5.5 (1998).
//!
//! ```text
//!              select / seize                 release
//!   Idle ------------------------> Seized{leg} -------> Idle
//!     | restart                        | restart (the leg is released first by its core)
//!     v                                v
//!   Restarting -- restarted --> Idle    Restarting
//!     `--------- restart_failed --> Faulty -- restarted --> Idle
//! ```
//!
//! Beside that use, three bars lie over a circuit, in any combination: blocked by us, blocked by the peer, and the span out of
//! service (an alarm stands, or signalling is down). A bar put on a seized circuit takes effect when the circuit is idle: the
//! call goes on.
//!
//! ```
//! use circuits::{Circuits, Config, Group, Selection};
//! use identity::{GroupId, LegId, SpanId};
//! let mut circuits = Circuits::default();
//! circuits.configure(
//!     Config {
//!         spans: vec![SpanId(1)],
//!         groups: vec![Group { id: GroupId(1), selection: Selection::Descending, spans: vec![SpanId(1)] }],
//!     },
//!     Default::default(),
//! );
//! circuits.signalling(SpanId(1), true, Default::default());
//! let taken = circuits.select(GroupId(1), LegId(7), Default::default()).unwrap();
//! assert_eq!(taken.slot, 31);
//! assert_eq!(circuits.owner(taken), Some(LegId(7)));
//! ```

mod circuit;
mod select;
mod span;

pub use circuit::{Circuit, Misuse, State, Violation};
pub use select::{Group, Selection};
pub use span::Slots;

use clock::WallTime;
use identity::{CircuitId, GroupId, LegId, SpanId};
use span::Span;
use std::collections::{BTreeMap, BTreeSet};

/// Which spans exist and how they are grouped.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Config {
    pub spans: Vec<SpanId>,
    pub groups: Vec<Group>,
}

/// Every circuit of the box.
#[derive(Clone, Debug, Default)]
pub struct Circuits {
    spans: BTreeMap<SpanId, Span>,
    groups: BTreeMap<GroupId, Group>,
    /// Counts seizures: the clock of "least recently used".
    uses: u64,
    changed: BTreeSet<SpanId>,
}

impl Circuits {
    /// Applies a new configuration as a difference. A span that is gone while calls are up on it takes no new call and
    /// vanishes with its last one.
    pub fn configure(&mut self, config: Config, now: WallTime) {
        for id in &config.spans {
            self.spans.entry(*id).and_modify(|s| s.leaving = false).or_insert_with(|| Span::new(now));
            self.changed.insert(*id);
        }
        for (id, span) in &mut self.spans {
            if !config.spans.contains(id) {
                span.leaving = true;
                self.changed.insert(*id);
            }
        }
        self.spans.retain(|_, span| !(span.leaving && span.all_free()));
        self.groups = config.groups.into_iter().map(|g| (g.id, g)).collect();
    }

    /// Which timeslots a span has; those of an E1 unless told otherwise. One that goes while a call is up on it stays until the
    /// call's end.
    pub fn set_slots(&mut self, id: SpanId, slots: Slots) {
        if let Some(span) = self.spans.get_mut(&id)
            && span.slots != slots
        {
            span.slots = slots;
            self.changed.insert(id);
        }
    }

    /// An incoming call takes the circuit that its line names.
    pub fn seize(&mut self, id: CircuitId, leg: LegId, now: WallTime) -> Result<(), Misuse> {
        self.uses += 1;
        let uses = self.uses;
        let span = self.spans.get_mut(&id.span).filter(|s| !s.leaving).ok_or(Misuse::NoSuchCircuit)?;
        span.circuit_mut(id.slot)?.seize(leg, uses, now)?;
        self.changed.insert(id.span);
        Ok(())
    }

    /// Takes the next free circuit of a group for an outgoing call. `None`: all are busy or barred.
    pub fn select(&mut self, group: GroupId, leg: LegId, now: WallTime) -> Option<CircuitId> {
        let id = self.groups.get(&group)?.next(&self.spans)?;
        self.uses += 1;
        let uses = self.uses;
        self.spans.get_mut(&id.span)?.circuit_mut(id.slot).ok()?.seize(leg, uses, now).ok()?;
        self.changed.insert(id.span);
        Some(id)
    }

    /// The line settled on another circuit (Q.931 5.1.2): the leg moves, its old circuit is idle.
    pub fn change(&mut self, leg: LegId, from: CircuitId, to: CircuitId, now: WallTime) -> Result<(), Misuse> {
        if from == to {
            return Ok(());
        }
        self.seize(to, leg, now)?;
        self.release(from, leg, now)
    }

    /// The leg is gone. Only the owner can release.
    pub fn release(&mut self, id: CircuitId, leg: LegId, now: WallTime) -> Result<(), Misuse> {
        let span = self.spans.get_mut(&id.span).ok_or(Misuse::NoSuchCircuit)?;
        span.circuit_mut(id.slot)?.release(leg, now)?;
        if span.leaving && span.all_free() {
            self.spans.remove(&id.span);
        }
        self.changed.insert(id.span);
        Ok(())
    }

    /// The administrator takes the circuit out of service, or puts it back. True: something changed.
    pub fn block(&mut self, id: CircuitId, blocked: bool, now: WallTime) -> Result<bool, Misuse> {
        self.bar(id, now, |c| std::mem::replace(&mut c.blocked_by_us, blocked) != blocked)
    }

    /// The far end blocked or unblocked the circuit.
    pub fn block_by_peer(&mut self, id: CircuitId, blocked: bool, now: WallTime) -> Result<bool, Misuse> {
        self.bar(id, now, |c| std::mem::replace(&mut c.blocked_by_peer, blocked) != blocked)
    }

    /// We asked the line to restart this circuit; it serves nobody until that is confirmed.
    pub fn restarting(&mut self, id: CircuitId, now: WallTime) -> Result<(), Misuse> {
        self.bar(id, now, Circuit::restarting).map(drop)
    }

    /// A restart was carried out: the circuit is idle.
    pub fn restarted(&mut self, id: CircuitId, now: WallTime) -> Result<(), Misuse> {
        self.bar(id, now, Circuit::restarted).map(drop)
    }

    /// Nobody answered the restart: the circuit stays out of service until one succeeds (Q.931 5.5.1).
    pub fn restart_failed(&mut self, id: CircuitId, now: WallTime) -> Result<(), Misuse> {
        self.bar(id, now, Circuit::restart_failed).map(drop)
    }

    /// The circuit is idle, whoever had it: the audit found that nobody has. The owner that it had.
    pub fn clear(&mut self, id: CircuitId, now: WallTime) -> Option<LegId> {
        let owner = self.owner(id)?;
        self.release(id, owner, now).ok()?;
        Some(owner)
    }

    fn bar(&mut self, id: CircuitId, now: WallTime, change: impl FnOnce(&mut Circuit) -> bool) -> Result<bool, Misuse> {
        let span = self.spans.get_mut(&id.span).ok_or(Misuse::NoSuchCircuit)?;
        let circuit = span.circuit_mut(id.slot)?;
        let changed = change(circuit);
        if changed {
            circuit.since = now;
            self.changed.insert(id.span);
        }
        Ok(changed)
    }

    /// Signalling of the span came up or was lost.
    pub fn signalling(&mut self, id: SpanId, up: bool, now: WallTime) {
        self.span_bar(id, now, |span| std::mem::replace(&mut span.signalling, up) != up);
    }

    /// An alarm that takes the span out of service stands, or stands no more.
    pub fn alarmed(&mut self, id: SpanId, alarmed: bool, now: WallTime) {
        self.span_bar(id, now, |span| std::mem::replace(&mut span.alarmed, alarmed) != alarmed);
    }

    fn span_bar(&mut self, id: SpanId, now: WallTime, change: impl FnOnce(&mut Span) -> bool) {
        if let Some(span) = self.spans.get_mut(&id)
            && change(span)
        {
            span.since = now;
            self.changed.insert(id);
        }
    }

    /// The leg that has the circuit, or had it last.
    pub fn last_leg(&self, id: CircuitId) -> Option<LegId> {
        self.spans.get(&id.span)?.circuit(id.slot)?.last_leg
    }

    /// The administrator blocked it.
    pub fn blocked_by_us(&self, id: CircuitId) -> bool {
        self.spans.get(&id.span).and_then(|span| span.circuit(id.slot)).is_some_and(|circuit| circuit.blocked_by_us)
    }

    /// The far end blocked it.
    pub fn blocked_by_peer(&self, id: CircuitId) -> bool {
        self.spans.get(&id.span).and_then(|span| span.circuit(id.slot)).is_some_and(|circuit| circuit.blocked_by_peer)
    }

    /// Who owns the circuit.
    pub fn owner(&self, id: CircuitId) -> Option<LegId> {
        self.spans.get(&id.span)?.circuit(id.slot)?.owner()
    }

    /// The circuit as a console shows it, and since when.
    pub fn state(&self, id: CircuitId) -> Option<(State, WallTime)> {
        let span = self.spans.get(&id.span)?;
        Some(span.state(span.circuit(id.slot)?))
    }

    /// Circuits whose restart is not answered yet, with whether it was given up.
    pub fn unrestarted(&self, id: SpanId) -> impl Iterator<Item = (u8, bool)> + '_ {
        self.spans.get(&id).into_iter().flat_map(Span::circuits).filter_map(|(slot, circuit)| {
            let given_up = circuit.restart_given_up()?;
            Some((slot, given_up))
        })
    }

    /// Every circuit that a leg has, with the leg.
    pub fn owned(&self, id: SpanId) -> impl Iterator<Item = (u8, LegId)> + '_ {
        let circuits = self.spans.get(&id).into_iter().flat_map(Span::circuits);
        circuits.filter_map(|(slot, circuit)| Some((slot, circuit.owner()?)))
    }

    /// Every circuit of a span with its state, in slot order.
    pub fn of_span(&self, id: SpanId) -> impl Iterator<Item = (u8, State, WallTime)> + '_ {
        self.spans.get(&id).into_iter().flat_map(|span| {
            span.circuits().map(move |(slot, circuit)| {
                let (state, since) = span.state(circuit);
                (slot, state, since)
            })
        })
    }

    pub fn has_span(&self, id: SpanId) -> bool {
        self.spans.contains_key(&id)
    }

    pub fn spans(&self) -> impl Iterator<Item = SpanId> + '_ {
        self.spans.keys().copied()
    }

    /// The first group that a span serves.
    pub fn group_of(&self, span: SpanId) -> Option<GroupId> {
        self.groups.values().find(|g| g.spans.contains(&span)).map(|g| g.id)
    }

    /// How many circuits there are: the bound on calls over trunks.
    pub fn count(&self) -> usize {
        self.spans.values().map(Span::count).sum()
    }

    /// Spans of which some circuit changed since the last call.
    pub fn take_changed(&mut self) -> BTreeSet<SpanId> {
        std::mem::take(&mut self.changed)
    }

    /// What is wrong: a circuit owned by a leg that does not exist or believes to be elsewhere. `place` says where a leg is.
    pub fn audit(&self, place: impl Fn(LegId) -> Option<CircuitId>) -> Vec<Violation> {
        let mut wrong = Vec::new();
        let mut owners = BTreeMap::new();
        for (span_id, span) in &self.spans {
            for (slot, circuit) in span.circuits() {
                let id = CircuitId { span: *span_id, slot };
                let Some(leg) = circuit.owner() else { continue };
                if let Some(other) = owners.insert(leg, id) {
                    wrong.push(Violation::TwoCircuitsOneLeg { leg, circuits: [other, id] });
                }
                match place(leg) {
                    None => wrong.push(Violation::OwnerUnknown { circuit: id, leg }),
                    Some(there) if there != id => {
                        wrong.push(Violation::OwnerElsewhere { circuit: id, leg, believes: there });
                    }
                    Some(_) => {}
                }
            }
        }
        wrong
    }
}
