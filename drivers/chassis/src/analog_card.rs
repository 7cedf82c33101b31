//! A card of analog ports whose lines lead to another card over one wire.
//!
//! The wire is that of an E1, so that it can be local, or lead to another program over UDP. A frame carries for each port an octet of
//! audio and an octet that says how its end of the loop is, so nothing is lost with a frame:
//!
//! | octet | |
//! |---|---|
//! | 0 | `a5` |
//! | 1 to 15 | audio of the port |
//! | 17 to 31 | state of port 1 to 15 |
//!
//! | state, from the station's end (FXS) | from the terminal's end (FXO) |
//! |---|---|
//! | `80`, and 1 ringing, 2 reversed, 4 feed, 8 speech though on hook | `40`, and 1 loop closed |

use crate::analog::{StationEvent, TerminalEvent};
use crate::event::Counters;
use crate::fault::{Direction, Fault, LineModel};
use crate::frame::{Frame, SILENCE, Timeslots};
use crate::hook::Hook;
use crate::playout::Playout;
use crate::wire::Wire;
use clock::{Millis, Monotonic};
use std::collections::VecDeque;

/// Ports of a card at most.
pub const PORTS: u8 = 15;

const MARK: u8 = 0xa5;
const STATION: u8 = 0x80;
const TERMINAL: u8 = 0x40;
const RINGING: u8 = 1;
const REVERSED: u8 = 2;
const FEED: u8 = 4;
const SPEECH: u8 = 8;
const CLOSED: u8 = 1;

/// The state of the other end is believed when so many frames agree: 1 ms.
const BELIEVED_AFTER: u8 = 8;

/// Nothing on the wire for so long: the pairs are cut.
const GONE_AFTER: Millis = Millis(100);

/// Events waiting at most.
const WAITING: usize = 256;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AnalogKind {
    /// Feeds a telephone.
    Station,
    /// Is a telephone to another exchange.
    Terminal,
}

/// What a port sees.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AnalogEvent {
    Station { slot: u8, event: StationEvent },
    Terminal { slot: u8, event: TerminalEvent },
}

/// A fault of one port's pair, seen from this card. Each stands until set again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PairFault {
    /// Cut: no feed, or nobody closes the loop.
    Open(bool),
    /// The wires touch: the loop is closed whatever the telephone does.
    Short(bool),
    Crossed(bool),
    /// Ringing voltage that does not go away.
    StuckRing(bool),
}

/// What an instrument on the pair would show.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Meter {
    pub volts: i16,
    pub milliamperes: i16,
    pub ringing: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Faults {
    open: bool,
    short: bool,
    crossed: bool,
    stuck_ring: bool,
}

#[derive(Clone, Debug)]
struct Port {
    slot: u8,
    kind: AnalogKind,
    /// Our end of the loop, as a state octet without its mark.
    ours: u8,
    /// The other end: believed, heard last, how often in a row.
    theirs: u8,
    heard: u8,
    times: u8,
    faults: Faults,
    hook: Hook,
}

/// A card of analog ports.
#[derive(Debug)]
pub struct AnalogCard {
    wire: Wire,
    ports: Vec<Port>,
    outward: LineModel,
    inward: LineModel,
    playout: Playout,
    frames: Vec<Frame>,
    arrived: Vec<Frame>,
    last_frame: Monotonic,
    connected: bool,
    events: VecDeque<AnalogEvent>,
    counters: Counters,
}

impl AnalogCard {
    /// Ports by slot, 1 to [`PORTS`]; others are left out.
    pub fn new(ports: &[(u8, AnalogKind)], wire: Wire, seed: u64, now: Monotonic) -> AnalogCard {
        let known = ports.iter().filter(|(slot, _)| (1..=PORTS).contains(slot));
        AnalogCard {
            playout: Playout::new(wire.play_out_depth()),
            wire,
            ports: known.map(|(slot, kind)| Port::new(*slot, *kind)).collect(),
            outward: LineModel::new(seed),
            inward: LineModel::new(seed ^ 0xa11a),
            frames: Vec::new(),
            arrived: Vec::new(),
            last_frame: now,
            connected: false,
            events: VecDeque::with_capacity(WAITING),
            counters: Counters::default(),
        }
    }

    pub fn ports(&self) -> impl Iterator<Item = (u8, AnalogKind)> + '_ {
        self.ports.iter().map(|port| (port.slot, port.kind))
    }

    /// FXO: closes the loop, or opens it.
    pub fn set_hook(&mut self, slot: u8, closed: bool) {
        self.set(slot, AnalogKind::Terminal, CLOSED, closed);
    }

    /// FXS: ringing voltage. The cadence is the caller's business.
    pub fn ring(&mut self, slot: u8, on: bool) {
        self.set(slot, AnalogKind::Station, RINGING, on);
    }

    pub fn set_polarity(&mut self, slot: u8, reversed: bool) {
        self.set(slot, AnalogKind::Station, REVERSED, reversed);
    }

    pub fn set_battery(&mut self, slot: u8, feeding: bool) {
        self.set(slot, AnalogKind::Station, FEED, feeding);
    }

    /// FXS: what is spoken passes though the telephone is on hook.
    pub fn set_on_hook_speech(&mut self, slot: u8, on: bool) {
        self.set(slot, AnalogKind::Station, SPEECH, on);
    }

    fn set(&mut self, slot: u8, kind: AnalogKind, bit: u8, on: bool) {
        if let Some(port) = self.ports.iter_mut().find(|port| port.slot == slot && port.kind == kind) {
            port.ours = if on { port.ours | bit } else { port.ours & !bit };
        }
    }

    /// What an instrument on a port's pair shows; none without such a port.
    pub fn measure(&self, slot: u8) -> Option<Meter> {
        let port = self.ports.iter().find(|port| port.slot == slot)?;
        let (station, terminal) = match port.kind {
            AnalogKind::Station => (port.ours, port.theirs),
            AnalogKind::Terminal => (port.theirs, port.ours),
        };
        // 48 V over some 1200 ohm of feed and line; a telephone takes what is left (YD/T 586).
        let (volts, milliamperes) = match (station & FEED != 0, terminal & CLOSED != 0) {
            (false, _) => (0, 0),
            (true, false) => (48, 0),
            (true, true) => (9, 30),
        };
        let sign = if station & REVERSED != 0 { -1 } else { 1 };
        let ringing = station & RINGING != 0 && terminal & CLOSED == 0;
        Some(Meter { volts: volts * sign, milliamperes: milliamperes * sign, ringing })
    }

    /// Makes the wire to the other card worse, or mends it.
    pub fn inject(&mut self, direction: Direction, fault: Fault) {
        match direction {
            Direction::Transmit => self.outward.inject(fault),
            Direction::Receive => self.inward.inject(fault),
        }
    }

    /// Makes one pair worse, or mends it.
    pub fn inject_pair(&mut self, slot: u8, fault: PairFault) {
        if let Some(port) = self.ports.iter_mut().find(|port| port.slot == slot) {
            match fault {
                PairFault::Open(on) => port.faults.open = on,
                PairFault::Short(on) => port.faults.short = on,
                PairFault::Crossed(on) => port.faults.crossed = on,
                PairFault::StuckRing(on) => port.faults.stuck_ring = on,
            }
        }
    }

    /// Sends what `spoken` holds, and how our ends of the loops are.
    pub fn transmit(&mut self, now: Monotonic, spoken: &Timeslots) {
        let AnalogCard { ports, outward, frames, wire, .. } = self;
        frames.clear();
        for index in 0..spoken.frames() {
            let mut frame = [SILENCE; 32];
            frame[0] = MARK;
            for port in ports.iter() {
                frame[usize::from(port.slot)] = spoken.slot(port.slot).get(index).copied().unwrap_or(SILENCE);
                frame[usize::from(port.slot) + 16] = port.mark() | port.ours;
            }
            outward.carry(now, &frame, &mut |frame| frames.push(*frame));
        }
        outward.due(now, &mut |frame| frames.push(*frame));
        wire.send(frames);
    }

    /// Fills `heard` with what came. To be called each so many milliseconds as it holds, and [`AnalogCard::transmit`] as often.
    pub fn receive(&mut self, now: Monotonic, heard: &mut Timeslots) {
        self.arrive(now);
        if self.connected && now.since(self.last_frame) >= GONE_AFTER {
            self.connected = false;
            self.playout.clear();
            self.ports.iter_mut().for_each(|port| port.theirs = 0);
        }
        for port in &mut self.ports {
            port.tell(now, &mut self.events);
        }
        self.playout.take(heard, &mut self.counters);
    }

    /// Transmits and then receives: for who has nothing to do in between.
    pub fn exchange(&mut self, now: Monotonic, spoken: &Timeslots, heard: &mut Timeslots) {
        self.transmit(now, spoken);
        self.receive(now, heard);
    }

    fn arrive(&mut self, now: Monotonic) {
        // Both lists are kept for their room: this runs on the media thread.
        let mut frames = std::mem::take(&mut self.frames);
        let mut arrived = std::mem::take(&mut self.arrived);
        frames.clear();
        arrived.clear();
        self.wire.receive(&mut frames);
        for frame in &frames {
            self.inward.carry(now, frame, &mut |frame| arrived.push(*frame));
        }
        self.inward.due(now, &mut |frame| arrived.push(*frame));
        for frame in &mut arrived {
            self.counters.frames_received += 1;
            if frame[0] != MARK {
                self.counters.fas_errors += 1;
                continue;
            }
            (self.last_frame, self.connected) = (now, true);
            for port in &mut self.ports {
                port.take(frame);
            }
            self.playout.push(*frame, &mut self.counters);
        }
        self.frames = frames;
        self.arrived = arrived;
        (self.counters.datagrams_lost, self.counters.datagrams_bad) = self.wire.datagrams_lost_and_bad();
    }

    /// Tells anew how one pair is, or each: for signalling that begins while telephones are off hook.
    pub fn tell_again(&mut self, only: Option<u8>) {
        let ports = self.ports.iter_mut().filter(|port| only.is_none_or(|slot| slot == port.slot));
        ports.for_each(|port| port.hook = Hook::untold());
    }

    pub fn poll(&mut self) -> Option<AnalogEvent> {
        self.events.pop_front()
    }

    pub fn counters(&self) -> Counters {
        self.counters
    }
}

impl Port {
    fn new(slot: u8, kind: AnalogKind) -> Port {
        let ours = if kind == AnalogKind::Station { FEED } else { 0 };
        let faults = Faults::default();
        Port { slot, kind, ours, theirs: 0, heard: 0, times: 0, faults, hook: Hook::default() }
    }

    fn mark(&self) -> u8 {
        match self.kind {
            AnalogKind::Station => STATION,
            AnalogKind::Terminal => TERMINAL,
        }
    }

    /// A frame for this port: the other end's state, and audio that passes the loop as it is.
    fn take(&mut self, frame: &mut Frame) {
        let state = frame[usize::from(self.slot) + 16];
        let wanted = if self.kind == AnalogKind::Station { TERMINAL } else { STATION };
        // Two ends of one kind make no line.
        let state = if state & 0xc0 == wanted { state & 0x0f } else { 0 };
        if state == self.heard {
            self.times = self.times.saturating_add(1);
        } else {
            (self.heard, self.times) = (state, 1);
        }
        if self.times >= BELIEVED_AFTER {
            self.theirs = self.heard;
        }
        let passes = !self.faults.open
            && match self.kind {
                AnalogKind::Station => self.theirs & CLOSED != 0,
                AnalogKind::Terminal => {
                    self.theirs & FEED != 0 && (self.ours & CLOSED != 0 || self.theirs & SPEECH != 0)
                }
            };
        if !passes {
            frame[usize::from(self.slot)] = SILENCE;
        }
    }

    fn tell(&mut self, now: Monotonic, events: &mut VecDeque<AnalogEvent>) {
        let slot = self.slot;
        let mut push = |event| {
            if events.len() < WAITING {
                events.push_back(event);
            }
        };
        match self.kind {
            AnalogKind::Station => {
                let closed = self.faults.short || self.theirs & CLOSED != 0 && !self.faults.open;
                self.hook.set(now, closed, |event| push(AnalogEvent::Station { slot, event }));
            }
            AnalogKind::Terminal => {
                let mut theirs = if self.faults.open { 0 } else { self.theirs };
                if self.ours & CLOSED != 0 {
                    // The ring is tripped.
                    theirs &= !RINGING;
                }
                if self.faults.crossed {
                    theirs ^= REVERSED;
                }
                if self.faults.stuck_ring {
                    theirs |= RINGING;
                }
                self.hook.see(theirs, |event| push(AnalogEvent::Terminal { slot, event }));
            }
        }
    }
}
