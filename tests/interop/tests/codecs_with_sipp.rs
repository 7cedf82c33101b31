//! sipp with media: what it says in each codec is heard on the E1, and what the E1 says comes back through it.

use codec::Encoder;
use house::{House, Plan, sound};
use interop::sipp::{Errand, Sipp, password};
use interop::tone::{self, Heard};
use plan::{Codec, CodecName, Law};
use serde_json::json;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

const SEAT: &str = "8010";
/// What the customer on the E1 says, and what sipp says.
const CUSTOMER: f64 = 1004.0;
const SIPP: f64 = 1300.0;

/// Seconds of a call: the customer speaks once something was heard for two of them, or ten have passed in silence.
const TALK: u64 = 5;
const ECHO: u64 = 13;

/// A codec as sipp states it.
struct Spoken {
    name: CodecName,
    payload: u8,
    map: &'static str,
}

fn spoken() -> Vec<Spoken> {
    let all = [
        Spoken { name: CodecName::Pcma, payload: 8, map: "PCMA/8000" },
        Spoken { name: CodecName::Pcmu, payload: 0, map: "PCMU/8000" },
        Spoken { name: CodecName::G722, payload: 9, map: "G722/8000" },
        Spoken { name: CodecName::G729, payload: 18, map: "G729/8000" },
        Spoken { name: CodecName::Opus, payload: 111, map: "opus/48000/2" },
        Spoken { name: CodecName::L16, payload: 96, map: "L16/8000" },
    ];
    all.into_iter().filter(|one| codec::is_available(one.name.codec())).collect()
}

/// A minute of sipp's tone as its `rtp_stream` wants it: payloads one after another. Somebody else's coder, where there is one.
fn stream(folder: &Path, codec: Codec) -> Option<PathBuf> {
    let narrow = tone::tone(8000, SIPP, 60);
    let octets = |samples: &[i16]| samples.iter().flat_map(|sample| sample.to_le_bytes()).collect::<Vec<u8>>();
    let file = match codec {
        Codec::G711(law) => {
            let kind = if law == Law::A { "alaw" } else { "mulaw" };
            tone::ffmpeg(folder, &["-f", "s16le", "-ar", "8000", "-ac", "1"], &octets(&narrow), &["-f", kind])
        }
        Codec::G722 => {
            let wide = tone::tone(16_000, SIPP, 60);
            let from = ["-f", "s16le", "-ar", "16000", "-ac", "1"];
            tone::ffmpeg(folder, &from, &octets(&wide), &["-c:a", "g722", "-f", "g722"])
        }
        Codec::G729(_) => {
            let mut encoder = Encoder::new(codec).expect("an encoder");
            let mut file = Vec::new();
            for packet in narrow.chunks_exact(160) {
                encoder.encode(packet, |_, payload| file.extend_from_slice(payload));
            }
            file
        }
        // sipp's streams have packets of one length and know nothing of these.
        Codec::Opus(_) | Codec::L16 { .. } => return None,
    };
    let path = folder.join("stream.raw");
    std::fs::write(&path, file).expect("a file");
    Some(path)
}

/// sipp says this stream.
fn plays(stream: &Path, codec: &Spoken) -> String {
    let stream = stream.to_str().expect("a name");
    format!("<action><exec rtp_stream=\"{stream},-1,{}\"/></action>", codec.payload)
}

/// The scenario with this codec and media.
fn scenario(folder: &Path, codec: &Spoken, port: &str, media: &str) -> String {
    let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("sipp/answers_with_media.xml");
    let text = std::fs::read_to_string(template).expect("the scenario");
    let text = text.replace("<action>MEDIA</action>", media).replace("MEDIA_PORT", port).replace("(MEDIA)", "");
    let text = text.replace("PAYLOAD", &codec.payload.to_string()).replace("MAP", codec.map);
    let path = folder.join("media.xml");
    std::fs::write(&path, text).expect("a scenario");
    path.to_str().expect("a name").to_owned()
}

fn errand<'a>(house: &House, scenario: &'a str, extensions: &'a [String], options: &'a [&'a str]) -> Errand<'a> {
    let local = SocketAddr::new(house.sip().ip(), house.ports().spare(0));
    Errand { scenario, remote: house.sip(), local, extensions, calls: 1, rate: 1, options }
}

/// A call from the E1 to sipp; the recording's two sides: the customer's, and what the customer hears.
fn call(house: &mut House, number: u64, seconds: u64, scenario: &str, options: &[&str]) -> (Vec<i16>, Vec<i16>) {
    let extensions = [SEAT.to_owned()];
    let answering = Sipp::start(house.folder(), &errand(house, scenario, &extensions, options));
    house::wait_for("a circuit", 60, || (house.tell("call 8055 13800000001") == "ok").then_some(()));
    house.see("the call", 30, |live| {
        live["calls"].as_array()?.iter().any(|call| call["phase"] == "talking").then_some(())
    });
    std::thread::sleep(Duration::from_secs(seconds));
    assert_eq!(house.tell("hang-up"), "ok");
    answering.finish(Duration::from_secs(30));
    let call = house.newest_call(number);
    let recording = call["recordings"][0].as_str().expect("a recording").to_owned();
    let (left, right) = sound::channels(&house.recording(&recording));
    let linear = |octets: Vec<u8>| octets.into_iter().map(pcm::alaw::decode).collect();
    (linear(left), linear(right))
}

#[track_caller]
fn is_tone(what: &str, samples: &[i16], hertz: f64) {
    let Heard { seconds, level, purity } = tone::heard(samples, 8000.0, hertz);
    println!("{what}: {hertz} Hz for {seconds:.1} s, {level:.2} dB of what was said, {:.1} % pure", purity * 100.0);
    assert!(level.abs() < 2.0 && purity > 0.9 && seconds > 1.5, "{what}: {seconds} s, {level:.2} dB, {purity:.3}");
}

/// A house whose customer speaks, with sipp's telephone registered.
fn open(name: &str, plan: &Plan) -> House {
    let mut house = House::planned(name, plan, |settings| {
        for extension in settings["extensions"].as_array_mut().expect("extensions") {
            let number = extension["number"].as_str().expect("a number").to_owned();
            extension["password"] = json!(password(&number));
        }
        settings["sip"]["digest"] = json!("md5");
        settings["sip"]["codecs"] = json!(["pcma", "pcmu", "g722", "g729", "opus", "l16"]);
        settings["recording"]["record_extension_calls"] = json!(true);
    });
    let folder = house.folder().to_owned();
    let said = folder.join("customer.al");
    let octets: Vec<u8> = tone::tone(8000, CUSTOMER, 60).into_iter().map(pcm::alaw::encode).collect();
    std::fs::write(&said, octets).expect("a file");
    house.start_daemon();
    house.first_boot();
    house.start_customers(&["--patience", "60", "--quiet", "--speech", said.to_str().expect("a name")]);
    house.wait_until_spans_up();
    let extensions = [SEAT.to_owned()];
    Sipp::start(&folder, &errand(&house, "register.xml", &extensions, &[])).finish(Duration::from_secs(30));
    house
}

/// LIN-10: sipp answers with one codec after another. First it speaks by itself (G.711, G.722 and G.729 in its own stream): the tone is
/// heard on the E1. Then it echoes what it gets, in every codec but G.711: the customer's tone comes back, coded, decoded and coded again.
#[test]
fn sipp_with_media_in_every_codec() {
    let mut house = open("sipp-media", &Plan::default());
    let folder = house.folder().to_owned();
    let (ip, port) = (house.sip().ip().to_string(), house.ports().phone_rtp().to_string());
    let mut calls = 0;
    for codec in spoken() {
        let name = format!("{:?}", codec.name);
        if let Some(stream) = stream(&folder, codec.name.codec()) {
            let media = plays(&stream, &codec);
            let scenario = scenario(&folder, &codec, "[rtpstream_audio_port]", &media);
            calls += 1;
            let (said, heard) = call(&mut house, calls, TALK, &scenario, &["-mi", &ip, "-mp", &port]);
            is_tone(&format!("{name}: the customer says"), &said, CUSTOMER);
            is_tone(&format!("{name}: the customer hears sipp"), &heard, SIPP);
        }
        if matches!(codec.name, CodecName::Pcma | CodecName::Pcmu) {
            continue;
        }
        let scenario = scenario(&folder, &codec, "[media_port]", "");
        calls += 1;
        let (_, heard) = call(&mut house, calls, ECHO, &scenario, &["-rtp_echo", "-mi", &ip, "-mp", &port]);
        is_tone(&format!("{name}: the customer hears the echo"), &heard, CUSTOMER);
    }
    assert!(calls >= 6, "{calls} calls");
}

/// LIN-10: the same over IPv6, in G.711.
#[test]
fn sipp_with_media_over_ipv6() {
    let address = IpAddr::V6(Ipv6Addr::LOCALHOST);
    let mut house = open("sipp-media-6", &Plan { address, ..Plan::default() });
    let folder = house.folder().to_owned();
    let codec = spoken().into_iter().find(|codec| codec.name == CodecName::Pcma).expect("A-law");
    let stream = stream(&folder, codec.name.codec()).expect("a stream");
    let scenario = scenario(&folder, &codec, "[rtpstream_audio_port]", &plays(&stream, &codec));
    let (ip, port) = (address.to_string(), house.ports().phone_rtp().to_string());
    let (said, heard) = call(&mut house, 1, TALK, &scenario, &["-mi", &ip, "-mp", &port]);
    is_tone("the customer says", &said, CUSTOMER);
    is_tone("the customer hears sipp", &heard, SIPP);
}
