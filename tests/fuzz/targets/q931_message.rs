//! A message as it comes: what was read can be written, and what was written is read without fault.
#![no_main]

use libfuzzer_sys::fuzz_target;
use q931::Message;

fuzz_target!(|data: &[u8]| {
    let Ok(message) = Message::parse(data) else { return };
    let written = message.encode();
    let again = Message::parse(&written).expect("we write what can be read");
    if message.faults.is_empty() {
        assert_eq!(again.faults, [], "{message:?} wrote {written:02x?}");
    }
});
