//! Spoken speech over hybrids: voices of espeak-ng, not test signals.

use corpus::{ANNOUNCEMENTS, Dice, GREETINGS, Part, Speaker};
use echo::{Canceller, Settings};
use two_wire::{Hybrid, PATH_COUNT, mean, noise, rms_of_dbm0};

const PLAIN: Settings = Settings { tail_millis: 128, suppress: false, comfort_noise: false, learn: true };

/// So many seconds of one side's speech, -18 dBm0.
fn speech(speaker: &Speaker, part: Part, seconds: usize, dice: &mut Dice) -> std::io::Result<Vec<i16>> {
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

fn coded(sample: f64) -> i16 {
    pcm::alaw::decode(pcm::alaw::encode(sample.clamp(-32768.0, 32767.0) as i16))
}

/// A line and its canceller: the echo, what the line says with it, and what is left of both.
struct Call {
    canceller: Canceller,
    hybrid: Hybrid,
}

impl Call {
    fn run(&mut self, far: &[i16], near: &[i16]) -> (Vec<i16>, Vec<i16>) {
        let far: Vec<i16> = far.iter().map(|it| coded(f64::from(*it))).collect();
        let echo: Vec<i16> = far.iter().map(|it| self.hybrid.step(f64::from(*it)) as i16).collect();
        let mut line: Vec<i16> =
            echo.iter().zip(near).map(|(echo, near)| coded(f64::from(*echo) + f64::from(*near))).collect();
        self.canceller.process(&far, &mut line);
        (echo, line)
    }
}

fn difference(a: &[i16], b: &[i16]) -> Vec<i16> {
    a.iter().zip(b).map(|(a, b)| a.saturating_sub(*b)).collect()
}

/// The far end talks, then both do at once, then the far end again: from the third second on the filter alone takes 22 dB off the echo,
/// in double talk 15 dB, and 25 dB afterwards; the speech of the near end is as loud as it was.
#[test]
fn speech_over_hybrids() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("speech");
    let speaker = Speaker::new(&folder).unwrap();
    let mut dice = Dice::new(168);
    for path in 0..PATH_COUNT {
        let hybrid = Hybrid::new(path, 8.0, 12.0 * path as f64);
        let mut call = Call { canceller: Canceller::new(PLAIN), hybrid };
        let hiss = noise(-65.0, 10_000, 7);
        let far = speech(&speaker, Part::Tuning, 10, &mut dice).unwrap();
        let (echo, out) = call.run(&far, &hiss);
        let alone = mean(&echo[24_000..]) - mean(&out[24_000..]);
        let near = speech(&speaker, Part::HeldOut, 10, &mut dice).unwrap();
        let far = speech(&speaker, Part::Tuning, 10, &mut dice).unwrap();
        let (echo, out) = call.run(&far, &near);
        let both = mean(&echo) - mean(&difference(&out, &near));
        let loudness = mean(&out) - mean(&near);
        let far = speech(&speaker, Part::Tuning, 10, &mut dice).unwrap();
        let (echo, out) = call.run(&far, &hiss);
        let after = mean(&echo) - mean(&out);
        println!("path {}: {alone:.1} dB, {both:.1} dB while both talk, {after:.1} dB afterwards", path + 1);
        assert!(alone >= 22.0, "path {}: {alone:.1} dB", path + 1);
        assert!(both >= 15.0, "path {}: {both:.1} dB while both talk", path + 1);
        assert!(after >= 25.0, "path {}: {after:.1} dB afterwards", path + 1);
        assert!(loudness.abs() <= 0.5, "path {}: the near end is {loudness:.1} dB louder", path + 1);
    }
}

/// With everything on: the echo of speech is gone from the third second on, and who talks into it is heard in full.
#[test]
fn a_conversation_without_echo() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("speech");
    let speaker = Speaker::new(&folder).unwrap();
    let mut dice = Dice::new(1680);
    for path in 0..PATH_COUNT {
        let mut call = Call { canceller: Canceller::new(Settings::default()), hybrid: Hybrid::new(path, 8.0, 30.0) };
        let far = speech(&speaker, Part::Tuning, 8, &mut dice).unwrap();
        let (_, out) = call.run(&far, &noise(-65.0, 8000, 9));
        let echo = mean(&out[24_000..]);
        let near = speech(&speaker, Part::HeldOut, 8, &mut dice).unwrap();
        let (_, out) = call.run(&speech(&speaker, Part::Tuning, 8, &mut dice).unwrap(), &near);
        let loudness = mean(&out) - mean(&near);
        println!("path {}: echo {echo:.1} dBm0, the near end {loudness:.1} dB in double talk", path + 1);
        assert!(echo <= -58.0, "path {}: {echo:.1} dBm0 of echo", path + 1);
        assert!(loudness.abs() <= 1.5, "path {}: the near end is {loudness:.1} dB of what it said", path + 1);
    }
}
