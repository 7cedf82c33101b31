//! Tests of a circuit that carries no call: a loopback for the far end, a count of bit errors, the level of a tone.
//!
//! A [`Run`] is fed each block that a timeslot brings and gives the block to send. It allocates nothing and runs on the media thread. It
//! needs a circuit that nobody else speaks on; that is for the exchange to see to.
//!
//! | test | sent | measured |
//! |---|---|---|
//! | loopback | what was received, a block later | octets looped |
//! | bit errors | the pseudo-random sequence of 2047 bits (O.152 2.1, for 64 kbit/s) | errors against the same sequence, losses of it |
//! | tone | 1020 Hz at -10 dBm0 (O.6) | level at 1020 Hz, and of everything else |
//!
//! The far end must loop the circuit for the last two, or run the same test.
//!
//! ```
//! use legs::LineTest;
//! let (mut block, mut run) = ([0u8; 40], line_test::Run::new(LineTest::BitErrors));
//! for _ in 0..50 {
//!     // The far end loops what it hears.
//!     run.receive(&block);
//!     run.transmit(&mut block);
//! }
//! assert_eq!((run.report().in_step, run.report().errors), (true, 0));
//! ```

mod sequence;
mod tone;

use legs::{LineTest, LineTestReport};
use sequence::{Checker, Sequence};
use tone::{Meter, Source};

/// Octets that a loopback holds: the longest block of a card.
const HELD: usize = 160;

/// A test under way on one timeslot.
#[derive(Debug)]
pub struct Run {
    kind: Kind,
    octets: u64,
}

#[derive(Debug)]
enum Kind {
    Loopback { held: [u8; HELD], length: usize },
    BitErrors { source: Sequence, checker: Checker },
    Tone { source: Source, meter: Meter },
}

impl Run {
    pub fn new(test: LineTest) -> Run {
        let kind = match test {
            LineTest::Loopback => Kind::Loopback { held: [pcm::alaw::SILENCE; HELD], length: 0 },
            LineTest::BitErrors => Kind::BitErrors { source: Sequence::default(), checker: Checker::default() },
            LineTest::Tone => Kind::Tone { source: Source::default(), meter: Meter::default() },
        };
        Run { kind, octets: 0 }
    }

    /// Takes what the timeslot brought.
    pub fn receive(&mut self, heard: &[u8]) {
        self.octets += heard.len() as u64;
        match &mut self.kind {
            Kind::Loopback { held, length } => {
                *length = heard.len().min(HELD);
                held[..*length].copy_from_slice(&heard[..*length]);
            }
            Kind::BitErrors { checker, .. } => heard.iter().for_each(|octet| checker.take(*octet)),
            Kind::Tone { meter, .. } => heard.iter().for_each(|octet| meter.take(*octet)),
        }
    }

    /// Fills what the timeslot is to send.
    pub fn transmit(&mut self, out: &mut [u8]) {
        match &mut self.kind {
            Kind::Loopback { held, length } => {
                out.fill(pcm::alaw::SILENCE);
                let both = (*length).min(out.len());
                out[..both].copy_from_slice(&held[..both]);
            }
            Kind::BitErrors { source, .. } => out.iter_mut().for_each(|octet| *octet = source.octet()),
            Kind::Tone { source, .. } => out.iter_mut().for_each(|octet| *octet = source.octet()),
        }
    }

    /// What is known so far.
    pub fn report(&self) -> LineTestReport {
        let octets = self.octets;
        match &self.kind {
            Kind::Loopback { .. } => {
                LineTestReport { octets, in_step: octets > 0, ..LineTestReport::of(LineTest::Loopback) }
            }
            Kind::BitErrors { checker, .. } => LineTestReport {
                octets,
                in_step: checker.in_step(),
                bits: checker.bits,
                errors: checker.errors,
                losses: checker.losses,
                ..LineTestReport::of(LineTest::BitErrors)
            },
            Kind::Tone { meter, .. } => LineTestReport {
                octets,
                in_step: meter.level().is_some(),
                level: meter.level(),
                noise: meter.noise(),
                ..LineTestReport::of(LineTest::Tone)
            },
        }
    }
}
