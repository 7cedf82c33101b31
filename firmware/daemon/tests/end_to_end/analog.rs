use house::{AGENT, House, agent};
use serde_json::Value;
use std::io::Write;

/// The house with an analog card: telephones 8005 and 8006 at ports 1 and 2, lines to another exchange at 3 and 4.
fn with_analog_card(name: &str) -> House {
    let mut house = House::build(name);
    let (ours, theirs) = (house.ports().spare(0), house.ports().spare(1));
    let ports = [(1, "fxs"), (2, "fxs"), (3, "fxo"), (4, "fxo")];
    let ports =
        ports.map(|(id, kind)| format!("[[port]]\nid = {id}\nkind = \"{kind}\"\nconnector = \"P{id}\"\nspan = 3\n"));
    let card = format!(
        "[[span]]\nid = 3\ncard = \"analog-simulated\"\nconnector = \"ANALOG\"\nwire = \"udp:127.0.0.1:{ours}->127.0.0.1:{theirs}\"\n"
    );
    let board = house.folder().join("board.toml");
    let mut board = std::fs::File::options().append(true).open(board).expect("the board");
    board.write_all((card + &ports.concat()).as_bytes()).expect("the card is described");
    house.far_options(&["--analog", &format!("udp:127.0.0.1:{theirs}->127.0.0.1:{ours}")]);
    house.start_daemon();
    house.start_far_exchange("5");
    house.wait_until_open();
    house
}

fn calls(live: &Value) -> usize {
    live["calls"].as_array().map_or(0, Vec::len)
}

/// LIN-07, LIN-08, LIN-12: a caller on an analog line is known by his number, which the line tells by modem after the first ring; he reaches an
/// agent's SIP telephone, which the console shows, and his record has the number.
#[test]
fn a_caller_on_an_analog_line_is_known() {
    let mut house = with_analog_card("analog-line");
    assert!(house.tell("ring 3 13800138000").starts_with("ok"));
    house.see("the caller's number on the live board", 20, |live| {
        (live["calls"].as_array()?.first()?["calling"] == "13800138000").then_some(())
    });
    house.see("the agent talking", 30, |live| (agent(live, AGENT.0)?["state"] == "talking").then_some(()));
    assert!(house.tell("drop 3").starts_with("ok"));
    house.see("the call gone", 30, |live| (calls(live) == 0).then_some(()));
    let call = house.newest_call(1);
    assert_eq!(
        (call["calling"].as_str(), call["called"].as_str()),
        (Some("13800138000"), Some("4008005678")),
        "{call}"
    );
    assert_eq!(house.stop_daemon(), Some(0));
}

/// LIN-07, LIN-12: another exchange tells who calls by keys before the first ring; a caller who is gone as soon as the box knows of him is on record
/// with his number.
#[test]
fn a_caller_told_by_keys_is_on_record_though_he_rings_once() {
    let mut house = with_analog_card("analog-keys");
    assert!(house.tell("ring 4 13900139000").starts_with("ok"));
    house.see("the caller's number on the live board", 20, |live| {
        (live["calls"].as_array()?.first()?["calling"] == "13900139000").then_some(())
    });
    assert!(house.tell("drop 4").starts_with("ok"));
    house.see("the call gone", 30, |live| (calls(live) == 0).then_some(()));
    assert_eq!(house.newest_call(1)["calling"].as_str(), Some("13900139000"));
    assert_eq!(house.stop_daemon(), Some(0));
}

/// LIN-12, LIN-14: somebody lifts an analog telephone and dials; the other analog telephone rings, is answered, and both are idle afterwards.
#[test]
fn one_analog_telephone_calls_another() {
    let mut house = with_analog_card("analog-telephones");
    assert!(house.tell("lift 1 8006").starts_with("ok"));
    house.see("the two talking", 30, |live| {
        let call = live["calls"].as_array()?.first()?;
        let parties = call["parties"].as_array()?;
        (parties.len() == 2 && parties.iter().all(|party| party["answered"] == true)).then_some(())
    });
    assert!(house.tell("drop 1").starts_with("ok"));
    house.see("the call gone", 30, |live| (calls(live) == 0).then_some(()));
    let call = house.newest_call(1);
    assert_eq!((call["calling"].as_str(), call["called"].as_str()), (Some("8005"), Some("8006")), "{call}");
    assert_eq!(house.stop_daemon(), Some(0));
}
