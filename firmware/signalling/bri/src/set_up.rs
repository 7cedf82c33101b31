//! Call set-up on one data link, in both directions, and who gets which channel.

use crate::config::Mode;
use crate::legs_of_calls::{Leg, Party, SOLE, Stage, Terminal};
use crate::span::BriSpan;
use clock::Monotonic;
use identity::{CircuitId, LegId};
use legs::{Incoming, LegIndication, Origin, Outgoing, Target};
use numbering::{Cause, CauseLocation, ClearCause};
use pri::{Channel, Unavailable, leg_setup, setup_request};
use q931::{
    CallHandle, CallRequest, ChannelIdentification, ChannelSelection, Refusal, RestartScope, SetupIndication, Side,
};

impl BriSpan {
    /// An outgoing leg: seizes the channel and sends SETUP, or releases the leg at once.
    pub(crate) fn set_up(&mut self, now: Monotonic, leg: LegId, outgoing: Outgoing) {
        if self.legs.get(leg).is_some() {
            self.counters.ignored_requests += 1;
            return;
        }
        if let Err(cause) = self.try_set_up(now, leg, outgoing) {
            self.tell_leg(leg, LegIndication::Released { cause: ClearCause::ours(cause) });
        }
    }

    fn try_set_up(&mut self, now: Monotonic, leg: LegId, outgoing: Outgoing) -> Result<(), Cause> {
        let slot = match outgoing.target {
            Target::Circuit(circuit) if circuit.span == self.config.span => circuit.slot,
            Target::Circuit(_) | Target::Extension(_) => return Err(Cause::RequestedCircuitNotAvailable),
        };
        // The data link notices a dead line after seconds only; a caller should be on another trunk by then.
        if self.exchange.alarms.out_of_service() {
            return Err(Cause::NetworkOutOfOrder);
        }
        self.channels.check_free(slot).map_err(|_| Cause::RequestedCircuitNotAvailable)?;
        let party = if self.config.has_terminals() {
            self.call_all_terminals(now, leg, slot, outgoing.setup)?
        } else {
            self.call_the_peer(now, slot, outgoing)?
        };
        self.channels.set(slot, Channel::Seized(leg));
        self.legs.insert(leg, Leg { party, slot: Some(slot), stage: Stage::Negotiating });
        Ok(())
    }

    fn call_the_peer(&mut self, now: Monotonic, slot: u8, outgoing: Outgoing) -> Result<Party, Cause> {
        let channel = ChannelIdentification::basic(slot, false);
        let request = setup_request(self.config.side, channel, outgoing.setup, self.config.overlap_sending);
        let station = self.stations.get_mut(&SOLE).ok_or(Cause::NetworkOutOfOrder)?;
        let call = station.control.setup(now, request).map_err(|refusal| match refusal {
            Refusal::LinkDown => Cause::NetworkOutOfOrder,
            Refusal::Full | Refusal::NotServed => Cause::NoCircuitAvailable,
        })?;
        Ok(Party::Call { terminal: SOLE, call })
    }

    /// An incoming call: gives it a channel and a leg, or refuses it.
    pub(crate) fn setup_indication(
        &mut self,
        now: Monotonic,
        terminal: Terminal,
        call: CallHandle,
        setup: SetupIndication,
    ) {
        if !setup.bearer.is_telephony() {
            return self.refuse(now, (terminal, call), setup, self.kind_refused());
        }
        self.give_up_released(setup.channel.as_ref());
        let slot = match self.choose_channel(setup.channel.as_ref()) {
            Ok(slot) => slot,
            Err(cause) => {
                self.counters.no_channel += 1;
                return self.refuse(now, (terminal, call), setup, cause);
            }
        };
        if let Channel::Seized(loser) = self.channels.get(slot)
            && let Some(leg) = self.legs.get_mut(loser)
        {
            // 5.7: the network has priority; it will name another channel for our call, or clear it.
            leg.slot = None;
        }
        let leg = self.exchange.ids.allocate();
        self.channels.set(slot, Channel::Seized(leg));
        self.legs.insert(leg, Leg { party: Party::Call { terminal, call }, slot: Some(slot), stage: Stage::Settled });
        self.with_control(terminal, |control| control.request(now, call, CallRequest::SelectChannel { slot }));
        let circuit = CircuitId { span: self.config.span, slot };
        let setup = leg_setup(setup, self.config.overlap_receiving);
        let incoming = Incoming { setup, origin: Origin::Circuit(circuit), replaces: None };
        self.tell_leg(leg, LegIndication::Setup(Box::new(incoming)));
    }

    /// On a bus the network's SETUP is broadcast, and may overtake the RELEASE COMPLETE that waits for the data link's window. It gives
    /// out a channel only after it has released it (5.2.3.2, 5.3.3, 5.3.4), so that the call before has ended there.
    fn give_up_released(&mut self, asked: Option<&ChannelIdentification>) {
        let on_a_bus = self.is_user() && self.config.mode == Mode::PointToMultipoint;
        let Some(slot) = asked.filter(|_| on_a_bus).and_then(ChannelIdentification::single_slot) else { return };
        let Channel::Seized(leg) = self.channels.get(slot) else { return };
        let Some(Party::Call { terminal, call }) = self.legs.get(leg).map(|leg| leg.party) else { return };
        let releasing = self.stations.get(&terminal).and_then(|station| station.control.releasing(call));
        if let Some(cause) = releasing {
            self.end_leg(leg, cause);
        }
    }

    /// What a call of a kind that we do not serve hears: a terminal is incompatible (annex B.3.2), a network lacks the service.
    fn kind_refused(&self) -> Cause {
        if self.is_user() { Cause::InvalidDestination } else { Cause::BearerNotImplemented }
    }

    /// The exchange is told for the record, with the channel that was asked for: 0, which carries no speech, if none was named.
    fn refuse(
        &mut self,
        now: Monotonic,
        (terminal, call): (Terminal, CallHandle),
        setup: SetupIndication,
        cause: Cause,
    ) {
        let said = self.cause(cause);
        self.with_control(terminal, |control| control.request(now, call, CallRequest::Release { cause: said }));
        let asked = setup.channel.as_ref().and_then(ChannelIdentification::single_slot);
        let circuit = CircuitId { span: self.config.span, slot: asked.unwrap_or(0) };
        let setup = leg_setup(setup, self.config.overlap_receiving);
        let incoming = Box::new(Incoming { setup, origin: Origin::Circuit(circuit), replaces: None });
        let leg = self.exchange.ids.allocate();
        self.tell_leg(leg, LegIndication::TurnedAway { incoming, cause: ClearCause::ours(cause) });
    }

    /// 5.1.2 and 5.2.3: what the peer asks for, or an alternative if it may be one.
    fn choose_channel(&mut self, asked: Option<&ChannelIdentification>) -> Result<u8, Cause> {
        // 5.2.5.1: a terminal without a free channel is busy; at the network there is no circuit.
        let none = if self.is_user() { Cause::UserBusy } else { Cause::NoCircuitAvailable };
        let alternative = self.channels.first_free().ok_or(none);
        let Some(asked) = asked else { return alternative };
        let slot = match asked.selection {
            ChannelSelection::Any => return alternative,
            ChannelSelection::Basic(slot) => slot,
            ChannelSelection::None => return Err(none),
            ChannelSelection::Primary { .. } | ChannelSelection::Interface => {
                return Err(Cause::IdentifiedChannelDoesNotExist);
            }
        };
        match self.channels.check_offered(slot) {
            Ok(()) => return Ok(slot),
            Err(Unavailable::Absent) => return Err(Cause::IdentifiedChannelDoesNotExist),
            Err(Unavailable::Busy) => {}
        }
        if self.is_glare(slot) {
            self.counters.glare += 1;
            if self.config.side == Side::User {
                return Ok(slot);
            }
        }
        if asked.exclusive { alternative.and(Err(Cause::RequestedCircuitNotAvailable)) } else { alternative }
    }

    /// 5.7: both sides sent SETUP for the same channel.
    fn is_glare(&self, slot: u8) -> bool {
        let Channel::Seized(leg) = self.channels.get(slot) else { return false };
        self.legs.get(leg).is_some_and(|leg| leg.stage == Stage::Negotiating)
    }

    /// The peer's first answer to our SETUP names another channel. Refused with #6 if it is not to be had.
    pub(crate) fn channel_indication(&mut self, now: Monotonic, leg: LegId, slot: u8) {
        let free = self.channels.check_offered(slot).is_ok();
        let Some(entry) = self.legs.get_mut(leg) else { return };
        // The peer put the call elsewhere: the channel that we asked for is idle on both sides, whatever becomes of the call.
        if let Some(before) = entry.slot.take() {
            self.channels.free(before, leg);
        }
        if !free {
            return self.refuse_channel(now, leg);
        }
        entry.slot = Some(slot);
        self.channels.set(slot, Channel::Seized(leg));
        let circuit = CircuitId { span: self.config.span, slot };
        self.tell_leg(leg, LegIndication::CircuitChanged { circuit });
    }

    fn refuse_channel(&mut self, now: Monotonic, leg: LegId) {
        let cause = self.cause(Cause::ChannelUnacceptable);
        let Some(entry) = self.legs.get_mut(leg) else { return };
        entry.stage = Stage::Refused;
        if let Party::Call { terminal, call } = entry.party {
            self.with_control(terminal, |control| control.request(now, call, CallRequest::Release { cause }));
        }
    }

    /// The peer answered. False if the leg is not to be told: it has no channel.
    pub(crate) fn settle_leg(&mut self, now: Monotonic, leg: LegId) -> bool {
        let Some(entry) = self.legs.get_mut(leg) else { return false };
        match (entry.stage, entry.slot) {
            (Stage::Refused, _) => false,
            (Stage::Negotiating | Stage::Settled, Some(_)) => {
                entry.stage = Stage::Settled;
                true
            }
            // The peer keeps to the channel that we gave up to its own call.
            (Stage::Negotiating | Stage::Settled, None) => {
                self.refuse_channel(now, leg);
                false
            }
        }
    }

    /// A cause that this span gives to its peer.
    pub(crate) fn cause(&self, cause: Cause) -> ClearCause {
        match self.config.side {
            Side::User => ClearCause { cause, location: CauseLocation::User },
            Side::Network => ClearCause::ours(cause),
        }
    }

    /// Point to point, a channel whose RELEASE was never answered is restarted (5.5); a bus has no RESTART, and its channels are the network's.
    pub(crate) fn maintenance(&mut self, now: Monotonic, slot: u8) {
        if self.config.mode == Mode::PointToPoint {
            self.restart_channel(now, slot);
        }
    }

    pub(crate) fn restart_channel(&mut self, now: Monotonic, slot: u8) {
        self.with_control(SOLE, |control| control.restart(now, RestartScope::Channel(slot)));
        self.settle(now);
        self.channels.set(slot, Channel::Restarting);
    }
}
