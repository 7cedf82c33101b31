//! Meeting rooms: members are calls of one party each, joined by the media engine only.

use crate::ending::{Leaving, outcome_of};
use crate::machine::Exchange;
use crate::table::{Errand, Service};
use calls::{Call, Facts, Leg, Stage};
use desk::{MemberView, Refusal, RoomCommand, RoomView};
use identity::{CallId, LegId, LineId, RoomId};
use ledger::{Destination, Direction, Event, Place, Role};
use legs::Target;
use numbering::{Cause, Digits, Key, PartyNumber};
use plan::TALKERS;
use recording::With;
use routing::Route;
use settings::RoomSettings;
use std::collections::{BTreeMap, BTreeSet};

/// Tries to key the PIN.
const TRIES: u8 = 3;

const ASK_PIN: &str = "meeting/pin";
const WRONG_PIN: &str = "meeting/wrong-pin";
/// After the last try.
const DENIED: &str = "meeting/denied";
const FULL: &str = "meeting/full";
/// To the first member, and to the last one.
const FIRST: &str = "meeting/first";
const ALONE: &str = "meeting/alone";

/// Who is in which room, and who talks there.
#[derive(Debug, Default)]
pub(crate) struct Meetings {
    rooms: BTreeMap<RoomId, Meeting>,
}

#[derive(Debug, Default)]
struct Meeting {
    members: BTreeSet<CallId>,
    talking: BTreeSet<LegId>,
}

impl Meetings {
    fn members(&self, room: RoomId) -> usize {
        self.rooms.get(&room).map_or(0, |meeting| meeting.members.len())
    }

    /// Members whose calls say otherwise.
    pub fn strays<'a>(&'a self, in_room: impl Fn(CallId) -> Option<RoomId> + 'a) -> impl Iterator<Item = CallId> + 'a {
        let stray = move |room: RoomId, call: CallId| (in_room(call) != Some(room)).then_some(call);
        self.rooms.iter().flat_map(move |(room, meeting)| {
            let room = *room;
            meeting.members.iter().filter_map(|call| stray(room, *call)).collect::<Vec<_>>()
        })
    }
}

/// The room that a call's party is in.
pub(crate) fn room_of(call: &Call) -> Option<RoomId> {
    match *call.stage() {
        Stage::Meeting { room, .. } => Some(room),
        _ => None,
    }
}

impl Exchange {
    fn room(&self, room: RoomId) -> Option<&RoomSettings> {
        self.house.settings.rooms.iter().find(|known| known.id == room)
    }

    /// A party comes to a room's door. `vouched`: somebody of the house sends it in, without PIN.
    pub(crate) fn enter_room(&mut self, call: CallId, leg: LegId, room: RoomId, vouched: bool) -> Result<(), Cause> {
        let settings = self.room(room).ok_or(Cause::DestinationOutOfOrder)?;
        let pin = settings.pin.clone();
        self.write(call, Event::Routed { to: Destination::Room(room) });
        if self.full(room) {
            // Whose line is not answered yet hears that it is busy, and pays nothing for it.
            let answered = self.table.call(call).and_then(|call| call.leg(leg)).is_some_and(calls::Leg::answered);
            if vouched || !answered {
                return Err(Cause::UserBusy);
            }
            self.turn_away(call, leg, &[FULL], Cause::UserBusy);
            return Ok(());
        }
        self.on(call, |call, out| call.answer(leg, None, out));
        if vouched || pin.is_empty() {
            self.on(call, |call, out| call.meet(leg, room, out));
        } else {
            self.ask_pin(call, leg, room, 1);
        }
        Ok(())
    }

    fn ask_pin(&mut self, call: CallId, leg: LegId, room: RoomId, tries: u8) {
        let (_, hears) = match tries {
            1 => self.announcement(call, &[ASK_PIN]),
            _ => self.announcement(call, &[WRONG_PIN, ASK_PIN]),
        };
        if let Some(entry) = self.table.get_mut(call) {
            entry.visit.service = Service::Entering { room, keyed: Digits::default(), tries };
        }
        self.on(call, |call, out| call.serve(leg, hears, true, out));
    }

    /// A key at a room's door.
    pub(crate) fn key_at_door(&mut self, call: CallId, leg: LegId, key: Key) {
        let Some(entry) = self.table.get_mut(call) else { return };
        // Whoever brought the party here may still be clearing.
        if !matches!(*entry.call.stage(), Stage::Served { leg: served, .. } if served == leg) {
            return;
        }
        let Service::Entering { room, keyed, tries } = &mut entry.visit.service else { return };
        let end = Key::new('#').is_some_and(|hash| hash == key);
        if !end {
            keyed.push(key);
        }
        let (room, keyed, tries) = (*room, keyed.clone(), *tries);
        let Some(pin) = self.room(room).map(|room| room.pin.clone()) else {
            return self.fail(call, leg, Cause::DestinationOutOfOrder.into());
        };
        if !end && keyed.len() < pin.len() {
            return;
        }
        if keyed == pin {
            self.leave_service(call, Leaving::Done);
            if self.full(room) {
                return self.turn_away(call, leg, &[FULL], Cause::UserBusy);
            }
            self.on(call, |call, out| call.meet(leg, room, out));
        } else if tries < TRIES {
            self.ask_pin(call, leg, room, tries + 1);
        } else {
            self.leave_service(call, Leaving::Done);
            self.turn_away(call, leg, &[WRONG_PIN, DENIED], Cause::CallRejected);
        }
    }

    fn full(&self, room: RoomId) -> bool {
        self.meetings.members(room) >= self.room(room).map_or(0, |room| room.most as usize)
    }

    /// Who is not let in hears why.
    fn turn_away(&mut self, call: CallId, leg: LegId, why: &[&str], cause: Cause) {
        self.on(call, |call, _| call.facts.ends_as(outcome_of(cause)));
        self.farewell(call, leg, why, cause);
    }

    /// Who came into a room or left one in this input; who is alone there hears music.
    pub(crate) fn meetings_settle(&mut self, id: CallId) {
        let Some(entry) = self.table.get_mut(id) else { return };
        let room = room_of(&entry.call);
        let before = std::mem::replace(&mut entry.visit.room, room);
        if before == room {
            return;
        }
        if let Stage::Meeting { leg, .. } = *entry.call.stage() {
            // An agent's call is recorded in a room too: what its party says, and what it hears of the others.
            entry.visit.agents_call |= entry.call.leg(leg).is_some_and(|leg| leg.agent.is_some());
            if entry.visit.agents_call && self.recordings.of_leg(leg).is_none() {
                self.recordings.connected(self.outbox.now, id, leg, With::Agent);
            }
        }
        for changed in [before, room].into_iter().flatten() {
            let meeting = self.meetings.rooms.entry(changed).or_default();
            if Some(changed) == room {
                meeting.members.insert(id);
            } else {
                meeting.members.remove(&id);
            }
            if meeting.members.is_empty() {
                self.meetings.rooms.remove(&changed);
            }
            self.board.touched.rooms.insert(changed);
            let members: Vec<CallId> =
                self.meetings.rooms.get(&changed).into_iter().flat_map(|m| m.members.iter().copied()).collect();
            // Between two and more nothing changes for the others.
            match *members {
                [] => {}
                [member] => {
                    let (_, so) = self.announcement(member, &[if member == id { FIRST } else { ALONE }]);
                    self.on(member, |call, _| call.alone(so));
                }
                [first, second] => [first, second].into_iter().for_each(|member| {
                    self.on(member, |call, _| call.in_company());
                }),
                _ => {
                    self.on(id, |call, _| call.in_company());
                }
            }
        }
    }

    pub(crate) fn talkers_told(&mut self, room: RoomId, legs: [Option<LegId>; TALKERS]) {
        if let Some(meeting) = self.meetings.rooms.get_mut(&room) {
            meeting.talking = legs.into_iter().flatten().collect();
            self.board.touched.rooms.insert(room);
        }
    }

    /// Rooms that are no more let their members go.
    pub(crate) fn rooms_configured(&mut self) {
        let gone: Vec<RoomId> = self.meetings.rooms.keys().copied().filter(|room| self.room(*room).is_none()).collect();
        gone.into_iter().for_each(|room| self.end_meeting(room));
        let configured = self.house.settings.rooms.iter().map(|room| room.id);
        let shown: Vec<RoomId> = self.board.rooms().chain(configured).collect();
        self.board.touched.rooms.extend(shown);
    }

    fn end_meeting(&mut self, room: RoomId) {
        let members: Vec<CallId> =
            self.meetings.rooms.get(&room).into_iter().flat_map(|m| m.members.iter().copied()).collect();
        members.into_iter().for_each(|call| self.release_call(call, Cause::NormalClearing.into()));
    }

    pub(crate) fn room_command(&mut self, room: RoomId, command: RoomCommand) -> Result<(), Refusal> {
        self.room(room).ok_or(Refusal::NoSuchRoom)?;
        match command {
            RoomCommand::Invite { number } => self.invite(room, &number),
            RoomCommand::Mute { leg, muted } => {
                let call = self.member(room, leg)?;
                self.board.touched.rooms.insert(room);
                let done = self.on(call, |call, out| call.mute(muted, out));
                done.and_then(Result::ok).ok_or(Refusal::NotNow)
            }
            RoomCommand::Remove { leg } => {
                let call = self.member(room, leg)?;
                self.release_leg(call, leg, Cause::NormalClearing.into());
                Ok(())
            }
            RoomCommand::End => {
                self.end_meeting(room);
                Ok(())
            }
        }
    }

    fn member(&self, room: RoomId, leg: LegId) -> Result<CallId, Refusal> {
        let call = self.table.of_leg(leg).ok_or(Refusal::NoSuchCall)?;
        let here = self.table.call(call).is_some_and(|call| room_of(call) == Some(room));
        if here { Ok(call) } else { Err(Refusal::NoSuchCall) }
    }

    /// Calls a number into a room: a call of its own, with that one party.
    fn invite(&mut self, room: RoomId, number: &Digits) -> Result<(), Refusal> {
        if self.full(room) {
            return Err(Refusal::RoomFull);
        }
        if self.table.len() >= self.capacity() {
            return Err(Refusal::Congested);
        }
        let target = settings::Target::Number(number.clone());
        let route = self.house.plan.target(&target).map_err(crate::transfers::refusal_of)?;
        let now = self.now();
        let leg = self.table.new_leg();
        let (line, target, place, number, direction, calling) = match route {
            Route::Extension(extension) => {
                if !self.lines.reachable(&extension) {
                    return Err(Refusal::ExtensionUnreachable);
                }
                let (line, target) = self.way_to(leg, &extension).map_err(crate::transfers::refusal_of)?;
                (line, target, Place::Extension(extension.clone()), extension, Direction::Internal, None)
            }
            Route::Trunks { groups, number } => {
                let found =
                    groups.iter().find_map(|group| Some((*group, self.circuits.select(*group, leg, now.wall)?)));
                let (group, circuit) = found.ok_or(Refusal::NoCircuit)?;
                let (line, place) = (LineId::Span(circuit.span), Place::Circuit(circuit));
                (line, Target::Circuit(circuit), place, number, Direction::Outbound, self.house.group_calling(group))
            }
            Route::Emergency { .. } | Route::Flow(_) | Route::Queue(_) | Route::Room(_) | Route::Parked(_) => {
                return Err(Refusal::BadNumber);
            }
        };
        let call = self.table.new_call(now);
        let agent = match &place {
            Place::Extension(extension) => self.acd.agent_at(extension),
            Place::Circuit(_) => None,
        };
        let facts = Facts::new(direction, now.wall, None, number.clone());
        let party = Leg::outgoing(leg, line, Role::Caller, place.clone(), number.clone()).of_agent(agent);
        let party = party.at_port(self.port_at(line, &place));
        self.table.insert(Call::begin(call, facts, party));
        if let Some(entry) = self.table.get_mut(call) {
            entry.visit.errand = Some(Errand::Meet(room));
        }
        self.leg_begins(leg, &place, agent, true);
        let calling = calling.or_else(|| self.number_of_room(room).map(PartyNumber::plain));
        self.set_up(call, leg, number, calling, target, false);
        Ok(())
    }

    /// A number by which the room is called from inside, for telephones to show.
    fn number_of_room(&self, room: RoomId) -> Option<Digits> {
        let services = &self.house.settings.services;
        let into = services.iter().find(|service| service.target == settings::Target::Room(room))?;
        into.pattern.parse().ok()
    }

    pub(crate) fn room_view(&self, id: RoomId) -> Option<RoomView> {
        let settings = self.room(id)?;
        let meeting = self.meetings.rooms.get(&id);
        let member = |call: &CallId| {
            let call = self.table.call(*call)?;
            let Stage::Meeting { leg, muted, .. } = *call.stage() else { return None };
            let party = call.leg(leg)?;
            let own = party.extension().and_then(|extension| self.house.name_of(extension));
            let agent = party.agent.and_then(|agent| self.house.agent(agent));
            Some(MemberView {
                leg,
                call: call.id,
                number: Some(party.number.clone()).filter(|number| !number.is_empty()),
                name: agent.map(|agent| agent.name.as_str()).or(own).map(str::to_owned),
                agent: party.agent,
                since: call.since(),
                muted,
                talking: meeting.is_some_and(|meeting| meeting.talking.contains(&leg)),
            })
        };
        let mut members: Vec<MemberView> =
            meeting.into_iter().flat_map(|meeting| meeting.members.iter().filter_map(member)).collect();
        members.sort_by_key(|member| (member.since, member.call));
        Some(RoomView { id, name: settings.name.clone(), most: settings.most, members })
    }
}
