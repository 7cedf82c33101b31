//! Keys that are pressed while a prompt plays, behind the canceller: what interactive answering hears on a two-wire line.

use corpus::{ANNOUNCEMENTS, Dice, Part, Speaker};
use detect::KeyDetector;
use echo::{Canceller, Settings};
use pcm::BLOCK;
use std::f64::consts::TAU;
use two_wire::{Hybrid, PATH_COUNT, rms_of_dbm0};

const KEYS: [char; 16] = ['1', '2', '3', 'A', '4', '5', '6', 'B', '7', '8', '9', 'C', '*', '0', '#', 'D'];

/// A prompt of so many samples, -15 dBm0.
fn prompt(speaker: &Speaker, samples: usize, dice: &mut Dice) -> std::io::Result<Vec<i16>> {
    let mut said = Vec::new();
    while said.len() < samples {
        said.extend(speaker.say(&ANNOUNCEMENTS, Part::Tuning, dice)?);
    }
    said.truncate(samples);
    let rms = (said.iter().map(|it| it * it).sum::<f64>() / samples as f64).sqrt();
    let scale = rms_of_dbm0(-15.0) / rms;
    Ok(said.into_iter().map(|it| (it * scale).clamp(-32000.0, 32000.0) as i16).collect())
}

/// So many seconds of nothing, then all sixteen keys, 60 ms each and 440 ms apart, each tone at this level.
fn pressed(seconds: usize, level: f64) -> Vec<i16> {
    let peak = pcm::peak_of_dbm0(level);
    let mut line = vec![0; seconds * 8000];
    for place in 0..KEYS.len() {
        let (low, high) = (tones::LOW_GROUP[place / 4], tones::HIGH_GROUP[place % 4]);
        let at = |n: usize| TAU * n as f64 / 8000.0;
        line.extend((0..480).map(|n| (peak * ((low * at(n)).sin() + (high * at(n)).sin())) as i16));
        line.extend([0; 3520]);
    }
    line
}

/// The keys that are heard, with the canceller or without.
fn heard(hybrid: &Hybrid, prompt: &[i16], keys: &[i16], cancel: bool) -> String {
    let (mut hybrid, mut canceller, mut detector) =
        (hybrid.clone(), Canceller::new(Settings::default()), KeyDetector::default());
    let coded = |sample: f64| pcm::alaw::decode(pcm::alaw::encode(sample.clamp(-32768.0, 32767.0) as i16));
    let mut heard = String::new();
    for (prompt, keys) in prompt.as_chunks::<BLOCK>().0.iter().zip(keys.as_chunks::<BLOCK>().0) {
        let prompt = prompt.map(|it| coded(f64::from(it)));
        let mut line: [i16; BLOCK] =
            std::array::from_fn(|n| coded(hybrid.step(f64::from(prompt[n])) + f64::from(keys[n])));
        if cancel {
            canceller.process(&prompt, &mut line);
        }
        heard.extend(detector.hear(&line).map(|heard| heard.key.as_char()));
    }
    heard
}

/// Keys sent, heard with a canceller, and heard without, over all hybrids and with tones of -8 down to -20 dBm0, from so many seconds on.
fn counted(seconds: usize) -> std::io::Result<[usize; 3]> {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("speech");
    let speaker = Speaker::new(&folder)?;
    let mut dice = Dice::new(24);
    let mut counts = [0; 3];
    for path in 0..PATH_COUNT {
        for level in [-8.0, -14.0, -20.0] {
            let keys = pressed(seconds, level);
            let prompt = prompt(&speaker, keys.len(), &mut dice)?;
            let hybrid = Hybrid::new(path, 8.0, 10.0);
            let heard = |cancel| heard(&hybrid, &prompt, &keys, cancel).len();
            let these = [KEYS.len(), heard(true), heard(false)];
            counts.iter_mut().zip(these).for_each(|(count, this)| *count += this);
        }
    }
    println!(
        "from second {seconds}: {} keys, {} heard with the canceller, {} without",
        counts[0], counts[1], counts[2]
    );
    Ok(counts)
}

/// Once the canceller has heard three seconds of the prompt all keys are heard, of which the echo alone hides a fifth.
#[test]
fn keys_are_heard_over_a_prompt() {
    let [sent, with, without] = counted(3).unwrap();
    assert_eq!(with, sent);
    assert!(without * 10 < sent * 9, "{without} of {sent} without: there is an echo to cancel");
}

/// While it still learns no fewer are heard than without it.
#[test]
fn keys_from_the_beginning_on() {
    let [_, with, without] = counted(0).unwrap();
    assert!(with >= without, "{with} with, {without} without");
}
