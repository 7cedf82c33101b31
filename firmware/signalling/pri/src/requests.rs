//! Leg and span requests of the exchange.

use crate::channels::Channel;
use crate::span::PriSpan;
use crate::words::call_request;
use clock::Monotonic;
use identity::LegId;
use legs::{LegRequest, SpanRequest};
use q931::RestartScope;

impl PriSpan {
    pub fn request(&mut self, now: Monotonic, leg: LegId, request: LegRequest) {
        match (request, self.legs.call_of(leg)) {
            (LegRequest::Setup(outgoing), _) => self.set_up(now, leg, *outgoing),
            (_, None) => self.counters.ignored_requests += 1,
            (request, Some(call)) => {
                match call_request(request, self.config.overlap_receiving, self.config.overlap_sending) {
                    Some(request) => self.control.request(now, call, request),
                    None => self.counters.ignored_requests += 1,
                }
            }
        }
        self.settle(now);
    }

    /// The called party of an outgoing leg answered, as is heard on the speech path: for a line that does not signal it.
    pub fn answered_by_sound(&mut self, leg: LegId) {
        if let Some(call) = self.legs.call_of(leg) {
            self.control.answered_by_sound(call);
        }
    }

    pub fn span_request(&mut self, now: Monotonic, request: SpanRequest) {
        match request {
            SpanRequest::Serve { slot, serve } => self.channels.block(slot, !serve),
            SpanRequest::RestartCircuit { slot } => self.restart_channel(now, slot),
            SpanRequest::RestartSpan => self.control.restart(now, RestartScope::Interface),
        }
        self.settle(now);
    }

    /// A peer that is back may answer the RESTART that it did not answer before.
    pub(crate) fn restart_maintenance(&mut self, now: Monotonic) {
        let slots: Vec<u8> =
            self.channels.slots().filter(|slot| self.channels.get(*slot) == Channel::Maintenance).collect();
        for slot in slots {
            self.restart_channel(now, slot);
        }
    }

    /// Clears the channel's call and restarts it (5.5.1).
    pub(crate) fn restart_channel(&mut self, now: Monotonic, slot: u8) {
        if self.channels.get(slot) == Channel::Absent {
            self.counters.ignored_requests += 1;
            return;
        }
        self.control.restart(now, RestartScope::Channel(slot));
        self.settle(now);
        self.channels.set(slot, Channel::Restarting);
    }
}
