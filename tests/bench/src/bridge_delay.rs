//! What the box adds between an E1 and a telephone, one way each: noise goes in, and is found again in what comes out.
//!
//! All times are of one monotonic clock, taken in this process: on the E1 by a tap in the wire, at the telephone when a packet is sent or
//! arrives. An octet's time on the wire is its datagram's, less an eighth of a millisecond for each octet behind it: the wire's
//! datagrams of 5 ms are the test's own.
//!
//! What counts is the box alone, between its faces. E1 to SIP: from an octet's leaving the line card to the arrival of the packet that it
//! begins; making that packet takes its 20 ms. SIP to E1: from the sending of a packet to its first octet on the wire; the packet was
//! made by the telephone. The simulated wire has a receive buffer that a card has not: the far end has the same one, it is measured
//! in the same run (its median), and taken off. *Ear to ear* is everything together.

use crate::box_under_test::{BoxUnderTest, box_wire, dialled, digits, far_wire, settings_with_telephones};
use crate::correlation::{Delays, delays};
use crate::far_end::FarEnd;
use crate::machine;
use crate::report::{Row, Trouble, percentile};
use crate::tap::{Tap, Track};
use crate::telephone::{self, Seen, noise};
use clock::Monotonic;
use far_exchange::random::Random;
use identity::{CircuitId, LegIds, SpanId};
use legs::{LegRequest, Outgoing, Setup, Target};
use numbering::PartyNumber;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

const CIRCUIT: CircuitId = CircuitId { span: SpanId(1), slot: 1 };

/// Milliseconds one way.
const GOAL: f64 = 30.0;

/// Time for the jitter buffer to settle, seconds.
const SETTLE: f64 = 3.0;

/// Rows of each direction.
const ROWS: usize = 4;

/// A packet of G.711 as telephones want it, milliseconds.
const PACKET: f64 = 20.0;

pub fn run(quick: bool) -> Result<Vec<Row>, Trouble> {
    let duration = Duration::from_secs(if quick { 10 } else { 30 });
    machine::be_punctual();
    let start = Instant::now();
    let tested = BoxUnderTest::start(&settings_with_telephones(1))?;
    // The far end's own ports are a hundred further: the tap is between.
    let (far, near) = (far_wire(101), far_wire(201));
    let tap = Tap::open((far_wire(1), box_wire(1)), (near, far), usize::from(CIRCUIT.slot), start)?;
    let seen = telephone::start(start)?;
    let mut line = FarEnd::open(&[(far, near)])?;
    line.wait_up(1, Duration::from_secs(30)).map_err(|trouble| format!("{trouble}\n{}", tested.log()))?;
    let received = Track::default();
    call(&mut line, &seen, &received, start, duration).map_err(|trouble| format!("{trouble}\n{}", tested.log()))?;
    let mut out = delays(&tap.to_box.taken(), &seen.heard.taken(), SETTLE);
    let from_box = tap.from_box.taken();
    let mut inward = delays(&seen.spoken.taken(), &from_box, SETTLE);
    // A packet's octets are all sent when its last one has been spoken: its first was spoken a packet earlier.
    inward.millis.iter_mut().for_each(|delay| *delay -= PACKET);
    let mut buffer = delays(&from_box, &received.taken(), SETTLE).millis;
    let buffer = percentile(&mut buffer, 0.5);
    // From the first octet of a packet, not the last.
    out.millis.iter_mut().for_each(|delay| *delay += PACKET - buffer);
    let mut rows = direction("E1 to SIP", out).to_vec();
    rows.extend(direction("SIP to E1", inward));
    let limit = ("limit", GOAL);
    rows.push(Row::figure("simulated wire's receive buffer, median", buffer, "ms", limit));
    let (out, inward) = (rows[0].value + buffer, rows[ROWS].value + PACKET);
    rows.push(Row::figure("E1 to SIP, ear to ear, median", out, "ms", limit));
    rows.push(Row::figure("SIP to E1, ear to ear, median", inward, "ms", limit));
    Ok(rows)
}

/// One caller speaks noise for so long after the telephone has answered.
fn call(line: &mut FarEnd, seen: &Seen, received: &Track, start: Instant, duration: Duration) -> Result<(), Trouble> {
    let mut random = Random::new(9);
    let deadline = Instant::now() + Duration::from_secs(20);
    let mut dialled_at: Option<Monotonic> = None;
    let mut answered: Option<Instant> = None;
    while answered.is_none_or(|at| at.elapsed() < duration) {
        line.cards.spoken(CIRCUIT).fill_with(|| noise(&mut random));
        let now = line.turn();
        received.add(start.elapsed().as_secs_f64(), line.cards.heard(CIRCUIT).iter().copied());
        while line.lines.poll().is_some() {}
        if dialled_at.is_none() && seen.registered.load(Ordering::Relaxed) {
            dialled_at = Some(now);
            let called = PartyNumber::plain(digits(&dialled(1)));
            let setup = Setup { called, complete: true, ..Setup::default() };
            let outgoing = Outgoing { setup, target: Target::Circuit(CIRCUIT), answer_at_once: false };
            let leg = LegIds::of(LegIds::EXCHANGE).allocate();
            line.lines.request(now, CIRCUIT.span, leg, LegRequest::Setup(Box::new(outgoing)));
        }
        if answered.is_none() && seen.talking.load(Ordering::Relaxed) {
            answered = Some(Instant::now());
        }
        if answered.is_none() && Instant::now() > deadline {
            let registered = seen.registered.load(Ordering::Relaxed);
            return Err(format!("the telephone (registered: {registered}) never heard the caller").into());
        }
    }
    Ok(())
}

fn direction(name: &str, mut found: Delays) -> [Row; ROWS] {
    let limit = ("limit", GOAL);
    let pieces = (found.millis.len() + found.strange) as f64;
    let known = found.millis.len() as f64;
    let mut at = |share| percentile(&mut found.millis, share);
    [
        Row::at_most(format!("{name}, added, median"), at(0.5), "ms", limit, 1.0),
        Row::at_most(format!("{name}, added, 95th percentile"), at(0.95), "ms", limit, 1.0),
        Row::figure(format!("{name}, added, least"), at(0.0), "ms", limit),
        Row::at_least(format!("{name}, pieces found again"), known, "pieces", ("all", pieces), 0.95),
    ]
}
