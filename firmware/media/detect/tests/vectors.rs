//! Plays `tests/vectors/tones`: what must and must not be heard, at the edges of the standards.

use detect::{KeyDetector, Pair, PairDetector, Progress, ProgressDetector, Signal};
use std::f64::consts::TAU;
use std::path::Path;

const FORWARD: [u16; 6] = [1380, 1500, 1620, 1740, 1860, 1980];
const BACKWARD: [u16; 6] = [1140, 1020, 900, 780, 660, 540];

/// A vector: its title and its lines, in words.
struct Vector {
    title: String,
    lines: Vec<Vec<String>>,
}

fn vectors(file: &str) -> Vec<Vector> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/vectors/tones").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|problem| panic!("{}: {problem}", path.display()));
    let mut vectors: Vec<Vector> = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        match line.strip_prefix('[') {
            Some(title) => vectors.push(Vector { title: title.trim_end_matches(']').to_owned(), lines: Vec::new() }),
            None => {
                let words = line.split_whitespace().map(str::to_owned).collect();
                vectors.last_mut().expect("a title comes first").lines.push(words);
            }
        }
    }
    vectors
}

/// Plays all of a file; prints what passes and fails at the end if any does not.
fn play(file: &str, judge: impl Fn(&Vector) -> Result<(), String>) {
    let all = vectors(file);
    let mut failures = Vec::new();
    for vector in &all {
        match judge(vector) {
            Ok(()) => println!("passes: {}", vector.title),
            Err(why) => failures.push(format!("{}: {why}", vector.title)),
        }
    }
    println!("{file}: {} of {} pass", all.len() - failures.len(), all.len());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn number(words: &[String], place: usize) -> f64 {
    words.get(place).and_then(|word| word.parse().ok()).unwrap_or_else(|| panic!("a number in {words:?}"))
}

/// A small repeatable noise, normal.
struct Noise(u64);

impl Noise {
    fn normal(&mut self) -> f64 {
        let mut uniform = || {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            (self.0 >> 11) as f64 / (1u64 << 52) as f64 - 1.0
        };
        (0..12).map(|_| uniform()).sum::<f64>() / 2.0
    }
}

fn companded(line: &[f64], noise_dbm0: Option<f64>) -> Vec<u8> {
    let mut noise = Noise(0x1234_5678_9abc_def1);
    let deviation = noise_dbm0.map_or(0.0, |dbm0| pcm::peak_of_dbm0(dbm0) / 2f64.sqrt());
    line.iter().map(|s| pcm::alaw::encode((s + deviation * noise.normal()).clamp(-32_768.0, 32_767.0) as i16)).collect()
}

fn flags(millis: f64, dbm0: f64) -> Vec<f64> {
    let (mut phase, bits) = (0.0, [0, 1, 1, 1, 1, 1, 1, 0]);
    (0..(millis * 8.0) as usize)
        .map(|n| {
            phase += TAU * if bits[n * 300 / 8000 % 8] == 1 { 1650.0 } else { 1850.0 } / 8000.0;
            pcm::peak_of_dbm0(dbm0) * f64::sin(phase)
        })
        .collect()
}

/// The line of a network vector.
fn network_line(vector: &Vector) -> Vec<u8> {
    let option = |name: &str| vector.lines.iter().find(|words| words[0] == name).map(|words| number(words, 1));
    let (noise, distortion) = (option("noise"), option("distortion").unwrap_or(0.0) / 100.0);
    let (mut line, mut turn): (Vec<f64>, usize) = (Vec::new(), 0);
    for words in &vector.lines {
        match words[0].as_str() {
            "on" | "reversed" => {
                let sign = if words[0] == "on" { 1.0 } else { -1.0 };
                let (step, peak) = (TAU * number(words, 1) / 8000.0, sign * pcm::peak_of_dbm0(number(words, 3)));
                line.extend((0..(number(words, 2) * 8.0) as usize).map(|n| {
                    let angle = step * n as f64;
                    peak * (angle.sin() + distortion * (3.0 * angle).sin())
                }));
            }
            "flags" => line.extend(flags(number(words, 1), number(words, 2))),
            "off" => line.extend(vec![0.0; (number(words, 1) * 8.0) as usize]),
            "turn" => turn = line.len(),
            "times" => {
                let part = line[turn..].to_vec();
                (1..number(words, 1) as usize).for_each(|_| line.extend(&part));
            }
            "noise" | "distortion" | "told" => {}
            other => panic!("{other} in {}", vector.title),
        }
    }
    companded(&line, noise)
}

fn name(signal: Signal) -> &'static str {
    match signal {
        Signal::Dial => "dial",
        Signal::SpecialDial => "special-dial",
        Signal::Ringback => "ringback",
        Signal::Busy => "busy",
        Signal::Congestion => "congestion",
        Signal::NumberUnobtainable => "number-unobtainable",
        Signal::TrunkOffering => "trunk-offering",
        Signal::CallWaiting => "call-waiting",
        Signal::Reminder => "reminder",
        Signal::SpecialInformation => "special-information",
        Signal::Confirmation => "confirmation",
        Signal::Howler => "howler",
        Signal::FaxCalling => "fax-calling",
        Signal::FaxAnswering => "fax-answering",
        Signal::FaxFlags => "fax-flags",
        Signal::Tone { .. } => "tone",
        Signal::Sound => "sound",
        Signal::Silence => "silence",
    }
}

fn judge_network(vector: &Vector) -> Result<(), String> {
    let wanted = vector.lines.iter().find(|words| words[0] == "told").expect("what is told");
    let (mut detector, mut told) = (ProgressDetector::default(), Vec::new());
    for block in network_line(vector).chunks(40) {
        detector.hear_alaw(block, |progress| {
            if let Progress::Began(signal) = progress {
                told.push(name(signal));
            }
        });
    }
    if wanted[1] == "nothing-of-the-network" {
        told.retain(|name| !["tone", "sound", "silence"].contains(name));
        return if told.is_empty() { Ok(()) } else { Err(format!("{told:?}")) };
    }
    told.retain(|name| !["sound", "silence"].contains(name) || wanted.iter().any(|word| word == name));
    // A tone that goes on in turns, or a cadence, is told once a turn.
    told.dedup();
    let mut turns: Vec<&str> = wanted[1..].iter().map(String::as_str).filter(|word| *word != "nothing").collect();
    if told.len() > turns.len() && turns.len() > 1 {
        turns = turns.iter().copied().cycle().take(told.len()).collect();
    }
    if told == turns { Ok(()) } else { Err(format!("{told:?}")) }
}

/// LIN-12: tones of the network, facsimile machines and silence are told within the limits of GB/T 3380, E.180 and T.30.
#[test]
fn network() {
    play("network.txt", judge_network);
}

/// Two tones as a vector describes them: hertz, then the words after the first two.
fn two_tones(words: &[String], hertz: (f64, f64), dbm0: f64, percent: bool) -> (Vec<f64>, Option<f64>) {
    let option = |name: &str| words.iter().position(|word| word == name);
    let value = |name: &str, usual: f64| option(name).map_or(usual, |place| number(words, place + 1));
    let off = option("off").map_or((0.0, 0.0), |place| (number(words, place + 1), number(words, place + 2)));
    let moved = |hertz: f64, off: f64| if percent { hertz * (1.0 + off / 100.0) } else { hertz + off };
    let (low, high) = (TAU * moved(hertz.0, off.0) / 8000.0, TAU * moved(hertz.1, off.1) / 8000.0);
    let (dbm0, usual) = (value("dbm0", dbm0), if percent { 70.0 } else { 60.0 });
    let (one, other) = (pcm::peak_of_dbm0(dbm0), pcm::peak_of_dbm0(dbm0 + value("twist", 0.0)));
    let samples = (value("millis", usual) * 8.0) as usize;
    let tone = |n: usize| one * (low * n as f64 + 0.4).sin() + other * (high * n as f64 + 1.1).sin();
    let mut line: Vec<f64> = (0..samples).map(tone).collect();
    let gap = (value("gap", 0.0) * 8.0) as usize;
    line[samples / 2..samples / 2 + gap].fill(0.0);
    line.extend(vec![0.0; (value("pause", usual) * 8.0) as usize]);
    (line, option("noise").map(|place| number(words, place + 1)))
}

fn judge_keys(vector: &Vector) -> Result<(), String> {
    let (mut line, mut noise) = (vec![0.0; 403], None);
    for words in vector.lines.iter().filter(|words| words[0] == "press") {
        let key = numbering::Key::new(words[1].chars().next().expect("a key")).expect("on the keypad");
        let (tones, with_noise) = two_tones(words, tones::frequencies(key), -10.0, true);
        line.extend(tones);
        noise = noise.or(with_noise);
    }
    line.extend(vec![0.0; 800]);
    let mut detector = KeyDetector::default();
    let heard: String = companded(&line, noise)
        .as_chunks::<160>()
        .0
        .iter()
        .filter_map(|block| detector.hear(&pcm::alaw::decode_block(block)))
        .map(|heard| heard.key.as_char())
        .collect();
    let wanted = vector.lines.iter().find(|words| words[0] == "keys").map(|words| words[1].as_str());
    let wanted = wanted.filter(|keys| *keys != "none").unwrap_or_default();
    if heard == wanted { Ok(()) } else { Err(format!("{heard:?}")) }
}

/// DTMF within Q.24's limits, and not beyond them.
#[test]
fn dtmf() {
    play("dtmf.txt", judge_keys);
}

fn judge_pairs(vector: &Vector) -> Result<(), String> {
    let group = if vector.lines[0][1] == "forward" { FORWARD } else { BACKWARD };
    let (mut line, mut noise) = (vec![0.0; 403], None);
    for words in vector.lines.iter().filter(|words| words[0] == "signal") {
        let place = |n: usize| words[1].as_bytes()[n] as usize - b'1' as usize;
        let hertz = (f64::from(group[place(0)]), f64::from(group[place(1)]));
        let (tones, with_noise) = two_tones(words, hertz, -11.5, false);
        line.extend(tones);
        noise = noise.or(with_noise);
    }
    line.extend(vec![0.0; 800]);
    let (mut detector, mut heard): (_, Vec<Option<Pair>>) = (PairDetector::new(group), Vec::new());
    for block in companded(&line, noise).chunks(40) {
        let linear: Vec<i16> = block.iter().map(|octet| pcm::alaw::decode(*octet)).collect();
        detector.hear(&linear, |told| heard.push(told));
    }
    let heard: Vec<String> = heard.into_iter().flatten().map(|(a, b)| format!("{}{}", a + 1, b + 1)).collect();
    let wanted = vector.lines.iter().find(|words| words[0] == "heard").map(|words| words[1..].to_vec());
    let wanted: Vec<String> = wanted.into_iter().flatten().filter(|word| word != "none").collect();
    if heard == wanted { Ok(()) } else { Err(format!("{heard:?}")) }
}

/// LIN-01: register signals within the limits of Q.441 and Q.455, and not beyond them.
#[test]
fn mfc() {
    play("mfc.txt", judge_pairs);
}
