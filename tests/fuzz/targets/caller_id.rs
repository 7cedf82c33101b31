//! Octets of a modem and keys of a line, as messages about a caller.

#![no_main]

use analog::{DtmfReader, Reader};
use libfuzzer_sys::fuzz_target;
use numbering::Key;

fuzz_target!(|octets: &[u8]| {
    let (mut reader, mut keys) = (Reader::default(), DtmfReader::default());
    for octet in octets {
        if let Some(Ok(caller)) = reader.take(*octet) {
            // What was read can be told on, and is read the same: lengths that fit one message fit the other.
            let mut again = Reader::default();
            let told = caller.message().into_iter().find_map(|octet| again.take(octet));
            assert!(matches!(told, Some(Ok(_))), "{caller:?} becomes {told:?}");
        }
        if let Some(key) = Key::new(*octet as char) {
            keys.take(key);
        }
    }
    reader.cut();
    keys.over();
});
