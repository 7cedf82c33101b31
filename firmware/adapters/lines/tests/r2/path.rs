//! A bad speech path between two boxes: a device on the line that passes bits as they are and does to speech what long circuits do.

use chassis::{Span, SpanConfig, Timeslot16, Timeslots, Wire};
use clock::Monotonic;

/// What the path does to speech, each way alike.
#[derive(Clone, Copy, Debug)]
pub struct Path {
    pub gain_db: f64,
    /// Zero of the filter, thrice: near 1 high frequencies suffer, near -1 low ones do.
    pub tilt: f64,
    /// What an end sent comes back so loud, and so late.
    pub echo_db: f64,
    pub echo_millis: usize,
    pub noise_dbm0: f64,
}

/// One timeslot, one way.
#[derive(Clone)]
struct Way {
    filter: [f64; 3],
    /// What was said the other way, for the echo.
    other: Vec<f64>,
}

pub struct Relay {
    path: Path,
    spans: [Span; 2],
    heard: [Timeslots; 2],
    ways: Vec<[Way; 2]>,
    dice: u64,
}

impl Relay {
    /// Between the two wires.
    pub fn new(path: Path, wires: [Wire; 2], pace: usize, seed: u64) -> Relay {
        let config = SpanConfig { timeslot16: Timeslot16::Cas, seed };
        let way = Way { filter: [0.0; 3], other: vec![0.0; 8 * path.echo_millis] };
        Relay {
            path,
            spans: wires.map(|wire| Span::new(config, wire, Monotonic(0))),
            heard: [Timeslots::millis(pace), Timeslots::millis(pace)],
            ways: vec![[way.clone(), way]; 32],
            dice: seed,
        }
    }

    pub fn pace(&mut self, now: Monotonic) {
        for (span, heard) in self.spans.iter_mut().zip(&mut self.heard) {
            span.receive(now, heard);
        }
        let mut said = self.heard.clone();
        for slot in (1..=15).chain(17..=31) {
            self.pass(&mut said, slot);
            for to in 0..2 {
                if let Some(abcd) = self.spans[1 - to].cas(slot) {
                    assert!(self.spans[to].set_cas(slot, abcd));
                }
            }
        }
        let [to_one, to_other] = said;
        self.spans[0].transmit(now, &to_other);
        self.spans[1].transmit(now, &to_one);
    }

    /// `said[i]` becomes what the other end hears of end i.
    fn pass(&mut self, said: &mut [Timeslots; 2], slot: u8) {
        let Path { gain_db, tilt, echo_db, noise_dbm0, .. } = self.path;
        let own = gain(gain_db) / (1.0 + tilt.abs()).powi(3);
        let noise = pcm::peak_of_dbm0(noise_dbm0);
        for n in 0..said[0].frames() {
            let spoken = [0, 1].map(|end: usize| f64::from(pcm::alaw::decode(said[end].slot(slot)[n])));
            for from in 0..2 {
                let way = &mut self.ways[usize::from(slot)][from];
                let mut sample = spoken[from];
                for state in &mut way.filter {
                    let out = sample + tilt * *state;
                    *state = sample;
                    sample = out;
                }
                // Who listens at the other end hears himself too.
                way.other.push(spoken[1 - from]);
                let echo = way.other.remove(0) * gain(echo_db);
                self.dice = self.dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let hiss = ((self.dice >> 33) as f64 / f64::from(1u32 << 30) - 1.0) * noise;
                said[from].slot_mut(slot)[n] = pcm::alaw::encode((sample * own + echo + hiss) as i16);
            }
        }
    }
}

fn gain(db: f64) -> f64 {
    10f64.powf(db / 20.0)
}
