//! The prompts as a caller's line brings them back: they are no keys, and keys are heard over them.

use detect::KeyDetector;
use numbering::Key;
use std::f64::consts::TAU;
use std::path::{Path, PathBuf};
use std::process::Command;

const ALL: &str = "123A456B789C*0#D";

/// Every prompt that is shipped, synthesised here and now: seconds of speech by name.
fn prompts() -> Vec<(String, Vec<f64>)> {
    let folder = tempfile::tempdir().expect("a folder");
    let texts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../firmware/services/ivr/prompts.toml");
    let made = Command::new(env!("CARGO_BIN_EXE_prompts")).arg(texts).arg(folder.path()).output().expect("it runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let mut files = Vec::new();
    find(folder.path(), &mut files);
    assert!(files.len() > 150, "{} prompts", files.len());
    files.into_iter().map(|file| (file.display().to_string(), sound(&file))).collect()
}

fn find(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("readable") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            find(&path, files);
        } else if path.extension().is_some_and(|kind| kind == "wav") {
            files.push(path);
        }
    }
}

fn sound(file: &Path) -> Vec<f64> {
    let octets = std::fs::read(file).expect("readable");
    octets[44..].as_chunks().0.iter().map(|sample| f64::from(i16::from_le_bytes(*sample))).collect()
}

/// The keys heard in linear samples that come through A-law.
fn heard(samples: impl Iterator<Item = f64>) -> String {
    let samples: Vec<f64> = samples.collect();
    let mut detector = KeyDetector::default();
    let mut keys = String::new();
    for chunk in samples.chunks(160) {
        let block = std::array::from_fn(|i| {
            let sample = chunk.get(i).copied().unwrap_or(0.0).clamp(-32768.0, 32767.0);
            pcm::alaw::decode(pcm::alaw::encode(sample as i16))
        });
        keys.extend(detector.hear(&block).map(|heard| heard.key.as_char()));
    }
    keys
}

/// IVR-01: a menu that hears itself, through the echo of a short line, must not press its own keys; nor may music on hold.
#[test]
fn a_prompt_presses_no_key() {
    for (name, speech) in prompts() {
        for loss_db in [0.0, 6.0, 12.0] {
            let factor = 10f64.powf(-loss_db / 20.0);
            assert_eq!(heard(speech.iter().map(|sample| sample * factor)), "", "{name}, {loss_db} dB lower");
        }
    }
}

/// IVR-01: who knows the menu keys while it speaks: its echo, 14 dB lower, comes back with the key.
#[test]
fn keys_are_heard_over_a_prompts_echo() {
    let echo: Vec<f64> = prompts().into_iter().flat_map(|(_, speech)| speech).map(|sample| sample * 0.2).collect();
    let key_every = 2400;
    let presses = echo.len() / key_every - 1;
    let peak = pcm::peak_of_dbm0(-10.0);
    let mut line = echo;
    let mut pressed = String::new();
    for n in 0..presses {
        let key = ALL.as_bytes()[n % ALL.len()] as char;
        let (low, high) = tones::frequencies(Key::new(key).expect("on the keypad"));
        pressed.push(key);
        let from = n * key_every + 700;
        for (at, sample) in line[from..from + 560].iter_mut().enumerate() {
            let t = at as f64 / 8000.0;
            *sample += peak * ((TAU * low * t).sin() + (TAU * high * t).sin());
        }
    }
    let heard = heard(line.into_iter());
    // Each key alone says whether it was heard: the sequence is known, so a lost one shows as a step of two.
    let mut expected = pressed.chars();
    let found = heard.chars().filter(|key| expected.by_ref().any(|pressed| pressed == *key)).count();
    assert!(heard.len() <= presses, "{} heard of {presses}", heard.len());
    assert!(found * 100 >= presses * 99, "{found} of {presses} in their order");
}
