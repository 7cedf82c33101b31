//! The box itself with telephones that others wrote: sipp as two hundred agents' telephones, customers on the E1s.

use house::{House, Plan, wait_for};
use interop::said::judge;
use interop::sipp::{Errand, Sipp, password};
use interop::tap::Tap;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

const AGENTS: usize = 200;

/// Calls that wait before the first agent is ready.
const EARLY: usize = 30;

/// The service number that leads straight to the queue.
const SERVICE: &str = "4008005678";

fn extension(n: usize) -> String {
    format!("{}", 8200 + n)
}

/// Two hundred agents with an extension each, in the settings file of a new box.
fn crowd(settings: &mut Value) {
    settings["extensions"] = (1..=AGENTS)
        .map(|n| json!({"number": extension(n), "name": format!("Seat {n}"), "password": password(&extension(n)), "may_dial_out": false}))
        .collect();
    settings["agents"] = (1..=AGENTS)
        .map(|n| {
            json!({"id": n, "login": format!("agent{n}"), "name": format!("Agent {n}"), "role": "agent",
                   "skills": [{"skill": 1, "level": 3}], "extension": extension(n), "automatic_answer": false})
        })
        .collect();
    settings["queues"][0]["wrap_up_seconds"] = json!(1);
    settings["services"].as_array_mut().expect("services").retain(|service| service["target"]["extension"].is_null());
    // This sipp knows no SHA-256 and gives up at the first algorithm it does not know.
    settings["sip"]["digest"] = json!("md5");
}

fn reachable(live: &Value) -> usize {
    live["extensions"].as_array().map_or(0, |all| all.iter().filter(|e| e["registered"] == true).count())
}

/// The administrator tells every agent's seat something.
fn tell_all(house: &mut House, command: impl Fn(usize) -> Value) {
    for n in 1..=AGENTS {
        house.session.post(&format!("/seat?agent={n}"), &command(n)).expect("the seat obeys");
    }
}

/// A customer calls; when every circuit is taken, as soon as one is free.
fn customer_calls(house: &House, n: usize) {
    wait_for("a free circuit", 60, || (house.tell(&format!("call {SERVICE} 138{n:08}")) == "ok").then_some(()));
}

/// LIN-10, ACD-01, REC-01: two hundred telephones that others wrote register with their passwords at the box and answer queued calls that come in over
/// the E1s. Each call reaches one of them and has its record with queue and agent; every message that went over the wire is one that
/// tshark finds nothing wrong with.
#[test]
fn two_hundred_telephones_answer_queued_calls() {
    let plan = Plan { rtp_ports: 600, ..Plan::default() };
    let mut house = House::planned("queued-calls", &plan, crowd);
    house.start_daemon();
    house.first_boot();
    let local = SocketAddr::new(house.sip().ip(), house.ports().spare(0));
    let tap = Tap::open(local.ip(), local, house.sip()).expect("the tap");
    let extensions: Vec<String> = (1..=AGENTS).map(extension).collect();
    let folder = house.folder().to_owned();
    let errand = |scenario| {
        let (remote, extensions, calls) = (tap.address(), extensions.as_slice(), AGENTS);
        Sipp::start(&folder, &Errand { scenario, remote, local, extensions, calls, rate: 50, options: &[] })
    };
    errand("register.xml").finish(Duration::from_secs(60));
    house.see("every telephone registered", 10, |live| (reachable(live) == AGENTS).then_some(()));

    tell_all(&mut house, |n| json!({"do": "sign_in", "extension": extension(n)}));
    tell_all(&mut house, |_| json!({"do": "busy", "reason": "briefing"}));
    let answering = errand("answers_and_hangs_up.xml");
    house.start_customers(&["--patience", "200", "--quiet"]);
    house.wait_until_spans_up();
    for n in 1..=EARLY {
        customer_calls(&house, n);
    }
    house.see("customers waiting", 30, |live| {
        let queued = live["calls"].as_array()?.iter().filter(|call| call["phase"] == "queued").count();
        (queued == EARLY).then_some(())
    });
    tell_all(&mut house, |_| json!({"do": "ready"}));
    for n in EARLY + 1..=AGENTS {
        customer_calls(&house, n);
        std::thread::sleep(Duration::from_millis(100));
    }
    // Every one of them answered a call and hung up in the end.
    answering.finish(Duration::from_secs(120));
    house.newest_call(AGENTS as u64);
    house.see("nobody left", 20, |live| live["calls"].as_array()?.is_empty().then_some(()));
    examine(&mut house);

    let said = tap.said();
    let verdict = judge(&house.folder().join("sip.pcap"), &said, house.sip().port()).expect("tshark");
    assert_eq!((verdict.sip, verdict.broken), (said.len(), vec![]), "SIP as tshark reads it");
    assert_eq!(house.stop_daemon(), Some(0));
}

/// Every call has a record that says who served it.
fn examine(house: &mut House) {
    let page = house.session.get("/calls?per_page=500").expect("the call log");
    let rows = page["rows"].as_array().expect("rows").clone();
    assert_eq!(rows.len(), AGENTS);
    for call in &rows {
        assert_eq!((&call["outcome"], &call["queue"]), (&json!("answered"), &json!(1)), "{call}");
        assert_eq!(call["recordings"].as_array().map(Vec::len), Some(1), "{call}");
        let agent = call["agent"].as_u64().expect("an agent") as usize;
        assert_eq!(call["agents"], json!([agent]), "{call}");
    }
    let of = |what: &str| rows.iter().map(|call| call[what].to_string()).collect::<BTreeSet<_>>().len();
    assert_eq!(of("calling"), AGENTS, "each customer was served once");
    assert_eq!(of("agent"), AGENTS, "the longest idle agent is next, so each had one call");
}
