//! Faxes by T.38 between the box and an adapter: its SIP is sipp's, its fax is spandsp's.

use facsimile::{Kind, Order, Outcome, Page, Report, Resolution, read_tiff, write_tiff};
use house::{House, Plan, wait_for};
use interop::sipp::{Errand, Sipp, password};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

const ADAPTER: &str = "8010";
/// Nobody listens there: the terminal learns from the box's first datagram where it is.
const NOWHERE: u16 = 9;

/// The fax behind the adapter.
struct Terminal {
    child: Child,
    orders: ChildStdin,
    reports: BufReader<std::process::ChildStdout>,
    port: u16,
}

impl Terminal {
    fn start(kind: Kind, file: &Path, ip: IpAddr) -> Terminal {
        let mut child = Command::new(house::program_of("fax-terminal", "fastcall-fax"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the fax terminal");
        let (orders, reports) = (child.stdin.take().expect("orders"), child.stdout.take().expect("reports"));
        let mut terminal = Terminal { child, orders, reports: BufReader::new(reports), port: 0 };
        let (file, station, header) = (file.to_owned(), "+86 21 6000 0001".to_owned(), String::new());
        let begin =
            Order::Begin { kind, file, station, header, error_correction: true, bind: ip, ports: (30_100, 30_199) };
        terminal.order(&begin);
        let Report::Listening { port } = terminal.report() else { panic!("where it listens comes first") };
        terminal.port = port;
        terminal.order(&Order::Packets { remote: SocketAddr::new(ip, NOWHERE), max_datagram: 400 });
        terminal
    }

    fn order(&mut self, order: &Order) {
        writeln!(self.orders, "{}", serde_json::to_string(order).expect("an order")).expect("it listens");
    }

    fn report(&mut self) -> Report {
        let mut line = String::new();
        self.reports.read_line(&mut line).expect("a report");
        serde_json::from_str(&line).expect("a report")
    }

    fn outcome(&mut self) -> (Outcome, u32, String) {
        loop {
            if let Report::Ended { outcome, pages, station, .. } = self.report() {
                return (outcome, pages, station);
            }
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // One that has ended is what we want.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn pages() -> Vec<Page> {
    (1..=3).map(page).collect()
}

/// A page with strokes of its own.
fn page(turn: u32) -> Page {
    let mut page = Page::blank(1728, 600, Resolution::Standard);
    (0..600).for_each(|row| page.blacken(row, (row * turn) % 1500..(row * turn) % 1500 + 40));
    page
}

/// The house with a fax box and an adapter that is registered.
fn open(name: &str) -> House {
    house::program_of("fax-terminal", "fastcall-fax");
    let mut house = House::planned(name, &Plan::default(), |settings| {
        for extension in settings["extensions"].as_array_mut().expect("extensions") {
            let number = extension["number"].as_str().expect("a number").to_owned();
            extension["password"] = json!(password(&number));
        }
        settings["sip"]["digest"] = json!("md5");
        let fax = json!({ "number": "8900", "name": "Fax", "password": "", "may_dial_out": true, "fax": { "station": "+86 10 8888 8900" } });
        settings["extensions"].as_array_mut().expect("extensions").push(fax);
    });
    house.start_daemon();
    house.first_boot();
    sipp(&house, "register.xml", &[]).finish(Duration::from_secs(30));
    house
}

fn sipp(house: &House, scenario: &str, options: &[&str]) -> Sipp {
    let local = SocketAddr::new(house.sip().ip(), house.ports().spare(0));
    let extensions = [ADAPTER.to_owned()];
    let errand = Errand { scenario, remote: house.sip(), local, extensions: &extensions, calls: 1, rate: 1, options };
    Sipp::start(house.folder(), &errand)
}

/// A scenario of `sipp/` with the terminal's port in it.
fn scenario(house: &House, name: &str, port: u16) -> PathBuf {
    let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("sipp").join(name);
    let text = std::fs::read_to_string(template).expect("the scenario").replace("FAX_PORT", &port.to_string());
    let path = house.folder().join(name);
    std::fs::write(&path, text).expect("a scenario");
    path
}

fn fax(house: &mut House, direction: &str) -> Value {
    let session = &mut house.session;
    wait_for("the fax to end", 120, || {
        let list = session.get(&format!("/faxes?direction={direction}")).ok()?;
        let fax = list["rows"].as_array()?.first()?.clone();
        (!fax["ended"].is_null()).then_some(fax)
    })
}

/// SW-13: an adapter calls a fax box: the box asks for T.38, and three pages come through, dot for dot.
#[test]
fn an_adapter_sends_a_fax() {
    let mut house = open("fax-from-adapter");
    let (ip, file) = (house.sip().ip(), house.folder().join("sent.tif"));
    std::fs::write(&file, write_tiff(&pages())).expect("a file");
    let mut terminal = Terminal::start(Kind::Send, &file, ip);
    let scenario = scenario(&house, "sends_a_fax.xml", terminal.port);
    let adapter = sipp(&house, scenario.to_str().expect("a name"), &["-trace_msg"]);
    let (outcome, sent, station) = terminal.outcome();
    assert_eq!((outcome, sent, station.as_str()), (Outcome::Complete, 3, "+86 10 8888 8900"));
    let fax = fax(&mut house, "received");
    assert_eq!(
        (fax["state"].as_str(), fax["pages"].as_u64(), fax["number"].as_str()),
        (Some("complete"), Some(3), Some(ADAPTER)),
        "{fax}"
    );
    assert_eq!(fax["station"], "+86 21 6000 0001");
    let id = fax["id"].as_str().expect("an id");
    let tiff = house.session.download(&format!("/faxes/{id}.tif")).expect("its pages");
    assert!(read_tiff(&tiff).expect("a TIFF file") == pages(), "the pages are not those that were sent");
    adapter.finish(Duration::from_secs(30));
}

/// SW-13: a fax box calls an adapter, which asks for T.38.
#[test]
fn an_adapter_receives_a_fax() {
    let mut house = open("fax-to-adapter");
    let (ip, file) = (house.sip().ip(), house.folder().join("received.tif"));
    let mut terminal = Terminal::start(Kind::Receive, &file, ip);
    let scenario = scenario(&house, "receives_a_fax.xml", terminal.port);
    let adapter = sipp(&house, scenario.to_str().expect("a name"), &["-trace_msg"]);
    std::thread::sleep(Duration::from_millis(500));
    house.session.upload(&format!("/faxes?from=8900&to={ADAPTER}"), &write_tiff(&pages())).expect("the fax is taken");
    let (outcome, received, station) = terminal.outcome();
    assert_eq!((outcome, received, station.as_str()), (Outcome::Complete, 3, "+86 10 8888 8900"));
    let fax = fax(&mut house, "sent");
    assert_eq!((fax["state"].as_str(), fax["pages"].as_u64()), (Some("complete"), Some(3)), "{fax}");
    let tiff = std::fs::read(&file).expect("its pages");
    assert!(read_tiff(&tiff).expect("a TIFF file") == pages(), "the pages are not those that were sent");
    adapter.finish(Duration::from_secs(30));
}
