//! The Authorization header of a REGISTER: whatever stands in it, nobody without the password proves to have it.
#![no_main]

use clock::Monotonic;
use libfuzzer_sys::fuzz_target;
use sip::readers::Judge;
use std::net::IpAddr;

fuzz_target!(|data: &[u8]| {
    let mut judge = Judge::new("fastcall", [7; 32]);
    for credentials in fuzz::messages(data).take(4) {
        let header = format!("Digest {}", String::from_utf8_lossy(credentials));
        let proves = judge.proves(Monotonic(0), IpAddr::from([192, 0, 2, 66]), &header, "correct horse");
        assert!(!proves, "proved without the password");
    }
});
