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
    /// Bit errors in so many of a thousand frames.
    pub errors: u32,
    /// A slip in so many of a thousand frames: an octet lost or doubled.
    pub slips: u32,
    /// What is wrong with the direction towards each end: nothing gets through.
    pub to_box: Option<Failure>,
    pub to_far: Option<Failure>,
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
            state: LineState::default(),
        }
    }

    /// What arrives of a frame, and when.
    pub fn carry(&mut self, now: Monotonic, random: &mut Random, to: End, frame: Vec<u8>) -> (Monotonic, Vec<Vec<u8>>) {
        self.state.frames += 1;
        let at = now + self.state.delay;
        if self.state.towards(to).is_some() {
            self.state.spoilt += 1;
            return (at, Vec::new());
        }
        let harm = match (self.state.errors, self.state.slips) {
            (errors, _) if errors > 0 && random.permille(errors) => Harm::BitErrors,
            (_, slips) if slips > 0 && random.permille(slips) => Harm::Slip,
            _ => return (at, vec![frame]),
        };
        self.state.spoilt += 1;
        (at, spoil(&frame, harm, random))
    }

    pub fn end(&mut self, end: End) -> Option<&mut PriSpan> {
        match end {
            End::Box => self.near.as_mut(),
            End::Far => Some(&mut self.far),
        }
    }

    /// One direction fails or is mended; each end sees what its receiver makes of it.
    pub fn set_failure(&mut self, now: Monotonic, towards: End, failure: Option<Failure>) {
        match towards {
            End::Box => self.state.to_box = failure,
            End::Far => self.state.to_far = failure,
        }
        self.far.alarm(now, self.state.alarms(End::Far));
        if let Some(near) = &mut self.near {
            near.alarm(now, self.state.alarms(End::Box));
        }
    }

    pub fn failed(&self) -> bool {
        self.state.to_box.is_some() || self.state.to_far.is_some()
    }

    /// The daemon starts: a fresh core, told of the line's alarms.
    pub fn start(&mut self, now: Monotonic) {
        let mut fresh = near(self.id, self.overlap);
        fresh.alarm(now, self.state.alarms(End::Box));
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

impl Default for LineState {
    fn default() -> LineState {
        LineState { delay: Millis(2), errors: 0, slips: 0, to_box: None, to_far: None, frames: 0, spoilt: 0 }
    }
}

impl LineState {
    fn towards(&self, end: End) -> Option<Failure> {
        match end {
            End::Box => self.to_box,
            End::Far => self.to_far,
        }
    }

    /// What the receiver at one end sees (G.704, G.732 table 2): its own direction's fault, or, if that one is well, the remote alarm
    /// that the other end sends because of its fault.
    fn alarms(&self, end: End) -> Alarms {
        let own = self.towards(end);
        let other = match end {
            End::Box => self.to_far,
            End::Far => self.to_box,
        };
        let framed = own.is_none_or(|failure| !failure.alarms());
        Alarms {
            los: own == Some(Failure::Los),
            lfa: own == Some(Failure::Lfa),
            ais: own == Some(Failure::Ais),
            rai: framed && other.is_some_and(Failure::alarms),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Harm {
    BitErrors,
    Slip,
}

/// The frame's bits with errors or a slip in them, taken in by a receiver: mostly nothing comes of them.
fn spoil(frame: &[u8], harm: Harm, random: &mut Random) -> Vec<Vec<u8>> {
    let mut encoder = Encoder::default();
    if encoder.send(frame).is_err() {
        return Vec::new();
    }
    let mut octets = vec![0u8; frame.len() * 6 / 5 + 12];
    encoder.fill(&mut octets);
    let at = random.within(0, octets.len() as u64) as usize;
    match harm {
        Harm::Slip if random.permille(500) => {
            octets.remove(at);
        }
        Harm::Slip => octets.insert(at, octets[at]),
        Harm::BitErrors => {
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
