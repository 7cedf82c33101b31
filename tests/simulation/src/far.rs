//! The far exchange at work: its callers' calls to the house and the house's calls to its subscribers.

use crate::agenda::{Happening, SubscriberDeed};
use crate::names::CallerId;
use crate::town::{Called, Caller, CallerState, Habit};
use crate::world::World;
use clock::Millis;
use identity::{CircuitId, LegId, SpanId};
use legs::{Compatibility, Incoming, LegIndication, LegRequest, Origin, Outgoing, Setup, Target};
use numbering::{Cause, ClearCause, Digits, PartyNumber};

/// A caller who hears that the call is over hangs up after so long.
const REACTION: Millis = Millis(600);
const BETWEEN_DIGITS: Millis = Millis(400);
const RINGS_AFTER: Millis = Millis(300);
const ANSWERS_AFTER: Millis = Millis::secs(4);

impl World {
    /// A subscriber of the town dials. The call ends at once if the span has no free channel.
    pub(crate) fn town_dials(&mut self, span: SpanId, called: Digits) -> CallerId {
        self.town_dials_with(span, called, Compatibility::default())
    }

    pub(crate) fn town_dials_with(&mut self, span: SpanId, called: Digits, compatibility: Compatibility) -> CallerId {
        let id = CallerId(self.town.callers.len() as u32);
        let number: Digits = format!("138{:08}", id.0 + 1).parse().unwrap_or_default();
        let leg = self.town.ids.allocate();
        self.ladder.note(self.now, || format!("{number} dials {called}"));
        let caller = Caller {
            number: number.clone(),
            called: called.clone(),
            span,
            circuit: None,
            to_dial: Digits::default(),
            state: CallerState::Dialling { leg },
            manner: None,
            releases: 0,
        };
        self.town.callers.insert(id, caller);
        let Some(circuit) = self.free_far_channel(span) else {
            self.caller_gone(id, ClearCause::ours(Cause::NoCircuitAvailable));
            return id;
        };
        self.town.legs.insert(leg, id);
        if let Some(caller) = self.town.callers.get_mut(&id) {
            caller.circuit = Some(circuit);
        }
        let overlap = self.lines.get(&span).is_some_and(|line| line.overlap());
        let (first, rest) = if overlap { (called.skip(called.len()), called) } else { (called, Digits::default()) };
        let complete = rest.is_empty();
        if !complete && let Some(caller) = self.town.callers.get_mut(&id) {
            caller.to_dial = rest;
            self.agenda.plan(self.now.mono + BETWEEN_DIGITS, Happening::CallerDialsOn(id));
        }
        let setup = Setup {
            called: PartyNumber::plain(first),
            complete,
            calling: Some(PartyNumber::plain(number)),
            compatibility,
            ..Setup::default()
        };
        let outgoing = Outgoing { setup, target: Target::Circuit(circuit), answer_at_once: false };
        self.far_request(span, leg, LegRequest::Setup(Box::new(outgoing)));
        id
    }

    /// One more digit, until the house answers or there are none left.
    pub(crate) fn caller_dials_on(&mut self, id: CallerId) {
        let Some(caller) = self.town.callers.get_mut(&id) else { return };
        let (span, CallerState::Dialling { leg }) = (caller.span, caller.state) else { return };
        let Some(key) = caller.to_dial.keys().next() else { return };
        let mut digits = Digits::default();
        digits.push(key);
        caller.to_dial = caller.to_dial.skip(1);
        if !caller.to_dial.is_empty() {
            self.agenda.plan(self.now.mono + BETWEEN_DIGITS, Happening::CallerDialsOn(id));
        }
        self.far_request(span, leg, LegRequest::Digits { digits, complete: false });
    }

    /// A channel of the span that the far exchange takes for idle; where it looks first is by chance, so that both ends meet on one.
    fn free_far_channel(&mut self, span: SpanId) -> Option<CircuitId> {
        let callers = self.town.callers.values().filter(|caller| caller.state.leg().is_some());
        let circuits = callers.filter_map(|caller| caller.circuit);
        let called = self.town.called.values().filter_map(|called| called.circuit);
        let used: Vec<u8> =
            circuits.chain(called).filter(|circuit| circuit.span == span).map(|circuit| circuit.slot).collect();
        let free = |slot: &u8| !used.contains(slot);
        let from_below = self.random.permille(self.town.hunts_from_below);
        let mut slots = self.lines.get(&span)?.slots();
        let slot = if from_below { slots.find(free) } else { slots.rev().find(free) };
        slot.map(|slot| CircuitId { span, slot })
    }

    pub(crate) fn far_request(&mut self, span: SpanId, leg: LegId, request: LegRequest) {
        let now = self.now.mono;
        if let Some(line) = self.lines.get_mut(&span) {
            line.far.request(now, leg, request);
        }
    }

    /// The far end of a span speaks to its exchange.
    pub(crate) fn far_indicated(&mut self, span: SpanId, leg: LegId, indication: LegIndication) {
        self.ladder.far(self.now, span, leg, &indication);
        if let Some(caller) = self.town.legs.get(&leg).copied() {
            return self.caller_hears(caller, span, leg, indication);
        }
        match indication {
            LegIndication::Setup(incoming) => self.town_called(span, leg, *incoming),
            LegIndication::Disconnecting { .. } => {
                self.far_request(span, leg, LegRequest::Release { cause: Cause::NormalClearing.into() });
            }
            LegIndication::Released { .. } => {
                let known = self.town.called.remove(&leg).is_some();
                self.watch.must(self.now, known, || format!("far {leg} released twice"));
            }
            LegIndication::Notified { notice } => {
                if let Some(called) = self.town.called.get_mut(&leg) {
                    called.notices.push(notice);
                }
            }
            LegIndication::CircuitChanged { circuit } => {
                if let Some(called) = self.town.called.get_mut(&leg) {
                    called.circuit = Some(circuit);
                }
            }
            _ => {}
        }
    }

    fn caller_hears(&mut self, id: CallerId, span: SpanId, leg: LegId, indication: LegIndication) {
        let Some(caller) = self.town.callers.get_mut(&id) else { return };
        match indication {
            LegIndication::Alerting { .. } => caller.state = CallerState::Ringing { leg },
            LegIndication::Answered { .. } => caller.state = CallerState::Answered { leg },
            LegIndication::CircuitChanged { circuit } => caller.circuit = Some(circuit),
            LegIndication::Disconnecting { .. } => {
                caller.state = CallerState::Clearing { leg };
                let deed = SubscriberDeed::HangUp;
                self.agenda.plan(self.now.mono + REACTION, Happening::SubscriberDoes { span, leg, deed });
            }
            LegIndication::Released { cause } => self.caller_gone(id, cause),
            _ => {}
        }
    }

    fn caller_gone(&mut self, id: CallerId, cause: ClearCause) {
        let Some(caller) = self.town.callers.get_mut(&id) else { return };
        if let Some(leg) = caller.state.leg() {
            self.town.legs.remove(&leg);
        }
        caller.state = CallerState::Gone { cause };
        caller.releases += 1;
        let redials = caller.manner.is_some_and(|manner| manner.redials);
        if redials {
            self.redial(id);
        }
    }

    /// The house calls a subscriber.
    fn town_called(&mut self, span: SpanId, leg: LegId, incoming: Incoming) {
        let number = incoming.setup.called.digits.clone();
        let habit = self.town.habit_of(&number);
        let circuit = match incoming.origin {
            Origin::Circuit(circuit) => Some(circuit),
            Origin::Extension(_) => None,
        };
        let calling = incoming.setup.calling.map(|calling| calling.digits);
        let compatibility = incoming.setup.compatibility;
        let called = Called { number, calling, compatibility, notices: Vec::new(), circuit, answered: false, habit };
        self.town.called.insert(leg, called);
        self.far_request(span, leg, LegRequest::Proceeding);
        let first = match habit {
            Habit::Answers | Habit::HangsUpAfter(_) | Habit::NoAnswer => SubscriberDeed::Ring,
            Habit::Refused(cause) => SubscriberDeed::Refuse(cause),
            // The house must end it.
            Habit::Silent => return,
        };
        self.agenda.plan(self.now.mono + RINGS_AFTER, Happening::SubscriberDoes { span, leg, deed: first });
    }

    pub(crate) fn subscriber_does(&mut self, span: SpanId, leg: LegId, deed: SubscriberDeed) {
        let plan = |world: &mut World, after: Millis, deed| {
            world.agenda.plan(world.now.mono + after, Happening::SubscriberDoes { span, leg, deed });
        };
        let called = self.town.called.get(&leg).map(|called| called.habit);
        match (deed, called) {
            (SubscriberDeed::HangUp, _) => {
                self.far_request(span, leg, LegRequest::Release { cause: Cause::NormalClearing.into() });
            }
            (_, None) => {}
            (SubscriberDeed::Ring, Some(habit)) => {
                self.far_request(span, leg, LegRequest::Alerting { inband: false });
                if habit != Habit::NoAnswer {
                    plan(self, ANSWERS_AFTER, SubscriberDeed::Answer);
                }
            }
            (SubscriberDeed::Answer, Some(habit)) => {
                self.far_request(span, leg, LegRequest::Answer { connected: None });
                if let Some(called) = self.town.called.get_mut(&leg) {
                    called.answered = true;
                }
                if let Habit::HangsUpAfter(seconds) = habit {
                    plan(self, Millis::secs(seconds), SubscriberDeed::HangUp);
                }
            }
            (SubscriberDeed::Refuse(cause), Some(_)) => {
                self.far_request(span, leg, LegRequest::Release { cause: ClearCause::ours(cause) });
            }
        }
    }
}
