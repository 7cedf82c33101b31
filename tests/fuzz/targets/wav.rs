//! A WAV file that somebody uploads as a prompt: what is read is no longer than the file could hold.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(octets) = files::decode_wav(data) {
        assert!(!octets.is_empty() && octets.len() <= data.len());
    }
});
