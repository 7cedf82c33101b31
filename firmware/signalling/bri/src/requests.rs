//! Leg and span requests of the exchange.

use crate::config::{Mode, SLOTS};
use crate::legs_of_calls::{Party, SOLE};
use crate::span::BriSpan;
use clock::Monotonic;
use identity::LegId;
use lapd::GROUP_TEI;
use legs::{LegIndication, LegRequest, SpanIndication, SpanRequest};
use numbering::Cause;
use pri::{Channel, call_request};
use q931::RestartScope;

impl BriSpan {
    pub fn request(&mut self, now: Monotonic, leg: LegId, request: LegRequest) {
        match (request, self.legs.get(leg).map(|leg| leg.party)) {
            (LegRequest::Setup(outgoing), _) => self.set_up(now, leg, *outgoing),
            (_, None) => self.counters.ignored_requests += 1,
            (request, Some(Party::Broadcast(value))) => self.broadcast_request(now, value, request),
            (request, Some(Party::Call { terminal, call })) => {
                match call_request(request, self.config.overlap_receiving, self.config.overlap_sending) {
                    Some(request) => self.with_control(terminal, |control| control.request(now, call, request)),
                    None => self.counters.ignored_requests += 1,
                }
            }
        }
        self.settle(now);
    }

    pub fn span_request(&mut self, now: Monotonic, request: SpanRequest) {
        let alone = self.config.mode == Mode::PointToPoint;
        match request {
            SpanRequest::Serve { slot, serve } => self.channels.block(slot, !serve),
            SpanRequest::RestartCircuit { slot } if self.channels.get(slot) == Channel::Absent => {
                self.counters.ignored_requests += 1;
            }
            SpanRequest::RestartCircuit { slot } if alone => self.restart_channel(now, slot),
            SpanRequest::RestartCircuit { slot } => self.clear_channel(now, slot),
            SpanRequest::RestartSpan if alone => {
                self.with_control(SOLE, |control| control.restart(now, RestartScope::Interface));
            }
            SpanRequest::RestartSpan => {
                SLOTS.iter().for_each(|slot| self.clear_channel(now, *slot));
                // Every terminal begins anew (Q.921 5.3.4).
                self.channel.remove(now, GROUP_TEI);
            }
        }
        self.settle(now);
    }

    /// 5.5 is for a line point to point; on a bus the channel's call is cleared, and the channel idle when that is done.
    fn clear_channel(&mut self, now: Monotonic, slot: u8) {
        let cause = self.cause(Cause::TemporaryFailure);
        match self.channels.get(slot) {
            Channel::Seized(leg) => {
                self.exchange.restarting.insert(slot);
                self.request(now, leg, LegRequest::Release { cause });
            }
            Channel::Absent | Channel::Idle | Channel::Maintenance | Channel::Restarting => {
                self.channels.set(slot, Channel::Idle);
                self.tell(SpanIndication::Restarted { slot });
            }
        }
    }

    /// The leg's last word; its channel is idle.
    pub(crate) fn end_leg(&mut self, leg: LegId, cause: numbering::ClearCause) {
        let Some(entry) = self.legs.remove(leg) else { return };
        self.tell_leg(leg, LegIndication::Released { cause });
        if let Some(slot) = entry.slot {
            self.channels.free(slot, leg);
            if self.exchange.restarting.remove(&slot) {
                self.tell(SpanIndication::Restarted { slot });
            }
        }
    }
}
