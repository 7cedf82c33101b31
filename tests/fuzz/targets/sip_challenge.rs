//! The challenge that a server answers a telephone's REGISTER with: what the telephone says to it is an Authorization value.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sip::readers::response_to;

fuzz_target!(|data: &[u8]| {
    if let Some(response) = response_to(data, "8001", "correct horse") {
        assert!(response.starts_with("Digest "), "{response}");
        assert!(!response.contains("correct horse"), "the password itself goes out");
    }
});
