//! TIFF files of users and of fax terminals: what can be read is written and read back as it was.

#![no_main]

use facsimile::{read_tiff, write_tiff};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| {
    if let Ok(pages) = read_tiff(file) {
        let written = write_tiff(&pages);
        assert_eq!(read_tiff(&written).expect("a file of ours"), pages);
    }
});
