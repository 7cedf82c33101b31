//! What people in a random town think of doing next.

use crate::agenda::{Happening, PhoneDeed};
use crate::names::CallerId;
use crate::phones::PhoneState;
use crate::town::CallerState;
use crate::world::World;
use clock::Millis;
use desk::{Actor, AgentState, Command, SeatCommand, TransferMode};
use exchange::Input;
use identity::{AgentId, LegId};
use legs::LegRequest;
use numbering::{Cause, Digits, Key};
use plan::Supervision;
use settings::Role;
use std::str::FromStr;

impl World {
    pub(crate) fn caller_hangs_up(&mut self, id: CallerId) {
        let Some(caller) = self.town.callers.get(&id) else { return };
        let (span, state) = (caller.span, caller.state);
        let Some(leg) = state.leg() else { return };
        self.ladder.note(self.now, || format!("caller {} hangs up", id.0));
        let cause = Cause::NormalClearing.into();
        self.far_request(span, leg, LegRequest::Disconnect { cause, inband: false });
    }

    pub(crate) fn caller_presses(&mut self, id: CallerId, key: Key) {
        let circuit = self.town.callers.get(&id).and_then(|caller| caller.circuit);
        let Some(leg) = circuit.and_then(|circuit| self.media.on_circuit(circuit)) else { return };
        let life = self.house.life;
        self.agenda.plan(self.now.mono + Millis(110), Happening::KeyHeard { life, leg, key });
    }

    pub(crate) fn caller_thinks(&mut self, id: CallerId) {
        let Some(caller) = self.town.callers.get(&id) else { return };
        let (state, manner) = (caller.state, caller.manner);
        let Some(manner) = manner else { return };
        if matches!(state, CallerState::Gone { .. }) {
            return;
        }
        if self.now.mono >= manner.patience {
            self.caller_hangs_up(id);
        } else if matches!(state, CallerState::Answered { .. }) && self.random.permille(manner.keys) {
            let keys: Vec<Key> = "1111222334567890*#".chars().filter_map(Key::new).collect();
            let key = *self.random.pick(&keys);
            self.caller_presses(id, key);
        }
        let next = Millis(self.random.within(400, 4000));
        self.agenda.plan(self.now.mono + next, Happening::CallerThinks(id));
    }

    pub(crate) fn redial(&mut self, id: CallerId) {
        let Some(caller) = self.town.callers.get_mut(&id) else { return };
        let Some(manner) = caller.manner.as_mut() else { return };
        manner.redials = false;
        let mut manner = *manner;
        let (span, called) = (caller.span, caller.called.clone());
        manner.patience = self.now.mono + Millis(self.random.within(2000, 120_000));
        let again = self.town_dials(span, called);
        self.give_manner(again, manner);
    }

    pub(crate) fn give_manner(&mut self, id: CallerId, manner: crate::habits::Manner) {
        if let Some(caller) = self.town.callers.get_mut(&id) {
            caller.manner = Some(manner);
        }
        let first = Millis(self.random.within(400, 4000));
        self.agenda.plan(self.now.mono + first, Happening::CallerThinks(id));
    }

    pub(crate) fn seat_asks(&mut self, agent: AgentId, command: SeatCommand) -> desk::Ticket {
        let ticket = self.house.ticket();
        let command = Command::Seat { agent, command };
        self.house.input(Input::Command { ticket, actor: Actor::Agent(agent), command });
        ticket
    }

    pub(crate) fn agent_thinks(&mut self, agent: AgentId) {
        if self.random.permille(60) {
            self.fiddles_with_phone(agent);
        } else if let Some(command) = self.next_deed(agent) {
            self.seat_asks(agent, command);
        }
        let next = Millis(self.random.within(800, 9000));
        self.agenda.plan(self.now.mono + next, Happening::AgentThinks(agent));
    }

    fn next_deed(&mut self, agent: AgentId) -> Option<SeatCommand> {
        let view = self.watch.view.agents.get(&agent)?;
        let (state, codes) = (view.state, view.wrap_up_codes.clone());
        let supervised = view.supervises.map(|supervised| supervised.agent);
        if let Some(deed) = self.supervises(agent, state, supervised) {
            return Some(deed);
        }
        let habits = *self.agents.get(&agent)?;
        let closing = self.closing;
        let random = &mut self.random;
        match state {
            AgentState::SignedOut => {
                let extension = self.house.settings.agents.iter().find(|a| a.id == agent)?.extension.clone()?;
                (!closing && random.permille(400)).then_some(SeatCommand::SignIn { extension })
            }
            AgentState::Busy if random.permille(500) => Some(SeatCommand::Ready),
            AgentState::Ready | AgentState::Busy if closing => None,
            AgentState::Ready | AgentState::Busy => {
                if random.permille(habits.goes_busy) {
                    Some(SeatCommand::Busy { reason: "rest".into() })
                } else if random.permille(habits.signs_out) {
                    Some(SeatCommand::SignOut)
                } else if random.permille(habits.dials) {
                    Some(SeatCommand::Dial { number: self.some_number() })
                } else {
                    None
                }
            }
            AgentState::Supervising => Some(SeatCommand::HangUp),
            AgentState::Ringing => random.permille(200).then_some(SeatCommand::Answer),
            AgentState::Dialling => random.permille(if closing { 900 } else { 80 }).then_some(SeatCommand::HangUp),
            AgentState::Talking | AgentState::Holding | AgentState::Consulting | AgentState::ThreeWay if closing => {
                Some(SeatCommand::HangUp)
            }
            AgentState::Talking => self.in_talk(habits),
            AgentState::Holding => Some(if random.permille(850) { SeatCommand::Retrieve } else { SeatCommand::HangUp }),
            AgentState::Consulting => {
                let deeds = [
                    SeatCommand::CompleteTransfer,
                    SeatCommand::CancelTransfer,
                    SeatCommand::ThreeWay,
                    SeatCommand::HangUp,
                ];
                random.permille(500).then(|| random.pick(&deeds).clone())
            }
            AgentState::ThreeWay => {
                let deeds = [SeatCommand::CancelTransfer, SeatCommand::HangUp];
                random.permille(300).then(|| random.pick(&deeds).clone())
            }
            AgentState::WrapUp if !closing && random.permille(100) => {
                Some(SeatCommand::Unpark { slot: numbering::Digits::from_str("700").ok()? })
            }
            AgentState::WrapUp => {
                let done = closing || random.permille(habits.wraps_up);
                done.then(|| SeatCommand::WrapUp { code: codes.first().cloned(), note: None })
            }
        }
    }

    /// Supervisors look into the calls of others between their own, and go from one mode to another there.
    fn supervises(&mut self, own: AgentId, state: AgentState, supervised: Option<AgentId>) -> Option<SeatCommand> {
        let (random, closing) = (&mut self.random, self.closing);
        let modes = [Supervision::Listen, Supervision::Whisper, Supervision::Barge, Supervision::Intrude];
        let may = |agent: &&settings::AgentSettings| agent.id == own && agent.role == Role::Supervisor;
        if closing || !self.house.settings.agents.iter().any(|agent| may(&agent)) {
            return None;
        }
        let agent = match state {
            AgentState::Supervising => supervised.filter(|_| !random.permille(200))?,
            AgentState::Ready | AgentState::Busy if random.permille(300) => {
                let talks = |view: &&desk::AgentView| view.id != own && view.call.is_some();
                let talking: Vec<AgentId> = self.watch.view.agents.values().filter(talks).map(|v| v.id).collect();
                if talking.is_empty() {
                    return None;
                }
                *random.pick(&talking)
            }
            _ => return None,
        };
        Some(SeatCommand::Supervise { agent, mode: *random.pick(&modes) })
    }

    /// Keys of the phone itself instead of the console.
    fn fiddles_with_phone(&mut self, agent: AgentId) {
        let extension = self.watch.view.agents.get(&agent).and_then(|view| view.extension.clone());
        let Some(extension) = extension else { return };
        let legs: Vec<LegId> = self.phones.legs_of(&extension);
        let Some(leg) = legs.last().copied() else { return };
        let other = *self.random.pick(&legs);
        let to = self.some_number();
        let deeds = [PhoneDeed::Hold, PhoneDeed::Retrieve, PhoneDeed::Refer(to), PhoneDeed::Join(other)];
        let deed = self.random.pick(&deeds).clone();
        self.phone_does(leg, deed);
    }

    fn in_talk(&mut self, habits: crate::habits::Diligence) -> Option<SeatCommand> {
        if self.random.permille(habits.hangs_up) {
            return Some(SeatCommand::HangUp);
        }
        if self.random.permille(habits.holds) {
            return Some(SeatCommand::Hold);
        }
        if !self.random.permille(habits.transfers) {
            return None;
        }
        let to = self.some_number();
        let deeds = [
            SeatCommand::Transfer { to: to.clone(), mode: TransferMode::Blind },
            SeatCommand::Transfer { to, mode: TransferMode::Attended },
            SeatCommand::Park,
            SeatCommand::Key { key: Key::new('5')? },
        ];
        Some(self.random.pick(&deeds).clone())
    }

    /// A number somebody might dial: an extension, a subscriber, or nobody's.
    fn some_number(&mut self) -> Digits {
        let extensions: Vec<Digits> = self.phones.phones.keys().cloned().collect();
        let outside: Vec<Digits> = self.town.subscribers.keys().cloned().collect();
        let pick = self.random.within(0, 11);
        let number = match pick {
            0..=4 if !extensions.is_empty() => Some(self.random.pick(&extensions).clone()),
            5..=8 if !outside.is_empty() => {
                let number = self.random.pick(&outside).clone();
                format!("0{number}").parse().ok()
            }
            9 => "4006".parse().ok(),
            _ => "8999".parse().ok(),
        };
        number.unwrap_or_default()
    }

    /// Users of phones put handsets back sooner or later.
    pub(crate) fn phones_hang_up(&mut self) {
        self.sip_phones_hang_up();
        let legs: Vec<LegId> =
            self.phones.legs.iter().filter(|(_, leg)| leg.state != PhoneState::Ringing).map(|(leg, _)| *leg).collect();
        for leg in legs {
            self.phone_does(leg, PhoneDeed::HangUp);
        }
    }
}
