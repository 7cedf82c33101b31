//! A span whose far end speaks a proper data link with anything in it, and now and then an improper one: circuits have one owner, and
//! after everybody has hung up none is seized.
#![no_main]

use clock::Monotonic;
use identity::{LegId, SpanId};
use lapd::{DataLink, DlRequest, Output};
use legs::{LegIndication, LegRequest};
use libfuzzer_sys::fuzz_target;
use numbering::{Cause, ClearCause};
use pri::{Config, PriOutput, PriSpan, Side};
use std::collections::BTreeSet;

struct Line {
    now: Monotonic,
    span: PriSpan,
    far: DataLink,
    legs: BTreeSet<LegId>,
}

impl Line {
    fn carry(&mut self) {
        for _ in 0..10_000 {
            let mut quiet = true;
            while let Some(output) = self.span.poll() {
                quiet = false;
                self.heard(output);
            }
            while let Some(output) = self.far.poll() {
                quiet = false;
                if let Output::Transmit(frame) = output {
                    self.span.receive_frame(self.now, &frame);
                }
            }
            if quiet {
                let slots: BTreeSet<u8> = self.span.circuits().map(|(_, slot)| slot).collect();
                assert_eq!(slots.len(), self.span.circuits().count(), "a circuit has two owners");
                assert_eq!(self.span.legs(), self.legs.len());
                return;
            }
        }
        panic!("the line never falls silent");
    }

    fn heard(&mut self, output: PriOutput) {
        match output {
            PriOutput::Transmit(frame) => self.far.receive(self.now, &frame),
            PriOutput::Leg { leg, indication: LegIndication::Setup(_) } => {
                assert!(self.legs.insert(leg), "a leg is born once");
            }
            PriOutput::Leg { leg, indication: LegIndication::Released { .. } } => {
                assert!(self.legs.remove(&leg), "a leg is released once");
            }
            // Refused before it had a channel: its first word is its last.
            PriOutput::Leg { leg, indication: LegIndication::TurnedAway { .. } } => {
                assert!(!self.legs.contains(&leg), "{leg} is turned away after its first word");
            }
            PriOutput::Leg { leg, .. } => assert!(self.legs.contains(&leg), "{leg} speaks after its last word"),
            PriOutput::Span(_) | PriOutput::Trace(_) => {}
        }
    }

    fn ask(&mut self, what: u8) {
        let cause = ClearCause::ours(Cause::UserBusy);
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
        self.far.expire(self.now);
        self.carry();
    }
}

fuzz_target!(|data: &[u8]| {
    let user = data.first().is_some_and(|octet| octet & 1 == 1);
    let (side, far) = if user { (Side::User, lapd::Side::Network) } else { (Side::Network, lapd::Side::User) };
    let config = Config { overlap_receiving: true, ..Config::new(SpanId(1), side) };
    let mut line = Line {
        now: Monotonic(0),
        span: PriSpan::new(config),
        far: DataLink::new(lapd::Config::primary_rate(far)),
        legs: BTreeSet::new(),
    };
    line.pass(0);
    for piece in fuzz::pieces(data) {
        match piece {
            [] => {}
            [what] => line.ask(*what),
            [0xff, millis] => line.pass(fuzz::wait(*millis)),
            [0xfe, frame @ ..] => line.span.receive_frame(line.now, frame),
            message => line.far.request(line.now, DlRequest::Data(message.to_vec())),
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
