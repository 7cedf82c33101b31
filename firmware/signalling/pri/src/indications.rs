//! What call control tells, turned into the words of legs and spans.

use crate::channels::Channel;
use crate::span::{PriOutput, PriSpan};
use crate::words::call_indication;
use clock::Monotonic;
use identity::LegId;
use legs::{LegIndication, Notice, SpanIndication};
use numbering::ClearCause;
use q931::{CallHandle, CallIndication, InterfaceIndication, RestartScope};

impl PriSpan {
    pub(crate) fn hear_call(&mut self, now: Monotonic, call: CallHandle, indication: CallIndication) {
        let leg = match (indication, self.legs.leg_of(call)) {
            (CallIndication::Setup(setup), _) => return self.setup_indication(now, call, *setup),
            // A call that was refused before it had a leg.
            (_, None) => return,
            (CallIndication::Released { cause }, Some(leg)) => return self.released(leg, cause),
            (CallIndication::Channel { slot }, Some(leg)) => return self.channel_indication(now, leg, slot),
            (CallIndication::Suspended { parked }, Some(leg)) => {
                return self.rebind(leg, parked, Notice::UserSuspended);
            }
            (CallIndication::Resumed { call }, Some(leg)) => return self.rebind(leg, call, Notice::UserResumed),
            (indication, Some(leg)) => (leg, indication),
        };
        let (leg, indication) = leg;
        if let Some(indication) = self.leg_indication(now, leg, indication) {
            self.out.push_back(PriOutput::Leg { leg, indication });
        }
    }

    /// None: nothing that the exchange needs to hear.
    fn leg_indication(&mut self, now: Monotonic, leg: LegId, indication: CallIndication) -> Option<LegIndication> {
        let told = match call_indication(indication, self.config.overlap_sending) {
            // The peer clears: it need not have named a channel.
            Some(LegIndication::Disconnecting { cause, inband }) => {
                return Some(LegIndication::Disconnecting { cause, inband });
            }
            told => told,
        };
        if self.settle_leg(now, leg) { told } else { None }
    }

    /// 5.6.2, 5.6.4: the leg keeps its channel while its user is away; the other party is notified.
    fn rebind(&mut self, leg: LegId, call: CallHandle, notice: Notice) {
        self.legs.rebind(leg, call);
        self.out.push_back(PriOutput::Leg { leg, indication: LegIndication::Notified { notice } });
    }

    fn released(&mut self, leg: LegId, cause: ClearCause) {
        let Some(entry) = self.legs.remove(leg) else { return };
        if let Some(slot) = entry.slot {
            self.channels.free(slot, leg);
        }
        self.out.push_back(PriOutput::Leg { leg, indication: LegIndication::Released { cause } });
    }

    pub(crate) fn hear_interface(&mut self, now: Monotonic, indication: InterfaceIndication) {
        match indication {
            InterfaceIndication::Restart(scope) => {
                self.restarted(scope);
                self.control.restart_response(now, scope);
            }
            InterfaceIndication::RestartConfirm(scope) => self.restarted(scope),
            InterfaceIndication::RestartFailed(RestartScope::Channel(slot)) => {
                self.channels.set(slot, Channel::Maintenance);
                self.tell(SpanIndication::RestartFailed { slot: Some(slot) });
            }
            InterfaceIndication::RestartFailed(RestartScope::Interface) => {
                self.tell(SpanIndication::RestartFailed { slot: None });
            }
            InterfaceIndication::Maintenance { slot } => self.restart_channel(now, slot),
        }
    }

    /// The channels are idle on both sides; their legs were released before.
    fn restarted(&mut self, scope: RestartScope) {
        let slots: Vec<u8> = match scope {
            RestartScope::Channel(slot) => vec![slot],
            RestartScope::Interface => self.channels.slots().collect(),
        };
        for slot in slots {
            // A call that came in while the answer was under way keeps its channel.
            if matches!(self.channels.get(slot), Channel::Maintenance | Channel::Restarting | Channel::Idle) {
                self.channels.set(slot, Channel::Idle);
                self.tell(SpanIndication::Restarted { slot });
            }
        }
    }

    fn tell(&mut self, indication: SpanIndication) {
        self.out.push_back(PriOutput::Span(indication));
    }
}
