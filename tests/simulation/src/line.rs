//! A span between the box and the far exchange: two primary rate cores with a line between them.

use crate::agenda::End;
use crate::random::Random;
use clock::{Millis, Monotonic};
use identity::SpanId;
use legs::Alarms;
use pri::{Config, PriSpan, Side};

/// One span.
#[derive(Debug)]
pub struct Line {
    pub id: SpanId,
    pub name: String,
    /// Our end; gone while the daemon is down.
    pub near: Option<PriSpan>,
    pub far: PriSpan,
    pub state: LineState,
}

/// What the line does to frames.
#[derive(Clone, Copy, Debug)]
pub struct LineState {
    /// One way.
    pub delay: Millis,
    /// Out of a thousand frames so many come with a wrong check sequence and are thrown away.
    pub noise: u32,
    /// Nothing gets through; both ends see loss of signal.
    pub cut: bool,
    pub frames: u64,
    pub spoilt: u64,
}

impl Line {
    pub fn new(id: SpanId, name: &str) -> Line {
        Line {
            id,
            name: name.to_owned(),
            near: Some(near(id)),
            far: PriSpan::new(Config::new(id, Side::Network)),
            state: LineState { delay: Millis(2), noise: 0, cut: false, frames: 0, spoilt: 0 },
        }
    }

    /// What becomes of a frame: when it arrives, if it does.
    pub fn carry(&mut self, now: Monotonic, random: &mut Random) -> Option<Monotonic> {
        self.state.frames += 1;
        let spoilt = self.state.noise > 0 && random.permille(self.state.noise);
        if self.state.cut || spoilt {
            self.state.spoilt += 1;
            return None;
        }
        Some(now + self.state.delay)
    }

    pub fn end(&mut self, end: End) -> Option<&mut PriSpan> {
        match end {
            End::Box => self.near.as_mut(),
            End::Far => Some(&mut self.far),
        }
    }

    pub fn set_cut(&mut self, now: Monotonic, cut: bool) {
        self.state.cut = cut;
        let alarms = Alarms { los: cut, ..Alarms::default() };
        self.far.alarm(now, alarms);
        if let Some(near) = &mut self.near {
            near.alarm(now, alarms);
        }
    }

    /// The daemon starts: a fresh core, told of the line's alarms.
    pub fn start(&mut self, now: Monotonic) {
        let mut fresh = near(self.id);
        fresh.alarm(now, Alarms { los: self.state.cut, ..Alarms::default() });
        self.near = Some(fresh);
    }

    pub fn deadline(&self) -> Option<Monotonic> {
        let near = self.near.as_ref().and_then(PriSpan::deadline);
        [near, self.far.deadline()].into_iter().flatten().min()
    }
}

/// Our end: the customer's side; it restarts the interface when it first comes up, for calls that a daemon before it had.
fn near(id: SpanId) -> PriSpan {
    PriSpan::new(Config { restart_at_start: true, ..Config::new(id, Side::User) })
}
