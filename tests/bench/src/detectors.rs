//! Detectors of keys and register signals against spandsp's: channels a core, and errors on the same signals.

use crate::report::{Row, Trouble};
use crate::rival::{Receiver, Spandsp, in_blocks};
use crate::signals::{
    BACKWARD, FORWARD, KEYS, Limit, TwoTones, key_limits, letter, pair_limits, pairs, quiet, through_line,
};
use corpus::{ANNOUNCEMENTS, Dice, GREETINGS, MACHINES, Part, Speaker};
use detect::{BANK_BLOCK, KeyDetector, LANES, PairBank, PairDetector};
use pcm::BLOCK;
use std::time::Instant;

/// Times as fast as spandsp, at least.
const FASTER: f64 = 20.0;
/// Channels of the throughput runs: two spans and a bit, whole banks.
const CHANNELS: usize = 64;
/// Samples of each: a second, so that all of them stay in the second-level cache, as what cards have just brought does. In main memory
/// they would measure the memory.
const SAMPLES: usize = 8000;
const ROUNDS: usize = 28;
/// Ours and the rival's take turns, as the machine is faster at one time than at another. Of each the fastest round counts.
const TURNS: usize = 4;
/// Channels of the largest box: 128 E1.
const LARGEST: f64 = 3840.0;
/// Where speech is kept between runs.
const SPEECH: &str = "target/corpus";

pub fn run(quick: bool) -> Result<Vec<Row>, Trouble> {
    let spandsp = Spandsp::build()?;
    let speaker = Speaker::new(std::path::Path::new(SPEECH))?;
    let mut rows = key_speed(&spandsp, &speaker)?;
    rows.extend(pair_speed(&spandsp)?);
    for limit in key_limits() {
        rows.push(errors("keys", &limit, &spandsp, Receiver::Dtmf)?);
    }
    for (name, group, receiver) in [("MFC", FORWARD, Receiver::Forward), ("MFC backward", BACKWARD, Receiver::Backward)]
    {
        for limit in pair_limits(&group) {
            rows.push(errors(name, &limit, &spandsp, receiver)?);
        }
    }
    rows.push(talk_off(&spandsp, &speaker, if quick { 5 } else { 60 })?);
    Ok(rows)
}

/// Channels that a core serves, from the nanoseconds of all channels.
fn channels_a_core(nanos: f64, channels: usize) -> f64 {
    let each = nanos / channels as f64;
    SAMPLES as f64 / 8000.0 * 1e9 / each
}

/// The fastest of some rounds, nanoseconds. Each has new receivers; making them does not count, as the rival's does not.
fn fastest<Receivers>(make: impl Fn() -> Receivers, mut round: impl FnMut(&mut Receivers)) -> f64 {
    let mut best = f64::MAX;
    for _ in 0..ROUNDS {
        let mut receivers = make();
        let started = Instant::now();
        round(&mut receivers);
        best = best.min(started.elapsed().as_nanos() as f64);
    }
    best
}

fn speech(speaker: &Speaker, samples: usize, dice: &mut Dice) -> Result<Vec<f64>, Trouble> {
    let mut line = Vec::new();
    while line.len() < samples {
        let phrases = dice.pick(&[ANNOUNCEMENTS, MACHINES, GREETINGS]);
        line.extend(speaker.say(phrases, *dice.pick(&[Part::Tuning, Part::HeldOut]), dice)?);
        quiet(&mut line, 200.0);
    }
    line.truncate(samples);
    Ok(line)
}

fn key_speed(spandsp: &Spandsp, speaker: &Speaker) -> Result<Vec<Row>, Trouble> {
    let mut dice = Dice::new(24);
    let mut kinds: [(&str, Vec<Vec<i16>>); 3] = [("speech", vec![]), ("keys", vec![]), ("a quiet line", vec![])];
    for _ in 0..CHANNELS {
        let mut keys = Vec::new();
        while keys.len() < SAMPLES {
            TwoTones::key(KEYS.as_bytes()[dice.below(16)] as char).sound(&mut keys, 0.0);
            quiet(&mut keys, 70.0);
        }
        keys.truncate(SAMPLES);
        let lines = [speech(speaker, SAMPLES, &mut dice)?, keys, vec![0.0; SAMPLES]];
        for ((_, channels), line) in kinds.iter_mut().zip(lines) {
            channels.push(through_line(&line, Some(-55.0), &mut dice));
        }
    }
    let mut rows = Vec::new();
    let (mut ours_all, mut theirs_all) = (0.0, 0.0);
    for (kind, channels) in &kinds {
        let samples = in_blocks(channels, BLOCK);
        let (mut ours, mut theirs) = (f64::MAX, f64::MAX);
        for _ in 0..TURNS {
            theirs = theirs.min(spandsp.hear(Receiver::Dtmf, channels, ROUNDS)?.nanos);
            let make = || vec![KeyDetector::default(); CHANNELS];
            ours = ours.min(fastest(make, |detectors| {
                for blocks in samples.as_chunks::<BLOCK>().0.chunks(CHANNELS) {
                    for (detector, block) in detectors.iter_mut().zip(blocks) {
                        std::hint::black_box(detector.hear(block));
                    }
                }
            }));
        }
        (ours_all, theirs_all) = (ours_all + ours, theirs_all + theirs);
        let (ours, theirs) = (channels_a_core(ours, CHANNELS), channels_a_core(theirs, CHANNELS));
        rows.push(Row::figure(format!("keys: channels a core, {kind}"), ours, "channels", ("spandsp", theirs)));
    }
    let (ours, theirs) = (channels_a_core(ours_all, 3 * CHANNELS), channels_a_core(theirs_all, 3 * CHANNELS));
    rows.push(Row::at_least("keys: channels a core, a third each", ours, "channels", ("spandsp", theirs), FASTER));
    rows.push(Row::at_most("keys: 3,840 channels, share of a core", LARGEST / ours, "cores", ("a core", 1.0), 1.0));
    Ok(rows)
}

/// Compelled signalling: a signal for 60 ms, a pause for 40.
fn pair_speed(spandsp: &Spandsp) -> Result<Vec<Row>, Trouble> {
    let mut dice = Dice::new(441);
    let all: Vec<((u8, u8), char)> = pairs().collect();
    let channels: Vec<Vec<i16>> = (0..CHANNELS)
        .map(|_| {
            let mut line = Vec::new();
            quiet(&mut line, dice.between(0.0, 60.0));
            while line.len() < SAMPLES {
                TwoTones::pair(&FORWARD, dice.pick(&all).0).sound(&mut line, 0.0);
                quiet(&mut line, 40.0);
            }
            line.truncate(SAMPLES);
            through_line(&line, Some(-55.0), &mut dice)
        })
        .collect();
    let samples = in_blocks(&channels, BANK_BLOCK);
    let mut heard = [0usize; 2];
    let (mut theirs, mut together, mut alone) = (f64::MAX, f64::MAX, f64::MAX);
    for _ in 0..TURNS {
        theirs = theirs.min(spandsp.hear(Receiver::Forward, &channels, ROUNDS)?.nanos);
        let make = || (0..CHANNELS / LANES).map(|_| PairBank::new(FORWARD)).collect::<Vec<PairBank>>();
        together = together.min(fastest(make, |banks| {
            heard[0] = 0;
            for blocks in samples.as_chunks::<BANK_BLOCK>().0.as_chunks::<LANES>().0.chunks(CHANNELS / LANES) {
                for (bank, blocks) in banks.iter_mut().zip(blocks) {
                    bank.hear(&blocks.each_ref(), |_, _| heard[0] += 1);
                }
            }
        }));
        let make = || (0..CHANNELS).map(|_| PairDetector::new(FORWARD)).collect::<Vec<PairDetector>>();
        alone = alone.min(fastest(make, |detectors| {
            heard[1] = 0;
            for blocks in samples.as_chunks::<BANK_BLOCK>().0.chunks(CHANNELS) {
                for (detector, block) in detectors.iter_mut().zip(blocks) {
                    detector.hear(block, |_| heard[1] += 1);
                }
            }
        }));
    }
    let theirs = channels_a_core(theirs, CHANNELS);
    if heard[0] != heard[1] || heard[0] == 0 {
        return Err(format!("a bank told {} events, single detectors {}", heard[0], heard[1]).into());
    }
    let (together, alone) = (channels_a_core(together, CHANNELS), channels_a_core(alone, CHANNELS));
    Ok(vec![
        Row::at_least("MFC: channels a core, sixteen at once", together, "channels", ("spandsp", theirs), FASTER),
        Row::figure("MFC: channels a core, one by one", alone, "channels", ("spandsp", theirs)),
    ])
}

fn our_keys(samples: &[i16]) -> String {
    let mut detector = KeyDetector::default();
    let heard = samples.as_chunks::<BLOCK>().0.iter().filter_map(|block| detector.hear(block));
    heard.map(|heard| heard.key.as_char()).collect()
}

/// Letters as spandsp's; a dot is an end.
fn our_pairs(group: [u16; 6], samples: &[i16]) -> String {
    let (mut detector, mut heard) = (PairDetector::new(group), String::new());
    detector.hear(samples, |told| heard.push(told.map_or('.', letter)));
    heard
}

/// Cases that were heard as what they are not, ours and theirs.
fn errors(what: &str, limit: &Limit, spandsp: &Spandsp, receiver: Receiver) -> Result<Row, Trouble> {
    let channels: Vec<Vec<i16>> = limit.cases.iter().map(|case| case.samples.clone()).collect();
    let theirs = spandsp.hear(receiver, &channels, 1)?.heard;
    let right = |heard: &str, sent: &str| heard.replace('.', "") == sent;
    let (mut our_errors, mut their_errors) = (0, 0);
    for (case, theirs) in limit.cases.iter().zip(&theirs) {
        let ours = match receiver {
            Receiver::Dtmf => our_keys(&case.samples),
            Receiver::Forward => our_pairs(FORWARD, &case.samples),
            Receiver::Backward => our_pairs(BACKWARD, &case.samples),
        };
        our_errors += u32::from(!right(&ours, &case.sent));
        their_errors += u32::from(!right(theirs, &case.sent));
    }
    Ok(no_more(format!("{what}: {}", limit.name), our_errors, their_errors, limit.cases.len()))
}

/// Errors that must not be more than the rival's.
fn no_more(name: String, ours: u32, theirs: u32, of: usize) -> Row {
    let row = Row::figure(name, f64::from(ours), "errors", ("spandsp", f64::from(theirs)));
    let ratio = if theirs == 0 { f64::from(ours) } else { row.ratio };
    Row { goal: "no more".into(), met: ours <= theirs, against: format!("spandsp {theirs}, of {of}"), ratio, ..row }
}

/// Keys imagined in speech.
fn talk_off(spandsp: &Spandsp, speaker: &Speaker, minutes: usize) -> Result<Row, Trouble> {
    let mut dice = Dice::new(1000);
    let (mut ours, mut theirs) = (0, 0);
    for _ in 0..minutes {
        let line = speech(speaker, 60 * 8000, &mut dice)?;
        let samples = through_line(&line, Some(-55.0), &mut dice);
        ours += our_keys(&samples).len() as u32;
        theirs += spandsp.hear(Receiver::Dtmf, &[samples], 1)?.heard[0].len() as u32;
    }
    Ok(no_more(format!("keys: imagined in {minutes} minutes of speech"), ours, theirs, minutes))
}
