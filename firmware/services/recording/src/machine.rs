use clock::{Millis, Monotonic, Now};
use identity::{AgentId, CallId, LegId, RecordingId};
use plan::RecordingFault;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Whose calls are recorded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Policy {
    pub agent_calls: bool,
    pub extension_calls: bool,
}

impl From<&settings::RecordingSettings> for Policy {
    fn from(settings: &settings::RecordingSettings) -> Policy {
        Policy { agent_calls: settings.record_agent_calls, extension_calls: settings.record_extension_calls }
    }
}

/// Whom the recorded leg was joined with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum With {
    Agent,
    Extension,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RecordingOutput {
    /// Open the recording, then publish the leg's plan with it.
    Start {
        recording: RecordingId,
        call: CallId,
        leg: LegId,
    },
    /// Publish the leg's plan without it (or close the leg), then close the recording.
    Stop {
        recording: RecordingId,
        call: CallId,
        leg: LegId,
    },
    /// Its leg goes on being tapped; the recorder makes silence of it until it is resumed.
    Pause {
        recording: RecordingId,
        call: CallId,
        by: Option<AgentId>,
    },
    Resume {
        recording: RecordingId,
        call: CallId,
        by: Option<AgentId>,
    },
}

/// Seconds recorded against seconds connected, once a recording is closed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reconciliation {
    pub recording: RecordingId,
    pub call: CallId,
    pub recorded: Millis,
    /// From start to stop on the exchange's clock.
    pub connected: Millis,
    pub fault: Option<RecordingFault>,
}

impl Reconciliation {
    /// What start-up, the last block and the recorder's queue may differ by.
    pub const TOLERANCE: Millis = Millis(500);

    pub fn complete(&self) -> bool {
        self.fault.is_none() && self.recorded.0.abs_diff(self.connected.0) <= Self::TOLERANCE.0
    }
}

/// Files stopped and not reported closed: a dead recorder must not fill the memory, the oldest are given up.
const UNCLOSED_AT_MOST: usize = 4096;

/// One segment that runs.
#[derive(Clone, Copy, Debug)]
struct Segment {
    recording: RecordingId,
    call: CallId,
    since: Monotonic,
}

/// What a leg's recording does now.
#[derive(Clone, Copy, Debug)]
enum State {
    Running(Segment),
    /// The recorder failed; the call goes on, and the next connection tries again.
    Failed,
}

/// A segment that was stopped and whose file is not closed yet.
#[derive(Clone, Copy, Debug)]
struct Closing {
    call: CallId,
    connected: Millis,
    fault: Option<RecordingFault>,
}

/// The recordings of one site.
#[derive(Clone, Debug)]
pub struct Recordings {
    policy: Policy,
    legs: BTreeMap<LegId, State>,
    closing: BTreeMap<RecordingId, Closing>,
    /// Calls whose recordings are paused, those to come too.
    paused: BTreeSet<CallId>,
    last_id: u64,
    out: VecDeque<RecordingOutput>,
}

impl Recordings {
    pub fn new(policy: Policy) -> Recordings {
        let (legs, closing, paused) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
        Recordings { policy, legs, closing, paused, last_id: 0, out: VecDeque::new() }
    }

    /// A new policy holds for connections from now on; what runs goes on.
    pub fn configure(&mut self, policy: Policy) {
        self.policy = policy;
    }

    /// `leg` (the one that stays) was joined with an agent or extension. Starts a recording if the policy asks for one and none runs;
    /// returns the recording that the leg's plan must name.
    pub fn connected(&mut self, now: Now, call: CallId, leg: LegId, with: With) -> Option<RecordingId> {
        if let Some(State::Running(segment)) = self.legs.get(&leg) {
            return Some(segment.recording);
        }
        let wanted = match with {
            With::Agent => self.policy.agent_calls,
            With::Extension => self.policy.extension_calls,
        };
        if !wanted {
            return None;
        }
        let recording = self.allocate(now);
        self.legs.insert(leg, State::Running(Segment { recording, call, since: now.mono }));
        self.out.push_back(RecordingOutput::Start { recording, call, leg });
        if self.paused.contains(&call) {
            self.out.push_back(RecordingOutput::Pause { recording, call, by: None });
        }
        Some(recording)
    }

    fn of_call(&self, call: CallId) -> impl Iterator<Item = RecordingId> {
        self.legs.values().filter_map(move |state| match state {
            State::Running(segment) if segment.call == call => Some(segment.recording),
            State::Running(_) | State::Failed => None,
        })
    }

    /// What is said in the call is not recorded until it is resumed. False: it is paused already, or not recorded.
    pub fn pause(&mut self, call: CallId, by: Option<AgentId>) -> bool {
        let running: Vec<RecordingId> = self.of_call(call).collect();
        if running.is_empty() || !self.paused.insert(call) {
            return false;
        }
        self.out.extend(running.into_iter().map(|recording| RecordingOutput::Pause { recording, call, by }));
        true
    }

    /// False: it is not paused.
    pub fn resume(&mut self, call: CallId, by: Option<AgentId>) -> bool {
        if !self.paused.remove(&call) {
            return false;
        }
        let running: Vec<RecordingId> = self.of_call(call).collect();
        self.out.extend(running.into_iter().map(|recording| RecordingOutput::Resume { recording, call, by }));
        true
    }

    pub fn is_paused(&self, call: CallId) -> bool {
        self.paused.contains(&call)
    }

    /// The call is over.
    pub fn call_ended(&mut self, call: CallId) {
        self.paused.remove(&call);
    }

    /// The recording that the plan of `leg` names now.
    pub fn of_leg(&self, leg: LegId) -> Option<RecordingId> {
        match self.legs.get(&leg)? {
            State::Running(segment) => Some(segment.recording),
            State::Failed => None,
        }
    }

    /// The leg is gone, or its part with agents is over for good: its recording ends.
    pub fn leg_ended(&mut self, now: Now, leg: LegId) {
        let Some(State::Running(segment)) = self.legs.remove(&leg) else { return };
        self.stop(now, leg, segment, None);
    }

    /// The leg goes on in another call (a transfer joined two calls): the recording follows the leg.
    pub fn moved(&mut self, leg: LegId, to: CallId) {
        let Some(State::Running(segment)) = self.legs.get_mut(&leg) else { return };
        let from = std::mem::replace(&mut segment.call, to);
        let recording = segment.recording;
        // What was paused was said in the other call.
        match (self.paused.contains(&from), self.paused.contains(&to)) {
            (true, false) => self.out.push_back(RecordingOutput::Resume { recording, call: to, by: None }),
            (false, true) => self.out.push_back(RecordingOutput::Pause { recording, call: to, by: None }),
            (true, true) | (false, false) => {}
        }
    }

    /// The recorder reports a fault: the segment ends, the call goes on. Returns call and leg, whose plan must no longer name it.
    pub fn failed(&mut self, now: Now, recording: RecordingId, fault: RecordingFault) -> Option<(CallId, LegId)> {
        let running = self.legs.iter().find_map(|(leg, state)| match state {
            State::Running(segment) if segment.recording == recording => Some((*leg, *segment)),
            State::Running(_) | State::Failed => None,
        });
        if let Some((leg, segment)) = running {
            self.legs.insert(leg, State::Failed);
            self.stop(now, leg, segment, Some(fault));
            return Some((segment.call, leg));
        }
        if let Some(closing) = self.closing.get_mut(&recording) {
            closing.fault = Some(fault);
        }
        None
    }

    /// The recorder closed the file.
    pub fn closed(&mut self, recording: RecordingId, recorded: Millis) -> Option<Reconciliation> {
        let closing = self.closing.remove(&recording)?;
        let Closing { call, connected, fault } = closing;
        Some(Reconciliation { recording, call, recorded, connected, fault })
    }

    pub fn poll(&mut self) -> Option<RecordingOutput> {
        self.out.pop_front()
    }

    /// Recordings that run, and recordings stopped whose files are not closed.
    pub fn open(&self) -> (usize, usize) {
        let running = self.legs.values().filter(|state| matches!(state, State::Running(_))).count();
        (running, self.closing.len())
    }

    fn stop(&mut self, now: Now, leg: LegId, segment: Segment, fault: Option<RecordingFault>) {
        let Segment { recording, call, since } = segment;
        if self.closing.len() >= UNCLOSED_AT_MOST {
            self.closing.pop_first();
        }
        self.closing.insert(recording, Closing { call, connected: now.mono.since(since), fault });
        self.out.push_back(RecordingOutput::Stop { recording, call, leg });
    }

    /// Ids sort by time of birth and stay unique over restarts, as call ids do.
    fn allocate(&mut self, now: Now) -> RecordingId {
        let born = (now.wall.0.max(0) as u64) << 22;
        self.last_id = born.max(self.last_id + 1);
        RecordingId(self.last_id)
    }
}
