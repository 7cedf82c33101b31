//! A canceller between an exchange and a two-wire line.

use echo::{Canceller, Settings};
use two_wire::Hybrid;

/// A canceller at a hybrid, with A-law on both sides.
pub struct Bench {
    pub canceller: Canceller,
    pub hybrid: Hybrid,
}

impl Bench {
    pub fn new(settings: Settings, hybrid: Hybrid) -> Bench {
        Bench { canceller: Canceller::new(settings), hybrid }
    }

    /// What the far end hears when it says `far` and the near end `near`, or nothing where that is shorter.
    pub fn run(&mut self, far: &[i16], near: &[i16]) -> Vec<i16> {
        let mut out = Vec::with_capacity(far.len());
        for (at, far) in far.chunks(40).enumerate() {
            let coded = |sample: i16| pcm::alaw::decode(pcm::alaw::encode(sample));
            let far: Vec<i16> = far.iter().map(|it| coded(*it)).collect();
            let mut line = Vec::with_capacity(far.len());
            for (n, far) in far.iter().enumerate() {
                let own = near.get(at * 40 + n).copied().unwrap_or(0);
                let both = self.hybrid.step(f64::from(*far)) + f64::from(own);
                line.push(coded(both.clamp(-32768.0, 32767.0) as i16));
            }
            self.canceller.process(&far, &mut line);
            out.extend(line);
        }
        out
    }

    /// Freezes what was learned.
    pub fn freeze(&mut self, settings: Settings) {
        self.canceller.set(Settings { learn: false, ..settings });
    }
}
