//! What a call between two SIP telephones costs the media engine, bridged and recorded, at growing numbers of calls, beside a bare relay of the
//! same packets in the same run.
//!
//! The engine runs as in the daemon: its real-time thread, its sockets, the recorder's threads and a real file system. The telephones
//! are one thread of this process ([`load`]); only the engine's threads are counted.

mod floor;
mod load;
mod switchboard;

use crate::machine;
use crate::plot::{self, Line};
use crate::report::{Row, Trouble, percentile};
use floor::Floor;
use load::{Heard, Load};
use std::path::Path;
use std::time::Duration;
use switchboard::Switchboard;

/// A bridged call may cost so many times the bare relay of its packets, a recorded one so many.
const BRIDGED: f64 = 1.1;
const RECORDED: f64 = 1.3;
/// The call that REC-08 promises all agents at once.
const PROMISED: usize = 960;
/// Added one way, at the 99th percentile.
const DELAY_MILLIS: f64 = 25.0;
/// Memory of a bridged and recorded call.
const CALL_KIBIBYTES: f64 = 64.0;

/// How much more a call may cost among many than among few, beyond what it costs the bare relay.
const LINEAR: f64 = 1.15;

/// Times that each is measured, and which of its figures counts: the lower quartile, for what the host of a virtual machine does besides only
/// adds to it.
const ROUNDS: usize = 13;
const QUARTILE: f64 = 0.25;

/// Everything is measured for so long, after as long as it takes telephones and disk to settle.
#[derive(Clone, Copy)]
struct Lengths {
    settle: Duration,
    measure: Duration,
}

/// One thing measured: milliseconds of processor time for a second of one call, and how the packets fared.
struct Measured {
    millis: f64,
    heard: Heard,
    kibibytes: f64,
}

pub fn run(quick: bool) -> Result<Vec<Row>, Trouble> {
    machine::may_open(40_000)?;
    let seconds = |quick_seconds: u64, seconds: u64| Duration::from_secs(if quick { quick_seconds } else { seconds });
    let lengths = Lengths { settle: seconds(1, 2), measure: seconds(2, 4) };
    let sizes: &[usize] = if quick { &[240] } else { &[60, 240, PROMISED] };
    let (mut rows, mut costs) = (Vec::new(), Vec::new());
    let load = machine::load();
    for calls in sizes {
        let (more, cost) = at(*calls, lengths)?;
        rows.extend(more);
        costs.push(cost);
    }
    if !quick {
        let (row, most) = largest(lengths)?;
        rows.push(row);
        rows.extend(growth(&costs));
        draw(&costs, most, load)?;
    }
    Ok(rows)
}

/// Milliseconds of processor time for a second of one of so many calls.
struct Costs {
    calls: usize,
    bare: f64,
    bridged: f64,
    recorded: f64,
}

/// Cost grows linearly: one of the most calls costs no more than one of the fewest, but for what the bare relay grows, too, as its packets no
/// longer fit into the processor's caches.
fn growth(costs: &[Costs]) -> Option<Row> {
    let (first, last) = (costs.first()?, costs.last()?);
    let name = format!("a recorded call of {} against one of {}", last.calls, first.calls);
    Some(Row::at_most(name, last.recorded / first.recorded, "times", ("bare relay", last.bare / first.bare), LINEAR))
}

/// Shares of a core over calls, for the docs.
fn draw(costs: &[Costs], most: (usize, f64), load: f64) -> Result<(), Trouble> {
    let share = |calls: usize, millis: f64| (calls as f64, (calls as f64 * millis / 1e3 * 1000.0).round() / 10.0);
    let line = |name, millis: fn(&Costs) -> f64| {
        let points = costs.iter().map(|cost| share(cost.calls, millis(cost)));
        Line { name, points: std::iter::once((0.0, 0.0)).chain(points).collect() }
    };
    let mut recorded = line("recorded", |cost| cost.recorded);
    if most.0 > costs.last().map_or(0, |cost| cost.calls) {
        recorded.points.push(share(most.0, most.1));
    }
    let lines = [line("bare relay", |cost| cost.bare), line("bridged", |cost| cost.bridged), recorded];
    let note = format!("cargo xtask bench packets; {}; load average at the start {load:.1}", machine::name());
    let drawn = plot::svg("calls between SIP telephones", "percent of a core", &note, &lines);
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/media.svg");
    Ok(std::fs::write(place, drawn)?)
}

/// One after another, in rounds: what else the machine does meets all alike.
fn at(calls: usize, lengths: Lengths) -> Result<(Vec<Row>, Costs), Trouble> {
    let (mut bare, mut bridged, mut recorded) = (Vec::new(), Vec::new(), Vec::new());
    let (mut lost, mut sent, mut late, mut median, mut kibibytes) = (0, 0, 0f64, 0f64, 0f64);
    for _ in 0..ROUNDS {
        bare.push(measure(&Floor::start(calls)?, calls, lengths)?.millis);
        bridged.push(measure(&Switchboard::start(calls, false)?, calls, lengths)?.millis);
        let whole = measure(&Switchboard::start(calls, true)?, calls, lengths)?;
        recorded.push(whole.millis);
        lost += whole.heard.lost();
        sent += whole.heard.sent;
        late = late.max(whole.heard.delay(0.99));
        median = median.max(whole.heard.delay(0.5));
        kibibytes = kibibytes.max(whole.kibibytes);
    }
    let [bare, bridged, recorded] = [&mut bare, &mut bridged, &mut recorded].map(|each| percentile(each, QUARTILE));
    let (floor, limit) = (("bare relay", bare), ("limit", 1.0));
    let row = |what: &str| format!("{calls} calls{what}");
    let rows = vec![
        Row::figure(row(": bare relay, each"), bare, "ms/s", ("bridged", bridged)),
        Row::at_most(row(" bridged, each"), bridged, "ms/s", floor, BRIDGED),
        Row::at_most(row(" recorded, each"), recorded, "ms/s", floor, RECORDED),
        Row::at_most(row(" recorded: lost"), lost as f64, "packets", ("sent", sent as f64), 0.0),
        Row::at_most(row(" recorded: delay, p99"), late, "ms", limit, DELAY_MILLIS),
        Row::figure(row(" recorded: delay, median"), median, "ms", limit),
        Row::at_most(row(" recorded: memory of each"), kibibytes, "KiB", limit, CALL_KIBIBYTES),
    ];
    Ok((rows, Costs { calls, bare, bridged, recorded }))
}

/// The most recorded calls, in steps of half of those promised, at which nothing is lost and nothing late.
fn largest(lengths: Lengths) -> Result<(Row, (usize, f64)), Trouble> {
    let (mut most, mut millis) = (0, 0.0);
    for calls in (PROMISED..=4 * PROMISED).step_by(PROMISED / 2) {
        let recorded = measure(&Switchboard::start(calls, true)?, calls, lengths)?;
        if recorded.heard.lost() > 0 || recorded.heard.delay(0.99) > DELAY_MILLIS {
            break;
        }
        (most, millis) = (calls, recorded.millis);
    }
    let promised = ("promised", PROMISED as f64);
    let row = Row::at_least("recorded calls, nothing lost or late", most as f64, "calls", promised, 1.0);
    Ok((row, (most, millis)))
}

/// Who moves packets between the telephones of each call: leg 2n and leg 2n + 1.
trait Mover {
    /// The port of each leg.
    fn ports(&self) -> &[u16];
    /// Tells where each leg's telephone is, before the first packet.
    fn introduce(&self, telephones: &[u16]) -> Result<(), Trouble>;
    /// Names of the threads whose time counts.
    fn threads(&self) -> &[&'static str];
    /// Memory taken for its calls so far, kibibytes.
    fn kibibytes(&self) -> f64;
}

fn measure(mover: &impl Mover, calls: usize, lengths: Lengths) -> Result<Measured, Trouble> {
    let load = Load::new(mover.ports())?;
    mover.introduce(load.ports())?;
    let running = load.start();
    std::thread::sleep(lengths.settle);
    running.count();
    let (before, began) = (machine::own_threads_seconds(mover.threads()), std::time::Instant::now());
    std::thread::sleep(lengths.measure);
    let spent = machine::own_threads_seconds(mover.threads()) - before;
    let seconds = began.elapsed().as_secs_f64();
    let kibibytes = mover.kibibytes() / calls as f64;
    Ok(Measured { millis: spent * 1e3 / seconds / calls as f64, heard: running.stop()?, kibibytes })
}
