//! Call set-up in both directions, and who gets which channel.

use crate::channels::{Channel, Unavailable};
use crate::legs_of_calls::{Leg, Stage};
use crate::span::{PriOutput, PriSpan};
use crate::words::{leg_setup, setup_request};
use clock::Monotonic;
use identity::{CircuitId, LegId};
use legs::{Incoming, LegIndication, Origin, Outgoing, Target};
use numbering::{Cause, ClearCause};
use q931::{CallHandle, CallRequest, ChannelIdentification, ChannelSelection, Refusal, SetupIndication, Side};

impl PriSpan {
    /// An outgoing leg: seizes the channel and sends SETUP, or releases the leg at once.
    pub(crate) fn set_up(&mut self, now: Monotonic, leg: LegId, outgoing: Outgoing) {
        if self.legs.contains(leg) {
            self.counters.ignored_requests += 1;
            return;
        }
        match self.try_set_up(now, leg, outgoing) {
            Ok(()) => {}
            Err(cause) => {
                let indication = LegIndication::Released { cause: ClearCause::ours(cause) };
                self.out.push_back(PriOutput::Leg { leg, indication });
            }
        }
    }

    fn try_set_up(&mut self, now: Monotonic, leg: LegId, outgoing: Outgoing) -> Result<(), Cause> {
        let slot = match outgoing.target {
            Target::Circuit(circuit) if circuit.span == self.config.span => circuit.slot,
            Target::Circuit(_) | Target::Extension(_) => return Err(Cause::RequestedCircuitNotAvailable),
        };
        // The data link notices a dead line after seconds only; a caller should be on another trunk by then.
        if self.alarms.out_of_service() {
            return Err(Cause::NetworkOutOfOrder);
        }
        self.channels.check_free(slot).map_err(|_| Cause::RequestedCircuitNotAvailable)?;
        let channel = ChannelIdentification::slot(slot, false);
        let request = setup_request(self.config.side, channel, outgoing.setup, self.config.overlap_sending);
        let call = self.control.setup(now, request).map_err(|refusal| match refusal {
            Refusal::LinkDown => Cause::NetworkOutOfOrder,
            Refusal::Full | Refusal::NotServed => Cause::NoCircuitAvailable,
        })?;
        self.channels.set(slot, Channel::Seized(leg));
        self.legs.insert(leg, Leg { call, slot: Some(slot), stage: Stage::Negotiating });
        Ok(())
    }

    /// An incoming call: gives it a channel and a leg, or refuses it.
    pub(crate) fn setup_indication(&mut self, now: Monotonic, call: CallHandle, setup: SetupIndication) {
        if !setup.bearer.is_telephony() {
            return self.refuse(now, call, setup, Cause::BearerNotImplemented);
        }
        let slot = match self.choose_channel(setup.channel.as_ref()) {
            Ok(slot) => slot,
            Err(cause) => {
                self.counters.no_channel += 1;
                return self.refuse(now, call, setup, cause);
            }
        };
        if let Channel::Seized(loser) = self.channels.get(slot) {
            self.yield_channel(loser);
        }
        let leg = self.ids.allocate();
        self.channels.set(slot, Channel::Seized(leg));
        self.legs.insert(leg, Leg { call, slot: Some(slot), stage: Stage::Settled });
        self.control.request(now, call, CallRequest::SelectChannel { slot });
        let circuit = CircuitId { span: self.config.span, slot };
        let setup = leg_setup(setup, self.config.overlap_receiving);
        let incoming = Incoming { setup, origin: Origin::Circuit(circuit), replaces: None };
        self.out.push_back(PriOutput::Leg { leg, indication: LegIndication::Setup(Box::new(incoming)) });
    }

    /// The exchange is told for the record, with the timeslot that was asked for: 0, which carries no speech, if none was named.
    fn refuse(&mut self, now: Monotonic, call: CallHandle, setup: SetupIndication, cause: Cause) {
        self.control.request(now, call, CallRequest::Release { cause: self.cause(cause) });
        let asked = setup.channel.as_ref().and_then(|channel| match channel.selection {
            ChannelSelection::Primary { slots, .. } => slots.iter().next(),
            _ => None,
        });
        let circuit = CircuitId { span: self.config.span, slot: asked.unwrap_or(0) };
        let setup = leg_setup(setup, self.config.overlap_receiving);
        let incoming = Box::new(Incoming { setup, origin: Origin::Circuit(circuit), replaces: None });
        let indication = LegIndication::TurnedAway { incoming, cause: ClearCause::ours(cause) };
        self.out.push_back(PriOutput::Leg { leg: self.ids.allocate(), indication });
    }

    /// 5.1.2 and 5.2.3: what the peer asks for, or an alternative if it may be one.
    fn choose_channel(&mut self, asked: Option<&ChannelIdentification>) -> Result<u8, Cause> {
        let alternative = self.channels.first_free().ok_or(Cause::NoCircuitAvailable);
        let Some(asked) = asked else { return alternative };
        let slots = match asked.selection {
            ChannelSelection::Any => return alternative,
            ChannelSelection::Primary { slots, .. } => slots,
            ChannelSelection::None => return Err(Cause::NoCircuitAvailable),
            ChannelSelection::Basic(_) | ChannelSelection::Interface => {
                return Err(Cause::IdentifiedChannelDoesNotExist);
            }
        };
        if let Some(slot) = slots.iter().find(|slot| self.channels.check_offered(*slot).is_ok()) {
            return Ok(slot);
        }
        if let Some(slot) = slots.iter().find(|slot| self.is_glare(*slot)) {
            self.counters.glare += 1;
            if self.config.side == Side::User {
                return Ok(slot);
            }
        }
        if !asked.exclusive {
            return alternative;
        }
        match slots.iter().all(|slot| self.channels.check_free(slot) == Err(Unavailable::Absent)) {
            true => Err(Cause::IdentifiedChannelDoesNotExist),
            false => Err(Cause::RequestedCircuitNotAvailable),
        }
    }

    /// 5.7: both sides sent SETUP for the same channel.
    fn is_glare(&mut self, slot: u8) -> bool {
        let Channel::Seized(leg) = self.channels.get(slot) else { return false };
        self.legs.get_mut(leg).is_some_and(|leg| leg.stage == Stage::Negotiating)
    }

    /// The network has priority; it will name another channel for our call, or clear it.
    fn yield_channel(&mut self, loser: LegId) {
        if let Some(leg) = self.legs.get_mut(loser) {
            leg.slot = None;
        }
    }

    /// The peer's first answer to our SETUP names another channel. Refused with #6 if it is not to be had.
    pub(crate) fn channel_indication(&mut self, now: Monotonic, leg: LegId, slot: u8) {
        let free = self.channels.check_offered(slot).is_ok();
        let refusal = self.cause(Cause::ChannelUnacceptable);
        let Some(entry) = self.legs.get_mut(leg) else { return };
        // The peer put the call elsewhere: the channel that we asked for is idle on both sides, whatever becomes of the call.
        if let Some(before) = entry.slot.take() {
            self.channels.free(before, leg);
        }
        if !free {
            entry.stage = Stage::Refused;
            let call = entry.call;
            return self.control.request(now, call, CallRequest::Release { cause: refusal });
        }
        entry.slot = Some(slot);
        self.channels.set(slot, Channel::Seized(leg));
        let circuit = CircuitId { span: self.config.span, slot };
        self.out.push_back(PriOutput::Leg { leg, indication: LegIndication::CircuitChanged { circuit } });
    }

    /// The peer answered. False if the leg is not to be told: it has no channel.
    pub(crate) fn settle_leg(&mut self, now: Monotonic, leg: LegId) -> bool {
        let refusal = self.cause(Cause::ChannelUnacceptable);
        let Some(entry) = self.legs.get_mut(leg) else { return false };
        match (entry.stage, entry.slot) {
            (Stage::Refused, _) => false,
            (Stage::Negotiating | Stage::Settled, Some(_)) => {
                entry.stage = Stage::Settled;
                true
            }
            // The peer keeps to the channel that we gave up to its own call.
            (Stage::Negotiating | Stage::Settled, None) => {
                entry.stage = Stage::Refused;
                let call = entry.call;
                self.control.request(now, call, CallRequest::Release { cause: refusal });
                false
            }
        }
    }

    /// A cause that this span gives to its peer.
    pub(crate) fn cause(&self, cause: Cause) -> ClearCause {
        match self.config.side {
            Side::User => ClearCause { cause, location: numbering::CauseLocation::User },
            Side::Network => ClearCause::ours(cause),
        }
    }
}
