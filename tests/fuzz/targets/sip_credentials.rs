//! The Authorization header of a REGISTER: whatever stands in it, nobody without the password registers.
#![no_main]

use clock::Monotonic;
use libfuzzer_sys::fuzz_target;
use sip::{Account, Config, Secret, SipCore, SipOutput, Source, Transport};

fuzz_target!(|data: &[u8]| {
    let local = "192.0.2.1:5060".parse().expect("an address");
    let from = "192.0.2.66:5060".parse().expect("an address");
    let mut core = SipCore::new(Config::at(local, [7; 32]));
    let secret = Secret::Password("correct horse".to_owned());
    core.set_accounts(vec![Account { extension: "8001".parse().expect("digits"), name: "Seat".to_owned(), secret }]);
    for (number, credentials) in (1u32..).zip(fuzz::messages(data)) {
        let head = format!(
            "REGISTER sip:192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.66:5060;branch=z9hG4bK{number}\r\nMax-Forwards: 70\r\n\
             From: <sip:8001@192.0.2.1>;tag=a\r\nTo: <sip:8001@192.0.2.1>\r\nCall-ID: one\r\nCSeq: {number} REGISTER\r\n\
             Contact: <sip:8001@192.0.2.66>\r\nContent-Length: 0\r\nAuthorization: Digest "
        );
        let request = [head.as_bytes(), credentials, b"\r\n\r\n"].concat();
        core.receive(Monotonic(0), Source { transport: Transport::Udp, from, local }, &request);
        while let Some(output) = core.poll() {
            assert!(!matches!(output, SipOutput::Registration { .. }), "registered without the password");
        }
    }
});
