//! What scenarios expect: facts about queues, spans, agents, callers and records.

use crate::names::{CallerId, PhoneCall};
use crate::town::CallerState;
use crate::world::World;
use cdr::Cdr;
use clock::Millis;
use desk::{AgentState, CallPhase, SlotState};
use ledger::{Event, Outcome};
use legs::{Compatibility, Notice};
use numbering::Cause;
use plan::{Hears, Tone};

/// Something that is so, or is not.
pub trait Fact {
    fn holds(&self, world: &World) -> Result<(), String>;
}

impl<F: Fn(&World) -> Result<(), String>> Fact for F {
    fn holds(&self, world: &World) -> Result<(), String> {
        self(world)
    }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, is: T, expected: T) -> Result<(), String> {
    if is == expected { Ok(()) } else { Err(format!("{what}: {is:?}, expected {expected:?}")) }
}

fn near(what: &str, is: Millis, expected: Millis, tolerance: Millis) -> Result<(), String> {
    if is.0.abs_diff(expected.0) <= tolerance.0 {
        Ok(())
    } else {
        Err(format!("{what}: {} ms, expected {} ms", is.0, expected.0))
    }
}

type Check<'a> = Box<dyn Fn(&World) -> Result<(), String> + 'a>;

/// Several facts about one thing.
pub struct Facts<'a>(Vec<Check<'a>>);

impl<'a> Facts<'a> {
    fn none() -> Facts<'a> {
        Facts(Vec::new())
    }

    fn and(mut self, check: impl Fn(&World) -> Result<(), String> + 'a) -> Facts<'a> {
        self.0.push(Box::new(check));
        self
    }
}

impl Fact for Facts<'_> {
    fn holds(&self, world: &World) -> Result<(), String> {
        self.0.iter().try_for_each(|check| check(world))
    }
}

pub struct QueueFacts<'a>(&'a str, Facts<'a>);

/// A queue by its name.
pub fn queue(name: &str) -> QueueFacts<'_> {
    QueueFacts(name, Facts::none())
}

impl<'a> QueueFacts<'a> {
    fn count(self, what: &'static str, read: fn(&desk::QueueView) -> u32, expected: u32) -> QueueFacts<'a> {
        let name = self.0;
        let check = move |world: &World| {
            let view = world.watch.view.queues.get(&world.queue_id(name)).ok_or("no such queue on the board")?;
            same(what, read(view), expected)
        };
        QueueFacts(name, self.1.and(check))
    }

    pub fn empty(self) -> QueueFacts<'a> {
        self.waiting(0)
    }

    pub fn waiting(self, count: u32) -> QueueFacts<'a> {
        self.count("waiting", |view| view.waiting, count)
    }

    pub fn answered(self, count: u32) -> QueueFacts<'a> {
        self.count("answered today", |view| view.answered, count)
    }

    pub fn abandoned(self, count: u32) -> QueueFacts<'a> {
        self.count("abandoned today", |view| view.abandoned, count)
    }

    pub fn overflowed(self, count: u32) -> QueueFacts<'a> {
        self.count("overflowed today", |view| view.overflowed, count)
    }
}

impl Fact for QueueFacts<'_> {
    fn holds(&self, world: &World) -> Result<(), String> {
        self.1.holds(world)
    }
}

pub struct SpanFacts<'a>(&'a str, Facts<'a>);

/// A span by its name.
pub fn span(name: &str) -> SpanFacts<'_> {
    SpanFacts(name, Facts::none())
}

impl<'a> SpanFacts<'a> {
    /// None: all of them.
    fn slots(self, what: &'static str, state: SlotState, expected: Option<usize>) -> SpanFacts<'a> {
        let name = self.0;
        let check = move |world: &World| {
            let span = world.span_id(name);
            let view = world.watch.view.spans.get(&span).ok_or("no such span on the board")?;
            let all = world.lines.get(&span).ok_or("no such line")?.slots().count();
            same(what, view.slots.iter().filter(|slot| slot.state == state).count(), expected.unwrap_or(all))
        };
        SpanFacts(name, self.1.and(check))
    }

    pub fn all_idle(self) -> SpanFacts<'a> {
        self.slots("idle slots", SlotState::Idle, None)
    }

    pub fn talking(self, count: usize) -> SpanFacts<'a> {
        self.slots("talking slots", SlotState::Talking, Some(count))
    }

    pub fn blocked(self, count: usize) -> SpanFacts<'a> {
        self.slots("blocked slots", SlotState::BlockedByUs, Some(count))
    }

    pub fn out_of_service(self) -> SpanFacts<'a> {
        self.slots("slots out of service", SlotState::OutOfService, None)
    }

    pub fn up(self, up: bool) -> SpanFacts<'a> {
        let name = self.0;
        let check = move |world: &World| {
            let view = world.watch.view.spans.get(&world.span_id(name)).ok_or("no such span on the board")?;
            same("signalling up", view.up, up)
        };
        SpanFacts(name, self.1.and(check))
    }

    /// Both ends took one channel at the same time, at least once.
    pub fn glare(self) -> SpanFacts<'a> {
        let name = self.0;
        let check = move |world: &World| {
            let line = world.lines.get(&world.span_id(name)).ok_or("no such span")?;
            let near = line.near.as_ref().map_or(0, |near| near.glare());
            if near + line.far.glare() > 0 { Ok(()) } else { Err("no glare was seen".to_owned()) }
        };
        SpanFacts(name, self.1.and(check))
    }

    pub fn no_alarm(self) -> SpanFacts<'a> {
        let name = self.0;
        let check = move |world: &World| {
            let view = world.watch.view.spans.get(&world.span_id(name)).ok_or("no such span on the board")?;
            same("alarms", view.alarms.len(), 0)
        };
        SpanFacts(name, self.1.and(check))
    }

    pub fn alarm(self, alarm: &'static str) -> SpanFacts<'a> {
        let name = self.0;
        let check = move |world: &World| {
            let view = world.watch.view.spans.get(&world.span_id(name)).ok_or("no such span on the board")?;
            same("alarm stands", view.alarms.iter().any(|standing| standing == alarm), true)
        };
        SpanFacts(name, self.1.and(check))
    }
}

impl Fact for SpanFacts<'_> {
    fn holds(&self, world: &World) -> Result<(), String> {
        self.1.holds(world)
    }
}

pub struct AgentFacts<'a>(&'a str, Facts<'a>);

/// An agent by name.
pub fn agent(name: &str) -> AgentFacts<'_> {
    AgentFacts(name, Facts::none())
}

impl<'a> AgentFacts<'a> {
    pub fn is(self, state: AgentState) -> AgentFacts<'a> {
        let name = self.0;
        let check = move |world: &World| {
            let view = world.watch.view.agents.get(&world.agent_id(name)).ok_or("no such agent on the board")?;
            same(name, view.state, state)
        };
        AgentFacts(name, self.1.and(check))
    }

    pub fn reachable(self, reachable: bool) -> AgentFacts<'a> {
        let name = self.0;
        let check = move |world: &World| {
            let view = world.watch.view.agents.get(&world.agent_id(name)).ok_or("no such agent on the board")?;
            same("reachable", view.reachable, reachable)
        };
        AgentFacts(name, self.1.and(check))
    }
}

impl Fact for AgentFacts<'_> {
    fn holds(&self, world: &World) -> Result<(), String> {
        self.1.holds(world)
    }
}

/// What somebody hears.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Sound {
    Silence,
    Music,
    Tone(Tone),
    /// A play that has this prompt in it.
    Prompt(&'static str),
    /// The phone of this agent or extension.
    Phone(&'static str),
    /// The caller or subscriber on a trunk.
    Trunk,
    /// Several others at once.
    Conference,
}

fn hears(world: &World, leg: identity::LegId, sound: &Sound) -> Result<(), String> {
    let heard = world.media.hears(leg).ok_or_else(|| format!("{leg} has no port"))?;
    let right = match (heard, sound) {
        (Hears::Silence, Sound::Silence) | (Hears::Music(_), Sound::Music) | (Hears::Mix(_), Sound::Conference) => true,
        (Hears::Tone(tone), Sound::Tone(expected)) => tone == expected,
        (Hears::Play { prompts, .. }, Sound::Prompt(name)) => prompts.iter().any(|prompt| prompt.name == *name),
        (Hears::Leg(other), Sound::Phone(name)) => {
            world.phones.legs.get(other).is_some_and(|leg| leg.extension == world.extension_of(name))
        }
        (Hears::Leg(other), Sound::Trunk) => {
            world.media.legs.get(other).is_some_and(|open| matches!(open.port, plan::Port::Circuit(_)))
        }
        _ => false,
    };
    if right { Ok(()) } else { Err(format!("{leg} hears {heard:?}, expected {sound:?}")) }
}

pub struct CallerFacts<'a>(CallerId, Facts<'a>);

/// A caller of the town, as it is now.
pub fn caller(id: CallerId) -> CallerFacts<'static> {
    CallerFacts(id, Facts::none())
}

impl<'a> CallerFacts<'a> {
    pub fn hears(self, sound: Sound) -> CallerFacts<'a> {
        let id = self.0;
        let check = move |world: &World| {
            let leg = world.media.on_circuit(world.circuit(id)).ok_or("the caller's circuit has no port")?;
            hears(world, leg, &sound)
        };
        CallerFacts(id, self.1.and(check))
    }

    pub fn gone(self, cause: Cause) -> CallerFacts<'a> {
        let id = self.0;
        let check = move |world: &World| match world.town.callers.get(&id).map(|caller| caller.state) {
            Some(CallerState::Gone { cause: heard }) => same("the caller's cause", heard.cause, cause),
            other => Err(format!("the caller is {other:?}, expected gone")),
        };
        CallerFacts(id, self.1.and(check))
    }

    pub fn answered(self) -> CallerFacts<'a> {
        let id = self.0;
        let check = move |world: &World| match world.town.callers.get(&id).map(|caller| caller.state) {
            Some(CallerState::Answered { .. }) => Ok(()),
            other => Err(format!("the caller is {other:?}, expected answered")),
        };
        CallerFacts(id, self.1.and(check))
    }

    pub fn ringing(self) -> CallerFacts<'a> {
        let id = self.0;
        let check = move |world: &World| match world.town.callers.get(&id).map(|caller| caller.state) {
            Some(CallerState::Ringing { .. }) => Ok(()),
            other => Err(format!("the caller is {other:?}, expected ringing")),
        };
        CallerFacts(id, self.1.and(check))
    }
}

impl Fact for CallerFacts<'_> {
    fn holds(&self, world: &World) -> Result<(), String> {
        self.1.holds(world)
    }
}

/// What a phone of the house hears.
pub fn phone_hears<'a>(phone: &'a str, sound: Sound) -> impl Fact + 'a {
    move |world: &World| {
        let extension = world.extension_of(phone);
        let legs = world.phones.legs.iter().filter(|(_, leg)| leg.extension == extension);
        let leg = legs.map(|(leg, _)| *leg).next_back().ok_or(format!("{phone} has no call"))?;
        hears(world, leg, &sound)
    }
}

/// Whose record is meant.
pub trait Whose {
    fn find<'w>(&self, world: &'w World) -> Option<&'w Cdr>;
}

impl Whose for CallerId {
    fn find<'w>(&self, world: &'w World) -> Option<&'w Cdr> {
        let number = &world.town.callers.get(self)?.number;
        world.store.cdrs.values().find(|cdr| cdr.calling.as_ref() == Some(number))
    }
}

impl Whose for PhoneCall {
    fn find<'w>(&self, world: &'w World) -> Option<&'w Cdr> {
        let dialled = world.sip.as_ref().and_then(|net| net.leg_dialled(self.0)).unwrap_or(self.0);
        let began = |records: &[ledger::Record]| {
            records.iter().any(|record| matches!(record.event, Event::Began { leg, .. } if leg == dialled))
        };
        let call = world.store.ledgers.iter().find(|(_, records)| began(records))?.0;
        world.store.cdrs.get(call)
    }
}

/// The last call that began at the phone of this agent or extension.
impl Whose for &str {
    fn find<'w>(&self, world: &'w World) -> Option<&'w Cdr> {
        let extension = world.extension_of(self);
        world.store.cdrs.values().rev().find(|cdr| cdr.extension.as_ref() == Some(&extension))
    }
}

pub struct CdrFacts<'a, W> {
    whose: W,
    checks: Vec<CdrCheck<'a>>,
}

type CdrCheck<'a> = Box<dyn Fn(&World, &Cdr) -> Result<(), String> + 'a>;

/// The record of a call, out of the store.
pub fn cdr<'a, W: Whose>(whose: W) -> CdrFacts<'a, W> {
    CdrFacts { whose, checks: Vec::new() }
}

const SECOND: Millis = Millis(1200);

impl<'a, W: Whose> CdrFacts<'a, W> {
    pub fn and(mut self, check: impl Fn(&World, &Cdr) -> Result<(), String> + 'a) -> CdrFacts<'a, W> {
        self.checks.push(Box::new(check));
        self
    }

    pub fn outcome(self, outcome: Outcome) -> CdrFacts<'a, W> {
        self.and(move |_, cdr| same("outcome", cdr.outcome, outcome))
    }

    pub fn abandoned(self) -> CdrFacts<'a, W> {
        self.outcome(Outcome::AbandonedInQueue)
    }

    pub fn answered_by(self, agent: &'a str) -> CdrFacts<'a, W> {
        self.outcome(Outcome::Answered).and(move |world, cdr| same("agent", cdr.agent, Some(world.agent_id(agent))))
    }

    pub fn agents(self, agents: &'a [&'a str]) -> CdrFacts<'a, W> {
        self.and(move |world, cdr| {
            let expected: Vec<_> = agents.iter().map(|agent| world.agent_id(agent)).collect();
            same("agents", cdr.agents.clone(), expected)
        })
    }

    pub fn waited(self, wait: Millis) -> CdrFacts<'a, W> {
        self.and(move |_, cdr| {
            let (Some(queued), Some(left)) = (cdr.queued, cdr.left_queue) else {
                return Err("the caller was in no queue".to_owned());
            };
            near("waited", left.since(queued), wait, SECOND)
        })
    }

    pub fn talked(self, talk: Millis) -> CdrFacts<'a, W> {
        self.and(move |_, cdr| near("talked", Millis(cdr.talk_millis), talk, SECOND))
    }

    pub fn held(self, hold: Millis) -> CdrFacts<'a, W> {
        self.and(move |_, cdr| near("held", Millis(cdr.hold_millis), hold, SECOND))
    }

    pub fn keyed(self, keys: &'a str) -> CdrFacts<'a, W> {
        self.and(move |_, cdr| same("keyed", cdr.keyed.as_str(), keys))
    }

    pub fn transfers(self, count: u32) -> CdrFacts<'a, W> {
        self.and(move |_, cdr| same("transfers", cdr.transfers, count))
    }

    pub fn cause(self, cause: Cause) -> CdrFacts<'a, W> {
        self.and(move |_, cdr| same("cause", cdr.cause, cause))
    }

    /// Whole recordings, together about so long.
    pub fn recorded(self, length: Millis) -> CdrFacts<'a, W> {
        self.and(move |world, cdr| {
            let of_call = || world.media.recordings.values().filter(|recording| recording.call == cdr.call);
            if let Some(faulty) = of_call().find(|recording| recording.fault.is_some()) {
                return Err(format!("a recording has a fault: {:?}", faulty.fault));
            }
            let written = of_call().map(|recording| recording.written.0).sum();
            near("recorded", Millis(written), length, SECOND)
        })
    }

    pub fn not_recorded(self) -> CdrFacts<'a, W> {
        self.and(|_, cdr| same("recordings", cdr.recordings.len(), 0))
    }

    pub fn wrap_up_code(self, code: &'a str) -> CdrFacts<'a, W> {
        self.and(move |_, cdr| same("wrap-up code", cdr.wrap_up_code.as_deref(), Some(code)))
    }

    /// The ledger has an event like this.
    pub fn ledger(self, what: &'static str, wanted: impl Fn(&Event) -> bool + 'a) -> CdrFacts<'a, W> {
        self.and(move |world, cdr| {
            let records = world.store.ledgers.get(&cdr.call).ok_or("no ledger")?;
            let found = records.iter().any(|record| wanted(&record.event));
            if found { Ok(()) } else { Err(format!("the ledger says nothing of: {what}")) }
        })
    }
}

impl<W: Whose> Fact for CdrFacts<'_, W> {
    fn holds(&self, world: &World) -> Result<(), String> {
        let cdr = self.whose.find(world).ok_or("the store has no record of the call")?;
        self.checks.iter().try_for_each(|check| check(world, cdr))
    }
}

/// So many calls are up, as the board shows.
pub fn calls_up(count: usize) -> impl Fact {
    move |world: &World| same("calls up", world.watch.view.calls.len(), count)
}

/// So many calls are in this phase.
pub fn calls_in(phase: CallPhase, count: usize) -> impl Fact {
    move |world: &World| {
        let calls = world.watch.view.calls.values();
        same("calls in the phase", calls.filter(|call| call.phase == phase).count(), count)
    }
}

/// The store has so many records.
pub fn records(count: usize) -> impl Fact {
    move |world: &World| same("records in the store", world.store.cdrs.len(), count)
}

/// What the house told the called subscriber of the caller's terminal, and what it was notified of since.
pub fn town_heard<'a>(number: &'a str, compatibility: &'a Compatibility, notices: &'a [Notice]) -> impl Fact + 'a {
    move |world: &World| {
        let mut called = world.town.called.values();
        let call = called.find(|called| called.number.as_str() == number).ok_or(format!("{number} was not called"))?;
        same("compatibility", &call.compatibility, compatibility)?;
        same("notices", &call.notices[..], notices)
    }
}

/// The far exchange was called: this number, and shown this one.
pub fn town_called<'a>(number: &'a str, calling: Option<&'a str>) -> impl Fact + 'a {
    move |world: &World| {
        let mut called = world.town.called.values();
        let call = called.find(|called| called.number.as_str() == number).ok_or(format!("{number} was not called"))?;
        match calling {
            Some(expected) => same("calling number shown", call.calling.as_ref().map(|d| d.as_str()), Some(expected)),
            None => Ok(()),
        }
    }
}
