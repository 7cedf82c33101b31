//! The program as the daemon starts it: orders in, reports out, sound and T.38 by real sockets.

#![allow(clippy::unwrap_used)]

use facsimile::{Kind, Order, Outcome, Page, Report, Resolution, read_tiff, write_tiff};
use pcm::alaw;
use rtp::{Header, Packet};
use std::io::{BufRead, BufReader, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

struct Process {
    child: Child,
    orders: ChildStdin,
    reports: BufReader<ChildStdout>,
    port: u16,
}

impl Process {
    fn start(kind: Kind, file: &Path) -> Process {
        let mut child = Command::new(env!("CARGO_BIN_EXE_fastcall-fax"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (orders, reports) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut process = Process { child, orders, reports, port: 0 };
        process.order(&Order::Begin {
            kind,
            file: file.to_owned(),
            station: "10086".to_owned(),
            header: String::new(),
            error_correction: true,
            bind: HERE,
            ports: (20_000, 29_999),
        });
        let Report::Listening { port } = process.report() else { panic!("the first report is where it listens") };
        process.port = port;
        process
    }

    fn order(&mut self, order: &Order) {
        writeln!(self.orders, "{}", serde_json::to_string(order).unwrap()).unwrap();
    }

    fn report(&mut self) -> Report {
        let mut line = String::new();
        self.reports.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    fn outcome(&mut self) -> (Outcome, u32) {
        loop {
            if let Report::Ended { outcome, pages, .. } = self.report() {
                return (outcome, pages);
            }
        }
    }

    fn address(&self) -> SocketAddr {
        (HERE, self.port).into()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _gone = self.child.wait();
    }
}

fn letter() -> Page {
    let mut page = Page::blank(1728, 300, Resolution::Standard);
    (0..280).for_each(|row| page.blacken(row, row * 3..row * 3 + 200));
    page
}

/// The box's side of one terminal: a port of the media engine's.
struct Leg {
    socket: UdpSocket,
    header: Header,
}

impl Leg {
    fn open(to: SocketAddr) -> Leg {
        let socket = UdpSocket::bind((HERE, 0)).unwrap();
        socket.connect(to).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        Leg { socket, header: Header { marker: false, payload_type: 8, sequence: 65_500, timestamp: 0, ssrc: 7 } }
    }

    /// Says a block and hears the next one.
    fn exchange(&mut self, speech: [u8; 160]) -> [u8; 160] {
        let mut datagram = self.header.octets().to_vec();
        datagram.extend(speech);
        self.header.sequence = self.header.sequence.wrapping_add(1);
        self.header.timestamp = self.header.timestamp.wrapping_add(160);
        self.socket.send(&datagram).unwrap();
        let mut octets = [0; 2000];
        let count = self.socket.recv(&mut octets).unwrap();
        Packet::parse(&octets[..count]).unwrap().payload.try_into().unwrap()
    }
}

/// SW-13: the program sends a page and the program receives it.
#[test]
fn a_page_by_sound() {
    let folder = tempfile::tempdir().unwrap();
    let (sent, received) = (folder.path().join("sent.tif"), folder.path().join("received.tif"));
    std::fs::write(&sent, write_tiff(&[letter()])).unwrap();
    let (mut caller, mut called) = (Process::start(Kind::Send, &sent), Process::start(Kind::Receive, &received));
    let mut legs = [Leg::open(caller.address()), Leg::open(called.address())];
    caller.order(&Order::Sound { remote: legs[0].socket.local_addr().unwrap() });
    called.order(&Order::Sound { remote: legs[1].socket.local_addr().unwrap() });
    let ended = std::thread::spawn(move || (caller.outcome(), called.outcome(), caller, called));
    let mut said = [alaw::SILENT; 2];
    while !ended.is_finished() {
        said = [legs[0].exchange(said[1]), legs[1].exchange(said[0])];
    }
    let (caller_outcome, called_outcome, mut caller, mut called) = ended.join().unwrap();
    assert_eq!((caller_outcome, called_outcome), ((Outcome::Complete, 1), (Outcome::Complete, 1)));
    caller.order(&Order::End);
    called.order(&Order::End);
    assert!(caller.child.wait().unwrap().success() && called.child.wait().unwrap().success());
    assert_eq!(read_tiff(&std::fs::read(&received).unwrap()).unwrap(), [letter()]);
}

/// What one side sent, as a file that network analysers read (libpcap's, link type raw IP), IPv4 and UDP.
struct Capture(Vec<u8>);

impl Capture {
    fn new() -> Capture {
        let mut file = 0xa1b2_c3d4u32.to_le_bytes().to_vec();
        file.extend([2, 0, 4, 0]);
        file.extend([0; 8]);
        file.extend(65_535u32.to_le_bytes());
        file.extend(101u32.to_le_bytes());
        Capture(file)
    }

    fn add(&mut self, datagram: &[u8]) {
        let udp = datagram.len() as u16 + 8;
        let mut packet = vec![0x45, 0];
        packet.extend((udp + 20).to_be_bytes());
        packet.extend([0, 0, 0, 0, 64, 17, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1]);
        [4000u16, 4002, udp, 0].iter().for_each(|word| packet.extend(word.to_be_bytes()));
        packet.extend(datagram);
        self.0.extend([0; 8]);
        self.0.extend((packet.len() as u32).to_le_bytes());
        self.0.extend((packet.len() as u32).to_le_bytes());
        self.0.extend(packet);
    }
}

/// SW-13: by T.38 through a net that loses each seventh datagram; what is sent is T.38 to Wireshark, too.
#[test]
fn a_page_by_packets() {
    let folder = tempfile::tempdir().unwrap();
    let (sent, received) = (folder.path().join("sent.tif"), folder.path().join("received.tif"));
    std::fs::write(&sent, write_tiff(&[letter()])).unwrap();
    let (mut caller, mut called) = (Process::start(Kind::Send, &sent), Process::start(Kind::Receive, &received));
    let sockets = [caller.address(), called.address()].map(|to| {
        let socket = UdpSocket::bind((HERE, 0)).unwrap();
        socket.connect(to).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(5))).unwrap();
        socket
    });
    caller.order(&Order::Packets { remote: sockets[0].local_addr().unwrap(), max_datagram: 1400 });
    called.order(&Order::Packets { remote: sockets[1].local_addr().unwrap(), max_datagram: 1400 });
    let ended = std::thread::spawn(move || (caller.outcome(), called.outcome(), caller, called));
    let (mut capture, mut count) = (Capture::new(), 0);
    while !ended.is_finished() {
        for (from, to) in [(0, 1), (1, 0)] {
            let mut octets = [0; 2000];
            let Ok(length) = sockets[from].recv(&mut octets) else { continue };
            capture.add(&octets[..length]);
            count += 1;
            if count % 7 != 0 {
                sockets[to].send(&octets[..length]).unwrap();
            }
        }
    }
    let (caller_outcome, called_outcome, _caller, _called) = ended.join().unwrap();
    assert_eq!((caller_outcome, called_outcome), ((Outcome::Complete, 1), (Outcome::Complete, 1)));
    assert_eq!(read_tiff(&std::fs::read(&received).unwrap()).unwrap(), [letter()]);
    expect_t38(&folder.path().join("t38.pcap"), &capture, count);
}

fn expect_t38(file: &Path, capture: &Capture, count: usize) {
    std::fs::write(file, &capture.0).unwrap();
    let said = Command::new("tshark")
        .args(["-n", "-d", "udp.port==4002,t38", "-T", "fields", "-e", "t38.seq_number", "-e", "_ws.malformed", "-r"])
        .arg(file)
        .output()
        .expect("tshark is needed for this test: cargo xtask test installs it");
    let lines = String::from_utf8(said.stdout).unwrap();
    assert_eq!(lines.lines().count(), count, "{}", String::from_utf8_lossy(&said.stderr));
    assert!(lines.lines().all(|line| line.starts_with(|first: char| first.is_ascii_digit())), "{lines}");
    assert!(!lines.contains("Malformed"), "{lines}");
}

/// The daemon died: its input ends, and the program with it.
#[test]
fn it_ends_with_its_input() {
    let folder = tempfile::tempdir().unwrap();
    let mut process = Process::start(Kind::Receive, &folder.path().join("received.tif"));
    let mut cut = Command::new("true").stdin(Stdio::piped()).spawn().unwrap();
    drop(std::mem::replace(&mut process.orders, cut.stdin.take().unwrap()));
    cut.wait().unwrap();
    assert!(matches!(process.outcome().0, Outcome::NoFax { .. }));
    assert!(process.child.wait().unwrap().success());
}

/// An order that is none.
#[test]
fn nonsense_ends_it_with_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let mut process = Process::start(Kind::Receive, &folder.path().join("received.tif"));
    process.orders.write_all(b"{\"order\":\"dance\"}\n").unwrap();
    assert!(!process.child.wait().unwrap().success());
}
