use crate::agenda::{Agenda, End, Failure, Fault, Happening};
use crate::core::Passing;
use crate::habits::Diligence;
use crate::house::House;
use crate::ladder::Ladder;
use crate::line::{Line, LineState};
use crate::media::Media;
use crate::phones::Phones;
use crate::random::Random;
use crate::sip_net::SipNet;
use crate::store::Store;
use crate::town::Town;
use crate::watch::Watch;
use clock::{Millis, Monotonic, Now, WallTime};
use identity::{AgentId, SpanId};
use std::collections::BTreeMap;

/// A town: the box, the far exchange, phones, callers and agents, on one clock and one seed.
#[derive(Debug)]
pub struct World {
    pub(crate) now: Now,
    pub(crate) random: Random,
    pub(crate) agenda: Agenda,
    pub(crate) house: House,
    /// When each span is compared with its signalling next.
    pub(crate) audit_at: Monotonic,
    pub(crate) lines: BTreeMap<SpanId, Line>,
    pub(crate) town: Town,
    pub(crate) phones: Phones,
    /// None: the telephones speak leg primitives.
    pub(crate) sip: Option<SipNet>,
    pub(crate) agents: BTreeMap<AgentId, Diligence>,
    /// Closing time: agents end what they have in hand.
    pub(crate) closing: bool,
    pub(crate) media: Media,
    pub(crate) store: Store,
    pub(crate) watch: Watch,
    pub(crate) ladder: Ladder,
}

/// Thursday, 1 January 2026, noon in China.
const NOON: WallTime = WallTime(1_767_240_000_000);

/// How often the daemon compares spans with their signalling.
const AUDIT_EACH: Millis = Millis::secs(15);

impl World {
    /// An empty house in an empty town. Everything random follows from the seed.
    pub fn seeded(seed: u64) -> World {
        let now = Now { mono: Monotonic(0), wall: NOON };
        World {
            now,
            random: Random::seeded(seed),
            agenda: Agenda::default(),
            house: House::new(now),
            audit_at: now.mono + AUDIT_EACH,
            lines: BTreeMap::new(),
            town: Town::new(),
            phones: Phones::new(),
            sip: None,
            agents: BTreeMap::new(),
            closing: false,
            media: Media::default(),
            store: Store::default(),
            watch: Watch::default(),
            ladder: Ladder::of(seed),
        }
    }

    pub fn now(&self) -> Now {
        self.now
    }

    /// Circuits that the channel audit cleared.
    pub fn healed(&self) -> u64 {
        self.watch.healed
    }

    /// What is wrong with lines now.
    pub fn standing_alarms(&self) -> Vec<desk::AlarmKind> {
        self.watch.view.alarms.values().map(|alarm| alarm.kind).collect()
    }

    /// Lets time pass.
    pub fn run_for(&mut self, time: Millis) {
        let end = self.now.mono + time;
        self.drain();
        while let Some(at) = self.next_at().filter(|at| *at <= end) {
            self.run_to(at);
        }
        self.advance(end);
    }

    fn run_to(&mut self, at: Monotonic) {
        self.advance(at);
        if self.audit_at <= at {
            self.audit_at = at + AUDIT_EACH;
            self.audit_spans();
        }
        while let Some(happening) = self.agenda.take(self.now.mono) {
            self.happen(happening);
            self.drain();
            self.check_step();
        }
        if self.house.deadline().is_some_and(|due| due <= self.now.mono) {
            self.house.expire(self.now);
            self.drain();
            self.check_step();
        }
        if self.sip.as_ref().and_then(SipNet::deadline).is_some_and(|due| due <= self.now.mono) {
            self.sip_expires();
            self.drain();
            self.check_step();
        }
        let due: Vec<SpanId> = self
            .lines
            .values()
            .filter(|line| line.deadline().is_some_and(|at| at <= self.now.mono))
            .map(|line| line.id)
            .collect();
        for span in due {
            if let Some(line) = self.lines.get_mut(&span) {
                let now = self.now.mono;
                line.far.expire(now);
                if let Some(near) = &mut line.near {
                    near.expire(now);
                }
            }
            self.drain();
            self.check_step();
        }
    }

    fn advance(&mut self, to: Monotonic) {
        let passed = to.since(self.now.mono);
        self.now = self.now + passed;
    }

    fn next_at(&self) -> Option<Monotonic> {
        let lines = self.lines.values().filter_map(Line::deadline).min();
        let sip = self.sip.as_ref().and_then(SipNet::deadline);
        [Some(self.audit_at), self.agenda.next_at(), self.house.deadline(), lines, sip].into_iter().flatten().min()
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Arrives { span, to, what } => self.arrives(span, to, &what),
            Happening::Datagram(message) => self.datagram_arrives(&message),
            Happening::UserDoes { extension, call, deed } => self.user_does(&extension, call, deed),
            Happening::PhoneSays { leg, indication } => self.phone_says(leg, indication),
            Happening::PhoneDoes { leg, deed } => self.phone_does(leg, deed),
            Happening::SubscriberDoes { span, leg, deed } => self.subscriber_does(span, leg, deed),
            Happening::CallerDialsOn(caller) => self.caller_dials_on(caller),
            Happening::CallerThinks(caller) => self.caller_thinks(caller),
            Happening::AgentThinks(agent) => self.agent_thinks(agent),
            Happening::PlayEnds { life, leg, play } => self.play_ends(life, leg, play),
            Happening::KeyHeard { life, leg, key } => self.key_heard(life, leg, key),
            Happening::RecordingClosed { life, recording } => self.recording_closed(life, recording),
            Happening::StoreWrites { life } => self.store_writes(life),
            Happening::PhoneRegisters { extension } => self.set_registered(&extension, true),
            Happening::Fault(fault) => self.strike(fault),
        }
    }

    fn arrives(&mut self, span: SpanId, to: End, what: &Passing) {
        let now = self.now.mono;
        if let Some(end) = self.lines.get_mut(&span).and_then(|line| line.end(to)) {
            end.receive(now, what);
        }
    }

    /// Carries outputs from room to room until all are quiet.
    pub(crate) fn drain(&mut self) {
        loop {
            if self.take_effect() || self.take_near() || self.take_far() || self.take_input() {
                continue;
            }
            return;
        }
    }

    /// Something goes wrong, or is mended.
    pub fn strike(&mut self, fault: Fault) {
        self.ladder.note(self.now, || format!("fault: {fault:?}"));
        let now = self.now.mono;
        match fault {
            Fault::Cut(span, failure) => self.set_failure(span, &[End::Box, End::Far], Some(failure)),
            Fault::CutTowards(span, end, failure) => self.set_failure(span, &[end], Some(failure)),
            Fault::Mend(span) => self.set_failure(span, &[End::Box, End::Far], None),
            Fault::Noise(span, permille) => self.line_state(span, |state| state.errors = permille),
            Fault::Slips(span, permille) => self.line_state(span, |state| state.slips = permille),
            Fault::Weather(weather) => {
                if let Some(net) = &mut self.sip {
                    net.weather = weather;
                }
            }
            Fault::Store(mood) => self.store.mood = mood,
            Fault::Disk(disk) => {
                let follows = self.media.set_disk(now, disk);
                follows.into_iter().for_each(|consequence| self.media_follows(consequence));
            }
            Fault::KillAfter(effects) => self.house.kill_after(effects),
            Fault::Restart => self.start_daemon(),
            Fault::Unregister(extension) => self.set_registered(&extension, false),
            Fault::Administrator(command) => {
                let ticket = self.house.ticket();
                self.house.input(exchange::Input::Command { ticket, actor: desk::Actor::Administrator, command });
            }
            Fault::Settings(drawn) => {
                let mut random = Random::seeded(drawn);
                self.change(|settings| crate::random_day::retune(settings, &mut random));
            }
        }
        self.drain();
    }

    fn set_failure(&mut self, span: SpanId, towards: &[End], failure: Option<Failure>) {
        for end in towards {
            let follows = self.lines.get_mut(&span).map(|line| line.set_failure(self.now.mono, *end, failure));
            self.plan_arrivals(span, *end, follows.unwrap_or_default());
        }
    }

    fn line_state(&mut self, span: SpanId, change: impl FnOnce(&mut LineState)) {
        if let Some(line) = self.lines.get_mut(&span) {
            change(&mut line.state);
        }
    }
}
