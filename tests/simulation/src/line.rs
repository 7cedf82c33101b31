//! A span between the box and the far exchange: two primary rate cores with a line between them.

use crate::agenda::{End, Failure};
use crate::random::Random;
use clock::{Millis, Monotonic};
use hdlc::{Decoder, Encoder, Received};
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
    /// Numbers go digit by digit, both ways.
    pub overlap: bool,
    pub state: LineState,
}

/// What the line does to frames.
#[derive(Clone, Copy, Debug)]
pub struct LineState {
    /// One way.
    pub delay: Millis,
    /// Out of a thousand frames so many come with a wrong check sequence and are thrown away.
    pub noise: u32,
    /// Nothing gets through, and both ends see why.
    pub failure: Option<Failure>,
    pub frames: u64,
    pub spoilt: u64,
}

impl Line {
    pub fn new(id: SpanId, name: &str, overlap: bool) -> Line {
        Line {
            id,
            name: name.to_owned(),
            near: Some(near(id, overlap)),
            far: PriSpan::new(config(id, Side::Network, overlap)),
            overlap,
            state: LineState { delay: Millis(2), noise: 0, failure: None, frames: 0, spoilt: 0 },
        }
    }

    /// What arrives of a frame, and when.
    pub fn carry(&mut self, now: Monotonic, random: &mut Random, frame: Vec<u8>) -> (Monotonic, Vec<Vec<u8>>) {
        self.state.frames += 1;
        let at = now + self.state.delay;
        if self.state.failure.is_some() {
            self.state.spoilt += 1;
            return (at, Vec::new());
        }
        if self.state.noise > 0 && random.permille(self.state.noise) {
            self.state.spoilt += 1;
            return (at, spoil(&frame, random));
        }
        (at, vec![frame])
    }

    pub fn end(&mut self, end: End) -> Option<&mut PriSpan> {
        match end {
            End::Box => self.near.as_mut(),
            End::Far => Some(&mut self.far),
        }
    }

    pub fn set_failure(&mut self, now: Monotonic, failure: Option<Failure>) {
        self.state.failure = failure;
        let alarms = alarms(failure);
        self.far.alarm(now, alarms);
        if let Some(near) = &mut self.near {
            near.alarm(now, alarms);
        }
    }

    /// The daemon starts: a fresh core, told of the line's alarms.
    pub fn start(&mut self, now: Monotonic) {
        let mut fresh = near(self.id, self.overlap);
        fresh.alarm(now, alarms(self.state.failure));
        self.near = Some(fresh);
    }

    pub fn deadline(&self) -> Option<Monotonic> {
        let near = self.near.as_ref().and_then(PriSpan::deadline);
        [near, self.far.deadline()].into_iter().flatten().min()
    }
}

fn config(id: SpanId, side: Side, overlap: bool) -> Config {
    Config { overlap_receiving: overlap, overlap_sending: overlap, ..Config::new(id, side) }
}

/// Our end: the customer's side; it restarts the interface when it first comes up, for calls that a daemon before it had.
fn near(id: SpanId, overlap: bool) -> PriSpan {
    PriSpan::new(Config { restart_at_start: true, ..config(id, Side::User, overlap) })
}

fn alarms(failure: Option<Failure>) -> Alarms {
    Alarms { los: failure == Some(Failure::Los), ais: failure == Some(Failure::Ais), ..Alarms::default() }
}

/// The frame's bits with errors or a slip in them, taken in by a receiver: mostly nothing comes of them.
fn spoil(frame: &[u8], random: &mut Random) -> Vec<Vec<u8>> {
    let mut encoder = Encoder::default();
    if encoder.send(frame).is_err() {
        return Vec::new();
    }
    let mut octets = vec![0u8; frame.len() * 6 / 5 + 12];
    encoder.fill(&mut octets);
    let at = random.within(0, octets.len() as u64) as usize;
    match random.within(0, 4) {
        0 => {
            octets.remove(at);
        }
        1 => octets.insert(at, octets[at]),
        _ => {
            for _ in 0..random.within(1, 6) {
                let bit = random.within(0, octets.len() as u64 * 8) as usize;
                octets[bit / 8] ^= 1 << (bit % 8);
            }
        }
    }
    let mut arrived = Vec::new();
    Decoder::default().take(&octets, |received| {
        if let Received::Frame(frame) = received {
            arrived.push(frame.to_vec());
        }
    });
    arrived
}
