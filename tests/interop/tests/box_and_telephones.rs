//! The box itself and telephones that others wrote: over TCP, over IPv6, by SHA-256, over a restart and under changing settings.

use house::{House, Plan, wait_for};
use interop::curl;
use interop::said::judge;
use interop::sipp::{Errand, Sipp, password};
use interop::tap::Tap;
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::Duration;

/// The extension that calls from outside to 80xx reach.
const SEAT: &str = "8010";

/// The demo with passwords as [`password`] makes them.
fn settings(settings: &mut Value) {
    for extension in settings["extensions"].as_array_mut().expect("extensions") {
        let number = extension["number"].as_str().expect("a number").to_owned();
        extension["password"] = json!(password(&number));
    }
    // This sipp knows no SHA-256 and gives up at the first algorithm it does not know.
    settings["sip"]["digest"] = json!("md5");
}

fn open(name: &str, plan: &Plan) -> House {
    let mut house = House::planned(name, plan, settings);
    house.start_daemon();
    house.first_boot();
    house.start_customers(&["--patience", "60", "--quiet"]);
    house.wait_until_spans_up();
    house
}

fn telephone(house: &House, scenario: &str, remote: SocketAddr, options: &[&str]) -> Sipp {
    let local = SocketAddr::new(remote.ip(), house.ports().spare(0));
    let extensions = &[SEAT.to_owned()];
    Sipp::start(house.folder(), &Errand { scenario, remote, local, extensions, calls: 1, rate: 1, options })
}

fn registered(live: &Value, number: &str) -> Option<()> {
    let own = live["extensions"].as_array()?.iter().find(|extension| extension["number"] == number)?;
    (own["registered"] == true).then_some(())
}

fn talking(live: &Value) -> Option<()> {
    live["calls"].as_array()?.iter().any(|call| call["phase"] == "talking").then_some(())
}

/// LIN-10: a telephone registers over TCP and calls a customer over the same connection.
#[test]
fn a_telephone_over_tcp() {
    let mut house = open("tcp", &Plan::default());
    telephone(&house, "calls_a_customer.xml", house.sip(), &["-t", "t1"]).finish(Duration::from_secs(60));
    let call = house.newest_call(1);
    assert_eq!((&call["outcome"], &call["direction"]), (&json!("answered"), &json!("outbound")), "{call}");
}

/// LIN-10: a box on IPv6: a telephone registers and calls a customer; tshark finds nothing wrong with what either said.
#[test]
fn a_telephone_over_ipv6() {
    let address = IpAddr::V6(Ipv6Addr::LOCALHOST);
    let mut house = open("ipv6", &Plan { address, ..Plan::default() });
    let local = SocketAddr::new(address, house.ports().spare(0));
    let tap = Tap::open(address, local, house.sip()).expect("the tap");
    telephone(&house, "calls_a_customer.xml", tap.address(), &[]).finish(Duration::from_secs(60));
    let call = house.newest_call(1);
    assert_eq!((&call["outcome"], &call["direction"]), (&json!("answered"), &json!("outbound")), "{call}");
    let said = tap.said();
    assert!(said.iter().any(|one| String::from_utf8_lossy(&one.bytes).contains("c=IN IP6 ::1")), "speech over IPv6");
    let verdict = judge(&house.folder().join("sip.pcap"), &said, house.sip().port()).expect("tshark");
    assert_eq!((verdict.sip, verdict.broken), (said.len(), vec![]), "SIP as tshark reads it");
}

/// LIN-10: the box is killed and started again: the telephone that was registered takes a call without having registered anew.
#[test]
fn a_telephone_is_reached_after_a_restart() {
    let mut house = open("restart", &Plan::default());
    telephone(&house, "register.xml", house.sip(), &[]).finish(Duration::from_secs(30));
    house.see("the telephone registered", 10, |live| registered(live, SEAT));
    // What is not yet on disk half a second after it was said would be asked for again.
    std::thread::sleep(Duration::from_millis(500));
    house.kill_daemon();
    house.start_daemon();
    house.see("the telephone still registered", 5, |live| registered(live, SEAT));
    let answering = telephone(&house, "answers_and_hangs_up.xml", house.sip(), &[]);
    wait_for("a circuit", 60, || (house.tell("call 8055 13800000001") == "ok").then_some(()));
    answering.finish(Duration::from_secs(30));
    assert_eq!(house.newest_call(1)["outcome"], "answered");
}

/// LIN-10: port, realm and RTP ports of SIP change while a call is up. The call goes on and ends in order; telephones register at the new port in the
/// new realm, and the old port is free once nobody needs it.
#[test]
fn sip_settings_change_under_a_call() {
    let mut house = open("live-sip", &Plan { rtp_ports: 60, ..Plan::default() });
    let old = house.sip();
    telephone(&house, "register.xml", old, &[]).finish(Duration::from_secs(30));
    house.see("the telephone registered", 10, |live| registered(live, SEAT));
    let answering = telephone(&house, "answers.xml", old, &[]);
    assert_eq!(house.tell("call 8055 13800000001"), "ok");
    house.see("the call", 20, talking);

    let (port, rtp) = (house.ports().spare(1), house.ports().rtp());
    house.change_settings(|settings| {
        settings["sip"]["port"] = json!(port);
        settings["sip"]["realm"] = json!("harbour");
        settings["sip"]["rtp_ports"] = json!([rtp.0 + 20, rtp.1]);
    });
    let new = SocketAddr::new(old.ip(), port);
    let extensions = &["8001".to_owned()];
    let local = SocketAddr::new(old.ip(), house.ports().spare(2));
    let errand = Errand { scenario: "register.xml", remote: new, local, extensions, calls: 1, rate: 1, options: &[] };
    Sipp::start(house.folder(), &errand).finish(Duration::from_secs(30));
    house.see("the other telephone registered", 10, |live| registered(live, "8001"));
    house.see("the call still up", 1, talking);
    assert!(UdpSocket::bind(old).is_err(), "the call still needs the old port");

    assert_eq!(house.tell("hang-up"), "ok");
    answering.finish(Duration::from_secs(30));
    assert_eq!(house.newest_call(1)["outcome"], "answered");
    wait_for("the old port to be free", 10, || UdpSocket::bind(old).ok());
    // The first telephone is called from the new port.
    let answering = telephone(&house, "answers_and_hangs_up.xml", new, &[]);
    assert_eq!(house.tell("call 8055 13800000002"), "ok");
    answering.finish(Duration::from_secs(30));
}

/// A REGISTER of [`SEAT`]'s telephone, and the box's answer.
fn register(telephone: &UdpSocket, number: u32, credentials: Option<&str>) -> String {
    let (from, to) = (telephone.local_addr().expect("an address"), telephone.peer_addr().expect("the box"));
    let credentials = credentials.map(|value| format!("Authorization: {value}\r\n")).unwrap_or_default();
    let request = format!(
        "REGISTER sip:{to} SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bK{number};rport\r\nMax-Forwards: 70\r\n\
         From: <sip:{SEAT}@{to}>;tag=1\r\nTo: <sip:{SEAT}@{to}>\r\nCall-ID: digest\r\nCSeq: {number} REGISTER\r\n\
         Contact: <sip:{SEAT}@{from}>\r\nExpires: 300\r\n{credentials}Content-Length: 0\r\n\r\n"
    );
    telephone.send(request.as_bytes()).expect("to send");
    let mut answer = [0; 4096];
    let length = telephone.recv(&mut answer).expect("an answer");
    String::from_utf8_lossy(&answer[..length]).into_owned()
}

/// LIN-10: the digest of somebody else's making is taken, by SHA-256 and by MD5 (RFC 8760); one with another password is not.
#[test]
fn digests_that_curl_reckons() {
    let mut house = House::planned("digests", &Plan::default(), |all| {
        settings(all);
        all["sip"]["digest"] = json!("both");
    });
    house.start_daemon();
    house.first_boot();
    let telephone = UdpSocket::bind((house.sip().ip(), 0)).expect("a socket");
    telephone.connect(house.sip()).expect("the box");
    telephone.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
    let target = format!("sip:{}", house.sip());
    let mut number = 1;
    let mut attempt = |algorithm: &str, password: &str| {
        let refusal = register(&telephone, number, None);
        let offers: Vec<&str> = refusal.lines().filter_map(|line| line.strip_prefix("WWW-Authenticate: ")).collect();
        assert_eq!(offers.len(), 2, "{refusal}");
        assert!(offers[0].contains("algorithm=SHA-256"), "the stronger one is offered first (RFC 8760 2.4)");
        let offer = offers.iter().find(|offer| offer.contains(&format!("algorithm={algorithm},"))).expect("the offer");
        let given = curl::authorization(offer, SEAT, password, "REGISTER", &target).expect("curl");
        number += 2;
        register(&telephone, number - 1, Some(&given))
    };
    for algorithm in ["SHA-256", "MD5"] {
        let answer = attempt(algorithm, &password(SEAT));
        assert!(answer.starts_with("SIP/2.0 200 "), "{algorithm}: {answer}");
        let answer = attempt(algorithm, "somebody else's");
        assert!(answer.starts_with("SIP/2.0 401 "), "{algorithm}: {answer}");
    }
    house.see("the telephone registered", 10, |live| registered(live, SEAT));
}
