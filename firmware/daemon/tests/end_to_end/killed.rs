use house::sound;
use house::{AGENT, House, agent};

/// LIN-03, REC-02: the box is killed with a call up, as a power cut would. Started again, it takes calls again; the call before shows as interrupted
/// and what was recorded of it can be played; records closed before are all there.
#[test]
fn killed_with_a_call_up() {
    let mut house = House::build("killed");
    house.start_daemon();
    house.start_far_exchange("30");
    house.wait_until_open();
    assert_eq!(house.tell("call 4008001234 13800000001 1"), "ok");
    house.see("the agent talking", 40, |live| (agent(live, AGENT.0)?["state"] == "talking").then_some(()));
    std::thread::sleep(std::time::Duration::from_secs(4));
    house.kill_daemon();

    house.start_daemon();
    let call = house.newest_call(1);
    assert_eq!(call["outcome"], "interrupted", "{call}");
    assert_eq!(call["calling"], "13800000001");
    let recording = call["recordings"][0].as_str().expect("a recording").to_owned();
    let wav = house.recording(&recording);
    let (left, _) = sound::channels(&wav);
    assert!(sound::sounding(&left) > 1000, "the caller is heard in what was saved");

    house.see("every circuit idle again", 40, |live| {
        // The third is the analog ports, which the board does not have here.
        let spans = live["spans"].as_array()?;
        let idle = |span: &serde_json::Value| {
            span["up"] == true
                && span["slots"].as_array().is_some_and(|slots| slots.iter().all(|slot| slot["state"] == "idle"))
        };
        (spans.iter().filter(|span| span["id"] != 3 && idle(span)).count() == 2).then_some(())
    });
    house.wait_until_open();
    assert_eq!(house.tell("call 4008001234 13800000002 1"), "ok");
    house.see("the agent talking again", 40, |live| (agent(live, AGENT.0)?["state"] == "talking").then_some(()));
    assert!(house.data().join("fastcall.db").exists());
}
