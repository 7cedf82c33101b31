//! A bank of prompts off a disk.

#![no_main]

use libfuzzer_sys::fuzz_target;
use prompt_bank::Bank;

fuzz_target!(|file: &[u8]| {
    if let Ok((bank, _)) = Bank::read(file.into()) {
        if let Some(audio) = bank.find("zh", "welcome") {
            assert!(audio.len() <= file.len());
        }
    }
});
