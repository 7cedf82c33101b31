//! A session description: our answer to an offer can be read as one, and answers it stream by stream.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sip::readers::answer_to;

fn streams(description: &str) -> usize {
    description.lines().filter(|line| line.starts_with("m=")).count()
}

fuzz_target!(|data: &[u8]| {
    let Some(answer) = answer_to(data) else { return };
    assert!(answer_to(answer.as_bytes()).is_some(), "our own answer has no stream that we can speak: {answer}");
    assert!(streams(&answer) >= 1);
});
