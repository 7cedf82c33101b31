//! baresip that speaks SRTP only, as an agent's telephone: the customer on the E1 and the agent hear each other, and the recording has both.

use house::{AGENT, House, Plan, agent, sound};
use interop::baresip::{Baresip, Handset};
use interop::speech::{Speech, linear_wav, median, resemblances};
use serde_json::json;
use std::net::SocketAddr;
use std::time::Duration;

/// What was said through two codecs and a jitter buffer resembles the original so much at least.
const SAME: f64 = 0.9;

const CUSTOMER: &str = "Good morning. I would like to pay for the two kitchen knives with my card, please. Shall I tell you its number now, \
    or do I key it in? I would rather not that anybody in between hears it.";

const CLERK: &str = "Thank you for calling the television shop. Nobody hears it between us: this telephone encrypts what we say, and the \
    recording pauses while you key in the number. Please begin when you are ready.";

/// The house with one telephone that must encrypt, and what is said at both ends.
fn planned(name: &str) -> (House, Speech, Speech) {
    let mut house = House::planned(name, &Plan::default(), |settings| {
        // This baresip gives up when SHA-256 is among the algorithms.
        settings["sip"]["digest"] = json!("md5");
        settings["sip"]["own_srtp"] = json!([{"extension": "8001", "srtp": "required"}]);
    });
    let folder = house.folder().to_owned();
    let customer = Speech::synthesise(&folder, "customer", "en-gb+m3", CUSTOMER);
    let clerk = Speech::synthesise(&folder, "clerk", "en-us+f2", CLERK);
    house.start_daemon();
    house.first_boot();
    let speech = customer.alaw.to_str().expect("a name").to_owned();
    house.start_customers(&["--patience", "60", "--quiet", "--speech", &speech]);
    house.wait_until_spans_up();
    (house, customer, clerk)
}

/// LIN-10: a telephone that others wrote insists on SRTP, and so does the box: both hear each other, and the recording is plain.
#[test]
fn a_telephone_that_insists_on_srtp_is_heard_and_hears() {
    let (mut house, customer, clerk) = planned("encrypted-speech");
    let folder = house.folder().to_owned();
    let (ip, ports) = (house.sip().ip(), house.ports());
    let (local, rtp) = (SocketAddr::new(ip, ports.spare(0)), ports.phone_rtp());
    let handset = Handset {
        extension: "8001",
        password: "demo-8001",
        registrar: house.sip(),
        local,
        rtp: (rtp, rtp + 20),
        says: &clerk.wav,
    };
    let baresip = Baresip::encrypted(&folder, &handset).expect("baresip");
    house.see("baresip registered", 20, |live| {
        let own = live["extensions"].as_array()?.iter().find(|extension| extension["number"] == "8001")?;
        (own["registered"] == true).then_some(())
    });
    house.session.post("/seat?agent=1", &json!({"do": "sign_in", "extension": "8001"})).expect("signed in");
    house.session.post("/seat?agent=1", &json!({"do": "ready"})).expect("ready");
    assert_eq!(house.tell("call 4008005678 13812345678"), "ok");
    house.see("baresip talking", 30, |live| (agent(live, AGENT.0)?["state"] == "talking").then_some(()));
    std::thread::sleep(Duration::from_secs(14));
    assert_eq!(house.tell("hang-up"), "ok");
    house.see("after-call work", 10, |live| (agent(live, AGENT.0)?["state"] == "wrap_up").then_some(()));

    let call = house.newest_call(1);
    // The record says of the telephone's leg that nobody on the way could listen.
    let id = call["call"].as_str().expect("its number");
    let whole = house.session.get(&format!("/calls/{id}")).expect("the call");
    let figures = whole["cdr"]["quality"].as_array().expect("figures");
    assert!(figures.len() == 1 && figures[0]["srtp"]["always"].is_string(), "{figures:?}");
    let recording = call["recordings"][0].as_str().expect("a recording").to_owned();
    let (left, right) = sound::channels(&house.recording(&recording));
    let decoded = |octets: &[u8]| octets.iter().map(|octet| pcm::alaw::decode(*octet)).collect::<Vec<_>>();
    let (left, right) = (decoded(&left), decoded(&right));
    let heard = linear_wav(&baresip.heard().expect("what baresip heard"));
    for (what, track, same) in [
        ("left of the recording", &left, &customer),
        ("right of the recording", &right, &clerk),
        ("heard by baresip", &heard, &customer),
    ] {
        let own = resemblances(track, &same.samples);
        println!("{what}: {own:.3?}");
        assert!(own.len() >= 2 && median(&own) >= SAME, "{what} resembles what was said by only {own:.3?}");
    }
}
