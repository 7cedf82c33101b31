//! R2 and analog lines through the daemon as shipped, on the kernel's spans.

use crate::daemon::{Daemon, calls_up, records, settings, span_up};
use crate::daemon_calls::{set, telephone, telephones_span};
use crate::ground::{E1, FXS, Failed, Ground, must};
use crate::ours::{Ours, cleared};
use crate::peers::r2test;
use analog::{PortConfig, PortKind, Practice, ShowCaller, Station};
use chassis::AnalogKind;
use dahdi::E1Line;
use identity::SpanId;
use legs::LegIndication;
use serde_json::{Value, json};
use std::thread::sleep;
use std::time::{Duration, Instant};

const CALLING: &str = "01062770334";

/// R2 on the module's first E1, and a telephone.
const R2_BOARD: &str = r#"
[[span]]
id = 2
card = "dahdi-e1"
connector = "E1-2"
dahdi = 1
[[span]]
id = 3
card = "dahdi-analog"
connector = "TEL"
dahdi = 3
[[port]]
id = 1
kind = "fxs"
connector = "TEL-1"
span = 3
[[port]]
id = 2
kind = "fxs"
connector = "TEL-2"
span = 3
"#;

/// Two lines to another exchange.
const LINES_BOARD: &str = r#"
[[span]]
id = 4
card = "dahdi-analog"
connector = "LINES"
dahdi = 4
[[port]]
id = 5
kind = "fxo"
connector = "LINE-5"
span = 4
[[port]]
id = 6
kind = "fxo"
connector = "LINE-6"
span = 4
"#;

fn far_line(ground: &Ground) -> Result<(), Failed> {
    let line = E1Line { common_channel: false, crc4: false, hdb3: true, clock_priority: 0 };
    ground.control.configure_line(E1[1], line)?;
    Ok(ground.control.start(E1[1])?)
}

/// A span that was PRI becomes R2 while the daemon runs; r2test calls in on all thirty channels at once, and a telephone calls r2test.
pub fn r2(ground: &Ground) -> Result<String, Failed> {
    let span = json!({"id": 2, "name": "E1-2", "enabled": true, "signalling": {"kind": "pri"}, "blocked": []});
    let group = json!([{"id": 1, "name": "Carrier", "selection": "ascending", "spans": [2]}]);
    let telephones = json!([telephone("8001", 3, 1), telephone("8002", 3, 2)]);
    let services = [("4321", json!({"flow": 1}))];
    let settings = settings(json!([span, telephones_span(3)]), group, telephones, &services);
    let mut daemon = Daemon::start("daemon-r2", R2_BOARD, Some(&settings))?;
    far_line(ground)?;
    let words = "variant=cn\nmaxani=0\nmaxdnis=4\n";
    let listening = r2test(ground, &format!("{words}caller=no\n"))?;
    daemon.change(|settings| {
        let r2 = json!({"kind": "r2", "variant": "cn", "called_digits": 4, "ask_caller": false});
        settings["spans"][0]["signalling"] = r2;
    })?;
    let live = Instant::now();
    daemon.see("R2 up", 20, |shown| span_up(shown, 2))?;
    let changed = live.elapsed().as_millis();
    let answered = telephone_over_r2(&mut daemon)?;
    drop(listening);
    let began = Instant::now();
    let calling = r2test(ground, &format!("{words}dnid=4321\ncid=5550000\ncaller=yes\n"))?;
    daemon.see("thirty calls at the menu", 20, |shown| (answered_calls(&shown.live) == 30).then_some(()))?;
    let took = began.elapsed().as_millis();
    // They talk for a while: a caller whom the box clears within moments of its answer is not what r2test knows.
    sleep(Duration::from_secs(2));
    // The box clears back; r2test clears forward, and only then is a channel idle.
    for call in daemon.shown().live["calls"].as_array().cloned().unwrap_or_default() {
        daemon.command(&json!({"release_call": {"call": call["id"]}}))?;
    }
    daemon.see("thirty-one records", 20, |shown| (records(shown) == 31 && calls_up(shown) == 0).then_some(()))?;
    drop(calling);
    let rows = daemon.get("/calls?called=4321&per_page=100")?["rows"].clone();
    let called = rows.as_array().into_iter().flatten().filter(|row| row["called"] == "4321").count();
    must(called >= 30, || format!("{called} records of 4321: {rows}"))?;
    daemon.stop()?;
    Ok(format!(
        "PRI became R2 in {changed} ms; a telephone's call to r2test answered after {answered} ms; 30 calls at once from r2test answered in {took} ms; 31 records"
    ))
}

/// Calls whose caller has been answered.
fn answered_calls(live: &Value) -> usize {
    let answered = |call: &&Value| {
        let parties = call["parties"].as_array();
        parties.is_some_and(|parties| {
            parties.iter().any(|party| party["circuit"].is_object() && party["answered"] == true)
        })
    };
    live["calls"].as_array().map_or(0, |calls| calls.iter().filter(answered).count())
}

fn telephone_over_r2(daemon: &mut Daemon) -> Result<u64, Failed> {
    let mut telephone = set(1)?;
    let began = telephone.now();
    telephone.until(4000, "time", |telephone| Ok(telephone.now().since(began).0 > 2500))?;
    let leg = telephone.dial(1, "94321", None)?;
    let outcome = telephone.until(15_000, "r2test's answer", |_| {
        let live = daemon.shown().live;
        let parties = live["calls"][0]["parties"].as_array().cloned().unwrap_or_default();
        Ok(parties.len() == 2 && parties.iter().all(|party| party["answered"] == true))
    });
    let took = outcome.map_err(|Failed(why)| Failed(format!("{why}; {}; {}", daemon.shown().brief(), daemon.log())))?;
    telephone.request(leg, cleared());
    telephone.until(8000, "the record", |_| Ok(records(&daemon.shown()) == 1 && calls_up(&daemon.shown()) == 0))?;
    Ok(took)
}

/// Callers on two exchange lines are known by the line's modem and by keys, are answered by the menu and are on record.
pub fn lines(_ground: &Ground) -> Result<String, Failed> {
    let line = |slot: u8| json!({"slot": slot, "line": {"kind": "fxo", "number": format!("6277033{slot}"), "answered_by": "polarity"}});
    let signalling = json!({"kind": "analog", "practice": "cn", "ports": [line(5), line(6)]});
    let span = json!({"id": 4, "name": "LINES", "enabled": true, "signalling": signalling, "blocked": []});
    let group = json!([{"id": 1, "name": "Lines", "selection": "ascending", "spans": [4]}]);
    let services = [("6277033x", json!({"flow": 1}))];
    let settings = settings(json!([span]), group, json!([]), &services);
    let mut daemon = Daemon::start("daemon-lines", LINES_BOARD, Some(&settings))?;
    let mut took = Vec::new();
    for (count, (slot, way)) in (1..).zip([(5, ShowCaller::Multiple), (6, ShowCaller::Dtmf)]) {
        let station = Station { show_caller: way, ..Station::default() };
        let port = PortConfig { slot, kind: PortKind::Fxs(station) };
        let config = analog::Config { span: SpanId(1), practice: Practice::CHINA, ports: vec![port] };
        let mut exchange = Ours::start_ports(FXS, &[(slot, AnalogKind::Station)], config)?;
        let from = |Failed(why): Failed| Failed(format!("{way:?}: {why}"));
        took.push(line_rings(&mut daemon, &mut exchange, slot, count).map_err(from)?);
    }
    let rows = daemon.get("/calls")?["rows"].clone();
    for called in ["62770335", "62770336"] {
        let known =
            rows.as_array().into_iter().flatten().any(|row| row["calling"] == CALLING && row["called"] == called);
        must(known, || format!("no record of {called}: {rows}"))?;
    }
    daemon.stop()?;
    Ok(format!(
        "answered with the caller known after {} ms (modem) and {} ms (keys); 2 records with {CALLING}",
        took[0], took[1]
    ))
}

fn line_rings(daemon: &mut Daemon, exchange: &mut Ours, slot: u8, count: u64) -> Result<u64, Failed> {
    let began = exchange.now();
    exchange.until(4000, "time", |exchange| Ok(exchange.now().since(began).0 > 2500))?;
    let leg = exchange.dial(slot, "1", Some(CALLING))?;
    let answered = exchange.until(12_000, "the menu's answer", |exchange| {
        Ok(exchange.legs_told(|told| matches!(told, LegIndication::Answered { .. })) > 0)
    });
    let took = answered.map_err(|Failed(why)| Failed(format!("{why}; {}", daemon.log())))?;
    let seen = exchange
        .until(3000, "the caller on the live board", |_| Ok(daemon.shown().live["calls"][0]["calling"] == CALLING));
    seen.map_err(|Failed(why)| Failed(format!("{why}: {}", daemon.shown().brief())))?;
    exchange.request(leg, cleared());
    let over = exchange.until(15_000, "the record", |exchange| {
        let shown = daemon.shown();
        Ok(records(&shown) == count && calls_up(&shown) == 0 && exchange.seized() == 0)
    });
    over.map_err(|Failed(why)| Failed(format!("{why}: {}; {}", daemon.shown().brief(), daemon.log())))?;
    Ok(took)
}

/// One telephone calls the other, which shows the caller's number by keys and answers; speech both ways is unchanged.
pub fn telephones(_ground: &Ground) -> Result<String, Failed> {
    const MARKS: [u8; 2] = [0x2a, 0x93];
    let board = R2_BOARD.split_once("[[span]]\nid = 3").map(|(_, rest)| format!("[[span]]\nid = 3{rest}"));
    let telephones = json!([telephone("8001", 3, 1), telephone("8002", 3, 2)]);
    let mut span = telephones_span(3);
    span["signalling"]["ports"][1]["line"]["show_caller"] = json!("dtmf");
    let settings = settings(json!([span]), json!([]), telephones, &[]);
    let daemon = Daemon::start("daemon-telephones", &board.unwrap_or_default(), Some(&settings))?;
    let (mut one, mut two) = (set(1)?, set(2)?);
    let until = |one: &mut Ours, two: &mut Ours, what: &str, so: &mut dyn FnMut(&mut Ours, &mut Ours) -> bool| {
        let outcome = one.until(12_000, what, |one| {
            two.turn()?;
            Ok(so(one, two))
        });
        outcome.map_err(|Failed(why)| Failed(format!("{why}; {}; {}", daemon.shown().brief(), daemon.log())))
    };
    let began = one.now();
    until(&mut one, &mut two, "time", &mut |one, _| one.now().since(began).0 > 2500)?;
    let leg = one.dial(1, "8002", None)?;
    let mut came = Vec::new();
    let took = until(&mut one, &mut two, "the other telephone", &mut |_, two| {
        came.extend(two.answer_all());
        !came.is_empty()
    })?;
    let calling = came[0].1.setup.calling.as_ref().map(|number| number.digits.to_string());
    must(calling.as_deref() == Some("8001"), || format!("it shows {calling:?}"))?;
    let mut whole = 0;
    until(&mut one, &mut two, "speech both ways", &mut |one, two| {
        one.speak(1, MARKS[0]);
        two.speak(2, MARKS[1]);
        whole += u32::from(one.hears(1, MARKS[1]) && two.hears(2, MARKS[0]));
        whole >= 20
    })?;
    one.request(leg, cleared());
    until(&mut one, &mut two, "the record", &mut |_, _| {
        records(&daemon.shown()) == 1 && calls_up(&daemon.shown()) <= 1
    })?;
    drop((one, two));
    daemon.stop()?;
    Ok(format!("8002 shows 8001 by keys after {took} ms; speech both ways unchanged"))
}
