use house::{AGENT, House, Plan, agent};
use serde_json::json;

/// LIN-01, LIN-08: a customer whose exchange speaks China No. 1 over bits of timeslot 16 and tones in the speech path: his number is on the
/// board, he keys through the menu to the agent, hangs up, and the circuit is idle again.
#[test]
fn customer_on_r2_reaches_an_agent() {
    let mut house = House::planned("r2", &Plan::default(), |settings| {
        let r2 = json!({"kind": "r2", "variant": "cn", "called_digits": 10, "ask_caller": true, "caller_after": 0});
        settings["spans"][0]["signalling"] = r2;
        settings["spans"][1]["enabled"] = json!(false);
    });
    house.far_options(&["--r2", "1"]);
    house.start_daemon();
    house.start_far_exchange("5");
    house.see("the span up and the agent ready", 60, |live| {
        let up = live["spans"].as_array()?.iter().any(|span| span["id"] == 1 && span["up"] == true);
        (up && agent(live, AGENT.0)?["state"] == "ready").then_some(())
    });
    assert_eq!(house.tell("call 4008001234 13812345678 1"), "ok");
    let slot = house.see("the customer on the live board", 20, |live| {
        let call = live["calls"].as_array()?.first()?.clone();
        assert_eq!(call["calling"], "13812345678");
        call["parties"].as_array()?.iter().find_map(|party| party["circuit"]["slot"].as_u64())
    });
    assert_eq!(slot, 31, "the far exchange takes the highest timeslot");
    house.see("the agent talking", 30, |live| (agent(live, AGENT.0)?["state"] == "talking").then_some(()));
    house.see("quiet", 120, |live| live["calls"].as_array()?.is_empty().then_some(()));
    let call = house.newest_call(1);
    assert_eq!(call["outcome"], "answered", "{call}");
    assert_eq!((call["calling"].as_str(), call["called"].as_str()), (Some("13812345678"), Some("4008001234")));
    assert_eq!((call["keyed"].as_str(), call["agent"].as_u64()), (Some("1"), Some(1)));
    assert!(call["talk_millis"].as_u64().is_some_and(|talk| (4000..15_000).contains(&talk)), "{call}");
    let trace = house.trace_of(&call).join("\n");
    for signal in ["seizing 00", "I digit", "A-6", "KA-1", "A-3", "KD-3", "KB-1", "answer 01", "clear-forward 10"] {
        assert!(trace.contains(signal), "no {signal} in the ladder:\n{trace}");
    }
    assert_eq!(house.stop_daemon(), Some(0), "an order to stop is obeyed");
}
