use house::{AGENT, House, Plan, agent};
use serde_json::json;

/// LIN-04, LIN-09: the box is a terminal on a carrier's basic access: it gets its TEI, takes the calls to its own number, both channels carry
/// one, and the trunk group that the access is in has them back afterwards.
#[test]
fn customers_on_a_basic_access_reach_the_menu_and_the_agent() {
    let mut house = House::planned("basic-access", &Plan::default(), |settings| {
        let bri = json!({"kind": "bri", "side": "user", "mode": "multipoint", "msns": ["4008001234"]});
        settings["spans"][0]["signalling"] = bri;
        settings["spans"][1]["enabled"] = json!(false);
    });
    house.far_options(&["--basic", "1"]);
    house.start_daemon();
    house.start_far_exchange("5");
    house.see("the basic access up and the agent ready", 60, |live| {
        let up = live["spans"].as_array()?.iter().any(|span| span["id"] == 1 && span["up"] == true);
        (up && agent(live, AGENT.0)?["state"] == "ready").then_some(())
    });
    for caller in ["13812345678", "13912345678"] {
        assert_eq!(house.tell(&format!("call 4008001234 {caller} 1")), "ok");
    }
    let mut slots = house.see("both channels taken", 20, |live| {
        let circuits = |call: &serde_json::Value| {
            call["parties"].as_array()?.iter().find_map(|party| party["circuit"]["slot"].as_u64())
        };
        let slots: Vec<u64> = live["calls"].as_array()?.iter().filter_map(circuits).collect();
        (slots.len() == 2).then_some(slots)
    });
    slots.sort_unstable();
    assert_eq!(slots, [1, 2]);
    house.see("the agent talking", 30, |live| (agent(live, AGENT.0)?["state"] == "talking").then_some(()));
    house.see("quiet", 120, |live| live["calls"].as_array()?.is_empty().then_some(()));
    let call = house.newest_call(2);
    assert_eq!(call["called"].as_str(), Some("4008001234"), "{call}");
    assert_eq!(call["outcome"], "answered", "{call}");
    assert_eq!(house.stop_daemon(), Some(0), "an order to stop is obeyed");
}
