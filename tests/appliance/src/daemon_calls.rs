//! Calls through the daemon as shipped, on the kernel's spans, with real peers and telephones at their far ends.

use crate::daemon::{Daemon, SERVICE, calls_up, records, settings};
use crate::ground::{DYNAMIC_BASE, FXO, Failed, Ground, must};
use crate::ours::{Ours, cleared};
use crate::peers::Libpri;
use analog::{Office, PortConfig, PortKind, Practice};
use chassis::AnalogKind;
use dahdi::{Buffers, Moved};
use identity::SpanId;
use legs::LegIndication;
use serde_json::{Value, json};
use std::thread::sleep;
use std::time::{Duration, Instant};

const CALLER: &str = "13812345678";

/// PRI on the dynamic pair, and two telephones.
const PRI_BOARD: &str = r#"
[[span]]
id = 1
card = "dahdi-e1"
connector = "E1-1"
dahdi = 5
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

pub fn pri_span(id: u16) -> Value {
    json!({"id": id, "name": format!("E1-{id}"), "enabled": true, "signalling": {"kind": "pri"}, "blocked": []})
}

pub fn telephones_span(id: u16) -> Value {
    let port = |slot| json!({"slot": slot, "line": {"kind": "fxs", "show_caller": "fsk_name"}});
    let signalling = json!({"kind": "analog", "practice": "cn", "ports": [port(1), port(2)]});
    json!({"id": id, "name": "TEL", "enabled": true, "signalling": signalling, "blocked": []})
}

pub fn telephone(number: &str, span: u16, slot: u8) -> Value {
    let port = json!({"span": span, "slot": slot});
    json!({"number": number, "name": number, "password": "", "may_dial_out": true, "port": port})
}

/// A telephone at a port of the daemon's: a line's port of ours at the other end of the wire.
pub fn set(slot: u8) -> Result<Ours, Failed> {
    let office = Office { number: "8001".parse().map_err(|_| Failed("number".into()))?, ..Office::default() };
    let port = PortConfig { slot, kind: PortKind::Fxo(office) };
    let config = analog::Config { span: SpanId(1), practice: Practice::CHINA, ports: vec![port] };
    Ours::start_ports(FXO, &[(slot, AnalogKind::Terminal)], config)
}

/// Carries libpri's frames until it is so.
fn until(far: &mut Libpri, daemon: &Daemon, what: &str, so: impl Fn(&mut Libpri) -> bool) -> Result<u64, Failed> {
    let began = Instant::now();
    loop {
        far.carry()?;
        if so(far) {
            return Ok(u64::try_from(began.elapsed().as_millis()).unwrap_or(0));
        }
        let waits = began.elapsed() < Duration::from_secs(15);
        must(waits, || format!("{what}: libpri said {:?}; {}; {}", far.heard(), daemon.shown().brief(), daemon.log()))?;
        sleep(Duration::from_millis(1));
    }
}

/// libpri's callers are answered by the menu and by a telephone, a telephone calls out over PRI; records tell who called whom.
pub fn pri(ground: &Ground) -> Result<String, Failed> {
    let group = json!([{"id": 1, "name": "Carrier", "selection": "ascending", "spans": [1]}]);
    let settings = settings(
        json!([pri_span(1), telephones_span(3)]),
        group,
        json!([telephone("8001", 3, 1), telephone("8002", 3, 2)]),
        &[("80001", json!({"extension": "8001"}))],
    );
    let mut daemon = Daemon::start("daemon-pri", PRI_BOARD, Some(&settings))?;
    let mut far = Libpri::start(DYNAMIC_BASE[1])?;
    until(&mut far, &daemon, "the data link", |far| far.said("up"))?;
    let settled = Instant::now();
    until(&mut far, &daemon, "restarts", |_| settled.elapsed() > Duration::from_secs(1))?;
    let answered = menu(ground, &mut far, &daemon)?;
    let mut telephone = set(1)?;
    let known = rings(ground, &mut far, &daemon, &mut telephone)?;
    dials_out(&mut far, &daemon, &mut telephone)?;
    drop(telephone);
    until(&mut far, &daemon, "the third record", |_| records(&daemon.shown()) == 3 && calls_up(&daemon.shown()) == 0)?;
    let rows = daemon.get("/calls")?["rows"].clone();
    let with = |called: &str| {
        rows.as_array().into_iter().flatten().any(|row| row["calling"] == CALLER && row["called"] == called)
    };
    must(with(SERVICE) && with("80001"), || format!("records {rows}"))?;
    daemon.stop()?;
    Ok(format!(
        "the menu answers libpri in {answered} ms and is heard; the telephone shows {CALLER} after {known} ms, speech both ways unchanged, and dials out; 3 records"
    ))
}

fn menu(ground: &Ground, far: &mut Libpri, daemon: &Daemon) -> Result<u64, Failed> {
    let line = ground.speech(DYNAMIC_BASE[1], 7)?;
    line.set_buffers(Buffers::speech(5))?;
    far.say(&format!("call 1 7 {SERVICE} {CALLER}"))?;
    let took = until(far, daemon, "the menu's answer", |far| far.said("answered 1"))?;
    line.flush()?;
    let mut heard = 0;
    let began = Instant::now();
    let mut block = [0; 40];
    while heard < 8000 {
        far.carry()?;
        if let Moved::Octets(_) = line.read(&mut block)? {
            heard += block.iter().filter(|octet| matches!(**octet, 0x34 | 0xb4)).count();
        }
        must(began.elapsed() < Duration::from_secs(6), || {
            format!("{heard} octets of the menu heard; {}", daemon.log())
        })?;
        sleep(Duration::from_millis(1));
    }
    far.say("hangup 1 16")?;
    until(far, daemon, "the first record", |_| records(&daemon.shown()) == 1)?;
    far.forget();
    Ok(took)
}

/// Turns the telephone and carries libpri's frames until it is so.
fn both(
    far: &mut Libpri,
    daemon: &Daemon,
    telephone: &mut Ours,
    what: &str,
    so: impl FnMut(&mut Libpri, &mut Ours) -> Result<bool, Failed>,
) -> Result<u64, Failed> {
    let mut so = so;
    let outcome = telephone.until(15_000, what, |telephone| {
        far.carry()?;
        so(far, telephone)
    });
    outcome.map_err(|Failed(why)| Failed(format!("{why}; libpri {:?}; {}", far.heard(), daemon.log())))
}

fn rings(ground: &Ground, far: &mut Libpri, daemon: &Daemon, telephone: &mut Ours) -> Result<u64, Failed> {
    const OUR_MARK: u8 = 0x2a;
    const THEIR_MARK: u8 = 0x93;
    // The driver takes no ring within 2 s after a port was hung up, which opening it does.
    let began = telephone.now();
    both(far, daemon, telephone, "time", |_, telephone| Ok(telephone.now().since(began).0 > 2500))?;
    far.say(&format!("call 2 9 80001 {CALLER}"))?;
    let mut came = Vec::new();
    let known = both(far, daemon, telephone, "the caller's number", |_, telephone| {
        came.extend(telephone.answer_all());
        Ok(!came.is_empty())
    })?;
    let calling = came[0].1.setup.calling.as_ref().map(|number| number.digits.to_string());
    must(calling.as_deref() == Some(CALLER), || format!("the telephone shows {calling:?}"))?;
    both(far, daemon, telephone, "the telephone's answer", |far, _| Ok(far.said("answered 2")))?;
    let line = ground.speech(DYNAMIC_BASE[1], 9)?;
    line.set_buffers(Buffers::speech(5))?;
    line.flush()?;
    let (mut block, mut whole) = ([0; 40], 0);
    both(far, daemon, telephone, "speech both ways", |_, telephone| {
        telephone.speak(1, OUR_MARK);
        line.write(&[THEIR_MARK; 40])?;
        let came = line.read(&mut block)? == Moved::Octets(40) && block == [OUR_MARK; 40];
        whole += u32::from(came && telephone.hears(1, THEIR_MARK));
        Ok(whole >= 20)
    })?;
    telephone.silence(1);
    telephone.request(came[0].0, cleared());
    both(far, daemon, telephone, "the telephone's release", |far, _| {
        Ok(far.heard().iter().any(|said| said.starts_with("disconnect 2") || said.starts_with("gone 2")))
    })?;
    both(far, daemon, telephone, "an idle line", |_, telephone| {
        Ok(telephone.seized() == 0 && calls_up(&daemon.shown()) == 0)
    })?;
    telephone.legs.clear();
    far.forget();
    Ok(known)
}

/// The telephone is lifted, hears dial tone and dials; libpri rings and answers.
fn dials_out(far: &mut Libpri, daemon: &Daemon, telephone: &mut Ours) -> Result<(), Failed> {
    let began = telephone.now();
    both(far, daemon, telephone, "time", |_, telephone| Ok(telephone.now().since(began).0 > 2500))?;
    let leg = telephone.dial(1, "960235", None)?;
    both(far, daemon, telephone, "a call at libpri", |far, _| {
        Ok(far.heard().iter().any(|said| said.contains(" 60235 ")))
    })?;
    both(far, daemon, telephone, "the answer on the live board", |_, _| {
        Ok(daemon.shown().live["calls"][0]["parties"].as_array().is_some_and(|parties| {
            parties.len() == 2
                && parties.iter().all(|party| party["answered"] != Value::Null && party["answered"] != false)
        }))
    })?;
    telephone.request(leg, cleared());
    both(far, daemon, telephone, "the end of the call", |_, telephone| {
        Ok(telephone.legs_told(|told| matches!(told, LegIndication::Released { .. })) > 0)
    })?;
    Ok(())
}
