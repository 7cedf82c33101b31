//! A basic access whose far end speaks proper data links with anything in them, and now and then improper frames: channels have one owner,
//! and after everybody has hung up none is seized. First octet: side, mode.
#![no_main]

use bri::{BriOutput, BriSpan, Config, Mode, Side};
use clock::Monotonic;
use identity::{CircuitId, LegId, LegIds, SpanId};
use lapd::{DataLink, DlRequest, Output};
use legs::{LegIndication, LegRequest, Outgoing, Setup, SpanRequest, Target};
use libfuzzer_sys::fuzz_target;
use numbering::{Cause, ClearCause};
use std::collections::{BTreeMap, BTreeSet};

/// Terminals of the far end, or the network that we are a terminal of.
const TEIS: [u8; 3] = [64, 65, 66];

struct Line {
    now: Monotonic,
    span: BriSpan,
    far: BTreeMap<u8, DataLink>,
    legs: BTreeSet<LegId>,
    ids: LegIds,
}

impl Line {
    fn carry(&mut self) {
        for _ in 0..10_000 {
            let mut quiet = true;
            while let Some(output) = self.span.poll() {
                quiet = false;
                self.heard(output);
            }
            let mut frames = Vec::new();
            for link in self.far.values_mut() {
                while let Some(output) = link.poll() {
                    quiet = false;
                    if let Output::Transmit(frame) = output {
                        frames.push(frame);
                    }
                }
            }
            frames.iter().for_each(|frame| self.span.receive_frame(self.now, frame));
            if quiet {
                let slots: BTreeSet<u8> = self.span.circuits().map(|(_, slot)| slot).collect();
                assert_eq!(slots.len(), self.span.circuits().count(), "a channel has two owners");
                assert_eq!(self.span.seized(), slots.len());
                assert_eq!(self.span.legs(), self.legs.len());
                return;
            }
        }
        panic!("the line never falls silent");
    }

    fn heard(&mut self, output: BriOutput) {
        match output {
            BriOutput::Transmit(frame) => {
                if let Some(link) = frame.get(1).and_then(|tei| self.far.get_mut(&(tei >> 1))) {
                    link.receive(self.now, &frame);
                } else if let [0xfc, 0xff, 0x03, 0x0f, high, low, 0x01, _] = frame[..] {
                    let assigned = [0xfe, 0xff, 0x03, 0x0f, high, low, 0x02, TEIS[0] << 1 | 1];
                    self.span.receive_frame(self.now, &assigned);
                }
            }
            BriOutput::Leg { leg, indication: LegIndication::Setup(_) } => {
                assert!(self.legs.insert(leg), "a leg is born once");
            }
            BriOutput::Leg { leg, indication: LegIndication::Released { .. } } => {
                assert!(self.legs.remove(&leg), "a leg is released once");
            }
            // Refused before it had a channel: its first word is its last.
            BriOutput::Leg { leg, indication: LegIndication::TurnedAway { .. } } => {
                assert!(!self.legs.contains(&leg), "{leg} is turned away after its first word");
            }
            BriOutput::Leg { leg, .. } => assert!(self.legs.contains(&leg), "{leg} speaks after its last word"),
            BriOutput::Span(_) | BriOutput::Trace { .. } | BriOutput::Activate => {}
        }
    }

    fn dial(&mut self, slot: u8) {
        let leg = self.ids.allocate();
        self.legs.insert(leg);
        let target = Target::Circuit(CircuitId { span: SpanId(1), slot });
        let outgoing = Outgoing { setup: Setup::default(), target, answer_at_once: false };
        self.span.request(self.now, leg, LegRequest::Setup(Box::new(outgoing)));
    }

    fn ask(&mut self, what: u8) {
        let cause = ClearCause::ours(Cause::UserBusy);
        if what >= 0xf0 {
            return self.dial(what & 3);
        }
        if what >= 0xe8 {
            return self.span.span_request(self.now, SpanRequest::RestartCircuit { slot: what & 3 });
        }
        let Some(leg) = self.legs.iter().nth(usize::from(what) % self.legs.len().max(1)).copied() else { return };
        let inband = what & 0x40 != 0;
        let request = match what % 7 {
            0 => LegRequest::MoreDigits,
            1 => LegRequest::Proceeding,
            2 => LegRequest::Alerting { inband },
            3 => LegRequest::Progress { inband, cause: None },
            4 => LegRequest::Answer { connected: None },
            5 => LegRequest::Disconnect { cause, inband },
            _ => LegRequest::Release { cause },
        };
        self.span.request(self.now, leg, request);
    }

    fn pass(&mut self, millis: u64) {
        self.now = Monotonic(self.now.0 + millis);
        self.span.expire(self.now);
        self.far.values_mut().for_each(|link| link.expire(self.now));
        self.carry();
    }
}

fuzz_target!(|data: &[u8]| {
    let choice = data.first().copied().unwrap_or_default();
    let user = choice & 1 == 1;
    let (side, far) = if user { (Side::User, lapd::Side::Network) } else { (Side::Network, lapd::Side::User) };
    let mode = if choice & 2 == 0 { Mode::PointToMultipoint } else { Mode::PointToPoint };
    let config = Config { overlap_receiving: true, overlap_sending: true, ..Config::new(SpanId(1), side, mode) };
    let teis = if mode == Mode::PointToPoint { vec![0] } else { TEIS.to_vec() };
    let mut line = Line {
        now: Monotonic(0),
        span: BriSpan::new(config),
        far: teis.iter().map(|tei| (*tei, DataLink::new(lapd::Config::basic_rate(far, *tei)))).collect(),
        legs: BTreeSet::new(),
        ids: LegIds::of(0),
    };
    line.pass(0);
    if !user {
        for tei in &teis {
            line.span.receive_frame(line.now, &[0xfc, 0xff, 0x03, 0x0f, 0, *tei, 0x01, 0xff]);
        }
    }
    line.carry();
    for piece in fuzz::pieces(data) {
        match piece {
            [] => {}
            [what] => line.ask(*what),
            [0xff, millis] => line.pass(fuzz::wait(*millis)),
            [0xfe, frame @ ..] => line.span.receive_frame(line.now, frame),
            [0xfd, message @ ..] => {
                let frame = [&[if user { 0x02 } else { 0x00 }, 0xff, 0x03], message].concat();
                line.span.receive_frame(line.now, &frame);
            }
            [which, message @ ..] => {
                let tei = teis[usize::from(*which) % teis.len()];
                if let Some(link) = line.far.get_mut(&tei) {
                    link.request(line.now, DlRequest::Establish);
                    link.request(line.now, DlRequest::Data(message.to_vec()));
                }
            }
        }
        line.carry();
    }
    for leg in line.legs.clone() {
        line.span.request(line.now, leg, LegRequest::Release { cause: ClearCause::ours(Cause::NormalClearing) });
    }
    for _ in 0..60 {
        line.carry();
        line.pass(10_000);
    }
    assert!(line.legs.is_empty(), "legs that nobody wants stay");
});
