//! Prompt files good and bad.

use files::{PromptFault, PromptLibrary, WavError, decode_wav, spawn_loader};
use graph::{AudioName, Engine, Limits, Moment, connect};
use identity::{CircuitId, LegId, PlayId, SpanId};
use plan::{Hears, MediaIndication, MediaRequest, Plan, Port, PromptRef};
use proptest::prelude::*;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

fn prompt(name: &str) -> AudioName {
    AudioName::Prompt(PromptRef { name: name.into(), language: "zh".into() })
}

fn wav(format: u16, channels: u16, rate: u32, bits: u16, data: &[u8]) -> Vec<u8> {
    let mut file = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0".to_vec();
    file.extend(format.to_le_bytes());
    file.extend(channels.to_le_bytes());
    file.extend(rate.to_le_bytes());
    file.extend((rate * (channels * bits / 8) as u32).to_le_bytes());
    file.extend((channels * bits / 8).to_le_bytes());
    file.extend(bits.to_le_bytes());
    file.extend(b"LIST\x03\0\0\0abc\0data");
    file.extend((data.len() as u32).to_le_bytes());
    file.extend(data);
    file
}

fn pcm16(samples: impl Iterator<Item = f64>) -> Vec<u8> {
    samples.flat_map(|sample| (sample as i16).to_le_bytes()).collect()
}

fn sine(hertz: f64, rate: u32, millis: u32) -> impl Iterator<Item = f64> {
    (0..rate * millis / 1000).map(move |n| 8000.0 * (std::f64::consts::TAU * hertz * n as f64 / rate as f64).sin())
}

/// Power of one frequency in A-law speech, relative to the sine it was made of.
fn share(speech: &[u8], hertz: f64) -> f64 {
    let step = std::f64::consts::TAU * hertz / 8000.0;
    let sum = speech.iter().enumerate().fold((0.0, 0.0), |(re, im), (n, octet)| {
        let sample = pcm::alaw::decode(*octet) as f64;
        (re + sample * (step * n as f64).cos(), im + sample * (step * n as f64).sin())
    });
    2.0 * sum.0.hypot(sum.1) / speech.len() as f64 / 8000.0
}

/// Every encoding becomes the same speech; 16 and 22.05 kHz keep their pitch, and what the telephone cannot carry does not fold back.
#[test]
fn every_encoding_becomes_alaw() {
    for rate in [8000, 16_000, 22_050, 48_000] {
        let file = wav(1, 1, rate, 16, &pcm16(sine(1000.0, rate, 500)));
        let speech = decode_wav(&file).expect("good");
        assert!(speech.len().abs_diff(4000) <= 2, "{rate}: {}", speech.len());
        assert!((share(&speech, 1000.0) - 1.0).abs() < 0.05, "{rate}: {}", share(&speech, 1000.0));
    }
    let high = decode_wav(&wav(1, 1, 16_000, 16, &pcm16(sine(5000.0, 16_000, 500)))).expect("good");
    assert!(share(&high, 3000.0) < 0.02, "{}", share(&high, 3000.0));
    let stereo: Vec<f64> = sine(1000.0, 8000, 500).flat_map(|sample| [sample, sample]).collect();
    let speech = decode_wav(&wav(1, 2, 8000, 16, &pcm16(stereo.into_iter()))).expect("good");
    assert!((share(&speech, 1000.0) - 1.0).abs() < 0.05);
    let mu: Vec<u8> = sine(1000.0, 8000, 500).map(|sample| pcm::mulaw::encode(sample as i16)).collect();
    assert!((share(&decode_wav(&wav(7, 1, 8000, 8, &mu)).expect("good"), 1000.0) - 1.0).abs() < 0.05);
    assert_eq!(decode_wav(&wav(6, 1, 8000, 8, &[1, 2, 3])).expect("good"), [1, 2, 3]);
}

/// A file that is no prompt says why, in words that say what to do.
#[test]
fn bad_files_say_why() {
    let good = wav(1, 1, 8000, 16, &[0; 100]);
    assert_eq!(decode_wav(b"<html>"), Err(WavError::NotWave));
    assert_eq!(decode_wav(&good[..100]), Err(WavError::Truncated { promised: 100, found: 44 }));
    assert_eq!(decode_wav(&wav(85, 1, 8000, 0, &[0; 10])), Err(WavError::Encoding { format: 85, bits: 0 }));
    assert_eq!(decode_wav(&wav(1, 6, 8000, 16, &[0; 12])), Err(WavError::Channels(6)));
    assert_eq!(decode_wav(&wav(1, 1, 96_000, 16, &[0; 12])), Err(WavError::Rate(96_000)));
    assert_eq!(decode_wav(&wav(1, 1, 8000, 16, &[])), Err(WavError::Empty));
    assert_eq!(decode_wav(&good[..36]), Err(WavError::NoData));
}

proptest! {
    /// Garbage is an error, never a panic.
    #[test]
    fn garbage_is_an_error(junk in proptest::collection::vec(any::<u8>(), 0..200), at in 0usize..60, octet in any::<u8>()) {
        prop_assert!(decode_wav(&junk).is_err());
        let mut file = wav(1, 2, 16_000, 16, &[7; 64]);
        file[at] = octet;
        let _either = decode_wav(&file).is_ok();
    }
}

fn put(dir: &Path, name: &str, file: &[u8]) {
    let path = dir.join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    fs::write(path, file).expect("written");
}

/// IVR: a site's recording goes before the shipped one; a broken one of the site falls back to it, and is reported.
#[test]
fn the_site_goes_first() {
    let (site, shipped) = (tempfile::tempdir().expect("dir"), tempfile::tempdir().expect("dir"));
    put(shipped.path(), "zh/welcome.al", &[1; 10]);
    put(shipped.path(), "zh/digits/3.wav", &wav(6, 1, 8000, 8, &[3; 10]));
    put(shipped.path(), "music/spring.al", &[5; 10]);
    let mut library = PromptLibrary::new(vec![site.path().into(), shipped.path().into()], 1 << 20);
    let mut problems = Vec::new();
    let mut load = |library: &mut PromptLibrary, name: &AudioName| {
        library
            .load(name, |problem| problems.push(problem.to_string()))
            .map(|audio| audio[0])
            .map_err(|error| error.fault)
    };
    assert!(matches!(load(&mut library, &prompt("welcome")), Ok(1)));
    assert!(matches!(load(&mut library, &prompt("digits/3")), Ok(3)));
    assert!(matches!(load(&mut library, &AudioName::Music("spring".into())), Ok(5)));
    put(site.path(), "zh/welcome.wav", &wav(6, 1, 8000, 8, &[9; 10]));
    assert!(matches!(load(&mut library, &prompt("welcome")), Ok(9)), "heard without a restart");
    put(site.path(), "zh/welcome.wav", b"RIFF and rubbish");
    assert!(matches!(load(&mut library, &prompt("welcome")), Ok(1)));
    assert!(matches!(load(&mut library, &prompt("nowhere")), Err(PromptFault::Missing)));
    assert_eq!(problems.len(), 1);
    assert!(problems[0].contains("welcome") && problems[0].contains("not a WAV file"), "{problems:?}");
}

/// Names cannot leave the directory.
#[test]
fn names_stay_inside() {
    let dir = tempfile::tempdir().expect("dir");
    put(dir.path(), "secret.al", &[1; 10]);
    put(dir.path(), "zh/a.al", &[1; 10]);
    let mut library = PromptLibrary::new(vec![dir.path().join("zh").join("..")], 1 << 20);
    for name in ["../secret", "/etc/passwd", "a/../../secret", "", "a//b", "a/", "A", "a.b", "a\0b", &"a".repeat(200)] {
        assert!(matches!(library.load(&prompt(name), drop).map_err(|e| e.fault), Err(PromptFault::Name)), "{name:?}");
    }
    let other = AudioName::Prompt(PromptRef { name: "secret".into(), language: "..".into() });
    assert!(matches!(library.load(&other, drop).map_err(|e| e.fault), Err(PromptFault::Name)));
    assert!(library.load(&prompt("a"), drop).is_ok());
}

/// The cache is bounded; what was used last stays.
#[test]
fn the_cache_is_bounded() {
    let dir = tempfile::tempdir().expect("dir");
    for name in ["a", "b", "c"] {
        put(dir.path(), &format!("zh/{name}.al"), &[1; 1000]);
    }
    let mut library = PromptLibrary::new(vec![dir.path().into()], 2500);
    let first = library.load(&prompt("a"), drop).expect("there");
    library.load(&prompt("b"), drop).expect("there");
    library.load(&prompt("a"), drop).expect("there");
    library.load(&prompt("c"), drop).expect("there");
    assert_eq!(library.octets(), 2000);
    let again = library.load(&prompt("a"), drop).expect("there");
    assert!(std::ptr::eq(first.as_ptr(), again.as_ptr()), "used last but one: kept");
}

/// IVR-08: what is shipped lies in one file, and all who play a prompt share its memory; the site's own comes before it, and what is wrong with
/// the site's is told while the shipped one is heard.
#[test]
fn shipped_prompts_are_parts_of_one_memory() {
    let (site, shipped) = (tempfile::tempdir().expect("dir"), tempfile::tempdir().expect("dir"));
    put(shipped.path(), "zh/only-a-file.al", &[9; 10]);
    let file = prompt_bank::write([("zh/welcome", &[1; 100][..]), ("music/default", &[2; 100][..])]);
    fs::write(shipped.path().join(prompt_bank::FILE_NAME), &file).expect("a bank");
    let bank = files::read_bank(shipped.path(), |name| panic!("{name} is damaged")).expect("a bank");
    let folders = vec![site.path().to_owned(), shipped.path().to_owned()];
    let mut library = PromptLibrary::new(folders, 1 << 20).with_bank(bank);
    let (one, other) = (library.load(&prompt("welcome"), drop), library.load(&prompt("welcome"), drop));
    assert!(std::ptr::eq(one.expect("there").as_ptr(), other.expect("there").as_ptr()));
    let music = library.load(&AudioName::Music("default".to_owned()), drop).expect("there");
    assert_eq!((music.len(), library.octets()), (100, 0));
    assert_eq!(library.load(&prompt("only-a-file"), drop).expect("there").len(), 10);
    put(site.path(), "zh/welcome.al", &[3; 50]);
    assert_eq!(library.load(&prompt("welcome"), drop).expect("there").len(), 50);
    fs::remove_file(site.path().join("zh/welcome.al")).expect("removed");
    put(site.path(), "zh/welcome.wav", b"RIFF and no more");
    let mut told = 0;
    assert_eq!(library.load(&prompt("welcome"), |_| told += 1).expect("there").len(), 100);
    assert_eq!(told, 1);
    assert!(matches!(library.load(&prompt("gone"), drop), Err(error) if matches!(error.fault, PromptFault::Missing)));

    // A bank cut short: what is gone is told, and read from its own file if there is one.
    fs::write(shipped.path().join(prompt_bank::FILE_NAME), &file[..file.len() - 1]).expect("a bank");
    let mut damaged = Vec::new();
    let bank = files::read_bank(shipped.path(), |name| damaged.push(name.to_owned())).expect("a bank");
    assert_eq!((bank.map(|bank| bank.len()), damaged), (Some(1), vec!["music/default".to_owned()]));
}

/// From the file to the caller's ear, through the thread and the rings.
#[test]
fn a_caller_hears_the_file() {
    let dir = tempfile::tempdir().expect("dir");
    put(dir.path(), "zh/welcome.al", &[0x11; 320]);
    let limits = Limits::default();
    let (ends, loader_end, _recorder) = connect(&limits);
    let library = PromptLibrary::new(vec![dir.path().into()], 1 << 20);
    let loader = spawn_loader(library, loader_end, drop).expect("a thread");
    let mut engine = Engine::new(limits, ends);
    let circuit = CircuitId { span: SpanId(1), slot: 1 };
    engine.request(MediaRequest::Open { leg: LegId(1), port: Port::Circuit(circuit) });
    let name = |name: &str| PromptRef { name: name.into(), language: "zh".into() };
    let hears = Hears::Play { play: PlayId(1), prompts: vec![name("welcome"), name("gone")], repeat: false };
    engine.request(MediaRequest::Plan { leg: LegId(1), plan: Plan { hears, ..Plan::default() } });
    let limit = Instant::now() + Duration::from_secs(5);
    let mut heard = 0;
    let mut told = Vec::new();
    while told.len() < 2 && Instant::now() < limit {
        engine.tick(Moment::default());
        let mut octets = [0; 160];
        engine.circuit_transmit(circuit, &mut octets);
        heard += octets.iter().filter(|octet| **octet == 0x11).count();
        told.extend(std::iter::from_fn(|| engine.indication()));
        std::thread::sleep(Duration::from_millis(2));
    }
    assert_eq!(heard, 320);
    let missing = MediaIndication::PromptMissing { leg: LegId(1), play: PlayId(1), prompt: name("gone") };
    assert_eq!(told, [missing, MediaIndication::PlayEnded { leg: LegId(1), play: PlayId(1) }]);
    loader.stop().expect("a clean end");
}
