//! Datagrams at the exchange's SIP port: never a panic, nothing sent without end, and nothing kept of strangers in the end.
#![no_main]

use clock::Monotonic;
use libfuzzer_sys::fuzz_target;
use sip::{Account, Config, Secret, SipCore, SipOutput, Source, Transport};

fuzz_target!(|data: &[u8]| {
    let local = "192.0.2.1:5060".parse().expect("an address");
    let mut core = SipCore::new(Config::at(local, [7; 32]));
    let secret = Secret::Password("correct horse".to_owned());
    let extension = "8001".parse().expect("digits");
    core.set_accounts(vec![Account { extension, name: "Seat".to_owned(), secret, codecs: Vec::new() }]);
    let mut now = Monotonic(0);
    for (number, message) in fuzz::messages(data).take(8).enumerate() {
        let from = format!("192.0.2.{}:5060", 66 + number % 2).parse().expect("an address");
        core.receive(now, Source { transport: Transport::Udp, from, local }, message);
        now = Monotonic(now.0 + fuzz::wait(message[message.len() - 1]));
        core.expire(now);
        let mut said = 0;
        while let Some(output) = core.poll() {
            said += 1;
            assert!(said < 10_000, "speaks without end");
            if let SipOutput::Transmit(message) = output {
                assert!(message.bytes.len() <= sip::MAX_MESSAGE);
            }
        }
    }
    // RFC 3261 timers B, F, H and J are 32 s: after them no transaction is left.
    for _ in 0..20 {
        now = Monotonic(now.0 + 10_000);
        core.expire(now);
        while core.poll().is_some() {}
    }
    let (legs, transactions, _) = core.sizes();
    assert_eq!((legs, transactions), (0, 0), "strangers leave something behind");
});
