//! The challenge that a server answers a telephone's REGISTER with.
#![no_main]

use clock::Monotonic;
use libfuzzer_sys::fuzz_target;
use sip::phone::{Phone, PhoneConfig, PhoneEvent};
use sip::{Source, Transport};

/// The headers of a request that its response repeats.
fn repeated(request: &[u8]) -> String {
    let text = String::from_utf8_lossy(request);
    let kept = ["via:", "from:", "to:", "call-id:", "cseq:", "v:", "f:", "t:", "i:"];
    let lines = text.lines().filter(|line| kept.iter().any(|name| line.to_ascii_lowercase().starts_with(name)));
    lines.map(|line| format!("{line}\r\n")).collect()
}

fuzz_target!(|data: &[u8]| {
    let (server, local) =
        ("192.0.2.1:5060".parse().expect("an address"), "192.0.2.77:5060".parse().expect("an address"));
    let mut phone = Phone::new(PhoneConfig::of("8001", "correct horse", server, local, [3; 32]));
    phone.register(Monotonic(0));
    for challenge in fuzz::messages(data).take(8) {
        let mut asked = None;
        while let Some(event) = phone.poll() {
            if let PhoneEvent::Transmit(message) = event {
                asked = Some(repeated(&message.bytes));
            }
        }
        let Some(asked) = asked else { return };
        let head = format!("SIP/2.0 401 Unauthorized\r\n{asked}Content-Length: 0\r\nWWW-Authenticate: Digest ");
        let answer = [head.as_bytes(), challenge, b"\r\n\r\n"].concat();
        phone.receive(Monotonic(0), Source { transport: Transport::Udp, from: server, local }, &answer);
    }
});
