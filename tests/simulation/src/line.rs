//! A span between the box and the far exchange: two cores with a line between them.

use crate::agenda::{End, Failure};
use crate::core::{Core, Passing};
use crate::random::Random;
use clock::{Millis, Monotonic};
use hdlc::{Decoder, Encoder, Received};
use identity::SpanId;
use legs::Alarms;
use pri::{Config, Side};
use r2::{Direction, Length, Signal, Variant, Wants};
use std::collections::BTreeMap;

/// One span.
#[derive(Debug)]
pub struct Line {
    pub id: SpanId,
    pub name: String,
    /// Our end; gone while the daemon is down.
    pub near: Option<Core>,
    pub far: Core,
    pub kind: LineKind,
    pub state: LineState,
    /// What each end's card sends besides frames: it goes on while nobody changes it.
    standing: [Standing; 2],
}

/// How the line signals.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LineKind {
    /// Primary rate; with overlap numbers go digit by digit, both ways.
    Pri { overlap: bool },
    /// A basic access: the house is a terminal on a bus, or the only one at its line.
    Bri { bus: bool },
    /// R2 of China; the house asks for so many digits, or digit by digit.
    R2 { called: Length },
}

#[derive(Clone, Debug, Default)]
struct Standing {
    bits: BTreeMap<u8, u8>,
    tones: BTreeMap<u8, (Direction, Signal)>,
}

/// From a change of the bits to its being read: a multiframe each for sending and for believing it.
const MULTIFRAMES: Millis = Millis(4);
/// What a register's receiver needs to be sure of a beginning or an end (Q.455).
const RECOGNITION: Millis = Millis(20);
/// A bit error in the bits of a timeslot lasts until the next multiframe but one.
const BLINK: Millis = Millis(4);

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
    pub fn new(id: SpanId, name: &str, kind: LineKind) -> Line {
        Line {
            id,
            name: name.to_owned(),
            near: Some(near(id, kind)),
            far: far(id, kind),
            kind,
            state: LineState::default(),
            standing: Default::default(),
        }
    }

    /// Numbers go digit by digit towards the house.
    pub fn overlap(&self) -> bool {
        matches!(self.kind, LineKind::Pri { overlap: true })
    }

    /// Timeslots that may carry speech.
    pub fn slots(&self) -> impl DoubleEndedIterator<Item = u8> + use<> {
        let last = if let LineKind::Bri { .. } = self.kind { 2 } else { 31 };
        (1..=last).filter(|slot| *slot != 16)
    }

    /// What arrives of what an end sends, and when.
    pub fn carry(&mut self, now: Monotonic, random: &mut Random, to: End, what: Passing) -> Vec<(Monotonic, Passing)> {
        self.standing[place(to)].note(&what);
        self.state.frames += 1;
        if self.state.towards(to).is_some() {
            self.state.spoilt += 1;
            return Vec::new();
        }
        let at = now + self.state.delay;
        match what {
            Passing::Frame(frame) => self.carry_frame(at, random, frame),
            Passing::Bits { slot, abcd } => self.carry_bits(at, random, slot, abcd),
            tone @ Passing::Tone { .. } => vec![(at + RECOGNITION, tone)],
        }
    }

    /// A wrong bit shows for a moment, then the right ones.
    fn carry_bits(&mut self, at: Monotonic, random: &mut Random, slot: u8, abcd: u8) -> Vec<(Monotonic, Passing)> {
        let at = at + MULTIFRAMES;
        let right = Passing::Bits { slot, abcd };
        if !random.permille(self.state.errors) {
            return vec![(at, right)];
        }
        self.state.spoilt += 1;
        let wrong = Passing::Bits { slot, abcd: abcd ^ 1 << random.within(0, 4) };
        vec![(at, wrong), (at + BLINK, right)]
    }

    fn carry_frame(&mut self, at: Monotonic, random: &mut Random, frame: Vec<u8>) -> Vec<(Monotonic, Passing)> {
        let harm = match (self.state.errors, self.state.slips) {
            (errors, _) if errors > 0 && random.permille(errors) => Harm::BitErrors,
            (_, slips) if slips > 0 && random.permille(slips) => Harm::Slip,
            _ => return vec![(at, Passing::Frame(frame))],
        };
        self.state.spoilt += 1;
        spoil(&frame, harm, random).into_iter().map(|frame| (at, Passing::Frame(frame))).collect()
    }

    pub fn end(&mut self, end: End) -> Option<&mut Core> {
        match end {
            End::Box => self.near.as_mut(),
            End::Far => Some(&mut self.far),
        }
    }

    /// One direction fails or is mended; each end sees what its receiver makes of it. What comes to that end because of it.
    pub fn set_failure(&mut self, now: Monotonic, towards: End, failure: Option<Failure>) -> Vec<(Monotonic, Passing)> {
        match towards {
            End::Box => self.state.to_box = failure,
            End::Far => self.state.to_far = failure,
        }
        self.far.alarm(now, self.state.alarms(End::Far));
        if let Some(near) = &mut self.near {
            near.alarm(now, self.state.alarms(End::Box));
        }
        match failure {
            Some(_) => self.standing[place(towards)].silence(now),
            None => self.standing[place(towards)].again(now + self.state.delay),
        }
    }

    /// The daemon dies: its registers fall silent, the card goes on sending the bits that it had.
    pub fn stop(&mut self, now: Monotonic) -> Vec<(Monotonic, Passing)> {
        self.near = None;
        let silence = self.standing[place(End::Far)].silence(now);
        self.standing[place(End::Far)].tones.clear();
        silence
    }

    pub fn failed(&self) -> bool {
        self.state.to_box.is_some() || self.state.to_far.is_some()
    }

    /// The daemon starts: a fresh core, told of the line's alarms and bits.
    pub fn start(&mut self, now: Monotonic) -> Vec<(Monotonic, Passing)> {
        let mut fresh = near(self.id, self.kind);
        fresh.alarm(now, self.state.alarms(End::Box));
        self.near = Some(fresh);
        if self.state.to_box.is_some() { Vec::new() } else { self.standing[place(End::Box)].again(now) }
    }

    pub fn deadline(&self) -> Option<Monotonic> {
        let near = self.near.as_ref().and_then(Core::deadline);
        [near, self.far.deadline()].into_iter().flatten().min()
    }
}

fn config(id: SpanId, side: Side, overlap: bool) -> Config {
    Config { overlap_receiving: overlap, overlap_sending: overlap, ..Config::new(id, side) }
}

fn bri_config(id: SpanId, side: Side, bus: bool) -> bri::Config {
    let mode = if bus { bri::Mode::PointToMultipoint } else { bri::Mode::PointToPoint };
    bri::Config::new(id, side, mode)
}

/// Our end: the customer's side; it restarts the interface when it first comes up, for calls that a daemon before it had.
fn near(id: SpanId, kind: LineKind) -> Core {
    match kind {
        LineKind::Pri { overlap } => Core::pri(Config { restart_at_start: true, ..config(id, Side::User, overlap) }),
        LineKind::Bri { bus } => Core::bri(bri_config(id, Side::User, bus)),
        LineKind::R2 { called } => Core::r2(r2_config(id, called)),
    }
}

fn far(id: SpanId, kind: LineKind) -> Core {
    match kind {
        LineKind::Pri { overlap } => Core::pri(config(id, Side::Network, overlap)),
        LineKind::Bri { bus } => Core::bri(bri_config(id, Side::Network, bus)),
        LineKind::R2 { .. } => Core::r2(r2_config(id, Length::Fixed(SUBSCRIBER_DIGITS))),
    }
}

/// The town's numbers have so many digits, as mobile telephones in China.
const SUBSCRIBER_DIGITS: u8 = 11;

fn r2_config(id: SpanId, called: Length) -> r2::Config {
    let wants = Wants { called, caller: true, caller_after: 0 };
    r2::Config { wants, ..r2::Config::new(id, Variant::CHINA) }
}

fn place(towards: End) -> usize {
    match towards {
        End::Box => 0,
        End::Far => 1,
    }
}

impl Standing {
    fn note(&mut self, what: &Passing) {
        match *what {
            Passing::Frame(_) => {}
            Passing::Bits { slot, abcd } => {
                self.bits.insert(slot, abcd);
            }
            Passing::Tone { slot, direction, signal: Some(signal) } => {
                self.tones.insert(slot, (direction, signal));
            }
            Passing::Tone { slot, signal: None, .. } => {
                self.tones.remove(&slot);
            }
        }
    }

    /// Nothing is heard any more; bits are believed as they were.
    fn silence(&self, now: Monotonic) -> Vec<(Monotonic, Passing)> {
        let over = |(slot, (direction, _)): (&u8, &(Direction, Signal))| {
            (now + RECOGNITION, Passing::Tone { slot: *slot, direction: *direction, signal: None })
        };
        self.tones.iter().map(over).collect()
    }

    /// All of it is there again.
    fn again(&self, at: Monotonic) -> Vec<(Monotonic, Passing)> {
        let bits = self.bits.iter().map(|(slot, abcd)| (at + MULTIFRAMES, Passing::Bits { slot: *slot, abcd: *abcd }));
        let tones = self.tones.iter().map(|(slot, (direction, signal))| {
            (at + RECOGNITION, Passing::Tone { slot: *slot, direction: *direction, signal: Some(*signal) })
        });
        bits.chain(tones).collect()
    }
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
            card: false,
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
