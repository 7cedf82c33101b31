//! Calls from one line to another through the daemon as shipped: the kernel connects them.

use crate::daemon::{Daemon, calls_up, records, settings, span_up};
use crate::daemon_calls::pri_span;
use crate::digital::{banks, bit_errors};
use crate::ground::{DYNAMIC_BASE, E1, E1_BASE, Failed, Ground, must};
use crate::peers::Libpri;
use dahdi::{ChannelNumber, E1Line};
use serde_json::json;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// PRI on the dynamic pair and on the module's first E1.
const BOARD: &str = r#"
[[span]]
id = 1
card = "dahdi-e1"
connector = "E1-1"
dahdi = 5
[[span]]
id = 2
card = "dahdi-e1"
connector = "E1-2"
dahdi = 1
"#;

/// What a carrier's callers dial to reach the other carrier.
const THROUGH: &str = "81000";

/// Milliseconds of the carriers' blocks of speech.
const BLOCK: u16 = 20;

/// Two carriers' exchanges, each on its wire.
struct Carriers {
    one: Libpri,
    other: Libpri,
}

impl Carriers {
    /// Carries both one's frames until it is so.
    fn until(&mut self, daemon: &Daemon, what: &str, so: impl Fn(&mut Carriers) -> bool) -> Result<u64, Failed> {
        let began = Instant::now();
        loop {
            self.one.carry()?;
            self.other.carry()?;
            if so(self) {
                return Ok(u64::try_from(began.elapsed().as_millis()).unwrap_or(0));
            }
            must(began.elapsed() < Duration::from_secs(15), || {
                let (one, other) = (self.one.heard(), self.other.heard());
                format!("{what}: {one:?}, {other:?}; {}; {}", daemon.shown().brief(), daemon.log())
            })?;
            sleep(Duration::from_millis(1));
        }
    }

    fn wait(&mut self, daemon: &Daemon, millis: u64) -> Result<(), Failed> {
        let began = Instant::now();
        self.until(daemon, "time", |_| began.elapsed() > Duration::from_millis(millis)).map(|_| ())
    }
}

/// A call comes in on one span and goes out on another. While they talk the kernel carries every octet; when the call is over nothing
/// is connected.
pub fn transit(ground: &Ground) -> Result<String, Failed> {
    let group = json!([{"id": 1, "name": "Other", "selection": "ascending", "spans": [2]}]);
    let services = [(THROUGH, json!({"number": "960235"}))];
    let settings = settings(json!([pri_span(1), pri_span(2)]), group, json!([]), &services);
    let mut daemon = Daemon::start("daemon-transit", BOARD, Some(&settings))?;
    let line = E1Line { common_channel: true, crc4: true, hdb3: true, clock_priority: 0 };
    ground.control.configure_line(E1[1], line)?;
    let mut carriers = Carriers { one: Libpri::start(DYNAMIC_BASE[1])?, other: Libpri::start(E1_BASE[1])? };
    let up = |far: &Libpri| far.heard().iter().any(|said| said.starts_with("up"));
    carriers.until(&daemon, "both data links", |carriers| up(&carriers.one) && up(&carriers.other))?;
    carriers.until(&daemon, "both spans", |_| {
        let shown = daemon.shown();
        span_up(&shown, 1).is_some() && span_up(&shown, 2).is_some()
    })?;
    carriers.wait(&daemon, 1500)?;
    carriers.one.say(&format!("call 1 7 {THROUGH} 13812345678"))?;
    let took = carriers.until(&daemon, "the other carrier's answer", |carriers| carriers.one.said("answered 1"))?;
    // libpri: ring REFERENCE CHANNEL CALLED CALLING COMPLETE
    let ring = carriers.other.heard().iter().find(|said| said.starts_with("ring ")).cloned().unwrap_or_default();
    let slot: u16 =
        ring.split(' ').nth(2).and_then(|slot| slot.parse().ok()).ok_or(Failed(format!("rang {ring:?}")))?;
    carriers.wait(&daemon, 200)?;

    let ends = [ChannelNumber(DYNAMIC_BASE[0] + 7), ChannelNumber(E1_BASE[0] + slot)];
    let probe = ground.speech(DYNAMIC_BASE[1], 30)?;
    let connected = || -> Result<bool, Failed> {
        let with = [probe.connection_of(ends[0])?, probe.connection_of(ends[1])?];
        Ok(with == [Some(ends[1]), Some(ends[0])])
    };
    must(connected()?, || format!("{ends:?} are not connected in the kernel; {}", daemon.log()))?;
    let (mut near, mut far) = banks(ground, BLOCK, (DYNAMIC_BASE[1], &[7]), (E1_BASE[1], &[slot]))?;
    let tested = bit_errors(&mut near, &mut far, 2000);
    let crossings = daemon.get("/health")?["parts"]["audio"]["crossings"].clone();
    let still = connected()?;
    let (errors, octets) = tested.map_err(|failed| {
        Failed(format!("{failed}; {:?}, {:?}; {crossings} connections made, {still}", near.counts(), far.counts()))
    })?;
    must(errors == 0, || format!("{errors} wrong bits in {octets} octets"))?;
    drop((near, far));
    carriers.one.say("hangup 1 16")?;
    carriers.until(&daemon, "the record", |_| records(&daemon.shown()) == 1 && calls_up(&daemon.shown()) == 0)?;
    let left = [probe.connection_of(ends[0])?, probe.connection_of(ends[1])?];
    must(left == [None, None], || format!("still connected: {left:?}"))?;
    drop((carriers, probe));
    daemon.stop()?;
    Ok(format!(
        "answered through the box after {took} ms; {octets} octets both ways through the kernel's connection, no wrong bit ({crossings} connections made); none is left"
    ))
}
