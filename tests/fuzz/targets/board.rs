//! A board description: read or refused, never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match board::Board::parse(text) {
        Ok(board) => board.spans.iter().for_each(|span| assert_eq!(board.span(span.id), Some(span))),
        Err(problem) => assert!(!problem.to_string().is_empty()),
    }
});
