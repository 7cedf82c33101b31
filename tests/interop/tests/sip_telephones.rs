//! sipp as telephones on the loopback, and tshark as the reader of all that was said.

use interop::capture::Capture;
use interop::sip_exchange::{SipExchange, raw_ip};
use numbering::Digits;
use sip::{Account, DigestOffer, Secret};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const PHONES: usize = 200;
const LINKTYPE_RAW: u32 = 101;

fn extension(index: usize) -> Digits {
    format!("{}", 8000 + index).parse().unwrap()
}

fn accounts() -> Vec<Account> {
    (0..PHONES)
        .map(|i| Account {
            extension: extension(i),
            name: String::new(),
            secret: Secret::Password(format!("pw{}", extension(i))),
        })
        .collect()
}

struct Sipp {
    child: Child,
    folder: PathBuf,
}

impl Sipp {
    fn run(folder: &Path, scenario: &str, exchange: &SipExchange, port: u16, calls: usize) -> Sipp {
        let users: String = (0..PHONES)
            .map(|i| format!("{e};[authentication username={e} password=pw{e}]\n", e = extension(i)))
            .collect();
        std::fs::write(folder.join("users.csv"), format!("SEQUENTIAL\n{users}")).unwrap();
        let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("sipp").join(scenario);
        let child = Command::new("sipp")
            .arg(exchange.address().to_string())
            .arg("-sf")
            .arg(scenario)
            .args(["-inf", "users.csv", "-i", "127.0.0.1", "-p", &port.to_string(), "-m", &calls.to_string()])
            .args(["-r", "100", "-l", "200", "-nostdin", "-timeout", "40s", "-trace_err", "-error_file", "errors.log"])
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("sipp");
        Sipp { child, folder: folder.to_owned() }
    }

    /// Serves it until it ends; panics with its errors unless each of its calls went well.
    fn finish(mut self, exchange: &mut SipExchange) {
        let mut status = None;
        exchange.run(Duration::from_secs(60), |_| {
            status = self.child.try_wait().expect("sipp's status");
            status.is_some()
        });
        let errors = std::fs::read_to_string(self.folder.join("errors.log")).unwrap_or_default();
        let errors: String = errors.chars().take(2000).collect();
        assert!(status.is_some_and(|s| s.success()), "sipp: {status:?}\n{errors}");
    }
}

/// LIN-10: two hundred telephones that others wrote register with their passwords, call and are called; every message that went over the
/// wire is one that tshark finds nothing wrong with; nothing is left behind.
#[test]
fn two_hundred_telephones() {
    let folder = std::env::temp_dir().join(format!("sipp-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    // This sipp knows no SHA-256 and gives up at the first algorithm it does not know.
    let mut exchange = SipExchange::start(accounts(), |c| c.digest = DigestOffer::Md5).expect("sockets");
    let port = exchange.address().port().checked_add(7).unwrap();
    Sipp::run(&folder, "register.xml", &exchange, port, PHONES).finish(&mut exchange);
    assert_eq!(exchange.tally.registered, PHONES);

    Sipp::run(&folder, "calls_out.xml", &exchange, port, PHONES).finish(&mut exchange);
    assert_eq!((exchange.tally.came_in, exchange.tally.released), (PHONES, PHONES));

    let answering = Sipp::run(&folder, "answers.xml", &exchange, port, PHONES);
    exchange.run(Duration::from_millis(500), |_| false);
    for i in 0..PHONES {
        exchange.call(&extension(i));
        exchange.run(Duration::from_millis(5), |_| false);
    }
    assert!(exchange.run(Duration::from_secs(20), |e| e.tally.released == 2 * PHONES), "{:?}", exchange.tally);
    answering.finish(&mut exchange);
    assert_eq!((exchange.tally.answered, exchange.tally.failed), (PHONES, 0));
    assert!(exchange.run(Duration::from_secs(40), |e| e.core().sizes().1 == 0), "{:?}", exchange.core().sizes());
    assert_eq!(exchange.core().sizes(), (0, 0, PHONES));

    let mut capture = Capture::create(&folder.join("sip.pcap"), LINKTYPE_RAW).expect("pcap");
    let mut count = 0;
    for said in &exchange.said {
        // tshark tells SIP by its port; ours was any free one.
        let mut packet = raw_ip(said);
        let ours = exchange.address().port().to_be_bytes();
        for at in [20, 22] {
            if packet[at..at + 2] == ours {
                packet[at..at + 2].copy_from_slice(&5060_u16.to_be_bytes());
            }
        }
        capture.frame(said.micros, &packet).expect("pcap");
        count += 1;
    }
    let read = capture.finish().expect("pcap");
    assert_eq!(read.count("sip").expect("tshark"), count);
    assert_eq!(read.lines("_ws.malformed || _ws.expert.severity == 8388608").expect("tshark"), Vec::<String>::new());
    std::fs::remove_dir_all(&folder).ok();
}
