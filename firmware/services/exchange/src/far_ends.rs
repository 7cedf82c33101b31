//! What the media engine says of telephones: silence, and how their packets fare.
//!
//! A telephone that is not on hold sends packets even while nobody speaks. One that is silent for the time that the settings give is
//! taken for dead: it is cleared, an agent at it is made busy, and a caller who came through a queue goes back to the head of it.
//! The engine expects nothing of a held telephone; one that holds somebody may be silent as long as the hold lasts.

use crate::machine::{Exchange, Timer};
use calls::{Leg, Stage};
use clock::{Millis, Monotonic};
use identity::{AgentId, CallId, LegId};
use ledger::Event;
use numbering::Cause;
use plan::Quality;
use std::collections::BTreeMap;

/// Why an agent was made busy whose telephone died.
pub const REASON_SILENT: &str = "phone-silent";

/// What the engine said last of each leg that is up.
#[derive(Debug, Default)]
pub(crate) struct FarEnds {
    silent: BTreeMap<LegId, Silence>,
    quality: BTreeMap<LegId, Quality>,
    /// Telephones taken for dead since the start.
    pub cleared: u64,
}

/// A silent telephone.
#[derive(Clone, Copy, Debug)]
struct Silence {
    /// Since when its silence counts; none while it holds somebody.
    counts_since: Option<Monotonic>,
}

impl FarEnds {
    pub fn silent(&self, leg: LegId) -> bool {
        self.silent.contains_key(&leg)
    }

    pub fn silent_now(&self) -> usize {
        self.silent.len()
    }

    /// The leg is gone: its last figures.
    pub fn leg_ends(&mut self, leg: LegId) -> Option<Quality> {
        self.silent.remove(&leg);
        self.quality.remove(&leg)
    }
}

/// Held by somebody: the engine expects nothing of it, and says so by itself when that is over.
fn held(stage: &Stage, leg: LegId) -> bool {
    match *stage {
        Stage::Held { held, .. } | Stage::Directing { held, .. } | Stage::Consulting { held, .. } => held == leg,
        Stage::Parked { leg: parked, .. } => parked == leg,
        _ => false,
    }
}

fn holds(stage: &Stage, leg: LegId) -> bool {
    matches!(*stage, Stage::Held { by, .. } | Stage::Directing { by, .. } if by == leg)
}

impl Exchange {
    pub(crate) fn far_end_silent(&mut self, leg: LegId, millis: u64) {
        let Some(call) = self.table.of_leg(leg) else { return };
        let Some(known) = self.table.call(call) else { return };
        if !known.leg(leg).is_some_and(Leg::answered) || held(known.stage(), leg) || self.far_ends.silent(leg) {
            return;
        }
        // What it was silent before this stage, on hold perhaps, does not count.
        let now = self.now();
        let quiet = millis.min(now.wall.since(known.since()).0);
        let counts_since = Some(Monotonic(now.mono.0.saturating_sub(quiet)));
        self.far_ends.silent.insert(leg, Silence { counts_since });
        self.write(call, Event::FarEndSilent { leg, millis });
    }

    /// Packets come again, or its signalling shows that the telephone lives.
    pub(crate) fn far_end_lives(&mut self, leg: LegId) {
        if self.far_ends.silent.remove(&leg).is_some()
            && let Some(call) = self.table.of_leg(leg)
        {
            self.write(call, Event::FarEndHeard { leg });
        }
    }

    pub(crate) fn quality_told(&mut self, leg: LegId, quality: Quality) {
        if self.table.of_leg(leg).is_some() {
            self.far_ends.quality.insert(leg, quality);
        }
    }

    /// Runs the clock of the call's silent telephones, or stops it, as the stage asks.
    pub(crate) fn watch_far_ends(&mut self, id: CallId) {
        if self.far_ends.silent.is_empty() && !self.timers.runs(&Timer::Silence(id)) {
            return;
        }
        let now = self.now().mono;
        let Some(call) = self.table.call(id) else { return };
        let mut earliest: Option<Monotonic> = None;
        let mut heard = Vec::new();
        for leg in call.legs().iter().filter(|leg| leg.live()) {
            let Some(silence) = self.far_ends.silent.get_mut(&leg.id) else { continue };
            if held(call.stage(), leg.id) {
                heard.push(leg.id);
                continue;
            }
            silence.counts_since = match holds(call.stage(), leg.id) {
                true => None,
                false => silence.counts_since.or(Some(now)),
            };
            earliest = match (earliest, silence.counts_since) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
        }
        match earliest.zip(self.house.silent_time()) {
            Some((since, limit)) => self.timers.arm(Timer::Silence(id), since + limit),
            None => self.timers.disarm(&Timer::Silence(id)),
        }
        heard.into_iter().for_each(|leg| self.far_end_lives(leg));
    }

    /// A telephone of the call has been silent for too long.
    pub(crate) fn silence_over(&mut self, id: CallId) {
        let Some(limit) = self.house.silent_time() else { return };
        let now = self.now().mono;
        let due = |silence: &Silence| silence.counts_since.is_some_and(|since| now.since(since) >= limit);
        let Some(call) = self.table.call(id) else { return };
        let dead: Vec<(LegId, Option<AgentId>)> = call
            .legs()
            .iter()
            .filter(|leg| leg.live() && self.far_ends.silent.get(&leg.id).is_some_and(due))
            .map(|leg| (leg.id, leg.agent))
            .collect();
        for (leg, agent) in dead {
            self.far_end_dead(id, leg, agent);
        }
    }

    fn far_end_dead(&mut self, call: CallId, leg: LegId, agent: Option<AgentId>) {
        self.far_ends.cleared += 1;
        self.write(call, Event::FarEndDead { leg });
        if let Some(agent) = agent {
            // Who has signed out meanwhile gets no calls anyway.
            self.acd.busy(self.outbox.now, agent, REASON_SILENT.to_owned()).ok();
        }
        let queue = self.table.get(call).and_then(|entry| entry.visit.queue);
        let caller = self.table.call(call).and_then(|c| c.caller()).is_some_and(|caller| caller.id == leg);
        let back = match queue.filter(|_| !caller) {
            Some(queue) => {
                self.on(call, |call, out| call.take_from(leg, out)).and_then(Result::ok).map(|peer| (peer, queue))
            }
            None => None,
        };
        self.release_leg(call, leg, Cause::DestinationOutOfOrder.into());
        if let Some((peer, queue)) = back
            && let Err(cause) = self.enter_queue(call, peer, queue, Some(1))
        {
            self.fail(call, peer, cause.into());
        }
    }
}

/// How long a telephone may be silent.
pub(crate) fn limit(seconds: u32) -> Option<Millis> {
    (seconds > 0).then(|| Millis::secs(u64::from(seconds)))
}
