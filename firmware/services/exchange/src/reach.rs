//! Reaching somebody: telephones of the house, and trunks group by group.

use crate::machine::Exchange;
use crate::table::{Attempt, Purpose};
use calls::{Leg, NotNow, Reason};
use identity::{AgentId, CallId, LegId, LineId};
use ledger::{Destination, Event, Place, Role};
use legs::{Compatibility, LegRequest, Outgoing, Setup, Target};
use numbering::{Cause, Digits, PartyNumber};
use routing::Route;

/// A service or overflow may send a call on so often.
const MOST_HOPS: u8 = 8;

impl Exchange {
    /// Sends a party to where a number or a service leads; if that fails at once, the party hears why.
    pub(crate) fn send(&mut self, call: CallId, from: LegId, route: Route, why: Reason) {
        let purpose = Purpose::Ring { from, why };
        if let Err(cause) = self.reach(call, purpose.clone(), route) {
            self.not_reached(call, purpose, cause.into());
        }
    }

    /// Another service sends the call on: bounded, against loops.
    pub(crate) fn send_on(&mut self, call: CallId, from: LegId, route: Result<Route, Cause>) {
        let Some(entry) = self.table.get_mut(call) else { return };
        entry.visit.hops += 1;
        match route {
            Ok(route) if entry.visit.hops <= MOST_HOPS => self.send(call, from, route, Reason::Dialled),
            Ok(_) => self.fail(call, from, Cause::Other(25).into()),
            Err(cause) => self.fail(call, from, cause.into()),
        }
    }

    /// Begins to reach somebody for `purpose`.
    pub(crate) fn reach(&mut self, call: CallId, purpose: Purpose, route: Route) -> Result<(), Cause> {
        match (route, purpose) {
            (Route::Extension(extension), purpose) => {
                self.write(call, Event::Routed { to: Destination::Extension(extension.clone()) });
                self.reach_extension(call, &purpose, extension).map(drop)
            }
            (Route::Trunks { groups, number }, purpose) => {
                self.try_trunks(call, Attempt { groups, group: 0, number, emergency: false, purpose })
            }
            (Route::Emergency { groups, number }, purpose) => {
                self.write(call, Event::Routed { to: Destination::Emergency { number: number.clone() } });
                self.try_trunks(call, Attempt { groups, group: 0, number, emergency: true, purpose })
            }
            (Route::Flow(flow), Purpose::Ring { from, .. }) => self.enter_flow(call, from, flow),
            (Route::Queue(queue), Purpose::Ring { from, .. }) => self.enter_queue(call, from, queue, None),
            (Route::Room(room), Purpose::Ring { from, why }) => {
                self.enter_room(call, from, room, matches!(why, Reason::Transferred { .. }))
            }
            (Route::Parked(slot), Purpose::Ring { from, .. }) => self.fetch_parked(call, from, &slot),
            // Nobody can be asked whether he takes the call.
            (Route::Flow(_) | Route::Queue(_) | Route::Room(_) | Route::Parked(_), Purpose::Consult { .. }) => {
                Err(Cause::FacilityRejected)
            }
        }
    }

    /// Rings a telephone of the house.
    pub(crate) fn reach_extension(
        &mut self,
        call: CallId,
        purpose: &Purpose,
        extension: Digits,
    ) -> Result<LegId, Cause> {
        if !self.lines.reachable(&extension) {
            return Err(Cause::SubscriberAbsent);
        }
        let agent = self.acd.agent_at(&extension);
        let place = Place::Extension(extension.clone());
        let leg = self.table.new_leg();
        let (line, target) = self.way_to(leg, &extension)?;
        let party = Leg::outgoing(leg, line, role(purpose), place.clone(), extension.clone()).of_agent(agent);
        let party = party.at_port(self.port_at(line, &place));
        if self.attach(call, purpose, party).is_err() {
            self.way_back(leg, &target);
            return Err(Cause::SwitchingCongestion);
        }
        self.leg_begins(leg, &place, agent, true);
        let calling = self.calling(call, purpose);
        self.set_up(call, leg, extension, calling, target, false);
        Ok(leg)
    }

    /// Takes a circuit of the first group that has one, from `attempt.group` on.
    pub(crate) fn try_trunks(&mut self, call: CallId, mut attempt: Attempt) -> Result<(), Cause> {
        let now = self.now().wall;
        let leg = self.table.new_leg();
        while let Some(group) = attempt.groups.get(attempt.group).copied() {
            let Some(circuit) = self.circuits.select(group, leg, now) else {
                attempt.group += 1;
                continue;
            };
            let number = attempt.number.clone();
            let place = Place::Circuit(circuit);
            let party =
                Leg::outgoing(leg, LineId::Span(circuit.span), role(&attempt.purpose), place.clone(), number.clone());
            self.write(call, Event::Routed { to: Destination::Trunk { group, number: number.clone() } });
            if self.attach(call, &attempt.purpose, party).is_err() {
                // The circuit was seized a moment ago by this very leg.
                let released = self.circuits.release(circuit, leg, now);
                self.board.misuse(released.err());
                return Err(Cause::SwitchingCongestion);
            }
            self.leg_begins(leg, &place, None, true);
            let calling = self.house.group_calling(group).or_else(|| self.calling(call, &attempt.purpose));
            self.set_up(call, leg, number, calling, Target::Circuit(circuit), false);
            self.attempts.insert(leg, attempt);
            return Ok(());
        }
        Err(Cause::NoCircuitAvailable)
    }

    fn attach(&mut self, call: CallId, purpose: &Purpose, party: Leg) -> Result<(), NotNow> {
        let leg = party.id;
        let attached = self.on(call, |call, out| match purpose {
            Purpose::Ring { from, why } => call.ring(*from, party, why.clone(), out),
            Purpose::Consult { by } => call.consult(*by, party, out),
        });
        attached.unwrap_or(Err(NotNow))?;
        self.table.bind(leg, call);
        Ok(())
    }

    /// The number shown to whom is called: the party that will talk to it.
    fn calling(&self, call: CallId, purpose: &Purpose) -> Option<PartyNumber> {
        let shown = match purpose {
            Purpose::Ring { from, .. } => *from,
            Purpose::Consult { by } => *by,
        };
        let call = self.table.call(call)?;
        let leg = call.leg(shown)?;
        match call.caller() {
            Some(caller) if caller.id == shown => call.facts.calling.clone(),
            _ => Some(PartyNumber::plain(leg.number.clone())),
        }
    }

    pub(crate) fn set_up(
        &mut self,
        call: CallId,
        leg: LegId,
        called: Digits,
        calling: Option<PartyNumber>,
        target: Target,
        answer_at_once: bool,
    ) {
        let display = calling.as_ref().and_then(|c| self.house.name_of(&c.digits)).map(str::to_owned);
        let called = PartyNumber::plain(called);
        // A line to the network carries on what the caller's terminal said; a telephone of the house asks for no more than speech.
        let compatibility = match target {
            Target::Circuit(_) => {
                self.table.call(call).map(|call| call.facts.compatibility.clone()).unwrap_or_default()
            }
            Target::Extension(_) => Compatibility::default(),
        };
        let setup = Setup { called, complete: true, calling, display, compatibility, ..Setup::default() };
        let outgoing = Outgoing { setup, target, answer_at_once };
        self.on(call, |call, out| call.request(leg, LegRequest::Setup(Box::new(outgoing)), out));
    }

    /// Offers a waiting caller to an agent's telephone.
    pub(crate) fn ring_agent(&mut self, call: CallId, agent: AgentId, extension: Digits) -> Result<LegId, Cause> {
        if !self.lines.reachable(&extension) {
            return Err(Cause::SubscriberAbsent);
        }
        let leg = self.table.new_leg();
        let place = Place::Extension(extension.clone());
        let (line, target) = self.way_to(leg, &extension)?;
        let party = Leg::outgoing(leg, line, Role::Agent, place.clone(), extension.clone()).of_agent(Some(agent));
        let party = party.at_port(self.port_at(line, &place));
        let offered = self.on(call, |call, out| call.offer(party, out));
        if offered.unwrap_or(Err(NotNow)).is_err() {
            self.way_back(leg, &target);
            return Err(Cause::SwitchingCongestion);
        }
        self.table.bind(leg, call);
        self.leg_begins(leg, &place, Some(agent), false);
        let calling = self.table.call(call).and_then(|call| call.facts.calling.clone());
        let at_once = self.house.agent(agent).is_some_and(|a| a.automatic_answer);
        self.set_up(call, leg, extension, calling, target, at_once);
        Ok(leg)
    }
}

fn role(purpose: &Purpose) -> Role {
    match purpose {
        Purpose::Ring { .. } => Role::Callee,
        Purpose::Consult { .. } => Role::Consulted,
    }
}
