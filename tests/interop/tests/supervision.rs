//! Three telephones that others wrote, at the box itself: a customer on an E1, an agent, and a supervisor who listens, whispers and barges in.

use house::{AGENT, House, Plan, agent, sound};
use interop::baresip::{Baresip, Handset};
use interop::speech::{Speech, linear_wav, resemblances};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;

/// What is heard in a mix resembles each voice in it so much at least in some piece, and a voice that is not in it so little in every one.
const IN_THE_MIX: f64 = 0.45;
const NOT_IN_IT: f64 = 0.3;

const CUSTOMER: &str = "Good morning. I saw the kitchen knife in the advertisement last night and would like to order two of them, \
    please. My name is Wang, and the address is number eighteen, Garden Street, fourth floor. Could you tell me whether they arrive \
    before the weekend, and whether I can pay the postman in cash? I also wonder about the colour of the handle.";

/// A baresip hangs up when it has no more to say: agent and supervisor say all twice.
const CLERK: &str = "Thank you for calling the television shop. I will gladly take your order. Let me first repeat the number of the \
    article, so that nothing goes wrong: seven, three, nine, double four. We have enough of them in stock, and the parcel leaves our \
    warehouse today in the afternoon. Is there anything else that I may do for you? I am always here.";

const HEAD: &str = "Offer him the second set at half of the price, and mention the guarantee of five years on every blade. Remember to \
    ask for the telephone number of his neighbour, because the courier comes before noon. Then thank him for his patience and say \
    goodbye in a friendly manner. All of this belongs to a good conversation, as we practised it on Monday.";

/// Its SIP takes two ports: the one named and the next.
fn telephone(house: &House, name: &str, extension: &str, which: u16, says: &Speech) -> Baresip {
    let folder = house.folder().join(name);
    std::fs::create_dir_all(&folder).expect("a folder");
    let (ip, ports) = (house.sip().ip(), house.ports());
    let rtp = ports.phone_rtp() + 14 * which;
    let password = format!("demo-{extension}");
    let handset = Handset {
        extension,
        password: &password,
        registrar: house.sip(),
        local: SocketAddr::new(ip, ports.spare(2 * which)),
        rtp: (rtp, rtp + 12),
        says: &says.wav,
    };
    Baresip::start(&folder, &handset).expect("baresip")
}

fn best(heard: &[i16], said: &Speech) -> f64 {
    resemblances(heard, &said.samples).last().copied().unwrap_or(0.0)
}

/// SUP-03, SUP-06, REC-01: the supervisor listens and hears both; whispers, and the agent hears it but the customer does not; barges in, and
/// the customer hears it too. What each heard is told by its own telephone; what the customer heard by the recording, which has
/// him alone on the left and all that he heard on the right.
#[test]
fn a_supervisor_listens_whispers_and_barges_in() {
    let mut house = House::planned("supervision", &Plan::default(), |settings| {
        settings["sip"]["digest"] = json!("md5");
        settings["agents"][1]["role"] = json!("supervisor");
    });
    let folder = house.folder().to_owned();
    let customer = Speech::synthesise(&folder, "customer", "en-gb+m3", CUSTOMER);
    let clerk = Speech::synthesise(&folder, "clerk", "en-us+f2", &CLERK.repeat(2));
    let head = Speech::synthesise(&folder, "head", "en-gb+m7", &HEAD.repeat(2));
    house.start_daemon();
    house.first_boot();
    let speech = customer.alaw.to_str().expect("a name").to_owned();
    house.start_customers(&["--patience", "90", "--quiet", "--speech", &speech]);
    house.wait_until_spans_up();
    let anna = telephone(&house, "anna", "8001", 0, &clerk);
    let boss = telephone(&house, "boss", "8002", 1, &head);
    for extension in ["8001", "8002"] {
        house.see("baresip registered", 20, |live| {
            let own = live["extensions"].as_array()?.iter().find(|one| one["number"] == extension)?;
            (own["registered"] == true).then_some(())
        });
    }
    let seat = |house: &mut House, agent: u32, command| {
        house.session.post(&format!("/seat?agent={agent}"), &command).expect("done");
    };
    seat(&mut house, 1, json!({"do": "sign_in", "extension": "8001"}));
    seat(&mut house, 1, json!({"do": "ready"}));
    seat(&mut house, 2, json!({"do": "sign_in", "extension": "8002"}));
    seat(&mut house, 2, json!({"do": "busy", "reason": "supervision"}));
    assert_eq!(house.tell("call 4008005678 13812345678"), "ok");
    house.see("the agent talking", 30, |live| (agent(live, AGENT.0)?["state"] == "talking").then_some(()));
    let supervise =
        |house: &mut House, mode: &str| seat(house, 2, json!({"do": "supervise", "agent": 1, "mode": mode}));
    supervise(&mut house, "listen");
    house.see("the supervisor in the call", 10, |live| {
        let supervises = &live["agents"].as_array()?.iter().find(|agent| agent["id"] == 2)?["supervises"];
        (supervises["answered"] == true && supervises["mode"] == "listen").then_some(())
    });
    std::thread::sleep(Duration::from_secs(8));
    supervise(&mut house, "whisper");
    std::thread::sleep(Duration::from_secs(8));
    let call = house.see("the call", 5, |live| Some(live["calls"].as_array()?.first()?["id"].clone()));
    supervise(&mut house, "barge");
    std::thread::sleep(Duration::from_secs(8));
    seat(&mut house, 2, json!({"do": "hang_up"}));
    house.see("the agent still talking", 5, |live| (agent(live, AGENT.0)?["state"] == "talking").then_some(()));
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(house.tell("hang-up"), "ok");
    house.see("after-call work", 10, |live| (agent(live, AGENT.0)?["state"] == "wrap_up").then_some(()));
    seat(&mut house, 1, json!({"do": "wrap_up", "code": "已下单"}));

    let heard_by_boss = linear_wav(&boss.heard().expect("what the supervisor heard"));
    assert!(best(&heard_by_boss, &customer) >= IN_THE_MIX && best(&heard_by_boss, &clerk) >= IN_THE_MIX);
    let heard_by_anna = linear_wav(&anna.heard().expect("what the agent heard"));
    assert!(best(&heard_by_anna, &customer) >= IN_THE_MIX && best(&heard_by_anna, &head) >= IN_THE_MIX);
    let recorded = house.newest_call(1);
    assert_eq!(recorded["call"], call, "{recorded}");
    what_the_customer_heard(&mut house, &recorded, [&customer, &clerk, &head]);
    what_is_written_down(&mut house, &recorded);
}

/// The recording has the customer alone on the left; on the right the agent, and the supervisor from the barging on: about 16 s after the beginning.
fn what_the_customer_heard(house: &mut House, call: &Value, [customer, clerk, head]: [&Speech; 3]) {
    let wav = house.recording(call["recordings"][0].as_str().expect("a recording"));
    let (left, right) = sound::channels(&wav);
    let decoded = |octets: &[u8]| octets.iter().map(|octet| pcm::alaw::decode(*octet)).collect::<Vec<_>>();
    let (left, right) = (decoded(&left), decoded(&right));
    assert!(best(&left, customer) >= 0.9 && best(&left, clerk) <= NOT_IN_IT && best(&left, head) <= NOT_IN_IT);
    let (before, after) = (&right[..15 * 8000], &right[17 * 8000..]);
    assert!(best(before, clerk) >= 0.9 && best(before, head) <= NOT_IN_IT, "{}", best(before, head));
    assert!(best(after, head) >= IN_THE_MIX, "{}", best(after, head));
}

fn what_is_written_down(house: &mut House, call: &Value) {
    let path = format!("/calls/{}", call["call"].as_str().expect("an id"));
    let detail = house.session.get(&path).expect("the call");
    let supervised = |record: &&Value| record["event"]["what"] == "supervised";
    let records = detail["ledger"].as_array().expect("a ledger").iter().filter(supervised);
    let modes: Vec<&str> = records.filter_map(|record| record["event"]["mode"].as_str()).collect();
    assert_eq!(modes, ["listen", "whisper", "barge"]);
    let audit = house.session.get("/audit?q=supervise").expect("the audit log");
    assert_eq!(audit["total"], 3, "{audit}");
}
