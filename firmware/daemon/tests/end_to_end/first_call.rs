use far_exchange::party::CALLER_PITCH;
use far_exchange::phones::PHONE_PITCH;
use house::sound;
use house::{AGENT, House, agent};

/// LIN-03, LIN-08, IVR-06, ACD-01, REC-01, SEA-19: the first call. A customer on an E1 hears the menu, presses 1, waits, talks to the agent on a SIP
/// phone, and is recorded with both voices apart; the console's API shows it while it lasts and afterwards. The box then stops in
/// order.
#[test]
fn customer_on_an_e1_reaches_an_agent_and_is_recorded() {
    let mut house = House::build("first-call");
    house.start_daemon();
    house.start_far_exchange("5");
    house.wait_until_open();

    assert_eq!(house.tell("call 4008001234 13812345678 1"), "ok");
    let circuit = house.see("the customer on the live board", 10, |live| {
        let call = live["calls"].as_array()?.first()?.clone();
        assert_eq!(call["calling"], "13812345678");
        call["parties"].as_array()?.iter().find_map(|party| party["circuit"]["slot"].as_u64())
    });
    assert_eq!(circuit, 31, "the far exchange takes the highest timeslot");
    house.see("the agent talking", 30, |live| (agent(live, AGENT.0)?["state"] == "talking").then_some(()));
    house.see("the agent ready again", 60, |live| {
        let quiet = live["calls"].as_array()?.is_empty();
        (quiet && agent(live, AGENT.0)?["state"] == "ready").then_some(())
    });

    let call = house.newest_call(1);
    assert_eq!(call["outcome"], "answered", "{call}");
    assert_eq!((call["calling"].as_str(), call["called"].as_str()), (Some("13812345678"), Some("4008001234")));
    assert_eq!((call["keyed"].as_str(), call["queue"].as_u64(), call["agent"].as_u64()), (Some("1"), Some(1), Some(1)));
    assert!(call["talk_millis"].as_u64().is_some_and(|talk| (4000..15_000).contains(&talk)), "{call}");
    assert_eq!(call["wrap_up_code"], "已下单");
    listen(&mut house, &call);
    assert_eq!(house.stop_daemon(), Some(0), "an order to stop is obeyed");
}

/// The caller is left, the agent right.
fn listen(house: &mut House, call: &serde_json::Value) {
    let recording = call["recordings"][0].as_str().expect("a recording").to_owned();
    let wav = house.recording(&recording);
    let (left, right) = sound::channels(&wav);
    assert!(sound::sounding(&left) > 2000 && sound::sounding(&right) > 2000, "both are heard");
    let (caller, agent) = (sound::pitch(&left), sound::pitch(&right));
    assert!((CALLER_PITCH..CALLER_PITCH + 20.0).contains(&caller), "left speaks at {caller} Hz");
    assert!((PHONE_PITCH - 1.0..PHONE_PITCH + 1.0).contains(&agent), "right speaks at {agent} Hz");
}
