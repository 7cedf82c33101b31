use crate::cas::{Abcd, CasReceiver, CasSender};
use crate::event::{Alarm, Counters, Event, Slip};
use crate::fault::{Direction, Fault, LineModel};
use crate::frame::{DchannelFrame, Frame, Timeslots};
use crate::framer::Framer;
use crate::playout::Playout;
use crate::transmitter::Transmitter;
use crate::wire::Wire;
use clock::{Millis, Monotonic};
use hdlc::{Decoder, Encoder, Received};
use legs::Alarms;
use std::collections::VecDeque;

/// No signal for so long is loss of signal. A cut pair shows at once on a real card; a packet wire needs this long to be sure.
const LOS_AFTER: Millis = Millis(100);

/// Events and received D-channel frames waiting at most.
const WAITING: usize = 256;

/// The timeslot of the D-channel, or of CAS.
const SIGNALLING_SLOT: u8 = 16;

/// What timeslot 16 carries, and who works on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Timeslot16 {
    /// A D-channel whose HDLC the card does: frames in and out.
    #[default]
    Hdlc,
    /// Octets like any other timeslot: the host does HDLC, or it carries speech.
    Clear,
    /// The multiframe of CAS bits.
    Cas,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SpanConfig {
    pub timeslot16: Timeslot16,
    /// Seed of the line model's randomness.
    pub seed: u64,
}

/// The D-channel takes frames more slowly than they come, or the frame is too long for any receiver.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct QueueFull;

/// One E1 port of the chassis.
#[derive(Debug)]
pub struct Span {
    wire: Wire,
    transmit: Transmit,
    receive: Receive,
    alarms: Alarms,
    events: VecDeque<Event>,
    counters: Counters,
}

#[derive(Debug)]
struct Transmit {
    framing: Transmitter,
    sixteen: Sending,
    line: LineModel,
    frames: Vec<Frame>,
    /// AIS is sent instead of frames.
    ais: bool,
}

#[derive(Debug)]
enum Sending {
    Hdlc(Encoder),
    Clear,
    Cas(CasSender),
}

#[derive(Debug)]
struct Receive {
    framer: Framer,
    sixteen: Receiving,
    line: LineModel,
    playout: Playout,
    frames: Vec<Frame>,
    arrived: Vec<Frame>,
    last_frame: Monotonic,
    signal: bool,
    dchannel: VecDeque<DchannelFrame>,
}

#[derive(Debug)]
enum Receiving {
    Hdlc(Decoder),
    Clear,
    Cas(CasReceiver),
}

impl Span {
    pub fn new(config: SpanConfig, wire: Wire, now: Monotonic) -> Span {
        let (sending, receiving) = sixteen(config.timeslot16);
        let transmit = Transmit {
            framing: Transmitter::default(),
            sixteen: sending,
            line: LineModel::new(config.seed),
            frames: Vec::new(),
            ais: false,
        };
        let receive = Receive {
            framer: Framer::default(),
            sixteen: receiving,
            line: LineModel::new(config.seed ^ 0x5eed),
            playout: Playout::new(wire.play_out_depth()),
            frames: Vec::new(),
            arrived: Vec::new(),
            last_frame: now,
            signal: false,
            dchannel: VecDeque::with_capacity(WAITING),
        };
        Span {
            wire,
            transmit,
            receive,
            alarms: Alarms::default(),
            events: VecDeque::with_capacity(WAITING),
            counters: Counters::default(),
        }
    }

    /// Changes what timeslot 16 carries. What was under way on it is lost.
    pub fn set_timeslot16(&mut self, timeslot16: Timeslot16) {
        (self.transmit.sixteen, self.receive.sixteen) = sixteen(timeslot16);
        self.receive.dchannel.clear();
    }

    /// Transmits what `spoken` holds and then receives as much: for who has nothing to do in between.
    pub fn exchange(&mut self, now: Monotonic, spoken: &Timeslots, heard: &mut Timeslots) {
        self.transmit(now, spoken);
        self.receive(now, heard);
    }

    /// Fills `heard` with what came. To be called each so many milliseconds as it holds, and [`Span::transmit`] as often. Silence
    /// while an alarm stands.
    pub fn receive(&mut self, now: Monotonic, heard: &mut Timeslots) {
        self.arrive(now);
        self.tell_alarms(now);
        if self.alarms.los || self.alarms.lfa || self.alarms.ais {
            self.receive.playout.clear();
        }
        self.receive.playout.take(heard, &mut self.counters);
    }

    /// Sends what `spoken` holds. Timeslot 0, and timeslot 16 unless clear, are the card's own.
    pub fn transmit(&mut self, now: Monotonic, spoken: &Timeslots) {
        // G.732 4.2: who does not receive says so to the far end.
        let rai = self.alarms.los || self.alarms.lfa || self.alarms.ais;
        let Transmit { framing, sixteen, line, frames, ais } = &mut self.transmit;
        frames.clear();
        for index in 0..spoken.frames() {
            let times = match line.slip() {
                None => 1,
                Some(Slip::Repeated) => 2,
                Some(Slip::Dropped) => 0,
            };
            let mut frame = spoken.frame(index);
            sixteen.fill(&mut frame[usize::from(SIGNALLING_SLOT)]);
            for _ in 0..times {
                framing.frame(&mut frame, rai);
                let sent = if *ais { [0xff; 32] } else { frame };
                line.carry(now, &sent, &mut |frame| frames.push(*frame));
            }
        }
        line.due(now, &mut |frame| frames.push(*frame));
        self.wire.send(frames);
    }

    fn arrive(&mut self, now: Monotonic) {
        // Both lists are kept for their room: this runs on the media thread.
        let mut frames = std::mem::take(&mut self.receive.frames);
        let mut arrived = std::mem::take(&mut self.receive.arrived);
        self.wire.receive(&mut frames);
        let line = &mut self.receive.line;
        for frame in &frames {
            line.carry(now, frame, &mut |frame| arrived.push(*frame));
        }
        line.due(now, &mut |frame| arrived.push(*frame));
        if !arrived.is_empty() {
            self.receive.last_frame = now;
            self.receive.signal = true;
        }
        for frame in &arrived {
            self.take_frame(frame);
        }
        frames.clear();
        arrived.clear();
        self.receive.frames = frames;
        self.receive.arrived = arrived;
        let (lost, bad) = self.wire.datagrams_lost_and_bad();
        self.counters.datagrams_lost = lost;
        self.counters.datagrams_bad = bad;
    }

    fn take_frame(&mut self, frame: &Frame) {
        self.counters.frames_received += 1;
        if self.receive.framer.take(frame, &mut self.counters) {
            self.transmit.framing.tell_crc_error();
        }
        let signal = self.receive.framer.signal();
        if signal.lfa || signal.ais {
            return self.receive.sixteen.lose();
        }
        let times = match self.receive.line.slip() {
            None => 1,
            Some(slip) => self.slipped(slip),
        };
        for _ in 0..times {
            self.take_timeslots(frame);
        }
    }

    fn slipped(&mut self, slip: Slip) -> usize {
        self.tell(Event::Slipped(slip));
        match slip {
            Slip::Repeated => {
                self.counters.slips_repeated += 1;
                2
            }
            Slip::Dropped => {
                self.counters.slips_dropped += 1;
                0
            }
        }
    }

    fn take_timeslots(&mut self, frame: &Frame) {
        let Receive { sixteen, playout, dchannel, .. } = &mut self.receive;
        let (counters, events) = (&mut self.counters, &mut self.events);
        match sixteen {
            Receiving::Hdlc(decoder) => {
                decoder.take(&[frame[usize::from(SIGNALLING_SLOT)]], |received| match received {
                    Received::Frame(octets) => {
                        counters.dchannel_frames += 1;
                        let kept = DchannelFrame::new(octets).filter(|_| dchannel.len() < WAITING);
                        counters.dchannel_faults += u64::from(kept.is_none());
                        dchannel.extend(kept);
                    }
                    Received::Bad(_) => counters.dchannel_faults += 1,
                });
            }
            Receiving::Cas(receiver) => {
                receiver.take(frame[usize::from(SIGNALLING_SLOT)], |slot, abcd| {
                    push_event(events, counters, Event::Cas { slot, abcd });
                });
            }
            Receiving::Clear => {}
        }
        playout.push(*frame, counters);
    }

    fn tell_alarms(&mut self, now: Monotonic) {
        if self.receive.signal && now.since(self.receive.last_frame) >= LOS_AFTER {
            self.receive.signal = false;
            self.receive.framer.lose();
            self.receive.sixteen.lose();
        }
        let los = !self.receive.signal;
        let signal = self.receive.framer.signal();
        let alarms =
            Alarms { card: false, los, lfa: signal.lfa && !los, ais: signal.ais && !los, rai: signal.rai && !los };
        let was = std::mem::replace(&mut self.alarms, alarms);
        let changes = [
            (was.los, alarms.los, Alarm::Los),
            (was.lfa, alarms.lfa, Alarm::Lfa),
            (was.ais, alarms.ais, Alarm::Ais),
            (was.rai, alarms.rai, Alarm::Rai),
        ];
        for (was, is, alarm) in changes {
            match (was, is) {
                (false, true) => self.tell(Event::AlarmBegan(alarm)),
                (true, false) => self.tell(Event::AlarmEnded(alarm)),
                (false, false) | (true, true) => {}
            }
        }
    }

    fn tell(&mut self, event: Event) {
        push_event(&mut self.events, &mut self.counters, event);
    }

    /// Queues a frame (without FCS) for the D-channel. Refused unless the card does HDLC.
    pub fn send_frame(&mut self, frame: &[u8]) -> Result<(), QueueFull> {
        match &mut self.transmit.sixteen {
            Sending::Hdlc(encoder) => encoder.send(frame).map_err(|hdlc::QueueFull| QueueFull),
            Sending::Clear | Sending::Cas(_) => Err(QueueFull),
        }
    }

    /// The next frame that the D-channel brought, without FCS.
    pub fn receive_frame(&mut self) -> Option<DchannelFrame> {
        self.receive.dchannel.pop_front()
    }

    /// Sends these CAS bits for a speech timeslot. False: no such timeslot, or no CAS on this span.
    pub fn set_cas(&mut self, slot: u8, abcd: Abcd) -> bool {
        match &mut self.transmit.sixteen {
            Sending::Cas(sender) => sender.set(slot, abcd),
            Sending::Hdlc(_) | Sending::Clear => false,
        }
    }

    /// The far end's CAS bits of a timeslot, once known.
    pub fn cas(&self, slot: u8) -> Option<Abcd> {
        match &self.receive.sixteen {
            Receiving::Cas(receiver) => receiver.bits(slot),
            Receiving::Hdlc(_) | Receiving::Clear => None,
        }
    }

    /// Sends all ones instead of frames: how a span taken out of service shows itself to the far end.
    pub fn send_ais(&mut self, ais: bool) {
        self.transmit.ais = ais;
    }

    pub fn alarms(&self) -> Alarms {
        self.alarms
    }

    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// The next event, oldest first.
    pub fn poll(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Makes the line worse, or mends it.
    pub fn inject(&mut self, direction: Direction, fault: Fault) {
        match direction {
            Direction::Transmit => self.transmit.line.inject(fault),
            Direction::Receive => self.receive.line.inject(fault),
        }
    }
}

fn sixteen(timeslot16: Timeslot16) -> (Sending, Receiving) {
    match timeslot16 {
        Timeslot16::Hdlc => (Sending::Hdlc(Encoder::default()), Receiving::Hdlc(Decoder::default())),
        Timeslot16::Clear => (Sending::Clear, Receiving::Clear),
        Timeslot16::Cas => (Sending::Cas(CasSender::default()), Receiving::Cas(CasReceiver::default())),
    }
}

fn push_event(events: &mut VecDeque<Event>, counters: &mut Counters, event: Event) {
    if events.len() < WAITING {
        events.push_back(event);
    } else {
        counters.events_dropped += 1;
    }
}

impl Sending {
    fn fill(&mut self, octet: &mut u8) {
        match self {
            Sending::Hdlc(encoder) => encoder.fill(std::slice::from_mut(octet)),
            Sending::Clear => {}
            Sending::Cas(sender) => *octet = sender.next(),
        }
    }
}

impl Receiving {
    /// Alignment is lost: what timeslot 16 brought so far is cut off.
    fn lose(&mut self) {
        match self {
            // Seven ones and more abort a frame (Q.921 2.9).
            Receiving::Hdlc(decoder) => decoder.take(&[0xff], |_| {}),
            Receiving::Clear => {}
            Receiving::Cas(receiver) => receiver.lose(),
        }
    }
}
