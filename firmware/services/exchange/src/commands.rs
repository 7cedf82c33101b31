//! What consoles ask: seats, circuits, calls.

use crate::machine::{Exchange, SeatLeg};
use crate::port::Effect;
use crate::table::Errand;
use calls::{Call, Facts, Leg, Signal, Stage};
use desk::{Actor, Command, Refusal, SeatCommand, TransferMode};
use identity::{AgentId, CallId, CircuitId, LegId};
use ledger::{Direction, Event, Place};
use legs::{LegRequest, SpanRequest};
use numbering::{Cause, Digits, PartyNumber};
use plan::MediaRequest;
use routing::Route;
use settings::Role;

fn refused(why: acd::Refused) -> Refusal {
    match why {
        acd::Refused::NoSuchAgent => Refusal::NoSuchAgent,
        acd::Refused::NotSignedIn => Refusal::NotSignedIn,
        acd::Refused::AlreadySignedIn => Refusal::AlreadySignedIn,
        acd::Refused::ExtensionInUse => Refusal::ExtensionInUse,
        acd::Refused::CodeNeeded => Refusal::CodeNeeded,
        acd::Refused::NoSuchQueue | acd::Refused::NotNow | acd::Refused::AlreadyQueued => Refusal::NotNow,
    }
}

impl Exchange {
    pub(crate) fn command(&mut self, actor: Actor, command: Command) -> Result<(), Refusal> {
        match command {
            Command::Seat { agent, command } => {
                if actor != Actor::Agent(agent) {
                    self.require(actor, Role::Supervisor)?;
                }
                self.seat_command(agent, command)
            }
            Command::BlockCircuit { circuit } => self.administrate(actor, |x| x.block(circuit, true)),
            Command::UnblockCircuit { circuit } => self.administrate(actor, |x| x.block(circuit, false)),
            Command::ResetCircuit { circuit } => self.administrate(actor, |x| x.reset_circuit(circuit)),
            Command::TestCircuit { circuit, test } => self.administrate(actor, |x| x.test_circuit(circuit, test)),
            Command::ResetSpan { span } => self.administrate(actor, |x| x.reset_span(span)),
            Command::MessageWaiting { extension, waiting } => {
                self.require(actor, Role::Supervisor)?;
                self.message_waiting(extension, waiting)
            }
            Command::Room { room, command } => {
                self.require(actor, Role::Supervisor)?;
                self.room_command(room, command)
            }
            Command::ReleaseCall { call } => {
                self.require(actor, Role::Supervisor)?;
                if self.table.call(call).is_none_or(|c| *c.stage() == Stage::Over) {
                    return Err(Refusal::NoSuchCall);
                }
                self.release_call(call, Cause::NormalClearing.into());
                Ok(())
            }
        }
    }

    fn require(&self, actor: Actor, least: Role) -> Result<(), Refusal> {
        match actor {
            Actor::Administrator => Ok(()),
            Actor::Agent(agent) => {
                let role = self.house.agent(agent).ok_or(Refusal::NoSuchAgent)?.role;
                if role >= least { Ok(()) } else { Err(Refusal::NotAllowed) }
            }
        }
    }

    fn administrate(
        &mut self,
        actor: Actor,
        what: impl FnOnce(&mut Exchange) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        self.require(actor, Role::Administrator)?;
        what(self)
    }

    fn block(&mut self, circuit: CircuitId, block: bool) -> Result<(), Refusal> {
        let now = self.now().wall;
        let changed = self.circuits.block(circuit, block, now).map_err(|_| Refusal::NoSuchCircuit)?;
        if changed {
            self.end_test(circuit);
            let CircuitId { span, slot } = circuit;
            self.effect(Effect::Span { span, request: SpanRequest::Serve { slot, serve: !block } });
        }
        Ok(())
    }

    fn reset_circuit(&mut self, circuit: CircuitId) -> Result<(), Refusal> {
        let now = self.now().wall;
        self.circuits.restarting(circuit, now).map_err(|_| Refusal::NoSuchCircuit)?;
        self.end_test(circuit);
        if let Some(leg) = self.circuits.owner(circuit)
            && let Some(call) = self.table.of_leg(leg)
        {
            self.release_leg(call, leg, Cause::TemporaryFailure.into());
        }
        let CircuitId { span, slot } = circuit;
        self.effect(Effect::Span { span, request: SpanRequest::RestartCircuit { slot } });
        Ok(())
    }

    fn reset_span(&mut self, span: identity::SpanId) -> Result<(), Refusal> {
        if !self.circuits.has_span(span) {
            return Err(Refusal::NoSuchSpan);
        }
        let now = self.now().wall;
        let slots: Vec<u8> = self.circuits.of_span(span).map(|(slot, ..)| slot).collect();
        for slot in slots {
            let circuit = CircuitId { span, slot };
            self.end_test(circuit);
            let misuse = self.circuits.restarting(circuit, now).err();
            self.board.misuse(misuse);
            if let Some(leg) = self.circuits.owner(circuit)
                && let Some(call) = self.table.of_leg(leg)
            {
                self.release_leg(call, leg, Cause::TemporaryFailure.into());
            }
        }
        self.effect(Effect::Span { span, request: SpanRequest::RestartSpan });
        Ok(())
    }

    fn seat_command(&mut self, agent: AgentId, command: SeatCommand) -> Result<(), Refusal> {
        let now = self.now();
        self.house.agent(agent).ok_or(Refusal::NoSuchAgent)?;
        match command {
            SeatCommand::SignIn { extension } => self.sign_in(agent, extension),
            SeatCommand::SignOut => self.acd.sign_out(now, agent).map_err(refused),
            SeatCommand::Ready => self.acd.ready(now, agent).map_err(refused),
            SeatCommand::Busy { reason } => self.acd.busy(now, agent, reason).map_err(refused),
            SeatCommand::WrapUp { code, note } => {
                let (code, note) = (desk::note(code)?, desk::note(note)?);
                self.acd.wrap_up_done(now, agent, acd::Remark { code, note }).map_err(refused)
            }
            SeatCommand::AmendWrapUp { call, code, note } => {
                self.amend_wrap_up(agent, call, desk::note(code)?, desk::note(note)?)
            }
            SeatCommand::Answer => self.pick_up(agent),
            SeatCommand::Dial { number } => self.dial(agent, number),
            SeatCommand::Unpark { slot } => self.unpark(agent, slot),
            SeatCommand::Supervise { agent: whom, mode } => self.supervise(agent, whom, mode),
            SeatCommand::HangUp
            | SeatCommand::Hold
            | SeatCommand::Retrieve
            | SeatCommand::Transfer { .. }
            | SeatCommand::TransferToQueue { .. }
            | SeatCommand::CompleteTransfer
            | SeatCommand::CancelTransfer
            | SeatCommand::ThreeWay
            | SeatCommand::Park
            | SeatCommand::PauseRecording
            | SeatCommand::ResumeRecording
            | SeatCommand::Key { .. } => {
                self.extension_of_agent(agent)?;
                let (call, leg) = self.hand(agent).ok_or(Refusal::NotNow)?;
                self.in_call(call, leg, command)
            }
        }
    }

    /// A command on the call in hand.
    fn in_call(&mut self, call: CallId, leg: LegId, command: SeatCommand) -> Result<(), Refusal> {
        let not_now = |done: Option<Result<(), calls::NotNow>>| done.and_then(Result::ok).ok_or(Refusal::NotNow);
        match command {
            SeatCommand::HangUp => {
                self.release_leg(call, leg, Cause::NormalClearing.into());
                Ok(())
            }
            SeatCommand::Hold => not_now(self.on(call, |call, out| call.hold(leg, out).map(drop))),
            SeatCommand::Retrieve => not_now(self.on(call, |call, out| call.retrieve(leg, out).map(drop))),
            SeatCommand::Transfer { to, mode: TransferMode::Blind } => self.blind_transfer(call, leg, to, false),
            SeatCommand::Transfer { to, mode: TransferMode::Attended } => self.consult(call, leg, to),
            SeatCommand::TransferToQueue { queue } => self.transfer_to_queue(call, leg, queue),
            SeatCommand::CompleteTransfer => {
                self.may_let_go(call, leg)?;
                not_now(self.on(call, |call, _| call.complete_transfer(leg)))?;
                self.release_leg(call, leg, Cause::NormalClearing.into());
                Ok(())
            }
            SeatCommand::CancelTransfer => {
                let dropped = self.on(call, |call, out| call.cancel_transfer(leg, out));
                let dropped = dropped.and_then(Result::ok).ok_or(Refusal::NotNow)?;
                if let Some(dropped) = dropped {
                    self.release_leg(call, dropped, Cause::NormalClearing.into());
                }
                Ok(())
            }
            SeatCommand::ThreeWay => not_now(self.on(call, |call, out| call.three_way(leg, out))),
            SeatCommand::Park => self.park(call, leg),
            SeatCommand::PauseRecording => self.pause_recording(call, leg),
            SeatCommand::ResumeRecording => self.resume_recording(call, leg),
            SeatCommand::Key { key } => {
                let peer = self.table.call(call).and_then(|c| c.stage().talks_to(leg));
                let mut keys = Digits::default();
                keys.push(key);
                self.media(MediaRequest::SendKeys { leg: peer.ok_or(Refusal::NotNow)?, keys });
                Ok(())
            }
            _ => Err(Refusal::NotNow),
        }
    }

    /// Other words for a call that still waits for its record, because another agent is at its after-call work.
    fn amend_wrap_up(
        &mut self,
        agent: AgentId,
        call: CallId,
        code: Option<String>,
        note: Option<String>,
    ) -> Result<(), Refusal> {
        let entry = self.table.get(call).ok_or(Refusal::NoSuchCall)?;
        let done =
            |record: &ledger::Record| matches!(record.event, Event::WrapUpEnded { agent: who, .. } if who == agent);
        if entry.visit.wrap_ups.contains(&agent) || !entry.call.ledger().iter().any(done) {
            return Err(Refusal::NotNow);
        }
        let queue = entry.visit.queue.and_then(|queue| self.house.queue(queue));
        if !queue.is_none_or(|queue| queue.takes_code(code.as_deref())) {
            return Err(Refusal::CodeNeeded);
        }
        self.write(call, Event::WrapUpAmended { agent, code, note });
        Ok(())
    }

    fn sign_in(&mut self, agent: AgentId, extension: Digits) -> Result<(), Refusal> {
        if !self.house.plan.has_extension(&extension) {
            return Err(Refusal::ExtensionUnknown);
        }
        if !self.lines.reachable(&extension) {
            return Err(Refusal::ExtensionUnreachable);
        }
        let now = self.now();
        self.acd.sign_in(now, agent, extension.clone(), true).map_err(refused)?;
        // Calls that the telephone has already are the agent's now.
        let at_phone = |leg: &&Leg| leg.live() && leg.extension() == Some(&extension);
        let legs: Vec<(CallId, LegId)> = self
            .table
            .iter()
            .flat_map(|(id, entry)| entry.call.legs().iter().filter(at_phone).map(move |leg| (id, leg.id)))
            .collect();
        for (call, leg) in legs {
            self.on(call, |call, _| {
                if let Some(leg) = call.leg_mut(leg) {
                    leg.agent = Some(agent);
                }
            });
            self.seats.entry(agent).or_default().push(SeatLeg { leg, own: true });
            self.acd.occupy(now, agent);
        }
        Ok(())
    }

    pub(crate) fn extension_of_agent(&self, agent: AgentId) -> Result<Digits, Refusal> {
        self.acd.agent(agent).and_then(|status| status.extension).ok_or(Refusal::NotSignedIn)
    }

    /// Asks the ringing telephone to go off-hook.
    fn pick_up(&mut self, agent: AgentId) -> Result<(), Refusal> {
        self.extension_of_agent(agent)?;
        let legs: Vec<LegId> = self.seats.get(&agent).map(|s| s.iter().map(|l| l.leg).collect()).unwrap_or_default();
        for leg in legs {
            let Some(call) = self.table.of_leg(leg) else { continue };
            let rings = self
                .table
                .call(call)
                .and_then(|c| c.leg(leg))
                .is_some_and(|l| matches!(l.signal(), Signal::Calling | Signal::Ringing));
            if rings {
                self.on(call, |call, out| call.request(leg, LegRequest::AnswerNow, out));
                return Ok(());
            }
        }
        Err(Refusal::NotNow)
    }

    fn dial(&mut self, agent: AgentId, number: Digits) -> Result<(), Refusal> {
        let own = self.extension_of_agent(agent)?;
        let route = self.route_for(&own, &number)?;
        let direction = match route {
            Route::Trunks { .. } | Route::Emergency { .. } => Direction::Outbound,
            Route::Flow(_) | Route::Queue(_) | Route::Room(_) | Route::Extension(_) | Route::Parked(_) => {
                Direction::Internal
            }
        };
        self.fetch(agent, own, number.clone(), direction, Errand::Dial(number))
    }

    fn unpark(&mut self, agent: AgentId, slot: Digits) -> Result<(), Refusal> {
        let own = self.extension_of_agent(agent)?;
        let there = self.parked_in(&slot).ok_or(Refusal::NoParkSlot)?;
        self.fetch(agent, own, slot, Direction::Internal, Errand::Unpark(there))
    }

    /// Rings the agent's own telephone, which answers by itself if it can, for an errand.
    fn fetch(
        &mut self,
        agent: AgentId,
        own: Digits,
        number: Digits,
        direction: Direction,
        errand: Errand,
    ) -> Result<(), Refusal> {
        if self.hand(agent).is_some() {
            return Err(Refusal::NotNow);
        }
        if !self.lines.reachable(&own) {
            return Err(Refusal::ExtensionUnreachable);
        }
        if self.table.len() >= self.capacity() {
            return Err(Refusal::Congested);
        }
        let now = self.now();
        let leg = self.table.new_leg();
        let (line, target) = self.way_to(leg, &own).map_err(crate::transfers::refusal_of)?;
        let call = self.table.new_call(now);
        let place = Place::Extension(own.clone());
        let facts = Facts::new(direction, now.wall, Some(PartyNumber::plain(own.clone())), number.clone());
        let party = Leg::outgoing(leg, line, ledger::Role::Caller, place.clone(), own.clone()).of_agent(Some(agent));
        let party = party.at_port(self.port_at(line, &place));
        self.table.insert(Call::begin(call, facts, party));
        if let Some(entry) = self.table.get_mut(call) {
            entry.visit.errand = Some(errand);
        }
        self.leg_begins(leg, &place, Some(agent), true);
        // The telephone shows whom it is about to be connected to.
        self.set_up(call, leg, own, Some(PartyNumber::plain(number)), target, true);
        Ok(())
    }
}
