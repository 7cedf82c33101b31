//! A TCP stream of SIP: cut into the same messages however it arrives.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sip::{FramingFault, TcpFramer};

fn cut(parts: &[&[u8]]) -> Result<Vec<Vec<u8>>, FramingFault> {
    let mut framer = TcpFramer::default();
    let mut found = Vec::new();
    for part in parts {
        framer.push(part)?;
        while let Some(message) = framer.next_message()? {
            assert!(!message.is_empty() && message.len() <= sip::MAX_MESSAGE);
            found.push(message);
        }
    }
    Ok(found)
}

fuzz_target!(|data: &[u8]| {
    let (at, stream) = data.split_first().unwrap_or((&0, &[]));
    let (first, second) = stream.split_at(usize::from(*at).min(stream.len()));
    // A fault closes the connection; where it is noticed depends on how much was there.
    if let (Ok(whole), Ok(parts)) = (cut(&[stream]), cut(&[first, second])) {
        assert_eq!(whole, parts);
    }
});
