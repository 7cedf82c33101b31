//! sipp as telephones on the loopback, and tshark as the reader of all that was said.

use interop::said::judge;
use interop::sip_exchange::SipExchange;
use interop::sipp::{Errand, Sipp, password};
use numbering::Digits;
use sip::{Account, DigestOffer, Secret};
use std::net::SocketAddr;
use std::time::Duration;

const PHONES: usize = 200;

fn extension(index: usize) -> Digits {
    format!("{}", 8000 + index).parse().expect("digits")
}

fn accounts() -> Vec<Account> {
    (0..PHONES)
        .map(|i| Account {
            extension: extension(i),
            name: String::new(),
            secret: Secret::Password(password(extension(i).as_str())),
            codecs: Vec::new(),
        })
        .collect()
}

/// Serves sipp until it ends; panics with its errors unless each of its calls went well.
fn serve(exchange: &mut SipExchange, mut sipp: Sipp) {
    let mut status = None;
    exchange.run(Duration::from_secs(60), |_| {
        status = sipp.ended();
        status.is_some()
    });
    sipp.went_well(status);
}

/// LIN-10: two hundred telephones that others wrote register with their passwords, call and are called; every message that went over the
/// wire is one that tshark finds nothing wrong with; nothing is left behind.
#[test]
fn two_hundred_telephones() {
    let folder = std::env::temp_dir().join(format!("sipp-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    // This sipp knows no SHA-256 and gives up at the first algorithm it does not know.
    let mut exchange = SipExchange::start(accounts(), |c| c.digest = DigestOffer::Md5).expect("sockets");
    let remote = exchange.address();
    let local = SocketAddr::new(remote.ip(), remote.port().checked_add(7).unwrap());
    let extensions: Vec<String> = (0..PHONES).map(|i| extension(i).to_string()).collect();
    let errand = |scenario| {
        let (extensions, calls) = (extensions.as_slice(), PHONES);
        Sipp::start(&folder, &Errand { scenario, remote, local, extensions, calls, rate: 100, options: &[] })
    };
    serve(&mut exchange, errand("register.xml"));
    assert_eq!(exchange.tally.registered, PHONES);

    serve(&mut exchange, errand("calls_out.xml"));
    assert_eq!((exchange.tally.came_in, exchange.tally.released), (PHONES, PHONES));

    let answering = errand("answers.xml");
    exchange.run(Duration::from_millis(500), |_| false);
    for i in 0..PHONES {
        exchange.call(&extension(i));
        exchange.run(Duration::from_millis(5), |_| false);
    }
    assert!(exchange.run(Duration::from_secs(20), |e| e.tally.released == 2 * PHONES), "{:?}", exchange.tally);
    serve(&mut exchange, answering);
    assert_eq!((exchange.tally.answered, exchange.tally.failed), (PHONES, 0));
    assert!(exchange.run(Duration::from_secs(40), |e| e.core().sizes().1 == 0), "{:?}", exchange.core().sizes());
    assert_eq!(exchange.core().sizes(), (0, 0, PHONES));

    let verdict = judge(&folder.join("sip.pcap"), &exchange.said, remote.port()).expect("tshark");
    assert_eq!((verdict.sip, verdict.broken), (exchange.said.len(), vec![]));
    std::fs::remove_dir_all(&folder).ok();
}
