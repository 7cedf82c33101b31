//! The media engine and the recorder as the exchange sees them: ports, plans, ends of plays, recordings and their faults.

use clock::{Millis, Monotonic};
use identity::{CallId, CircuitId, LegId, PlayId, RecordingId};
use plan::{Hears, MediaRequest, Plan, Port, RecordingFault};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Default)]
pub struct Media {
    pub legs: BTreeMap<LegId, MediaLeg>,
    pub recordings: BTreeMap<RecordingId, Recording>,
    pub disk: Disk,
    /// Prompts that cannot be read.
    pub unreadable: BTreeSet<String>,
}

/// One open port.
#[derive(Clone, Debug)]
pub struct MediaLeg {
    pub port: Port,
    pub plan: Plan,
}

/// One recording and what was written of it.
#[derive(Clone, Debug)]
pub struct Recording {
    pub call: CallId,
    /// A plan names it since.
    pub since: Option<Monotonic>,
    pub written: Millis,
    pub stopped: bool,
    pub fault: Option<RecordingFault>,
    /// As reported to the exchange.
    pub closed: Option<Millis>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Disk {
    #[default]
    Fine,
    Full,
    Failing,
}

impl Disk {
    fn fault(self) -> Option<RecordingFault> {
        match self {
            Disk::Fine => None,
            Disk::Full => Some(RecordingFault::DiskFull),
            Disk::Failing => Some(RecordingFault::DiskFailed),
        }
    }
}

/// What follows from a request.
#[derive(Clone, PartialEq, Debug)]
pub enum Consequence {
    /// A play began: it ends after so long, and these of its prompts cannot be read.
    Plays {
        leg: LegId,
        play: PlayId,
        lasts: Millis,
        unreadable: Vec<plan::PromptRef>,
    },
    RecordingFails {
        recording: RecordingId,
        fault: RecordingFault,
    },
    /// The request makes no sense: the exchange's fault.
    Wrong(String),
}

/// Speech of one prompt fragment, about.
const PROMPT: Millis = Millis(700);

impl Media {
    pub fn open(&mut self, leg: LegId, port: Port) -> Option<Consequence> {
        let owner = self.legs.iter().find(|(other, open)| **other != leg && open.port == port).map(|(other, _)| *other);
        let plan = self.legs.remove(&leg).map(|open| open.plan).unwrap_or_default();
        self.legs.insert(leg, MediaLeg { port, plan });
        owner.map(|owner| Consequence::Wrong(format!("{port:?} has two owners: {owner} and {leg}")))
    }

    pub fn request(&mut self, now: Monotonic, request: MediaRequest) -> Vec<Consequence> {
        match request {
            MediaRequest::Open { leg, port } => self.open(leg, port).into_iter().collect(),
            MediaRequest::Plan { leg, plan } => self.plan(now, leg, plan),
            MediaRequest::Close { leg } => {
                self.plan(now, leg, Plan::default());
                self.legs.remove(&leg);
                Vec::new()
            }
            MediaRequest::Negotiated { .. } | MediaRequest::Secure { .. } | MediaRequest::SendKeys { .. } => Vec::new(),
        }
    }

    fn plan(&mut self, now: Monotonic, leg: LegId, plan: Plan) -> Vec<Consequence> {
        let Some(open) = self.legs.get_mut(&leg) else { return Vec::new() };
        let before = std::mem::replace(&mut open.plan, plan.clone());
        let mut follows = Vec::new();
        if before.record != plan.record {
            follows.extend(before.record.and_then(|recording| self.untap(now, recording)));
            follows.extend(plan.record.and_then(|recording| self.tap(now, recording)));
        }
        let played = |hears: &Hears| match hears {
            Hears::Play { play, .. } => Some(*play),
            Hears::Silence | Hears::Leg(_) | Hears::Mix(_) | Hears::Room(_) | Hears::Tone(_) | Hears::Music(_) => None,
        };
        if let Hears::Play { play, prompts, repeat: false } = &plan.hears
            && played(&before.hears) != Some(*play)
        {
            let (bad, good): (Vec<_>, Vec<_>) =
                prompts.iter().cloned().partition(|prompt| self.unreadable.contains(&prompt.name));
            let lasts = Millis(PROMPT.0 * good.len() as u64);
            follows.push(Consequence::Plays { leg, play: *play, lasts, unreadable: bad });
        }
        follows
    }

    fn tap(&mut self, now: Monotonic, id: RecordingId) -> Option<Consequence> {
        let Some(recording) = self.recordings.get_mut(&id).filter(|recording| !recording.stopped) else {
            return Some(Consequence::Wrong(format!("a plan names recording {id}, which is not open")));
        };
        match recording.since {
            Some(_) => Some(Consequence::Wrong(format!("two plans name recording {id}"))),
            None => {
                recording.since = Some(now);
                None
            }
        }
    }

    fn untap(&mut self, now: Monotonic, id: RecordingId) -> Option<Consequence> {
        let recording = self.recordings.get_mut(&id)?;
        if let Some(since) = recording.since.take()
            && recording.fault.is_none()
        {
            recording.written = recording.written + now.since(since);
        }
        None
    }

    pub fn start(&mut self, id: RecordingId, call: CallId) -> Option<Consequence> {
        let fault = self.disk.fault();
        let started = Recording { call, since: None, written: Millis::ZERO, stopped: false, fault, closed: None };
        if self.recordings.insert(id, started).is_some() {
            return Some(Consequence::Wrong(format!("recording {id} started twice")));
        }
        fault.map(|fault| Consequence::RecordingFails { recording: id, fault })
    }

    pub fn stop(&mut self, id: RecordingId) -> Option<Consequence> {
        let Some(recording) = self.recordings.get_mut(&id) else {
            return Some(Consequence::Wrong(format!("recording {id} stopped, never started")));
        };
        if std::mem::replace(&mut recording.stopped, true) {
            return Some(Consequence::Wrong(format!("recording {id} stopped twice")));
        }
        recording.since.map(|_| Consequence::Wrong(format!("recording {id} stopped while a plan names it")))
    }

    /// The disk changes under running recordings.
    pub fn set_disk(&mut self, now: Monotonic, disk: Disk) -> Vec<Consequence> {
        self.disk = disk;
        let Some(fault) = disk.fault() else { return Vec::new() };
        let mut follows = Vec::new();
        for (id, recording) in self.recordings.iter_mut().filter(|(_, r)| !r.stopped && r.fault.is_none()) {
            if let Some(since) = recording.since {
                recording.written = recording.written + now.since(since);
            }
            recording.fault = Some(fault);
            follows.push(Consequence::RecordingFails { recording: *id, fault });
        }
        follows
    }

    /// The leg whose port is this circuit.
    pub fn on_circuit(&self, circuit: CircuitId) -> Option<LegId> {
        self.legs.iter().find(|(_, open)| open.port == Port::Circuit(circuit)).map(|(leg, _)| *leg)
    }

    pub fn hears(&self, leg: LegId) -> Option<&Hears> {
        self.legs.get(&leg).map(|open| &open.plan.hears)
    }

    /// The daemon died: ports are gone, running recordings end where they are.
    pub fn die(&mut self, now: Monotonic) {
        let legs: Vec<LegId> = self.legs.keys().copied().collect();
        for leg in legs {
            self.plan(now, leg, Plan::default());
        }
        self.legs.clear();
        for recording in self.recordings.values_mut().filter(|recording| recording.closed.is_none()) {
            recording.stopped = true;
            recording.closed = Some(recording.written);
        }
    }
}
