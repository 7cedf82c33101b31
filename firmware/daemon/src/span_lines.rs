//! The spans as the settings want them, and calls turned away while the box stops.

use clock::Monotonic;
use identity::{LegId, SpanId};
use legs::{LegIndication, LegRequest, SpanRequest};
use lines::{Framing, LineSet, Output};
use numbering::Cause;
use settings::{Dchannel, Side, SpanSettings};
use std::collections::{BTreeMap, BTreeSet};

pub struct SpanLines {
    pub set: LineSet,
    in_force: BTreeMap<SpanId, SpanSettings>,
    draining: bool,
    turned_away: BTreeSet<LegId>,
}

/// Who frames the D-channel, by the settings.
pub fn framing(dchannel: Dchannel) -> Framing {
    match dchannel {
        Dchannel::Hdlc => Framing::Card,
        Dchannel::Raw => Framing::Software,
    }
}

fn configuration(span: &SpanSettings) -> Option<pri::Config> {
    let side = match span.side {
        Side::User => pri::Side::User,
        Side::Network => pri::Side::Network,
    };
    span.enabled.then(|| pri::Config {
        overlap_receiving: span.overlap_receiving,
        overlap_sending: span.overlap_sending,
        // Whatever calls the far end has from before this start, it shall forget them.
        restart_at_start: true,
        ..pri::Config::new(span.id, side)
    })
}

/// A span's name, and which timeslots the exchange may use, need no new signalling.
fn signalling_differs(old: &SpanSettings, new: &SpanSettings) -> bool {
    let alike = SpanSettings { name: old.name.clone(), blocked: old.blocked.clone(), ..new.clone() };
    alike != *old
}

impl SpanLines {
    pub fn new(set: LineSet) -> SpanLines {
        SpanLines { set, in_force: BTreeMap::new(), draining: false, turned_away: BTreeSet::new() }
    }

    /// Starts, changes and stops signalling where the settings differ from those in force.
    pub fn configure(&mut self, now: Monotonic, spans: &[SpanSettings]) {
        let wanted: BTreeMap<SpanId, SpanSettings> = spans.iter().map(|span| (span.id, span.clone())).collect();
        for (id, new) in &wanted {
            if self.in_force.get(id).is_none_or(|old| signalling_differs(old, new)) {
                self.set.set_framing(*id, framing(new.dchannel));
                self.set.configure(now, *id, configuration(new));
            }
        }
        for id in self.in_force.keys().filter(|id| !wanted.contains_key(id)) {
            self.set.configure(now, *id, None);
        }
        self.in_force = wanted;
    }

    /// From now on new calls are refused.
    pub fn drain(&mut self) {
        self.draining = true;
    }

    pub fn request(&mut self, now: Monotonic, span: SpanId, leg: LegId, request: LegRequest) {
        self.set.request(now, span, leg, request);
    }

    pub fn span_request(&mut self, now: Monotonic, span: SpanId, request: SpanRequest) {
        self.set.span_request(now, span, request);
    }

    /// What a span's signalling has and the exchange knows of: not those that are turned away.
    pub fn legs(&self, span: SpanId) -> Option<Vec<(LegId, Option<u8>)>> {
        let mut legs = self.set.legs(span)?;
        legs.retain(|(leg, _)| !self.turned_away.contains(leg));
        Some(legs)
    }

    /// What the exchange is to hear next.
    pub fn poll(&mut self, now: Monotonic) -> Option<Output> {
        loop {
            let output = self.set.poll()?;
            let Output::Leg { span, leg, indication } = output else { return Some(output) };
            match indication {
                LegIndication::Setup(incoming) if self.draining => {
                    self.turned_away.insert(leg);
                    let cause = Cause::SwitchingCongestion.into();
                    self.set.request(now, span, leg, LegRequest::Release { cause });
                    return Some(Output::Leg { span, leg, indication: LegIndication::TurnedAway { incoming, cause } });
                }
                LegIndication::Released { .. } if self.turned_away.remove(&leg) => {}
                _ if self.turned_away.contains(&leg) => {}
                indication => return Some(Output::Leg { span, leg, indication }),
            }
        }
    }
}
