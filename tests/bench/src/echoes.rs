//! The echo canceller against those of spandsp and speexdsp: channels a core, and what each takes off the echo of speech.

use crate::report::{Row, Trouble};
use corpus::{ANNOUNCEMENTS, Dice, GREETINGS, Part, Speaker};
use echo::{Canceller, Settings};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;
use two_wire::{Hybrid, PATH_COUNT, mean, noise, rms_of_dbm0};

const SOURCE: &str = include_str!("../rivals/echo.c");
/// Where speech is kept between runs.
const SPEECH: &str = "target/corpus";
/// As the media thread has them.
const BLOCK: usize = 40;
/// Filters alone: what each puts in the place of the rest is a matter of taste.
const PLAIN: Settings = Settings { tail_millis: 128, suppress: false, comfort_noise: false, learn: true };
/// Parts of a call, seconds: the far end learns, talks alone, both talk, the far end talks again, the near end talks.
const ALONE: Range<usize> = 3..8;
const BOTH: Range<usize> = 8..13;
const AGAIN: Range<usize> = 13..18;
const SECONDS: usize = 23;
const ROUNDS: usize = 3;
/// Whose canceller, with how many taps.
struct Rival {
    name: &'static str,
    kind: &'static str,
    taps: u32,
}

const SPANDSP: Rival = Rival { name: "spandsp", kind: "spandsp", taps: 1024 };
/// With 1,024 taps speech makes spandsp's filter diverge: what it takes off is measured with as many as it can do.
const STEADY_SPANDSP: Rival = Rival { name: "spandsp 32 ms", kind: "spandsp", taps: 256 };
const SPEEX: Rival = Rival { name: "speex", kind: "speex", taps: 1024 };
/// The longest delay before a hybrid, milliseconds: so that its echo is within 32.
const LONGEST: f64 = 14.0;

/// Times as many channels as spandsp, at least.
const FASTER: f64 = 4.0;

/// A call over an echo path.
struct Call {
    sent: Vec<i16>,
    back: Vec<i16>,
    echo: Vec<i16>,
    near: Vec<i16>,
}

/// Nanoseconds of all calls, and what was left of each.
struct Verdict {
    nanos: f64,
    left: Vec<Vec<i16>>,
}

pub fn run(quick: bool) -> Result<Vec<Row>, Trouble> {
    let speaker = Speaker::new(Path::new(SPEECH))?;
    let mut dice = Dice::new(168);
    let paths = if quick { 2 } else { PATH_COUNT };
    let calls = (0..2 * paths).map(|call| make(&speaker, call, &mut dice)).collect::<Result<Vec<_>, Trouble>>()?;
    let folder = tempfile::tempdir()?;
    let program = build(folder.path())?;
    let ours = ours(&calls);
    let a_core = |verdict: &Verdict| (calls.len() * SECONDS) as f64 * 1e9 / verdict.nanos;
    let hear = |rival: &Rival| theirs(rival, &program, folder.path(), &calls);
    let (spandsp, steady, speex) = (hear(&SPANDSP)?, hear(&STEADY_SPANDSP)?, hear(&SPEEX)?);
    let name = "echo: channels a core, 128 ms";
    let mut rows = vec![
        Row::at_least(name, a_core(&ours), "channels", (SPANDSP.name, a_core(&spandsp)), FASTER),
        Row::at_least(name, a_core(&ours), "channels", (SPEEX.name, a_core(&speex)), 1.0),
    ];
    for (what, part) in [("far end alone", ALONE), ("both talk", BOTH), ("afterwards", AGAIN)] {
        let ours = taken(&calls, &ours, &part);
        for (rival, theirs) in [(STEADY_SPANDSP, &steady), (SPEEX, &speex)] {
            let theirs = taken(&calls, theirs, &part);
            rows.push(no_less(format!("echo: taken off, {what}"), ours, rival.name, theirs));
        }
    }
    Ok(rows)
}

fn no_less(name: String, ours: f64, rival: &str, theirs: f64) -> Row {
    let row = Row::figure(name, ours, "dB", (rival, theirs));
    Row { goal: "no less".into(), met: ours >= theirs, ratio: ours - theirs, ..row }
}

/// Speech of one side, -18 dBm0.
fn speech(speaker: &Speaker, part: Part, seconds: usize, dice: &mut Dice) -> Result<Vec<i16>, Trouble> {
    let mut said = Vec::new();
    while said.len() < seconds * 8000 {
        let phrases = dice.pick(&[ANNOUNCEMENTS, GREETINGS]);
        said.extend(speaker.say(phrases, part, dice)?);
        said.extend([0.0; 1600]);
    }
    said.truncate(seconds * 8000);
    let rms = (said.iter().map(|it| it * it).sum::<f64>() / said.len() as f64).sqrt();
    let scale = rms_of_dbm0(-18.0) / rms;
    Ok(said.into_iter().map(|it| (it * scale).clamp(-32000.0, 32000.0) as i16).collect())
}

fn make(speaker: &Speaker, call: usize, dice: &mut Dice) -> Result<Call, Trouble> {
    let coded = |sample: f64| pcm::alaw::decode(pcm::alaw::encode(sample.clamp(-32768.0, 32767.0) as i16));
    let mut hybrid = Hybrid::new(call % PATH_COUNT, dice.between(6.0, 16.0), dice.between(0.0, LONGEST));
    let mut sent = speech(speaker, Part::Tuning, AGAIN.end, dice)?;
    sent.resize(SECONDS * 8000, 0);
    let sent: Vec<i16> = sent.into_iter().map(|it| coded(f64::from(it))).collect();
    let mut near = noise(-65.0, BOTH.start * 1000, 7);
    near.extend(speech(speaker, Part::HeldOut, BOTH.len(), dice)?);
    near.extend(noise(-65.0, AGAIN.len() * 1000, 8));
    near.extend(speech(speaker, Part::HeldOut, SECONDS - AGAIN.end, dice)?);
    let echo: Vec<i16> = sent.iter().map(|it| hybrid.step(f64::from(*it)) as i16).collect();
    let back = echo.iter().zip(&near).map(|(echo, near)| coded(f64::from(*echo) + f64::from(*near))).collect();
    Ok(Call { sent, back, echo, near })
}

fn ours(calls: &[Call]) -> Verdict {
    let mut verdict = Verdict { nanos: f64::MAX, left: Vec::new() };
    for _ in 0..ROUNDS {
        let mut cancellers: Vec<Canceller> = calls.iter().map(|_| Canceller::new(PLAIN)).collect();
        let mut left: Vec<Vec<i16>> = calls.iter().map(|call| call.back.clone()).collect();
        let started = Instant::now();
        for at in (0..SECONDS * 8000).step_by(BLOCK) {
            for ((canceller, call), left) in cancellers.iter_mut().zip(calls).zip(&mut left) {
                canceller.process(&call.sent[at..at + BLOCK], &mut left[at..at + BLOCK]);
            }
        }
        verdict.nanos = verdict.nanos.min(started.elapsed().as_nanos() as f64);
        verdict.left = left;
    }
    verdict
}

/// Compiles the child; needs gcc and Debian's libspandsp-dev and libspeexdsp-dev.
fn build(folder: &Path) -> Result<PathBuf, Trouble> {
    let (source, program) = (folder.join("echo.c"), folder.join("echo"));
    std::fs::write(&source, SOURCE)?;
    let libraries = ["-lspandsp", "-lspeexdsp"];
    let output = Command::new("gcc")
        .args(["-O2", "-fno-builtin", "-rdynamic", "-o"])
        .arg(&program)
        .arg(&source)
        .args(libraries)
        .output()?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        let missing = "are libspandsp-dev and libspeexdsp-dev installed?";
        return Err(format!("the rivals' child does not compile ({missing}): {words}").into());
    }
    Ok(program)
}

fn theirs(rival: &Rival, program: &Path, folder: &Path, calls: &[Call]) -> Result<Verdict, Trouble> {
    let (file, out) = (folder.join("in"), folder.join("out"));
    let samples = calls.iter().flat_map(|call| call.sent.iter().chain(&call.back));
    std::fs::write(&file, samples.flat_map(|sample| sample.to_le_bytes()).collect::<Vec<u8>>())?;
    let (taps, numbers) = (rival.taps.to_string(), [calls.len().to_string(), ROUNDS.to_string()]);
    let output = Command::new(program).arg(rival.kind).arg(taps).arg(&file).arg(&out).args(&numbers).output()?;
    let nanos = String::from_utf8(output.stdout)?.trim().parse()?;
    let octets = std::fs::read(&out)?;
    let samples: Vec<i16> = octets.as_chunks::<2>().0.iter().map(|pair| i16::from_le_bytes(*pair)).collect();
    let left: Vec<Vec<i16>> = samples.chunks(SECONDS * 8000).map(<[i16]>::to_vec).collect();
    if left.len() != calls.len() {
        return Err(format!("{} left {} of {} calls", rival.name, left.len(), calls.len()).into());
    }
    Ok(Verdict { nanos, left })
}

/// dB by which the echo is less than it was, the mean of all calls: what is left is what the near end did not say.
fn taken(calls: &[Call], verdict: &Verdict, part: &Range<usize>) -> f64 {
    let part = part.start * 8000..part.end * 8000;
    let one = |(call, left): (&Call, &Vec<i16>)| {
        let rest =
            left[part.clone()].iter().zip(&call.near[part.clone()]).map(|(left, near)| left.saturating_sub(*near));
        mean(&call.echo[part.clone()]) - mean(&rest.collect::<Vec<i16>>())
    };
    calls.iter().zip(&verdict.left).map(one).sum::<f64>() / calls.len() as f64
}
