//! What call control tells, turned into the words of legs and spans.

use crate::legs_of_calls::Terminal;
use crate::span::BriSpan;
use clock::Monotonic;
use identity::LegId;
use legs::{LegIndication, SpanIndication};
use pri::{Channel, call_indication};
use q931::{CallHandle, CallIndication, InterfaceIndication, RestartScope};

impl BriSpan {
    pub(crate) fn hear_call(
        &mut self,
        now: Monotonic,
        terminal: Terminal,
        call: CallHandle,
        indication: CallIndication,
    ) {
        match (indication, self.legs.leg_of(terminal, call)) {
            (CallIndication::Setup(setup), _) => self.setup_indication(now, terminal, call, *setup),
            // A part of a call to all terminals, or a call that was refused before it had a leg.
            (indication, None) => self.hear_part(now, terminal, call, indication),
            (CallIndication::Released { cause }, Some(leg)) => self.end_leg(leg, cause),
            (CallIndication::Channel { slot }, Some(leg)) => self.channel_indication(now, leg, slot),
            (indication, Some(leg)) => self.hear_leg(now, leg, indication),
        }
    }

    fn hear_leg(&mut self, now: Monotonic, leg: LegId, indication: CallIndication) {
        // The peer clears: it need not have named a channel.
        let clears = matches!(indication, CallIndication::Disconnect { .. });
        let told = call_indication(indication, self.config.overlap_sending);
        if clears || self.settle_leg(now, leg) {
            self.tell_if_any(leg, told);
        }
    }

    pub(crate) fn tell_if_any(&mut self, leg: LegId, told: Option<LegIndication>) {
        if let Some(indication) = told {
            self.tell_leg(leg, indication);
        }
    }

    pub(crate) fn hear_interface(&mut self, now: Monotonic, terminal: Terminal, indication: InterfaceIndication) {
        match indication {
            InterfaceIndication::Restart(scope) => {
                self.restarted(scope);
                self.with_control(terminal, |control| control.restart_response(now, scope));
            }
            InterfaceIndication::RestartConfirm(scope) => self.restarted(scope),
            InterfaceIndication::RestartFailed(RestartScope::Channel(slot)) => {
                self.channels.set(slot, Channel::Maintenance);
                self.tell(SpanIndication::RestartFailed { slot: Some(slot) });
            }
            InterfaceIndication::RestartFailed(RestartScope::Interface) => {
                self.tell(SpanIndication::RestartFailed { slot: None });
            }
            InterfaceIndication::Maintenance { slot } => self.maintenance(now, slot),
        }
    }

    /// The channels are idle on both sides; their legs were released before. A call of another terminal keeps its channel.
    fn restarted(&mut self, scope: RestartScope) {
        let slots: Vec<u8> = match scope {
            RestartScope::Channel(slot) => vec![slot],
            RestartScope::Interface => self.channels.slots().collect(),
        };
        for slot in slots {
            if matches!(self.channels.get(slot), Channel::Maintenance | Channel::Restarting | Channel::Idle) {
                self.channels.set(slot, Channel::Idle);
                self.tell(SpanIndication::Restarted { slot });
            }
        }
    }

    /// A peer that is back may answer the RESTART that it did not answer before.
    pub(crate) fn restart_maintenance(&mut self, now: Monotonic) {
        let slots: Vec<u8> =
            self.channels.slots().filter(|slot| self.channels.get(*slot) == Channel::Maintenance).collect();
        for slot in slots {
            self.restart_channel(now, slot);
        }
    }
}
