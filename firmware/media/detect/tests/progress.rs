//! Tones of the Chinese network, facsimile machines, sound and silence, through A-law in the blocks of 5 ms that a card brings.

use detect::{Progress, ProgressDetector, ProgressTiming, Signal};
use std::f64::consts::TAU;

/// A line: seconds of linear samples.
#[derive(Default, Clone)]
struct Line(Vec<f64>);

impl Line {
    fn on(mut self, hertz: f64, millis: u32) -> Line {
        let samples = (millis * 8) as usize;
        self.0.extend((0..samples).map(|n| pcm::peak_of_dbm0(-10.0) * (TAU * hertz * n as f64 / 8000.0).sin()));
        self
    }

    fn off(mut self, millis: u32) -> Line {
        self.0.extend(vec![0.0; (millis * 8) as usize]);
        self
    }

    fn times(mut self, count: usize) -> Line {
        self.0 = self.0.repeat(count);
        self
    }

    fn then(mut self, other: Line) -> Line {
        self.0.extend(other.0);
        self
    }

    /// What began and ended, with the milliseconds when it was told.
    fn heard(&self) -> Vec<(Progress, u32)> {
        heard(&mut ProgressDetector::default(), self)
    }

    fn began(&self) -> Vec<Signal> {
        began(&self.heard())
    }
}

fn heard(detector: &mut ProgressDetector, line: &Line) -> Vec<(Progress, u32)> {
    let mut told = Vec::new();
    for (n, block) in line.0.chunks(40).enumerate() {
        let octets: Vec<u8> = block.iter().map(|s| pcm::alaw::encode(s.clamp(-32768.0, 32767.0) as i16)).collect();
        detector.hear_alaw(&octets, |progress| told.push((progress, (n as u32 + 1) * 5)));
    }
    told
}

fn began(told: &[(Progress, u32)]) -> Vec<Signal> {
    let begun = |(progress, _): &(Progress, u32)| match progress {
        Progress::Began(signal) => Some(*signal),
        Progress::Ended(_) => None,
    };
    told.iter().filter_map(begun).collect()
}

fn busy() -> Line {
    Line::default().on(450.0, 350).off(350)
}

/// LIN-12: a line without supervision is released when busy tone is heard; two turns make it certain.
#[test]
fn busy_is_told_after_two_turns_and_ends_when_it_stops() {
    let told = Line::default().off(200).then(busy().times(6)).off(2000).heard();
    let [(Progress::Began(Signal::Busy), began), (Progress::Ended(Signal::Busy), ended)] = told[..] else {
        panic!("{told:?}")
    };
    assert!((1600..=1700).contains(&began), "{began}");
    assert!((4400..=5000).contains(&ended), "{ended}");
}

#[test]
fn each_tone_is_itself() {
    let line = |parts: &[(f64, u32)], times: usize| {
        let once = parts.iter().fold(Line::default(), |line, (hertz, millis)| {
            if *hertz == 0.0 { line.off(*millis) } else { line.on(*hertz, *millis) }
        });
        Line::default().off(300).then(once.times(times)).off(400)
    };
    let short = [(450.0, 100), (0.0, 100)].repeat(3);
    let vacant = [&short[..], &[(450.0, 400), (0.0, 400)]].concat();
    assert_eq!(line(&[(450.0, 4000)], 1).began(), [Signal::Dial]);
    assert_eq!(line(&[(450.0, 400), (0.0, 40)], 6).began()[..1], [Signal::SpecialDial]);
    assert_eq!(line(&[(450.0, 1000), (0.0, 4000)], 3).began(), [Signal::Ringback]);
    assert_eq!(line(&[(450.0, 700), (0.0, 700)], 5).began(), [Signal::Congestion]);
    assert_eq!(line(&vacant, 3).began(), [Signal::NumberUnobtainable]);
    assert_eq!(line(&[(450.0, 200), (0.0, 200), (450.0, 200), (0.0, 600)], 4).began(), [Signal::TrunkOffering]);
    assert_eq!(line(&[(450.0, 400), (0.0, 4000)], 3).began()[..2], [Signal::Silence, Signal::CallWaiting]);
    assert_eq!(
        line(&[(950.0, 330), (1400.0, 330), (1800.0, 330), (0.0, 1000)], 1).began().last(),
        Some(&Signal::SpecialInformation)
    );
    assert_eq!(line(&[(950.0, 3000)], 1).began().last(), Some(&Signal::Confirmation));
    assert_eq!(line(&[(2100.0, 3000)], 1).began().last(), Some(&Signal::FaxAnswering));
    assert_eq!(line(&[(1100.0, 500), (0.0, 3000)], 2).began()[..2], [Signal::Tone { hertz: 1100 }, Signal::FaxCalling]);
    assert_eq!(line(&[(1000.0, 300)], 1).began(), [Signal::Tone { hertz: 1000 }]);
    assert_eq!(line(&[(2060.0, 300)], 1).began(), [Signal::Tone { hertz: 2060 }]);
}

/// Ringback is told within its first pause, and does not end between two bursts.
#[test]
fn ringback_is_told_a_second_after_its_first_burst() {
    let told = Line::default().off(100).then(Line::default().on(450.0, 1000).off(4000).times(3)).heard();
    assert!(matches!(told[..], [(Progress::Began(Signal::Ringback), 2000..=2100)]), "{told:?}");
}

/// Silence after three seconds, and again after what interrupts it.
#[test]
fn silence_is_told_after_its_time() {
    let told = Line::default().off(4000).heard();
    assert!(matches!(told[..], [(Progress::Began(Signal::Silence), 2990..=3010)]), "{told:?}");
}

/// Whoever has just seized a line need not wait for 1.3 s.
#[test]
fn dial_tone_may_be_wanted_sooner() {
    let mut detector = ProgressDetector::new(ProgressTiming { dial_millis: 300, ..ProgressTiming::default() });
    let told = heard(&mut detector, &Line::default().off(100).on(450.0, 1000));
    assert!(matches!(told[..], [(Progress::Began(Signal::Dial), 390..=430)]), "{told:?}");
}

/// Blocks of any length give the same.
#[test]
fn blocks_may_have_any_length() {
    let line = Line::default().off(123).then(busy().times(5));
    let samples: Vec<i16> = line.0.iter().map(|s| *s as i16).collect();
    let run = |length: usize| {
        let (mut detector, mut told) = (ProgressDetector::default(), Vec::new());
        samples.chunks(length).for_each(|block| detector.hear(block, |progress| told.push(progress)));
        told
    };
    assert!(!run(160).is_empty());
    assert_eq!(run(160), run(40));
    assert_eq!(run(160), run(7));
    assert_eq!(run(160), run(samples.len()));
}
