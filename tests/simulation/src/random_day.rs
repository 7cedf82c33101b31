//! A random day: everything that callers, agents, lines, disks and power supplies may do, drawn from one seed.

use crate::agenda::{End, Failure, Fault, Happening};
use crate::build::{Presence, menu_flow, pri_user};
use crate::habits::{Diligence, Manner};
use crate::media::Disk;
use crate::names::digits;
use crate::phones::PhoneManner;
use crate::random::Random;
use crate::sip_net::Weather;
use crate::store::Mood;
use crate::town::Habit;
use crate::world::World;
use clock::Millis;
use desk::{Command, RoomCommand};
use identity::{AgentId, CircuitId, QueueId, RoomId, SpanId};
use numbering::{Cause, Digits};
use settings::{Announcements, Overflow, RoomSettings, SkillNeed, Strategy, Target};

/// One day in so many the telephones speak leg primitives, with no network in between; on all others SIP.
const WITHOUT_SIP: u64 = 4;

/// What became of one seed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Report {
    pub seed: u64,
    /// Everything that happened, if it was asked for.
    pub trace: Vec<String>,
    /// Rules that were broken. Empty, or there is a fault.
    pub violations: Vec<String>,
    pub calls: usize,
    pub frames: u64,
    /// SIP messages between telephones and box.
    pub datagrams: u64,
}

/// Which lines the house has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Lines {
    /// Primary rate only, as on all days before there were others.
    PrimaryRate,
    /// R2 and basic access besides, on some days.
    Drawn,
}

/// Runs a seed and keeps its whole trace: twice the same seed gives twice the same trace.
pub fn run_seed(seed: u64) -> Report {
    let mut world = World::seeded(seed);
    world.ladder.keep_all();
    day(world, seed, Lines::Drawn)
}

/// Runs a seed without its trace: for thousands of them.
pub fn check_seed(seed: u64) -> Report {
    let mut world = World::seeded(seed);
    world.ladder.keep_nothing();
    day(world, seed, Lines::Drawn)
}

/// The same with primary rate spans only.
pub fn check_seed_on_primary_rate(seed: u64) -> Report {
    let mut world = World::seeded(seed);
    world.ladder.keep_nothing();
    day(world, seed, Lines::PrimaryRate)
}

fn day(world: World, seed: u64, lines: Lines) -> Report {
    let mut world = opened(world, lines);
    // An advertisement goes on air: everybody calls at once.
    let peak = world.random.permille(50);
    let callers = if peak { world.random.within(60, 120) } else { world.random.within(4, 40) };
    for _ in 0..callers {
        somebody_calls(&mut world);
        let burst = peak || world.random.permille(600);
        let pause = if burst {
            world.random.within(0, if peak { 150 } else { 900 })
        } else {
            world.random.within(1000, 40_000)
        };
        world.run_for(Millis(pause));
        if world.random.permille(120) {
            something_breaks(&mut world);
        }
    }
    let on = world.random.within(10_000, 200_000);
    world.run_for(Millis(on));
    close(&mut world);
    Report {
        seed,
        trace: world.ladder.lines().cloned().collect(),
        violations: world.watch.violations.clone(),
        calls: world.store.cdrs.len(),
        frames: world.lines.values().map(|line| line.state.frames).sum(),
        datagrams: world.sip.as_ref().map_or(0, |net| net.datagrams),
    }
}

/// A house with random settings and staff.
fn opened(world: World, lines: Lines) -> World {
    let mut random = Random::seeded(world.ladder.seed ^ 0x5eed);
    let world = if !world.ladder.seed.is_multiple_of(WITHOUT_SIP) {
        let weather = draw_weather(&mut random);
        world.telephones_over_sip(weather)
    } else {
        world
    };
    let world = other_lines(world, lines, Place::First);
    let mut world = if random.permille(250) { world.overlap_span("E1-1") } else { world.span("E1-1", pri_user()) };
    world.town.hunts_from_below = *random.pick(&[0, 500, 1000]);
    if random.permille(500) {
        world = world.span("E1-2", pri_user());
    }
    world = other_lines(world, lines, Place::Last);
    for queue in 0..random.within(1, 4) {
        let mut drawn = random.clone();
        random.next();
        world = world.queue_with(&format!("queue {}", queue + 1), |settings| draw_queue(settings, &mut drawn, queue));
    }
    let queues = world.house.settings.queues.len() as u32;
    if random.permille(700) {
        let keys: Vec<(char, u32)> = (1..=queues).map(|queue| (char::from(b'0' + queue as u8), queue)).collect();
        world = world.flow(menu_flow(&keys));
    }
    world = world.service("4000.", Target::Queue(QueueId(1))).service("4009", Target::Extension(digits("8101")));
    world = world.service("4007", Target::Room(RoomId(1))).service("4006", Target::Room(RoomId(2)));
    let pin = digits(if random.permille(500) { "1" } else { "" });
    world.change(|settings| {
        let room = |id, pin| RoomSettings { id: RoomId(id), name: format!("room {id}"), pin, most: 2 + id };
        settings.rooms = vec![room(1, Digits::default()), room(2, pin)];
    });
    for agent in 0..random.within(1, 6) {
        let name = format!("agent {}", agent + 1);
        let manner = match random.within(0, 10) {
            0 => PhoneManner::NoAnswer,
            1 => PhoneManner::Refuses(Cause::UserBusy),
            2..=4 => PhoneManner::Sometimes(600),
            _ => PhoneManner::Answers(Millis(random.within(300, 9000))),
        };
        let presence = if random.permille(800) { Presence::Ready } else { Presence::Busy };
        world = world.agent_with(&name, presence, manner);
        for skill in 1..=random.within(0, 4) as u32 {
            world = world.skilled(&name, skill, random.within(1, 6) as u8);
        }
        let id = AgentId(agent as u32 + 1);
        world.agents.insert(id, draw_diligence(&mut random));
        if random.permille(250) {
            world.change(|settings| settings.agents[agent as usize].role = settings::Role::Supervisor);
        }
        let first = Millis(random.within(500, 9000));
        world.agenda.plan(world.now.mono + first, Happening::AgentThinks(id));
    }
    if random.permille(150) {
        world.media.unreadable.insert("welcome".to_owned());
    }
    world = world.phone(PhoneManner::Sometimes(700)).phone(PhoneManner::NoAnswer);
    world
        .subscriber("13911112222", Habit::HangsUpAfter(random.within(1, 60)))
        .subscriber("13922223333", Habit::NoAnswer)
        .subscriber("13933334444", Habit::Refused(Cause::UserBusy))
        .subscriber("13944445555", Habit::Refused(Cause::UnallocatedNumber))
        .subscriber("13955556666", Habit::Silent)
}

/// Where in the trunk group: calls of the house go to the first span that has a free circuit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    First,
    Last,
}

/// Spans that are no primary rate, drawn by a source of their own: the rest of the day is what it would be without them.
fn other_lines(mut world: World, lines: Lines, place: Place) -> World {
    let mut random = Random::seeded(world.ladder.seed ^ 0x0e1e_57a1);
    let first = random.permille(500);
    if lines == Lines::PrimaryRate || first != (place == Place::First) {
        return world;
    }
    if random.permille(400) {
        // The house's numbers have ten digits; where the carrier sends fewer or the dial plan asks, some wait for more.
        world = world.r2_span("R2-1", *random.pick(&[10, 10, 4, 0]));
    }
    if random.permille(300) {
        world = world.bri_span("BRI-1", random.permille(500));
    }
    world
}

fn draw_weather(random: &mut Random) -> Weather {
    let (loss, doubling) = *random.pick(&[(0, 0), (0, 0), (20, 10), (80, 40)]);
    Weather { loss, doubling, jitter: random.within(0, 80) }
}

fn draw_queue(queue: &mut settings::QueueSettings, random: &mut Random, index: u64) {
    queue.strategy = *random.pick(&[Strategy::LongestIdle, Strategy::FewestCalls, Strategy::MostSkilled]);
    queue.priority = random.within(1, 10) as u8;
    queue.ageing_seconds = *random.pick(&[0, 10, 60]);
    queue.ring_seconds = *random.pick(&[5, 10, 20]);
    queue.busy_after_no_answers = random.within(0, 4) as u32;
    queue.wrap_up_seconds = *random.pick(&[1, 5, 20]);
    queue.max_waiting = *random.pick(&[0, 0, 2]);
    queue.max_wait_seconds = *random.pick(&[0, 20, 90]);
    if random.permille(500) {
        queue.announcements = Announcements { first_seconds: 5, every_seconds: 10, ..Announcements::default() };
    }
    if index > 0 && random.permille(400) {
        queue.needs = vec![SkillNeed { skill: identity::SkillId(index as u32), level: random.within(1, 4) as u8 }];
    }
    queue.overflow = match random.within(0, 4) {
        0 => Overflow::To(Target::Extension(digits("8101"))),
        1 => Overflow::To(Target::Queue(QueueId(1))),
        2 => Overflow::To(Target::Number(digits("013911112222"))),
        _ => Overflow::Release,
    };
}

fn draw_diligence(random: &mut Random) -> Diligence {
    Diligence {
        holds: random.within(0, 200) as u32,
        transfers: random.within(0, 200) as u32,
        hangs_up: random.within(20, 250) as u32,
        goes_busy: random.within(0, 60) as u32,
        signs_out: random.within(0, 30) as u32,
        dials: random.within(0, 80) as u32,
        wraps_up: *random.pick(&[0, 300, 900]),
    }
}

/// What a supervisor does in a room.
fn in_a_room(world: &mut World) -> Command {
    let room = RoomId(world.random.within(1, 3) as u32);
    let members = world.watch.view.rooms.get(&room).map(|view| view.members.clone()).unwrap_or_default();
    let command = match (members.is_empty(), world.random.within(0, 6)) {
        (false, 0) => RoomCommand::End,
        (false, 1) => RoomCommand::Remove { leg: world.random.pick(&members).leg },
        (false, 2 | 3) => RoomCommand::Mute { leg: world.random.pick(&members).leg, muted: world.random.permille(600) },
        _ => {
            let number: &&str = world.random.pick(&["8101", "8001", "8002", "013911112222", "4009"]);
            RoomCommand::Invite { number: digits(number) }
        }
    };
    Command::Room { room, command }
}

fn somebody_calls(world: &mut World) {
    let spans = world.lines.len() as u64;
    let span = SpanId(world.random.within(1, spans + 1) as u16);
    let number = *world.random.pick(&["4951234567", "4951234567", "4000123", "4009", "4007", "4006"]);
    if world.random.permille(80) {
        let number = *world.random.pick(&["8101", "8001", "013911112222", "0139", "110", "8999", "4951234567", "700"]);
        world.lift("8102", number);
        return;
    }
    let caller = world.town_dials(span, digits(number));
    let patience = world.now.mono + Millis(world.random.within(100, 180_000));
    let manner = Manner { patience, keys: world.random.within(0, 700) as u32, redials: world.random.permille(200) };
    world.give_manner(caller, manner);
    world.drain();
}

fn something_breaks(world: &mut World) {
    let soon = world.now.mono + Millis(world.random.within(1, 3000));
    let later = soon + Millis(world.random.within(500, 150_000));
    let span = SpanId(world.random.within(1, world.lines.len() as u64 + 1) as u16);
    let extensions: Vec<_> = world.phones.phones.keys().cloned().collect();
    let extension = world.random.pick(&extensions).clone();
    let circuit = CircuitId { span, slot: world.random.within(1, 32) as u8 };
    let failure = *world.random.pick(&[Failure::Los, Failure::Lfa, Failure::Ais, Failure::Silence]);
    let deaf = *world.random.pick(&[End::Box, End::Far]);
    let administrator = |command| Happening::Fault(Fault::Administrator(command));
    let (fault, mended) = match world.random.within(0, 20) {
        17..=19 => (Fault::Administrator(in_a_room(world)), None),
        0 => (Fault::Cut(span, failure), Some(Happening::Fault(Fault::Mend(span)))),
        1 => (Fault::Noise(span, 150), Some(Happening::Fault(Fault::Noise(span, 0)))),
        12 => (Fault::Slips(span, 150), Some(Happening::Fault(Fault::Slips(span, 0)))),
        15 => {
            let before = world.sip.as_ref().map_or(Weather::FINE, |net| net.weather);
            (Fault::Weather(Weather::OUTAGE), Some(Happening::Fault(Fault::Weather(before))))
        }
        13 | 14 => (Fault::CutTowards(span, deaf, failure), Some(Happening::Fault(Fault::Mend(span)))),
        2 => (Fault::Store(Mood::Slow), Some(Happening::Fault(Fault::Store(Mood::Fine)))),
        3 => (Fault::Store(Mood::Failing), Some(Happening::Fault(Fault::Store(Mood::Fine)))),
        4 => (Fault::Disk(Disk::Full), Some(Happening::Fault(Fault::Disk(Disk::Fine)))),
        5 => (Fault::Disk(Disk::Failing), Some(Happening::Fault(Fault::Disk(Disk::Fine)))),
        7 => {
            let unblock = administrator(Command::UnblockCircuit { circuit });
            (Fault::Administrator(Command::BlockCircuit { circuit }), Some(unblock))
        }
        8 => (Fault::Administrator(Command::ResetCircuit { circuit }), None),
        9 => (Fault::Administrator(Command::ResetSpan { span }), None),
        10 => match world.watch.view.calls.keys().next().copied() {
            Some(call) => (Fault::Administrator(Command::ReleaseCall { call }), None),
            None => return,
        },
        11 => (Fault::Settings(world.random.next()), None),
        6 => (Fault::KillAfter(world.random.within(0, 40) as u32), None),
        _ => (Fault::Unregister(extension.clone()), Some(Happening::PhoneRegisters { extension })),
    };
    world.agenda.plan(soon, Happening::Fault(fault));
    if let Some(mended) = mended {
        world.agenda.plan(later, mended);
    }
}

/// A change of settings in the middle of the day.
pub(crate) fn retune(settings: &mut settings::Settings, random: &mut Random) {
    let queues = settings.queues.len() as u64;
    match random.within(0, 5) {
        0 => {
            let index = random.within(0, queues);
            if let Some(queue) = settings.queues.get_mut(index as usize) {
                draw_queue(queue, random, 0);
            }
        }
        1 => {
            for agent in &mut settings.agents {
                agent.skills.retain(|_| random.permille(500));
            }
        }
        2 => settings.agents.retain(|_| random.permille(700)),
        3 if queues > 1 => {
            let gone = settings.queues.pop();
            settings.flows.retain(|flow| !mentions(flow, gone.as_ref().map(|queue| queue.id)));
        }
        _ => {
            if let Some(span) = settings.spans.first_mut() {
                span.blocked = (1..=30).filter(|slot| *slot != 16 && random.permille(200)).collect();
            }
        }
    }
}

fn mentions(flow: &settings::FlowSettings, gone: Option<QueueId>) -> bool {
    let leads_there =
        |node: &settings::Node| matches!(node.kind, settings::NodeKind::Queue { queue, .. } if Some(queue) == gone);
    flow.nodes.iter().any(leads_there)
}

/// Closing time: everything is mended, everybody goes home, and nothing may be left.
fn close(world: &mut World) {
    world.closing = true;
    if let Some(net) = &mut world.sip {
        net.weather = Weather::FINE;
    }
    world.house.kill_after(u32::MAX);
    let mut limit = 0;
    while !world.quiet() && limit < 120 {
        limit += 1;
        world.phones_hang_up();
        world.drain();
        world.run_for(Millis::secs(30));
    }
    world.settle();
}
