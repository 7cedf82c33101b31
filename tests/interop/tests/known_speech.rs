//! baresip as an agent's telephone: what is said at one end is what is heard at the other, and what the box recorded.

use house::{AGENT, House, Plan, agent, sound};
use interop::baresip::{Baresip, Handset};
use interop::said::judge;
use interop::speech::{Speech, linear_wav, median, resemblances};
use interop::tap::Tap;
use serde_json::json;
use std::net::SocketAddr;
use std::time::Duration;

/// What was said through two codecs and a jitter buffer resembles the original so much at least, and another voice so little at most.
const SAME: f64 = 0.9;
const OTHER: f64 = 0.3;

const CUSTOMER: &str = "Good morning. I saw the kitchen knife in the advertisement last night and would like to order two of them, \
    please. My name is Wang, and the address is number eighteen, Garden Street, fourth floor. Could you tell me whether they arrive \
    before the weekend, and whether I can pay the postman in cash?";

const CLERK: &str = "Thank you for calling the television shop. I will gladly take your order. Let me first repeat the number of the \
    article, so that nothing goes wrong: seven, three, nine, double four. We have enough of them in stock, and the parcel leaves our \
    warehouse today in the afternoon. Is there anything else that I may do for you?";

/// LIN-10, REC-01: a telephone that others wrote registers as an agent's, is offered a queued call from the E1 and answers it. Customer and clerk
/// each say known sentences: the recording has the customer's left and the clerk's right and nothing of the other, and the telephone
/// heard the customer.
#[test]
fn known_speech_both_ways_and_on_the_recording() {
    // Like sipp, this baresip gives up when SHA-256 is among the algorithms.
    let mut house = House::planned("known-speech", &Plan::default(), |settings| {
        settings["sip"]["digest"] = json!("md5");
        settings["sip"]["qualify_seconds"] = json!(5);
    });
    let folder = house.folder().to_owned();
    let customer = Speech::synthesise(&folder, "customer", "en-gb+m3", CUSTOMER);
    let clerk = Speech::synthesise(&folder, "clerk", "en-us+f2", CLERK);
    house.start_daemon();
    house.first_boot();
    let (ip, ports) = (house.sip().ip(), house.ports());
    let (local, rtp) = (SocketAddr::new(ip, ports.spare(0)), ports.phone_rtp());
    let tap = Tap::open(ip, local, house.sip()).expect("the tap");
    let speech = customer.alaw.to_str().expect("a name").to_owned();
    house.start_customers(&["--patience", "60", "--quiet", "--speech", &speech]);
    house.wait_until_spans_up();
    let handset = Handset {
        extension: "8001",
        password: "demo-8001",
        registrar: tap.address(),
        local,
        rtp: (rtp, rtp + 20),
        says: &clerk.wav,
    };
    let baresip = Baresip::start(&folder, &handset).expect("baresip");
    house.see("baresip registered", 20, |live| {
        let own = live["extensions"].as_array()?.iter().find(|extension| extension["number"] == "8001")?;
        (own["registered"] == true).then_some(())
    });
    house.session.post("/seat?agent=1", &json!({"do": "sign_in", "extension": "8001"})).expect("signed in");
    house.session.post("/seat?agent=1", &json!({"do": "ready"})).expect("ready");
    assert_eq!(house.tell("call 4008005678 13812345678"), "ok");
    house.see("baresip talking", 30, |live| (agent(live, AGENT.0)?["state"] == "talking").then_some(()));
    std::thread::sleep(Duration::from_secs(16));
    assert_eq!(house.tell("hang-up"), "ok");
    house.see("after-call work", 10, |live| (agent(live, AGENT.0)?["state"] == "wrap_up").then_some(()));
    house.session.post("/seat?agent=1", &json!({"do": "wrap_up", "code": "已下单"})).expect("wrapped up");

    let call = house.newest_call(1);
    assert_eq!(
        (&call["outcome"], &call["agent"], &call["queue"]),
        (&json!("answered"), &json!(1), &json!(1)),
        "{call}"
    );
    let recording = call["recordings"][0].as_str().expect("a recording").to_owned();
    let wav = house.recording(&recording);
    let (left, right) = sound::channels(&wav);
    let decoded = |octets: &[u8]| octets.iter().map(|octet| pcm::alaw::decode(*octet)).collect::<Vec<_>>();
    let (left, right) = (decoded(&left), decoded(&right));
    let heard = linear_wav(&baresip.heard().expect("what baresip heard"));
    for (what, track, same, other) in [
        ("left of the recording", &left, &customer, &clerk),
        ("right of the recording", &right, &clerk, &customer),
        ("heard by baresip", &heard, &customer, &clerk),
    ] {
        let (own, others) = (resemblances(track, &same.samples), resemblances(track, &other.samples));
        println!("{what}: its own speech {own:.3?}, the other's {others:.3?}");
        assert!(own.len() >= 3, "{what}: too little speech");
        assert!(median(&own) >= SAME, "{what} resembles what was said by only {own:.3?}");
        assert!(others.iter().all(|one| *one <= OTHER), "{what} resembles the other voice: {others:.3?}");
    }

    examine(&tap, &house, local);
}

/// What was said in SIP is what tshark takes for SIP, and baresip answered when asked whether it is there.
fn examine(tap: &Tap, house: &House, telephone: SocketAddr) {
    let said = tap.said();
    let verdict = judge(&house.folder().join("sip.pcap"), &said, house.sip().port()).expect("tshark");
    assert_eq!((verdict.sip, verdict.broken), (said.len(), vec![]), "SIP as tshark reads it");
    let answers = said.iter().filter(|one| one.from == telephone && one.bytes.starts_with(b"SIP/2.0 200"));
    let to_options = answers.filter(|one| String::from_utf8_lossy(&one.bytes).contains(" OPTIONS\r\n")).count();
    assert!(to_options >= 3, "{to_options} questions answered");
}
