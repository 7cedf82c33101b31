//! How the octets of a fuzzer become what a peer does.
//!
//! Each file in `targets/` is one fuzz target: it hands the fuzzer's octets to one reader of foreign octets and holds the reader to
//! what it promises. `cargo xtask fuzz [TARGET] [--seconds N]` runs them; `seeds/TARGET` holds inputs to start from.

/// Cuts `data` into pieces: an octet for the length, then so many octets.
pub fn pieces(mut data: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (length, rest) = data.split_first()?;
        let (piece, rest) = rest.split_at(usize::from(*length).min(rest.len()));
        data = rest;
        Some(piece)
    })
}

/// Cuts text into messages at NUL, which no text protocol sends.
pub fn messages(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    data.split(|octet| *octet == 0).filter(|message| !message.is_empty())
}

/// Milliseconds that one octet stands for: mostly none, now and then long enough for any timer.
pub fn wait(octet: u8) -> u64 {
    match octet {
        0..=127 => 0,
        128..=223 => u64::from(octet - 127) * 10,
        224..=255 => u64::from(octet - 223) * 1000,
    }
}
