//! A session description in an INVITE to a telephone, and another in a re-INVITE after it answered.
#![no_main]

use clock::Monotonic;
use libfuzzer_sys::fuzz_target;
use sip::phone::{Phone, PhoneConfig, PhoneEvent};
use sip::{Source, Transport};

fn invite(number: u32, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "INVITE sip:8001@192.0.2.77 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK{number}\r\nMax-Forwards: 70\r\n\
         From: <sip:13800138000@192.0.2.1>;tag=a\r\nTo: <sip:8001@192.0.2.1>\r\nCall-ID: one\r\nCSeq: {number} INVITE\r\n\
         Contact: <sip:192.0.2.1:5060>\r\nContent-Type: application/sdp\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fuzz_target!(|data: &[u8]| {
    let (server, local) =
        ("192.0.2.1:5060".parse().expect("an address"), "192.0.2.77:5060".parse().expect("an address"));
    let mut phone = Phone::new(PhoneConfig::of("8001", "correct horse", server, local, [3; 32]));
    let mut now = Monotonic(0);
    for (number, body) in (1u32..).zip(fuzz::messages(data)) {
        phone.receive(now, Source { transport: Transport::Udp, from: server, local }, &invite(number, body));
        let mut ringing = None;
        while let Some(event) = phone.poll() {
            if let PhoneEvent::Call { call, .. } = event {
                ringing = Some(call);
            }
        }
        if let Some(call) = ringing {
            phone.answer(now, call);
        }
        now = Monotonic(now.0 + 100);
        phone.expire(now);
        while phone.poll().is_some() {}
    }
});
