//! What an installer and a field engineer see of real cards through the daemon: what is found, alarms, clock, counts, tests of circuits.

use crate::daemon::{Daemon, SERVICE, Shown, records, settings, span, span_up};
use crate::daemon_calls::pri_span;
use crate::ground::{DYNAMIC, DYNAMIC_BASE, Failed, Ground, basic_span, dynamic_span, fault, must, within};
use crate::peers::Libpri;
use dahdi::{Buffers, Channel, Moved};
use serde_json::{Value, json};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Both E1 of the module, each the other's far end.
const E1_BOARD: &str = r#"
[[span]]
id = 1
card = "dahdi-e1"
connector = "E1-1"
dahdi = { location = "software" }
[[span]]
id = 2
card = "dahdi-e1"
connector = "E1-2"
dahdi = { location = "software", place = 2 }
"#;

fn group(spans: &[u16]) -> Value {
    json!([{"id": 1, "name": "Carrier", "selection": "ascending", "spans": spans}])
}

/// Nobody described a card: the daemon finds them and proposes settings that fit.
pub fn found(ground: &Ground) -> Result<String, Failed> {
    let mut daemon = Daemon::start("daemon-found", "cards = \"auto\"\n", None)?;
    let proposed = daemon.get("/settings")?["settings"].clone();
    let spans = proposed["spans"].as_array().cloned().unwrap_or_default();
    let kinds: Vec<&str> = spans.iter().filter_map(|span| span["signalling"]["kind"].as_str()).collect();
    // Both E1 of the module and each span in software, then the cards of ports.
    let there = ground.control.spans()?;
    let lines: Vec<u64> =
        there.iter().filter(|span| span.channels == 31).map(|span| u64::from(span.number.0)).collect();
    let digital = kinds.iter().filter(|kind| **kind == "pri").count();
    must(digital == lines.len() && kinds[digital..] == ["analog", "analog"], || format!("proposed {kinds:?}"))?;
    let ids: Vec<u64> = spans.iter().filter_map(|span| span["id"].as_u64()).collect();
    must(ids[..digital] == lines && ids[digital..] == [3, 4], || format!("ids {ids:?}"))?;
    let ports = proposed["extensions"].as_array().into_iter().flatten().filter(|number| number["port"].is_object());
    let ports = ports.count();
    must(ports == 8, || format!("{ports} telephones at ports"))?;
    let cards = daemon.get("/cards")?;
    let used = cards["cards"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|card| card["span"].is_u64() && card["kind"].is_string());
    let used = used.count();
    must(used == there.len(), || format!("cards {cards}"))?;
    daemon.see("no card's alarm", 5, |shown| {
        (span(shown, 1)?["alarms"].as_array()?.is_empty() && span(shown, 3)?["alarms"].as_array()?.is_empty())
            .then_some(())
    })?;
    daemon.stop()?;
    Ok(format!("{used} spans found, {} proposed with {ports} telephones", spans.len()))
}

/// An alarm of a kind on a span: whether it stands, if there is one.
fn alarm(shown: &Shown, span: u16, kind: &str) -> Option<bool> {
    let rows = shown.alarms["rows"].as_array()?;
    let row = rows.iter().find(|row| row["span"] == span && row["kind"] == kind)?;
    let words = row["advice"]["en"].as_str().is_some_and(|advice| advice.len() > 40);
    (words && row["began"].is_u64()).then(|| row["ended"].is_null())
}

/// Two spans call each other up; one fails: alarms with beginning, end and advice at both, the clock falls to the other; wrong bits and
/// slips are counted where an installer looks.
pub fn alarms(_ground: &Ground) -> Result<String, Failed> {
    let mut network = pri_span(2);
    network["signalling"]["side"] = json!("network");
    let settings = settings(json!([pri_span(1), network]), group(&[1, 2]), json!([]), &[]);
    let mut daemon = Daemon::start("daemon-alarms", E1_BOARD, Some(&settings))?;
    daemon.see("both spans up", 20, |shown| span_up(shown, 1).and_then(|()| span_up(shown, 2)))?;
    must(clock(&mut daemon)? == 1, || "the first line does not clock the box".into())?;
    let cut = Instant::now();
    fault("e1-1/los", "1")?;
    let fell = within(3000, "the clock's fall", || Ok((clock(&mut daemon)? == 2).then_some(())));
    let stood = fell.and_then(|(_, fell)| {
        daemon.see("LOS, and RAI at the far end", 10, |shown| {
            (alarm(shown, 1, "los")? && alarm(shown, 2, "rai")?).then_some(fell)
        })
    });
    let told = cut.elapsed().as_millis();
    fault("e1-1/los", "0")?;
    let fell = stood?;
    daemon.see("the alarms' end", 10, |shown| (!alarm(shown, 1, "los")? && !alarm(shown, 2, "rai")?).then_some(()))?;
    daemon.see("both spans up again", 20, |shown| span_up(shown, 1).and_then(|()| span_up(shown, 2)))?;
    must(clock(&mut daemon)? == 2, || "the clock went back at once".into())?;
    let before = counters(&mut daemon, 2)?;
    fault("e1-2/bit_errors", "100")?;
    sleep(Duration::from_secs(2));
    fault("e1-2/bit_errors", "0")?;
    fault("e1-2/slip", "repeat")?;
    sleep(Duration::from_secs(3));
    let after = counters(&mut daemon, 2)?;
    let more = |name: &str| after[name].as_i64().unwrap_or(0) - before[name].as_i64().unwrap_or(0);
    must(more("crc_errors") > 0 && more("slips") == 1, || format!("before {before}, after {after}"))?;
    daemon.stop()?;
    Ok(format!(
        "LOS and RAI told after {told} ms, ended with the fault; clocked by the other line after {fell} ms; {} CRC-4 errors, {} slip counted",
        more("crc_errors"),
        more("slips")
    ))
}

fn clock(daemon: &mut Daemon) -> Result<u64, Failed> {
    Ok(daemon.get("/health")?["parts"]["clock"]["clocked_by"].as_u64().unwrap_or(0))
}

fn counters(daemon: &mut Daemon, span: u16) -> Result<Value, Failed> {
    Ok(daemon.get("/health")?["parts"][format!("span_{span}")].clone())
}

/// A card that is not there is an alarm, and the daemon takes it when it comes.
pub fn missing(ground: &Ground) -> Result<String, Failed> {
    let number = ground.control.spans()?.len() + 1;
    let board = format!("[[span]]\nid = 9\ncard = \"dahdi-e1\"\nconnector = \"E1-9\"\ndahdi = {number}\n");
    let settings = settings(json!([pri_span(9)]), group(&[9]), json!([]), &[]);
    let mut daemon = Daemon::start("daemon-missing", &board, Some(&settings))?;
    daemon.see("the card's alarm", 10, |shown| alarm(shown, 9, "card_failed")?.then_some(()))?;
    let cards = daemon.get("/cards")?;
    let missed =
        cards["cards"].as_array().into_iter().flatten().any(|card| card["span"] == 9 && card["kind"].is_null());
    must(missed, || format!("cards {cards}"))?;
    for end in 0..2 {
        dynamic_span(&ground.control, 0xe, end)?;
    }
    let came = Instant::now();
    daemon.see("the alarm's end", 12, |shown| (!alarm(shown, 9, "card_failed")?).then_some(()))?;
    let took = came.elapsed().as_millis();
    daemon.stop()?;
    Ok(format!("started without its card, with an alarm; the card was taken {took} ms after it came"))
}

/// A circuit of a real card is tested while its span serves: bit errors over a far end that loops, a tone, and a loop that the far end
/// measures.
pub fn tests(ground: &Ground) -> Result<String, Failed> {
    let board = format!("[[span]]\nid = 1\ncard = \"dahdi-e1\"\nconnector = \"E1-1\"\ndahdi = {}\n", DYNAMIC.0);
    let settings = settings(json!([pri_span(1)]), group(&[1]), json!([]), &[]);
    let mut daemon = Daemon::start("daemon-tests", &board, Some(&settings))?;
    let mut far = Libpri::start(DYNAMIC_BASE[1])?;
    let line = ground.speech(DYNAMIC_BASE[1], 20)?;
    line.set_buffers(Buffers::speech(5))?;
    let circuit = json!({"span": 1, "slot": 20});
    until(&mut far, 15_000, |far| Ok(far.said("up")))?;
    until(&mut far, 5000, |_| Ok(span_up(&daemon.shown(), 1).is_some()))?;
    daemon.command(&json!({"block_circuit": {"circuit": circuit}}))?;
    // The kernel loops the far end: no program's lateness is taken for an error of the line.
    line.set_loopback(true)?;
    let mut report = |daemon: &mut Daemon, test: &str, millis: u64| -> Result<Value, Failed> {
        daemon.command(&json!({"test_circuit": {"circuit": circuit, "test": test}}))?;
        let began = Instant::now();
        until(&mut far, millis + 1000, |_| Ok(began.elapsed() > Duration::from_millis(millis)))?;
        Ok(daemon.get("/circuits/1/20")?["test_report"].clone())
    };
    let bits = report(&mut daemon, "bit_errors", 4000)?;
    must(bits["in_step"] == true && bits["errors"] == 0, || format!("{bits}"))?;
    let tone = report(&mut daemon, "tone", 3000)?;
    let level = tone["level"].as_i64().unwrap_or(0);
    must(tone["in_step"] == true && (-1030..=-970).contains(&level), || format!("{tone}"))?;
    line.set_loopback(false)?;
    let looped = report(&mut daemon, "loopback", 500)?;
    let back = marks_back(&mut far, &line)?;
    daemon.command(&json!({"test_circuit": {"circuit": circuit, "test": null}}))?;
    daemon.command(&json!({"unblock_circuit": {"circuit": circuit}}))?;
    // Out of service and back, while the daemon runs: what the driver forgot is configured anew.
    far.forget();
    daemon.change(|settings| settings["spans"][0]["enabled"] = json!(false))?;
    until(&mut far, 20_000, |_| Ok(span_up(&daemon.shown(), 1).is_none()))?;
    daemon.change(|settings| settings["spans"][0]["enabled"] = json!(true))?;
    until(&mut far, 20_000, |_| Ok(span_up(&daemon.shown(), 1).is_some()))?;
    daemon.stop()?;
    must(looped["test"] == "loopback", || format!("{looped}"))?;
    Ok(format!(
        "{} bits over the loop without an error, the tone at {level} hundredths of dBm0, {back} octets back from the loop; out of service and back",
        bits["bits"]
    ))
}

/// Carries libpri's frames until it is so.
fn until(far: &mut Libpri, millis: u64, mut so: impl FnMut(&mut Libpri) -> Result<bool, Failed>) -> Result<(), Failed> {
    let began = Instant::now();
    while !so(far)? {
        must(began.elapsed() < Duration::from_millis(millis), || format!("not within {millis} ms; {:?}", far.heard()))?;
        far.carry()?;
        sleep(Duration::from_millis(1));
    }
    Ok(())
}

/// What we send comes back from the box's loop.
fn marks_back(far: &mut Libpri, line: &Channel) -> Result<usize, Failed> {
    const MARK: u8 = 0x2a;
    let (began, mut back, mut block) = (Instant::now(), 0, [0; 40]);
    while back < 4000 {
        must(began.elapsed() < Duration::from_secs(3), || format!("{back} octets came back"))?;
        far.carry()?;
        match line.read(&mut block)? {
            Moved::Octets(_) => {
                line.write(&[MARK; 40])?;
                back += block.iter().filter(|octet| **octet == MARK).count();
            }
            Moved::NotYet => sleep(Duration::from_millis(1)),
            Moved::EventFirst => while line.event()?.is_some() {},
        }
    }
    Ok(back)
}

/// A basic access: the daemon is a terminal on the bus of a network of libpri's, whose caller the menu answers. The span is one in software: its driver
/// does no HDLC, the kernel does.
pub fn basic_access(ground: &Ground) -> Result<String, Failed> {
    let ours = basic_span(&ground.control, 0xf, 0)?;
    let theirs = ground.control.first_channel(basic_span(&ground.control, 0xf, 1)?)?.0 - 1;
    let board = format!("[[span]]\nid = 5\ncard = \"dahdi-bri\"\nconnector = \"S0\"\ndahdi = {}\n", ours.0);
    let signalling = json!({"kind": "bri", "side": "user", "mode": "multipoint"});
    let span = json!({"id": 5, "name": "S0", "enabled": true, "signalling": signalling, "blocked": []});
    let settings = settings(json!([span]), group(&[5]), json!([]), &[]);
    let daemon = Daemon::start("daemon-basic", &board, Some(&settings))?;
    let mut far = Libpri::start_basic(theirs)?;
    let brief = |Failed(why): Failed| Failed(format!("{why}; {}; {}", daemon.shown().brief(), daemon.log()));
    until(&mut far, 20_000, |_| Ok(span_up(&daemon.shown(), 5).is_some())).map_err(brief)?;
    far.say(&format!("call 1 1 {SERVICE} 13812345678"))?;
    let began = Instant::now();
    until(&mut far, 10_000, |far| Ok(far.said("answered 1"))).map_err(brief)?;
    let answered = began.elapsed().as_millis();
    far.say("hangup 1 16")?;
    until(&mut far, 10_000, |_| Ok(records(&daemon.shown()) == 1)).map_err(brief)?;
    daemon.stop()?;
    Ok(format!("a caller of libpri's network answered by the menu in {answered} ms"))
}

/// A card that is pulled while the daemon runs is an alarm; put back, it serves again.
pub fn pulled(_ground: &Ground) -> Result<String, Failed> {
    const CARD: &str = "/sys/bus/dahdi_devices/devices/fc:linecard";
    let mut network = pri_span(2);
    network["signalling"]["side"] = json!("network");
    let settings = settings(json!([pri_span(1), network]), group(&[1, 2]), json!([]), &[]);
    let mut daemon = Daemon::start("daemon-pulled", E1_BOARD, Some(&settings))?;
    let up = |shown: &Shown| span_up(shown, 1).and_then(|()| span_up(shown, 2));
    daemon.see("both spans up", 20, up)?;
    let pulled = Instant::now();
    std::fs::write(format!("{CARD}/unassign_span"), "2")?;
    let seen = daemon.see("the alarms", 10, |shown| {
        (alarm(shown, 2, "card_failed")? && alarm(shown, 1, "los")?).then_some(pulled.elapsed().as_millis())
    });
    std::fs::write(format!("{CARD}/assign_span"), "2:2:32")?;
    let (seen, back) = (seen?, Instant::now());
    daemon.see("the alarms' end", 15, |shown| (!alarm(shown, 2, "card_failed")?).then_some(()))?;
    daemon.see("both spans up again", 20, up)?;
    let took = back.elapsed().as_millis();
    daemon.stop()?;
    Ok(format!("an alarm {seen} ms after the card was pulled; both ends up {took} ms after it was back"))
}
