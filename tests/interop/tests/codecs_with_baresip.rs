//! baresip with one codec each: telephones that others wrote call each other through the box, and hear each other's tone.

use house::{House, Plan};
use interop::baresip::{Baresip, Handset, OnlyCodec};
use interop::tone;
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::PathBuf;
use std::time::Duration;

/// A telephone: its codec, the rate and channels that this has in baresip, and the tone that it says.
struct Phone {
    extension: String,
    codec: OnlyCodec,
    rate: u32,
    channels: u16,
    says: f64,
}

fn phone(extension: &str, codec: OnlyCodec, rate: u32, channels: u16, says: f64) -> Phone {
    Phone { extension: extension.to_owned(), codec, rate, channels, says }
}

/// A free port of UDP and TCP.
fn free_port() -> SocketAddr {
    let home = IpAddr::V4(Ipv4Addr::LOCALHOST);
    loop {
        let found = TcpListener::bind((home, 0)).expect("a port").local_addr().expect("its number");
        if UdpSocket::bind(found).is_ok() {
            return found;
        }
    }
}

fn registered(live: &Value, number: &str) -> Option<()> {
    let own = live["extensions"].as_array()?.iter().find(|extension| extension["number"] == number)?;
    (own["registered"] == true).then_some(())
}

fn talking(live: &Value) -> Option<()> {
    live["calls"].as_array()?.iter().any(|call| call["phase"] == "talking").then_some(())
}

/// One of the two in a call.
struct Running<'a> {
    phone: &'a Phone,
    baresip: Baresip,
    control: SocketAddr,
    folder: PathBuf,
}

fn start<'a>(house: &mut House, phone: &'a Phone, rtp: u16) -> Running<'a> {
    let folder: PathBuf = house.folder().join(format!("baresip-{}", phone.extension));
    std::fs::create_dir_all(&folder).expect("a folder");
    let says = tone::wav(&folder.join("says.wav"), phone.rate, phone.channels, &tone::tone(phone.rate, phone.says, 30));
    let (local, control) = (free_port(), free_port());
    let password = format!("demo-{}", phone.extension);
    let extension = phone.extension.as_str();
    let registrar = house.sip();
    let handset = Handset { extension, password: &password, registrar, local, rtp: (rtp, rtp + 3), says: &says };
    let baresip = Baresip::with_codec(&folder, &handset, phone.codec, control).expect("baresip");
    house.see("baresip registered", 20, |live| registered(live, extension));
    Running { phone, baresip, control, folder }
}

impl Running<'_> {
    /// It heard the other's tone as it was said.
    fn has_heard(&self, other: &Phone) {
        let (samples, rate) = tone::read_wav(&self.baresip.heard().expect("what baresip heard"));
        let tone::Heard { seconds, level, purity } = tone::heard(&samples, rate, other.says);
        let what = format!("{} hears {}", self.phone.codec.name, other.codec.name);
        println!(
            "{what}: {} Hz for {seconds:.1} s, {level:.2} dB of what was said, {:.1} % pure",
            other.says,
            purity * 100.0
        );
        // The next call writes files of its own.
        for file in std::fs::read_dir(&self.folder).expect("its folder").flatten() {
            if file.file_name().to_string_lossy().starts_with("dump-") {
                std::fs::remove_file(file.path()).expect("to remove");
            }
        }
        assert!(seconds > 1.5 && level.abs() < 2.0 && purity > 0.9, "{what}\n{}", self.baresip.log());
    }
}

/// LIN-10: every codec that baresip has, with a telephone of the next one: transcoded both ways. And two of Opus: nothing is transcoded.
#[test]
fn telephones_of_different_codecs_hear_each_other() {
    let mut house = House::planned("baresip-codecs", &Plan::default(), |settings| {
        settings["sip"]["digest"] = json!("md5");
        settings["sip"]["codecs"] = json!(["opus", "g722", "l16_wide", "pcmu", "pcma"]);
        settings["sip"]["own_codecs"] = json!([{"extension": "8002", "codecs": ["g722", "pcma"]}]);
    });
    house.start_daemon();
    house.first_boot();
    let phones = [
        phone("8001", OnlyCodec::OPUS, 48_000, 2, 700.0),
        phone("8002", OnlyCodec::G722, 16_000, 1, 900.0),
        phone("8003", OnlyCodec::PCMU, 8_000, 1, 1100.0),
        phone("8004", OnlyCodec::L16, 16_000, 1, 1300.0),
        phone("8010", OnlyCodec::OPUS, 48_000, 2, 1500.0),
    ];
    let rtp = house.ports().phone_rtp();
    let running: Vec<Running> =
        phones.iter().zip((rtp..).step_by(4)).map(|(phone, rtp)| start(&mut house, phone, rtp)).collect();
    for (from, to) in [(0, 1), (1, 2), (2, 0), (0, 4), (3, 4), (2, 3)] {
        let (caller, called) = (&running[from], &running[to]);
        caller.baresip.tell(caller.control, "dial", &called.phone.extension).expect("told");
        house.see("the call", 20, talking);
        std::thread::sleep(Duration::from_secs(3));
        caller.baresip.tell(caller.control, "hangup", "").expect("told");
        house.see("the end of the call", 10, |live| talking(live).is_none().then_some(()));
        caller.has_heard(called.phone);
        called.has_heard(caller.phone);
    }
}
